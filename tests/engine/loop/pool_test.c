/* Property: whatever a worker does, each call is answered exactly once, later than call(), with the class the
 * contract promises: UNKNOWN only for a writing call that may have been sent, TRANSIENT for what is known not
 * to have been. Method: real processes. soar-fake (pool_fake.c) misbehaves as the call asks; the loop runs
 * until the expected number of answers is there. Deadlines are real but short, and no test depends on how
 * long anything took. */
#include "tests/engine/loop/pool_stage.h"

static void answers_come(void **state)
{
    struct fixture *f = *state;
    const struct seen *seen = one(f, a_call(1, "s", "fake.write", "{\"act\":\"sending progress\"}"));
    assert_int_equal(seen->class, SOAR_DONE);
    assert_string_equal(seen->result, "{\"act\":\"sending progress\"}");
    assert_string_equal(seen->why, "");
    assert_int_equal(f->sending_count, 1);
    assert_int_equal(f->progress_count, 1); /* the second came too soon */
    assert_string_equal(f->progress, "{\"progress\":1,\"bytes\":17}");
    assert_int_equal(one(f, a_call(2, "s", "fake.read", "{}"))->class, SOAR_DONE);
}

static void children_are_bare(void **state)
{
    struct fixture *f = *state;
    int spare = open("/dev/null", O_RDONLY); /* not close-on-exec: must not be inherited */
    assert_true(spare > 2);
    assert_string_equal(one(f, a_call(1, "s", "fake.read", "{\"act\":\"env\"}"))->result,
                        "{\"env\":0,\"group\":1,\"fd\":3}");
    close(spare);
}

static void check_class(void **state, const char *function, const char *act, enum soar_class class)
{
    char args[64];
    snprintf(args, sizeof args, "{\"act\":\"%s\"}", act);
    struct soar_call call = a_call(1, "s", function, args);
    if (strstr(act, "stop") || strstr(act, "hang"))
        call.left_ms = 60;
    const struct seen *seen = one(*state, call);
    if (seen->class != class)
        fail_msg("%s %s: %s (%s)", function, act, soar_class_name(seen->class), seen->why);
}

static void death_before_sending(void **state)
{
    check_class(state, "fake.write", "die", SOAR_TRANSIENT);
}

static void death_after_sending(void **state)
{
    check_class(state, "fake.write", "sending die", SOAR_UNKNOWN);
}

static void death_of_a_read(void **state)
{
    check_class(state, "fake.read", "sending die", SOAR_TRANSIENT);
}

static void deadline_after_sending(void **state)
{
    check_class(state, "fake.write", "sending stop", SOAR_UNKNOWN);
}

static void deadline_before_sending(void **state)
{
    check_class(state, "fake.write", "stop", SOAR_TRANSIENT);
}

static void deadline_of_a_read(void **state)
{
    check_class(state, "fake.read", "sending stop", SOAR_TRANSIENT);
}

static void garbage(void **state)
{
    check_class(state, "fake.write", "garbage",
                SOAR_UNKNOWN); /* its not having said `sending` counts for nothing */
}

static void garbage_of_a_read(void **state)
{
    check_class(state, "fake.read", "garbage", SOAR_TRANSIENT);
}

static void long_line(void **state)
{
    check_class(state, "fake.write", "long", SOAR_UNKNOWN);
}

static void unknown_class(void **state)
{
    check_class(state, "fake.write", "class", SOAR_UNKNOWN);
}

static void orphan_keeps_the_socket(void **state)
{
    check_class(state, "fake.write", "sending orphan leave", SOAR_UNKNOWN);
}

static void double_and_other_answers(void **state)
{
    check_class(state, "fake.write", "double other", SOAR_DONE);
    struct fixture *f = *state;
    assert_int_equal(one(f, a_call(2, "s", "fake.read", "{}"))->class, SOAR_DONE); /* by the same worker */
}

static void kill_answers(void **state)
{
    struct fixture *f = *state;
    struct soar_err err;
    assert_int_equal(put(f, a_call(1, "s", "fake.write", "{\"act\":\"sending stop\"}"), &err), 0);
    assert_int_equal(put(f, a_call(2, "s", "fake.write", "{}"), &err), 0);
    while (f->sending_count == 0)
        event_base_loop(f->base, EVLOOP_ONCE);
    f->inside = true;
    f->pool->ops->kill(f->pool, 1);
    f->pool->ops->kill(f->pool, 77);
    f->inside = false;
    run_until(f, 2); /* the second went to a new worker */
    assert_int_equal(f->answers[0].class, SOAR_UNKNOWN);
    assert_string_equal(f->answers[0].why, "soar-fake: it was told to stop");
    assert_int_equal(f->answers[1].class, SOAR_DONE);
}

static void close_answers(void **state)
{
    struct fixture *f = *state;
    struct soar_err err;
    assert_int_equal(put(f, a_call(1, "s", "fake.write", "{\"act\":\"sending stop\"}"), &err), 0);
    assert_int_equal(put(f, a_call(2, "s", "fake.write", "{}"), &err), 0);
    while (f->sending_count == 0)
        event_base_loop(f->base, EVLOOP_ONCE);
    f->inside = true;
    f->pool->ops->close(f->pool, "s");
    f->inside = false;
    run_until(f, 2);
    assert_int_equal(f->answers[0].class + f->answers[1].class, SOAR_UNKNOWN + SOAR_TRANSIENT);
    assert_int_equal(one(f, with_peer(3, "{\"b\":2}"))->class, SOAR_DONE);
    f->pool->ops->close(f->pool, "s");
    assert_int_equal(one(f, with_peer(4, "{\"b\":3}"))->class, SOAR_DONE); /* at once: the name is free */
}

static void close_from_a_callback(void **state)
{
    struct fixture *f = *state;
    f->close_in_answer = true;
    assert_int_equal(one(f, a_call(1, "s", "fake.read", "{}"))->class, SOAR_DONE);
    assert_int_equal(one(f, a_call(2, "s", "fake.read", "{}"))->class, SOAR_DONE);
}

static void bad_hellos(void **state)
{
    struct fixture *f = *state;
    reopen(f, (struct pool_options){.hello_ms = 100});
    assert_int_equal(one(f, with_peer(1, "{\"act\":\"die\"}"))->class, SOAR_TRANSIENT);
    assert_int_equal(one(f, with_peer(2, "{\"act\":\"mute\"}"))->class, SOAR_TRANSIENT);
    assert_int_equal(one(f, with_peer(3, "{\"act\":\"garbage\"}"))->class, SOAR_PERMANENT);
    assert_int_equal(one(f, with_peer(4, "{\"name\":\"ssh\"}"))->class, SOAR_PERMANENT);
    assert_int_equal(one(f, with_peer(5, "{\"calls\":0}"))->class, SOAR_PERMANENT);
    struct soar_call call = with_peer(6, "{\"act\":\"liar\"}");
    call.read_only = true;
    assert_int_equal(one(f, call)->class, SOAR_PERMANENT);
}

static void read_only_never_writes(void **state)
{
    struct fixture *f = *state;
    struct soar_call call = a_call(1, "s", "fake.write", "{\"act\":\"sending\"}");
    call.read_only = true;
    assert_int_equal(one(f, call)->class, SOAR_INVALID);
    assert_int_equal(f->sending_count, 0);
    call = a_call(2, "s", "fake.read", "{}");
    call.read_only = true;
    assert_int_equal(one(f, call)->class, SOAR_DONE);
}

static void refusals(void **state)
{
    struct fixture *f = *state;
    struct soar_err err = {0};
    struct soar_call call = a_call(1, "s", "fake.read", "{\n}");
    assert_int_equal(put(f, call, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    call = a_call(1, "s", "fake.read", "{}");
    call.left_ms = 0;
    assert_int_equal(put(f, call, &err), -1);
    char *large = malloc(1100 * 1024);
    memset(large, 'x', 1100 * 1024 - 1);
    large[1100 * 1024 - 1] = '\0';
    assert_int_equal(put(f, a_call(1, "s", "fake.read", large), &err), -1);
    free(large);
    assert_int_equal(put(f, a_call(1, "s", "fake.read", "{\"act\":\"stop\"}"), &err), 0);
    assert_int_equal(put(f, a_call(1, "s", "fake.read", "{}"), &err), -1); /* the number is taken */
    call = a_call(2, "s", "fake.read", "{}");
    call.peer = "{\"a\":2}";
    assert_int_equal(put(f, call, &err), -1); /* the session is another peer's */
    f->pool->ops->kill(f->pool, 1);
    run_until(f, 1);
    call = a_call(3, "x", "fake.read", "{}");
    call.connector = "missing";
    assert_int_equal(one(f, call)->class, SOAR_PERMANENT);
    call = a_call(4, "x", "fake.read", "{}");
    call.connector = "../fake";
    assert_int_equal(one(f, call)->class, SOAR_INVALID);
    assert_int_equal(one(f, a_call(5, "s", "fake.nothing", "{}"))->class, SOAR_INVALID);
}

static void secrets_are_struck_out(void **state)
{
    struct fixture *f = *state;
    struct soar_call call = a_call(1, "s", "fake.read", "{\"act\":\"secret noise\"}");
    call.secrets = "{\"key\":\"hunter2hunter2\"}";
    assert_string_equal(one(f, call)->why, "[secret]");
}

/* More calls than a worker takes wait; it gets as many as it asked for. */
static void many_calls_one_worker(void **state)
{
    struct fixture *f = *state;
    struct soar_err err;
    for (uint64_t i = 1; i <= 100; i++) {
        struct soar_call call = with_peer(i, "{\"calls\":3}");
        assert_int_equal(put(f, call, &err), 0);
    }
    run_until(f, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(f->answers[i].class, SOAR_DONE);
        assert_int_equal(f->answers[i].number, i + 1);
    }
}

/* One call given up does not take the others of its worker with it. */
static void one_late_of_many(void **state)
{
    struct fixture *f = *state;
    struct soar_err err;
    struct soar_call late = with_peer(1, "{\"calls\":3}");
    late.args = "{\"act\":\"hang\"}";
    late.left_ms = 50;
    assert_int_equal(put(f, late, &err), 0);
    assert_int_equal(put(f, with_peer(2, "{\"calls\":3}"), &err), 0);
    run_until(f, 2);
    assert_int_equal(f->answers[0].number, 2);
    assert_int_equal(f->answers[1].number, 1);
    assert_int_equal(f->answers[1].class, SOAR_UNKNOWN); /* its worker lives, and may send it yet */
    assert_int_equal(one(f, with_peer(3, "{\"calls\":3}"))->class, SOAR_DONE);
}

/* A write that is given up while its worker goes on is in doubt, whatever was said; and the worker is told.
 */
static void given_up_write_of_many(void **state)
{
    struct fixture *f = *state;
    struct soar_err err;
    struct soar_call hangs = with_peer(1, "{\"calls\":3,\"drops\":true}");
    hangs.function = "fake.write";
    hangs.args = "{\"act\":\"hang\"}";
    assert_int_equal(put(f, hangs, &err), 0);
    assert_int_equal(one(f, with_peer(2, "{\"calls\":3,\"drops\":true}"))->class, SOAR_DONE);
    f->pool->ops->kill(f->pool, 1);
    run_until(f, 2);
    assert_int_equal(f->answers[1].number, 1);
    assert_int_equal(f->answers[1].class, SOAR_UNKNOWN);
    struct soar_call asks = with_peer(3, "{\"calls\":3,\"drops\":true}");
    asks.args = "{\"act\":\"dropped\"}";
    assert_string_equal(one(f, asks)->result, "1"); /* it was told which */
}

/* Sixty sessions on four processes: all are served, the idle make room. */
static void sessions_take_turns(void **state)
{
    struct fixture *f = *state;
    struct soar_err err;
    reopen(f, (struct pool_options){.workers_max = 4});
    for (uint64_t i = 1; i <= 60; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", (int)i);
        assert_int_equal(put(f, a_call(i, name, "fake.read", "{}"), &err), 0);
    }
    run_until(f, 60);
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(f->answers[i].class, SOAR_DONE);
}

static void waiting_has_a_deadline(void **state)
{
    struct fixture *f = *state;
    struct soar_err err;
    reopen(f, (struct pool_options){.workers_max = 1});
    assert_int_equal(put(f, a_call(1, "a", "fake.write", "{\"act\":\"sending stop\"}"), &err), 0);
    while (f->sending_count == 0)
        event_base_loop(f->base, EVLOOP_ONCE);
    struct soar_call call = a_call(2, "b", "fake.write", "{}");
    call.left_ms = 30;
    const struct seen *seen = one(f, call);
    assert_int_equal(seen->class, SOAR_TRANSIENT);
    assert_non_null(strstr(seen->why, "no worker was free"));
}

static void idle_workers_end(void **state)
{
    struct fixture *f = *state;
    reopen(f, (struct pool_options){.idle_ms = 1});
    assert_int_equal(one(f, a_call(1, "s", "fake.read", "{}"))->class, SOAR_DONE);
    event_base_dispatch(f->base); /* returns when nothing is watched any more: the worker has been reaped */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(one(f, a_call(2, "s", "fake.read", "{}"))->class, SOAR_DONE);
}

static void described(void **state)
{
    struct fixture *f = *state;
    ARENA_SCOPED arena = arena_new();
    struct value hello;
    struct soar_err err;
    const struct pool_options options = {.base = f->base, .libexec = SOAR_BINARY_DIR "/tests/libexec"};
    assert_int_equal(pool_describe(&options, "fake", arena, &hello, &err), 0);
    assert_int_equal(value_count(value_get(&hello, "functions")), 2);
    assert_int_equal(pool_describe(&options, "nobody", arena, &hello, &err), -1);
}

/* The examples, as plugins; and the rules about who may own one. */
static void plugins(void **state)
{
    struct fixture *f = *state;
    char dir[] = "/tmp/soar-plugins-XXXXXX", path[128], command[512];
    assert_non_null(mkdtemp(dir));
    snprintf(command, sizeof command,
             "cp %s/examples/plugins/echo.py %s/soar-echo && cp %s/examples/plugins/echo.sh %s/soar-shecho "
             "&& chmod 755 %s/*",
             SOAR_SOURCE_DIR, dir, SOAR_SOURCE_DIR, dir, dir);
    assert_int_equal(system(command), 0);
    reopen(f, (struct pool_options){.plugins = dir, .libexec = SOAR_BINARY_DIR "/libexec/soar"});
    const char *names[] = {"echo", "shecho"};
    uint64_t number = 1;
    for (size_t i = 0; i < 2; i++) {
        char function[32];
        struct soar_call call =
            a_call(number++, names[i], function, "{\"text\":\"it's \\\"hot\\\" \\u00e9\\n$(id)\"}");
        call.connector = names[i];
        f->sending_count = 0;
        snprintf(function, sizeof function, "%s.say", names[i]);
        const struct seen *seen = one(f, call);
        if (seen->class != SOAR_DONE)
            fail_msg("%s: %s", names[i], seen->why);
        assert_string_equal(seen->result, "{\"text\":\"it's \\\"hot\\\" é\\n$(id)\"}");
        snprintf(function, sizeof function, "%s.keep", names[i]);
        call.number = number++;
        assert_int_equal(one(f, call)->class, SOAR_DONE);
        assert_int_equal(f->sending_count, 1);
        snprintf(path, sizeof path, "%s/soar-%s", dir, names[i]);
        chmod(path, 0775);
        f->pool->ops->close(f->pool, names[i]);
        call.number = number++;
        call.session = "other";
        const struct seen *refused = one(f, call);
        assert_int_equal(refused->class, SOAR_PERMANENT);
        assert_non_null(strstr(refused->why, "can be written by others"));
    }
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(answers_come),
        POOL_TEST(children_are_bare),
        POOL_TEST(death_before_sending),
        POOL_TEST(death_after_sending),
        POOL_TEST(death_of_a_read),
        POOL_TEST(deadline_after_sending),
        POOL_TEST(deadline_before_sending),
        POOL_TEST(deadline_of_a_read),
        POOL_TEST(garbage),
        POOL_TEST(garbage_of_a_read),
        POOL_TEST(long_line),
        POOL_TEST(unknown_class),
        POOL_TEST(orphan_keeps_the_socket),
        POOL_TEST(double_and_other_answers),
        POOL_TEST(kill_answers),
        POOL_TEST(close_answers),
        POOL_TEST(close_from_a_callback),
        POOL_TEST(bad_hellos),
        POOL_TEST(read_only_never_writes),
        POOL_TEST(refusals),
        POOL_TEST(secrets_are_struck_out),
        POOL_TEST(many_calls_one_worker),
        POOL_TEST(one_late_of_many),
        POOL_TEST(given_up_write_of_many),
        POOL_TEST(sessions_take_turns),
        POOL_TEST(waiting_has_a_deadline),
        POOL_TEST(idle_workers_end),
        POOL_TEST(described),
        POOL_TEST(plugins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
