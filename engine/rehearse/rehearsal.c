/* Drives the real loop through a fake world and lets it die where it was planned.
 * One step is: a turn of the loop; if it had nothing to do, the world goes on to the next thing that is due.
 */
#include "engine/rehearse/rehearsal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/rehearse/rehearsal_parts.h"

enum { STEPS_MAX = 200000, DEATHS_MAX = 5, USUAL_LIMIT_MS = 3 * 24 * 3600 * 1000 };

static bool names_target(const char *wanted, const char *key)
{
    return !wanted || fake_is_called(key, wanted);
}

const char *const rehearsal_points[] = {"alert",   "open",     "check", "intent",  "apply",    "call",
                                        "outcome", "arm",      "hold",  "ask",     "answer",   "retry",
                                        "pending", "end",      "freed", "release", "rollback", "cancel",
                                        "start",   "evidence", NULL};

/* What is on the disk when the engine dies at a point. `apply`, `call` and `release` are none of these: there
 * a target has acted, and nobody heard of it yet. */
static bool is_point(const struct rehearsal *rehearsal, const char *point, const struct soar_event *event)
{
    static const struct {
        const char *point, *kind;
        const char *with; /* in the body */
    } points[] = {{"alert", "run.started", ""},     {"open", "step.opened", ""},
                  {"check", "task.checked", ""},    {"intent", "call.intended", ""},
                  {"outcome", "call.ended", ""},    {"arm", "call.ended", "\"position\":1,"},
                  {"hold", "task.held", ""},        {"ask", "ask.opened", ""},
                  {"answer", "ask.answered", ""},   {"retry", "task.retry", ""},
                  {"pending", "task.pending", ""},  {"end", "task.ended", ""},
                  {"freed", "holder.ended", ""},    {"rollback", "task.ended", "\"way\":\"undo\""},
                  {"cancel", "run.cancelled", ""},  {"start", "engine.started", ""},
                  {"evidence", "evidence.kept", ""}};

    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        if (strcmp(points[i].point, point) == 0)
            return strcmp(points[i].kind, event->kind) == 0 && strstr(event->body, points[i].with) != NULL &&
                   (strcmp(point, "start") != 0 || rehearsal->lives > 1);
    return false;
}

static void use(struct rehearsal *rehearsal, struct rehearsal_crash *crash)
{
    crash->used = true;
    rehearsal->away_ms = crash->away_ms;
}

/* The store asks for each event as it becomes durable. */
static bool fatal(void *arg, const struct soar_event *event)
{
    struct rehearsal *rehearsal = arg;

    for (size_t i = 0; i < rehearsal->options.crash_count; i++) {
        struct rehearsal_crash *crash = &rehearsal->options.crashes[i];

        if (crash->used || !is_point(rehearsal, crash->point, event) ||
            (crash->step && *event->step && strcmp(crash->step, event->step) != 0) ||
            (*event->target && !names_target(crash->target, event->target)))
            continue;
        use(rehearsal, crash);
        return true;
    }
    return false;
}

/* The step a target acted for: its newest intent says. */
static const char *step_of(const struct rehearsal *rehearsal, const char *target)
{
    for (size_t i = memory_disk_event_count(rehearsal->disk); i-- > 0;) {
        const struct soar_event *event = memory_disk_event(rehearsal->disk, i);

        if (strcmp(event->kind, "call.intended") == 0 && strcmp(event->target, target) == 0)
            return event->step;
    }
    return "";
}

/* "Isolate_Endpoint/linux-nftables/apply/2": the second call of `apply`. */
static bool acts_at(const char *point, const char *place)
{
    bool undo = strstr(place, "/revert/") != NULL;
    bool later = strcmp(strrchr(place, '/'), "/1") != 0;

    return strcmp(point, "release") == 0 ? undo
           : strcmp(point, "call") == 0  ? !undo && later
                                         : !undo && strcmp(point, "apply") == 0;
}

/* A target has acted, and nobody heard of it yet. */
static void on_effect(void *arg, const struct fake_effect *effect)
{
    struct rehearsal *rehearsal = arg;

    properties_effect(rehearsal, effect);
    for (size_t i = 0; i < rehearsal->options.crash_count && !rehearsal->crash_now; i++) {
        struct rehearsal_crash *crash = &rehearsal->options.crashes[i];

        if (crash->used || !acts_at(crash->point, effect->place) ||
            !names_target(crash->target, effect->target) ||
            (crash->step && strcmp(crash->step, step_of(rehearsal, effect->target)) != 0))
            continue;
        use(rehearsal, crash);
        rehearsal->crash_now = true;
        memory_store_kill(rehearsal->store);
        fake_world_kill(rehearsal->options.world);
    }
}

static void plan_death(struct rehearsal *rehearsal)
{
    const struct rehearsal_options *options = &rehearsal->options;
    struct fake_world *world = options->world;

    memory_store_die_when(rehearsal->store, fatal, rehearsal);
    if (rehearsal->lives == 1 && options->die_at)
        memory_store_die_at(rehearsal->store, options->die_at, options->die_when);
    else if (rehearsal->lives == 2 && options->die_again_at)
        memory_store_die_at(rehearsal->store, options->die_again_at, options->die_when);
    else if (rehearsal->planned_deaths < DEATHS_MAX && options->dies_percent &&
             fake_world_random(world, 100) < options->dies_percent) {
        rehearsal->planned_deaths++;
        memory_store_die_at(rehearsal->store, 1 + (long)fake_world_random(world, 25),
                            fake_world_random(world, 2) ? DEATH_AFTER : DEATH_BEFORE);
    }
}

static int begin_life(struct rehearsal *rehearsal, struct soar_err *err)
{
    rehearsal->lives++;
    rehearsal->crash_now = false;
    rehearsal->store = memory_store_open(rehearsal->disk);
    rehearsal->caller = fake_world_caller(rehearsal->options.world);
    plan_death(rehearsal);
    rehearsal->loop = loop_new(&(struct loop_config){.store = rehearsal->store,
                                                     .caller = rehearsal->caller,
                                                     .world = fake_world_clock(rehearsal->options.world),
                                                     .site = rehearsal->options.site,
                                                     .policy = rehearsal->options.policy,
                                                     .shelf = rehearsal->options.shelf,
                                                     .watch = rehearsal->options.watch,
                                                     .forget = rehearsal->options.forget,
                                                     .recheck = rehearsal->options.recheck,
                                                     .state = "/rehearsal",
                                                     .breakage = rehearsal->options.breakage});
    return loop_start(rehearsal->loop, err);
}

static void end_life(struct rehearsal *rehearsal)
{
    fake_world_kill(rehearsal->options.world);
    if (rehearsal->caller)
        rehearsal->caller->ops->free(rehearsal->caller);
    if (rehearsal->store)
        rehearsal->store->ops->close(rehearsal->store);
    loop_free(rehearsal->loop);
    rehearsal->caller = NULL;
    rehearsal->store = NULL;
    rehearsal->loop = NULL;
}

struct rehearsal *rehearsal_new(const struct rehearsal_options *options)
{
    struct rehearsal *rehearsal = calloc(1, sizeof *rehearsal);

    if (!rehearsal)
        abort();
    rehearsal->options = *options;
    rehearsal->arena = arena_new();
    rehearsal->disk = memory_disk_new();
    fake_world_watch(options->world, on_effect, rehearsal);
    return rehearsal;
}

void rehearsal_free(struct rehearsal *rehearsal)
{
    if (!rehearsal)
        return;
    end_life(rehearsal);
    memory_disk_free(rehearsal->disk);
    arena_free(rehearsal->arena);
    free(rehearsal);
}

static bool is_on_disk(const struct rehearsal *rehearsal, const char *run)
{
    for (size_t i = 0; i < memory_disk_event_count(rehearsal->disk); i++)
        if (strcmp(memory_disk_event(rehearsal->disk, i)->run, run) == 0)
            return true;
    return false;
}

static int ask_for(struct rehearsal *rehearsal, size_t index, struct soar_err *err)
{
    struct run *run;

    if (loop_request(rehearsal->loop, &rehearsal->requests[index], &run, err))
        return -1;
    rehearsal->run_ids[index] = arena_string(rehearsal->arena, run->id);
    return 0;
}

/* Who got no answer asks again. */
static int ask_again(struct rehearsal *rehearsal, struct soar_err *err)
{
    for (size_t i = 0; i < rehearsal->request_count; i++)
        if (!is_on_disk(rehearsal, rehearsal->run_ids[i]) && ask_for(rehearsal, i, err))
            return -1;
    return senders_again(rehearsal, err);
}

int rehearsal_ready(struct rehearsal *rehearsal, struct soar_err *err)
{
    return rehearsal->loop ? 0 : begin_life(rehearsal, err);
}

int rehearsal_request(struct rehearsal *rehearsal, const struct loop_request *request, struct soar_err *err)
{
    if (rehearsal->request_count == REQUESTS_MAX)
        return soar_err_set(err, SOAR_INVALID, "more than %d runs in one rehearsal", REQUESTS_MAX);
    if (rehearsal_ready(rehearsal, err))
        return -1;
    rehearsal->requests[rehearsal->request_count++] = *request;
    return ask_for(rehearsal, rehearsal->request_count - 1, err);
}

static int live_again(struct rehearsal *rehearsal, struct soar_err *err)
{
    struct fake_world *world = rehearsal->options.world;
    int64_t away_ms = rehearsal->away_ms ? rehearsal->away_ms : (int64_t)fake_world_random(world, 5000);

    end_life(rehearsal);
    rehearsal->away_ms = 0;
    fake_world_advance(world, fake_world_now(world) + away_ms);
    if (begin_life(rehearsal, err))
        return -1;
    return memory_store_dead(rehearsal->store) ? 0 : ask_again(rehearsal, err);
}

static int hangs(struct rehearsal *rehearsal, const char *how, struct soar_err *err)
{
    for (size_t i = 0; i < loop_run_count(rehearsal->loop); i++) {
        const struct run *run = loop_run_at(rehearsal->loop, i);

        for (size_t t = 0; run->state != RUN_ENDED && t < run->task_count; t++)
            if (run->tasks[t]->state != TASK_ENDED)
                return soar_err_set(err, SOAR_PERMANENT, "%s: step %s, %s is %s%s", how,
                                    run->tasks[t]->step->name, run->tasks[t]->key,
                                    task_state_name(run->tasks[t]->state),
                                    run->tasks[t]->trial ? ", in a try" : "");
    }
    return soar_err_set(err, SOAR_PERMANENT, "%s", how);
}

/* Until settled (until_ms INT64_MAX), or until a time of the world. */
static int go_on(struct rehearsal *rehearsal, int64_t until_ms, struct soar_err *err)
{
    struct fake_world *world = rehearsal->options.world;
    int64_t limit = rehearsal->options.limit_ms ? rehearsal->options.limit_ms : USUAL_LIMIT_MS;
    int64_t stop_ms = fake_world_now(world) + limit;

    for (long steps = 0; steps < STEPS_MAX; steps++) {
        bool moved = !rehearsal->crash_now && loop_turn(rehearsal->loop);

        if (memory_store_dead(rehearsal->store) || rehearsal->crash_now) {
            if (live_again(rehearsal, err))
                return -1;
            continue;
        }
        if (loop_failed(rehearsal->loop, err))
            return -1;
        if (moved || loop_waits_for_store(rehearsal->loop))
            continue;
        bool settled = loop_settled(rehearsal->loop);

        if (settled && until_ms == INT64_MAX)
            return 0;
        int64_t loop_ms = loop_due(rehearsal->loop);
        int64_t due_ms = fake_world_due(world) < loop_ms ? fake_world_due(world) : loop_ms;

        if (until_ms != INT64_MAX && due_ms >= until_ms) {
            fake_world_advance(world, until_ms);
            return 0;
        }
        if (due_ms == INT64_MAX)
            return hangs(rehearsal, "nothing is due, and it has not ended", err);
        if (due_ms > stop_ms)
            return hangs(rehearsal, "it took too long", err);
        fake_world_advance(world, due_ms > fake_world_now(world) ? due_ms : fake_world_now(world));
    }
    return hangs(rehearsal, "it never came to rest", err);
}

int rehearsal_run(struct rehearsal *rehearsal, struct soar_err *err)
{
    return go_on(rehearsal, INT64_MAX, err);
}

int rehearsal_pass(struct rehearsal *rehearsal, int64_t ms, struct soar_err *err)
{
    return go_on(rehearsal, fake_world_now(rehearsal->options.world) + ms, err);
}

struct loop *rehearsal_loop(const struct rehearsal *rehearsal)
{
    return rehearsal->loop;
}

const struct memory_disk *rehearsal_disk(const struct rehearsal *rehearsal)
{
    return rehearsal->disk;
}

int rehearsal_lives(const struct rehearsal *rehearsal)
{
    return rehearsal->lives;
}

const struct run *rehearsal_run_at(struct rehearsal *rehearsal, size_t index)
{
    if (index >= rehearsal->request_count)
        return NULL;
    return loop_run_any(rehearsal->loop, rehearsal->run_ids[index]);
}
