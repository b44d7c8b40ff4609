/* From a pipe into a file: hashed as it came, compressed, hashed as it is stored, synced; in bounded memory.
 */
#ifndef STATE_EVIDENCE_STREAM_H
#define STATE_EVIDENCE_STREAM_H

#include "state/evidence_dir.h"
#include "state/evidence_frame.h"

enum evidence_end {
    EVIDENCE_ENDED,   /* the pipe has no writer any more: that doesn't say that it was whole */
    EVIDENCE_LIMIT,   /* more came than may */
    EVIDENCE_RESERVE, /* the disk's reserve would be touched */
    EVIDENCE_FULL,    /* the disk or a quota said no */
    EVIDENCE_LATE,    /* the call's time is over */
    EVIDENCE_FAILED,  /* reading or writing failed */
    EVIDENCE_END_COUNT
};

struct evidence_flow {
    const struct evidence_dir *dir;
    int in; /* closed when no more is taken, so that whoever writes learns it */
    int part;
    uint64_t limit; /* of collected bytes */
    uint64_t reserve;
    int64_t deadline_ms;
    int64_t (*now_ms)(void);
    const struct evidence_watch *watch; /* told at least twice a second */
};

/* The part is a whole frame afterwards, durable, however it ended. *ret_why: for people, "" at
 * EVIDENCE_ENDED. -1: not even that could be done; what is there waits to be salvaged. */
int evidence_stream(const struct evidence_flow *flow, struct evidence_sum *ret_sum,
                    enum evidence_end *ret_end, struct soar_err *ret_why, struct soar_err *err)
    __attribute__((warn_unused_result));

const char *evidence_end_name(enum evidence_end end); /* "end", "limit", … */

#endif
