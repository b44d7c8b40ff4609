/* Property: a connector that is shared has one session for all tasks that go to one peer in one mode, another
 * for another peer or mode, and none of another kind; when a task closes, its own session ends, the shared
 * one lives on, and only that task's calls in it are given up. Method: a caller that writes down what it is
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/loop/loop_parts.h"

static char told[256];

static void kill_call(struct soar_caller *caller, uint64_t number)
{
    size_t len = strlen(told);
    (void)caller;
    snprintf(told + len, sizeof told - len, "kill %llu ", (unsigned long long)number);
}

static void close_session(struct soar_caller *caller, const char *session)
{
    size_t len = strlen(told);
    (void)caller;
    snprintf(told + len, sizeof told - len, "close %s ", session);
}

static const struct soar_caller_ops ops = {.kill = kill_call, .close = close_session};

struct stage {
    struct loop loop;
    struct soar_caller caller;
    struct arena *arena;
    struct run_task tasks[3];
    struct out_call calls[8];
    size_t count;
};

static int set_up(void **state)
{
    static struct stage stage;
    stage = (struct stage){.caller = {.ops = &ops}, .arena = arena_new()};
    stage.loop.config.caller = &stage.caller;
    TAILQ_INIT(&stage.loop.out);
    told[0] = '\0';
    *state = &stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    sessions_forget(&stage->loop);
    arena_free(stage->arena);
    return 0;
}

/* The session of a call that is then out. */
static const char *out(struct stage *stage, size_t task, const char *function, const char *peer,
                       bool read_only)
{
    struct out_call *call = &stage->calls[stage->count];
    const char *connector = arena_copy(stage->arena, function, strcspn(function, "."));
    *call = (struct out_call){.number = ++stage->count,
                              .task = &stage->tasks[task],
                              .arena = stage->arena,
                              .call = {.connector = connector, .peer = peer, .read_only = read_only},
                              .shared = session_is_shared(connector)};
    TAILQ_INSERT_TAIL(&stage->loop.out, call, place);
    return session_of(&stage->loop, call, connector_function(function));
}

static void tasks_share_a_service(void **state)
{
    struct stage *stage = *state;
    const char *first = out(stage, 0, "http.read", "{\"name\":\"okta\"}", false);
    assert_string_equal(out(stage, 1, "http.send", "{\"name\":\"okta\"}", false), first);
    assert_string_equal(out(stage, 0, "http.read", "{\"name\":\"okta\"}", false), first);
    assert_string_not_equal(out(stage, 1, "http.read", "{\"name\":\"okta\"}", true), first);
    assert_string_not_equal(out(stage, 1, "http.read", "{\"name\":\"okta\",\"ca\":\"x\"}", false), first);
    assert_string_not_equal(out(stage, 1, "ssh.read", "{\"name\":\"okta\"}", false), first);
}

static void hosts_are_not_shared(void **state)
{
    struct stage *stage = *state;
    const char *first = out(stage, 0, "ssh.read", "{\"name\":\"web-01\"}", false);
    assert_string_equal(out(stage, 0, "ssh.run", "{\"name\":\"web-01\"}", false), first);
    assert_string_not_equal(out(stage, 1, "ssh.read", "{\"name\":\"web-01\"}", false), first);
    assert_string_not_equal(out(stage, 0, "ssh.reach", "{\"name\":\"web-01\"}", false), first); /* apart */
}

static void a_task_that_closes_takes_its_own_calls_with_it(void **state)
{
    struct stage *stage = *state;
    const char *shared = out(stage, 0, "http.read", "{}", false);
    out(stage, 1, "http.read", "{}", false);
    out(stage, 0, "http.send", "{}", false);
    const char *own = out(stage, 0, "ssh.read", "{}", false);
    calls_close(&stage->loop, &stage->tasks[0]);
    assert_string_equal(told, arena_printf(stage->arena, "kill 1 kill 3 close %s ", own));
    assert_string_equal(out(stage, 2, "http.read", "{}", false), shared);
    assert_string_not_equal(out(stage, 0, "ssh.read", "{}", false), own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tasks_share_a_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hosts_are_not_shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_task_that_closes_takes_its_own_calls_with_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
