/* What the pool's tests share: a pool over soar-fake (pool_fake.c), and every answer it gave. */
#ifndef TESTS_POOL_STAGE_H
#define TESTS_POOL_STAGE_H

#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/log.h"
#include "engine/loop/pool.h"

enum { SEEN_MAX = 600 };

struct seen {
    uint64_t number;
    enum soar_class class;
    char *result;
    char *why;
};

struct fixture {
    struct event_base *base;
    struct soar_caller *pool;
    struct seen answers[SEEN_MAX];
    size_t answer_count, sending_count, progress_count, wanted;
    bool inside; /* of a function of the contract: no callback may come */
    char *progress;
    bool close_in_answer;
};

static inline void on_sending(void *arg, uint64_t number)
{
    struct fixture *f = arg;
    (void)number;
    assert_false(f->inside);
    f->sending_count++;
}

static inline void on_progress(void *arg, uint64_t number, const char *json)
{
    struct fixture *f = arg;
    (void)number;
    f->progress_count++;
    free(f->progress);
    f->progress = strdup(json);
}

static inline void on_answer(void *arg, const struct soar_answer *answer)
{
    struct fixture *f = arg;
    assert_false(f->inside);
    assert_true(f->answer_count < SEEN_MAX);
    f->answers[f->answer_count++] =
        (struct seen){answer->number, answer->class, strdup(answer->result), strdup(answer->why)};
    if (f->close_in_answer)
        f->pool->ops->close(f->pool, "s");
    if (f->answer_count == f->wanted)
        event_base_loopbreak(f->base);
}

static inline void open_pool(struct fixture *f, struct pool_options options)
{
    struct soar_err err;
    options.base = f->base;
    options.libexec = options.libexec ? options.libexec : SOAR_BINARY_DIR "/tests/libexec";
    f->pool = pool_new(&options, &err);
    assert_non_null(f->pool);
    const struct soar_caller_events events = {on_sending, on_progress, on_answer, f};
    f->pool->ops->listen(f->pool, &events);
}

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->base = event_base_new();
    open_pool(f, (struct pool_options){0});
    *state = f;
    log_set_level(LOG_ERROR_LEVEL);
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    f->pool->ops->free(f->pool);
    event_base_free(f->base);
    for (size_t i = 0; i < f->answer_count; i++) {
        free(f->answers[i].result);
        free(f->answers[i].why);
    }
    free(f->progress);
    free(f);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left behind */
    return 0;
}

static inline void reopen(struct fixture *f, struct pool_options options)
{
    f->pool->ops->free(f->pool);
    open_pool(f, options);
}

static inline struct soar_call a_call(uint64_t number, const char *session, const char *function,
                                      const char *args)
{
    return (struct soar_call){
        .number = number,
        .session = session,
        .connector = "fake",
        .peer = "{\"a\":1}",
        .function = function,
        .target = "t",
        .args = args,
        .left_ms = 20000,
    };
}

static inline struct soar_call with_peer(uint64_t number, const char *peer)
{
    struct soar_call call = a_call(number, "s", "fake.write", "{}");
    call.peer = peer;
    return call;
}

static inline int put(struct fixture *f, struct soar_call call, struct soar_err *err)
{
    f->inside = true;
    int rc = f->pool->ops->call(f->pool, &call, err);
    f->inside = false;
    return rc;
}

static inline void run_until(struct fixture *f, size_t answers)
{
    f->wanted = answers;
    if (f->answer_count < answers)
        event_base_dispatch(f->base);
    assert_int_equal(f->answer_count, answers);
}

/* The turn after the last: nothing more comes. */
static inline void run_idle(struct fixture *f)
{
    size_t before = f->answer_count;
    for (int i = 0; i < 3; i++)
        event_base_loop(f->base, EVLOOP_NONBLOCK);
    assert_int_equal(f->answer_count, before);
}

static inline const struct seen *one(struct fixture *f, struct soar_call call)
{
    struct soar_err err;
    assert_int_equal(put(f, call, &err), 0);
    run_until(f, f->answer_count + 1);
    run_idle(f);
    const struct seen *seen = &f->answers[f->answer_count - 1];
    assert_int_equal(seen->number, call.number);
    return seen;
}

#define POOL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
