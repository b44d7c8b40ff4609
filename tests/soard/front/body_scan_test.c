/* Property: every JSON object or array of an allowed depth passes, and what is none, too deep, not UTF-8 or
 * followed by something does not. Method: tables; depths on both sides of the limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "soard/front/body_scan.h"

static const char *scan(const char *text, bool lines)
{
    return body_scan(text, strlen(text), lines);
}

static void documents_pass(void **state)
{
    (void)state;
    static const char *const fine[] = {"{}",
                                       "[]",
                                       " \r\n\t{ } ",
                                       "[1,\"a\",null]",
                                       "{\"a\":[{\"b\":\"}]\"}]}",
                                       "{\"a\":\"\\\"}\\\\\"}",
                                       "[\"\xc3\xa4\xf0\x9f\x98\x80\"]"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        if (scan(fine[i], false) != NULL)
            fail_msg("%s: %s", fine[i], scan(fine[i], false));
    }
}

static void what_is_no_document_does_not(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "1",
                                      "\"a\"",
                                      "{",
                                      "}",
                                      "[}",
                                      "{]",
                                      "{}{}",
                                      "{}x",
                                      "{\"a}",
                                      "{\"a\":\"\n\"}",
                                      "x{}",
                                      "[]]",
                                      "[\x01]",
                                      "{\"\\\"}",
                                      "[\"\xff\"]",
                                      "[\"\xc0\xaf\"]",
                                      "\x7f[]",
                                      "[\x1f]",
                                      "{} {}",
                                      "nul",
                                      "[\"\xed\xa0\x80\"]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (scan(bad[i], false) == NULL)
            fail_msg("%s is let pass", bad[i]);
    }
    assert_non_null(body_scan("[\0]", 3, false));
}

static const char *nested(int depth)
{
    static char text[1000];
    for (int i = 0; i < depth; i++) {
        text[i] = i % 2 ? '{' : '[';
        text[2 * depth - 1 - i] = i % 2 ? '}' : ']';
    }
    text[2 * depth] = '\0';
    return scan(text, false);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    assert_null(nested(BODY_DEPTH));
    assert_string_equal(nested(BODY_DEPTH + 1), "the JSON is nested too deep");
    assert_non_null(nested(400));
}

static void lines_are_documents_each(void **state)
{
    (void)state;
    assert_null(scan("{}\n{}\n", true));
    assert_null(scan("{}\r\n\r\n[1]", true));
    assert_non_null(scan("{}\n{}\n", false));
    assert_non_null(scan("{}{}\n", true));
    assert_non_null(scan("{\n}\n", true));
    assert_non_null(scan("\n\n", true));
    assert_non_null(scan("{}\nx\n", true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_pass),
        cmocka_unit_test(what_is_no_document_does_not),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(lines_are_documents_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
