/* Property: the schema of a table names each of its keys, as what it is, and no other. Method: the table with
 * a key of each kind, its schema compared as JSON. */
#include "tests/engine/yaml/binding.h"

#define SCALARS "{\"type\":[\"string\",\"number\",\"boolean\"]}"
#define PART                                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"name\":{\"description\":\"what it is\",\"type\":[\"string\","    \
    "\"number\",\"boolean\"]},\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9}},\"required\":["  \
    "\"name\"],\"additionalProperties\":false}"

static void the_schema_says_what_the_table_says(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value schema = bind_schema(arena, &thing_table, "thing");
    assert_string_equal(
        json_text(arena, &schema),
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/"
        "schema\",\"title\":\"thing\",\"type\":\"object\","
        "\"properties\":{\"text\":" SCALARS ",\"when\":" SCALARS ",\"number\":{\"type\":\"integer\"},"
        "\"flag\":{\"type\":\"boolean\"},\"wait\":{\"type\":\"string\",\"pattern\":\"^([0-9]+(ms|s|m|h|d))+$"
        "\"},"
        "\"colour\":{\"enum\":[\"red\",\"Red\",\"RED\",\"green\",\"Green\",\"GREEN\",\"blue\",\"Blue\","
        "\"BLUE\"]},"
        "\"texts\":{\"type\":\"array\",\"items\":" SCALARS "},\"part\":" PART
        ",\"parts\":{\"type\":\"array\","
        "\"items\":" PART "},\"named\":{\"type\":\"object\",\"additionalProperties\":" PART
        "},\"some\":{\"anyOf\":[" PART ",{\"type\":\"array\",\"items\":" PART "}]},\"any\":{}},"
        "\"required\":[\"text\"],\"additionalProperties\":false}");
}

struct loose {
    const struct yaml_node *one;
    const struct yaml_node *other;
};

static void a_node_has_the_schema_its_table_gives(void **state)
{
    (void)state;
    static const struct bind_key keys[] = {
        {.name = "one",
         .kind = BIND_NODE,
         .offset = offsetof(struct loose, one),
         .schema = "{\"type\": \"array\"}"},
        {.name = "other", .kind = BIND_NODE, .offset = offsetof(struct loose, other), .table = &part_table},
        {0}};
    static const struct bind_table table = {"a loose thing", sizeof(struct loose), keys};
    ARENA_SCOPED arena = arena_new();
    struct value schema = bind_schema(arena, &table, "loose");
    const struct value *properties = value_get(&schema, "properties");
    assert_string_equal(json_text(arena, value_get(properties, "one")), "{\"type\":\"array\"}");
    assert_string_equal(json_text(arena, value_get(properties, "other")),
                        "{\"anyOf\":[{\"type\":\"string\"}," PART "]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_says_what_the_table_says),
        cmocka_unit_test(a_node_has_the_schema_its_table_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
