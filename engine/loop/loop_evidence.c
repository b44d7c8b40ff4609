/* A call that collects is two: the collector's, and the evidence writer's at the other end of its pipe.
 *
 * Both are through, the writer seals it with the collector's verdict, evidence.kept is journaled, and only
 * then the run hears. A writer that fails kills the collector. What none has sealed, by its death or by ours,
 * is salvaged by another one: partial, unless it turns out to have been sealed. */
#include "engine/loop/loop_evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/log.h"

enum {
    MINUTE_MS = 60 * 1000,
    KEEP_MORE_MS = 5 * MINUTE_MS,     /* for the writer, when the collector's time is over */
    SEAL_MS = 10 * MINUTE_MS,         /* what is large was synced before */
    SALVAGE_MS = 12 * 60 * MINUTE_MS, /* all of it is read again */
    SALVAGES = 10, /* five minutes: a writer that was killed has the part until its last sync is through */
    SALVAGE_PAUSE_MS = 2000,
    TOLD_MS = 500,
};

static struct collecting *add(struct loop *loop, struct live *live, struct run_task *task)
{
    struct collecting *collecting = calloc(1, sizeof *collecting);

    if (!collecting)
        abort();
    *collecting = (struct collecting){.loop = loop,
                                      .live = live,
                                      .task = task,
                                      .arena = arena_new(),
                                      .pipe = {-1, -1},
                                      .failed_why = "",
                                      .result = value_null(),
                                      .sum = value_null(),
                                      .sealed = value_null()};
    TAILQ_INSERT_TAIL(&loop->collectings, collecting, place);
    return collecting;
}

static void drop(struct collecting *collecting)
{
    TAILQ_REMOVE(&collecting->loop->collectings, collecting, place);
    collecting->loop->collecting_count -= collecting->counted;
    arena_free(collecting->arena);
    free(collecting);
}

void evidence_forget(struct loop *loop)
{
    struct collecting *next = NULL;

    for (struct collecting *one = TAILQ_FIRST(&loop->collectings); one; one = next) {
        next = TAILQ_NEXT(one, place);
        drop(one);
    }
}

static void close_session(const struct collecting *collecting, const char *session)
{
    if (session)
        collecting->loop->config.caller->ops->close(collecting->loop->config.caller, session);
}

static struct effect event_of(const struct collecting *collecting, enum event_kind kind, struct value body)
{
    return (struct effect){.kind = EFFECT_EVENT,
                           .event = kind,
                           .step = collecting->task->step->name,
                           .item = collecting->task->item,
                           .target = collecting->task->key,
                           .body = body};
}

struct collecting *evidence_begin(struct loop *loop, struct live *live, const struct effect *effect)
{
    struct collecting *collecting = add(loop, live, effect->task);
    struct value body;

    collecting->id = ledger_evidence_next_id(loop->ledger, collecting->arena);
    collecting->trial_call = effect->number;
    collecting->span_ms = effect->at_ms - loop_now(loop);
    body = say_begun(loop, live, effect, collecting->id, batch_arena(loop));
    collecting->begun = value_copy(collecting->arena, &body);
    struct effect begun = event_of(collecting, EVENT_EVIDENCE_BEGUN, body);

    loop_emit(loop, live, &begun);
    return collecting;
}

void evidence_collector(struct collecting *collecting, struct out_call *call)
{
    call->collecting = collecting;
    collecting->collector = call->number;
    collecting->collector_session = arena_string(collecting->arena, call->call.session);
}

/* --- the writer's calls */

static const char *peer_of_writer(const struct loop *loop, struct arena *arena)
{
    struct value_builder peer;
    char *state = realpath(loop->config.state, NULL); /* a worker knows no directory of ours */
    struct site_evidence evidence =
        site_evidence_of(loop->config.site, state ? state : loop->config.state, arena);

    value_build(&peer, arena);
    value_put_text(&peer, "dir", value_text(arena, evidence.dir));
    if (evidence.key)
        value_put_text(&peer, "key", value_text(arena, evidence.key));
    value_put_text(&peer, "reserve", value_int(evidence.reserve_bytes));
    value_put_text(&peer, "at_most", value_int(evidence.at_most_bytes));
    free(state);
    struct value map = value_end_map(&peer);

    return json_text(arena, &map);
}

static struct out_call *writer_call(struct collecting *collecting, const char *function, struct value args,
                                    int64_t left_ms)
{
    struct loop *loop = collecting->loop;
    struct out_call *call = calls_add(loop, collecting->live, collecting->task);

    if (!collecting->peer)
        collecting->peer = peer_of_writer(loop, collecting->arena);
    call->collecting = collecting;
    call->deadline_ms = loop_now(loop) + left_ms;
    collecting->writer = call->number;
    call->call = (struct soar_call){.number = call->number,
                                    .session = arena_string(call->arena, collecting->writer_session),
                                    .connector = EVIDENCE_WRITER,
                                    .peer = arena_string(call->arena, collecting->peer),
                                    .function = function,
                                    .writes = true,
                                    .target = collecting->task->key,
                                    .place = "evidence",
                                    .args = json_text(call->arena, &args)};
    return call;
}

static void close_pipe(struct collecting *collecting)
{
    for (int i = 0; i < 2; i++)
        if (collecting->pipe[i] >= 0)
            close(collecting->pipe[i]);
    collecting->pipe[0] = collecting->pipe[1] = -1;
}

static int start_writer(struct collecting *collecting, struct soar_err *err)
{
    struct loop *loop = collecting->loop;

    if (!loop->config.state)
        return soar_err_set(err, SOAR_PERMANENT, "there is no directory to keep evidence in");
    if (pipe2(collecting->pipe, O_CLOEXEC)) {
        collecting->pipe[0] = collecting->pipe[1] = -1;
        return soar_err_set(err, SOAR_TRANSIENT, "cannot make a pipe: %s", strerror(errno));
    }
    collecting->writer_session = calls_session(loop, collecting->arena);
    struct out_call *call = writer_call(collecting, "evidence.keep", say_keep(collecting),
                                        collecting->deadline_ms - loop_now(loop) + KEEP_MORE_MS);

    call->call.descriptor = collecting->pipe[0];
    if (calls_send(loop, call, err) == 0)
        return 0;
    collecting->writer = 0;
    close_pipe(collecting);
    return -1;
}

int evidence_go(struct loop *loop, struct out_call *call, struct soar_err *err)
{
    struct collecting *collecting = call->collecting;

    if (call->number != collecting->collector)
        return 0;
    collecting->counted = true;
    collecting->since_ms = loop_now(loop);
    collecting->deadline_ms = call->deadline_ms = collecting->since_ms + collecting->span_ms;
    collecting->of = value_get_int(&collecting->begun, "expected_bytes", 0);
    loop->collecting_count++;
    if (start_writer(collecting, err))
        return soar_err_wrap(err, "evidence");
    call->call.descriptor = collecting->pipe[1];
    return 0;
}

/* The workers have their ends: ours would keep the stream from ending. */
void evidence_sent(struct out_call *call)
{
    if (call->number == call->collecting->collector)
        close_pipe(call->collecting);
}

bool evidence_may_go(const struct loop *loop, const struct out_call *call)
{
    if (call->collecting->stage == SEALING)
        return true; /* also when the end comes: it is all there, but for its name */
    return !loop->ending &&
           (call->number != call->collecting->collector || loop->collecting_count < LIMIT_COLLECTIONS);
}

bool evidence_is_stopped(const struct out_call *call)
{
    return call->number == call->collecting->collector && call->live->run->state == RUN_CANCELLING;
}

static void salvage(struct collecting *collecting)
{
    close_session(collecting, collecting->writer_session);
    collecting->writer_session = calls_session(collecting->loop, collecting->arena);
    collecting->stage = SALVAGING;
    collecting->again_ms = 0;
    collecting->salvages++;
    calls_wait(collecting->loop,
               writer_call(collecting, "evidence.salvage", say_keep(collecting), SALVAGE_MS));
}

static void seal(struct collecting *collecting)
{
    collecting->stage = SEALING;
    calls_wait(collecting->loop, writer_call(collecting, "evidence.seal", say_seal(collecting), SEAL_MS));
}

/* evidence.kept, and then the answer: who hears it finds it in the fold. */
static void finish(struct collecting *collecting)
{
    struct loop *loop = collecting->loop;
    struct effect kept = event_of(collecting, EVENT_EVIDENCE_KEPT, say_kept(collecting, batch_arena(loop)));

    close_session(collecting, collecting->writer_session);
    loop_emit(loop, collecting->live, &kept);
    if (!collecting->alone) {
        struct soar_answer answer = say_answer(collecting);

        run_heard(collecting->task, collecting->trial_call, &answer, loop_now(loop));
    }
    live_wake(loop, collecting->live);
    drop(collecting);
}

/* --- answers */

static struct value result_of(struct arena *arena, const struct soar_answer *answer)
{
    struct value result = value_null();

    if (answer->class == SOAR_DONE && answer->result &&
        json_parse(arena, answer->result, strlen(answer->result), &result, NULL))
        return value_null();
    return result;
}

static void both_through(struct collecting *collecting)
{
    if (!collecting->heard || collecting->writer)
        return;
    if (!collecting->kept)
        finish(collecting); /* no writer ever began */
    else if (collecting->sum.kind == VALUE_MAP)
        seal(collecting);
    else
        salvage(collecting);
}

static void collector_heard(struct collecting *collecting, const struct soar_answer *answer)
{
    struct arena *arena = collecting->arena;

    collecting->collector = 0;
    collecting->heard = true;
    collecting->answer = (struct soar_answer){.class = answer->class,
                                              .result = arena_string(arena, answer->result),
                                              .why = arena_string(arena, answer->why)};
    collecting->result = result_of(arena, answer);
    close_session(collecting, collecting->collector_session); /* its end of the pipe closes with it */
    both_through(collecting);
}

static void keep_heard(struct collecting *collecting, const struct soar_answer *answer)
{
    collecting->writer = 0;
    collecting->kept = true;
    collecting->sum = result_of(collecting->arena, answer);
    if (!say_stopped(collecting, answer) && collecting->collector)
        collecting->loop->config.caller->ops->kill(collecting->loop->config.caller, collecting->collector);
    both_through(collecting);
}

static void seal_heard(struct collecting *collecting, const struct soar_answer *answer)
{
    collecting->writer = 0;
    collecting->sealed = result_of(collecting->arena, answer);
    if (collecting->sealed.kind == VALUE_MAP)
        finish(collecting);
    else
        salvage(collecting);
}

/* Doubled each time, up to a minute. */
static int64_t salvage_pause_ms(const struct collecting *collecting)
{
    int64_t pause = SALVAGE_PAUSE_MS;

    for (int i = 1; i < collecting->salvages && pause < MINUTE_MS; i++)
        pause *= 2;
    return pause < MINUTE_MS ? pause : MINUTE_MS;
}

static void salvage_heard(struct collecting *collecting, const struct soar_answer *answer)
{
    bool again = answer->class == SOAR_TRANSIENT || answer->class == SOAR_UNKNOWN;

    collecting->writer = 0;
    collecting->sealed = result_of(collecting->arena, answer);
    if (again && collecting->salvages < SALVAGES) {
        close_session(collecting, collecting->writer_session);
        collecting->again_ms = loop_now(collecting->loop) + salvage_pause_ms(collecting);
        return;
    }
    if (collecting->sealed.kind != VALUE_MAP) {
        collecting->lost_why = arena_string(collecting->arena, answer->why);
        log_error("%s could not be salvaged: %s", collecting->id, answer->why);
    }
    finish(collecting);
}

void evidence_heard(struct loop *loop, struct out_call *call, const struct soar_answer *answer)
{
    struct collecting *collecting = call->collecting;

    (void)loop;
    if (call->number == collecting->collector) {
        collector_heard(collecting, answer);
        return;
    }
    switch (collecting->stage) {
    case COLLECTING:
        keep_heard(collecting, answer);
        break;
    case SEALING:
        seal_heard(collecting, answer);
        break;
    case SALVAGING:
        salvage_heard(collecting, answer);
        break;
    }
}

/* Two workers speak of one stream: it is told as one, twice a second at most. */
void evidence_progress(struct loop *loop, const struct out_call *call, const char *json)
{
    struct collecting *collecting = call->collecting;
    const struct loop_watch *watch = loop->config.watch;
    ARENA_SCOPED arena = arena_new();
    int64_t now_ms = loop_now(loop);
    struct value said;

    if (collecting->alone || json_parse(arena, json, strlen(json), &said, NULL))
        return;
    int64_t bytes = value_get_int(&said, "bytes", 0);

    collecting->bytes = bytes > collecting->bytes ? bytes : collecting->bytes;
    if (value_get_int(&said, "of", 0) > 0)
        collecting->of = value_get_int(&said, "of", 0);
    if (!watch || !watch->progress || !collecting->bytes || now_ms - collecting->told_ms < TOLD_MS)
        return;
    collecting->told_ms = now_ms;
    watch->progress(watch->arg, collecting->task, value_get_string(&collecting->begun, "function", ""),
                    arena_printf(arena, "{\"bytes\":%lld,\"of\":%lld,\"ms\":%lld}",
                                 (long long)collecting->bytes, (long long)collecting->of,
                                 (long long)(now_ms - collecting->since_ms)));
}

/* --- what another life left */

void evidence_salvage(struct loop *loop, struct live *live)
{
    for (size_t i = 0; i < live->run->task_count; i++) {
        const struct run_evidence *left = run_task_collecting(live->run->tasks[i]);

        if (!left)
            continue;
        struct collecting *collecting = add(loop, live, live->run->tasks[i]);

        collecting->alone = true;
        collecting->stage = SALVAGING;
        collecting->id = arena_string(collecting->arena, left->id);
        collecting->begun = value_copy(collecting->arena, &left->begun);
        collecting->again_ms = loop_now(loop);
    }
}

bool evidence_turn(struct loop *loop)
{
    struct collecting *next = NULL;
    bool moved = false;

    for (struct collecting *one = TAILQ_FIRST(&loop->collectings); one && !loop->ending; one = next) {
        next = TAILQ_NEXT(one, place);
        if (!one->again_ms || one->again_ms > loop_now(loop))
            continue;
        moved = true;
        if (loop->config.state) {
            salvage(one);
        } else {
            one->lost_why = "there is no directory that evidence is kept in";
            finish(one);
        }
    }
    return moved;
}

int64_t evidence_due(const struct loop *loop)
{
    const struct collecting *one;
    int64_t due_ms = INT64_MAX;

    TAILQ_FOREACH(one, &loop->collectings, place)
    {
        if (one->again_ms && one->again_ms < due_ms)
            due_ms = one->again_ms;
    }
    return loop->ending ? INT64_MAX : due_ms;
}

bool evidence_idle(const struct loop *loop)
{
    return TAILQ_EMPTY(&loop->collectings);
}

bool evidence_quiet(const struct loop *loop)
{
    const struct collecting *one;

    TAILQ_FOREACH(one, &loop->collectings, place)
    {
        if (one->stage == SEALING)
            return false;
    }
    return true;
}
