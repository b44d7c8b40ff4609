/* Property: a tree is the file, each node with its place, and nothing stands in it that a reader of the file
 * doesn't see. Method: small texts read into trees; for each thing that is refused, a text and the line it
 * must give, word for word. */
#include "tests/engine/yaml/reading.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/limits.h"

static void nodes_know_their_place(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct yaml_node *root = read_well(arena, "# head\nname: Isoliere Übel\nactions:\n  - step: 1\n"
                                                    "    os: [Linux, \"mac OS\"]\n");
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(root->count, 2);
    const struct yaml_node *actions = yaml_get(root, "actions");
    assert_int_equal(actions->kind, YAML_LIST);
    const struct yaml_node *os = yaml_get(actions->items[0], "os");
    assert_int_equal(os->line, 5);
    assert_int_equal(os->col, 9);
    assert_int_equal(os->items[1]->col, 17);
    assert_false(os->items[1]->plain);
    assert_true(os->items[0]->plain);
    assert_string_equal(os->items[1]->text, "mac OS");
    assert_null(yaml_get(root, "Actions"));
    assert_null(yaml_get(actions, "step"));
    assert_null(yaml_get(NULL, "step"));
}

static void columns_are_characters(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct yaml_node *root = read_well(arena, "\xEF\xBB\xBF{ä: ö, ü: \"{{alert}}\"}\n");
    assert_int_equal(root->items[1]->col, 11);
    assert_int_equal(root->items[1]->inner, 12);
}

struct refused {
    const char *text;
    const char *lines;
};

static const struct refused refusals[] = {
    {"a: &x 1\nb: 2\n",
     "f:1:4: error: an anchor (&x) is not allowed here: write the value out where it is needed\n"},
    {"a: *x\n",
     "f:1:4: error: an alias (*x) is not allowed here: write the value out, or quote a text that begins with "
     "'*'\n"},
    {"a: !ruby/object 1\n",
     "f:1:4: error: a tag (!ruby/object) is not allowed here: quote a text that begins with '!'\n"},
    {"a: !!str 1\n",
     "f:1:4: error: a tag (tag:yaml.org,2002:str) is not allowed here: quote a text that begins with '!'\n"},
    {"a: 1\n---\nb: 2\n", "f:2:1: error: a second document begins here: a file holds one\n"},
    {"a: 1\n<<: {b: 1}\n", "f:2:1: error: a merge key (<<) is not allowed here: write the keys out\n"},
    {"a: 1\nb: 2\na: 3\n", "f:3:1: error: key 'a' stands twice; the first is on line 1\n"},
    {"x: {a: 1, 'a': 3}\n", "f:1:11: error: key 'a' stands twice; the first is on line 1\n"},
    {"? [a, b]\n: 1\n", "f:1:3: error: a key must be a plain text, found a list\n"},
    {"? {a: b}\n: 1\n", "f:1:3: error: a key must be a plain text, found a map\n"},
    {"user: {{alert.user_id}}\n",
     "f:1:7: error: an unquoted {{ ... }} is a map to YAML: quote it, as in \"{{alert.user_id}}\"\n"},
    {"users: [{{ a }}, {{ b }}]\n",
     "f:1:9: error: an unquoted {{ ... }} is a map to YAML: quote it, as in \"{{alert.user_id}}\"\n"
     "f:1:18: error: an unquoted {{ ... }} is a map to YAML: quote it, as in \"{{alert.user_id}}\"\n"},
    {"a: \"x\\0y\"\n", "f:1:4: error: a text must not hold the character NUL (\\0)\n"},
    {"", "f:1:1: error: the file is empty\n"},
    {"# only a comment\n", "f:1:1: error: the file is empty\n"},
    {"---\n...\n", "f:1:1: error: the file is empty\n"},
    {"a: &x [*x, 1]\nb: *y\n",
     "f:1:4: error: an anchor (&x) is not allowed here: write the value out where it is needed\n"
     "f:1:8: error: an alias (*x) is not allowed here: write the value out, or quote a text that begins with "
     "'*'\n"
     "f:2:4: error: an alias (*y) is not allowed here: write the value out, or quote a text that begins with "
     "'*'\n"},
};

static void what_hides_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        assert_string_equal(read_badly(arena, refusals[i].text, strlen(refusals[i].text)), refusals[i].lines);
    }
}

static void every_empty_file_is_told(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    assert_null(yaml_parse(arena, "", 0, &diags));
    assert_null(yaml_parse(arena, "", 0, &diags));
    assert_int_equal(diags.errors, 2);
}

static void a_hole_stands_as_its_text(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    static const char text[] = "user: {{ alert.user }}\nnext: 1\n";
    const struct yaml_node *root = yaml_parse(arena, text, strlen(text), &diags);
    assert_int_equal(diags.errors, 1);
    assert_string_equal(yaml_get(root, "user")->text, "{{ alert.user }}");
    assert_string_equal(yaml_get(root, "next")->text, "1");
}

/* "[[[…": one level more than the limit is refused, the limit itself is not. */
static char *nest(struct arena *arena, int depth)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    for (int i = 0; i < depth; i++) {
        buf_char(&out, '[');
    }
    for (int i = 0; i < depth; i++) {
        buf_char(&out, ']');
    }
    return arena_string(arena, buf_string(&out));
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    read_well(arena, nest(arena, LIMIT_DEPTH));
    const char *deep = nest(arena, LIMIT_DEPTH + 1);
    assert_string_equal(read_badly(arena, deep, strlen(deep)),
                        "f:1:65: error: nested more than 64 levels deep: that is the limit\n");
    const char *abyss = nest(arena, 20000);
    assert_non_null(strstr(read_badly(arena, abyss, strlen(abyss)), "nested more than"));
}

static char *many(struct arena *arena, int items)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    for (int i = 0; i < items; i++) {
        buf_text(&out, "- 1\n");
    }
    return arena_string(arena, buf_string(&out));
}

static void nodes_have_a_limit(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct yaml_node *most = read_well(arena, many(arena, LIMIT_YAML_NODES - 1));
    assert_int_equal(most->count, LIMIT_YAML_NODES - 1);
    const char *more = many(arena, LIMIT_YAML_NODES);
    assert_string_equal(read_badly(arena, more, strlen(more)),
                        "f:100000:3: error: the file has more than 100000 values: that is the limit\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_their_place),   cmocka_unit_test(columns_are_characters),
        cmocka_unit_test(what_hides_is_refused),    cmocka_unit_test(a_hole_stands_as_its_text),
        cmocka_unit_test(every_empty_file_is_told), cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(nodes_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
