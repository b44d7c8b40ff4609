/* The fold of a run, turned into a value. It reads the run's fields and its run.started; it decides nothing
 * but which command a person would want next, and it changes nothing. */
#include "engine/report/report_run.h"

#include <string.h>

#include "engine/report/report_evidence.h"
#include "engine/report/report_words.h"

static void put_text(struct value_builder *map, const char *key, const char *text)
{
    if (text && *text)
        value_put_text(map, key, value_text(map->arena, text));
}

static void put_time(struct value_builder *map, const char *key, int64_t ms)
{
    if (ms > 0)
        value_put_text(map, key, value_int(ms));
}

/* A copy: the run may be freed before its value is read. */
static void put_filled(struct value_builder *map, const char *key, struct value item)
{
    bool empty = (item.kind == VALUE_MAP || item.kind == VALUE_LIST) && value_count(&item) == 0;
    if (item.kind != VALUE_NULL && !empty)
        value_put_text(map, key, value_copy(map->arena, &item));
}

static struct value remains_of(const struct run_task *task, struct arena *arena)
{
    const struct pack_provider *provider = run_task_provider(task);
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; provider && !task->undo && task->wrote && i < provider->remain_count; i++) {
        struct value_builder map;
        value_build(&map, arena);
        put_text(&map, "what", provider->remains[i].what);
        if (provider->remains[i].for_ms > 0)
            put_time(&map, "until", task->acted_ms + provider->remains[i].for_ms);
        value_push(&list, value_end_map(&map));
    }
    return value_end_list(&list);
}

static void put_words(struct value_builder *map, const struct run_task *task)
{
    struct report_words words;

    report_task_words(task, map->arena, &words);
    put_text(map, "says", words.says);
    put_text(map, "count", report_count_name(words.count));
    value_put_text(map, "alarm", value_bool(words.alarm));
    value_put_text(map, "open", value_bool(words.open));
    put_text(map, "verb", report_task_verb(task, map->arena));
    if (task->run->mode != MODE_REAL && task->pack && !task->undo)
        put_text(map, "would_be",
                 report_way_verb(task->pack, run_task_provider(task), &task->args, map->arena));
    value_put_text(map, "containment", value_bool(task->pack && task->pack->containment));
    put_text(map, "lock", task->pack ? task->pack->lock : NULL);
    put_text(map, "per", task->pack ? pack_per_name(task->pack->per) : NULL);
}

/* Of several accounts of one person, which. */
static void put_called(struct value_builder *map, const struct run_task *task)
{
    const char *called = run_task_called(task, map->arena);

    if (task->name && strcmp(called, task->name) != 0)
        put_text(map, "called", called);
}

/* In a plan: left out for good, as a host of another system or a name that nobody has there. What would be
 * done was looked at and then left alone. */
static bool passed_over(const struct run_task *task)
{
    bool looked = task->tries > 0 && (task->run->mode != MODE_DRY || task->verdict != VERDICT_NONE ||
                                      strncmp(task->why, "would be ", 9) == 0);
    return task->state == TASK_ENDED && task->outcome == OUTCOME_SKIPPED && !looked;
}

static void put_provider(struct value_builder *map, const struct run_task *task)
{
    const struct pack_provider *provider = run_task_provider(task);

    if (!provider)
        return;
    put_text(map, "provider", provider->name);
    put_text(map, "proved", provider->proved);
    struct value_builder list;
    value_build(&list, map->arena);
    for (size_t i = 0; i < provider->cannot_undo_count; i++)
        value_push(&list, value_text(map->arena, provider->cannot_undo[i]));
    bool real = task->run->mode == MODE_REAL;
    bool nothing = task->state == TASK_ENDED && !task->intended &&
                   (task->outcome == OUTCOME_REFUSED ||
                    (task->outcome == OUTCOME_SKIPPED && (real || passed_over(task))));
    if (!nothing) /* else there is nothing that anybody would want back */
        put_filled(map, "cannot_undo", value_end_list(&list));
}

struct value report_task(const struct run_task *task, struct arena *arena)
{
    struct value_builder map;

    value_build(&map, arena);
    put_text(&map, "target", task->name ? task->name : task->key);
    put_called(&map, task);
    put_text(&map, "key", task->key);
    put_text(&map, "item", task->item);
    value_put_text(&map, "way", value_static(task->undo ? "undo" : "do"));
    put_text(&map, "action", task->pack ? task->pack->name : task->step->action);
    put_text(&map, "state", task_state_name(task->state));
    if (task->state == TASK_ENDED)
        put_text(&map, "outcome", task_outcome_name(task->outcome));
    if (task->state == TASK_PENDING)
        put_text(&map, "pending", task_pending_name(task->pending));
    put_words(&map, task);
    put_provider(&map, task);
    put_text(&map, "place", run_task_place(task));
    put_text(&map, "why", task->why);
    if (task->run->mode != MODE_REAL)
        value_put_text(&map, "passed_over", value_bool(passed_over(task)));
    put_text(&map, "verdict", attempt_verdict_name(task->verdict));
    put_text(&map, "ask", task->ask);
    value_put_text(&map, "tries", value_int(task->tries));
    value_put_text(&map, "in_doubt", value_bool(task->in_doubt || task->doubt_position > 0));
    put_time(&map, "opened", task->opened_ms);
    put_time(&map, "ended", task->ended_ms);
    if (task->state == TASK_RESTING || task->state == TASK_PENDING)
        put_time(&map, "next_try", task->due_ms);
    if (task->state == TASK_PENDING)
        put_time(&map, "until", task->pending_until_ms);
    put_filled(&map, "kept", task->kept);
    put_filled(&map, "holder", task->holder);
    put_filled(&map, "args", task->args);
    put_filled(&map, "remains", remains_of(task, arena));
    put_filled(&map, "evidence", report_evidence(task, arena));
    return value_end_map(&map);
}

static const char *step_state(const struct run_step *step)
{
    static const char *const names[] = {"waiting", "open", "passed", "ended"};
    return names[step->state];
}

static struct value step_value(const struct run_step *step, struct arena *arena)
{
    struct value_builder map;
    struct value_builder tasks;

    value_build(&map, arena);
    put_text(&map, "step", step->name);
    put_text(&map, "label", report_step_label(step->name, step->action, arena));
    put_text(&map, "action", step->action);
    put_text(&map, "state", step_state(step));
    put_text(&map, "result", step_result_name(step->result));
    put_text(&map, "why", step->why);
    if (step->plan && step->plan->expires_ms > 0)
        put_time(&map, "expires_ms", step->plan->expires_ms);
    value_build(&tasks, arena);
    for (size_t i = 0; i < step->task_count; i++)
        value_push(&tasks, report_task(step->tasks[i], arena));
    value_put_text(&map, "tasks", value_end_list(&tasks));
    return value_end_map(&map);
}

struct sums {
    int64_t counts[COUNT_COUNT];
    int64_t steps_failed;    /* ended without a task, and not well */
    int64_t steps_not_ended; /* not opened yet */
};

static struct sums count(const struct run *run, struct arena *arena)
{
    struct sums sums = {0};

    for (size_t i = 0; i < run->task_count; i++) {
        struct report_words words;
        report_task_words(run->tasks[i], arena, &words);
        sums.counts[words.count]++;
    }
    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        bool ended = step->state == STEP_ENDED;
        bool well =
            step->result == STEP_SUCCEEDED || step->result == STEP_SKIPPED || step->result == STEP_NONE;
        if (ended && step->task_count == 0 && !well)
            sums.steps_failed++;
        if (step->state == STEP_WAITING)
            sums.steps_not_ended++;
    }
    return sums;
}

static struct value counts_value(const struct sums *sums, struct arena *arena)
{
    struct value_builder map;

    value_build(&map, arena);
    for (int i = 0; i < COUNT_COUNT; i++)
        value_put_text(&map, report_count_name((enum report_count)i), value_int(sums->counts[i]));
    value_put_text(&map, "steps_failed", value_int(sums->steps_failed));
    value_put_text(&map, "steps_waiting", value_int(sums->steps_not_ended));
    return value_end_map(&map);
}

static const char *open_says(const struct run_task *task, struct arena *arena)
{
    const char *verb = report_verb(task->pack, false);
    bool network = task->pack && task->pack->per == PER_HOST && strcmp(task->pack->lock, "network") == 0;

    if (task->in_doubt)
        return arena_printf(arena, "may or may not be %s", task->undo ? report_verb(task->pack, true) : verb);
    if (task->undo)
        return arena_printf(arena, "stays %s", verb);
    if (task->state == TASK_ENDED && task->outcome == OUTCOME_PARTIAL)
        return arena_printf(arena, "is %s only in part, if at all", verb);
    return network ? "is open to the network" : arena_printf(arena, "is not %s", verb);
}

static struct value open_value(const struct run *run, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < run->task_count; i++) {
        const struct run_task *task = run->tasks[i];
        struct report_words words;
        report_task_words(task, arena, &words);
        if (!words.open || !task->pack || !task->pack->containment)
            continue;
        struct value_builder map;
        value_build(&map, arena);
        put_text(&map, "target", task->name);
        put_called(&map, task);
        put_text(&map, "says", open_says(task, arena));
        put_text(&map, "why", task->why);
        value_push(&list, value_end_map(&map));
    }
    return value_end_list(&list);
}

static void command(struct value_builder *list, const char *verb, const char *first, const char *second)
{
    struct value_builder words;

    value_build(&words, list->arena);
    value_push(&words, value_static(verb));
    value_push(&words, value_text(list->arena, first));
    if (second)
        value_push(&words, value_text(list->arena, second));
    value_push(list, value_end_list(&words));
}

/* What a person would type next, whole. */
/* Is there anything that a release of it could undo? An image of a memory is not. */
static bool may_hold(const struct run *run)
{
    for (size_t i = 0; i < run->task_count; i++) {
        const struct run_task *task = run->tasks[i];
        bool so = task->state == TASK_ENDED &&
                  (task->outcome == OUTCOME_CHANGED || task->outcome == OUTCOME_PARTIAL);
        if (so && task->pack && task->pack->containment)
            return true;
    }
    return false;
}

static struct value next_value(const struct run *run, const struct sums *sums, struct arena *arena)
{
    struct value_builder list;
    bool live = run->state != RUN_ENDED;

    value_build(&list, arena);
    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->state == TASK_HELD && run->tasks[i]->ask && *run->tasks[i]->ask) {
            command(&list, "waiting", run->tasks[i]->ask, NULL);
            break;
        }
    if (live && sums->counts[COUNT_TRIED] + sums->counts[COUNT_DOUBT] + sums->counts[COUNT_MOVING] +
                        sums->counts[COUNT_BEGUN] + sums->steps_not_ended >
                    0)
        command(&list, "resume", run->id, NULL);
    if (!live && sums->counts[COUNT_FAILED] + sums->counts[COUNT_PART] > 0 && run->input.kind == RUN_PLAYBOOK)
        command(&list, "retry", run->id, NULL);
    command(&list, "show", run->id, NULL);
    if (run->input.kind == RUN_PLAYBOOK && may_hold(run))
        command(&list, "release", run->id, NULL);
    return value_end_list(&list);
}

/* Of a plan: a task that would be done has had its look and was then left alone, so it counts as skipped. */
static int plan_exit(const struct run *run, const struct sums *sums)
{
    int64_t bad = sums->counts[COUNT_FAILED] + sums->counts[COUNT_REFUSED] + sums->steps_failed;
    int64_t good = sums->counts[COUNT_SKIPPED] + sums->counts[COUNT_ALREADY];

    for (size_t i = 0; i < run->task_count; i++)
        good -= passed_over(run->tasks[i]);
    return bad == 0 ? 0 : good > 0 ? 4 : 1;
}

int report_run_exit(const struct run *run)
{
    ARENA_SCOPED arena = arena_new();
    struct sums sums = count(run, arena);
    int64_t well = sums.counts[COUNT_DONE] + sums.counts[COUNT_ALREADY];

    if (sums.counts[COUNT_HELD] + sums.counts[COUNT_DOUBT] > 0)
        return 3;
    if (run->mode != MODE_REAL)
        return plan_exit(run, &sums);
    if (run->state != RUN_ENDED)
        return 4;
    if (run->result == RESULT_COMPLETED)
        return 0;
    if (run->result == RESULT_FAILED)
        return 1;
    return well + sums.counts[COUNT_PART] > 0 || run->result == RESULT_PARTIAL ? 4 : 1;
}

static void put_started(struct value_builder *map, const struct run *run)
{
    static const char *const copied[] = {"by", "reason", "case", "kind", "repository", "commit"};

    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        put_text(map, copied[i], value_get_string(&run->started, copied[i], NULL));
    put_text(map, "alert", value_get_string(&run->alert, "id", NULL));
    put_filled(map, "vars", run->vars);
    put_filled(map, "only", run->only);
}

/* "release", "recheck of web-01" */
static const char *title_of(const struct run *run, struct arena *arena)
{
    if (run->input.playbook)
        return run->input.playbook->name;
    if (run->input.kind == RUN_RECHECK && run->input.about_count == 1)
        return arena_printf(arena, "recheck of %s", run->input.about[0].name);
    return run_kind_name(run->input.kind);
}

struct value report_run(const struct run *run, bool driven, struct arena *arena)
{
    static const char *const modes[] = {"real", "dry", "plan"};
    struct sums sums = count(run, arena);
    struct value_builder map;
    struct value_builder steps;

    value_build(&map, arena);
    put_text(&map, "run", run->id);
    put_text(&map, "playbook", title_of(run, arena));
    put_text(&map, "digest", run->input.playbook ? run->input.playbook->digest : NULL);
    put_text(&map, "state", run_state_name(run->state));
    put_text(&map, "result", run_result_name(run->result));
    put_text(&map, "says", report_run_words(run, driven));
    if (driven && run->state != RUN_ENDED)
        value_put_text(&map, "driven", value_bool(true));
    value_put_text(&map, "mode", value_static(modes[run->mode]));
    put_time(&map, "started", run->started_ms);
    put_time(&map, "ended", run->ended_ms);
    put_started(&map, run);
    put_text(&map, "stop_why", run->stop_why);
    value_put_text(&map, "events", value_int(run->n));
    value_build(&steps, arena);
    for (size_t i = 0; i < run->step_count; i++)
        value_push(&steps, step_value(&run->steps[i], arena));
    value_put_text(&map, "steps", value_end_list(&steps));
    value_put_text(&map, "counts", counts_value(&sums, arena));
    value_put_text(&map, "open", open_value(run, arena));
    value_put_text(&map, "next", next_value(run, &sums, arena));
    value_put_text(&map, "exit", value_int(report_run_exit(run)));
    return value_end_map(&map);
}
