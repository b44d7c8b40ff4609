/* What follows from a phase that is over: the next one, another poll, another try, or the task's end.
 *
 * The rule of the house: a try always begins by looking, and what the look says decides; so here is no case
 * for crashes. */
#include <string.h>

#include "engine/run/run_parts.h"

static enum soar_class class_of(enum pack_judgement judgement)
{
    switch (judgement) {
    case JUDGED_TRANSIENT:
        return SOAR_TRANSIENT;
    case JUDGED_UNKNOWN:
        return SOAR_UNKNOWN;
    case JUDGED_DENIED:
        return SOAR_DENIED;
    case JUDGED_ABSENT:
        return SOAR_ABSENT;
    case JUDGED_UNSUPPORTED:
        return SOAR_UNSUPPORTED;
    case JUDGED_DONE:
    case JUDGED_ALREADY:
    case JUDGED_UNDERWAY:
    case JUDGED_PERMANENT:
    case JUDGED_COUNT:
        break;
    }
    return SOAR_PERMANENT;
}

static bool went_well(enum pack_judgement judgement)
{
    return judgement == JUDGED_DONE || judgement == JUDGED_ALREADY || judgement == JUDGED_UNDERWAY;
}

/* Until its first intent a provider may still say absent or unsupported, and the next one is tried; never
 * after. A recheck is of what this one did. */
static bool next_provider(struct run_task *task)
{
    struct soar_err err = {0};
    size_t next;

    if (task->intended || task->undo || task->about ||
        place_choose(task->pack, task->trial->provider + 1, &task->target, task->trial->arena, &next, &err))
        return false;
    task->trial->provider = next;
    return true;
}

/* The lock stays; but whether the ledger has a row, and what it kept, is asked anew for this provider. */
static void ask_grant(struct run_task *task, struct effect_list *effects)
{
    task->trial->stage = TRIAL_LOCK;
    effect_add(effects, EFFECT_GRANT, task);
}

/* One of several places where the target may be known. */
static bool is_at_place(const struct run_task *task)
{
    return !task->undo && !task->about &&
           (place_map(&task->target, "directory") || place_map(&task->target, "host") ||
            place_map(&task->target, "service"));
}

/* Does this one's place not know the target either, or is it at no place that could? */
static bool knows_nothing(const struct run_task *task, const struct run_task *other,
                          const struct effect_list *effects)
{
    const struct value *end = effect_end_of(effects, other);

    if (end)
        return value_get_bool(end, "absent", false);
    return other == task || (other->state == TASK_ENDED && other->absent);
}

/* Not here: it is skipped, but if nobody at all knows him, the last one to say so is refused; or else a step
 * that did nothing would look like one that had nothing to do. */
static void end_absent(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    const char *place = run_task_place(task);
    bool directories = false, services = false, hosts = false;
    size_t first;
    size_t end;

    task_siblings(task, &first, &end);
    for (size_t i = first; i < end; i++) {
        const struct run_task *other = task->run->tasks[i];

        if (!knows_nothing(task, other, effects)) {
            task_end_absent(task, OUTCOME_SKIPPED,
                            arena_printf(effects->arena, "%s does not know %s", place, task->name), now_ms,
                            effects);
            return;
        }
        directories = directories || place_map(&other->target, "directory");
        services = services || place_map(&other->target, "service");
        hosts = hosts || place_map(&other->target, "host");
    }
    task_end_absent(task, OUTCOME_REFUSED,
                    arena_printf(effects->arena, "no %s%s%s%s%s knows %s", directories ? "directory" : "",
                                 directories && services ? " and no " : "", services ? "service" : "",
                                 directories || services ? hosts ? " and no " : "" : "",
                                 hosts ? "host of the alert" : "", task->name),
                    now_ms, effects);
}

/* A look that can't be had ends the task; what it did before, if anything, is not unsaid by that. */
static void look_failed(struct run_task *task, const struct attempt_result *result, int64_t now_ms,
                        struct effect_list *effects)
{
    enum soar_class class = class_of(result->judgement);

    if (!result->refused && (class == SOAR_UNSUPPORTED || class == SOAR_ABSENT) && next_provider(task))
        ask_grant(task, effects);
    else if (!result->refused && class == SOAR_ABSENT && !task->intended && is_at_place(task))
        end_absent(task, now_ms, effects);
    else if (result->refused || class == SOAR_ABSENT)
        task_end(task, task->intended ? OUTCOME_PARTIAL : OUTCOME_REFUSED, result->why, now_ms, effects);
    else if (class == SOAR_UNSUPPORTED)
        task_end(task, task->intended ? OUTCOME_PARTIAL : OUTCOME_UNSUPPORTED, result->why, now_ms, effects);
    else
        trial_fail(task, class, result->why, now_ms, effects);
}

#define MOVES_MAX 3 /* one account, then another, in one try: nothing is to be done to that */

/* He is another than we have the lock of: that one is given back, the right one taken, and then we look
 * again. Never two at once. */
static void look_as(struct run_task *task, const char *row, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;

    if (++trial->moves > MOVES_MAX) {
        trial_fail(task, SOAR_TRANSIENT, "who it is changes from look to look", now_ms, effects);
        return;
    }
    trial->row = row;
    trial->attempt = NULL;
    trial->judging = trial->judged = false;
    trial->stage = TRIAL_LOCK;
    effect_add(effects, EFFECT_UNLOCK, task)->at_ms = now_ms;
    effect_add(effects, EFFECT_LOCK, task);
}

/* A release or recheck is of one account; who bears the name now may be somebody else. */
static bool is_another(const struct run_task *task, const char *row)
{
    return task->about && strcmp(task->about->target, task->key) != 0 &&
           strcmp(task->about->target, row) != 0;
}

static bool find_over(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    const struct attempt_result *result = attempt_result(task->trial->attempt);

    if (result->refused || !went_well(result->judgement)) {
        look_failed(task, result, now_ms, effects);
        return false;
    }
    const char *row = place_row(task, &result->id, task->trial->arena);

    if (is_another(task, row)) {
        task_end(task, task->intended ? OUTCOME_PARTIAL : OUTCOME_REFUSED,
                 arena_printf(effects->arena, "%s in %s is another account now: the one that was %s is gone",
                              task->name, run_task_place(task), task->pack->verb),
                 now_ms, effects);
        return false;
    }
    if (!task->about && strcmp(row, run_task_row(task)) != 0) {
        look_as(task, row, now_ms, effects);
        return false;
    }
    task->trial->stage = TRIAL_CHECK;
    return true;
}

/* task.checked: what the look found. What follows from it is weighed when it was applied. */
static void say_checked(struct run_task *task, enum attempt_verdict verdict, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    const struct attempt_result *result = attempt_result(trial->attempt);
    struct value_builder body;

    value_build(&body, effects->arena);
    value_put_text(&body, "try", value_int(trial->number));
    value_put_text(&body, "verdict", value_static(attempt_verdict_name(verdict)));
    value_put_text(&body, "provider", value_static(task->pack->providers[trial->provider].name));
    if (result->id.kind == VALUE_STRING)
        value_put_text(&body, "id", value_copy(effects->arena, &result->id));
    if (value_count(&result->facts))
        value_put_text(&body, "facts", value_copy(effects->arena, &result->facts));
    if (value_count(&result->kept))
        value_put_text(&body, "kept", value_copy(effects->arena, &result->kept));
    effect_task_event(effects, task, EVENT_TASK_CHECKED, &body);
    trial->stage = TRIAL_WEIGH;
}

static bool check_over(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    const struct attempt_result *result = attempt_result(trial->attempt);
    const struct pack_provider *provider = &task->pack->providers[trial->provider];
    enum attempt_verdict verdict = provider->phases[PHASE_CHECK].given ? result->verdict : VERDICT_CLEAR;

    if (result->refused || !went_well(result->judgement)) {
        look_failed(task, result, now_ms, effects);
        return false;
    }
    say_checked(task, verdict, effects);
    return false;
}

static void weigh_do(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    const struct pack_provider *provider = &task->pack->providers[trial->provider];
    bool prove = task->intended || provider->phases[PHASE_VERIFY].given;
    const char *unsure;
    enum person_verdict person = person_judge(task, trial->arena, &unsure);
    const char *already = trial->grant.holder ? arena_printf(trial->arena, "by %s", trial->grant.holder) : "";

    if (task->verdict == VERDICT_SO && !prove)
        task_end(task, OUTCOME_ALREADY, already, now_ms, effects);
    else if (task->verdict == VERDICT_SO || task->verdict == VERDICT_UNDERWAY)
        trial->stage = TRIAL_VERIFY;
    else if (person == PERSON_WAIT) /* it looks again when the others have looked */
        trial_close(task, effects, now_ms);
    else if (task->run->mode == MODE_DRY && person == PERSON_UNSURE)
        task_end_would(task, arena_printf(trial->arena, RUN_WOULD_BE_HELD "%s: %s", person_rule, unsure),
                       now_ms, effects);
    else if (task->run->mode == MODE_DRY)
        task_end_would(task,
                       trial->verdict.verdict == POLICY_HOLD
                           ? arena_printf(trial->arena, RUN_WOULD_BE_HELD "%s: %s", trial->verdict.rule,
                                          trial->verdict.why)
                           : arena_printf(trial->arena, "would be %s", task->pack->verb),
                       now_ms, effects);
    else if (task->run->state == RUN_CANCELLING)
        task_end(task, task->verdict == VERDICT_CLEAR ? OUTCOME_SKIPPED : OUTCOME_PARTIAL,
                 "stopped by a person", now_ms, effects);
    else
        trial->stage = TRIAL_ACT;
}

static void weigh_undo(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    if (task->verdict == VERDICT_CLEAR)
        task_end(task, task->intended ? OUTCOME_CHANGED : OUTCOME_ALREADY, "", now_ms, effects);
    else if (task->run->mode == MODE_DRY)
        task_end_would(task, "would be undone", now_ms, effects);
    else
        task->trial->stage = TRIAL_ACT;
}

void trial_weigh(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    if (task->undo)
        weigh_undo(task, now_ms, effects);
    else
        weigh_do(task, now_ms, effects);
}

static bool act_over(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    const struct attempt_result *result = attempt_result(trial->attempt);
    const struct pack_provider *provider = &task->pack->providers[trial->provider];
    bool provable = provider->phases[PHASE_CHECK].given || provider->phases[PHASE_VERIFY].given;

    if (!went_well(result->judgement)) {
        trial_fail(task, class_of(result->judgement), result->why, now_ms, effects);
        return false;
    }
    if (task->undo && !task->intended) { /* every call was stepped over: there is nothing to prove */
        task_end(task, OUTCOME_ALREADY, "", now_ms, effects);
        return false;
    }
    if (provable) {
        trial->stage = TRIAL_VERIFY;
        return true;
    }
    task_end(task, result->judgement == JUDGED_ALREADY && !task->wrote ? OUTCOME_ALREADY : OUTCOME_CHANGED,
             task->once_skip ? "perhaps: its answer was lost, and it is not done twice" : "", now_ms,
             effects);
    return false;
}

#define VERIFY_AGAIN_MS 1000 /* while the far side may lag behind what it accepted */

/* It is so; but a call that was lost may still act, and then it isn't: look again when that is over. A fenced
 * pack's scripts do nothing any more once this try has written. */
static bool may_still_act(const struct run_task *task, int64_t now_ms)
{
    const struct trial *trial = task->trial;

    return now_ms <= task->lost_until_ms && !(trial->wrote && task->pack->providers[trial->provider].fenced);
}

static bool verify_over(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    struct trial *trial = task->trial;
    const struct attempt_result *result = attempt_result(trial->attempt);
    const struct pack_provider *provider = &task->pack->providers[trial->provider];
    int64_t since_ms = task->acted_ms ? task->acted_ms : trial->verify_since_ms;
    int64_t every_ms = provider->verify_every_ms ? provider->verify_every_ms : VERIFY_AGAIN_MS;
    enum attempt_verdict wanted = task->undo ? VERDICT_CLEAR : VERDICT_SO;

    if (!went_well(result->judgement)) {
        look_failed(task, result, now_ms, effects);
        return false;
    }
    if (task_rechecks(task) && !task->intended &&
        (result->verdict == VERDICT_CLEAR || result->verdict == VERDICT_PARTLY)) {
        say_checked(task, result->verdict, effects); /* nothing was done that could still be on its way */
        return false;
    }
    if (!since_ms) /* nothing was done by us: the time runs from this first look */
        since_ms = trial->verify_since_ms = now_ms;
    trial->verify_until_ms = since_ms + provider->verify_within_ms;
    if (result->verdict == wanted && may_still_act(task, now_ms)) {
        trial->wake_ms = task->lost_until_ms + 1;
    } else if (result->verdict == wanted) {
        task_end(task, task->intended ? OUTCOME_CHANGED : OUTCOME_ALREADY, "", now_ms, effects);
    } else if (result->verdict == VERDICT_UNDERWAY && now_ms < trial->verify_until_ms) {
        trial->wake_ms = now_ms + every_ms;
    } else if (result->verdict == VERDICT_UNDERWAY) {
        trial_pend(task, PENDING_UNDERWAY, "accepted, not reported back", now_ms, effects);
    } else if (now_ms < since_ms + provider->verify_lag_ms) {
        trial->wake_ms = now_ms + VERIFY_AGAIN_MS;
    } else {
        trial_fail(task, SOAR_TRANSIENT,
                   arena_printf(effects->arena, "it was done, but a look says %s",
                                attempt_verdict_name(result->verdict)),
                   now_ms, effects);
    }
    return false;
}

bool trial_phase_over(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    switch (task->trial->stage) {
    case TRIAL_FIND:
        return find_over(task, now_ms, effects);
    case TRIAL_CHECK:
        return check_over(task, now_ms, effects);
    case TRIAL_ACT:
        return act_over(task, now_ms, effects);
    case TRIAL_VERIFY:
        return verify_over(task, now_ms, effects);
    case TRIAL_LOCK:
    case TRIAL_NAME:
    case TRIAL_WEIGH:
        break;
    }
    return false;
}
