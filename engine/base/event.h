/* An event of the journal as the fold reads it, and the one list of kinds and outcomes.
 *
 * A kind never changes its meaning: a new meaning is a new kind. The names below stand in the journal, in
 * JSON output, in schemas and in the documentation; nothing else may spell them out. */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include "engine/base/value.h"
#include "soar/store.h"

enum event_kind {
    EVENT_ENGINE_STARTED,
    EVENT_ENGINE_STOPPED,
    EVENT_CLOCK_SET,
    EVENT_SITE_LOADED,
    EVENT_ALERT_RECEIVED,
    EVENT_GUARD_PAUSED,
    EVENT_GUARD_RESET,
    EVENT_HOLDER_EXTENDED,
    EVENT_RUN_STARTED,
    EVENT_RUN_CANCELLED,
    EVENT_RUN_ROLLBACK,
    EVENT_RUN_ENDED,
    EVENT_STEP_OPENED,
    EVENT_STEP_PASSED,
    EVENT_STEP_ENDED,
    EVENT_TASK_OPENED,
    EVENT_TASK_CHECKED,
    EVENT_TASK_HELD,
    EVENT_TASK_FREED,
    EVENT_TASK_RETRY,
    EVENT_TASK_PENDING,
    EVENT_TASK_ENDED,
    EVENT_CALL_INTENDED,
    EVENT_CALL_ENDED,
    EVENT_ASK_OPENED,
    EVENT_ASK_JOINED,
    EVENT_ASK_ANSWERED,
    EVENT_ASK_MOVED,
    EVENT_ASK_CLOSED,
    EVENT_HOLDER_ENDED,
    EVENT_EVIDENCE_BEGUN,
    EVENT_EVIDENCE_KEPT,
    EVENT_NOTE,
    EVENT_KIND_COUNT
};

const char *event_kind_name(enum event_kind kind);
enum event_kind event_kind_parse(const char *name); /* EVENT_KIND_COUNT: none of ours */

/* A task's end; what people are told is another table (engine/report). */
enum task_outcome {
    OUTCOME_CHANGED,
    OUTCOME_ALREADY,
    OUTCOME_PARTIAL,
    OUTCOME_FAILED,
    OUTCOME_REFUSED,
    OUTCOME_UNSUPPORTED,
    OUTCOME_SKIPPED,
    OUTCOME_COUNT
};

const char *task_outcome_name(enum task_outcome outcome);
enum task_outcome task_outcome_parse(const char *name);

struct event {
    int64_t n;
    int64_t at_ms;
    enum event_kind kind;
    const char *run;
    const char *step; /* "" where there is none */
    const char *item;
    const char *target;
    struct value body; /* a map */
};

/* From the stored form; strings and body are copied into the arena. -1 PERMANENT: an unknown kind or a body
 * that is no JSON object, told with run and number. */
int event_read(struct arena *arena, const struct soar_event *stored, struct event *ret_event,
               struct soar_err *err) __attribute__((warn_unused_result));
/* To the stored form; texts are the event's own or live in the arena. */
void event_write(struct arena *arena, const struct event *event, struct soar_event *ret_stored);

#endif
