/* Which event may follow where: the machines of run, step and task as one table, and what a body must hold.
 *
 * run_apply() trusts what comes to it; a journal that comes from a disk is asked here first. Whatever
 * somebody forged into it, this says an error: nothing may get past it that makes the fold assert or the
 * machine do what no run ever did. */
#include <limits.h>
#include <string.h>

#include "engine/run/run_parts.h"

enum {
    NEW = 1 << RUN_NEW,
    RUNNING = 1 << RUN_RUNNING,
    CANCELLING = 1 << RUN_CANCELLING,
    ROLLING = 1 << RUN_ROLLING_BACK,
    LIVE = RUNNING | CANCELLING | ROLLING,

    S_WAITING = 1 << STEP_WAITING,
    S_OPEN = 1 << STEP_OPEN,
    S_PASSED = 1 << STEP_PASSED,
    S_ENDED = 1 << STEP_ENDED,
    S_ANY = S_WAITING | S_OPEN | S_PASSED | S_ENDED,

    T_WAITING = 1 << TASK_WAITING,
    T_WEIGHED = 1 << TASK_WEIGHED,
    T_HELD = 1 << TASK_HELD,
    T_ACTING = 1 << TASK_ACTING,
    T_PROVING = 1 << TASK_PROVING,
    T_RESTING = 1 << TASK_RESTING,
    T_PENDING = 1 << TASK_PENDING,
    T_LOOKS =
        T_WAITING | T_WEIGHED | T_PROVING | T_RESTING | T_PENDING, /* no call is open, nobody is asked */
};

struct fit {
    int runs;
    int steps; /* 0: the event is no step's */
    int tasks; /* 0: the event is no task's */
};

/* clang-format off */
static const struct fit fits[EVENT_KIND_COUNT] = {
    [EVENT_RUN_STARTED]   = {NEW, 0, 0},
    [EVENT_RUN_CANCELLED] = {RUNNING | ROLLING, 0, 0},
    [EVENT_RUN_ROLLBACK]  = {RUNNING, 0, 0},
    [EVENT_RUN_ENDED]     = {LIVE, 0, 0},
    [EVENT_STEP_OPENED]   = {RUNNING, S_WAITING, 0},
    [EVENT_STEP_PASSED]   = {RUNNING | CANCELLING, S_OPEN, 0},
    [EVENT_STEP_ENDED]    = {RUNNING | CANCELLING, S_WAITING | S_OPEN | S_PASSED, 0},
    [EVENT_TASK_OPENED]   = {LIVE, S_OPEN | S_ENDED, 0},
    [EVENT_TASK_CHECKED]  = {LIVE, S_ANY, T_LOOKS},
    [EVENT_TASK_HELD]     = {LIVE, S_ANY, T_LOOKS},
    [EVENT_TASK_FREED]    = {LIVE, S_ANY, T_HELD},
    [EVENT_TASK_RETRY]    = {LIVE, S_ANY, T_LOOKS},
    [EVENT_TASK_PENDING]  = {LIVE, S_ANY, T_LOOKS},
    [EVENT_TASK_ENDED]    = {LIVE, S_ANY, T_LOOKS | T_HELD},
    [EVENT_CALL_INTENDED] = {RUNNING | ROLLING, S_ANY, T_WEIGHED | T_PROVING},
    [EVENT_CALL_ENDED]    = {LIVE, S_ANY, T_ACTING},
    [EVENT_ASK_OPENED]    = {LIVE, 0, 0},
    [EVENT_ASK_JOINED]    = {LIVE, 0, 0},
    [EVENT_ASK_ANSWERED]  = {LIVE, 0, 0},
    [EVENT_ASK_MOVED]     = {LIVE, 0, 0},
    [EVENT_ASK_CLOSED]    = {LIVE, 0, 0},
    [EVENT_HOLDER_ENDED]  = {LIVE, 0, 0},
    [EVENT_EVIDENCE_BEGUN] = {RUNNING | ROLLING, S_ANY, T_ACTING},
    [EVENT_EVIDENCE_KEPT] = {LIVE, S_ANY, T_ACTING | T_WAITING},
    [EVENT_NOTE]          = {LIVE, 0, 0},
};
/* clang-format on */

static bool in(int set, int state)
{
    return set >> state & 1;
}

static int wrong(const struct event *event, const char *what, struct soar_err *err)
{
    return soar_err_set(err, SOAR_PERMANENT, "%s: %s", event_kind_name(event->kind), what);
}

static bool is_undo(const struct event *event)
{
    return value_is_string(value_get(&event->body, "way"), "undo");
}

static bool is_named(const struct value *body, const char *key, const char *(*name)(int), int count)
{
    for (int i = 0; i < count; i++)
        if (value_is_string(value_get(body, key), name(i)))
            return true;
    return false;
}

static const char *result_of_run(int i)
{
    return run_result_name((enum run_result)i);
}

static const char *result_of_step(int i)
{
    return step_result_name((enum step_result)i);
}

static const char *verdict_of(int i)
{
    return attempt_verdict_name((enum attempt_verdict)i);
}

static const char *pending_of(int i)
{
    return task_pending_name((enum task_pending)i);
}

static const char *outcome_of(int i)
{
    return task_outcome_name((enum task_outcome)i);
}

static bool is_small(const struct value *body, const char *key, int64_t least, int64_t most)
{
    int64_t number = value_get_int(body, key, least);

    return number >= least && number <= most;
}

static bool all_ended(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (run->steps[i].state != STEP_ENDED)
            return false;
    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->state != TASK_ENDED)
            return false;
    return true;
}

static int check_run_ended(const struct run *run, const struct event *event, struct soar_err *err)
{
    if (!is_named(&event->body, "result", result_of_run, RESULT_COUNT))
        return wrong(event, "no such result", err);
    return all_ended(run) ? 0 : wrong(event, "not all of it has ended", err);
}

static int check_targets(const struct event *event, struct soar_err *err)
{
    const struct value *targets = value_get(&event->body, "targets");

    if (!targets || targets->kind != VALUE_LIST || targets->list->count > LIMIT_TARGETS)
        return wrong(event, "no list of targets", err);
    for (size_t i = 0; i < targets->list->count; i++) {
        const struct value *target = &targets->list->items[i];

        if (!*value_get_string(target, "key", "") || !value_get_string(target, "name", NULL))
            return wrong(event, "a target without key or name", err);
    }
    return 0;
}

static int check_step_ended(const struct run_step *step, const struct event *event, struct soar_err *err)
{
    if (!is_named(&event->body, "result", result_of_step, STEP_RESULT_COUNT))
        return wrong(event, "no such result", err);
    if (step->state != STEP_WAITING && !step_all_ended(step))
        return wrong(event, "tasks of the step go on", err);
    return 0;
}

static bool has_provider(const struct pack *pack, const char *name)
{
    for (size_t i = 0; pack && i < pack->provider_count; i++)
        if (strcmp(pack->providers[i].name, name) == 0)
            return true;
    return false;
}

/* To do: in an open step. To undo: in a release's open step, or what was done, in a rollback. */
static bool may_begin(const struct run_step *step, const struct event *event, bool undo)
{
    if (!undo || !step->plan)
        return step->state == STEP_OPEN && undo == step_undoes(step) && step->run->state != RUN_ROLLING_BACK;
    return step->state == STEP_ENDED && step->run->state == RUN_ROLLING_BACK &&
           step_task(step, event->item, event->target, false);
}

/* A task that doesn't say how it ends must have a pack and one of its providers: it is going to be tried. */
static int check_task_opened(const struct run_step *step, const struct event *event, struct soar_err *err)
{
    const struct value *ends = value_get(&event->body, "ends");
    const struct run_about *about = run_about_of(step->run, event);
    const char *provider = value_get_string(&event->body, "provider", "");
    bool undo = is_undo(event);

    if (!*event->target || step_task(step, event->item, event->target, undo))
        return wrong(event, "it has no target, or was opened before", err);
    if (!may_begin(step, event, undo))
        return wrong(event, "it begins where nothing of its kind may begin", err);
    if (ends)
        return is_named(ends, "outcome", outcome_of, OUTCOME_COUNT) ? 0
                                                                    : wrong(event, "no such outcome", err);
    return has_provider(step->plan ? step->pack
                        : about    ? about->pack
                                   : NULL,
                        provider)
               ? 0
               : wrong(event, "no such provider", err);
}

static int check_intended(const struct run_task *task, const struct event *event, struct soar_err *err)
{
    if (task->run->state == RUN_ROLLING_BACK && !task->undo)
        return wrong(event, "the run is rolling back", err);
    if (!is_small(&event->body, "position", 1, LIMIT_CALLS - 1) || !value_get(&event->body, "position"))
        return wrong(event, "no such position", err);
    return has_provider(task->pack, value_get_string(&event->body, "provider", ""))
               ? 0
               : wrong(event, "no such provider", err);
}

static int check_task(const struct run_task *task, const struct event *event, struct soar_err *err)
{
    const struct value *body = &event->body;

    if (!is_small(body, "try", 0, INT_MAX - 1))
        return wrong(event, "no such try", err);
    if (evidence_check(task, event, err))
        return -1;
    if (event->kind == EVENT_CALL_INTENDED)
        return check_intended(task, event, err);
    if (event->kind == EVENT_CALL_ENDED && task->open_position != value_get_int(body, "position", 0))
        return wrong(event, "an answer to a call that was not intended", err);
    if (event->kind == EVENT_TASK_CHECKED &&
        (!is_named(body, "verdict", verdict_of, VERDICT_COUNT) || !task->pack || task->end_known))
        return wrong(event, "no such verdict, or nothing to look at", err);
    if (event->kind == EVENT_TASK_PENDING && !is_named(body, "pending", pending_of, PENDING_COUNT))
        return wrong(event, "nothing it could be waiting for", err);
    if (event->kind == EVENT_TASK_ENDED && !is_named(body, "outcome", outcome_of, OUTCOME_COUNT))
        return wrong(event, "no such outcome", err);
    return 0;
}

static int check_step(const struct run_step *step, const struct event *event, struct soar_err *err)
{
    if (event->kind == EVENT_STEP_OPENED)
        return check_targets(event, err);
    if (event->kind == EVENT_STEP_ENDED)
        return check_step_ended(step, event, err);
    return event->kind == EVENT_TASK_OPENED ? check_task_opened(step, event, err) : 0;
}

/* The deliberate bug of acting without a look must be found by its harm, not here. */
static int states_of(const struct run *run, const struct event *event)
{
    bool never_look = run->input.never_look && event->kind == EVENT_CALL_INTENDED;

    return fits[event->kind].tasks | (never_look ? T_LOOKS : 0);
}

int run_check(const struct run *run, const struct event *event, struct soar_err *err)
{
    const struct fit *fit = &fits[event->kind];
    const char *kind = event_kind_name(event->kind);
    const struct run_step *step = fit->steps ? run_step_find(run, event->step) : NULL;
    const struct run_task *task = step ? step_task(step, event->item, event->target, is_undo(event)) : NULL;

    if (event->n != run->n + 1)
        return soar_err_set(err, SOAR_PERMANENT, "event %lld follows event %lld", (long long)event->n,
                            (long long)run->n);
    if (!in(fit->runs, (int)run->state))
        return soar_err_set(err, SOAR_PERMANENT, "%s can't follow while the run is %s", kind,
                            run_state_name(run->state));
    if (event->kind == EVENT_RUN_ENDED)
        return check_run_ended(run, event, err);
    if (!fit->steps)
        return 0;
    if (!step)
        return soar_err_set(err, SOAR_PERMANENT, "%s of step %s, which the playbook does not have", kind,
                            event->step);
    if (!in(fit->steps, (int)step->state))
        return wrong(event, "the step does not stand there", err);
    if (!fit->tasks)
        return check_step(step, event, err);
    if (!task)
        return soar_err_set(err, SOAR_PERMANENT, "%s of a task that was not opened", kind);
    if (!in(states_of(run, event), (int)task->state))
        return soar_err_set(err, SOAR_PERMANENT, "%s can't follow while the task is %s", kind,
                            task_state_name(task->state));
    return check_task(task, event, err);
}
