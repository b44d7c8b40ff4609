/* Property: a table becomes one of Markdown, each table within it a section behind it, once; what a later
 * version reads is left out. Method: two small tables, compared as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/yaml/bind.h"

static const char *const words[] = {"red", "blue", NULL};
static const struct bind_key inner_keys[] = {
    {.name = "n", .kind = BIND_INT, .min = 1, .max = 9, .about = "a|b"},
    {.name = "d", .kind = BIND_DURATION, .max = 60000, .about = "how long"},
    {0}};
static const struct bind_table inner = {"an item", 0, inner_keys};
static const struct bind_key keys[] = {
    {.name = "a", .kind = BIND_TEXT, .required = true, .about = "first"},
    {.name = "c", .kind = BIND_CHOICE, .words = words},
    {.name = "l", .kind = BIND_LIST_OF, .table = &inner, .about = "some"},
    {.name = "m", .kind = BIND_MAP_OF, .table = &inner, .about = "named"},
    {.name = "x", .kind = BIND_NODE, .schema = "{\"type\": \"object\"}", .about = "free"},
    {.name = "later", .kind = BIND_LATER},
    {0}};
static const struct bind_table outer = {"a file", 0, keys};

static void test_tables(void **state)
{
    BUF_SCOPED out = {0};

    (void)state;
    bind_markdown(&outer, 3, &out);
    assert_string_equal(buf_string(&out), "| key | value | means |\n|---|---|---|\n"
                                          "| `a`, needed | a text | first |\n"
                                          "| `c` | `red` `blue` |  |\n"
                                          "| `l` | a list, each an item | some |\n"
                                          "| `m` | a map of names, each an item | named |\n"
                                          "| `x` | a map | free |\n"
                                          "\n### An item\n\n"
                                          "| key | value | means |\n|---|---|---|\n"
                                          "| `n` | a number, 1 to 9 | a\\|b |\n"
                                          "| `d` | a duration of at most 1 min | how long |\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
