/* Property: a body is framed in one way or refused, its limit holds while it streams, and how the bytes are
 * cut changes nothing. Method: whole requests with what comes of them, each read whole, byte by byte and in
 * threes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "soard/front/http.h"

enum { BODY_MAX = 64 };

#define POST    "POST /w HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

struct reading {
    int status;       /* 0: it ended well; -1: it waits for more */
    const char *body; /* of the first request */
};

static const struct {
    const char *text;
    struct reading reading;
} cases[] = {
    {POST "\r\n", {0, ""}},
    {POST "Content-Length: 5\r\n\r\nhello", {0, "hello"}},
    {POST "Content-Length: 5\r\n\r\nhell", {-1, "hell"}},
    {POST "Content-Length: 64\r\n\r\n", {-1, ""}},
    {POST "Content-Length: 65\r\n\r\n", {413, ""}},
    {"\r\n" POST "\r\n", {0, ""}},
    {"\r\n\r\n" POST "\r\n", {400, ""}},
    {"POST /w HTTP/1.1\nHost: a\n\n", {400, ""}},
    {"POST /w HTTP/1.1\r\nHost: a\n\r\n", {400, ""}},
    {"POST /w HTTP/1.1\rHost: a\r\n\r\n", {400, ""}},
    {"\x16\x03\x01", {400, ""}},
    {POST "A: \x7f\r\n\r\n", {400, ""}},
    {CHUNKED "5\r\nhello\r\n0\r\n\r\n", {0, "hello"}},
    {CHUNKED "5;a=\"b;c\"\r\nhello\r\n1\r\n!\r\n000\r\n\r\n", {0, "hello!"}},
    {CHUNKED "00000005\r\nhello\r\n0\r\nA: b\r\nC:\r\n\r\n", {0, "hello"}},
    {CHUNKED "40\r\n", {-1, ""}},
    {CHUNKED "41\r\n", {413, ""}},
    {CHUNKED "5\r\nhello\r\n3c\r\n", {413, "hello"}},
    {CHUNKED "ffffffff\r\n", {413, ""}},
    {CHUNKED "000000005\r\n", {400, ""}},
    {CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", {400, ""}},
    {CHUNKED "-5\r\n", {400, ""}},
    {CHUNKED " 5\r\n", {400, ""}},
    {CHUNKED "5 \r\n", {400, ""}},
    {CHUNKED "\r\n", {400, ""}},
    {CHUNKED ";a\r\n", {400, ""}},
    {CHUNKED "5\nhello\r\n", {400, ""}},
    {CHUNKED "5;a\nb\r\nhello\r\n", {400, ""}},
    {CHUNKED "5\r\nhello6\r\n", {400, "hello"}},
    {CHUNKED "5\r\nhello\n0\r\n\r\n", {400, "hello"}},
    {CHUNKED "0\r\nno field\r\n\r\n", {400, ""}},
    {CHUNKED "0\r\n: none\r\n\r\n", {400, ""}},
    {CHUNKED "0\r\n A: b\r\n\r\n", {400, ""}},
    {CHUNKED "0\r\nA: b\n\r\n", {400, ""}},
};

static int read_in(const char *text, size_t len, size_t step, struct buf *body, const char **ret_why)
{
    struct http *http = http_new();
    int result = -2;
    size_t at = 0, given = 0;
    while (result == -2) {
        size_t used;
        enum http_event event = http_step(http, text + at, given, &used);
        at += used;
        given -= used;
        http->body_max = event == HTTP_HEAD ? BODY_MAX : http->body_max;
        if (event == HTTP_PIECE)
            buf_add(body, http->piece, http->piece_len);
        if (event == HTTP_END)
            result = 0;
        if (event == HTTP_BAD)
            result = http->status;
        if (event == HTTP_MORE && at == len)
            result = -1;
        if (event == HTTP_MORE)
            given = step < len - at ? step : len - at;
    }
    *ret_why = http->why;
    http_free(http);
    return result;
}

static void framing_is_read_one_way(void **state)
{
    (void)state;
    const size_t steps[] = {100000, 1, 3};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t way = 0; way < 3; way++) {
            const char *why;
            BUF_SCOPED body;
            buf_init(&body, 0);
            int status = read_in(cases[i].text, strlen(cases[i].text), steps[way], &body, &why);
            if (status != cases[i].reading.status || strcmp(buf_string(&body), cases[i].reading.body) != 0)
                fail_msg("%s: %d, %s, %s", cases[i].text, status, why != NULL ? why : "", buf_string(&body));
            assert_true((status > 0) == (why != NULL));
        }
    }
}

/* The text, then `unit` again and again, then `end`: what is answered. */
static int read_repeated(const char *text, const char *unit, size_t count, const char *end)
{
    BUF_SCOPED all;
    buf_init(&all, 0);
    buf_text(&all, text);
    for (size_t i = 0; i < count; i++)
        buf_text(&all, unit);
    buf_text(&all, end);
    const char *why;
    BUF_SCOPED body;
    buf_init(&body, 0);
    return read_in(all.data, all.len, 1000, &body, &why);
}

static void every_part_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(read_repeated("POST /", "a", HTTP_HEAD_BYTES, ""), 431);
    assert_int_equal(read_repeated(POST "A: ", "a", HTTP_HEAD_BYTES - 45, "\r\n\r\n"), 0);
    assert_int_equal(read_repeated(POST, "A: b\r\n", HTTP_FIELDS - 1, "\r\n"), 0);
    assert_int_equal(read_repeated(POST, "A: b\r\n", HTTP_FIELDS, "\r\n"), 431);
    assert_int_equal(read_repeated(CHUNKED "1;", "a", HTTP_EXTENSION_BYTES - 1, "\r\nx\r\n0\r\n\r\n"), 0);
    assert_int_equal(read_repeated(CHUNKED, "1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n", 40, ""), 400);
    assert_int_equal(read_repeated(CHUNKED "0\r\n", "A: b\r\n", 680, "\r\n"), 0);
    assert_int_equal(read_repeated(CHUNKED "0\r\n", "A: b\r\n", 700, "\r\n"), 431);
}

static void no_body_before_it_is_allowed(void **state)
{
    (void)state;
    const char text[] = POST "Content-Length: 1\r\n\r\nx";
    struct http *http = http_new();
    size_t used;
    assert_int_equal(http_step(http, text, strlen(text), &used), HTTP_HEAD);
    assert_int_equal(http_step(http, text + used, 1, &used), HTTP_BAD);
    assert_int_equal(http->status, 413);
    assert_int_equal(http_step(http, "x", 1, &used), HTTP_BAD);
    assert_int_equal(used, 0);
    http_free(http);
}

static void what_follows_is_left(void **state)
{
    (void)state;
    const char text[] = POST "Content-Length: 1\r\n\r\nxGET";
    struct http *http = http_new();
    size_t used, at;
    assert_int_equal(http_step(http, text, strlen(text), &at), HTTP_HEAD);
    http->body_max = 10;
    assert_int_equal(http_step(http, text + at, strlen(text) - at, &used), HTTP_PIECE);
    assert_int_equal(used, 1);
    assert_int_equal(http_step(http, "GET", 3, &used), HTTP_END);
    assert_int_equal(used, 0);
    http_free(http);
    http_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing_is_read_one_way),
        cmocka_unit_test(every_part_is_bounded),
        cmocka_unit_test(no_body_before_it_is_allowed),
        cmocka_unit_test(what_follows_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
