/* One evidence on its way: engine/loop's own. The machine is loop_evidence.c, its words are
 * loop_evidence_say.c. */
#ifndef LOOP_LOOP_EVIDENCE_H
#define LOOP_LOOP_EVIDENCE_H

#include "engine/loop/loop_parts.h"

enum collecting_stage {
    COLLECTING, /* the collector and the writer's evidence.keep */
    SEALING,    /* both are through: evidence.seal */
    SALVAGING,  /* evidence.salvage, by a writer of its own */
};

struct collecting {
    struct loop *loop;
    struct live *live;
    struct run_task *task;
    struct arena *arena;
    const char *id;     /* "E-77" */
    struct value begun; /* the body of evidence.begun */
    int64_t trial_call; /* what run_heard() is given back */
    int64_t span_ms; /* for the collector, from when it is started: what waits for its turn spends nothing */
    int64_t deadline_ms;
    bool alone; /* of an earlier life: nobody waits for an answer */
    enum collecting_stage stage;
    bool counted;               /* among those whose workers have begun */
    uint64_t collector, writer; /* their calls; 0: it has none, or was answered */
    const char *collector_session, *writer_session;
    const char *peer;  /* of its writers, from the first: a reload may say another directory */
    int pipe[2];       /* while they are started: where it is read, where it is written */
    int64_t since_ms;  /* its workers have begun */
    int64_t bytes, of; /* so far, by whoever said more; in all, 0 where nobody knows */
    int64_t told_ms;   /* when that was told last */
    bool heard;
    struct soar_answer answer; /* of the collector */
    struct value result;       /* of that, or null */
    bool kept;                 /* evidence.keep was answered */
    bool failed;               /* by the writer */
    enum soar_class failed_class;
    const char *failed_why; /* "" */
    struct value sum;       /* what evidence.keep answered, or null */
    struct value sealed;    /* what evidence.seal or evidence.salvage answered, or null */
    const char *lost_why;   /* it could not even be salvaged; or NULL */
    int salvages;
    int64_t again_ms; /* to be salvaged then; 0: not so */
    TAILQ_ENTRY(collecting) place;
};

struct value say_begun(const struct loop *loop, const struct live *live, const struct effect *effect,
                       const char *id, struct arena *arena);
/* Arguments of the writer's functions. */
struct value say_keep(const struct collecting *collecting);
struct value say_seal(const struct collecting *collecting);
/* The body of evidence.kept. */
struct value say_kept(const struct collecting *collecting, struct arena *arena);
/* What the run hears; texts in collecting->arena. */
struct soar_answer say_answer(struct collecting *collecting);
/* What evidence.keep's answer means: true, the stream came to its end. */
bool say_stopped(struct collecting *collecting, const struct soar_answer *answer);

#endif
