/* Property: the lines of a run name the target first, count at the end, and nothing in them that came from
 * outside moves a cursor, opens a line of its own, or passes the screen's edge. Method: runs made by hand,
 * printed and compared whole; hostile names and reasons in every field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/text.h"
#include "engine/report/print_run.h"
#include "engine/report/report_run.h"
#include "tests/engine/report/telling.h"

static void a_line_says_when_what_who_and_how_long(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED)->why = "no way out";
    struct value task = report_task(&telling.tasks[0], arena);
    print_task_line(&task, "isolate", TELLING_NOW, &telling.style, &out);
    assert_string_equal(buf_string(&out),
                        "05:04:10  isolate   web-01      isolated          1.2 s       no way out\n");
}

static void the_end_counts_names_the_open_and_gives_the_next_command(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    struct run_task *offline = telling_add(&telling, "ws-07", TASK_PENDING);
    offline->pending = PENDING_OFFLINE;
    offline->why = "no answer on 22";
    struct value run = report_run(&telling.run, true, arena);
    print_run_end(&run, &telling.style, &out);
    assert_string_equal(
        buf_string(&out),
        "R-204 trying: 1 done, 0 already, 1 still tried, 0 held, 0 failed, 0 in doubt   exit 4\n"
        "  ws-07 is open to the network. no answer on 22\n"
        "  soard goes on trying; resume tries now.\n"
        "  next  soarctl resume R-204\n"
        "        soarctl show R-204\n"
        "        soarctl release R-204\n");
}

static size_t lines_in(const char *text)
{
    size_t lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void hostile_names_and_reasons_stay_on_their_line(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    struct run_task *task = telling_end(&telling, HOSTILE, OUTCOME_FAILED);
    task->why = HOSTILE;
    struct value value = report_task(task, arena);
    print_task_line(&value, HOSTILE, TELLING_NOW, &telling.style, &out);
    assert_true(telling_is_plain(buf_string(&out)));
    assert_int_equal(lines_in(buf_string(&out)), 2); /* wrapped once, since the escapes are long */
    buf_clear(&out);
    struct value run = report_run(&telling.run, true, arena);
    print_run_end(&run, &telling.style, &out);
    print_show(&run, &telling.style, &out);
    print_plan(&run, &telling.style, &out);
    print_watch(&run, &telling.style, &out);
    assert_true(telling_is_plain(buf_string(&out)));
}

static void long_reasons_are_wrapped_at_the_edge(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};
    BUF_SCOPED why = {0};

    (void)state;
    for (int i = 0; i < 60; i++)
        buf_printf(&why, "%sword", i ? " " : "");
    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_FAILED)->why = buf_string(&why);
    struct value task = report_task(&telling.tasks[0], arena);
    print_task_line(&task, "isolate", TELLING_NOW, &telling.style, &out);
    assert_true(lines_in(buf_string(&out)) > 2);
    for (char *line = out.data, *end; (end = strchr(line, '\n')); line = end + 1)
        assert_true(text_length(line, (size_t)(end - line)) <= REPORT_COLUMNS);
}

/* A release says at once what it could not give back; what frees nothing, or does something, has lost
 * nothing. */
static void a_release_says_what_is_not_given_back(void **state)
{
    static const char *const lost[] = {"the old password", "sessions that were ended"};
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.provider.cannot_undo_count = 2;
    telling.provider.cannot_undo = lost;
    struct run_task *task = telling_end(&telling, "jdoe", OUTCOME_CHANGED);
    struct value done = report_task(task, arena);
    print_task_line(&done, "isolate", TELLING_NOW, &telling.style, &out);
    assert_null(strstr(buf_string(&out), "no way back"));
    task->undo = true;
    struct value undone = report_task(task, arena);
    print_task_line(&undone, "release", TELLING_NOW, &telling.style, &out);
    assert_non_null(strstr(buf_string(&out), "no way back: the old"));
}

static void a_step_without_targets_is_told(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct value_builder map;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    value_build(&map, arena);
    value_put_text(&map, "label", value_static("image"));
    value_put_text(&map, "result", value_static("refused"));
    value_put_text(&map, "why", value_static("no target at all"));
    struct value step = value_end_map(&map);
    print_step_line(&step, TELLING_NOW, &telling.style, &out);
    assert_non_null(strstr(buf_string(&out), "image     -           REFUSED"));
    assert_non_null(strstr(buf_string(&out), "no target at all\n"));
}

static void suggested_commands_lead_back_to_the_same_state(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};
    struct value words[] = {value_static("release"), value_static("CORP\\jdoe")};
    struct value command = value_list(arena, words, 2);

    (void)state;
    telling_init(&telling, arena);
    telling.style.tool = "soarctl --state /tmp/x";
    print_command(&command, &telling.style, &out);
    assert_string_equal(buf_string(&out), "soarctl --state /tmp/x release 'CORP\\jdoe'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_when_what_who_and_how_long),
        cmocka_unit_test(the_end_counts_names_the_open_and_gives_the_next_command),
        cmocka_unit_test(hostile_names_and_reasons_stay_on_their_line),
        cmocka_unit_test(long_reasons_are_wrapped_at_the_edge),
        cmocka_unit_test(a_release_says_what_is_not_given_back),
        cmocka_unit_test(a_step_without_targets_is_told),
        cmocka_unit_test(suggested_commands_lead_back_to_the_same_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
