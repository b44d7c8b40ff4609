/* A rehearsal: the real engine driven through a fake world, with deaths where they were planned.
 *
 * The loop, the runs, the ledger and the packs are the ones that run in earnest; only the clock, the targets
 * and the disk are not. When the engine dies, everything in memory is thrown away, and a new one starts from
 * the disk. */
#ifndef REHEARSE_REHEARSAL_H
#define REHEARSE_REHEARSAL_H

#include "engine/loop/loop.h"
#include "engine/rehearse/fake_world.h"
#include "engine/rehearse/memory_store.h"

/* Where the engine dies, by the names of the crash table (docs/testing-playbooks.md); ends with NULL. */
extern const char *const rehearsal_points[];

struct rehearsal_crash {
    const char *point;
    const char *step;   /* NULL: any */
    const char *target; /* name or key; NULL: any */
    int64_t away_ms;    /* how long nobody is there */
    bool used;
};

struct rehearsal_options {
    const struct site *site;
    const struct policy *policy;
    struct pack_shelf *shelf;
    struct fake_world *world; /* borrowed */
    const char *breakage;     /* a deliberate bug, or NULL */
    const struct loop_watch *watch;
    struct rehearsal_crash *crashes;
    size_t crash_count;
    long die_at; /* the write of the first life it dies at; 0: none */
    enum memory_death die_when;
    long die_again_at;     /* of the second life; 0: none */
    unsigned dies_percent; /* each life dies at a write drawn from the world's seed, with this chance; five at
                              most */
    bool forget;           /* as a daemon: ended runs are freed, the clock is marked */
    bool recheck;          /* as a daemon: what is held is looked at again, and ends when its time is over */
    int64_t limit_ms;      /* of the world's time; 0: 3 days */
};

struct rehearsal;

struct rehearsal *rehearsal_new(const struct rehearsal_options *options) __attribute__((warn_unused_result));
void rehearsal_free(struct rehearsal *rehearsal);

/* Starts a run; the request is kept and made again if the engine dies before it was durable (as a sender
 * would). */
int rehearsal_request(struct rehearsal *rehearsal, const struct loop_request *request, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Alerts come in: kept, and sent again after each death; all it points to outlives the rehearsal. done and
 * arg are the rehearsal's own. */
int rehearsal_send(struct rehearsal *rehearsal, const struct loop_intake *intake, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Goes on until all runs have ended or wait for people. -1: it came to no end; err says what hung. */
int rehearsal_run(struct rehearsal *rehearsal, struct soar_err *err) __attribute__((warn_unused_result));
/* A while in which nothing is asked of the engine; it goes on with what is due. */
int rehearsal_pass(struct rehearsal *rehearsal, int64_t ms, struct soar_err *err)
    __attribute__((warn_unused_result));

struct loop *rehearsal_loop(const struct rehearsal *rehearsal);
const struct memory_disk *rehearsal_disk(const struct rehearsal *rehearsal);
int rehearsal_lives(const struct rehearsal *rehearsal);
/* The newest state of the run that was asked for first, second, …; NULL if it never came to be. */
const struct run *rehearsal_run_at(struct rehearsal *rehearsal, size_t index);

/* The promises (properties.c): 0, or -1 and the first one that is broken. Call it at the end. */
int rehearsal_check(struct rehearsal *rehearsal, struct soar_err *err) __attribute__((warn_unused_result));

#endif
