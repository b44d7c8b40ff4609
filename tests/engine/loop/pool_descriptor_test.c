/* Property: the descriptor of a call is its worker's third and nobody else's: whoever reads the pipe sees its
 * end as soon as that worker has ended, in whatever way; a worker that is gone gets no follower. Method: real
 * processes and pipes; soar-fake writes to descriptor 3 when told to `give`, and a plugin in Python does. The
 * end of a pipe is waited for by reading it: a descriptor that was left open anywhere makes the test hang. */
#include "tests/engine/loop/pool_stage.h"

struct pipe_ends {
    int in, out;
};

static struct pipe_ends a_pipe(void)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    return (struct pipe_ends){fds[0], fds[1]};
}

static struct soar_call wired(uint64_t number, const char *session, const char *act,
                              const struct pipe_ends *pipe)
{
    struct soar_call call = a_call(number, session, "fake.write", act);
    call.descriptor = pipe->out;
    return call;
}

static int put_wired(struct fixture *f, uint64_t number, const char *session, const char *act,
                     struct pipe_ends *pipe)
{
    struct soar_err err;
    int rc = put(f, wired(number, session, act, pipe), &err);
    close(pipe->out);
    return rc;
}

/* All that comes until nobody can write any more. */
static void check_stream(const struct pipe_ends *pipe, const char *expected)
{
    char text[64] = "";
    size_t len = 0;
    for (ssize_t got; (got = read(pipe->in, text + len, sizeof text - 1 - len)) > 0;)
        len += (size_t)got;
    close(pipe->in);
    assert_string_equal(text, expected);
}

static void end(struct fixture *f, const char *session)
{
    f->pool->ops->close(f->pool, session);
    event_base_dispatch(f->base); /* returns when its worker has been reaped */
}

static void given_and_written(void **state)
{
    struct fixture *f = *state;
    struct pipe_ends pipe = a_pipe();
    assert_int_equal(put_wired(f, 1, "s", "{\"act\":\"give env\"}", &pipe), 0);
    run_until(f, 1);
    assert_string_equal(f->answers[0].result, "{\"env\":0,\"group\":1,\"fd\":4}");
    end(f, "s");
    check_stream(&pipe, "evidence");
}

static void nobody_else_has_it(void **state)
{
    struct fixture *f = *state;
    struct pipe_ends first = a_pipe(), second = a_pipe();
    assert_int_equal(one(f, a_call(1, "before", "fake.read", "{}"))->class, SOAR_DONE);
    assert_int_equal(put_wired(f, 2, "s", "{}", &first), 0);
    assert_int_equal(put_wired(f, 3, "t", "{\"act\":\"give\"}", &second), 0);
    run_until(f, 3);
    assert_string_equal(one(f, a_call(4, "after", "fake.read", "{\"act\":\"env\"}"))->result,
                        "{\"env\":0,\"group\":1,\"fd\":3}");
    assert_int_equal(one(f, a_call(5, "s", "fake.write", "{\"act\":\"give sending die\"}"))->class,
                     SOAR_UNKNOWN);
    check_stream(&first, "evidence"); /* its end is seen, and three others live */
    f->pool->ops->close(f->pool, "before");
    f->pool->ops->close(f->pool, "after");
    end(f, "t");
    check_stream(&second, "evidence");
}

static void killed_means_end(void **state)
{
    struct fixture *f = *state;
    struct pipe_ends pipe = a_pipe();
    assert_int_equal(put_wired(f, 1, "s", "{\"act\":\"give sending stop\"}", &pipe), 0);
    while (f->sending_count == 0)
        event_base_loop(f->base, EVLOOP_ONCE);
    f->pool->ops->kill(f->pool, 1);
    run_until(f, 1);
    assert_int_equal(f->answers[0].class, SOAR_UNKNOWN);
    check_stream(&pipe, "evidence");
}

static void reader_ends_first(void **state)
{
    struct fixture *f = *state;
    struct pipe_ends pipe = a_pipe();
    close(pipe.in);
    assert_int_equal(put_wired(f, 1, "s", "{\"act\":\"sending give\"}", &pipe), 0);
    run_until(f, 1);
    assert_int_equal(f->answers[0].class, SOAR_TRANSIENT); /* SIGPIPE is all it got, before `sending` */
}

static void first_of_its_session(void **state)
{
    struct fixture *f = *state;
    struct soar_err err = {0};
    struct pipe_ends pipe = a_pipe();
    assert_int_equal(one(f, a_call(1, "s", "fake.read", "{}"))->class, SOAR_DONE);
    assert_int_equal(put(f, wired(2, "s", "{}", &pipe), &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_int_equal(put(f, wired(3, "t", "{}", &pipe), &err), 0);
    assert_int_equal(put(f, wired(4, "t", "{}", &pipe), &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    close(pipe.out);
    run_until(f, 2);
    const struct pipe_ends none = {-1, 1 << 20};
    assert_int_equal(put(f, wired(5, "u", "{}", &none), &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    f->pool->ops->close(f->pool, "s");
    end(f, "t");
    check_stream(&pipe, "");
}

static void no_second_worker(void **state)
{
    struct fixture *f = *state;
    struct soar_err err = {0};
    struct pipe_ends pipe = a_pipe();
    assert_int_equal(put_wired(f, 1, "s", "{\"act\":\"sending die\"}", &pipe), 0);
    assert_int_equal(put(f, a_call(2, "s", "fake.write", "{}"), &err), 0); /* waits behind it */
    run_until(f, 2);
    assert_int_equal(f->answers[0].class + f->answers[1].class, SOAR_UNKNOWN + SOAR_TRANSIENT);
    check_stream(&pipe, "");
    run_idle(f); /* it is forgotten; its name begins anew */
    assert_int_equal(one(f, a_call(3, "s", "fake.write", "{\"act\":\"env\"}"))->class, SOAR_DONE);
}

/* Where one worker alone may live: who waits keeps its descriptor, and gives it up with its last call. */
static void waits_with_it(void **state)
{
    struct fixture *f = *state;
    reopen(f, (struct pool_options){.workers_max = 1});
    struct soar_err err;
    struct pipe_ends late = a_pipe(), given = a_pipe();
    assert_int_equal(put(f, a_call(1, "a", "fake.write", "{\"act\":\"sending stop\"}"), &err), 0);
    while (f->sending_count == 0)
        event_base_loop(f->base, EVLOOP_ONCE);
    struct soar_call call = wired(2, "b", "{\"act\":\"give\"}", &late);
    call.left_ms = 20;
    assert_int_equal(put(f, call, &err), 0);
    close(late.out);
    assert_int_equal(put_wired(f, 3, "c", "{\"act\":\"give\"}", &given), 0);
    run_until(f, 1);
    assert_int_equal(f->answers[0].number, 2);
    assert_int_equal(f->answers[0].class, SOAR_TRANSIENT);
    run_idle(f);
    check_stream(&late, "");
    f->pool->ops->kill(f->pool, 1);
    run_until(f, 3);
    end(f, "c");
    check_stream(&given, "evidence");
}

/* It rests between two calls for as long as its caller likes: no other can take its place. */
static void neither_idle_nor_evicted(void **state)
{
    struct fixture *f = *state;
    reopen(f, (struct pool_options){.workers_max = 2, .idle_ms = 1});
    struct pipe_ends pipe = a_pipe();
    assert_int_equal(put_wired(f, 1, "s", "{}", &pipe), 0);
    run_until(f, 1);
    for (uint64_t i = 2; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", (int)i);
        assert_int_equal(one(f, a_call(i, name, "fake.read", "{}"))->class, SOAR_DONE);
    }
    assert_int_equal(one(f, a_call(9, "s", "fake.write", "{\"act\":\"give\"}"))->class, SOAR_DONE);
    end(f, "s");
    check_stream(&pipe, "evidence");
}

static void program_is_missing(void **state)
{
    struct fixture *f = *state;
    struct pipe_ends pipe = a_pipe();
    struct soar_call call = wired(1, "s", "{}", &pipe);
    call.connector = "missing";
    assert_int_equal(one(f, call)->class, SOAR_PERMANENT);
    close(pipe.out);
    check_stream(&pipe, "");
}

/* The example, as a plugin: through soar-launch, which closes all but this one. */
static void plugin(void **state)
{
    struct fixture *f = *state;
    char dir[] = "/tmp/soar-plugins-XXXXXX", command[256];
    assert_non_null(mkdtemp(dir));
    snprintf(command, sizeof command, "install -m 755 %s/examples/plugins/collect.py %s/soar-collect",
             SOAR_SOURCE_DIR, dir);
    assert_int_equal(system(command), 0);
    reopen(f, (struct pool_options){.plugins = dir, .libexec = SOAR_BINARY_DIR "/libexec/soar"});
    struct pipe_ends pipe = a_pipe();
    struct soar_call call = wired(1, "s", "{\"text\":\"ab\",\"times\":3}", &pipe);
    call.connector = "collect";
    call.function = "collect.repeat";
    const struct seen *seen = one(f, call);
    if (seen->class != SOAR_DONE)
        fail_msg("%s", seen->why);
    assert_string_equal(seen->result, "{\"bytes\":6}");
    assert_int_equal(f->sending_count, 1);
    close(pipe.out);
    check_stream(&pipe, "ababab"); /* the plugin closed it before it answered */
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(given_and_written),    POOL_TEST(nobody_else_has_it),
        POOL_TEST(killed_means_end),     POOL_TEST(reader_ends_first),
        POOL_TEST(first_of_its_session), POOL_TEST(no_second_worker),
        POOL_TEST(waits_with_it),        POOL_TEST(neither_idle_nor_evicted),
        POOL_TEST(program_is_missing),   POOL_TEST(plugin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
