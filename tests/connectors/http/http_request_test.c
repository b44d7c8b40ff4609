/* Property: a url leads where it says and nowhere else, a header and a path are one header and one path; what
 * could be read as more is refused. Method: urls with the parts they have; each kind of evil. */
#include "connectors/http/http_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static void urls(void **state)
{
    static const struct {
        const char *url, *origin, *host, *path;
    } cases[] = {
        {"https://a.example", "https://a.example", "a.example", ""},
        {"https://a.example/", "https://a.example", "a.example", ""},
        {"https://a.example:443/x/", "https://a.example", "a.example", "/x"},
        {"https://a.example:8443/x/y", "https://a.example:8443", "a.example:8443", "/x/y"},
        {"https://[2001:db8::1]:9/%2e/..", "https://[2001:db8::1]:9", "[2001:db8::1]:9", "/%2e/.."},
        {"http://127.0.0.1:80/", "http://127.0.0.1", "127.0.0.1", ""},
        {"http://[::1]:8080", "http://[::1]:8080", "[::1]:8080", ""},
        {"http://localhost:81", "http://localhost:81", "localhost:81", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        struct http_request request = {.arena = arena};
        assert_int_equal(http_request_url(&request, cases[i].url, NULL), 0);
        assert_string_equal(request.origin, cases[i].origin);
        assert_string_equal(request.host, cases[i].host);
        assert_string_equal(request.path, cases[i].path);
        assert_string_equal(request.query, "");
    }
}

static void wrong_urls(void **state)
{
    static const char *const cases[] = {
        "",
        "a.example",
        "/x",
        "http://a.example",
        "http://127.0.0.1.a.example",
        "http://127.1.a",
        "http://10.0.0.1",
        "http://[::2]",
        "http://localhost.a.example",
        "https://u@a.example",
        "https://u:p@a.example",
        "https://a.example?x",
        "https://a.example/#x",
        "https://a.example\\@b.example",
        "https://a.example/ x",
        "https://a.example/\r\nx: y",
        "https://a.example/\xc3\xa4",
        "https://a.example:99999",
        "file:///etc/passwd",
        "ftp://127.0.0.1",
        "https://",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        struct http_request request = {.arena = arena};
        struct soar_err err = {0};
        if (http_request_url(&request, cases[i], &err) == 0)
            fail_msg("%s is taken: %s", cases[i], request.origin);
        assert_int_equal(err.class, SOAR_INVALID);
    }
}

static void paths(void **state)
{
    static const char *const wrong[] = {"", "x", "/a?b", "/a#b", "/a b", "/a\\b", "/a\r\nb", "/\xc3\xa4"};
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct http_request request = {.arena = arena};
    assert_int_equal(http_request_url(&request, "https://a.example/base/", NULL), 0);
    assert_int_equal(http_request_path(&request, "/a%2Fb/", NULL), 0);
    assert_string_equal(request.path, "/base/a%2Fb/");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(http_request_path(&request, wrong[i], NULL), -1);
    assert_string_equal(request.path, "/base/a%2Fb/");
}

static void one_header_of_a_name(void **state)
{
    static const struct {
        const char *name, *value;
    } wrong[] = {{"", "x"},         {"a b", "x"},       {"a:", "x"},  {"a\n", "x"},
                 {"\xc3\xa4", "x"}, {"a", "b\r\nc: d"}, {"a", "b\n"}, {"a", "\xc3\xa4"}};
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct http_request request = {.arena = arena};
    assert_int_equal(http_request_header(&request, "X-A", "1", NULL), 0);
    assert_int_equal(http_request_header(&request, "b", "", NULL), 0);
    assert_int_equal(http_request_header(&request, "x-a", "2", NULL), 0);
    assert_int_equal(request.header_count, 2);
    assert_string_equal(http_request_get_header(&request, "X-a"), "2");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(http_request_header(&request, wrong[i].name, wrong[i].value, NULL), -1);
    assert_int_equal(request.header_count, 2);
    http_request_body(&request, "text/x", "a\0b", 3);
    assert_string_equal(http_request_get_header(&request, "content-type"), "text/x");
    http_request_body(&request, "text/y", "", 0);
    assert_string_equal(http_request_get_header(&request, "content-type"), "text/x");
}

static void forms(void **state)
{
    (void)state;
    BUF_SCOPED form;
    buf_init(&form, 0);
    http_form_add(&form, "a b", "1&2=3");
    http_form_add(&form, "c", "\xc3\xa4~-._+");
    assert_string_equal(buf_string(&form), "a%20b=1%262%3D3&c=%C3%A4~-._%2B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),  cmocka_unit_test(wrong_urls),
        cmocka_unit_test(paths), cmocka_unit_test(one_header_of_a_name),
        cmocka_unit_test(forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
