/* What waits for what: steps for steps, tasks for their lane; and what a step and a run have come to.
 *
 * `after`, and the step above where nothing is said, is order; `needs` is a condition, too. A step over the
 * same kind of targets opens in lanes: each of its tasks waits for that target's own task alone. */
#include <stdlib.h>
#include <string.h>

#include "engine/run/run_parts.h"

enum pack_per step_per(const struct run_step *step)
{
    if (step->pack)
        return step->pack->per;
    if (step->plan && step->plan->target_user)
        return PER_USER;
    if (step->plan && (step->plan->os_count || step->plan->targets))
        return PER_HOST;
    return step->plan ? PER_ONCE : PER_HOST;
}

bool step_undoes(const struct run_step *step)
{
    return step->run->input.kind == RUN_RELEASE;
}

bool task_rechecks(const struct run_task *task)
{
    return task->run->input.kind == RUN_RECHECK;
}

static bool fails(enum step_result result)
{
    return result == STEP_FAILED || result == STEP_REFUSED || result == STEP_PARTIAL;
}

static bool stops_others(const struct run_step *step)
{
    return step->plan->on_failure == FAILURE_STOP || step->plan->on_failure == FAILURE_ROLLBACK;
}

/* May `step` open while `before` is still open? Only if it can't need to know what becomes of it. */
static bool runs_in_lanes(const struct run_step *step, const struct run_step *before)
{
    return before->state == STEP_OPEN && step_per(step) == PER_HOST && step_per(before) == PER_HOST &&
           !step->plan->speaks_of_steps && !stops_others(before);
}

static enum step_gate gate_of_order(const struct run_step *step, const struct run_step *before)
{
    if (before->state == STEP_ENDED)
        return GATE_OPEN;
    if (before->state == STEP_PASSED)
        return stops_others(before) ? GATE_WAIT : GATE_OPEN;
    return runs_in_lanes(step, before) ? GATE_OPEN : GATE_WAIT;
}

static enum step_gate gate_of_need(const struct run_step *step, const struct run_step *need,
                                   const char **ret_why)
{
    bool enough = false;

    step_judge(need, &enough);
    if (need->state == STEP_ENDED && !need->enough) {
        if (need->plan->on_failure == FAILURE_CONTINUE && fails(need->result))
            return GATE_OPEN;
        *ret_why = arena_printf(step->run->arena, "it needs step %s, which did not succeed", need->name);
        return GATE_SKIP;
    }
    if (need->state == STEP_ENDED || (need->state == STEP_PASSED && enough))
        return GATE_OPEN;
    return GATE_WAIT;
}

enum step_gate step_gate(const struct run_step *step, const char **ret_why)
{
    struct run *run = step->run;
    enum step_gate gate = GATE_OPEN;

    if (!step->plan)
        return GATE_OPEN;
    for (size_t i = 0; i < step->plan->wait_count; i++) {
        const struct step_wait *wait = &step->plan->waits[i];
        const struct run_step *before = &run->steps[wait->step];
        enum step_gate one =
            wait->must_succeed ? gate_of_need(step, before, ret_why) : gate_of_order(step, before);

        if (one == GATE_SKIP)
            return GATE_SKIP;
        if (one == GATE_WAIT)
            gate = GATE_WAIT;
    }
    return gate;
}

/* The task of an earlier step that this one follows in its lane, or NULL; *ret_step is a step without such a
 * task that must have passed instead. Looks up the chain of order and needs, nearest first. */
static const struct run_task *lane_before(const struct run_task *task, const struct run_step *step,
                                          const struct run_step **ret_step, int depth)
{
    const struct run *run = task->run;
    size_t count = step->plan ? step->plan->wait_count : 0;

    for (size_t i = 0; i < count && depth > 0; i++) {
        const struct run_step *before = &run->steps[step->plan->waits[i].step];
        const struct run_task *same = step_task(before, task->item, task->key, false);

        if (same && same->state != TASK_ENDED)
            return same;
        if (!same && before->state == STEP_OPEN)
            *ret_step = before;
        if (!same) {
            const struct run_task *further = lane_before(task, before, ret_step, depth - 1);

            if (further)
                return further;
        }
    }
    return NULL;
}

bool task_lane_free(const struct run_task *task)
{
    const struct run_step *unpassed = NULL;

    if (task->undo || !task->step->plan)
        return true;
    return !lane_before(task, task->step, &unpassed, LIMIT_STEPS) && !unpassed;
}

bool task_passed(const struct run_task *task)
{
    const struct run_step *unpassed = NULL;
    const struct run_task *before;

    switch (task->state) {
    case TASK_ENDED:
    case TASK_HELD:
    case TASK_PENDING:
        return true;
    case TASK_WAITING:
        before = task->undo || task->trial ? NULL : lane_before(task, task->step, &unpassed, LIMIT_STEPS);
        return before && task_passed(before);
    case TASK_WEIGHED:
    case TASK_ACTING:
    case TASK_PROVING:
    case TASK_RESTING: /* it is tried again in a moment; what is gone for longer is pending */
    case TASK_STATE_COUNT:
        break;
    }
    return false;
}

static bool every_task(const struct run_step *step, bool (*holds)(const struct run_task *))
{
    if (step->task_count < value_count(&step->targets))
        return false;
    for (size_t i = 0; i < step->task_count; i++)
        if (!holds(step->tasks[i]))
            return false;
    return true;
}

static bool has_ended(const struct run_task *task)
{
    return task->state == TASK_ENDED;
}

bool step_all_passed(const struct run_step *step)
{
    return every_task(step, task_passed);
}

bool step_all_ended(const struct run_step *step)
{
    return every_task(step, has_ended);
}

static bool is_enough(const struct run_step *step, size_t done, size_t of)
{
    const struct playbook_step *plan = step->plan;

    if (!plan)
        return done == of;
    switch (plan->enough) {
    case ENOUGH_ANY:
        return done > 0;
    case ENOUGH_ALL:
        return done > 0 && done == of;
    case ENOUGH_NUMBER:
        return done >= (size_t)plan->enough_number;
    case ENOUGH_PERCENT:
        return done > 0 && done * 100 >= of * (size_t)plan->enough_number;
    }
    return false;
}

enum step_result step_judge(const struct run_step *step, bool *ret_enough)
{
    size_t counts[OUTCOME_COUNT + 1] = {0};
    size_t total = 0;
    size_t would = 0;

    for (size_t i = 0; i < step->task_count; i++) {
        const struct run_task *task = step->tasks[i];

        if (task->undo && step->plan)
            continue;
        would += task->would;
        counts[task->state == TASK_ENDED ? task->outcome : OUTCOME_COUNT]++;
        total++;
    }
    size_t done = counts[OUTCOME_CHANGED] + counts[OUTCOME_ALREADY];

    /* a plan goes on as if what would be done went well, so that it shows what comes after */
    *ret_enough = is_enough(step, done + would, total - counts[OUTCOME_SKIPPED] + would);
    if (total == 0 || counts[OUTCOME_SKIPPED] == total)
        return STEP_SKIPPED;
    if (done + counts[OUTCOME_SKIPPED] == total)
        return STEP_SUCCEEDED;
    if (done || counts[OUTCOME_PARTIAL])
        return STEP_PARTIAL;
    if (counts[OUTCOME_FAILED] || counts[OUTCOME_COUNT])
        return STEP_FAILED;
    return counts[OUTCOME_REFUSED] ? STEP_REFUSED : STEP_UNSUPPORTED;
}

static size_t undone(const struct run *run, bool wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < run->task_count; i++) {
        const struct run_task *task = run->tasks[i];
        bool clear = task->outcome == OUTCOME_CHANGED || task->outcome == OUTCOME_ALREADY;

        count += task->undo && clear == wanted;
    }
    return count;
}

/* A release that freed all is completed; what stays, because another run holds it or the host can't be
 * reached, is partial. */
static enum run_result judge_release(const struct run *run)
{
    size_t left = undone(run, false);

    if (left == 0)
        return RESULT_COMPLETED;
    return undone(run, true) || run->steps[0].result == STEP_SKIPPED ? RESULT_PARTIAL : RESULT_FAILED;
}

/* completed: every step succeeded, or was skipped by its `when`. A rollback ends failed, or partial if
 * something is left. */
enum run_result run_judge(const struct run *run)
{
    bool all = true;
    bool some = false;

    if (run->state == RUN_CANCELLING)
        return RESULT_CANCELLED;
    if (run->state == RUN_ROLLING_BACK)
        return undone(run, false) ? RESULT_PARTIAL : RESULT_FAILED;
    if (run->input.kind == RUN_RELEASE)
        return judge_release(run);
    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        bool by_when =
            step->result == STEP_SKIPPED && step->task_count == 0 && !run->stop_why && step->skipped_by_when;
        bool only_skips = step->result == STEP_SKIPPED && step->task_count > 0;

        if (step->result == STEP_SUCCEEDED || step->result == STEP_PARTIAL)
            some = true;
        if (step->result != STEP_SUCCEEDED && !by_when && !only_skips)
            all = false;
    }
    if (all && (some || run->step_count == 0))
        return RESULT_COMPLETED;
    return some ? RESULT_PARTIAL : all ? RESULT_COMPLETED : RESULT_FAILED;
}
