/* Targets as models, and calls in flight towards them.
 *
 * A call has two moments: when it acts and when its answer arrives. A fate moves or removes one of them; a
 * crash of the engine removes the second of all calls that are out. */
#include <stdlib.h>
#include <string.h>

#include "engine/rehearse/fake_parts.h"

enum { LATENCY_MS = 10 };

uint64_t fake_world_random(struct fake_world *world, uint64_t below)
{
    uint64_t x = world->state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return below ? x % below : x;
}

static int64_t wall(void *arg)
{
    return ((struct fake_world *)arg)->now_ms;
}

static const char *boot_id(void *arg)
{
    (void)arg;
    return "rehearsal";
}

static void noise(void *arg, void *ret_bytes, size_t len)
{
    uint8_t *bytes = ret_bytes;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)fake_world_random(arg, 256);
}

struct fake_world *fake_world_new(uint64_t seed)
{
    struct fake_world *world = calloc(1, sizeof *world);

    if (!world)
        abort();
    world->state = seed;
    world->now_ms = 1767225600000; /* the first of January 2026 */
    world->clock = (struct world){wall, wall, boot_id, noise, world};
    return world;
}

static void free_call(struct fake_call *call)
{
    free(call->target);
    free(call->function);
    free(call->place);
    free(call->session);
    free(call->why);
    free(call->result);
    free(call->evidence);
    free(call);
}

void fake_world_free(struct fake_world *world)
{
    if (!world)
        return;
    while (world->targets) {
        struct fake_target *next = world->targets->next;

        free(world->targets->target);
        arena_free(world->targets->arena);
        free(world->targets);
        world->targets = next;
    }
    while (world->calls) {
        struct fake_call *next = world->calls->next;

        free_call(world->calls);
        world->calls = next;
    }
    fake_kept_free(world);
    while (world->counts) {
        struct fake_count *next = world->counts->next;

        free(world->counts->target);
        free(world->counts->function);
        free(world->counts);
        world->counts = next;
    }
    free(world);
}

void fake_world_model(struct fake_world *world, const struct model *models, size_t count)
{
    if (world->model_sets == sizeof world->models / sizeof *world->models)
        abort();
    world->models[world->model_sets] = models;
    world->model_counts[world->model_sets++] = count;
}

size_t fake_world_start(struct fake_world *world, const char *target, struct value state)
{
    if (world->start_count == STARTS_MAX)
        abort();
    world->starts[world->start_count] = (struct fake_start){.target = target, .state = state};
    return world->start_count++;
}

bool fake_world_started(const struct fake_world *world, size_t number)
{
    return world->starts[number].met;
}

void fake_world_same(struct fake_world *world, const char *key, const char *as)
{
    if (world->same_count == STARTS_MAX)
        abort();
    world->sames[world->same_count++] = (struct fake_same){key, as};
}

const char *fake_world_resolve(const struct fake_world *world, const char *key)
{
    for (size_t i = 0; i < world->same_count; i++)
        if (strcmp(world->sames[i].key, key) == 0)
            return world->sames[i].as;
    return key;
}

size_t fake_world_fault(struct fake_world *world, const struct fake_fault *fault)
{
    if (world->fault_count == FAULTS_MAX)
        abort();
    world->faults[world->fault_count] = *fault;
    return world->fault_count++;
}

int fake_world_met(const struct fake_world *world, size_t number)
{
    return world->faults[number].met;
}

void fake_world_chaos(struct fake_world *world, unsigned percent)
{
    world->chaos = percent;
}

void fake_world_watch(struct fake_world *world, void (*effect)(void *arg, const struct fake_effect *effect),
                      void *arg)
{
    world->effect = effect;
    world->effect_arg = arg;
}

const struct world *fake_world_clock(const struct fake_world *world)
{
    return &world->clock;
}

int64_t fake_world_now(const struct fake_world *world)
{
    return world->now_ms;
}

/* --- answers
 * ----------------------------------------------------------------------------------------------------------
 */

static void answer(struct fake_world *world, struct fake_call *call, enum soar_class class, const char *why)
{
    ARENA_SCOPED arena = arena_new();
    struct soar_answer said = {.number = call->number,
                               .class = class,
                               .result = class != SOAR_DONE     ? "null"
                                         : call->result         ? call->result
                                         : fake_is_writer(call) ? fake_evidence_result(world, call, arena)
                                                                : fake_call_result(world, call, arena),
                               .why = why};
    bool twice = call->fate == FATE_TWICE;

    call->answers_ms = call->deadline_ms = INT64_MAX;
    call->waits = false;
    fake_evidence_over(world, call);
    world->events.answer(world->events.arg, &said);
    if (twice)
        world->events.answer(world->events.arg, &said);
}

static void drop_done(struct fake_world *world)
{
    for (struct fake_call **at = &world->calls; *at;) {
        struct fake_call *call = *at;

        if (call->acts_ms == INT64_MAX && call->answers_ms == INT64_MAX && call->deadline_ms == INT64_MAX) {
            *at = call->next;
            free_call(call);
        } else {
            at = &call->next;
        }
    }
}

static bool do_due(struct fake_world *world, struct fake_call *call)
{
    if (call->acts_ms <= world->now_ms) {
        fake_call_acts(world, call);
    } else if (call->answers_ms <= world->now_ms) {
        if (call->fate == FATE_REFUSE)
            answer(world, call, SOAR_TRANSIENT, call->why ? call->why : "connection refused");
        else if (call->fate == FATE_CUT)
            answer(world, call, SOAR_TRANSIENT, call->why ? call->why : "the stream broke off");
        else if (call->fate == FATE_FAIL)
            answer(world, call, SOAR_PERMANENT, call->why ? call->why : "failed");
        else
            answer(world, call, SOAR_DONE, "");
    } else if (call->deadline_ms <= world->now_ms) {
        answer(world, call, call->write ? SOAR_UNKNOWN : SOAR_TRANSIENT, "no answer in time");
    } else {
        return false;
    }
    return true;
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t fake_world_due(const struct fake_world *world)
{
    int64_t due = INT64_MAX;

    for (const struct fake_call *call = world->calls; call; call = call->next)
        due = earliest(due, earliest(call->acts_ms, earliest(call->answers_ms, call->deadline_ms)));
    return due;
}

void fake_world_advance(struct fake_world *world, int64_t to_ms)
{
    for (int64_t due; (due = fake_world_due(world)) <= to_ms;) {
        if (due > world->now_ms)
            world->now_ms = due;
        fake_world_lapse(world);
        for (struct fake_call *call = world->calls; call; call = call->next)
            if (do_due(world, call))
                break;
        drop_done(world);
        if (world->dead && fake_world_due(world) > to_ms)
            break;
    }
    if (to_ms > world->now_ms && to_ms != INT64_MAX)
        world->now_ms = to_ms;
    fake_world_lapse(world);
}

/* --- the caller
 * ------------------------------------------------------------------------------------------------------- */

static bool is_over(const struct fake_fault *fault, int64_t now_ms)
{
    return fault->until_ms ? now_ms >= fault->until_ms : fault->times <= 0;
}

static void fate_of(struct fake_world *world, const struct soar_call *call, struct fake_call *ret_call)
{
    for (size_t i = 0; i < world->fault_count; i++) {
        struct fake_fault *fault = &world->faults[i];

        if (is_over(fault, world->now_ms) || (fault->target && !fake_is(call->target, fault->target)) ||
            (fault->function && strcmp(fault->function, call->function) != 0) || fault->after-- > 0)
            continue;
        fault->after = 0;
        fault->times--;
        fault->met++;
        ret_call->fate = fault->fate;
        ret_call->why = fault->why ? strdup(fault->why) : NULL;
        return;
    }
    if (world->chaos && fake_world_random(world, 100) < world->chaos)
        ret_call->fate = (enum fake_fate)(1 + fake_world_random(world, FATE_COUNT - 1));
    if (ret_call->fate == FATE_FAIL || (ret_call->fate == FATE_CUT && !call->descriptor))
        ret_call->fate = FATE_WELL; /* a target that says no for good is a scenario, not chaos */
}

static void plan(struct fake_world *world, struct fake_call *call, int64_t left_ms)
{
    int64_t now = world->now_ms;
    bool acts = call->fate == FATE_WELL || call->fate == FATE_LOSE || call->fate == FATE_TWICE ||
                call->fate == FATE_CUT;
    bool answers = call->fate != FATE_HANG && call->fate != FATE_LOSE && call->fate != FATE_LATE;

    call->deadline_ms = now + left_ms;
    call->acts_ms = acts ? now + LATENCY_MS : call->fate == FATE_LATE ? now + left_ms - 1 : INT64_MAX;
    call->answers_ms = answers ? now + 2 * LATENCY_MS : INT64_MAX;
}

static void count(struct fake_world *world, const struct soar_call *call)
{
    struct fake_count *one = world->counts;

    while (one && (strcmp(one->target, call->target) != 0 || strcmp(one->function, call->function) != 0))
        one = one->next;
    if (!one) {
        one = calloc(1, sizeof *one);
        if (!one)
            abort();
        one->target = strdup(call->target);
        one->function = strdup(call->function);
        one->next = world->counts;
        world->counts = one;
    }
    one->calls++;
}

static int call_out(struct soar_caller *caller, const struct soar_call *call, struct soar_err *err)
{
    struct fake_world *world = ((struct fake_caller *)(void *)caller)->world;
    struct fake_call *made;

    if (world->dead)
        return 0; /* a dead engine's call reaches nobody */
    bool write = call->writes;

    if (write && call->read_only)
        return soar_err_set(err, SOAR_INVALID, "%s writes, and this is a dry run", call->function);
    bool writer = strcmp(call->connector, "evidence") == 0;

    if (!writer && !fake_world_has_model(world, call->place))
        return soar_err_set(err, SOAR_PERMANENT,
                            "no model answers for %s: write NAME.rehearse.yaml beside its pack", call->place);
    if (!writer) /* it is no target's */
        count(world, call);
    made = calloc(1, sizeof *made);
    if (!made)
        abort();
    made->number = call->number;
    made->sequence = ++world->sequence;
    made->target = strdup(call->target);
    made->function = strdup(call->function);
    made->place = strdup(call->place);
    made->session = strdup(call->session);
    made->write = write;
    fate_of(world, call, made);
    plan(world, made, call->left_ms);
    fake_evidence_call(world, made, call);
    made->next = world->calls;
    world->calls = made;
    return 0;
}

static void listen(struct soar_caller *caller, const struct soar_caller_events *events)
{
    ((struct fake_caller *)(void *)caller)->world->events = *events;
}

static void kill_call(struct soar_caller *caller, uint64_t number)
{
    struct fake_world *world = ((struct fake_caller *)(void *)caller)->world;

    for (struct fake_call *call = world->calls; call; call = call->next)
        if (call->number == number)
            call->deadline_ms = world->now_ms;
}

static void close_session(struct soar_caller *caller, const char *session)
{
    (void)caller;
    (void)session;
}

void fake_world_kill(struct fake_world *world)
{
    world->dead = true;
    for (struct fake_call *call = world->calls; call; call = call->next) {
        bool may_act = call->write && call->acts_ms != INT64_MAX;

        if (may_act) /* it is on its way: it acts now, later, or never */
            switch (fake_world_random(world, 3)) {
            case 0:
                call->acts_ms = INT64_MAX;
                break;
            case 1:
                call->acts_ms = world->now_ms + (int64_t)fake_world_random(
                                                    world, (uint64_t)(call->deadline_ms - world->now_ms) + 1);
                break;
            default:
                break;
            }
        call->answers_ms = call->deadline_ms = INT64_MAX;
        if (!call->write)
            call->acts_ms = INT64_MAX;
    }
    drop_done(world);
}

static void free_caller(struct soar_caller *caller)
{
    free(caller);
}

static const struct soar_caller_ops operations = {
    .listen = listen, .call = call_out, .kill = kill_call, .close = close_session, .free = free_caller};

struct soar_caller *fake_world_caller(struct fake_world *world)
{
    struct fake_caller *caller = calloc(1, sizeof *caller);

    if (!caller)
        abort();
    caller->caller.ops = &operations;
    caller->world = world;
    world->dead = false;
    return &caller->caller;
}
