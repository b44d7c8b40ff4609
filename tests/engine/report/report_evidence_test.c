/* Property: what was kept is said with its size, digest and id, and a part is never said to be whole; a bar
 * says what is left by how fast it came. Method: evidence hung on a task made by hand; steps forward with
 * their times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/json.h"
#include "engine/report/print_run.h"
#include "engine/report/report_evidence.h"
#include "engine/report/report_live.h"
#include "engine/report/report_run.h"
#include "tests/engine/report/telling.h"

static struct value begun(struct arena *arena)
{
    static const char text[] = "{\"name\":\"memory.lime\",\"form\":\"lime\"}";
    struct value body;

    assert_int_equal(json_parse(arena, text, sizeof text - 1, &body, NULL), 0);
    return body;
}

static void what_was_kept(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    struct run_task *task = telling_end(&telling, "web-01", OUTCOME_CHANGED);
    struct run_evidence third = {.id = "E-78", .begun = begun(arena), .why = "", .sha256 = ""};
    struct run_evidence second = {.id = "E-77",
                                  .begun = begun(arena),
                                  .kept = true,
                                  .whole = true,
                                  .why = "",
                                  .bytes = INT64_C(4) << 30,
                                  .sha256 = "9c1e2ab04f1189c1",
                                  .next = &third};
    struct run_evidence first = {.id = "E-76",
                                 .begun = begun(arena),
                                 .kept = true,
                                 .why = "the host is gone",
                                 .bytes = INT64_C(3) << 29,
                                 .sha256 = "77",
                                 .next = &second};
    task->evidence = &first;
    struct value value = report_task(task, arena);
    const struct value *list = value_get(&value, "evidence");

    print_task_line(&value, "image", TELLING_NOW, &telling.style, &out);
    assert_string_equal(buf_string(&out),
                        "05:04:10  image     web-01      isolated          1.2 s       4.0 GiB, sha256 "
                        "9c1e2ab04f11, E-77;\n"
                        "            partial memory.lime kept as E-76, 1.5 GiB\n");
    assert_int_equal(value_count(list), 3);
    assert_true(value_is_string(value_get(value_at(list, 0), "state"), "partial"));
    assert_true(value_is_string(value_get(value_at(list, 0), "why"), "the host is gone"));
    assert_true(value_is_string(value_get(value_at(list, 1), "state"), "whole"));
    assert_true(value_is_string(value_get(value_at(list, 2), "state"), "begun"));
}

static const char *paced(struct report_pace *pace, int64_t bytes, int64_t of, int64_t ms, struct buf *out)
{
    buf_clear(out);
    report_pace(pace, bytes, of, ms);
    report_pace_text(out, pace);
    return buf_string(out);
}

static void how_fast_it_comes(void **state)
{
    struct report_pace pace = {0};
    BUF_SCOPED out = {0};
    const int64_t mib = 1 << 20;

    (void)state;
    assert_string_equal(paced(&pace, 10 * mib, 1000 * mib, 500, &out), "[........] 1% of 1000 MiB");
    assert_string_equal(paced(&pace, 40 * mib, 1000 * mib, 2000, &out),
                        "[........] 4% of 1000 MiB, 49 s left, 20 MiB/s");
    assert_string_equal(paced(&pace, 500 * mib, 1000 * mib, 25000, &out),
                        "[####....] 50% of 1000 MiB, 26 s left, 20 MiB/s");
    assert_string_equal(paced(&pace, 2000 * mib, 1000 * mib, 100000, &out),
                        "[########] 100% of 1000 MiB, 20 MiB/s");
    pace = (struct report_pace){0};
    assert_string_equal(paced(&pace, 100 * mib, 0, 10000, &out),
                        "100 MiB, 10 MiB/s"); /* nobody knows how much */
    assert_string_equal(paced(&pace, 1, INT64_MAX, 20000, &out), "[........] 0% of 8.0 EiB"); /* anew */
    assert_non_null(strstr(paced(&pace, INT64_MAX, INT64_MAX, 30000, &out), "100%"));
}

static void collect(void *arg, const char *text, size_t len)
{
    buf_add(arg, text, len);
}

static void a_bar_on_the_screen(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    struct run_task *task = telling_add(&telling, "web-01", TASK_ACTING);
    struct report_live *live = report_live_new(&(struct report_live_config){
        .write = collect, .arg = &out, .terminal = true, .style = telling.style});

    report_live_progress(live, task, "ssh.collect", "{\"bytes\":1073741824,\"of\":4294967296,\"ms\":16000}");
    assert_string_equal(buf_string(&out), "          isolate   web-01      [##......] 25% of 4.0 GiB, "
                                          "49 s left, 64 MiB/s\n");
    report_live_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept),
        cmocka_unit_test(how_fast_it_comes),
        cmocka_unit_test(a_bar_on_the_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
