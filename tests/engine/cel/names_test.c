/* Property: each name that an expression takes from outside is told once, with its longest path of plain
 * fields, and nothing else is: no bound name, no type, no function. Method: a table of expressions and the
 * list that must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/engine/cel/evaluating.h"

static void note(void *arg, const char *root, const char *path, bool optional, size_t offset)
{
    struct buf *out = arg;
    assert_memory_equal(root, path, strlen(root));
    buf_printf(out, "%s%s%s@%zu", out->len > 0 ? " " : "", path, optional ? "?" : "", offset);
}

static void names_are_told(void **state)
{
    static const char *const table[][2] = {
        {"1 + 2", ""},
        {"alert", "alert@0"},
        {"steps.isolate.changed.size()", "steps.isolate.changed@0"},
        {"alert.host['name'].x", "alert.host.name.x@0"},
        {"alert['host.name']", "alert.host.name@0"},
        {"alert.hosts[0].name", "alert.hosts@0"},
        {"alert.hosts[i].name", "alert.hosts@0 i@12"},
        {"kept.?listing.orValue('')", "kept.listing?@0"},
        {"kept[?'listing']", "kept.listing?@0"},
        {"kept.a.?b", "kept.a.b@0"},
        {"has(alert.x)", "alert.x?@4"},
        {"has(alert.x.y)", "alert.x.y@4"},
        {"alert.hosts.exists(h, h.os == os)", "alert.hosts@0 os@30"},
        {"alert.hosts.map(h, h.name + alert.id)", "alert.hosts@0 alert.id@28"},
        {"[1].map(x, .x)", "x@12"},
        {"cel.bind(v, vars.a, v + vars.b)", "vars.a@12 vars.b@24"},
        {"vars.?a.optMap(v, v + w)", "vars.a?@0 w@22"},
        {"optional.of(a)", "a@12"},
        {"type(a) == int", "a@5"},
        {"type(a) == google.protobuf.Timestamp", "a@5"},
        {"base64.decode(a).size()", "a@14"},
        {"f(a, b.c(d))", "a@2 b@5 d@9"},
        {"a ? b : c", "a@0 b@4 c@8"},
        {"{a: b, ?'k': c}", "a@1 b@4 c@13"},
        {"[a, ?b]", "a@1 b@5"},
        {"x.or(y).orValue(z)", "x@0 y@5 z@16"},
        {"(a ? b : c).d", "a@1 b@5 c@9"},
        {"!a && -b in c", "a@1 b@7 c@12"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        BUF_SCOPED out;
        buf_init(&out, 0);
        cel_names(compiled(arena, table[i][0]), note, &out);
        assert_string_equal(buf_string(&out), table[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
