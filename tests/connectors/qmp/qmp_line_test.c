/* Property: a monitor's line is told for what it is, and what is none of the four kinds is refused; no word
 * of it leaves that could act on a terminal. Method: lines of QEMU's own, then each broken in one way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/qmp/qmp_line.h"

static struct arena *arena;
static struct qmp_line line;
static struct soar_err err;

static int parse(const char *text)
{
    return qmp_line_parse(arena, text, strlen(text), &line, &err);
}

static void kinds(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r"), 0);
    assert_int_equal(line.kind, QMP_GREETING);
    assert_int_equal(parse("{\"return\": {\"status\": \"running\"}, \"id\": \"soar-1\"}"), 0);
    assert_int_equal(line.kind, QMP_RETURN);
    assert_string_equal(line.id, "soar-1");
    assert_string_equal(value_get_string(&line.value, "status", ""), "running");
    assert_int_equal(parse("{\"error\": {\"class\": \"GenericError\", \"desc\": \"No space left\"}}"), 0);
    assert_int_equal(line.kind, QMP_ERROR);
    assert_string_equal(line.name, "GenericError");
    assert_string_equal(line.text, "No space left");
    assert_string_equal(line.id, "");
    assert_int_equal(parse("{\"timestamp\": {}, \"event\": \"STOP\"}"), 0);
    assert_int_equal(line.kind, QMP_EVENT);
    assert_string_equal(line.name, "STOP");
    assert_int_equal(line.value.kind, VALUE_NULL);
}

static void nonsense(void **state)
{
    static const char *const lines[] = {"",
                                        "null",
                                        "[]",
                                        "{}",
                                        "{\"return\": {}",
                                        "{\"return\": {}, \"error\": {}}",
                                        "{\"return\": {}, \"event\": \"STOP\"}",
                                        "{\"return\": {}, \"return\": {}}",
                                        "{\"return\": {}, \"id\": 7}",
                                        "{\"error\": \"no\"}",
                                        "{\"error\": {\"class\": \"GenericError\"}}",
                                        "{\"error\": {\"class\": 1, \"desc\": \"x\"}}",
                                        "{\"event\": 1}",
                                        "{\"QMP\": 1}",
                                        "{\"return\": \"\xff\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        err.class = SOAR_DONE;
        if (parse(lines[i]) == 0 || err.class != SOAR_INVALID)
            fail_msg("taken: %s", lines[i]);
    }
}

static void words_are_shown_safely(void **state)
{
    char text[2000] = "{\"error\":{\"class\":\"x\",\"desc\":\"\\u001b]0;gotcha\\u0007\\n";
    (void)state;
    memset(text + strlen(text), 'a', 1000);
    strcat(text, "\"}}");
    assert_int_equal(parse(text), 0);
    assert_null(strpbrk(line.text, "\x1b\x07\n"));
    assert_true(strlen(line.text) < 300);
}

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(nonsense),
                                       cmocka_unit_test(words_are_shown_safely)};
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
