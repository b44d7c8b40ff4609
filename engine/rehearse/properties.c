/* The promises of the journal, as checks on what is on the disk and what is true in the world.
 *
 * Each says which promise it holds. The first broken one is told with its run and target. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/rehearse/rehearsal_parts.h"

static const char *last_part(const char *place)
{
    const char *slash = strrchr(place, '/');

    return slash ? slash + 1 : place;
}

/* Promise 2: no effect without an intent that is durable. Counted: as many intents on the disk as effects so
 * far. */
void properties_effect(void *arg, const struct fake_effect *effect)
{
    struct rehearsal *rehearsal = arg;
    char position[32];
    int intents = 0;

    snprintf(position, sizeof position, "\"position\":%s,", last_part(effect->place));
    for (size_t i = 0; i < memory_disk_event_count(rehearsal->disk); i++) {
        const struct soar_event *event = memory_disk_event(rehearsal->disk, i);

        intents += strcmp(event->kind, "call.intended") == 0 && strcmp(event->target, effect->target) == 0 &&
                   strstr(event->body, position) != NULL;
    }
    if (intents == 0 && !*rehearsal->broken)
        snprintf(rehearsal->broken, sizeof rehearsal->broken,
                 "%s: %s had its effect, and no intent is on the disk", effect->target, effect->place);
}

struct view_of_run { /* what a walk over the events of the disk keeps of each task */
    const char *run, *step, *item, *target, *way;
    const char *action; /* of its intents; "" before one */
    int checked_try;
    int intents, answers, outcomes;
    int agains; /* a person said: make the call again */
    int open;
    bool collecting; /* evidence is begun and not kept */
};

struct walk {
    struct arena *arena;
    const struct fake_world *world;
    struct view_of_run *tasks;
    size_t count, size;
    long evidence; /* the last id that was given */
    struct soar_err *err;
};

static struct view_of_run *task_of(struct walk *walk, const struct event *event)
{
    const char *way = value_get_string(&event->body, "way", "do");

    for (size_t i = 0; i < walk->count; i++) {
        struct view_of_run *task = &walk->tasks[i];

        if (strcmp(task->run, event->run) == 0 && strcmp(task->step, event->step) == 0 &&
            strcmp(task->item, event->item) == 0 && strcmp(task->target, event->target) == 0 &&
            strcmp(task->way, way) == 0)
            return task;
    }
    walk->tasks = arena_grow(walk->arena, walk->tasks, walk->count, &walk->size, sizeof *walk->tasks);
    struct view_of_run *task = &walk->tasks[walk->count++];

    *task = (struct view_of_run){.run = event->run,
                                 .step = event->step,
                                 .item = event->item,
                                 .target = event->target,
                                 .way = way,
                                 .action = ""};
    return task;
}

static int broken(struct walk *walk, const struct event *event, const char *what)
{
    return soar_err_set(walk->err, SOAR_PERMANENT, "%s %s of %s on %s: %s", event->run,
                        event_kind_name(event->kind), event->step, event->target, what);
}

/* Evidence: ids rise, begun under an intent, kept once; until then the task has only its answer to hear. */
static int walk_evidence(struct walk *walk, struct view_of_run *task, const struct event *event)
{
    const char *id = value_get_string(&event->body, "evidence", "");
    bool begun = event->kind == EVENT_EVIDENCE_BEGUN;
    long number = strncmp(id, "E-", 2) == 0 ? strtol(id + 2, NULL, 10) : 0;

    if (begun && number <= walk->evidence)
        return broken(walk, event, "an id was given twice");
    if (begun && (task->collecting || !task->open))
        return broken(walk, event, "evidence without an intent of its own");
    if (!begun && !task->collecting)
        return event->kind == EVENT_EVIDENCE_KEPT ? broken(walk, event, "what was not begun is kept") : 0;
    if (!begun && event->kind != EVENT_EVIDENCE_KEPT && event->kind != EVENT_CALL_ENDED)
        return broken(walk, event, "the task went on before its evidence was kept");
    if (event->kind == EVENT_EVIDENCE_KEPT && value_get_bool(&event->body, "whole", false) &&
        !fake_world_has_whole(walk->world, id))
        return broken(walk, event, "it is said to be whole, and the store has it as a part");
    if (begun)
        walk->evidence = number;
    task->collecting = begun || event->kind == EVENT_CALL_ENDED;
    return 0;
}

/* One lock for one target, by whatever name it was called: nobody else's intent is open there. */
static bool is_shared(const struct walk *walk, const struct view_of_run *task)
{
    const char *target = fake_world_resolve(walk->world, task->target);

    for (size_t i = 0; i < walk->count; i++) {
        const struct view_of_run *other = &walk->tasks[i];

        if (other != task && other->open && strcmp(other->action, task->action) == 0 &&
            strcmp(fake_world_resolve(walk->world, other->target), target) == 0)
            return true;
    }
    return false;
}

/* The order of events within a task: a look before each intent of its try, one answer to each intent, one
 * outcome. */
static int walk_event(struct walk *walk, const struct event *event)
{
    struct view_of_run *task = task_of(walk, event);
    int number = (int)value_get_int(&event->body, "try", 0);

    if (task->outcomes && event->kind != EVENT_HOLDER_ENDED)
        return broken(walk, event, "an event follows the task's outcome");
    if (walk_evidence(walk, task, event))
        return -1;
    if (event->kind == EVENT_TASK_CHECKED)
        task->checked_try = number;
    if (event->kind == EVENT_TASK_FREED)
        task->agains += value_is_string(value_get(&event->body, "result"), "again");
    if (event->kind == EVENT_CALL_INTENDED) {
        task->intents++;
        task->action = value_get_string(&event->body, "action", "");
        if (task->checked_try != number)
            return broken(walk, event, "a try acted without having looked");
        if (task->open++)
            return broken(walk, event, "two intents are open at once");
        if (is_shared(walk, task))
            return broken(walk, event, "another task acts on the same target");
    }
    if (event->kind == EVENT_CALL_ENDED) {
        task->answers++;
        if (task->open-- != 1)
            return broken(walk, event, "an answer without an intent");
    }
    if (event->kind == EVENT_TASK_ENDED && ++task->outcomes && task->open)
        return broken(walk, event, "it ended with an intent unanswered");
    return 0;
}

static int walk_events(struct rehearsal *rehearsal, struct walk *walk)
{
    for (size_t i = 0; i < memory_disk_event_count(rehearsal->disk); i++) {
        struct event event;

        if (event_read(walk->arena, memory_disk_event(rehearsal->disk, i), &event, walk->err))
            return -1;
        if (*event.target && strcmp(event.run, "-") != 0 && walk_event(walk, &event))
            return -1;
    }
    return 0;
}

static bool looks_first(const struct pack *pack)
{
    for (size_t i = 0; i < pack->provider_count; i++)
        if (!pack->providers[i].phases[PHASE_CHECK].given)
            return false;
    return true;
}

/* It says itself that making a call in doubt again does no harm. */
static bool may_repeat(const struct pack *pack)
{
    for (size_t i = 0; i < pack->provider_count; i++)
        if (pack->providers[i].in_doubt == DOUBT_RETRY)
            return true;
    return false;
}

/* What is convergent has its effect once for each time that it was in force: a target that freed itself (a
 * dead man's switch), and a release in between, allow another. What no look can tell has it once for each
 * task, and once more for each time that a person said so. */
static int effects_allowed(const struct rehearsal *rehearsal, const struct walk *walk, const char *target,
                           const struct pack *pack)
{
    bool convergent = looks_first(pack);
    int allowed = 0;

    if (!convergent && may_repeat(pack))
        return INT_MAX;
    for (size_t i = 0; i < walk->count; i++) {
        const struct view_of_run *task = &walk->tasks[i];

        if (strcmp(fake_world_resolve(rehearsal->options.world, task->target),
                   fake_world_resolve(rehearsal->options.world, target)) != 0)
            continue;
        if (convergent)
            allowed += strcmp(task->way, "undo") == 0 ? 2 : 0;
        else if (strcmp(task->action, pack->name) == 0)
            allowed += 1 + task->agains;
    }
    return allowed + (convergent ? 1 + fake_world_lapses(rehearsal->options.world, target, pack->name) : 0);
}

/* Promise 4. */
static int effects_once(struct rehearsal *rehearsal, const struct walk *walk, struct soar_err *err)
{
    const struct pack_shelf *shelf = rehearsal->options.shelf;

    for (size_t i = 0; i < walk->count; i++)
        for (size_t p = 0; p < pack_shelf_count(shelf); p++) {
            const struct pack *pack = pack_shelf_at(shelf, p);
            const char *target = walk->tasks[i].target;
            int changes = fake_world_changes(rehearsal->options.world, target, pack->name);
            int allowed = effects_allowed(rehearsal, walk, target, pack);

            if (changes > allowed)
                return soar_err_set(err, SOAR_PERMANENT, "%s: %s took effect %d times, %d allowed", target,
                                    pack->name, changes, allowed);
        }
    return 0;
}

/* As the world knows him: by the name he was called, not by the id that find has given. */
static const char *called(const struct ledger_row *row)
{
    return *value_get_string(&row->host, "at", "") ? value_get_string(&row->host, "key", row->target)
                                                   : row->target;
}

/* The ledger says what is true out there. */
static int ledger_true(struct rehearsal *rehearsal, struct soar_err *err)
{
    const struct ledger *ledger = loop_ledger(rehearsal->loop);

    for (size_t i = 0; i < ledger_row_count(ledger); i++) {
        const struct ledger_row *row = ledger_row_at(ledger, i);

        if (row->held && row->holder_count == 0)
            return soar_err_set(err, SOAR_PERMANENT, "%s: held by nobody", row->key);
        if (row->held && !fake_world_contained(rehearsal->options.world, called(row), row->action))
            return soar_err_set(err, SOAR_PERMANENT, "%s: the ledger says contained, and it is open",
                                row->key);
    }
    return 0;
}

/* A task that says changed or already left its target contained, unless somebody released it since; a release
 * that says changed left it free. */
static int outcomes_true(struct rehearsal *rehearsal, struct soar_err *err)
{
    const struct ledger *ledger = loop_ledger(rehearsal->loop);

    for (size_t r = 0; r < rehearsal->request_count; r++) {
        const struct run *run = rehearsal_run_at(rehearsal, r);

        if (!run)
            return soar_err_set(err, SOAR_PERMANENT, "a run that was asked for never came to be");
        if (run->mode != MODE_REAL)
            continue;
        for (size_t i = 0; i < run->task_count; i++) {
            const struct run_task *task = run->tasks[i];
            bool so = task->outcome == OUTCOME_CHANGED || task->outcome == OUTCOME_ALREADY;
            const struct pack_provider *provider = run_task_provider(task);

            if (task->state != TASK_ENDED || !so || !provider || !task->pack->containment)
                continue;
            bool row = ledger_find(ledger, run_task_row(task), task->pack->name, provider->name,
                                   run_task_place(task)) != NULL;
            bool in_force = fake_world_contained(rehearsal->options.world, task->key, task->pack->name);

            if (!task->undo && row && !in_force)
                return soar_err_set(err, SOAR_PERMANENT, "%s on %s is said to be done, and it is open",
                                    task->step->name, task->key);
            if (task->undo && !row && in_force)
                return soar_err_set(err, SOAR_PERMANENT, "%s is said to be released, and it is contained",
                                    task->key);
        }
    }
    return 0;
}

int rehearsal_check(struct rehearsal *rehearsal, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct walk walk = {.arena = arena, .world = rehearsal->options.world, .err = err};

    if (*rehearsal->broken)
        return soar_err_set(err, SOAR_PERMANENT, "%s", rehearsal->broken);
    if (walk_events(rehearsal, &walk) || effects_once(rehearsal, &walk, err) || ledger_true(rehearsal, err) ||
        outcomes_true(rehearsal, err) || senders_true(rehearsal, err))
        return -1;
    return 0;
}
