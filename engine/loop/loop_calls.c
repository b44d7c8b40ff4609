/* Calls: handed to the caller when what must be durable before them is, answered to the run that asked.
 *
 * A writing call waits for the batch that holds its intent; a reading one only for its run's start. */
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/loop/loop_vault.h"

static int compare_numbers(const void *a, const void *b)
{
    const struct out_call *left = a;
    const struct out_call *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

static struct out_call *find(struct loop *loop, uint64_t number)
{
    struct out_call wanted = {.number = number};
    void *node = tfind(&wanted, &loop->calls_by_number, compare_numbers);

    return node ? *(struct out_call **)node : NULL;
}

static void wipe(char **secrets)
{
    if (!*secrets)
        return;
    explicit_bzero(*secrets, strlen(*secrets));
    free(*secrets);
    *secrets = NULL;
}

static void drop(struct loop *loop, struct call_list *from, struct out_call *call)
{
    TAILQ_REMOVE(from, call, place);
    tdelete(call, &loop->calls_by_number, compare_numbers);
    wipe(&call->secrets);
    secrets_drop(call);
    live_let_go(loop, call->live);
    arena_free(call->arena);
    free(call);
}

/* Tells the run, and forgets the call. */
static void answered(struct loop *loop, struct call_list *from, struct out_call *call,
                     const struct soar_answer *answer)
{
    if (call->collecting) {
        evidence_heard(loop, call, answer);
    } else {
        run_heard(call->task, call->trial_call, answer, loop_now(loop));
        live_wake(loop, call->live);
    }
    drop(loop, from, call);
}

static void on_answer(void *arg, const struct soar_answer *answer)
{
    struct loop *loop = arg;
    struct out_call *call = find(loop, answer->number);

    if (call)
        answered(loop, &loop->out, call, answer);
    else
        secrets_heard(loop, answer);
}

static void on_progress(void *arg, uint64_t number, const char *json)
{
    struct loop *loop = arg;
    const struct out_call *call = find(loop, number);
    const struct loop_watch *watch = loop->config.watch;

    if (call && call->collecting)
        evidence_progress(loop, call, json);
    else if (call && watch && watch->progress)
        watch->progress(watch->arg, call->task, call->call.function, json);
}

static void on_sending(void *arg, uint64_t number)
{
    on_progress(arg, number, "null");
}

void calls_listen(struct loop *loop)
{
    struct soar_caller_events events = {
        .sending = on_sending, .progress = on_progress, .answer = on_answer, .arg = loop};

    if (loop->config.caller)
        loop->config.caller->ops->listen(loop->config.caller, &events);
}

static void refuse(struct loop *loop, struct call_list *from, struct out_call *call,
                   const struct soar_err *err)
{
    struct soar_answer answer = {
        .number = call->number, .class = err->class, .result = "null", .why = err->text};

    answered(loop, from, call, &answer);
}

static int send(struct loop *loop, struct out_call *call, struct soar_err *err)
{
    TAILQ_INSERT_TAIL(&loop->out, call, place);
    if (call->collecting && evidence_go(loop, call, err))
        return -1;
    call->call.left_ms = call->deadline_ms - loop_now(loop);
    call->call.secrets = call->secrets;
    int refused = loop->config.caller->ops->call(loop->config.caller, &call->call, err);

    if (call->collecting)
        evidence_sent(call);
    call->call.secrets = NULL;
    wipe(&call->secrets);
    return refused;
}

int calls_send(struct loop *loop, struct out_call *call, struct soar_err *err)
{
    if (send(loop, call, err) == 0)
        return 0;
    drop(loop, &loop->out, call);
    return -1;
}

static bool may_go(const struct loop *loop, const struct out_call *call)
{
    return call->needs_seq <= loop->durable_seq &&
           (call->collecting ? evidence_may_go(loop, call) : !loop->ending);
}

bool calls_release(struct loop *loop)
{
    struct out_call *next = NULL;
    bool refused = false;

    for (struct out_call *call = TAILQ_FIRST(&loop->waiting); call; call = next) {
        next = TAILQ_NEXT(call, place);
        struct soar_err err = {0};

        if (call->collecting && evidence_is_stopped(call)) {
            soar_err_set(&err, SOAR_TRANSIENT, "stopped before its turn came");
            refuse(loop, &loop->waiting, call, &err);
            refused = true;
            continue;
        }
        if (!may_go(loop, call)) {
            secrets_rest(call);
            continue;
        }
        enum secrets_state secrets = secrets_state(loop, call, &err);

        if (secrets == SECRETS_AWAITED)
            continue;
        if (secrets == SECRETS_FAILED) {
            refuse(loop, &loop->waiting, call, &err);
            refused = true;
            continue;
        }
        TAILQ_REMOVE(&loop->waiting, call, place);
        if (send(loop, call, &err)) { /* whoever waits for it has its answer at once */
            refuse(loop, &loop->out, call, &err);
            refused = true;
        }
    }
    return refused;
}

/* But for the evidence writers: what has come until now is to be kept. */
void calls_cut_short(struct loop *loop, const struct live *live)
{
    struct soar_caller *caller = loop->config.caller;

    for (const struct out_call *call = TAILQ_FIRST(&loop->out); call; call = TAILQ_NEXT(call, place))
        if (call->live == live && strcmp(call->call.connector, EVIDENCE_WRITER) != 0)
            caller->ops->kill(caller, call->number); /* its answer comes later, never from in here */
    secrets_cut_short(loop, live);
}

bool calls_idle(const struct loop *loop)
{
    return TAILQ_EMPTY(&loop->waiting) && TAILQ_EMPTY(&loop->out);
}

static void keep(void *node)
{
    (void)node; /* each call has gone out of its list, and out of the tree with it */
}

void calls_forget(struct loop *loop)
{
    while (!TAILQ_EMPTY(&loop->waiting))
        drop(loop, &loop->waiting, TAILQ_FIRST(&loop->waiting));
    while (!TAILQ_EMPTY(&loop->out))
        drop(loop, &loop->out, TAILQ_FIRST(&loop->out));
    evidence_forget(loop);
    tdestroy(loop->calls_by_number, keep);
    vault_forget(loop);
    sessions_forget(loop);
}

static int64_t durable_need(const struct loop *loop, const struct live *live, const struct function *function)
{
    if (loop_breaks(loop, "call-before-sync"))
        return 0;
    return function->class == FUNCTION_WRITE ? loop->next_seq : live->start_seq;
}

/* The deliberate bug of saying that a later write was done. */
static void pretend(struct loop *loop, struct out_call *call)
{
    struct soar_answer answer = {.number = call->number,
                                 .class = SOAR_DONE,
                                 .result = "{\"exit\":0,\"out\":\"\",\"err\":\"\",\"cut\":0}",
                                 .why = ""};

    answered(loop, &loop->waiting, call, &answer);
}

/* "ssh.run" is the ssh connector's. */
static const char *connector_name(struct arena *arena, const char *function)
{
    return arena_copy(arena, function, strcspn(function, "."));
}

struct out_call *calls_add(struct loop *loop, struct live *live, struct run_task *task)
{
    struct out_call *call = calloc(1, sizeof *call);

    if (!call)
        abort();
    call->arena = arena_new();
    call->number = loop->next_call++;
    call->live = live;
    live_hold(live);
    call->task = task;
    if (!tsearch(call, &loop->calls_by_number, compare_numbers))
        abort();
    return call;
}

void calls_wait(struct loop *loop, struct out_call *call)
{
    TAILQ_INSERT_TAIL(&loop->waiting, call, place);
}

void calls_request(struct loop *loop, struct live *live, const struct effect *effect)
{
    const struct function *function = effect->call.function;
    struct run_task *task = effect->task;
    struct collecting *collecting = function->collects ? evidence_begin(loop, live, effect) : NULL;
    struct out_call *call = calls_add(loop, live, task);
    struct soar_err err = {0};
    struct peer peer;

    call->trial_call = effect->number;
    call->deadline_ms = effect->at_ms;
    call->needs_seq = durable_need(loop, live, function);
    calls_wait(loop, call);
    const char *connector = connector_name(call->arena, function->name);
    const struct peer_log_in log_in = {
        .world = loop->config.world, .run = live->run->id, .state = loop->config.state};
    bool bad = peer_of(loop->config.site, task, connector, function->apart ? NULL : &log_in, call->arena,
                       &peer, &err) != 0 ||
               secrets_begin(loop, call, &peer, &err) != 0;

    call->call = (struct soar_call){
        .number = call->number,
        .connector = connector,
        .peer = peer.json,
        .read_only = live->run->mode != MODE_REAL,
        .function = function->name,
        .writes = function->class == FUNCTION_WRITE,
        .target = task->key,
        .place = arena_string(call->arena, effect->target),
        .args = json_text(call->arena, &effect->call.args),
    };
    call->shared = !collecting && session_is_shared(connector);
    call->call.session = collecting ? calls_session(loop, call->arena) : session_of(loop, call, function);
    if (collecting)
        evidence_collector(collecting, call);
    if (bad)
        refuse(loop, &loop->waiting, call, &err);
    else if (loop_breaks(loop, "no-disarm") && function->class == FUNCTION_WRITE && effect->call.position > 1)
        pretend(loop, call);
}
