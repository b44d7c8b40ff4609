/* Property: totals are by status and by source and reason, and the message is JSON. Method: some of each,
 * read back by the engine's reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "engine/base/json.h"
#include "soard/front/counts.h"

static void totals_are_told(void **state)
{
    (void)state;
    struct counts counts = {.connections = 7};
    BUF_SCOPED line;
    ARENA_SCOPED arena = arena_new();
    struct value told;
    struct soar_err err;
    counts_refused(&counts, "a \"b\"", REFUSAL_TIME);
    counts_refused(&counts, "a \"b\"", REFUSAL_TIME);
    counts_refused(&counts, "a \"b\"", REFUSAL_SIZE);
    counts_refused(&counts, "-", REFUSAL_PATH);
    counts_answered(&counts, 202);
    counts_answered(&counts, 999);
    counts_answered(&counts, 0);
    assert_true(counts.changed);
    buf_init(&line, 0);
    counts_write(&counts, 5, &line);
    assert_int_equal(line.data[line.len - 1], '\n');
    assert_int_equal(json_parse(arena, line.data, line.len, &told, &err), 0);
    assert_string_equal(value_get_string(&told, "type", ""), "count");
    assert_int_equal(value_get_int(&told, "connections", 0), 7);
    assert_int_equal(value_get_int(&told, "open", 0), 5);
    assert_int_equal(value_count(value_get(&told, "answers")), 1);
    assert_int_equal(value_get_int(value_get(&told, "answers"), "202", 0), 1);
    const struct value *source = value_get(value_get(&told, "refused"), "a \"b\"");
    assert_int_equal(value_get_int(source, "time", 0), 2);
    assert_int_equal(value_get_int(source, "size", 0), 1);
    assert_int_equal(value_count(source), 2);
    assert_int_equal(value_get_int(value_get(value_get(&told, "refused"), "-"), "path", 0), 1);
    counts_done(&counts);
}

static void nothing_is_a_message_too(void **state)
{
    (void)state;
    struct counts counts = {0};
    BUF_SCOPED line;
    buf_init(&line, 0);
    counts_write(&counts, 0, &line);
    assert_string_equal(line.data,
                        "{\"type\":\"count\",\"connections\":0,\"open\":0,\"answers\":{},\"refused\":{}}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_are_told),
        cmocka_unit_test(nothing_is_a_message_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
