/* Property: a YAML value with holes evaluates to the same shape with the holes filled; an error is the
 * result, an unknown stays where it is. Method: texts, trees, and their values as JSON. */
#include "tests/engine/action/packing.h"

static const struct tree *tree_of(struct arena *arena, const char *text, struct diag_list *diags)
{
    diag_init(diags, arena, "t.yaml");
    const struct yaml_node *node = yaml_parse(arena, text, strlen(text), diags);
    assert_non_null(node);
    return tree_from_yaml(arena, node, diags);
}

static struct value evaluated(struct arena *arena, const char *text, const struct value *names)
{
    struct diag_list diags;
    const struct cel_scope scope = cel_scope_map(names, NULL);
    const struct tree *tree = tree_of(arena, text, &diags);
    assert_non_null(tree);
    return tree_eval(tree, &scope, arena);
}

static void holes_are_filled_in_place(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct value names = json(arena, "{\"n\": 7, \"l\": [1, 2], \"s\": \"{{n}}\"}");
    struct value value = evaluated(
        arena, "a: [1, \"{{n}}\", \"x{{n}}y\", \"{{l}}\"]\nb: {c: \"{{s}}\", d: true, e: \"7\"}\n", &names);
    assert_string_equal(json_text(arena, &value),
                        "{\"a\":[1,7,\"x7y\",[1,2]],\"b\":{\"c\":\"{{n}}\",\"d\":true,\"e\":\"7\"}}");
}

static void an_error_is_the_result_and_an_unknown_stays(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "u", value_unknown(arena, "an answer"));
    const struct value names = value_end_map(&builder);
    struct value value = evaluated(arena, "[1, [\"{{nobody}}\"], 2]", &names);
    assert_int_equal(value.kind, VALUE_ERROR);
    value = evaluated(arena, "[1, [\"{{u}}\"], 2]", &names);
    assert_int_equal(value.kind, VALUE_LIST);
    assert_int_equal(value.list->items[1].list->items[0].kind, VALUE_UNKNOWN);
}

static void mistakes_have_their_place(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    assert_null(tree_of(arena, "a: \"{{1 +}}\"\nb: [\"{{}}\", \"ok\"]\n\"{{n}}\": 1\n", &diags));
    assert_int_equal(diags.errors, 3);
    assert_true(strncmp(told(arena, &diags), "t.yaml:1:", 9) == 0);
    assert_non_null(strstr(told(arena, &diags), "t.yaml:3:1: error: a name holds no {{ }}: only values do"));
}

static void count_names(void *arg, const char *root, const char *path, bool optional, size_t offset)
{
    (void)root;
    (void)path;
    (void)optional;
    (void)offset;
    ++*(int *)arg;
}

static void it_knows_its_names_and_if_it_has_any(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    int count = 0;
    tree_names(tree_of(arena, "[\"{{a}} {{b.c}}\", {x: \"{{d}}\"}, 1]", &diags), count_names, &count);
    assert_int_equal(count, 3);
    assert_true(tree_is_constant(tree_of(arena, "[1, {x: [y]}]", &diags)));
    assert_false(tree_is_constant(tree_of(arena, "[1, {x: [\"{{y}}\"]}]", &diags)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holes_are_filled_in_place),
        cmocka_unit_test(an_error_is_the_result_and_an_unknown_stays),
        cmocka_unit_test(mistakes_have_their_place),
        cmocka_unit_test(it_knows_its_names_and_if_it_has_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
