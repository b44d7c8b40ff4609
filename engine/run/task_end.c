/* How a try and a task end: another try later, a standing order, a question, or an outcome.
 *
 * A task that had an effect says what was kept and who holds it now; one that couldn't reach its host stays a
 * standing order; one in doubt that no look could decide asks a person. Nothing is dropped. */
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/run/run_parts.h"

static int attempts_of(const struct run_task *task)
{
    const struct playbook_step *plan = task->step->plan;
    const struct pack_provider *provider = &task->pack->providers[task->trial->provider];

    if (plan && plan->retry_given)
        return plan->retry.attempts;
    return provider->phases[PHASE_CHECK].given ? 3 : 1;
}

/* Jitter is a hash of the task and its try: the same after a restart. A fifth of the pause at most. */
static int64_t jitter_ms(const struct run_task *task, int64_t pause_ms, struct arena *arena)
{
    const char *path = run_task_path(task, arena);
    const char *text = arena_printf(arena, "%s/%s/%d", task->run->id, path, task->trial->number);
    uint8_t digest[DIGEST_BYTES];

    digest_sha256(text, strlen(text), digest);
    return pause_ms / 5 * digest[0] / 255;
}

static int64_t pause_ms(const struct run_task *task)
{
    static const struct step_retry usual = {3, BACKOFF_EXPONENTIAL, 2000, 60000};
    const struct step_retry *retry = task->step->plan ? &task->step->plan->retry : &usual;
    int64_t pause = retry->initial_ms;

    for (int i = 0; i < task->failures && i < LIMIT_ATTEMPTS; i++) {
        if (retry->backoff == BACKOFF_EXPONENTIAL)
            pause *= 2;
        else if (retry->backoff == BACKOFF_LINEAR)
            pause += retry->initial_ms;
    }
    return pause < retry->max_ms ? pause : retry->max_ms;
}

/* The service has said when to come again: then, and not before. */
static int64_t asked_ms(const struct run_task *task)
{
    const struct attempt *attempt = task->trial->attempt;

    return attempt ? attempt_result(attempt)->retry_after_ms : 0;
}

#define SHOWN_MS_MAX 60000 /* what may be done twice without harm must not wait for long */

/* A `once` in doubt must not be repeated only because the far side doesn't show yet what it has done: as long
 * as its pack says that takes, a look that says clear would prove nothing. */
static int64_t shown_ms(const struct run_task *task, enum soar_class class)
{
    int64_t lag_ms = task->pack->providers[task->trial->provider].verify_lag_ms;

    if (class != SOAR_UNKNOWN || !task->doubt_position)
        return 0;
    return lag_ms < SHOWN_MS_MAX ? lag_ms : SHOWN_MS_MAX;
}

static int64_t later_ms(int64_t one_ms, int64_t other_ms)
{
    return one_ms > other_ms ? one_ms : other_ms;
}

static const char *why_and_asked(const struct run_task *task, const char *why, struct arena *arena)
{
    BUF_SCOPED span = {0};

    if (asked_ms(task) == 0)
        return why;
    text_duration(&span, asked_ms(task));
    return arena_printf(arena, "%s; asked us to wait %s", why, buf_string(&span));
}

static void retry_later(struct run_task *task, enum soar_class class, const char *why, int64_t now_ms,
                        struct effect_list *effects)
{
    struct value_builder body;
    int64_t pause = pause_ms(task);
    int64_t least = later_ms(later_ms(asked_ms(task), shown_ms(task, class)), pause);

    value_build(&body, effects->arena);
    value_put_text(&body, "try", value_int(task->trial->number));
    value_put_text(&body, "class", value_static(soar_class_name(class)));
    value_put_text(&body, "at", value_int(now_ms + least + jitter_ms(task, pause, effects->arena)));
    value_put_text(&body, "why", value_text(effects->arena, why_and_asked(task, why, effects->arena)));
    effect_task_event(effects, task, EVENT_TASK_RETRY, &body);
    trial_close(task, effects, now_ms);
}

static int64_t pend_pause_ms(const struct run_task *task)
{
    int64_t first = task->run->input.offline_every_ms;
    int64_t pause = first;

    for (int i = 0; i < task->pendings && pause < first * 10; i++)
        pause *= 2;
    return pause < first * 10 ? pause : first * 10;
}

/* Nobody could look for as long as we were to try: a person must say what became of it. */
static void ask_what_became(struct run_task *task, const char *why, int64_t now_ms,
                            struct effect_list *effects)
{
    struct effect *effect = effect_add(effects, EFFECT_ASK, task);
    struct value_builder body;

    value_build(&body, effects->arena);
    value_put_text(&body, "kind", value_static("doubt"));
    value_put_text(&body, "text", value_text(effects->arena, why));
    effect->body = value_end_map(&body);
    trial_close(task, effects, now_ms);
}

void trial_pend(struct run_task *task, enum task_pending pending, const char *why, int64_t now_ms,
                struct effect_list *effects)
{
    int64_t until = task->pending_until_ms ? task->pending_until_ms : now_ms + task->run->input.offline_ms;
    struct value_builder body;

    if (now_ms >= until && pending == PENDING_DOUBT) {
        ask_what_became(task, why, now_ms, effects);
        return;
    }
    if (now_ms >= until) {
        task_end(task, task->wrote ? OUTCOME_PARTIAL : OUTCOME_FAILED,
                 arena_printf(effects->arena, "given up: %s", why), now_ms, effects);
        return;
    }
    int64_t at = now_ms + pend_pause_ms(task);
    int64_t least = now_ms + asked_ms(task);

    at = at < until ? at : until;

    value_build(&body, effects->arena);
    value_put_text(&body, "try", value_int(task->trial->number));
    value_put_text(&body, "pending", value_static(task_pending_name(pending)));
    value_put_text(&body, "at", value_int(at > least ? at : least));
    value_put_text(&body, "until", value_int(until));
    value_put_text(&body, "why", value_text(effects->arena, why_and_asked(task, why, effects->arena)));
    effect_task_event(effects, task, EVENT_TASK_PENDING, &body);
    trial_close(task, effects, now_ms);
}

void trial_fail(struct run_task *task, enum soar_class class, const char *why, int64_t now_ms,
                struct effect_list *effects)
{
    bool again = class == SOAR_TRANSIENT || class == SOAR_UNKNOWN;

    if (task->run->state == RUN_CANCELLING)
        task_end(task, task->intended ? OUTCOME_PARTIAL : OUTCOME_SKIPPED,
                 arena_printf(effects->arena, "stopped by a person; %s", why), now_ms, effects);
    else if (task->run->mode != MODE_REAL)
        task_end(task, OUTCOME_FAILED, why, now_ms, effects);
    else if (again && task->failures + 1 < attempts_of(task))
        retry_later(task, class, why, now_ms, effects);
    else if (again)
        trial_pend(task, task->intended && !task_only_lacks_evidence(task) ? PENDING_DOUBT : PENDING_OFFLINE,
                   why, now_ms, effects);
    else
        task_end(task, task->wrote ? OUTCOME_PARTIAL : OUTCOME_FAILED, why, now_ms, effects);
}

static struct value remains_of(const struct pack_provider *provider, int64_t now_ms, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < provider->remain_count; i++) {
        struct value_builder one;

        value_build(&one, arena);
        value_put_text(&one, "what", value_static(provider->remains[i].what));
        if (provider->remains[i].for_ms)
            value_put_text(&one, "until", value_int(now_ms + provider->remains[i].for_ms));
        value_push(&list, value_end_map(&one));
    }
    return value_end_list(&list);
}

static struct value holder_of(const struct run_task *task, const struct pack_provider *provider,
                              enum task_outcome outcome, int64_t now_ms, struct arena *arena)
{
    const struct playbook_step *plan = task->step->plan;
    bool row = task->trial && task->trial->grant.row;
    struct value_builder holder;

    value_build(&holder, arena);
    trial_name_target(task, &holder);
    value_put_text(&holder, "action", value_static(task->pack->name));
    value_put_text(&holder, "provider", value_static(provider->name));
    value_put_text(&holder, "place", value_static(run_task_place(task)));
    value_put_text(&holder, "name", value_static(task->name));
    value_put_text(&holder, "ours", value_bool(outcome == OUTCOME_CHANGED || row));
    if (*value_get_string(&task->target, "at", "")) /* where to look for him again, also if it wasn't us */
        value_put_text(&holder, "host", task->target);
    value_put_text(&holder, "until", value_int(plan && plan->expires_ms ? now_ms + plan->expires_ms : 0));
    return value_end_map(&holder);
}

/* Runs whose hold ends with this undo: a release names them, a rollback is the run's own. */
static void end_holders(struct run_task *task, const struct pack_provider *provider, const char *why,
                        struct effect_list *effects)
{
    const char *own[] = {task->run->id};
    const char *const *runs = task->about ? task->about->free_runs : own;
    size_t count = task->about ? task->about->free_count : 1;

    for (size_t i = 0; i < count; i++) {
        struct value_builder body;

        value_build(&body, effects->arena);
        trial_name_target(task, &body);
        value_put_text(&body, "action", value_static(task->pack->name));
        value_put_text(&body, "provider", value_static(provider->name));
        value_put_text(&body, "place", value_static(run_task_place(task)));
        value_put_text(&body, "run", value_static(runs[i]));
        value_put_text(&body, "why", value_static(why));
        effect_task_event(effects, task, EVENT_HOLDER_ENDED, &body);
    }
}

/* The ledger's row, by name: of what is free now, or what a recheck has seen in force again. */
static struct value row_of(const struct run_task *task, const struct pack_provider *provider,
                           struct arena *arena)
{
    struct value_builder row;

    value_build(&row, arena);
    trial_name_target(task, &row);
    value_put_text(&row, "action", value_static(task->pack->name));
    value_put_text(&row, "provider", value_static(provider->name));
    value_put_text(&row, "place", value_static(run_task_place(task)));
    return value_end_map(&row);
}

/* What the ledger must know of this end. */
static void tell_ledger(struct run_task *task, enum task_outcome outcome, int64_t now_ms,
                        struct value_builder *body, struct effect_list *effects)
{
    const struct pack_provider *provider =
        task->trial ? &task->pack->providers[task->trial->provider] : run_task_provider(task);
    bool so = outcome == OUTCOME_CHANGED || outcome == OUTCOME_ALREADY;
    bool others = outcome == OUTCOME_SKIPPED && task->trial && task->trial->grant.others;

    if (!provider || task->run->mode != MODE_REAL)
        return;
    if (so && !task->undo)
        value_put_text(body, "remains", remains_of(provider, now_ms, effects->arena));
    if (!task->pack->containment)
        return;
    if (so && task_rechecks(task))
        value_put_text(body, "in_force", row_of(task, provider, effects->arena));
    else if (so && !task->undo)
        value_put_text(body, "holder", holder_of(task, provider, outcome, now_ms, effects->arena));
    if (so && task->undo)
        value_put_text(body, "freed", row_of(task, provider, effects->arena));
    if (task->undo && (so || others)) /* one that was stopped, or looked alone, ends nobody's hold */
        end_holders(task, provider, task->step->plan ? "rolled back" : "released", effects);
}

/* All that the task kept, in whatever phase: later holders find it in the ledger. */
static void put_kept(const struct run_task *task, struct value_builder *body, struct arena *arena)
{
    const struct attempt *attempt = task->trial->attempt;
    struct value kept = value_merge(arena, &task->kept, attempt ? &attempt_result(attempt)->kept : NULL);

    if (value_count(&kept))
        value_put_text(body, "kept", value_copy(arena, &kept));
}

/* `mark`: what is to be known of this end beside its outcome, or NULL. */
static void end(struct run_task *task, enum task_outcome outcome, const char *why, const char *mark,
                int64_t now_ms, struct effect_list *effects)
{
    struct value_builder body;

    value_build(&body, effects->arena);
    if (mark)
        value_put_text(&body, mark, value_bool(true));
    value_put_text(&body, "outcome", value_static(task_outcome_name(outcome)));
    value_put_text(&body, "why", value_text(effects->arena, why ? why : ""));
    if (task->trial) {
        value_put_text(&body, "try", value_int(task->trial->number));
        put_kept(task, &body, effects->arena);
    }
    if (task->pack)
        tell_ledger(task, outcome, now_ms, &body, effects);
    effect_task_event(effects, task, EVENT_TASK_ENDED, &body);
    trial_close(task, effects, now_ms);
}

void task_end(struct run_task *task, enum task_outcome outcome, const char *why, int64_t now_ms,
              struct effect_list *effects)
{
    end(task, outcome, why, NULL, now_ms, effects);
}

void task_end_absent(struct run_task *task, enum task_outcome outcome, const char *why, int64_t now_ms,
                     struct effect_list *effects)
{
    end(task, outcome, why, "absent", now_ms, effects);
}

void task_end_would(struct run_task *task, const char *why, int64_t now_ms, struct effect_list *effects)
{
    end(task, OUTCOME_SKIPPED, why, "would", now_ms, effects);
}

void run_event_unknown(const struct run_task *task, const char *why, struct effect *ret_effect,
                       struct arena *arena)
{
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "try", value_int(task->open_try));
    value_put_text(&body, "position", value_int(task->open_position));
    bool doubt = !task_call_collects(task, task->open_position); /* what only collects can be done again */

    value_put_text(&body, "class", value_static(soar_class_name(doubt ? SOAR_UNKNOWN : SOAR_TRANSIENT)));
    value_put_text(&body, "judged",
                   value_static(pack_judgement_name(doubt ? JUDGED_UNKNOWN : JUDGED_TRANSIENT)));
    value_put_text(&body, "why", value_text(arena, why));
    if (task->undo)
        value_put_text(&body, "way", value_static("undo"));
    *ret_effect = (struct effect){.kind = EFFECT_EVENT,
                                  .event = EVENT_CALL_ENDED,
                                  .step = task->step->name,
                                  .item = task->item,
                                  .target = task->key,
                                  .body = value_end_map(&body)};
}
