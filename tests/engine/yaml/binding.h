/* A table with one key of each kind, for the tests of the binder. */
#ifndef TESTS_YAML_BINDING_H
#define TESTS_YAML_BINDING_H

#include "tests/engine/yaml/reading.h"
#include "engine/yaml/bind.h"

struct part {
    const char *name;
    int64_t count;
};

struct thing {
    const char *text;
    const struct yaml_node *when;
    int64_t number;
    bool flag;
    int64_t wait_ms;
    int choice;
    struct bind_texts texts;
    struct part part;
    struct bind_array parts;
    struct bind_array named;
    struct bind_array some;
    const struct yaml_node *any;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

static const struct bind_key part_keys[] = {
    {.name = "name",
     .kind = BIND_TEXT,
     .offset = offsetof(struct part, name),
     .required = true,
     .about = "what it is"},
    {.name = "count", .kind = BIND_INT, .offset = offsetof(struct part, count), .min = 1, .max = 9},
    {0}};
static const struct bind_table part_table = {"a part", sizeof(struct part), part_keys};

static const struct bind_key thing_keys[] = {
    {.name = "text", .kind = BIND_TEXT, .offset = offsetof(struct thing, text), .required = true},
    {.name = "when", .kind = BIND_SCALAR, .offset = offsetof(struct thing, when)},
    {.name = "number", .kind = BIND_INT, .offset = offsetof(struct thing, number)},
    {.name = "flag", .kind = BIND_BOOL, .offset = offsetof(struct thing, flag)},
    {.name = "wait",
     .kind = BIND_DURATION,
     .offset = offsetof(struct thing, wait_ms),
     .min = 1000,
     .max = 60000},
    {.name = "colour", .kind = BIND_CHOICE, .offset = offsetof(struct thing, choice), .words = colours},
    {.name = "texts", .kind = BIND_TEXTS, .offset = offsetof(struct thing, texts)},
    {.name = "part", .kind = BIND_MAP, .offset = offsetof(struct thing, part), .table = &part_table},
    {.name = "parts", .kind = BIND_LIST_OF, .offset = offsetof(struct thing, parts), .table = &part_table},
    {.name = "named", .kind = BIND_MAP_OF, .offset = offsetof(struct thing, named), .table = &part_table},
    {.name = "some", .kind = BIND_MAPS, .offset = offsetof(struct thing, some), .table = &part_table},
    {.name = "any", .kind = BIND_NODE, .offset = offsetof(struct thing, any)},
    {.name = "someday", .kind = BIND_LATER},
    {0}};
static const struct bind_table thing_table = {"a thing", sizeof(struct thing), thing_keys};

/* The mistakes of a text bound as a thing, one a line. */
static inline const char *bind_badly(struct arena *arena, const char *text, struct thing *ret_thing)
{
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    *ret_thing = (struct thing){.number = 42};
    const struct yaml_node *node = yaml_parse(arena, text, strlen(text), &diags);
    assert_non_null(node);
    int result = bind_map(arena, node, &thing_table, ret_thing, &diags);
    assert_int_equal(result, diags.errors > 0 ? -1 : 0);
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(&diags, &out);
    return arena_string(arena, buf_string(&out));
}

#endif
