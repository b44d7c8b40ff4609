/* Evidence as people are told of it: while it is collected, and what was kept. */
#ifndef REPORT_REPORT_EVIDENCE_H
#define REPORT_REPORT_EVIDENCE_H

#include "engine/base/buf.h"
#include "engine/run/run.h"

/* A list of {id, name, form, state (begun, whole, partial), bytes, sha256, why, begun, kept}; empty: the task
 * collected nothing. */
struct value report_evidence(const struct run_task *task, struct arena *arena);

/* "4.0 GiB, sha256 9c1e2ab04f11, E-77; partial memory.lime kept as E-76, 1.2 GiB", of a task's value. */
void report_evidence_text(struct buf *out, const struct value *task);

/* "[###.....] 43% of 4.0 GiB, 61 s left, 38.1 MiB/s": of: 0, nobody knows how much it will be. */
struct report_pace {
    int64_t bytes, of;
    int64_t ms;                  /* since it began */
    double rate;                 /* bytes in a second, smoothed: kept from one to the next; 0: none yet */
    int64_t rate_bytes, rate_ms; /* where it was measured last */
};
void report_pace(struct report_pace *pace, int64_t bytes, int64_t of, int64_t ms);
void report_pace_text(struct buf *out, const struct report_pace *pace);

#endif
