/* Property: the schema of a playbook names every key of the language that this version runs, and none that it
 * refuses. Method: the schema's keys against the lists of the language. */
#include "tests/engine/playbook/shelf.h"

#include "engine/yaml/bind.h"

static void has_keys(const struct value *properties, const char *const *keys)
{
    size_t count = 0;
    while (keys[count] != NULL) {
        if (value_get(properties, keys[count]) == NULL) {
            fail_msg("the schema has no '%s'", keys[count]);
        }
        count++;
    }
    assert_int_equal(value_count(properties), count);
}

static void the_schema_is_the_language(void **state)
{
    (void)state;
    static const char *const top[] = {"playbook_name", "trigger", "severity", "vars", "actions", NULL};
    static const char *const steps[] = {
        "step",  "action",     "details", "when",    "target_os", "target_user", "targets", "with", "needs",
        "after", "on_failure", "enough",  "timeout", "retry",     "parallel",    "expires", NULL};
    ARENA_SCOPED arena = arena_new();
    struct value schema = bind_schema(arena, playbook_table(), "playbook");
    const struct value *properties = value_get(&schema, "properties");
    has_keys(properties, top);
    const struct value *step = value_get(value_get(properties, "actions"), "items");
    has_keys(value_get(step, "properties"), steps);
    assert_int_equal(value_count(value_get(step, "required")), 2);
    assert_false(value_get_bool(step, "additionalProperties", true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_schema_is_the_language)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
