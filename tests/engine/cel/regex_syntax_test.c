/* Property: what RE2 has is translated to the same for PCRE2, and all else is refused. Method: tables of
 * patterns, of every construct of PCRE2 beyond RE2, and of what must come out where the two differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/limits.h"
#include "engine/cel/regex.h"

static int translate(const char *pattern, struct buf *out, struct soar_err *err)
{
    buf_clear(out);
    return regex_translate(out, pattern, strlen(pattern), err);
}

static void what_re2_lacks_is_refused(void **state)
{
    static const char *const patterns[] = {
        "(a)\\1",  "\\g1",    "\\g{-1}", "\\k<n>",  "(?P=n)",     "(?P>n)",       "(?=a)",
        "(?!a)",   "(?<=a)",  "(?<!a)",  "(?>a)",   "(?|a|b)",    "(?R)",         "(?1)",
        "(?&n)",   "(?(1)a)", "(?#a)",   "(?C1)",   "(*COMMIT)a", "(*UTF)a",      "a++",
        "a*+",     "a?+",     "a{2}+",   "a**",     "a*{2}",      "a{2}{3}",      "\\C",
        "\\R",     "\\X",     "\\K",     "\\G",     "\\Z",        "\\h",          "\\H",
        "\\N",     "\\V",     "\\e",     "\\cA",    "\\o{12}",    "\\u0041",      "\\L",
        "\\U",     "(?x)a",   "(?n)a",   "(?J)a",   "(?^)a",      "(?i",          "(?",
        "(?'n'a)", "(?<1>a)", "(?P<>a)", "(?<n a)", "*a",         "+a",           "?a",
        "|*",      "(*a)",    "(?i)*",   "a{1001}", "a{2,1}",     "(a{40}){40}",  "((a{11}){10}){10}",
        "(",       ")",       "a)",      "[a",      "[",          "[[:alpha:",    "[[:x]]",
        "\\",      "[\\",     "\\x",     "\\xg",    "\\x{}",      "\\x{1234567}", "\\p",
        "\\p{",    "\\p{L",   "\\8",     "\\1",     "[\\1]",      "[\\b]",        "[\\Q]\\E]",
        "\xff",
    };
    (void)state;
    BUF_SCOPED out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct soar_err err = {0};
        if (translate(patterns[i], &out, &err) == 0) {
            fail_msg("not refused: %s", patterns[i]);
        }
        assert_memory_equal(err.text, "regular expression", strlen("regular expression"));
    }
}

static void the_rest_is_translated(void **state)
{
    static const char *const table[][2] = {
        {"", ""},
        {"abc", "abc"},
        {"a*b?c", "a*b?c"},
        {"a+", "aa*"},
        {"a+?", "aa*?"},
        {"[ab]+", "[ab][ab]*"},
        {"(ab)+", "(ab)+"},
        {"\\d+", "\\d\\d*"},
        {"a{2,}", "a{2,}"},
        {"a{1,}", "aa*"},
        {"a{0,1000}", "a{0,1000}"},
        {"(a{30}){30}", "(a{30}){30}"},
        {"a{", "a\\{"},
        {"a{,2}", "a\\{,2}"},
        {"{", "\\{"},
        {"(?i)a(?s-m:b)", "(?i)a(?s-m:b)"},
        {"(?P<n>a)(?<m>b)", "(a)(b)"},
        {"\\s\\S[\\s]", "[\\t\\n\\f\\r\\x20][^\\t\\n\\f\\r\\x20][\\t\\n\\f\\r\\x20]"},
        {"\\v\\07\\123", "\\x0b\\x{7}\\x{53}"},
        {"\\x41\\x{1F512}", "\\x41\\x{1F512}"},
        {"\\pL\\p{Greek}\\P{^Lu}", "\\pL\\p{Greek}\\P{^Lu}"},
        {"\\Qa.b\\E.", "a\\.b."},
        {"\\Q[", "\\["},
        {"[]a]", "[\\]a]"},
        {"[^]a]", "[^\\]a]"},
        {"[[:alpha:][:^digit:]]", "[[:alpha:][:^digit:]]"},
        {"[[a]", "[\\[a]"},
        {"\\.\\-\\/\\_", "\\.\\-\\/_"},
        {"^a|b$", "^a|b$"},
        {"\\A\\z\\b\\B", "\\A\\z\\b\\B"},
        {"a||b", "a||b"},
        {"()", "()"},
    };
    (void)state;
    BUF_SCOPED out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct soar_err err = {0};
        if (translate(table[i][0], &out, &err) < 0) {
            fail_msg("%s: %s", table[i][0], err.text);
        }
        assert_string_equal(buf_string(&out), table[i][1]);
    }
}

static void size_and_nesting_are_bounded(void **state)
{
    char pattern[LIMIT_REGEX_BYTES + 2];
    struct soar_err err;
    (void)state;
    BUF_SCOPED out;
    buf_init(&out, 0);
    memset(pattern, 'a', sizeof pattern);
    assert_int_equal(regex_translate(&out, pattern, LIMIT_REGEX_BYTES, &err), 0);
    assert_int_equal(regex_translate(&out, pattern, LIMIT_REGEX_BYTES + 1, &err), -1);
    memset(pattern, '(', sizeof pattern);
    assert_int_equal(regex_translate(&out, pattern, 1000, &err), -1);
    assert_string_equal(err.text, "regular expression, byte 100: the groups are nested too deeply");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_re2_lacks_is_refused),
        cmocka_unit_test(the_rest_is_translated),
        cmocka_unit_test(size_and_nesting_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
