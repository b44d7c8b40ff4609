/* Property: the command line is a constant of plain words that cmd.exe takes; the document is three lines of
 * ASCII in which every value survives, and no slash is escaped. Method: the document is read back by our own
 * JSON; its bytes are looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/worker/powershell.h"
#include "engine/base/json.h"

static void one_command_line(void **state)
{
    (void)state;
    const char *line = powershell_command();
    const char *words = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= -";
    assert_ptr_equal(line, powershell_command());
    assert_true(strlen(line) <= 8191);
    assert_int_equal(strspn(line, words), strlen(line));
    assert_int_equal(strncmp(line, "powershell -NoProfile -NonInteractive ", 38), 0);
    assert_null(strchr(powershell_loader(), '\r'));
}

static void document(struct buf *out, struct arena *arena, const char *script, const char *values,
                     struct value *ret)
{
    struct soar_err err = {0};
    struct value map;
    char mark[POWERSHELL_MARK_LEN + 1];
    powershell_mark(mark);
    assert_int_equal(json_parse(arena, values, strlen(values), &map, &err), 0);
    struct powershell_script it = {script, strlen(script), &map};
    buf_init(out, 0);
    assert_int_equal(powershell_payload(out, &it, mark, 5000, &err), 0);
    char *end;
    size_t len = strtoul(out->data, &end, 10);
    assert_int_equal(*end, '\n');
    assert_string_equal(end + 1 + len, "\n.\n");
    for (size_t i = 0; i < out->len; i++)
        assert_true(out->data[i] == '\n' || (out->data[i] >= 0x20 && out->data[i] < 0x7f));
    assert_int_equal(json_parse(arena, end + 1, len, ret, &err), 0);
    assert_string_equal(value_get_string(ret, "m", ""), mark);
    assert_int_equal(value_get_int(ret, "t", 0), 5000);
    assert_string_equal(value_get_string(ret, "s", ""), script);
    assert_true(value_equal(value_get(ret, "v"), &map));
}

static void values_survive(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{}",
        "{\"a\": [1, -2.5, true, false, null, {\"b\": \"\"}]}",
        "{\"a\": \"\\u0000\\u001f\\u007f\\\"\\\\'`$(x)\\n\\u2018\\u2019\"}",
        "{\"a\": \"\\ud83d\\ude00\\u00e9\\u20ac\"}",
        "{\"a\": 9223372036854775807}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        BUF_SCOPED out;
        struct value read;
        document(&out, arena, "'line'\n$soar.a # \xc3\xa9\n", cases[i], &read);
    }
}

/* Windows PowerShell would make a time of it. */
static void no_slash_is_escaped(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED out;
    struct value read;
    document(&out, arena, "x", "{\"a\": \"/Date(0)/\"}", &read);
    assert_non_null(strstr(out.data, "\"/Date(0)/\""));
}

static void what_makes_no_sense(void **state)
{
    (void)state;
    struct soar_err err = {0};
    struct value list = {.kind = VALUE_LIST};
    BUF_SCOPED out;
    buf_init(&out, 64);
    struct powershell_script bad = {"\xff", 1, NULL}, no_map = {"x", 1, &list},
                             long_one = {"0123456789", 10, NULL};
    assert_int_equal(powershell_payload(&out, &bad, "m", 1, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_int_equal(powershell_payload(&out, &no_map, "m", 1, &err), -1);
    assert_int_equal(powershell_payload(&out, &long_one, "0123456789abcdef0123456789abcdef", 1, &err), -1);
    assert_non_null(strstr(err.text, "longer than 64 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_command_line),
        cmocka_unit_test(values_survive),
        cmocka_unit_test(no_slash_is_escaped),
        cmocka_unit_test(what_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
