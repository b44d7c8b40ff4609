/* Sessions: which calls go to one worker. A task's, until its try ends; where a connector is shared, those of
 * all tasks of all runs that go to one peer, until it has been idle (the pool ends it). */
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/loop/loop_parts.h"

static int compare_sessions(const void *a, const void *b)
{
    const struct session *left = a;
    const struct session *right = b;

    if (left->task != right->task)
        return (uintptr_t)left->task < (uintptr_t)right->task ? -1 : 1;
    return (int)left->apart - (int)right->apart;
}

/* A session is one worker: the task's, until its try ends; a function that stands apart has one of its own.
 */
static const char *session_name(struct loop *loop, struct run_task *task, const struct function *function)
{
    struct session wanted = {.task = task, .apart = function->apart};
    void *node = tfind(&wanted, &loop->sessions, compare_sessions);
    struct session *session = node ? *(struct session **)node : calloc(1, sizeof *session);

    if (!session)
        abort();
    if (node)
        return session->name;
    *session = wanted;
    snprintf(session->name, sizeof session->name, "%llu", (unsigned long long)++loop->next_session);
    if (!tsearch(session, &loop->sessions, compare_sessions))
        abort();
    return session->name;
}

/* A connector whose worker carries calls of many tasks to one peer: its session ends when it is idle. */
bool session_is_shared(const char *name)
{
    const struct connector *connector = connector_find(name);

    return connector && connector->shared;
}

static int compare_shared(const void *a, const void *b)
{
    const struct shared_session *left = a;
    const struct shared_session *right = b;
    int connectors = strcmp(left->connector, right->connector);

    if (connectors)
        return connectors;
    return left->read_only != right->read_only ? (int)left->read_only - (int)right->read_only
                                               : strcmp(left->peer, right->peer);
}

/* One worker for all tasks of all runs that go to this peer with these rights. An inventory that is read anew
 * and says something else of it makes it another peer. */
static const char *shared_session(struct loop *loop, const struct soar_call *call)
{
    const struct shared_session wanted = {.connector = (char *)(uintptr_t)call->connector,
                                          .peer = (char *)(uintptr_t)call->peer,
                                          .read_only = call->read_only};
    void *node = tfind(&wanted, &loop->shared, compare_shared);
    struct shared_session *session = node ? *(struct shared_session **)node : calloc(1, sizeof *session);

    if (!session)
        abort();
    if (node)
        return session->name;
    *session = (struct shared_session){
        .connector = strdup(call->connector), .peer = strdup(call->peer), .read_only = call->read_only};
    snprintf(session->name, sizeof session->name, "%llu", (unsigned long long)++loop->next_session);
    if (!session->connector || !session->peer || !tsearch(session, &loop->shared, compare_shared))
        abort();
    return session->name;
}

static void free_shared(void *node)
{
    struct shared_session *session = node;

    free(session->connector);
    free(session->peer);
    free(session);
}

/* What is still out for a task in a worker that others use: that call alone. */
static void give_up_shared(struct loop *loop, const struct run_task *task)
{
    struct soar_caller *caller = loop->config.caller;

    for (const struct out_call *call = TAILQ_FIRST(&loop->out); call; call = TAILQ_NEXT(call, place))
        if (call->shared && call->task == task)
            caller->ops->kill(caller, call->number); /* its answer comes later, never from in here */
}

void calls_close(struct loop *loop, const struct run_task *task)
{
    give_up_shared(loop, task);
    for (int apart = 0; apart < 2; apart++) {
        struct session wanted = {.task = task, .apart = apart};
        void *node = tfind(&wanted, &loop->sessions, compare_sessions);
        struct session *session = node ? *(struct session **)node : NULL;

        if (!session)
            continue;
        loop->config.caller->ops->close(loop->config.caller, session->name);
        tdelete(session, &loop->sessions, compare_sessions);
        free(session);
    }
}

const char *calls_session(struct loop *loop, struct arena *arena)
{
    return arena_printf(arena, "%llu", (unsigned long long)++loop->next_session);
}

const char *session_of(struct loop *loop, const struct out_call *call, const struct function *function)
{
    const char *name =
        call->shared ? shared_session(loop, &call->call) : session_name(loop, call->task, function);

    return arena_string(call->arena, name);
}

void sessions_forget(struct loop *loop)
{
    tdestroy(loop->sessions, free);
    tdestroy(loop->shared, free_shared);
    loop->sessions = loop->shared = NULL;
}
