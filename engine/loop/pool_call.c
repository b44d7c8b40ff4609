/* One call's life in the pool: queued, out, ended; its deadline; what it is answered when its worker can't.
 *
 * The line that carries it is built when it goes, because it says how much time is left; the line and the
 * secrets are wiped. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/loop/pool_part.h"

static char *copy(const char *text)
{
    char *new = text ? strdup(text) : NULL;
    if (text && new == NULL)
        abort();
    return new;
}

static void wipe_free(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

static void too_late(evutil_socket_t fd, short what, void *arg)
{
    struct pool_call *call = arg;
    char why[96];
    BUF_SCOPED span;
    buf_init(&span, 0);
    (void)fd;
    (void)what;
    text_duration(&span, call->left_ms);
    snprintf(why, sizeof why,
             call->state == CALL_QUEUED ? "no worker was free within %s" : "no answer within %s",
             buf_string(&span));
    pool_call_give_up(call, why);
}

struct pool_call *pool_call_new(struct pool_session *session, const struct soar_call *from)
{
    struct pool_call *call = calloc(1, sizeof *call);
    if (call == NULL)
        abort();
    *call = (struct pool_call){
        .number = from->number,
        .session = session,
        .function = copy(from->function),
        .args = copy(from->args ? from->args : "{}"),
        .secrets = copy(from->secrets),
        .left_ms = from->left_ms,
        .deadline_ms = pool_now(session->pool) + from->left_ms,
        .timer = pool_event(session->pool, -1, 0, too_late, call),
    };
    pool_arm(call->timer, from->left_ms);
    TAILQ_INSERT_TAIL(&session->queued, call, entry);
    return call;
}

void pool_call_free(struct pool_call *call)
{
    event_free(call->timer);
    wipe_free(call->secrets);
    free(call->function);
    free(call->args);
    wipe_free(call->result);
    free(call->why);
    free(call);
}

/* What the worker is told is a little less, so that it answers itself, and better than by being killed. */
static int64_t worker_left_ms(const struct pool_call *call)
{
    int64_t left = call->deadline_ms - pool_now(call->session->pool);
    int64_t margin = left / 10 < 500 ? left / 10 : 500;
    return left > 0 ? left - margin : 0;
}

/* Exactly as long as it is: no copy of a secret stays where it grew. */
static char *line_of(const struct pool_call *call, size_t *ret_len)
{
    static const char form[] =
        "{\"call\":%" PRIu64 ",\"function\":\"%s\",\"left_ms\":%" PRId64 ",\"args\":%s,\"secrets\":%s}\n";
    const char *secrets = call->secrets ? call->secrets : "{}";
    int64_t left_ms = worker_left_ms(call);
    int len = snprintf(NULL, 0, form, call->number, call->function, left_ms, call->args, secrets);
    char *line = len > 0 ? malloc((size_t)len + 1) : NULL;
    if (line == NULL)
        abort();
    snprintf(line, (size_t)len + 1, form, call->number, call->function, left_ms, call->args, secrets);
    *ret_len = (size_t)len;
    return line;
}

void pool_call_send(struct pool_call *call, struct pool_worker *worker)
{
    struct pool_session *session = call->session;
    struct pool_line *line = calloc(1, sizeof *line);
    if (line == NULL)
        abort();
    line->bytes = line_of(call, &line->len);
    call->state = CALL_OUT;
    TAILQ_REMOVE(&session->queued, call, entry);
    TAILQ_INSERT_TAIL(&session->out, call, entry);
    session->out_count++;
    pool_worker_write(worker, line);
}

static void leave_session(struct pool_call *call)
{
    struct pool_session *session = call->session;
    if (call->state == CALL_QUEUED) {
        TAILQ_REMOVE(&session->queued, call, entry);
    } else {
        TAILQ_REMOVE(&session->out, call, entry);
        session->out_count--;
    }
}

void pool_call_end(struct pool_call *call, enum soar_class class, const char *result, const char *why)
{
    ARENA_SCOPED arena = arena_new();
    event_del(call->timer);
    leave_session(call);
    call->state = CALL_ENDED;
    call->class = class;
    call->result = copy(result);
    call->why = copy(wire_strike(arena, why, call->secrets));
    wipe_free(call->secrets);
    call->secrets = NULL;
    TAILQ_INSERT_TAIL(&call->session->pool->answered, call, entry);
    pool_want_turn(call->session->pool);
}

/* Until it has said `sending` a worker has sent nothing; one that broke the protocol may have said nothing
 * true. */
static enum soar_class class_without_answer(const struct pool_call *call, bool broke)
{
    return call->writes && (call->sending || broke) ? SOAR_UNKNOWN : SOAR_TRANSIENT;
}

void pool_call_lost(struct pool_call *call, const struct pool_worker *worker)
{
    if (call->state == CALL_LATE) {
        pool_call_forget(call);
        return;
    }
    const char *why = worker->doom ? worker->doom : "it ended in the middle of a call";
    BUF_SCOPED text;
    buf_init(&text, 0);
    buf_printf(&text, "soar-%s: %s", call->session->connector, why);
    pool_call_end(call, class_without_answer(call, worker->broke), NULL, buf_string(&text));
}

void pool_call_forget(struct pool_call *call)
{
    leave_session(call);
    pool_call_free(call);
}

static void say_drop(struct pool_worker *worker, uint64_t number)
{
    struct pool_line *line = calloc(1, sizeof *line);
    int len = line ? asprintf(&line->bytes, "{\"drop\":%" PRIu64 "}\n", number) : -1;
    if (len < 0)
        abort();
    line->len = (size_t)len;
    pool_worker_write(worker, line);
}

/* A call of several that one worker carries: the answer now, the slot when the worker is through with it.
 * Whether it drops it, or sends it after all, nobody here will hear: so a write may yet happen, also if it
 * has not said `sending`. */
static void abandon(struct pool_call *call, const char *why)
{
    struct pool_session *session = call->session;
    struct pool_call *ghost = calloc(1, sizeof *ghost);
    if (ghost == NULL)
        abort();
    *ghost = (struct pool_call){
        .number = call->number,
        .session = session,
        .state = CALL_LATE,
        .function = copy(call->function),
        .args = copy(""),
        .secrets = copy(call->secrets),
        .timer = pool_event(session->pool, -1, 0, too_late, ghost),
    };
    if (session->worker->drops)
        say_drop(session->worker, call->number);
    pool_call_end(call, call->writes ? SOAR_UNKNOWN : SOAR_TRANSIENT, NULL, why);
    TAILQ_INSERT_TAIL(&session->out, ghost, entry);
    session->out_count++;
    unsigned late = 0;
    struct pool_call *each;
    TAILQ_FOREACH(each, &session->out, entry)
    {
        late += each->state == CALL_LATE;
    }
    if (late >= session->worker->calls) /* it does nothing but what nobody waits for */
        pool_worker_kill(session->worker, "it answered nothing in time");
}

void pool_call_give_up(struct pool_call *call, const char *why)
{
    struct pool_worker *worker = call->session->worker;
    BUF_SCOPED text;
    buf_init(&text, 0);
    buf_printf(&text, "soar-%s: %s", call->session->connector, why);
    if (call->state == CALL_QUEUED) {
        pool_call_end(call, SOAR_TRANSIENT, NULL, buf_string(&text));
    } else if (call->state == CALL_OUT && worker->calls > 1 && worker->state == WORKER_READY) {
        abandon(call, buf_string(&text));
    } else if (call->state == CALL_OUT && worker->state != WORKER_KILLED) {
        pool_worker_kill(worker, why);
    }
}
