/* Property: base64 there and back is the same bytes; anything else is refused. Method: RFC 4648's examples,
 * every length up to 64, and a table of what it isn't. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/worker/base64.h"

static void examples(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_SCOPED out = {0};
        base64_encode(&out, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(buf_string(&out), cases[i][1]);
    }
}

static void there_and_back(void **state)
{
    (void)state;
    unsigned char bytes[64];
    for (size_t len = 0; len <= sizeof bytes; len++) {
        BUF_SCOPED text = {0}, back = {0};
        struct soar_err err = {0};
        for (size_t i = 0; i < len; i++)
            bytes[i] = (unsigned char)(i * 37 + len * 101);
        base64_encode(&text, bytes, len);
        buf_text(&text, "\r\n");
        assert_int_equal(base64_decode(&back, text.data, text.len, &err), 0);
        assert_int_equal(back.len, len);
        assert_memory_equal(buf_string(&back), bytes, len);
    }
}

static void what_it_is_not(void **state)
{
    (void)state;
    static const char *const cases[] = {"Z",    "Zg",       "Zm8",   "Zg=",  "Zg=a",    "=",
                                        "====", "Zg==Zg==", "Zm9v=", "Zm-v", "Zm9v\x01"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_SCOPED out = {0};
        struct soar_err err = {0};
        assert_int_equal(base64_decode(&out, cases[i], strlen(cases[i]), &err), -1);
        assert_int_equal(err.class, SOAR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_it_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
