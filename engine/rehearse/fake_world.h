/* The world of a rehearsal: a clock that is set, targets that are models, and a caller that reaches them
 * badly.
 *
 * It outlives the engine, as the real one does: after a crash the targets are as they were left, and a call
 * that was under way may still have its effect until its deadline. Faults are given one by one (`soarctl
 * test`) or drawn from a seed (the simulator). */
#ifndef REHEARSE_FAKE_WORLD_H
#define REHEARSE_FAKE_WORLD_H

#include "engine/base/world.h"
#include "engine/rehearse/model.h"
#include "soar/call.h"

struct fake_world;

enum fake_fate {
    FATE_WELL,
    FATE_REFUSE, /* nobody listens: nothing was sent */
    FATE_FAIL,   /* it was heard and failed, with `why` */
    FATE_HANG,   /* never answers, never acts */
    FATE_LOSE,   /* acts, and the answer is lost */
    FATE_LATE,   /* acts only right before its deadline; its answer comes too late */
    FATE_TWICE,  /* answers twice */
    FATE_CUT,    /* what it collects breaks off half-way, with `why` */
    FATE_COUNT
};

struct fake_fault {
    const char *target;   /* name or key; NULL: any */
    const char *function; /* NULL: any */
    enum fake_fate fate;
    const char *why;
    int times;        /* left; not asked where until_ms is set */
    int after;        /* calls of this kind to let pass first */
    int64_t until_ms; /* it holds for each call before this time; 0: `times` counts */
    int met;          /* by how many calls so far */
};

/* A writing call that has its effect now. */
struct fake_effect {
    const char *target;
    const char *place; /* "Isolate_Endpoint/linux-nftables/apply/1" */
    const char *session;
    bool counts; /* it changed something */
};

struct fake_world *fake_world_new(uint64_t seed) __attribute__((warn_unused_result));
void fake_world_free(struct fake_world *world);

void fake_world_model(struct fake_world *world, const struct model *models, size_t count); /* borrowed */
/* How a target (as fake_is() has it) stands before anybody spoke to it, over its model's `start`; both
 * outlive the world. Returns its number: fake_world_started() says whether anybody spoke to such a
 * target. */
size_t fake_world_start(struct fake_world *world, const char *target, struct value state);
bool fake_world_started(const struct fake_world *world, size_t number);
/* Two keys of one target: what is said to the first is said to the second. */
void fake_world_same(struct fake_world *world, const char *key, const char *as);
const char *fake_world_resolve(const struct fake_world *world, const char *key);
/* Returns its number: fake_world_met() says how many calls it has met. */
size_t fake_world_fault(struct fake_world *world, const struct fake_fault *fault);
int fake_world_met(const struct fake_world *world, size_t number);
void fake_world_chaos(struct fake_world *world,
                      unsigned percent); /* of calls that meet a fate drawn from the seed */
void fake_world_watch(struct fake_world *world, void (*effect)(void *arg, const struct fake_effect *effect),
                      void *arg);

const struct world *fake_world_clock(const struct fake_world *world);
int64_t fake_world_now(const struct fake_world *world);
void fake_world_advance(struct fake_world *world,
                        int64_t to_ms); /* and all that is due on the way; stops if killed */
int64_t fake_world_due(const struct fake_world *world);
uint64_t fake_world_random(struct fake_world *world, uint64_t below);

/* The engine's hands. One at a time; free() of the caller, or kill, loses the calls that are out. */
struct soar_caller *fake_world_caller(struct fake_world *world) __attribute__((warn_unused_result));
void fake_world_kill(struct fake_world *world); /* the engine died: no call is taken, none answered */

/* Somebody with the right to do so undoes there what the action did: root deletes the rules, a reboot loses
 * them. */
void fake_world_break(struct fake_world *world, const char *target, const char *action);

/* Is `wanted` the key's target: by its key, by what stands behind the colon, or, of a person, by his name or
 * NAME@PLACE? */
bool fake_is_called(const char *key, const char *wanted);
/* The same, or whom a call to it speaks to: of a person, his place. */
bool fake_is(const char *key, const char *wanted);

/* Somebody changes what a target is, in the middle of it: laid over its state. */
void fake_world_set(struct fake_world *world, const char *target, struct value state);

/* What is true out there. */
bool fake_world_contained(struct fake_world *world, const char *target, const char *action);
int fake_world_changes(const struct fake_world *world, const char *target,
                       const char *action); /* effects that counted */
int fake_world_lapses(const struct fake_world *world, const char *target,
                      const char *action); /* undone by itself, or broken */
bool fake_world_has_whole(const struct fake_world *world, const char *evidence); /* sealed so in the store */
size_t fake_world_calls(const struct fake_world *world, const char *target,
                        const char *function); /* ever made, by name or key; NULL: any */

#endif
