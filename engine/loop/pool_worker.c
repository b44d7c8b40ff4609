/* A worker process: started for a session, written to without ever blocking, ended, reaped.
 *
 * Its states move in one direction only. Killing is a signal to its whole group and nothing more; everything
 * else happens when its pidfd says that it is gone, so that its last words are read before its calls are
 * judged. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "engine/base/log.h"
#include "engine/loop/pool_part.h"

enum { GOODBYE_MS = 1000, LOG_LINES = 50, NOISE_BYTES = 1024, LOOK_MS = 20 };

static void gone(evutil_socket_t fd, short what, void *arg)
{
    struct pool_worker *worker = arg;
    siginfo_t info = {0};
    (void)fd;
    (void)what;
    if (waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
        return; /* it lives: we only looked */
    pool_worker_reap(worker, false);
}

static void line_free(struct pool_line *line)
{
    explicit_bzero(line->bytes, line->len); /* it may hold secrets */
    free(line->bytes);
    free(line);
}

static void write_lines(evutil_socket_t fd, short what, void *arg)
{
    struct pool_worker *worker = arg;
    struct pool_line *line;
    (void)fd;
    (void)what;
    while ((line = TAILQ_FIRST(&worker->lines)) != NULL) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the analyzer does not see what TAILQ_REMOVE removes */
        ssize_t put = send(worker->fd, line->bytes + line->sent, line->len - line->sent, MSG_NOSIGNAL);
        if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
            event_add(worker->writable, NULL);
            return;
        }
        if (put < 0)
            return; /* it is gone, and its pidfd will say so */
        line->sent += (size_t)put;
        if (line->sent == line->len) {
            TAILQ_REMOVE(&worker->lines, line, entry);
            line_free(line);
        }
    }
}

void pool_worker_write(struct pool_worker *worker, struct pool_line *line)
{
    TAILQ_INSERT_TAIL(&worker->lines, line, entry);
    write_lines(-1, 0, worker);
}

static void timed_out(evutil_socket_t fd, short what, void *arg)
{
    struct pool_worker *worker = arg;
    (void)fd;
    (void)what;
    if (worker->state == WORKER_READY) /* the timer of idleness */
        pool_worker_end(worker);
    else
        pool_worker_kill(worker, worker->state == WORKER_STARTING ? "it said no hello" : "it did not end");
}

static void say_peer(struct pool_worker *worker, const struct pool_session *session)
{
    struct pool_line *line = calloc(1, sizeof *line);
    int len = line ? asprintf(&line->bytes, "{\"peer\":%s,\"mode\":\"%s\"}\n", session->peer,
                              session->read_only ? "read" : "all")
                   : -1;
    if (len < 0)
        abort();
    line->len = (size_t)len;
    pool_worker_write(worker, line);
}

static struct pool_worker *wire_up(struct pool *pool, const struct pool_child *child)
{
    struct pool_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        abort();
    worker->pool = pool;
    worker->pid = child->pid;
    worker->fd = child->fd;
    worker->errors = child->errors;
    worker->pidfd = pidfd_open(child->pid, 0);
    worker->arena = arena_new();
    worker->log_left = LOG_LINES;
    buf_init(&worker->in, LIMIT_LINE_BYTES);
    buf_init(&worker->noise, NOISE_BYTES);
    TAILQ_INIT(&worker->lines);
    worker->readable = pool_event(pool, worker->fd, EV_READ | EV_PERSIST, pool_read_ready, worker);
    worker->writable = pool_event(pool, worker->fd, EV_WRITE, write_lines, worker);
    worker->noisy = pool_event(pool, worker->errors, EV_READ | EV_PERSIST, pool_read_noise, worker);
    worker->exited =
        pool_event(pool, worker->pidfd, EV_PERSIST | (worker->pidfd < 0 ? 0 : EV_READ), gone, worker);
    worker->timer = pool_event(pool, -1, 0, timed_out, worker);
    event_add(worker->readable, NULL);
    event_add(worker->noisy, NULL);
    if (worker->pidfd >= 0)
        event_add(worker->exited, NULL);
    else
        pool_arm(worker->exited, LOOK_MS); /* no pidfds here (valgrind, an old kernel) */
    return worker;
}

int pool_worker_start(struct pool_session *session, struct soar_err *err)
{
    struct pool *pool = session->pool;
    struct pool_child child;
    int failed =
        pool_spawn(pool->libexec, pool->plugins, session->connector, session->descriptor, &child, err);
    pool_session_let_go(session); /* the worker's end alone is open now, and closes with it */
    if (failed)
        return -1;
    struct pool_worker *worker = wire_up(pool, &child);
    worker->session = session;
    worker->in.secret = session->secret;
    session->worker = worker;
    if (asprintf(&worker->label, "soar-%s (%s)", session->connector, session->name) < 0)
        abort();
    TAILQ_INSERT_TAIL(&pool->workers, worker, entry);
    pool->worker_count++;
    pool_arm(worker->timer, pool->hello_ms);
    say_peer(worker, session);
    return 0;
}

void pool_worker_end(struct pool_worker *worker)
{
    if (worker->state >= WORKER_ENDING)
        return;
    if (worker->session) {
        worker->session->worker = NULL;
        pool_rest(worker->session);
    }
    worker->session = NULL;
    worker->state = WORKER_ENDING;
    shutdown(worker->fd, SHUT_WR);
    pool_arm(worker->timer, GOODBYE_MS);
    pool_want_turn(worker->pool);
}

void pool_worker_kill(struct pool_worker *worker, const char *doom)
{
    if (worker->state == WORKER_KILLED)
        return;
    worker->state = WORKER_KILLED;
    worker->doom = strdup(doom);
    if (worker->doom == NULL)
        abort();
    event_del(worker->timer);
    kill(-worker->pid, SIGKILL); /* not yet reaped, so the number is still its own */
}

static void log_end(const struct pool_worker *worker, const siginfo_t *info)
{
    if (worker->state == WORKER_KILLED && !*worker->doom)
        return;
    if (worker->state == WORKER_KILLED)
        log_warning("%s: killed: %s", worker->label, worker->doom);
    else if (info->si_code != CLD_EXITED)
        log_warning("%s: ended by signal %d", worker->label, info->si_status);
    else if (info->si_status != 0 || worker->state == WORKER_STARTING)
        log_warning("%s: ended with status %d", worker->label, info->si_status);
}

static void worker_free(struct pool_worker *worker)
{
    event_free(worker->readable);
    event_free(worker->writable);
    event_free(worker->noisy);
    event_free(worker->exited);
    event_free(worker->timer);
    for (struct pool_line *line; (line = TAILQ_FIRST(&worker->lines)) != NULL;) {
        TAILQ_REMOVE(&worker->lines, line, entry);
        line_free(line);
    }
    close(worker->fd);
    close(worker->errors);
    if (worker->pidfd >= 0)
        close(worker->pidfd);
    buf_done(&worker->in);
    buf_done(&worker->noise);
    arena_free(worker->arena);
    free(worker->label);
    free(worker->doom);
    free(worker);
}

/* Calls that were out are lost. Those that only waited go to a new worker, unless this one never got as far
 * as its hello, or had what no other can have. */
static void settle(struct pool_worker *worker, bool greeted)
{
    struct pool_session *session = worker->session;
    struct pool_call *call, *next;
    session->worker = NULL;
    for (call = TAILQ_FIRST(&session->out); call; call = next) {
        next = TAILQ_NEXT(call, entry);
        pool_call_lost(call, worker);
    }
    char why[256];
    snprintf(why, sizeof why, "soar-%s: %s", session->connector,
             worker->doom ? worker->doom
             : greeted    ? "it has ended"
                          : "it ended before its hello");
    for (call = TAILQ_FIRST(&session->queued); call && (!greeted || session->wired); call = next) {
        next = TAILQ_NEXT(call, entry);
        pool_call_end(call, worker->broke ? SOAR_PERMANENT : SOAR_TRANSIENT, NULL, why);
    }
    pool_feed(session);
    pool_rest(session);
}

void pool_worker_reap(struct pool_worker *worker, bool wait)
{
    struct pool *pool = worker->pool;
    siginfo_t info = {0};
    if (wait)
        waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOWAIT);
    kill(-worker->pid, SIGKILL); /* what it left behind; its own number is ours until the next line */
    info.si_pid = 0;
    waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG);
    if (!wait)
        pool_read_rest(worker);
    bool greeted = worker->functions != NULL;
    log_end(worker, &info);
    TAILQ_REMOVE(&pool->workers, worker, entry);
    pool->worker_count--;
    if (worker->session && !wait)
        settle(worker, greeted);
    pool_want_turn(pool);
    worker_free(worker);
}

const struct wire_function *pool_worker_function(const struct pool_worker *worker, const char *name)
{
    for (size_t i = 0; i < worker->function_count; i++)
        if (!strcmp(worker->functions[i].name, name))
            return &worker->functions[i];
    return NULL;
}
