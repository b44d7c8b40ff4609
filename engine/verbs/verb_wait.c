/* Waiting for a run, without being the one who waits: a verb says for what, its program drives the loop.
 *
 * A local command stays until all that it drives rests: `run`, `resume` and `retry` until it has ended or
 * waits for a person, as there is nobody else to try a host again that is off; the others, and with --no-wait
 * these too, leave when only a later look is left. In soard a verb waits for its own run alone, and never for
 * a host that is off: soard goes on trying. */
#include <string.h>

#include "engine/loop/drive.h"
#include "engine/report/report_run.h"
#include "engine/verbs/sources.h"
#include "engine/verbs/verb_parts.h"

/* A task that only a later look, a person or another task can move. */
static bool task_rests(const struct run_task *task, int64_t now_ms)
{
    if (task->trial)
        return false;
    switch (task->state) {
    case TASK_WAITING:
    case TASK_HELD:
    case TASK_ENDED:
        return true;
    case TASK_PENDING:
        return task->due_ms > now_ms;
    case TASK_WEIGHED:
    case TASK_ACTING:
    case TASK_PROVING:
    case TASK_RESTING:
    case TASK_STATE_COUNT:
        break;
    }
    return false;
}

static bool run_rests(const struct loop *loop, const struct run *run, int64_t now_ms, int64_t *wake_ms)
{
    if (run->state == RUN_ENDED || loop_run_parked(loop, run))
        return true;
    for (size_t i = 0; i < run->task_count; i++) {
        const struct run_task *task = run->tasks[i];
        if (!task_rests(task, now_ms))
            return false;
        if (task->state == TASK_PENDING && task->due_ms < *wake_ms)
            *wake_ms = task->due_ms;
    }
    return true;
}

bool verb_waited(const struct verb_context *context)
{
    const struct loop *loop = context->loop;
    const struct run *run = context->wait.run;
    int64_t now = loop_now(loop);
    int64_t wake = INT64_MAX;
    const char *repository = context->wait.repository;

    if (repository && context->daemon)
        return !sources_busy(context->daemon->sources, *repository ? repository : NULL);
    if (context->remote)
        return !run || run->state == RUN_ENDED || (run_rests(loop, run, now, &wake) && run_due(run) >= wake);
    for (size_t i = 0; i < loop_run_count(loop); i++)
        if (!run_rests(loop, loop_run_at(loop, i), now, &wake))
            return false;
    return loop_due(loop) >= wake; /* else something comes sooner: the end of a lock that is kept */
}

static bool rests(void *arg)
{
    return verb_waited(arg);
}

int verb_drive(struct verb_context *context, const struct value *request, struct value *ret_answer,
               struct soar_err *err)
{
    while (context->wait.then) {
        if (loop_drive(context->loop, context->base, context->wait.stays ? NULL : rests, context,
                       context->stop)) {
            struct soar_err why = {0};
            loop_failed(context->loop, &why);
            return soar_err_set(err, why.class, "the journal can't be written, so nothing more is done: %s",
                                why.text);
        }
        if (verb_go_on(context, request, ret_answer, err))
            return -1;
    }
    return 0;
}

static void let_go(struct verb_context *context, struct run *run)
{
    if (run)
        loop_run_let_go(context->loop, run);
}

/* The run stays in context->wait for `then`. */
int verb_go_on(struct verb_context *context, const struct value *request, struct value *ret_answer,
               struct soar_err *err)
{
    verb_fn then = context->wait.then;
    struct run *run = context->wait.run;

    context->wait.then = NULL;
    int answer = then(context, request, ret_answer, err);
    let_go(context, run);
    return answer;
}

int verb_wait_for(struct verb_context *context, struct run *run, verb_fn then, struct value *ret_answer)
{
    *ret_answer = value_null();
    if (run)
        loop_run_hold(context->loop, run);
    context->wait = (struct verb_wait){.run = run, .stays = context->stays, .then = then};
    return 0;
}

int verb_wait_run(struct verb_context *context, struct run *run, struct value *ret_answer)
{
    verb_wait_for(context, run, verb_answer_run, ret_answer);
    context->wait.tells = true;
    return 0;
}

VERB_FN(verb_answer_run)
{
    const struct run *run = context->wait.run;

    (void)request;
    (void)err;
    *ret_answer = report_run(run, context->remote, context->arena);
    context->exit = report_run_exit(run);
    return 0;
}

static bool is_meant(const char *id, const char *said)
{
    size_t len = strlen(id);
    size_t said_len = strlen(said);

    return said_len > 0 && said_len <= len &&
           (strncmp(id, said, said_len) == 0 || strcmp(id + len - said_len, said) == 0);
}

struct run *verb_live_run(struct verb_context *context, const char *id)
{
    struct run *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < loop_run_count(context->loop); i++) {
        struct run *run = loop_run_at(context->loop, i);
        if (strcmp(run->id, id) == 0)
            return run;
        if (is_meant(run->id, id)) {
            found = run;
            count++;
        }
    }
    return count == 1 ? found : NULL;
}
