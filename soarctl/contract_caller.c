/* The pool's contract once more, with a list of what is out. */
#include "soarctl/contract_caller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"

enum { OUT_MAX = 64, NAME_BYTES = 64 };

struct out {
    uint64_t number;
    int64_t left_ms;
    bool given_up;
};

struct contract_caller {
    struct soar_caller caller;
    struct soar_caller *pool;
    struct soar_caller_events events;
    struct out out[OUT_MAX];
    size_t count;
    char foreign[NAME_BYTES];
};

static struct out *find(struct contract_caller *caller, uint64_t number)
{
    for (size_t i = 0; i < caller->count; i++)
        if (caller->out[i].number == number)
            return &caller->out[i];
    return NULL;
}

static void on_sending(void *arg, uint64_t number)
{
    const struct contract_caller *caller = arg;

    caller->events.sending(caller->events.arg, number);
}

static void on_progress(void *arg, uint64_t number, const char *json)
{
    const struct contract_caller *caller = arg;

    caller->events.progress(caller->events.arg, number, json);
}

static void on_answer(void *arg, const struct soar_answer *answer)
{
    struct contract_caller *caller = arg;
    struct out *out = find(caller, answer->number);
    struct soar_answer told = *answer;
    BUF_SCOPED why = {0};

    if (out && out->given_up) {
        buf_text(&why, "soar-http: no answer within ");
        text_duration(&why, out->left_ms);
        told.why = buf_string(&why);
    }
    if (out)
        *out = caller->out[--caller->count];
    caller->events.answer(caller->events.arg, &told);
}

static void listen_to(struct soar_caller *base, const struct soar_caller_events *events)
{
    struct contract_caller *caller = (struct contract_caller *)base;
    const struct soar_caller_events own = {on_sending, on_progress, on_answer, caller};

    caller->events = *events;
    caller->pool->ops->listen(caller->pool, &own);
}

/* The case's time jumps, and the worker's doesn't: so it is not to wait for it. */
static const char *timeless_peer(struct arena *arena, const char *peer)
{
    struct soar_err err = {0};
    struct value_builder map;
    struct value value;

    if (json_parse(arena, peer, strlen(peer), &value, &err) || value.kind != VALUE_MAP)
        return peer;
    value_build(&map, arena);
    for (size_t i = 0; i < value.map->count; i++)
        value_put(&map, value.map->keys[i], value.map->values[i]);
    value_put_text(&map, "timeless", value_bool(true));
    value = value_end_map(&map);
    return json_text(arena, &value);
}

static int call(struct soar_caller *base, const struct soar_call *call, struct soar_err *err)
{
    struct contract_caller *caller = (struct contract_caller *)base;

    if (strcmp(call->connector, "http") != 0) {
        snprintf(caller->foreign, sizeof caller->foreign, "%s", call->function);
        return soar_err_set(err, SOAR_INVALID, "a contract plays http alone: %s is not here", call->function);
    }
    if (caller->count == OUT_MAX)
        return soar_err_set(err, SOAR_INVALID, "more than %d calls at once", OUT_MAX);
    ARENA_SCOPED arena = arena_new();
    struct soar_call timeless = *call;

    timeless.peer = timeless_peer(arena, call->peer);
    if (caller->pool->ops->call(caller->pool, &timeless, err))
        return -1;
    caller->out[caller->count++] = (struct out){.number = call->number, .left_ms = call->left_ms};
    return 0;
}

static void kill_call(struct soar_caller *base, uint64_t number)
{
    struct contract_caller *caller = (struct contract_caller *)base;

    caller->pool->ops->kill(caller->pool, number);
}

static void close_session(struct soar_caller *base, const char *session)
{
    struct contract_caller *caller = (struct contract_caller *)base;

    caller->pool->ops->close(caller->pool, session);
}

static void free_caller(struct soar_caller *base)
{
    struct contract_caller *caller = (struct contract_caller *)base;

    caller->pool->ops->free(caller->pool);
    free(caller);
}

static const struct soar_caller_ops ops = {
    .listen = listen_to, .call = call, .kill = kill_call, .close = close_session, .free = free_caller};

struct contract_caller *contract_caller_new(struct soar_caller *pool_take)
{
    struct contract_caller *caller = calloc(1, sizeof *caller);

    if (!caller)
        abort();
    caller->caller.ops = &ops;
    caller->pool = pool_take;
    return caller;
}

struct soar_caller *contract_caller_as(struct contract_caller *caller)
{
    return &caller->caller;
}

bool contract_caller_busy(const struct contract_caller *caller)
{
    return caller->count > 0;
}

int64_t contract_caller_give_up(struct contract_caller *caller)
{
    int64_t longest = 0;

    for (size_t i = 0; i < caller->count; i++) {
        caller->out[i].given_up = true;
        if (caller->out[i].left_ms > longest)
            longest = caller->out[i].left_ms;
        caller->pool->ops->kill(caller->pool, caller->out[i].number); /* its answer comes later */
    }
    return longest;
}

const char *contract_caller_foreign(const struct contract_caller *caller)
{
    return *caller->foreign ? caller->foreign : NULL;
}
