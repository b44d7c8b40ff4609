/* Property: what can only fail is told when it is loaded, with its place and with the name that was meant;
 * what may succeed is not. Method: a table of expressions with the offset and the text, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/engine/cel/evaluating.h"

static void calls_are_checked(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *says; /* NULL: nothing */
    } table[] = {
        {"size(a) + a.size() + [1].map(x, string(x)).size()", 0, NULL},
        {"optional.of(a).or(b).orValue(1)", 0, NULL},
        {"a.startswith('b')", 2, "there is no function 'startswith'; did you mean 'startsWith'?"},
        {"1 + frobnicate(2)", 4, "there is no function 'frobnicate'"},
        {"startsWith('a', 'b')", 0, "startsWith() is called as x.startsWith(), not startsWith(x)"},
        {"a.string()", 2, "string() is called as string(x), not x.string()"},
        {"a.split()", 2, "split() does not take 0 arguments"},
        {"a.size(1)", 2, "size() does not take 1 argument"},
        {"strings.quotes(a)", 8, "there is no function 'quotes'"},
        {"true || nothing()", 8, "there is no function 'nothing'"},
        {"a.matches('(?i)web-[0-9]+')", 0, NULL},
        {"a.matches('(a')", 2, "regular expression, byte 2: ')' is missing"},
        {"a.matches(p)", 0, NULL},
        {"[a].exists(x, x.matches('(?=b)'))", 16,
         "regular expression, byte 2: this kind of group is not in RE2's syntax (no "
         "lookaround, no recursion, no atoms)"},
        {"t.getHours('Europe/Berlin')", 0, NULL},
        {"t.getHours('Europe/Atlantis')", 2, "there is no time zone 'Europe/Atlantis'"},
    };
    (void)state;
    ARENA_SCOPED arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t offset = 0;
        struct soar_err err = {0};
        int result = cel_check(compiled(arena, table[i].text), &offset, &err);
        assert_string_equal(err.text, table[i].says != NULL ? table[i].says : "");
        assert_int_equal(result, table[i].says != NULL ? -1 : 0);
        assert_int_equal(offset, table[i].offset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(calls_are_checked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
