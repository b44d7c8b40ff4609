/* Property: whatever bytes a service sends, what a pack sees of them is UTF-8, shallow enough, fits one line
 * of the protocol, and holds none of our secrets, however they are written. Method: bytes and what they must
 * become; bodies made to grow; secrets in each place and each spelling. */
#include "connectors/http/http_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"

static const char *printed(struct arena *arena, const char *head, const char *body, size_t len, uint64_t cut,
                           const struct http_hidden *hidden)
{
    BUF_SCOPED lines;
    BUF_SCOPED bytes;
    buf_init(&lines, 0);
    buf_init(&bytes, 0);
    buf_text(&lines, head);
    buf_add(&bytes, body, len);
    struct http_answer answer = http_answer_make(arena, 200, &lines, &bytes, cut);
    struct value value = http_answer_value(arena, hidden, &answer, -1);
    return json_text(arena, &value);
}

static void headers(void **state)
{
    static const struct {
        const char *lines, *json;
    } cases[] = {
        {"", "{}"},
        {"A: b\r\n\r\n", "{\"a\":\"b\"}"},
        {"X-A:\t 1 \r\nx-a:2\r\nX-B:\r\n", "{\"x-a\":\"1, 2\",\"x-b\":\"\"}"},
        {"no colon\r\n: no name\r\nwith blank: x\r\nok: y\r\n", "{\"ok\":\"y\"}"},
        {"Set-Cookie: session=1\r\nSET-COOKIE: b\r\nb: c", "{\"b\":\"c\"}"},
        {"a: \xff\x01\r\n", "{\"a\":\"\xef\xbf\xbd\\u0001\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        struct value map = http_answer_headers(arena, cases[i].lines, strlen(cases[i].lines));
        assert_string_equal(json_text(arena, &map), cases[i].json);
    }
}

static void bodies(void **state)
{
    struct http_hidden none = {0};
    static const struct {
        const char *head, *body, *json;
    } cases[] = {
        {"", "{\"a\":1}", "\"text\":\"{\\\"a\\\":1}\",\"body\":{\"a\":1},\"cut\":0}"},
        {"", "17", "\"text\":\"17\",\"body\":null,\"cut\":0}"},
        {"Content-Type: application/scim+json\r\n", "17", "\"text\":\"17\",\"body\":17,\"cut\":0}"},
        {"", "<a>1</a>",
         "\"body\":{\"name\":\"a\",\"attributes\":{},\"text\":\"1\",\"children\":[]},\"cut\":0}"},
        {"", "{\"a\":1}}", "\"body\":null,\"cut\":0}"},
        {"", "\xff\xfe", "\"text\":\"\xef\xbf\xbd\xef\xbf\xbd\",\"body\":null,\"cut\":0}"},
        {"", " \r\n ", "\"body\":null,\"cut\":0}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *json = printed(arena, cases[i].head, cases[i].body, strlen(cases[i].body), 0, &none);
        if (strstr(json, cases[i].json) == NULL)
            fail_msg("%s is not in %s", cases[i].json, json);
    }
    ARENA_SCOPED arena = arena_new();
    assert_non_null(strstr(printed(arena, "", "[1]", 3, 9, &none), "\"body\":null,\"cut\":9}"));
    assert_non_null(strstr(printed(arena, "", "a\0b", 3, 0, &none), "\"text\":\"a\xef\xbf\xbd"
                                                                    "b\""));
}

/* Each is as large as a body may be, and printed as JSON many times that. */
static void always_fits(void **state)
{
    static const struct {
        const char *before, *piece;
    } cases[] = {{"", "\x01"}, {"", "\""},      {"[0", ",1e9"}, {"[0", ",1E300"},
                 {"[", "["},   {"<a>", "<b/>"}, {"", "\xff"}};
    struct http_hidden none = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        BUF_SCOPED body;
        BUF_SCOPED head;
        buf_init(&body, 0);
        buf_init(&head, 0);
        buf_text(&body, cases[i].before);
        while (body.len + strlen(cases[i].piece) + 8 < LIMIT_ANSWER_BYTES)
            buf_text(&body, cases[i].piece);
        buf_text(&body, *cases[i].before == '<' ? "</a>" : "]");
        for (int n = 0; n < 32; n++)
            buf_printf(&head, "x-%d: %0990d\xff\xff\xff\xff\r\n", n, 0);
        const char *json = printed(arena, buf_string(&head), body.data, body.len, 0, &none);
        assert_true(strlen(json) < LIMIT_LINE_BYTES - 200);
        struct value back;
        assert_int_equal(json_parse(arena, json, strlen(json), &back, NULL), 0);
    }
}

static void secrets_are_struck_out(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct http_hidden hidden = {0};
    const char *secrets = "{\"a\":\"top \\\"secret\\\"\",\"b\":{\"c\":[\"abcdef\"]},\"short\":\"xyz\","
                          "\"key\":\"-----BEGIN KEY-----\\nMIIBVgIBADANBgkqhkiG9w0\\n\"}";
    struct value map;
    assert_int_equal(json_parse(arena, secrets, strlen(secrets), &map, NULL), 0);
    http_hide_secrets(arena, &hidden, &map);
    static const char *const bodies_with[] = {
        "{\"k\":\"top \\\"secret\\\"\"}",
        "{\"k\":\"\\u0074op \\\"secret\\\"\"}",
        "{\"abcdef\":[\"x abcdef y abcdef\"]}",
        "top \"secret\"",
        "<a b=\"abcdef\">top \"secret\"</a>",
        "line MIIBVgIBADANBgkqhkiG9w0 of it",
        "\"abc\\u0064ef\"",
    };
    for (size_t i = 0; i < sizeof bodies_with / sizeof *bodies_with; i++) {
        const char *json = printed(arena, "x: abcdef, top \"secret\"\r\n", bodies_with[i],
                                   strlen(bodies_with[i]), 0, &hidden);
        struct value back;
        assert_int_equal(json_parse(arena, json, strlen(json), &back, NULL), 0);
        const char *tree = json_text(arena, value_get(&back, "body"));
        assert_null(strstr(json, "top \\\"secret"));
        assert_null(strstr(tree, "abcdef"));
        assert_null(strstr(json, "MIIBVgIBADANBgkqhkiG9w0"));
        assert_string_equal(value_get_string(value_get(&back, "headers"), "x", ""), "[secret], [secret]");
        assert_non_null(strstr(json, "[secret]"));
    }
    assert_non_null(strstr(printed(arena, "", "xyz", 3, 0, &hidden), "\"text\":\"xyz\""));
}

/* A page that shows what it was sent, in its own clothes. */
static void other_spellings_are_struck_out_too(void **state)
{
    static const char secret[] = "p@s/w+r%&\"\303\251<\360\237\224\221> '1";
    static const char *const said[] = {
        "a=b&client_secret=p%40s%2Fw%2Br%25%26%22%C3%A9%3C%F0%9F%94%91%3E%20%271 c",
        "a=b&client_secret=p%40s%2fw%2br%25%26%22%c3%a9%3c%f0%9f%94%91%3e+'1 c",
        "x p@s\\/w+r%&\\\"\303\251<\360\237\224\221> '1 c",
        "x p@s/w\\u002Br%\\u0026\\u0022\\u00e9\\u003c\\ud83d\\udd11\\u003E \\u00271 c",
        "x p@s/w+r%&amp;&quot;\303\251&lt;\360\237\224\221&gt; &#39;1 c",
        "x p@s&#x2F;w&#43;r%&amp;&#34;&#233;&lt;&#x1F511;&gt; &apos;1 c",
    };
    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        ARENA_SCOPED arena = arena_new();
        struct http_hidden hidden = {0};
        http_hide(arena, &hidden, secret);
        struct value struck = http_strike(arena, &hidden, value_text(arena, said[i]));
        assert_string_equal(struck.text, i < 2 ? "a=b&client_secret=[secret] c" : "x [secret] c");
    }
    ARENA_SCOPED arena = arena_new();
    struct http_hidden hidden = {0};
    http_hide(arena, &hidden, "s3cret");
    static const char others[] = "s3cre%7 s3cre\\u007 s3cre&#x74 s3cre% s3cre\\ s3cre& %s3cr &#99999999999;";
    assert_string_equal(http_strike(arena, &hidden, value_text(arena, others)).text, others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(bodies),
        cmocka_unit_test(always_fits),
        cmocka_unit_test(secrets_are_struck_out),
        cmocka_unit_test(other_spellings_are_struck_out_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
