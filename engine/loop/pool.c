/* The call contract over sessions: who gets a worker, whose turn it is, and when answers are told.
 *
 * Everything that ends a call only queues its answer; the pool's turn, an event of its own, tells it. So no
 * callback runs from inside a function of the contract, and this file is the only one that frees sessions. */
#include "engine/loop/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/loop/pool_part.h"

enum { IDLE_MS = 60 * 1000, HELLO_MS = 10 * 1000, LINE_ROOM = 512 };

int64_t pool_now(const struct pool *pool)
{
    return pool->world->boot_ms(pool->world->arg);
}

void pool_arm(struct event *timer, int64_t ms)
{
    struct timeval span = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    event_add(timer, &span);
}

struct event *pool_event(struct pool *pool, int fd, short what, event_callback_fn fn, void *arg)
{
    struct event *event = event_new(pool->base, fd, what, fn, arg);
    if (event == NULL)
        abort();
    return event;
}

void pool_want_turn(struct pool *pool)
{
    event_active(pool->turn, EV_TIMEOUT, 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct pool_session *)a)->name, ((const struct pool_session *)b)->name);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct pool_call *)a)->number, y = ((const struct pool_call *)b)->number;
    return (x > y) - (x < y);
}

static struct pool_session *session_find(struct pool *pool, const char *name)
{
    struct pool_session key = {.name = (char *)(uintptr_t)name};
    struct pool_session *const *found = tfind(&key, &pool->session_tree, by_name);
    return found ? *found : NULL;
}

static struct pool_call *call_find(struct pool *pool, uint64_t number)
{
    struct pool_call key = {.number = number};
    struct pool_call *const *found = tfind(&key, &pool->call_tree, by_number);
    return found ? *found : NULL;
}

void pool_session_let_go(struct pool_session *session)
{
    if (session->descriptor)
        close(session->descriptor);
    session->descriptor = 0;
}

static struct pool_session *session_new(struct pool *pool, const struct soar_call *call, int descriptor)
{
    struct pool_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        abort();
    *session = (struct pool_session){
        .pool = pool,
        .name = strdup(call->session),
        .connector = strdup(call->connector),
        .peer = strdup(call->peer),
        .read_only = call->read_only,
        .secret = call->secret_answer,
        .wired = descriptor != 0,
        .descriptor = descriptor,
    };
    TAILQ_INIT(&session->queued);
    TAILQ_INIT(&session->out);
    if (!session->name || !session->connector || !session->peer ||
        !tsearch(session, &pool->session_tree, by_name))
        abort();
    TAILQ_INSERT_TAIL(&pool->sessions, session, all);
    return session;
}

static void session_forget_name(struct pool_session *session)
{
    if (!session->closed)
        tdelete(session, &session->pool->session_tree, by_name);
    session->closed = true;
}

static void session_free(struct pool_session *session)
{
    session_forget_name(session);
    TAILQ_REMOVE(&session->pool->sessions, session, all);
    pool_session_let_go(session);
    free(session->name);
    free(session->connector);
    free(session->peer);
    free(session);
}

static bool session_empty(const struct pool_session *session)
{
    return session->told == 0 && session->worker == NULL && TAILQ_EMPTY(&session->queued) &&
           TAILQ_EMPTY(&session->out);
}

void pool_rest(struct pool_session *session)
{
    if (session->resting)
        return;
    session->resting = true;
    TAILQ_INSERT_TAIL(&session->pool->resting, session, rest);
    pool_want_turn(session->pool);
}

static void bury_empty(struct pool *pool)
{
    for (struct pool_session *session; (session = TAILQ_FIRST(&pool->resting)) != NULL;) {
        TAILQ_REMOVE(&pool->resting, session, rest);
        session->resting = false;
        if (!session_empty(session))
            continue;
        if (session->waiting)
            TAILQ_REMOVE(&pool->waiting, session, entry);
        session_free(session);
    }
}

static void get_worker(struct pool_session *session)
{
    struct soar_err err = {0};
    if (pool_worker_start(session, &err) == 0)
        return;
    for (struct pool_call *call; (call = TAILQ_FIRST(&session->queued)) != NULL;)
        pool_call_end(call, err.class, NULL, err.text);
}

/* A call that can't go out at all is answered, so that the next one gets its turn. */
static bool refused(struct pool_call *call, const struct pool_worker *worker)
{
    const struct wire_function *function = pool_worker_function(worker, call->function);
    if (function) {
        call->writes = function->writes;
        return false;
    }
    char why[256];
    snprintf(why, sizeof why, "soar-%s has no function %.64s%s", call->session->connector, call->function,
             call->session->read_only ? " that only reads" : "");
    pool_call_end(call, SOAR_INVALID, NULL, why);
    return true;
}

void pool_feed(struct pool_session *session)
{
    struct pool_worker *worker = session->worker;
    struct pool_call *call = TAILQ_FIRST(&session->queued);
    if (worker == NULL) {
        if (call && !session->waiting) {
            session->waiting = true;
            TAILQ_INSERT_TAIL(&session->pool->waiting, session, entry);
        }
        pool_want_turn(session->pool);
        return;
    }
    if (worker->state != WORKER_READY)
        return;
    for (; call && session->out_count < worker->calls; call = TAILQ_FIRST(&session->queued))
        if (!refused(call, worker))
            pool_call_send(call, worker);
    if (TAILQ_EMPTY(&session->out)) {
        worker->idle_since_ms = pool_now(session->pool);
        if (!session->wired)
            pool_arm(worker->timer, session->pool->idle_ms);
        if (!TAILQ_EMPTY(&session->pool->waiting))
            pool_want_turn(session->pool); /* somebody may want its place */
    } else {
        event_del(worker->timer);
    }
}

/* The one idle longest; NULL if all work, or if enough are on their way out for those that wait. */
static struct pool_worker *to_evict(struct pool *pool)
{
    size_t ending = 0, wanting = 0;
    struct pool_worker *worker, *oldest = NULL;
    struct pool_session *session;
    TAILQ_FOREACH(worker, &pool->workers, entry)
    {
        ending += worker->state >= WORKER_ENDING;
        if (worker->state == WORKER_READY && !worker->session->wired && TAILQ_EMPTY(&worker->session->out) &&
            (oldest == NULL || worker->idle_since_ms < oldest->idle_since_ms))
            oldest = worker;
    }
    TAILQ_FOREACH(session, &pool->waiting, entry)
    {
        wanting++;
    }
    return ending < wanting ? oldest : NULL;
}

static void hand_out_slots(struct pool *pool)
{
    struct pool_session *session;
    while ((session = TAILQ_FIRST(&pool->waiting)) != NULL && pool->worker_count < pool->workers_max) {
        TAILQ_REMOVE(&pool->waiting, session, entry);
        session->waiting = false;
        if (session->worker == NULL && !TAILQ_EMPTY(&session->queued))
            get_worker(session);
    }
    for (struct pool_worker *worker; !TAILQ_EMPTY(&pool->waiting) && (worker = to_evict(pool)) != NULL;)
        pool_worker_end(worker);
}

/* Only those that are here now: what the callbacks add gets a turn of its own. */
static void tell_answers(struct pool *pool)
{
    struct pool_calls now = TAILQ_HEAD_INITIALIZER(now);
    TAILQ_CONCAT(&now, &pool->answered, entry);
    for (struct pool_call *call; (call = TAILQ_FIRST(&now)) != NULL;) {
        TAILQ_REMOVE(&now, call, entry);
        struct soar_answer answer = {
            .number = call->number,
            .class = call->class,
            .result = call->result ? call->result : "null",
            .why = call->why ? call->why : "",
        };
        tdelete(call, &pool->call_tree, by_number);
        if (pool->events.answer)
            pool->events.answer(pool->events.arg, &answer);
        struct pool_session *session = call->session;
        pool_call_free(call);
        session->told--;
        pool_rest(session);
    }
}

static void take_turn(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    hand_out_slots(arg);
    tell_answers(arg);
    bury_empty(arg);
}

static void pool_listen(struct soar_caller *caller, const struct soar_caller_events *events)
{
    ((struct pool *)caller)->events = *events;
}

static int check_call(struct pool *pool, const struct soar_call *call, struct soar_err *err)
{
    const char *args = call->args ? call->args : "{}", *secrets = call->secrets ? call->secrets : "{}";
    if (!text_is_word(call->function, strlen(call->function)))
        return soar_err_set(err, SOAR_INVALID, "a function's name is a word");
    if (strpbrk(args, "\r\n") || strpbrk(secrets, "\r\n") || strpbrk(call->peer, "\r\n"))
        return soar_err_set(err, SOAR_INVALID, "%s: peer, arguments and secrets are one line each",
                            call->function);
    if (strlen(args) + strlen(secrets) + LINE_ROOM > LIMIT_LINE_BYTES ||
        strlen(call->peer) + LINE_ROOM > LIMIT_LINE_BYTES)
        return soar_err_set(err, SOAR_INVALID, "%s: its arguments are longer than a line of %d bytes",
                            call->function, LIMIT_LINE_BYTES);
    if (call->left_ms <= 0)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: no time is left", call->function);
    if (call_find(pool, call->number))
        return soar_err_set(err, SOAR_INVALID, "%s: its number is another call's", call->function);
    return 0;
}

/* Our own copy of what the worker is to have; 0: nothing. */
static int take_descriptor(const struct soar_call *call, const struct pool_session *session, int *ret_fd,
                           struct soar_err *err)
{
    *ret_fd = 0;
    if (session && session->wired && session->worker == NULL && !session->waiting)
        return soar_err_set(err, SOAR_TRANSIENT, "the worker of session %s has ended", call->session);
    if (call->descriptor == 0)
        return 0;
    if (session)
        return soar_err_set(err, SOAR_INVALID,
                            "%s: a worker is given a descriptor by the first call of its session only",
                            call->function);
    *ret_fd = fcntl(call->descriptor, F_DUPFD_CLOEXEC, 3);
    if (*ret_fd < 0)
        return soar_err_set(err, errno == EBADF ? SOAR_INVALID : SOAR_TRANSIENT, "%s: its descriptor: %s",
                            call->function, strerror(errno));
    return 0;
}

static int pool_call(struct soar_caller *caller, const struct soar_call *from, struct soar_err *err)
{
    struct pool *pool = (struct pool *)caller;
    if (check_call(pool, from, err))
        return -1;
    struct pool_session *session = session_find(pool, from->session);
    if (session &&
        (strcmp(session->connector, from->connector) != 0 || strcmp(session->peer, from->peer) != 0 ||
         session->read_only != from->read_only || session->secret != from->secret_answer))
        return soar_err_set(err, SOAR_INVALID, "session %s is bound to another peer", from->session);
    int descriptor;
    if (take_descriptor(from, session, &descriptor, err))
        return -1;
    if (session == NULL)
        session = session_new(pool, from, descriptor);
    struct pool_call *call = pool_call_new(session, from);
    session->told++;
    if (tsearch(call, &pool->call_tree, by_number) == NULL)
        abort();
    pool_feed(session);
    return 0;
}

static void pool_kill(struct soar_caller *caller, uint64_t number)
{
    struct pool_call *call = call_find((struct pool *)caller, number);
    if (call && call->state != CALL_ENDED)
        pool_call_give_up(call, "it was told to stop");
}

static void pool_close(struct soar_caller *caller, const char *name)
{
    struct pool_session *session = session_find((struct pool *)caller, name);
    if (session == NULL)
        return;
    session_forget_name(session); /* a new one may have it while this one's calls end */
    pool_rest(session);
    for (struct pool_call *call; (call = TAILQ_FIRST(&session->queued)) != NULL;)
        pool_call_end(call, SOAR_TRANSIENT, NULL, "its session was closed");
    if (session->worker == NULL)
        return;
    if (TAILQ_EMPTY(&session->out))
        pool_worker_end(session->worker);
    else
        pool_worker_kill(session->worker, "its session was closed");
}

static void session_drop(struct pool_session *session)
{
    for (struct pool_call *call; (call = TAILQ_FIRST(&session->queued)) != NULL;)
        pool_call_forget(call);
    for (struct pool_call *call; (call = TAILQ_FIRST(&session->out)) != NULL;)
        pool_call_forget(call);
    session_free(session);
}

static void keep_node(void *node)
{
    (void)node; /* freed with its session */
}

static void pool_free(struct soar_caller *caller)
{
    struct pool *pool = (struct pool *)caller;
    if (pool == NULL)
        return;
    struct pool_worker *worker;
    TAILQ_FOREACH(worker, &pool->workers, entry)
    {
        bool idle =
            worker->session && worker->session->out_count == 0 && TAILQ_EMPTY(&worker->session->queued);
        pool_worker_kill(worker, idle ? "" : "the engine ends"); /* nobody misses an idle one */
    }
    while ((worker = TAILQ_FIRST(&pool->workers)) != NULL)
        pool_worker_reap(worker, true);
    for (struct pool_call *call; (call = TAILQ_FIRST(&pool->answered)) != NULL;) {
        TAILQ_REMOVE(&pool->answered, call, entry);
        pool_call_free(call);
    }
    tdestroy(pool->call_tree, keep_node);
    for (struct pool_session *session; (session = TAILQ_FIRST(&pool->sessions)) != NULL;)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the analyzer does not see what TAILQ_REMOVE removes */
        session_drop(session);
    event_free(pool->turn);
    free(pool->libexec);
    free(pool->plugins);
    free(pool);
}

static const struct soar_caller_ops pool_ops = {
    .listen = pool_listen,
    .call = pool_call,
    .kill = pool_kill,
    .close = pool_close,
    .free = pool_free,
};

struct soar_caller *pool_new(const struct pool_options *options, struct soar_err *err)
{
    if (options->base == NULL) {
        soar_err_set(err, SOAR_INVALID, "a pool needs an event base");
        return NULL;
    }
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        abort();
    *pool = (struct pool){
        .caller = {.ops = &pool_ops},
        .base = options->base,
        .world = options->world ? options->world : world_system(),
        .libexec = pool_libexec(options->libexec),
        .plugins = options->plugins ? strdup(options->plugins) : NULL,
        .workers_max = options->workers_max ? options->workers_max : LIMIT_WORKERS,
        .idle_ms = options->idle_ms ? options->idle_ms : IDLE_MS,
        .hello_ms = options->hello_ms ? options->hello_ms : HELLO_MS,
    };
    TAILQ_INIT(&pool->sessions);
    TAILQ_INIT(&pool->waiting);
    TAILQ_INIT(&pool->resting);
    TAILQ_INIT(&pool->workers);
    TAILQ_INIT(&pool->answered);
    pool->turn = pool_event(pool, -1, 0, take_turn, pool);
    return &pool->caller;
}
