/* One try at one task: lock, guard-rails by name, find, check, weigh, act, verify.
 *
 * All of it is scratch. What must survive a crash is in the events it asks for: task.checked (what the look
 * found), call.intended (before any effect), call.ended. A write is let go only by the loop, when its intent
 * is durable. */
#include <assert.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/run/run_parts.h"

/* The far side's time limit counts whole seconds: a lost call is over this long after its deadline. */
#define LOST_MARGIN_MS 2000

void trial_begin(struct run_task *task, struct effect_list *effects, int64_t now_ms)
{
    struct arena *arena = arena_new();
    struct trial *trial = arena_alloc(arena, sizeof *trial);

    (void)now_ms;
    trial->arena = arena;
    trial->number = task->tries + 1;
    trial->provider = task->provider;
    trial->stage = TRIAL_LOCK;
    task->trial = trial;
    task->step->trial_count++;
    effect_add(effects, EFFECT_LOCK, task);
}

/* Gives back worker and lock. A call that was lost may still act on the target until its deadline: so long
 * the lock stays. */
void trial_close(struct run_task *task, struct effect_list *effects, int64_t now_ms)
{
    struct trial *trial = task->trial;

    if (!trial)
        return;
    effect_add(effects, EFFECT_CLOSE, task);
    effect_add(effects, EFFECT_UNLOCK, task)->at_ms =
        trial->lost ? trial->call_deadline_ms + LOST_MARGIN_MS : now_ms;
    trial_free(task);
}

void trial_free(struct run_task *task)
{
    arena_free(task->trial->arena);
    task->trial = NULL;
    task->step->trial_count--;
}

static const struct pack_provider *provider_of(const struct run_task *task)
{
    return &task->pack->providers[task->trial->provider];
}

void trial_attempt_again(struct run_task *task)
{
    struct trial *trial = task->trial;
    struct arena *arena = trial->arena;
    struct attempt_at at = place_at(&task->target, provider_of(task));
    struct attempt_input input = {
        .pack = task->pack,
        .provider = provider_of(task),
        .with = task->args,
        .target = task->target,
        .directory = at.directory ? *at.directory : value_null(),
        .service = at.service ? *at.service : value_null(),
        .host = at.host ? *at.host : value_null(),
        .run_id = task->run->id,
        .task_id = arena_printf(arena, "%s/%s/%d", task->run->id, run_task_path(task, arena), trial->number),
        .prior = trial->grant.row ? trial->grant.prior : task->prior,
        .kept = value_merge(arena, &trial->grant.kept, &task->kept),
        .once_done = task->once_done,
        .once_skip = task->once_skip,
    };

    trial->attempt = attempt_new(arena, &input);
    if (task->found_id.kind == VALUE_STRING)
        attempt_set_found(trial->attempt, &task->found_id, &task->facts);
    trial->begun = false;
}

void run_locked(struct run_task *task, const struct run_grant *grant, int64_t now_ms)
{
    struct trial *trial = task->trial;
    int64_t timeout_ms = task->step->plan ? task->step->plan->timeout_ms : 0;

    assert(trial && trial->stage == TRIAL_LOCK);
    trial->grant = *grant;
    trial->grant.prior = value_copy(trial->arena, &grant->prior);
    trial->grant.kept = value_copy(trial->arena, &grant->kept);
    trial->grant.others = grant->others ? arena_string(trial->arena, grant->others) : NULL;
    trial->grant.holder = grant->holder ? arena_string(trial->arena, grant->holder) : NULL;
    trial->deadline_ms = now_ms + (timeout_ms ? timeout_ms : provider_of(task)->timeout_ms);
    trial->stage = TRIAL_NAME;
}

void run_judged(struct run_task *task, const struct policy_answer *answer)
{
    struct trial *trial = task->trial;

    assert(trial && trial->judging);
    trial->judged = true;
    trial->verdict = *answer;
    trial->verdict.rule = arena_string(trial->arena, answer->rule);
    trial->verdict.why = arena_string(trial->arena, answer->why);
    trial->verdict.budget = answer->budget ? arena_string(trial->arena, answer->budget) : NULL;
    trial->verdict.source_budget =
        answer->source_budget ? arena_string(trial->arena, answer->source_budget) : NULL;
}

void run_heard(struct run_task *task, int64_t number, const struct soar_answer *answer, int64_t now_ms)
{
    struct trial *trial = task->trial;

    (void)now_ms;
    if (!trial || trial->call_number != number || trial->heard)
        return; /* of a try that is over */
    trial->heard = true;
    trial->answer =
        (struct soar_answer){.number = answer->number,
                             .class = answer->class,
                             .result = arena_string(trial->arena, answer->result ? answer->result : "null"),
                             .why = arena_string(trial->arena, answer->why ? answer->why : "")};
}

static const char *judged_class(enum pack_judgement judgement)
{
    switch (judgement) {
    case JUDGED_DONE:
    case JUDGED_ALREADY:
    case JUDGED_UNDERWAY:
        return "done";
    case JUDGED_ABSENT:
        return "absent";
    case JUDGED_UNSUPPORTED:
        return "unsupported";
    case JUDGED_DENIED:
        return "denied";
    case JUDGED_TRANSIENT:
        return "transient";
    case JUDGED_PERMANENT:
        return "permanent";
    case JUDGED_UNKNOWN:
    case JUDGED_COUNT:
        break;
    }
    return "unknown";
}

void trial_name_target(const struct run_task *task, struct value_builder *row)
{
    const char *target = run_task_row(task);

    if (strcmp(target, task->key) != 0)
        value_put_text(row, "target", value_text(row->arena, target));
}

static void name_row(const struct run_task *task, struct value_builder *row)
{
    trial_name_target(task, row);
    value_put_text(row, "action", value_static(task->pack->name));
    value_put_text(row, "provider", value_static(provider_of(task)->name));
    value_put_text(row, "place", value_static(run_task_place(task)));
}

static struct value row_name(const struct run_task *task, struct arena *arena)
{
    struct value_builder row;

    value_build(&row, arena);
    name_row(task, &row);
    return value_end_map(&row);
}

/* Judges the answer; for a write that is an event, and the caller must stop so that it is applied first. */
static bool take_answer(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    struct value kept = value_null();
    const char *why = "";
    struct value_builder body;
    enum pack_judgement judgement = attempt_answer(trial->attempt, &trial->answer, now_ms, &kept, &why);
    bool write = trial->call.function->class == FUNCTION_WRITE;

    trial->heard = false;
    trial->call_number = 0;
    if (!write)
        return false;
    trial->lost = judgement == JUDGED_UNKNOWN;
    value_build(&body, effects->arena);
    value_put_text(&body, "try", value_int(trial->number));
    value_put_text(&body, "position", value_int(trial->call.position));
    value_put_text(&body, "class", value_static(judged_class(judgement)));
    value_put_text(&body, "judged", value_static(pack_judgement_name(judgement)));
    if (value_count(&kept)) {
        value_put_text(&body, "kept", value_copy(effects->arena, &kept));
        if (task->pack->containment && !task->undo) /* the ledger keeps it, too, however the task ends */
            value_put_text(&body, "containment", row_name(task, effects->arena));
    }
    if (why && *why)
        value_put_text(&body, "why", value_text(effects->arena, why));
    effect_task_event(effects, task, EVENT_CALL_ENDED, &body);
    return true;
}

static enum pack_phase phase_of(const struct run_task *task)
{
    switch (task->trial->stage) {
    case TRIAL_FIND:
        return PHASE_FIND;
    case TRIAL_CHECK:
        return PHASE_CHECK;
    case TRIAL_ACT:
        return task->undo ? PHASE_REVERT : PHASE_APPLY;
    case TRIAL_VERIFY:
        return task->undo ? PHASE_CHECK : PHASE_VERIFY;
    case TRIAL_LOCK:
    case TRIAL_NAME:
    case TRIAL_WEIGH:
        break;
    }
    assert(!"this stage has no phase");
    return PHASE_COUNT;
}

static void send_call(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    struct effect *effect = effect_add(effects, EFFECT_CALL, task);
    int64_t deadline_ms = now_ms + trial->call.deadline_ms;

    trial->call_number = ++task->run->calls;
    trial->call_deadline_ms =
        deadline_ms < trial->deadline_ms || trial->verify_until_ms ? deadline_ms : trial->deadline_ms;
    effect->call = trial->call;
    effect->target = arena_printf(effects->arena, "%s/%s/%s/%d", task->pack->name, provider_of(task)->name,
                                  pack_phase_name(phase_of(task)), trial->call.position);
    effect->number = trial->call_number;
    effect->at_ms = trial->call_deadline_ms;
}

/* What the ledger's row will say: the containment as this intent makes it. */
static struct value containment_of(const struct run_task *task, struct arena *arena)
{
    struct value_builder row;

    value_build(&row, arena);
    name_row(task, &row);
    value_put_text(&row, "name", value_static(task->name));
    value_put_text(&row, "pack", value_static(task->pack->digest));
    value_put_text(&row, "args", task->args);
    value_put_text(&row, "host", task->target);
    if (task_rechecks(task))
        value_put_text(&row, "put_back", value_bool(true));
    return value_end_map(&row);
}

/* All budgets it counts against: one is a text, as it always was. */
static void put_spend(struct value_builder *body, const struct policy_answer *verdict, struct arena *arena)
{
    const char *names[] = {verdict->budget, verdict->source_budget};
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i])
            value_push(&list, value_text(arena, names[i]));
    struct value all = value_end_list(&list);

    if (value_count(&all) == 1)
        value_put_text(body, "spend", *value_at(&all, 0));
    else if (value_count(&all) > 1)
        value_put_text(body, "spend", all);
}

#define INTENT_ARGS_MAX 8192 /* rendered arguments beyond this are journaled by digest alone */

static void intend(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    struct arena *arena = effects->arena;
    const struct attempt_result *found = attempt_result(trial->attempt);
    char *args = json_text(arena, &trial->call.args);
    char digest[DIGEST_HEX];
    struct value_builder body;

    digest_sha256_hex(args, strlen(args), digest);
    value_build(&body, arena);
    value_put_text(&body, "try", value_int(trial->number));
    value_put_text(&body, "position", value_int(trial->call.position));
    value_put_text(&body, "function", value_static(trial->call.function->name));
    value_put_text(&body, "provider", value_static(provider_of(task)->name));
    value_put_text(&body, "action", value_static(task->pack->name));
    value_put_text(&body, "digest", value_text(arena, digest));
    if (strlen(args) <= INTENT_ARGS_MAX)
        value_put_text(&body, "args", value_copy(arena, &trial->call.args));
    value_put_text(&body, "until", value_int(now_ms + trial->call.deadline_ms + LOST_MARGIN_MS));
    put_spend(&body, &trial->verdict, arena);
    if (task->pack->containment && !task->undo) {
        value_put_text(&body, "containment", containment_of(task, arena));
        if (!trial->grant.row && task->prior.kind == VALUE_NULL)
            value_put_text(&body, "prior", value_copy(arena, &found->prior));
    } else if (task->pack->containment) { /* from here on it is in force perhaps */
        value_put_text(&body, "undoes", row_name(task, arena));
    }
    trial->wrote = true;
    effect_task_event(effects, task, EVENT_CALL_INTENDED, &body);
    send_call(task, now_ms, effects);
}

static void hold(struct run_task *task, struct effect_list *effects)
{
    struct effect *effect = effect_add(effects, EFFECT_ASK, task);
    struct value_builder body;

    value_build(&body, effects->arena);
    value_put_text(&body, "kind", value_static("hold"));
    value_put_text(&body, "rule", value_text(effects->arena, task->trial->verdict.rule));
    value_put_text(&body, "text", value_text(effects->arena, task->trial->verdict.why));
    effect->body = value_end_map(&body);
}

/* Which rule says no stands in front: people must know whether anybody could override it. */
static void end_refused(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    const struct policy_answer *verdict = &task->trial->verdict;

    task_end(task, OUTCOME_REFUSED,
             arena_printf(task->trial->arena, "by %s: %s", verdict->rule, verdict->why), now_ms, effects);
}

/* The guard-rails let it be done to this account; now, is it the right person's? */
static void take_allowed(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    const char *why;
    enum person_verdict person = person_judge(task, trial->arena, &why);

    if (person == PERSON_WAIT) {
        trial_close(task, effects, now_ms);
        return;
    }
    if (person == PERSON_UNSURE) {
        trial->verdict.rule = person_rule;
        trial->verdict.why = why;
        hold(task, effects);
        trial_close(task, effects, now_ms);
        return;
    }
    trial->allowed = true;
    intend(task, now_ms, effects);
}

/* The guard-rails' answer to a write that waits for it. */
static void take_verdict(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;

    trial->judging = false;
    trial->call_waits = false;
    switch (trial->verdict.verdict) {
    case POLICY_ALLOW:
        take_allowed(task, now_ms, effects);
        break;
    case POLICY_HOLD:
        hold(task, effects);
        trial_close(task, effects, now_ms);
        break;
    case POLICY_REFUSE:
        end_refused(task, now_ms, effects);
        break;
    }
}

static void ask_judgement(struct run_task *task, struct effect_list *effects)
{
    task->trial->judging = true;
    task->trial->judged = false;
    effect_add(effects, EFFECT_JUDGE, task);
}

/* By name, before the first call: what may never be touched is refused before anybody speaks to it. What we
 * contained is looked at all the same: whether it is put back is asked when that is to be done. */
static void judge_name(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    bool plan = task->run->mode == MODE_PLAN;

    if (!trial->judging) {
        ask_judgement(task, effects);
        return;
    }
    if (!trial->judged)
        return;
    trial->judging = false;
    if (trial->grant.barred) {
        task_end(task, OUTCOME_REFUSED, "it was released meanwhile", now_ms, effects);
    } else if (task_rechecks(task) && !trial->grant.row) {
        task_end(task, OUTCOME_SKIPPED, "nobody holds it any more", now_ms, effects);
    } else if (task->undo && trial->grant.others) {
        task_end(task, OUTCOME_SKIPPED, arena_printf(trial->arena, "%s holds it, too", trial->grant.others),
                 now_ms, effects);
    } else if (trial->verdict.verdict == POLICY_REFUSE && !task->undo && !task_rechecks(task)) {
        end_refused(task, now_ms, effects);
    } else if (plan) {
        task_end_would(task,
                       trial->verdict.verdict == POLICY_HOLD
                           ? arena_printf(trial->arena, RUN_WOULD_BE_HELD "%s: %s", trial->verdict.rule,
                                          trial->verdict.why)
                           : "not asked",
                       now_ms, effects);
    } else {
        trial_attempt_again(task);
        trial->stage = task->run->input.never_look ? TRIAL_ACT : TRIAL_FIND;
    }
}

/* One move within a phase. True: go on at once; false: wait for an answer, a time, or for events to be
 * applied. */
static bool walk(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    int64_t at_ms = 0;

    if (trial->call_number && !trial->heard)
        return false;
    if (trial->call_number && take_answer(task, now_ms, effects))
        return false;
    if (trial->call_waits) {
        if (trial->judged)
            take_verdict(task, now_ms, effects);
        return false;
    }
    if (trial->wake_ms > now_ms)
        return false;
    trial->wake_ms = 0;
    if (!trial->begun) {
        trial->begun = true;
        attempt_begin(trial->attempt, phase_of(task), now_ms);
    }
    switch (attempt_next(trial->attempt, now_ms, &trial->call, &at_ms)) {
    case ATTEMPT_WAIT:
        trial->wake_ms = at_ms;
        return false;
    case ATTEMPT_ENDED:
        trial->begun = false;
        return trial_phase_over(task, now_ms, effects);
    case ATTEMPT_CALL:
        break;
    }
    if (!trial->verify_until_ms && now_ms >= trial->deadline_ms)
        trial_fail(task, SOAR_TRANSIENT, "the try took longer than its timeout", now_ms, effects);
    else if (trial->call.function->class == FUNCTION_READ)
        send_call(task, now_ms, effects);
    else if (task->run->state == RUN_CANCELLING)
        task_end(task, task->intended ? OUTCOME_PARTIAL : OUTCOME_SKIPPED, "stopped by a person", now_ms,
                 effects);
    else if (task->barred)
        task_end(task, task->intended ? OUTCOME_PARTIAL : OUTCOME_REFUSED, "it was released meanwhile",
                 now_ms, effects);
    else if (trial->allowed)
        intend(task, now_ms, effects);
    else {
        trial->call_waits = true;
        ask_judgement(task, effects);
    }
    return false;
}

void trial_next(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    for (int moves = 0; task->trial && moves < 100; moves++) {
        switch (task->trial->stage) {
        case TRIAL_LOCK:
            return;
        case TRIAL_NAME:
            judge_name(task, now_ms, effects);
            if (task->trial && task->trial->stage == TRIAL_NAME)
                return;
            break;
        case TRIAL_WEIGH:
            trial_weigh(task, now_ms, effects);
            break;
        case TRIAL_FIND:
        case TRIAL_CHECK:
        case TRIAL_ACT:
        case TRIAL_VERIFY:
            if (!walk(task, now_ms, effects))
                return;
            break;
        }
    }
}
