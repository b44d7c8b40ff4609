/* Property: the schema that editors get knows every key that a mapping file may have, and demands those that
 * it must have. Method: the built-in files' keys against the printed schema. */
#include "tests/engine/trigger/intake_testing.h"

#include "engine/yaml/bind.h"

static void the_schema_has_every_key(void **state)
{
    static const char *const keys[] = {"source", "about", "documented", "lacks", "unfold_keys",
                                       "unpack", "split", "when",       "let",   "alert"};
    ARENA_SCOPED arena = arena_new();
    (void)state;
    struct value schema = bind_schema(arena, intake_table(), "A mapping file");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_non_null(value_get(value_get(&schema, "properties"), keys[i]));
    }
    assert_int_equal(value_count(value_get(&schema, "properties")), sizeof keys / sizeof keys[0]);
    assert_int_equal(value_count(value_get(&schema, "required")), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_schema_has_every_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
