/* Property: a line of a worker is either one of the protocol's four, with everything in bounds, or refused
 * without being quoted; secrets are struck out in every form in which they are known. Method: tables of
 * lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/loop/pool_wire.h"

static struct wire_message parsed;

static int parse(struct arena *arena, const char *line, struct soar_err *err)
{
    return wire_parse(arena, line, strlen(line), &parsed, err);
}

static void four_kinds(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_int_equal(parse(arena,
                           "{\"hello\":{\"protocol\":1,\"name\":\"x\",\"calls\":4,\"functions\":[{\"name\":"
                           "\"x.a\",\"class\":\"write\"}]}}",
                           NULL),
                     0);
    assert_int_equal(parsed.kind, WIRE_HELLO);
    assert_int_equal(parsed.calls, 4);
    assert_string_equal(parsed.functions[0].name, "x.a");
    assert_true(parsed.functions[0].writes);
    assert_int_equal(parse(arena, "{\"sending\":12}", NULL), 0);
    assert_int_equal(parsed.kind, WIRE_SENDING);
    assert_int_equal(parsed.number, 12);
    assert_int_equal(parse(arena, "{ \"progress\" : 3, \"bytes\":1 }", NULL), 0);
    assert_string_equal(parsed.json, "{\"progress\":3,\"bytes\":1}");
    assert_int_equal(
        parse(arena, "{\"answer\":3,\"class\":\"denied\",\"result\":{\"a\":[1,2]},\"why\":\"no\",\"new\":1}",
              NULL),
        0);
    assert_int_equal(parsed.class, SOAR_DENIED);
    assert_string_equal(parsed.result, "{\"a\":[1,2]}");
    assert_string_equal(parsed.why, "no");
    assert_int_equal(parse(arena, "{\"answer\":0,\"class\":\"done\"}", NULL), 0);
    assert_string_equal(parsed.result, "null");
}

static void refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "x",
        "[]",
        "{}",
        "1",
        "{\"answer\":1,\"sending\":1}",
        "{\"sending\":-1}",
        "{\"sending\":1.5}",
        "{\"sending\":\"1\"}",
        "{\"answer\":1}",
        "{\"answer\":1,\"class\":\"great\"}",
        "{\"answer\":1,\"class\":1}",
        "{\"answer\":1,\"class\":\"done\",\"why\":[]}",
        "{\"answer\":99999999999999999999,\"class\":\"done\"}",
        "{\"hello\":1}",
        "{\"hello\":{}}",
        "{\"hello\":{\"protocol\":2,\"name\":\"x\",\"functions\":[]}}",
        "{\"hello\":{\"protocol\":1,\"functions\":[]}}",
        "{\"hello\":{\"protocol\":1,\"name\":\"x\"}}",
        "{\"hello\":{\"protocol\":1,\"name\":\"x\",\"calls\":0,\"functions\":[]}}",
        "{\"hello\":{\"protocol\":1,\"name\":\"x\",\"calls\":1000000,\"functions\":[]}}",
        "{\"hello\":{\"protocol\":1,\"name\":\"x\",\"functions\":[{\"name\":\"y.a\",\"class\":\"read\"}]}}",
        "{\"hello\":{\"protocol\":1,\"name\":\"x\",\"functions\":[{\"name\":\"x.a\",\"class\":\"exec\"}]}}",
        "{\"hello\":{\"protocol\":1,\"name\":\"x\",\"functions\":[{\"name\":\"x.a b\",\"class\":\"read\"}]}}",
        "{\"hello\":{\"protocol\":1,\"name\":\"x\",\"functions\":[1]}}",
        "{\"answer\":1,\"class\":\"done\",\"result\":\"\\ud800\"}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        ARENA_SCOPED arena = arena_new();
        struct soar_err err = {0};
        if (parse(arena, lines[i], &err) == 0)
            fail_msg("taken: %s", lines[i]);
        assert_int_equal(err.class, SOAR_INVALID);
    }
    ARENA_SCOPED arena = arena_new();
    char deep[400] = "{\"answer\":1,\"class\":\"done\",\"result\":";
    memset(deep + strlen(deep), '[', 200);
    assert_int_equal(parse(arena, deep, NULL), -1);
}

static void why_is_cut(void **state)
{
    (void)state;
    char line[8192] = "{\"answer\":1,\"class\":\"denied\",\"why\":\"x";
    for (int i = 0; i < 2000; i++)
        strcat(line, "\xc3\xa9");
    strcat(line, "\"}");
    ARENA_SCOPED arena = arena_new();
    assert_int_equal(parse(arena, line, NULL), 0);
    assert_int_equal(strlen(parsed.why), 1999); /* at a character's border */
}

static void struck(const char *text, const char *secrets, const char *left)
{
    ARENA_SCOPED arena = arena_new();
    assert_string_equal(wire_strike(arena, text, secrets), left);
}

static void secrets_are_struck(void **state)
{
    (void)state;
    struck("log-in with hunter22 failed: hunter22", "{\"password\":\"hunter22\"}",
           "log-in with [secret] failed: [secret]");
    struck("a b", NULL, "a b");
    struck("a b", "{}", "a b");
    struck("the id is abc", "{\"pin\":\"abc\"}", "the id is abc"); /* too short to be told from words */
    struck("{\"text\":\"for Pa\\\"ss\\\\w0rd\"}", "{\"password\":\"Pa\\\"ss\\\\w0rd\"}",
           "{\"text\":\"for [secret]\"}");
    struck("x 1234 y 5678", "{\"a\":{\"b\":[\"1234\"]},\"c\":\"5678\"}", "x [secret] y [secret]");
    struck("bad line MIIEpAIBAAKCAQEA0",
           "{\"key\":\"-----BEGIN-----\\nMIIEpAIBAAKCAQEA0\\n-----END-----\\n\"}", "bad line [secret]");
    struck("anything", "not json", "[not shown: its secrets can't be told from it]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(four_kinds), cmocka_unit_test(refused),
                                       cmocka_unit_test(why_is_cut), cmocka_unit_test(secrets_are_struck)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
