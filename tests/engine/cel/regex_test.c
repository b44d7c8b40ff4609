/* Property: a search says what a pattern means, in time that grows with the text and not with what an
 * attacker made of it. Method: patterns known to drive a backtracking matcher mad, each on a long text that
 * it does not match, must give an answer and not a limit; one that no matcher can follow within its bounds
 * must give an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/cel/regex.h"

/* 1 found, 0 not, -1 a limit was hit. */
static int search(const char *pattern, const char *text, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct soar_err err = {0};
    bool found = false;
    const struct regex *regex = regex_new(arena, pattern, strlen(pattern), &err);
    if (regex == NULL) {
        fail_msg("%s: %s", pattern, err.text);
    }
    return regex_search(regex, text, len, &found, &err) < 0 ? -1 : found;
}

static void patterns_match_anywhere(void **state)
{
    static const struct {
        const char *pattern;
        const char *text;
        int found;
    } table[] = {
        {"b", "abc", 1},
        {"^b", "abc", 0},
        {"c$", "abc", 1},
        {"c$", "abc\n", 0},
        {"", "", 1},
        {"^$", "", 1},
        {"a.c", "a\nc", 0},
        {"(?s)a.c", "a\nc", 1},
        {"(?m)^c$", "a\nc", 1},
        {"(?i)ABC", "xabc", 1},
        {"\\bweb\\b", "a web b", 1},
        {"\\bweb\\b", "webs", 0},
        {"[^a]", "a", 0},
        {"ä+", "xää", 1},
        {"^.$", "ä", 1},
        {"(?U)a+", "a", 1},
        {"a{2}", "aba", 0},
        {"(ab){2}", "xababx", 1},
        {"x*", "", 1},
        {"\\x00", "a", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (search(table[i].pattern, table[i].text, strlen(table[i].text)) != table[i].found) {
            fail_msg("%s on %s", table[i].pattern, table[i].text);
        }
    }
    assert_int_equal(search("a\\x00b", "xa\0bx", 5), 1);
}

static void hostile_texts_get_an_answer(void **state)
{
    static const char *const patterns[] = {
        "^(a+)+$",
        "(a|aa)*c",
        "(a|a?)+$c",
        "(a*)*c",
        "(.*)(.*)(.*)(.*)(.*)[^a!]",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(x+x+)+y",
        "^(\\w+\\s?)*$",
        ".{200}q",
        "(?:a{1,}){1,}c",
        "a.*a.*a.*a.*c",
    };
    enum { LENGTH = 50000 };
    static char text[LENGTH];
    (void)state;
    memset(text, 'a', sizeof text);
    text[LENGTH - 1] = '!';
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        assert_int_equal(search(patterns[i], text, sizeof text), 0);
    }
}

static void a_limit_is_an_error(void **state)
{
    enum { LENGTH = 20000 };
    static char text[LENGTH];
    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(search("(.{0,40}x){20}y", text, sizeof text), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_anywhere),
        cmocka_unit_test(hostile_texts_get_an_answer),
        cmocka_unit_test(a_limit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
