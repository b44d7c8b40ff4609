/* Property: an answer has its length and nothing that was not said; a text with a line's end never stands in
 * a header. Method: whole answers, compared byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "soard/front/response.h"

static void check(const struct response *response, const char *wanted)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    response_write(&out, response);
    assert_string_equal(buf_string(&out), wanted);
}

static void the_least(void **state)
{
    (void)state;
    const struct response response = {.status = 202, .body = "{}", .len = 2, .now_ms = 784111777000};
    check(&response, "HTTP/1.1 202 Accepted\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                     "Content-Type: application/json\r\nContent-Length: 2\r\n"
                     "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n{}");
}

static void the_most(void **state)
{
    (void)state;
    const struct response response = {.status = 429,
                                      .content = "text/plain",
                                      .body = "no",
                                      .len = 2,
                                      .retry_after_s = 3,
                                      .allow = "GET",
                                      .challenge = "Bearer",
                                      .repeated = true,
                                      .close = true,
                                      .tls = true,
                                      .now_ms = 784111777000};
    check(&response, "HTTP/1.1 429 Too Many Requests\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                     "Content-Type: text/plain\r\nContent-Length: 2\r\n"
                     "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                     "Strict-Transport-Security: max-age=31536000\r\nRetry-After: 3\r\nAllow: GET\r\n"
                     "WWW-Authenticate: Bearer\r\nSoar-Repeated: true\r\nConnection: close\r\n\r\nno");
}

static void some_have_no_body(void **state)
{
    (void)state;
    BUF_SCOPED out;
    buf_init(&out, 0);
    struct response response = {.status = 200, .body = "{}", .len = 2, .headless = true};
    response_write(&out, &response);
    assert_non_null(strstr(out.data, "Content-Length: 2\r\n"));
    assert_string_equal(out.data + out.len - 4, "\r\n\r\n");
    buf_clear(&out);
    response = (struct response){.status = 204};
    response_write(&out, &response);
    assert_null(strstr(out.data, "\nContent-"));
}

static void texts_that_may_stand_in_a_header(void **state)
{
    (void)state;
    char longest[258];
    memset(longest, 'a', sizeof longest);
    longest[256] = '\0';
    assert_true(response_text_fine("GET, POST"));
    assert_true(response_text_fine(longest));
    longest[256] = 'a';
    longest[257] = '\0';
    assert_false(response_text_fine(longest));
    assert_false(response_text_fine(""));
    assert_false(response_text_fine("a\r\nSet-Cookie: b"));
    assert_false(response_text_fine("a\tb"));
    assert_false(response_text_fine("\xc3\xa4"));
    assert_false(response_text_fine("\x7f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least),
        cmocka_unit_test(the_most),
        cmocka_unit_test(some_have_no_body),
        cmocka_unit_test(texts_that_may_stand_in_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
