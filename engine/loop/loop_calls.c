/* Calls: handed to the caller when what must be durable before them is, answered to the run that asked.
 *
 * A writing call waits for the batch that holds its intent; a reading one only for its run's start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/loop/loop_parts.h"

static struct out_call **find(struct loop *loop, uint64_t number)
{
    struct out_call **at = &loop->calls;

    while (*at && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

static void wipe(char **secrets)
{
    if (!*secrets)
        return;
    explicit_bzero(*secrets, strlen(*secrets));
    free(*secrets);
    *secrets = NULL;
}

static void drop(struct loop *loop, struct out_call **at)
{
    struct out_call *call = *at;

    *at = call->next;
    wipe(&call->secrets);
    live_let_go(loop, call->live);
    arena_free(call->arena);
    free(call);
}

/* Tells the run, and forgets the call. */
static void answered(struct loop *loop, const struct soar_answer *answer)
{
    struct out_call **at = find(loop, answer->number);
    struct out_call *call = *at;

    if (!call)
        return;
    run_heard(call->task, call->trial_call, answer, loop_now(loop));
    live_wake(loop, call->live);
    drop(loop, at);
}

static void on_answer(void *arg, const struct soar_answer *answer)
{
    answered(arg, answer);
}

static void on_progress(void *arg, uint64_t number, const char *json)
{
    struct loop *loop = arg;
    struct out_call *call = *find(loop, number);
    const struct loop_watch *watch = loop->config.watch;

    if (call && watch && watch->progress)
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

static void refuse(struct loop *loop, struct out_call *call, const struct soar_err *err)
{
    struct soar_answer answer = {
        .number = call->number, .class = err->class, .result = "null", .why = err->text};

    answered(loop, &answer);
}

/* False: it was refused at once, and whoever waits for it has its answer. */
static bool send(struct loop *loop, struct out_call *call)
{
    struct soar_err err = {0};

    call->sent = true;
    call->call.left_ms = call->deadline_ms - loop_now(loop);
    call->call.secrets = call->secrets;
    if (loop->config.caller->ops->call(loop->config.caller, &call->call, &err)) {
        refuse(loop, call, &err);
        return false;
    }
    call->call.secrets = NULL;
    wipe(&call->secrets);
    return true;
}

bool calls_release(struct loop *loop)
{
    bool again = true;
    bool refused = false;

    while (again) { /* an answer given at once changes the list */
        again = false;
        for (struct out_call *call = loop->calls; call; call = call->next)
            if (!call->sent && call->needs_seq <= loop->durable_seq) {
                refused = !send(loop, call) || refused;
                again = true;
                break;
            }
    }
    return refused;
}

/* A session is one worker: the task's, until its try ends; a function that stands apart has one of its own.
 */
static const char *session_name(struct loop *loop, struct run_task *task, const struct function *function)
{
    struct session *session;
    char name[64];

    for (struct session *old = loop->sessions; old; old = old->next)
        if (old->task == task && old->apart == function->apart)
            return old->name;
    session = calloc(1, sizeof *session);
    if (!session)
        abort();
    snprintf(name, sizeof name, "%llu", (unsigned long long)++loop->next_session);
    *session = (struct session){
        .task = task, .name = strdup(name), .apart = function->apart, .next = loop->sessions};
    loop->sessions = session;
    return session->name;
}

void calls_close(struct loop *loop, struct run_task *task)
{
    for (struct session **at = &loop->sessions; *at;) {
        struct session *session = *at;

        if (session->task != task) {
            at = &session->next;
            continue;
        }
        loop->config.caller->ops->close(loop->config.caller, session->name);
        *at = session->next;
        free(session->name);
        free(session);
    }
}

void calls_forget(struct loop *loop)
{
    while (loop->calls)
        drop(loop, &loop->calls);
    while (loop->sessions) {
        struct session *next = loop->sessions->next;

        free(loop->sessions->name);
        free(loop->sessions);
        loop->sessions = next;
    }
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

    answered(loop, &answer);
}

/* "ssh.run" is the ssh connector's. */
static const char *connector_name(struct arena *arena, const char *function)
{
    return arena_copy(arena, function, strcspn(function, "."));
}

void calls_request(struct loop *loop, struct live *live, const struct effect *effect)
{
    const struct function *function = effect->call.function;
    struct run_task *task = effect->task;
    struct out_call *call = calloc(1, sizeof *call);
    struct out_call **end = &loop->calls;
    struct soar_err err = {0};
    char *peer = NULL;

    if (!call)
        abort();
    call->arena = arena_new();
    call->number = loop->next_call++;
    call->live = live;
    live_hold(live);
    call->task = task;
    call->trial_call = effect->number;
    call->deadline_ms = effect->at_ms;
    call->needs_seq = durable_need(loop, live, function);
    while (*end)
        end = &(*end)->next;
    *end = call;
    bool bad =
        peer_of(loop->config.site, task, !function->apart, call->arena, &peer, &call->secrets, &err) != 0;

    call->call = (struct soar_call){
        .number = call->number,
        .session = arena_string(call->arena, session_name(loop, task, function)),
        .connector = connector_name(call->arena, function->name),
        .peer = peer,
        .read_only = live->run->mode != MODE_REAL,
        .function = function->name,
        .writes = function->class == FUNCTION_WRITE,
        .target = task->key,
        .place = arena_string(call->arena, effect->target),
        .args = json_text(call->arena, &effect->call.args),
    };
    if (bad)
        refuse(loop, call, &err);
    else if (loop_breaks(loop, "no-disarm") && function->class == FUNCTION_WRITE && effect->call.position > 1)
        pretend(loop, call);
}
