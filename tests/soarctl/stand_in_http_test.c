/* Property: a request is read whole and as it was sent, cut at whatever byte it came in pieces; what is no
 * HTTP/1.1 with a length is refused. Method: one good request, fed by each of its beginnings, and each way to
 * spoil it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "soarctl/stand_in.h"

static const char good[] = "POST /a%2Fb?x=1 HTTP/1.1\r\n"
                           "Host: 127.0.0.1\r\n"
                           "X-Odd:  a b \t\r\n"
                           "Content-Type: application/xml\r\n"
                           "Content-Length: 8\r\n"
                           "\r\n"
                           "<a>b</a>";

static int reads(struct arena *arena, const char *bytes, size_t len, struct contract_request *ret_request,
                 const char **ret_why)
{
    size_t used = 0;
    bool waits = false;
    int whole = stand_in_read(arena, bytes, len, ret_request, &used, &waits, ret_why);

    if (whole == 1)
        assert_int_equal(used, len);
    return whole;
}

static void test_good(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct contract_request request = {0};
    const char *why = NULL;

    (void)state;
    for (size_t len = 0; len < sizeof good - 1; len++)
        assert_int_equal(reads(arena, good, len, &request, &why), 0);
    assert_int_equal(reads(arena, good, sizeof good - 1, &request, &why), 1);
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.target, "/a%2Fb?x=1");
    assert_int_equal(request.header_count, 4);
    assert_string_equal(request.headers[1].name, "x-odd");
    assert_string_equal(request.headers[1].text, "a b");
    assert_int_equal(request.len, 8);
    assert_memory_equal(request.body, "<a>b</a>", 8);
    assert_non_null(request.xml);
    assert_string_equal(value_get_string(request.xml, "name", ""), "a");
}

static void test_two(void **state)
{
    static const char two[] = "GET / HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
    ARENA_SCOPED arena = arena_new();
    struct contract_request request;
    const char *why = NULL;
    size_t used = 0;
    bool waits = false;

    (void)state;
    assert_int_equal(stand_in_read(arena, two, sizeof two - 1, &request, &used, &waits, &why), 1);
    assert_string_equal(request.target, "/");
    assert_int_equal(request.len, 0);
    assert_int_equal(used, 18);
}

static void test_waits(void **state)
{
    static const char asks[] = "PUT / HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";
    ARENA_SCOPED arena = arena_new();
    struct contract_request request;
    const char *why = NULL;
    size_t used = 0;
    bool waits = false;

    (void)state;
    assert_int_equal(stand_in_read(arena, asks, sizeof asks - 1, &request, &used, &waits, &why), 0);
    assert_true(waits);
}

static void test_bad(void **state)
{
    static const char *const bad[][2] = {
        {"GET / HTTP/1.0\r\n\r\n", "METHOD /PATH HTTP/1.1"},
        {"GET http://a/ HTTP/1.1\r\n\r\n", "no method and path"},
        {"G(T / HTTP/1.1\r\n\r\n", "no method and path"},
        {"GET /a b HTTP/1.1\r\n\r\n", "METHOD /PATH HTTP/1.1"},
        {"GET / HTTP/1.1\r\nHost\r\n\r\n", "no colon"},
        {"GET / HTTP/1.1\r\nA b: c\r\n\r\n", "a header's name is none"},
        {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "chunks"},
        {"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "its length is none"},
        {"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "its length is none"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ARENA_SCOPED arena = arena_new();
        struct contract_request request;
        const char *why = NULL;

        assert_int_equal(reads(arena, bad[i][0], strlen(bad[i][0]), &request, &why), -1);
        assert_non_null(strstr(why, bad[i][1]));
    }
}

static void test_answers(void **state)
{
    static const char *const names[] = {"Retry-After"}, *const texts[] = {"5"};
    const struct contract_answer answer = {.status = 429,
                                           .header_count = 1,
                                           .header_names = names,
                                           .header_texts = texts,
                                           .type = "application/json",
                                           .body = "{}",
                                           .len = 2};
    const struct contract_answer empty = {.status = 204, .body = ""};
    BUF_SCOPED out = {0};

    (void)state;
    stand_in_print(&answer, &out);
    assert_string_equal(buf_string(&out), "HTTP/1.1 429 Stand-in\r\nRetry-After: 5\r\n"
                                          "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
    buf_clear(&out);
    stand_in_print(&empty, &out);
    assert_string_equal(buf_string(&out), "HTTP/1.1 204 Stand-in\r\n\r\n");
    buf_clear(&out);
    stand_in_print(NULL, &out);
    assert_non_null(strstr(buf_string(&out), "HTTP/1.1 500 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good), cmocka_unit_test(test_two),     cmocka_unit_test(test_waits),
        cmocka_unit_test(test_bad),  cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
