/* The body of a record: what the engine said of an evidence, what the collector said, what was measured. */
#ifndef STATE_EVIDENCE_FACTS_H
#define STATE_EVIDENCE_FACTS_H

#include "engine/base/value.h"
#include "state/evidence_frame.h"

struct evidence_facts {
    const char *id;
    const struct value *told;    /* a map: the arguments of evidence.keep, or of salvage */
    const struct value *verdict; /* a map: the arguments of evidence.seal; NULL: nobody gave one */
    bool whole;
    const char *why;     /* "" if it is whole */
    int64_t begun_ms;    /* by our clock; 0: not known */
    int64_t ended_ms;    /* 0: not known */
    int64_t took_ms;     /* by the clock that never jumps; -1: not known */
    int64_t salvaged_ms; /* 0: it wasn't */
    struct evidence_sum sum;
};

/* Is it whole? The collector must have said so, the pipe must have ended, and what it counted and hashed must
 * be what came. `stopped`: why our side stopped, "" if it was the pipe's end. *ret_why is of the arena. */
bool evidence_is_whole(const struct value *verdict, const struct evidence_sum *sum, const char *stopped,
                       struct arena *arena, const char **ret_why);

/* The record's map, but for what placing it says: object and again. */
void evidence_facts_build(const struct evidence_facts *facts, struct value_builder *map);

/* What the engine gets of a record. */
struct value evidence_facts_answer(struct arena *arena, const struct value *record, const char *line_sha256);

#endif
