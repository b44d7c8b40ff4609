/* What an event means: the fold. One table from kind to function; nothing here decides what comes next.
 *
 * Live and on restart the same code runs, so a run on disk and a run in memory can't differ. An event that
 * doesn't fit the run's state is a bug of ours or a forged journal: assert, for a wrong isolation is worse
 * than a restart. */
#include <assert.h>
#include <string.h>

#include "engine/run/run_parts.h"

static struct run_step *step_of(struct run *run, const struct event *event)
{
    struct run_step *step = run_step_find(run, event->step);

    assert(step && "an event names a step that the playbook does not have");
    return step;
}

static struct run_task *task_of(struct run *run, const struct event *event)
{
    bool undo = strcmp(value_get_string(&event->body, "way", "do"), "undo") == 0;
    struct run_task *task = run_task_find(run, event->step, event->item, event->target, undo);

    assert(task && "an event names a task that was not opened");
    int number = (int)value_get_int(&event->body, "try", 0);

    task->changed_n = event->n;
    if (number > task->tries)
        task->tries = number;
    const char *why = value_get_string(&event->body, "why", NULL);

    if (why)
        task->why = arena_string(run->arena, why);
    return task;
}

static struct value keep(struct run *run, const struct event *event, const char *name)
{
    const struct value *value = value_get(&event->body, name);

    return value ? value_copy(run->arena, value) : value_null();
}

static void merge_kept(struct run_task *task, const struct event *event)
{
    const struct value *kept = value_get(&event->body, "kept");

    if (!kept || kept->kind != VALUE_MAP || kept->map->count == 0)
        return;
    struct value copy = value_copy(task->run->arena, kept);

    task->kept = value_merge(task->run->arena, &task->kept, &copy);
}

static void run_started(struct run *run, const struct event *event)
{
    const char *mode = value_get_string(&event->body, "mode", "real");

    run->state = RUN_RUNNING;
    run->started_ms = event->at_ms;
    run->started = value_copy(run->arena, &event->body);
    run->mode = strcmp(mode, "dry") == 0 ? MODE_DRY : strcmp(mode, "plan") == 0 ? MODE_PLAN : MODE_REAL;
    run->vars = keep(run, event, "vars");
    run->alert = keep(run, event, "alert");
    run->only = keep(run, event, "only");
}

static void run_cancelled(struct run *run, const struct event *event)
{
    (void)event;
    run->state = RUN_CANCELLING; /* out of a rollback, too: no new undo begins */
    run->stop_why = "stopped by a person";
}

static void run_rollback(struct run *run, const struct event *event)
{
    (void)event;
    run->state = RUN_ROLLING_BACK;
    run->stop_why = "rolled back";
}

static void run_ended(struct run *run, const struct event *event)
{
    const char *result = value_get_string(&event->body, "result", "");

    run->state = RUN_ENDED;
    run->ended_ms = event->at_ms;
    for (int i = 0; i < RESULT_COUNT; i++)
        if (strcmp(run_result_name((enum run_result)i), result) == 0)
            run->result = (enum run_result)i;
}

static void step_opened(struct run *run, const struct event *event)
{
    struct run_step *step = step_of(run, event);

    step->state = STEP_OPEN;
    step->opened_ms = event->at_ms;
    step->targets = keep(run, event, "targets");
}

static void step_passed(struct run *run, const struct event *event)
{
    step_of(run, event)->state = STEP_PASSED;
}

static void step_ended(struct run *run, const struct event *event)
{
    struct run_step *step = step_of(run, event);
    const char *result = value_get_string(&event->body, "result", "");

    step->state = STEP_ENDED;
    step->ended_ms = event->at_ms;
    step->enough = value_get_bool(&event->body, "enough", false);
    step->skipped_by_when = value_get_bool(&event->body, "by_when", false);
    step->why = arena_string(run->arena, value_get_string(&event->body, "why", ""));
    for (int i = 0; i < STEP_RESULT_COUNT; i++)
        if (strcmp(step_result_name((enum step_result)i), result) == 0)
            step->result = (enum step_result)i;
    bool stops =
        step->plan && (step->plan->on_failure == FAILURE_STOP || step->plan->on_failure == FAILURE_ROLLBACK);
    bool failed = step->result == STEP_FAILED || step->result == STEP_REFUSED || step->result == STEP_PARTIAL;

    if (stops && failed && !step->enough && !run->stop_why)
        run->stop_why = arena_printf(run->arena, "step %s failed, and it says to stop", step->name);
}

static void set_provider(struct run_task *task, const char *name)
{
    for (size_t i = 0; name && task->pack && i < task->pack->provider_count; i++)
        if (strcmp(task->pack->providers[i].name, name) == 0) {
            task->provider = i;
            task->provider_set = true;
        }
}

/* JSON has no durations: what was journaled is typed again by the pack, live and on restart alike. */
static struct value typed_args(const struct run_task *task, const struct event *event)
{
    struct value given = keep(task->run, event, "args");
    struct value args;

    if (!task->pack || given.kind != VALUE_MAP ||
        pack_arguments(task->pack, &given, task->run->arena, &args, NULL))
        return given;
    return args;
}

const struct run_about *run_about_of(const struct run *run, const struct event *opened)
{
    const struct value *body = &opened->body;

    for (size_t i = 0; i < run->input.about_count; i++) {
        const struct run_about *about = &run->input.about[i];

        if (strcmp(about_key(about), opened->target) == 0 &&
            strcmp(value_get_string(value_get(body, "target"), "row", about->target), about->target) == 0 &&
            value_is_string(value_get(body, "action"), about->action) &&
            value_is_string(value_get(body, "provider"), about->provider) &&
            value_is_string(value_get(body, "place"), about->place))
            return about;
    }
    return NULL;
}

static void task_opened(struct run *run, const struct event *event)
{
    bool undo = strcmp(value_get_string(&event->body, "way", "do"), "undo") == 0;
    struct run_task *task = task_add(step_of(run, event), event->target, event->item, undo);
    const struct value *target = value_get(&event->body, "target");

    task->changed_n = event->n;
    task->opened_ms = event->at_ms;
    task->name = arena_string(run->arena, value_get_string(&event->body, "name", event->target));
    task->place = arena_string(run->arena, value_get_string(&event->body, "place", ""));
    task->target = target ? value_copy(run->arena, target) : value_null();
    const struct run_about *about = run_about_of(run, event);

    if (about) /* a release: the pack as the holder's run pinned it */
        task->pack = about->pack;
    task->about = about;
    set_provider(task, value_get_string(&event->body, "provider", NULL));
    task->args = typed_args(task, event);
    const struct value *ends = value_get(&event->body, "ends");

    if (ends) {
        task->end_known = true;
        task->outcome = task_outcome_parse(value_get_string(ends, "outcome", "failed"));
        task->why = arena_string(run->arena, value_get_string(ends, "why", ""));
    }
}

static void task_checked(struct run *run, const struct event *event)
{
    struct run_task *task = task_of(run, event);
    const char *verdict = value_get_string(&event->body, "verdict", "");

    task->state = TASK_WEIGHED;
    task->pending = PENDING_NONE;
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(attempt_verdict_name((enum attempt_verdict)i), verdict) == 0)
            task->verdict = (enum attempt_verdict)i;
    set_provider(task, value_get_string(&event->body, "provider", NULL));
    task->found_id = keep(run, event, "id");
    task->facts = keep(run, event, "facts");
    if (task->found_id.kind == VALUE_STRING && !task->about)
        task->row = place_row(task, &task->found_id, run->arena);
    merge_kept(task, event);
    if (task->verdict != VERDICT_UNDERWAY)
        task->in_doubt = false;
}

static void task_held(struct run *run, const struct event *event)
{
    struct run_task *task = task_of(run, event);

    task->state = TASK_HELD;
    task->ask = arena_string(run->arena, value_get_string(&event->body, "ask", ""));
    task->held_by = arena_string(run->arena, value_get_string(&event->body, "rule", ""));
}

static const struct run_freed *freed_add(struct arena *arena, const struct run_freed *before,
                                         const char *rule)
{
    struct run_freed *freed = arena_alloc(arena, sizeof *freed);

    *freed = (struct run_freed){.rule = rule, .next = before};
    return freed;
}

bool run_task_freed(const struct run_task *task, const char *rule)
{
    for (const struct run_freed *freed = task->freed; freed; freed = freed->next)
        if (!*freed->rule || strcmp(freed->rule, rule) == 0)
            return true;
    return false;
}

/* yes, no: of a hold. done, again, not: of a doubt. void: nobody answered, and what held it is gone. */
static void task_freed(struct run *run, const struct event *event)
{
    struct run_task *task = task_of(run, event);
    const char *result = value_get_string(&event->body, "result", "no");
    uint64_t bit = task->doubt_position ? UINT64_C(1) << (task->doubt_position & 63) : 0;

    task->state = TASK_WAITING;
    task->ask = NULL;
    if (strcmp(result, "yes") == 0 && task->held_by && !run_task_freed(task, task->held_by))
        task->freed = freed_add(run->arena, task->freed, task->held_by);
    task->denied = strcmp(result, "no") == 0 || strcmp(result, "not") == 0;
    task->again = strcmp(result, "again") == 0;
    task->said_done = strcmp(result, "done") == 0 && !bit;
    task->pending_until_ms = 0;
    if (strcmp(result, "done") == 0)
        task->once_skip |= bit;
    if (strcmp(result, "yes") != 0 && strcmp(result, "void") != 0)
        task->doubt_position = 0;
}

static void task_retry(struct run *run, const struct event *event)
{
    struct run_task *task = task_of(run, event);

    task->state = TASK_RESTING;
    task->failures++;
    task->due_ms = value_get_int(&event->body, "at", event->at_ms);
}

static void task_pending(struct run *run, const struct event *event)
{
    struct run_task *task = task_of(run, event);
    const char *pending = value_get_string(&event->body, "pending", "");

    task->state = TASK_PENDING;
    task->pendings++;
    task->due_ms = value_get_int(&event->body, "at", event->at_ms);
    task->pending_until_ms = value_get_int(&event->body, "until", 0);
    for (int i = 0; i < PENDING_COUNT; i++)
        if (strcmp(task_pending_name((enum task_pending)i), pending) == 0)
            task->pending = (enum task_pending)i;
}

static void task_ended(struct run *run, const struct event *event)
{
    struct run_task *task = task_of(run, event);

    task->state = TASK_ENDED;
    task->pending = PENDING_NONE;
    task->ended_ms = event->at_ms;
    task->outcome = task_outcome_parse(value_get_string(&event->body, "outcome", ""));
    task->absent = value_get_bool(&event->body, "absent", false);
    task->would = value_get_bool(&event->body, "would", false);
    task->holder = keep(run, event, "holder");
    merge_kept(task, event);
    assert(task->outcome != OUTCOME_COUNT);
}

static void call_intended(struct run *run, const struct event *event)
{
    struct run_task *task = task_of(run, event);

    task->state = TASK_ACTING;
    task->intended = true;
    task->again = false;
    task->open_position = (int)value_get_int(&event->body, "position", 0);
    task->open_try = (int)value_get_int(&event->body, "try", 0);
    task->open_deadline_ms = value_get_int(&event->body, "until", event->at_ms);
    if (task->prior.kind == VALUE_NULL)
        task->prior = keep(run, event, "prior");
    set_provider(task, value_get_string(&event->body, "provider", NULL));
}

static bool call_is_once(const struct run_task *task, int position, enum pack_doubt *ret_doubt)
{
    const struct pack_provider *provider = run_task_provider(task);
    const struct pack_steps *steps =
        provider ? &provider->phases[task->undo ? PHASE_REVERT : PHASE_APPLY] : NULL;
    bool checked = provider && provider->phases[PHASE_CHECK].given;

    for (size_t i = 0; steps && i < steps->count; i++)
        if (steps->items[i].position == position) {
            *ret_doubt = checked ? steps->items[i].in_doubt : provider->in_doubt;
            return steps->items[i].once || !checked;
        }
    return false;
}

static void call_ended(struct run *run, const struct event *event)
{
    struct run_task *task = task_of(run, event);
    const char *class = value_get_string(&event->body, "class", "");
    int position = (int)value_get_int(&event->body, "position", 0);
    enum pack_doubt doubt = DOUBT_ASK;
    bool once = call_is_once(task, position, &doubt);

    assert(task->open_position == position && "an answer to a call that was not intended");
    task->open_position = 0;
    merge_kept(task, event);
    task->state = TASK_WAITING;
    if (strcmp(class, "done") == 0) {
        task->state = TASK_PROVING;
        task->wrote = true;
        task->acted_ms = event->at_ms;
        if (once)
            task->once_done |= UINT64_C(1) << (position & 63);
    } else if (strcmp(class, "unknown") == 0) {
        task->in_doubt = true;
        task->lost_until_ms = task->open_deadline_ms;
        if (once && doubt == DOUBT_SKIP)
            task->once_skip |= UINT64_C(1) << (position & 63);
        else if (once)
            task->doubt_position = position;
    }
}

static void evidence(struct run *run, const struct event *event)
{
    (event->kind == EVENT_EVIDENCE_BEGUN ? evidence_begun : evidence_kept)(task_of(run, event), event);
}

static void nothing(struct run *run, const struct event *event)
{
    (void)run;
    (void)event;
}

typedef void (*apply_fn)(struct run *run, const struct event *event);

static const apply_fn appliers[EVENT_KIND_COUNT] = {
    [EVENT_RUN_STARTED] = run_started,
    [EVENT_RUN_CANCELLED] = run_cancelled,
    [EVENT_RUN_ROLLBACK] = run_rollback,
    [EVENT_RUN_ENDED] = run_ended,
    [EVENT_STEP_OPENED] = step_opened,
    [EVENT_STEP_PASSED] = step_passed,
    [EVENT_STEP_ENDED] = step_ended,
    [EVENT_TASK_OPENED] = task_opened,
    [EVENT_TASK_CHECKED] = task_checked,
    [EVENT_TASK_HELD] = task_held,
    [EVENT_TASK_FREED] = task_freed,
    [EVENT_TASK_RETRY] = task_retry,
    [EVENT_TASK_PENDING] = task_pending,
    [EVENT_TASK_ENDED] = task_ended,
    [EVENT_CALL_INTENDED] = call_intended,
    [EVENT_CALL_ENDED] = call_ended,
    [EVENT_ASK_OPENED] = nothing,
    [EVENT_ASK_ANSWERED] = nothing,
    [EVENT_ASK_CLOSED] = nothing,
    [EVENT_HOLDER_ENDED] = nothing,
    [EVENT_EVIDENCE_BEGUN] = evidence,
    [EVENT_EVIDENCE_KEPT] = evidence,
    [EVENT_NOTE] = nothing,
    [EVENT_ASK_JOINED] = nothing,
    [EVENT_ASK_MOVED] = nothing,
};

void run_apply(struct run *run, const struct event *event)
{
    assert(event->n == run->n + 1 && "events of a run come without gaps");
    assert(run->state != RUN_ENDED && "no event follows run.ended");
    assert((run->state == RUN_NEW) == (event->kind == EVENT_RUN_STARTED));
    assert(appliers[event->kind] && "an event of another stream");
    appliers[event->kind](run, event);
    run->n = event->n;
}
