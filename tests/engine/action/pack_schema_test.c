/* Property: the schema is JSON, refers only to what it has, and has every key of the language and every
 * function. Method: it is printed, read again and looked into; schema_test.py holds packs against it. */
#include <stdio.h>

#include "tests/engine/action/packing.h"

static void refers_to_what_there_is(const struct value *schema, const struct value *value)
{
    const char *ref = value_get_string(value, "$ref", NULL);
    if (ref != NULL) {
        assert_int_equal(strncmp(ref, "#/$defs/", 8), 0);
        assert_non_null(value_get(value_get(schema, "$defs"), ref + 8));
    }
    for (size_t i = 0; value->kind == VALUE_MAP && i < value->map->count; i++) {
        refers_to_what_there_is(schema, &value->map->values[i]);
    }
    for (size_t i = 0; value->kind == VALUE_LIST && i < value->list->count; i++) {
        refers_to_what_there_is(schema, &value->list->items[i]);
    }
}

static void it_is_whole(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *text = pack_schema(arena);
    const struct value schema = json(arena, text);
    refers_to_what_there_is(&schema, &schema);
    static const char *const forms[] = {"then", "else"}; /* one that extends an action, and an action */
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct value *properties = value_get(value_get(&schema, forms[i]), "properties");
        const struct value *provider = value_get(value_get(properties, "providers"), "additionalProperties");
        assert_non_null(value_get(value_get(provider, "properties"), "revert"));
    }
    static const char *const parts[] = {"\"ssh.read\"", "\"http.send\"", "\"ldap.modify\"", "\"once\"",
                                        "\"so\"",       "\"refuse\"",    "\"prior\"",       "\"one\"",
                                        "\"outcomes\"", "\"each\"",      "\"undone\"",      "\"lag\""};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_non_null(strstr(text, parts[i]));
    }
}

/* With an argument it prints the schema: for schema_test.py. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_whole)};
    (void)argv;
    if (argc > 1) {
        ARENA_SCOPED arena = arena_new();
        puts(pack_schema(arena));
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
