/* Property: the schema names each key that a policy may have, and none is left open. Method: the language's
 * list against the schema's; each key's schema says what it takes. */
#include "tests/engine/policy/rails.h"

#include "engine/yaml/bind.h"

static void the_schema_names_every_key(void **state)
{
    (void)state;
    static const char *const keys[] = {"protect",      "never",   "two_people",  "ask",
                                       "blast_radius", "offline", "break_glass", "release",
                                       "expires",      "recheck", "playbooks",   "private_addresses"};
    ARENA_SCOPED arena = arena_new();
    struct value schema = bind_schema(arena, policy_table(), "policy");
    const struct value *properties = value_get(&schema, "properties");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct value *key = value_get(properties, keys[i]);
        assert_non_null(key);
        assert_true(value_get(key, "type") || value_get(key, "anyOf") || value_get(key, "enum"));
    }
    assert_int_equal(value_count(properties), sizeof keys / sizeof keys[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_schema_names_every_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
