/* What a worker says: lines on its socket, noise on its standard error.
 *
 * A line that is none of the protocol's ends the worker; an answer that nobody waits for is logged and
 * forgotten. Callbacks run from here and may do whatever the contract offers: nothing is freed under this
 * file's feet (pool_part.h). */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "engine/base/log.h"
#include "engine/loop/pool_part.h"

enum { PROGRESS_MS = 400, REST_BYTES = 4 * LIMIT_LINE_BYTES };

static void breach(struct pool_worker *worker, const char *what)
{
    if (worker->broke)
        return;
    worker->broke = true;
    log_warning("%s: %s", worker->label, what);
    pool_worker_kill(worker, what);
}

static void grumble(struct pool_worker *worker, uint64_t number, const char *what)
{
    if (worker->log_left-- > 0)
        log_warning("%s: call %" PRIu64 ": %s", worker->label, number, what);
}

static struct pool_call *find_out(struct pool_worker *worker, uint64_t number)
{
    struct pool_call *call;
    TAILQ_FOREACH(call, &worker->session->out, entry)
    {
        if (call->number == number)
            return call;
    }
    return NULL;
}

static void take_hello(struct pool_worker *worker, const struct wire_message *message)
{
    if (worker->state == WORKER_KILLED)
        return; /* it came too late */
    if (worker->state != WORKER_STARTING) {
        breach(worker, "it said hello twice");
        return;
    }
    if (strcmp(message->name, worker->session->connector) != 0) {
        breach(worker, "its hello has another connector's name");
        return;
    }
    struct wire_function *functions =
        arena_array(worker->arena, message->function_count + 1, sizeof *functions);
    for (size_t i = 0; i < message->function_count; i++) {
        if (worker->session->read_only && message->functions[i].writes) {
            breach(worker, "started to read, it offers a function that writes");
            return;
        }
        functions[i].name = arena_string(worker->arena, message->functions[i].name);
        functions[i].writes = message->functions[i].writes;
    }
    worker->state = WORKER_READY;
    worker->calls = message->calls;
    worker->drops = message->drops;
    worker->function_count = message->function_count;
    worker->functions = functions;
    event_del(worker->timer);
    pool_feed(worker->session);
}

static void take_answer(struct pool_worker *worker, struct pool_call *call,
                        const struct wire_message *message)
{
    struct pool_session *session = worker->session;
    if (call->state == CALL_LATE) {
        grumble(worker, message->number, "answered too late: ignored");
        pool_call_forget(call);
    } else {
        pool_call_end(call, message->class, message->result, message->why);
    }
    pool_feed(session);
}

static void take_progress(struct pool_call *call, const struct wire_message *message)
{
    struct pool *pool = call->session->pool;
    int64_t now = pool_now(pool);
    if (call->progress_ms && now - call->progress_ms < PROGRESS_MS)
        return;
    call->progress_ms = now;
    ARENA_SCOPED arena = arena_new();
    if (pool->events.progress)
        pool->events.progress(pool->events.arg, call->number,
                              wire_strike(arena, message->json, call->secrets));
}

static void take_sending(struct pool_call *call)
{
    struct pool *pool = call->session->pool;
    if (call->sending)
        return;
    call->sending = true;
    if (pool->events.sending)
        pool->events.sending(pool->events.arg, call->number);
}

static void take(struct pool_worker *worker, const struct wire_message *message)
{
    if (message->kind == WIRE_HELLO) {
        take_hello(worker, message);
        return;
    }
    struct pool_call *call = worker->session ? find_out(worker, message->number) : NULL;
    if (call == NULL) {
        grumble(worker, message->number, "spoke of a call it doesn't have: ignored");
        return;
    }
    if (message->kind == WIRE_ANSWER)
        take_answer(worker, call, message);
    else if (call->state == CALL_OUT && message->kind == WIRE_SENDING)
        take_sending(call);
    else if (call->state == CALL_OUT)
        take_progress(call, message);
}

static void take_lines(struct pool_worker *worker)
{
    size_t start = 0;
    while (!worker->broke && (worker->session || worker->state == WORKER_ENDING)) {
        char *line = worker->in.data + start;
        char *end = worker->in.len > start ? memchr(line, '\n', worker->in.len - start) : NULL;
        if (end == NULL)
            break;
        start += (size_t)(end - line) + 1;
        if (worker->session == NULL)
            continue; /* it is only leaving */
        ARENA_SCOPED arena = arena_new();
        struct wire_message message;
        struct soar_err err;
        if (worker->in.secret)
            arena_secret(arena);
        if (wire_parse(arena, line, (size_t)(end - line), &message, &err))
            breach(worker, err.text);
        else
            take(worker, &message);
    }
    if (start > 0)
        buf_drop_front(&worker->in, start);
    if (worker->in.len >= LIMIT_LINE_BYTES)
        breach(worker, "it wrote a line longer than one may be");
}

/* Bytes read; 0: the end; -1: nothing now. */
static ssize_t read_some(struct pool_worker *worker)
{
    char chunk[65536];
    size_t room = LIMIT_LINE_BYTES - worker->in.len;
    ssize_t got = recv(worker->fd, chunk, room < sizeof chunk ? room : sizeof chunk, 0);
    if (got > 0) {
        buf_add(&worker->in, chunk, (size_t)got);
        if (worker->in.secret)
            explicit_bzero(chunk, (size_t)got);
        take_lines(worker);
    }
    return got < 0 && errno != EAGAIN && errno != EINTR ? 0 : got;
}

void pool_read_ready(evutil_socket_t fd, short what, void *arg)
{
    struct pool_worker *worker = arg;
    (void)fd;
    (void)what;
    if (worker->broke || read_some(worker) == 0) {
        event_del(worker->readable);
        if (worker->state < WORKER_ENDING)
            pool_worker_kill(worker, "it closed its output");
    }
}

void pool_read_rest(struct pool_worker *worker)
{
    for (int i = 0; i < 4; i++)
        pool_read_noise(worker->errors, 0, worker); /* why it died may be among it */
    for (size_t all = 0; !worker->broke && all < REST_BYTES;) {
        ssize_t got = read_some(worker);
        if (got <= 0)
            break;
        all += (size_t)got;
    }
}

static void log_noise(struct pool_worker *worker, const char *line, size_t len)
{
    if (worker->log_left <= 0)
        return;
    ARENA_SCOPED arena = arena_new();
    char *text = arena_copy(arena, line, len);
    struct pool_call *call;
    if (worker->session) {
        TAILQ_FOREACH(call, &worker->session->out, entry)
        {
            text = wire_strike(arena, text, call->secrets);
        }
    }
    log_info("%s: %s%s", worker->label, text,
             --worker->log_left == 0 ? " (what it says from now on is not shown)" : "");
}

void pool_read_noise(evutil_socket_t fd, short what, void *arg)
{
    struct pool_worker *worker = arg;
    char chunk[1024];
    (void)fd;
    (void)what;
    ssize_t got = read(worker->errors, chunk, sizeof chunk);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        event_del(worker->noisy);
        return;
    }
    for (ssize_t i = 0; i < got; i++) {
        if (chunk[i] != '\n')
            buf_char(&worker->noise, chunk[i]); /* beyond its maximum: dropped */
        if (chunk[i] == '\n' && worker->noise.len > 0) {
            log_noise(worker, worker->noise.data, worker->noise.len);
            buf_clear(&worker->noise);
            worker->noise.failed = false;
        }
    }
}
