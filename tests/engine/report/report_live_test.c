/* Property: live lines are told once each and in order; movement is drawn only on a terminal, never more than
 * a dozen lines, and taken away before anything else is printed. Method: events fed by hand to a run made by
 * hand; output collected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/report/report_live.h"
#include "tests/engine/report/telling.h"

static void collect(void *arg, const char *text, size_t len)
{
    buf_add(arg, text, len);
}

static struct report_live *live_new(struct telling *telling, struct buf *out, bool terminal)
{
    struct report_live_config config = {
        .write = collect, .arg = out, .terminal = terminal, .style = telling->style};

    return report_live_new(&config);
}

static void feed(struct report_live *live, struct telling *telling, enum event_kind kind,
                 const struct run_task *task)
{
    struct event event = {.kind = kind,
                          .at_ms = TELLING_NOW,
                          .run = telling->run.id,
                          .step = task->step->name,
                          .item = task->item,
                          .target = task->key,
                          .body = value_null()};

    report_live_event(live, &telling->run, &event);
}

static size_t times(const char *text, const char *what)
{
    size_t count = 0;

    for (; (text = strstr(text, what)); text += strlen(what))
        count++;
    return count;
}

static void a_host_that_is_off_is_told_once(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    struct report_live *live = live_new(&telling, &out, false);
    struct run_task *task = telling_add(&telling, "ws-07", TASK_PENDING);
    task->pending = PENDING_OFFLINE;
    task->why = "no answer";
    for (int i = 0; i < 5; i++)
        feed(live, &telling, EVENT_TASK_PENDING, task);
    assert_int_equal(times(buf_string(&out), "NOT ISOLATED"), 1);
    task->why = "connection refused";
    feed(live, &telling, EVENT_TASK_PENDING, task);
    assert_int_equal(times(buf_string(&out), "NOT ISOLATED"), 2);
    task->state = TASK_ENDED;
    task->outcome = OUTCOME_CHANGED;
    feed(live, &telling, EVENT_TASK_ENDED, task);
    assert_int_equal(times(buf_string(&out), "\n"), 3);
    assert_true(telling_is_plain(buf_string(&out)));
    report_live_free(live);
}

static void a_terminal_shows_movement_and_a_pipe_does_not(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED screen = {0};
    BUF_SCOPED pipe = {0};

    (void)state;
    telling_init(&telling, arena);
    struct run_task *task = telling_add(&telling, HOSTILE, TASK_ACTING);
    struct report_live *on_screen = live_new(&telling, &screen, true);
    struct report_live *on_pipe = live_new(&telling, &pipe, false);
    feed(on_screen, &telling, EVENT_CALL_INTENDED, task);
    feed(on_pipe, &telling, EVENT_CALL_INTENDED, task);
    assert_string_equal(buf_string(&pipe), "");
    assert_non_null(strstr(buf_string(&screen), "acting\n"));
    assert_true(telling_is_plain(buf_string(&screen)));
    buf_clear(&screen);
    report_live_progress(on_screen, task, "connecting\x1b[2J", "{\"bytes\": 2048}");
    assert_int_equal(strncmp(buf_string(&screen), "\x1b[1A\x1b[J", 7), 0);
    assert_true(telling_is_plain(buf_string(&screen) + 7));
    assert_non_null(strstr(buf_string(&screen), "connecting\\u{1b}[2J"));
    buf_clear(&screen);
    report_live_clear(on_screen);
    assert_string_equal(buf_string(&screen), "\x1b[1A\x1b[J");
    report_live_free(on_screen);
    report_live_free(on_pipe);
}

static void a_long_name_stays_on_one_line_of_a_small_screen(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};
    char name[200];

    (void)state;
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    telling_init(&telling, arena);
    struct run_task *task = telling_add(&telling, name, TASK_ACTING);
    struct report_live *live = live_new(&telling, &out, true);
    feed(live, &telling, EVENT_CALL_INTENDED, task);
    assert_int_equal(strcspn(buf_string(&out), "\n"), 78);
    report_live_free(live);
}

static void nonsense_from_a_worker_costs_its_details_only(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    struct run_task *task = telling_add(&telling, "web-01", TASK_ACTING);
    struct report_live *live = live_new(&telling, &out, true);
    report_live_progress(live, task, "reading", "{{{");
    assert_non_null(strstr(buf_string(&out), "reading\n"));
    report_live_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_that_is_off_is_told_once),
        cmocka_unit_test(a_terminal_shows_movement_and_a_pipe_does_not),
        cmocka_unit_test(a_long_name_stays_on_one_line_of_a_small_screen),
        cmocka_unit_test(nonsense_from_a_worker_costs_its_details_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
