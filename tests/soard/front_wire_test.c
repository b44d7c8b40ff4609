/* Property: of what the front says nothing is taken that breaks the contract, and what is said of it quotes
 * nothing of the line; an answer's line is one line whatever is in it. Method: messages good and bad, each
 * bad one a good one with one thing wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/json.h"
#include "soar/front.h"
#include "soard/front_wire.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define API(FROM)                                                                                            \
    "{\"type\":\"api\",\"id\":0,\"method\":\"GET\",\"path\":\"/"                                             \
    "\",\"query\":\"\",\"token\":\"\",\"from\":" FROM ",\"content\":\"\",\"bytes\":0}"
#define DOCUMENT(ID, SOURCE, REQUEST, BYTES)                                                                 \
    "{\"type\":\"document\",\"id\":" ID ",\"source\":" SOURCE ",\"request\":" REQUEST                        \
    ",\"sent_ms\":7,\"from\":\"10.0.0.1\",\"content\":\"json\",\"bytes\":" BYTES "}"

static void good_ones_are_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char document[] = DOCUMENT("18", "\"siem\"", "\"" DIGEST "\"", "16777216");
    static const char api[] =
        "{\"type\":\"api\",\"id\":0,\"method\":\"GET\",\"path\":\"/api/v1/runs\",\"query\":"
        "\"a=b\",\"token\":\"t\",\"from\":\"::1\",\"content\":\"\",\"bytes\":0}";
    static const char ready[] = "{\"type\":\"ready\",\"address\":\"127.0.0.1\",\"port\":8443}";
    struct front_message message;

    assert_int_equal(front_wire_read(arena, document, strlen(document), &message, NULL), 0);
    assert_int_equal(message.kind, FRONT_DOCUMENT);
    assert_int_equal(message.id, 18);
    assert_int_equal(message.bytes, 16777216);
    assert_int_equal(message.sent_ms, 7);
    assert_string_equal(message.source, "siem");
    assert_string_equal(message.request, DIGEST);
    assert_int_equal(front_wire_read(arena, api, strlen(api), &message, NULL), 0);
    assert_int_equal(message.kind, FRONT_API);
    assert_string_equal(message.path, "/api/v1/runs");
    assert_string_equal(message.token, "t");
    assert_int_equal(front_wire_read(arena, ready, strlen(ready), &message, NULL), 0);
    assert_int_equal(message.port, 8443);
}

static void bad_ones_are_not(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "secret",
        "[]",
        "{\"type\":7}",
        "{\"type\":\"secret\"}",
        "{\"type\":\"answer\",\"id\":1}",
        DOCUMENT("-1", "\"siem\"", "\"" DIGEST "\"", "1"),
        DOCUMENT("\"1\"", "\"siem\"", "\"" DIGEST "\"", "1"),
        DOCUMENT("1", "7", "\"" DIGEST "\"", "1"),
        DOCUMENT("1", "\"si\\u0000em\"", "\"" DIGEST "\"", "1"),
        DOCUMENT("1", "\"siem\"", "\"" DIGEST "0\"", "1"),
        DOCUMENT("1", "\"siem\"", "\"secret\"", "1"),
        DOCUMENT("1", "\"siem\"", "\"" DIGEST "\"", "-1"),
        DOCUMENT("1", "\"siem\"", "\"" DIGEST "\"", "16777217"),
        DOCUMENT("1", "\"siem\"", "\"" DIGEST "\"", "\"1\""),
        DOCUMENT("1", "\"siem\"", "\"" DIGEST "\"", "1") "secret",
        "{\"type\":\"api\",\"id\":0,\"method\":\"GET\",\"path\":\"/\",\"query\":\"\",\"from\":\"::1\","
        "\"content\":\"\",\"bytes\":0}",
        API("\"10.0.0.1), root (uid 0\""),
        API("\"ana\""),
        API("\"\\u001b[2J\""),
        API("\"1111111111111111111111111111111111111111111111\""),
        API("7"),
        "{\"type\":\"ready\",\"port\":1}",
        "{\"type\":\"failed\"}",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct front_message message;
        struct soar_err err = {0};

        assert_int_equal(front_wire_read(arena, bad[i], strlen(bad[i]), &message, &err), -1);
        assert_int_equal(err.class, SOAR_INVALID);
        assert_null(strstr(err.text, "secret"));
    }
}

static void a_line_has_its_limit(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static char line[FRONT_LINE_BYTES + 1];
    static const char api[] = API("\"2001:db8::ffff:192.0.2.1\"");
    struct front_message message;

    memset(line, ' ', sizeof line);
    memcpy(line, api, strlen(api));
    assert_int_equal(front_wire_read(arena, line, FRONT_LINE_BYTES, &message, NULL), 0);
    assert_int_equal(front_wire_read(arena, line, FRONT_LINE_BYTES + 1, &message, NULL), -1);
}

static void answers_are_one_line(void **state)
{
    (void)state;
    BUF_SCOPED out = {0};
    BUF_SCOPED problem = {0};

    front_wire_reply(&out, &(struct front_reply){.id = 3,
                                                 .status = 503,
                                                 .content = FRONT_PROBLEM_TYPE,
                                                 .retry_after_s = 5,
                                                 .allow = "a\nb",
                                                 .repeated = true,
                                                 .len = 12});
    assert_string_equal(
        buf_string(&out),
        "{\"type\":\"answer\",\"id\":3,\"status\":503,\"content\":\"application/problem+json\","
        "\"retry_after\":5,\"allow\":\"a\\nb\",\"repeated\":true,\"bytes\":12}\n");
    front_wire_problem(&problem, 422, "no \"id\"");
    assert_string_equal(buf_string(&problem),
                        "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,"
                        "\"detail\":\"no \\\"id\\\"\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_read),
        cmocka_unit_test(bad_ones_are_not),
        cmocka_unit_test(a_line_has_its_limit),
        cmocka_unit_test(answers_are_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
