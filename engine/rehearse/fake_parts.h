/* What the files of the fake world share; nobody else includes it. */
#ifndef REHEARSE_FAKE_PARTS_H
#define REHEARSE_FAKE_PARTS_H

#include "engine/rehearse/fake_world.h"

enum { FAULTS_MAX = 64, STARTS_MAX = 64 };

struct fake_same {
    const char *key, *as;
};

struct fake_start {
    const char *target;
    struct value state;
    bool met;
};

struct fake_target {
    uint64_t fence; /* the latest call that wrote */
    char *target;
    const struct model *model;
    struct arena *arena;
    struct value state;
    bool stays; /* its state was looked at: it will not lapse before it changes */
    int64_t changed_ms;
    int changes;
    int lapses;
    struct fake_target *next;
};

struct fake_call {
    uint64_t sequence; /* over all lives of the engine */
    uint64_t number;
    char *target, *function, *place, *session;
    bool write;
    enum fake_fate fate;
    char *why;
    char *result;       /* of a write: what the target said when it acted */
    int64_t acts_ms;    /* INT64_MAX: never, or done */
    int64_t answers_ms; /* INT64_MAX: never */
    int64_t deadline_ms;
    char *evidence; /* which it collects or keeps, or NULL */
    bool whole;     /* it seals it so */
    bool waits;     /* a writer: for the end of its stream */
    struct fake_call *next;
};

struct fake_kept { /* in the evidence store */
    char *id;
    bool begun, sealed, whole;
    int64_t bytes;
    struct fake_kept *next;
};

struct fake_count {
    char *target, *function;
    size_t calls;
    struct fake_count *next;
};

struct fake_world {
    uint64_t sequence;
    int64_t now_ms;
    uint64_t state; /* of the random numbers */
    unsigned chaos;
    const struct model *models[64];
    size_t model_counts[64];
    size_t model_sets;
    struct fake_fault faults[FAULTS_MAX];
    size_t fault_count;
    struct fake_start starts[STARTS_MAX];
    size_t start_count;
    struct fake_same sames[STARTS_MAX];
    size_t same_count;
    struct fake_target *targets;
    struct fake_call *calls;
    struct fake_kept *kept;
    struct fake_count *counts;
    bool dead;
    void (*effect)(void *arg, const struct fake_effect *effect);
    void *effect_arg;
    struct soar_caller_events events;
    struct world clock;
};

struct fake_caller {
    struct soar_caller caller;
    struct fake_world *world;
};

/* fake_evidence.c */
bool fake_is_writer(const struct fake_call *call);
void fake_evidence_call(struct fake_world *world, struct fake_call *call, const struct soar_call *from);
void fake_evidence_over(struct fake_world *world, const struct fake_call *call);
void fake_evidence_acts(struct fake_world *world, const struct fake_call *call);
const char *fake_evidence_result(struct fake_world *world, const struct fake_call *call, struct arena *arena);
void fake_kept_free(struct fake_world *world);

/* fake_target.c: what targets are, do and say. */
void fake_call_acts(struct fake_world *world, struct fake_call *call);
const char *fake_call_result(struct fake_world *world, const struct fake_call *call, struct arena *arena);
bool fake_world_has_model(const struct fake_world *world, const char *place);
void fake_world_lapse(struct fake_world *world);

#endif
