/* Property: a head is taken apart as RFC 9112 says, and whatever two readers could understand differently is
 * refused. Method: heads with their status, and one whose every part is compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "soard/front/http.h"

static struct http *read_head(const char *text)
{
    struct http *http = http_new();
    size_t used;
    enum http_event event = http_step(http, text, strlen(text), &used);
    assert_true(event == HTTP_HEAD || event == HTTP_BAD);
    assert_true((event == HTTP_BAD) == (http->status != 0));
    return http;
}

static const struct {
    const char *text;
    int status; /* 0: fine */
} heads[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", 0},
    {"GET / HTTP/1.0\r\n\r\n", 0},
    {"GET http://soar.example:80/a HTTP/1.1\r\nHost: a\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"PRI * HTTP/2.0\r\n\r\n", 505},
    {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
    {"GET /\r\nHost: a\r\n\r\n", 400},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"AAAAAAAAAAAAAAAAA / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http:///b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n: c\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
     "chunked\r\n\r\n",
     400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 400},
};

static void each_head_has_its_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct http *http = read_head(heads[i].text);
        if (http->status != heads[i].status)
            fail_msg("%s: %d %s", heads[i].text, http->status, http->why != NULL ? http->why : "");
        http_free(http);
    }
}

static void the_parts_are_what_was_sent(void **state)
{
    (void)state;
    struct http *http = read_head(
        "POST /webhook/siem?a=b?c HTTP/1.1\r\nHOST: soar.example\r\nX-Sig:\t sha256=00 \t\r\n"
        "Content-Length: 12\r\nExpect: 100-Continue\r\nConnection: foo, Close\r\nx-a: 1\r\nX-A: 2\r\n\r\n");
    assert_int_equal(http->status, 0);
    assert_string_equal(http->method, "POST");
    assert_string_equal(http->path, "/webhook/siem");
    assert_string_equal(http->query, "a=b?c");
    assert_true(http->one_one && http->expects && http->close && !http->chunked);
    assert_int_equal(http->length, 12);
    size_t count;
    assert_string_equal(http_field(http, "x-sig", &count), "sha256=00");
    assert_null(http_field(http, "x-a", &count));
    assert_int_equal(count, 2);
    assert_null(http_field(http, "x-b", &count));
    assert_int_equal(count, 0);
    http_free(http);
}

static void a_reason_quotes_nothing(void **state)
{
    (void)state;
    struct http *http = read_head("GET /secret/../x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(http->status, 400);
    assert_null(strstr(http->why, "secret"));
    http_free(http);
}

static void the_absolute_form_is_a_path(void **state)
{
    (void)state;
    struct http *http = read_head("GET HTTPS://soar.example/a?b HTTP/1.0\r\n\r\n");
    assert_string_equal(http->path, "/a");
    assert_string_equal(http->query, "b");
    assert_true(http->close && !http->one_one && http->length == -1);
    http_free(http);
    http = read_head("GET http://soar.example?b HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
    assert_string_equal(http->path, "/");
    assert_false(http->expects);
    http_free(http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_head_has_its_status),
        cmocka_unit_test(the_parts_are_what_was_sent),
        cmocka_unit_test(a_reason_quotes_nothing),
        cmocka_unit_test(the_absolute_form_is_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
