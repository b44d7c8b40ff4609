/* What the files of the rehearsal share; nobody else includes it. */
#ifndef REHEARSE_REHEARSAL_PARTS_H
#define REHEARSE_REHEARSAL_PARTS_H

#include "engine/rehearse/rehearsal.h"

enum { REQUESTS_MAX = 64, SENT_MAX = 16, BROKEN_MAX = 512 };

struct sent { /* alerts, until their sender was told */
    struct rehearsal *rehearsal;
    struct loop_intake intake;
    bool told;
    struct value verdicts;
};

struct rehearsal {
    struct rehearsal_options options;
    struct arena *arena;
    struct memory_disk *disk;
    struct soar_store *store;
    struct soar_caller *caller;
    struct loop *loop;
    int lives;
    int planned_deaths;
    bool crash_now;
    int64_t away_ms;
    struct loop_request requests[REQUESTS_MAX];
    const char *run_ids[REQUESTS_MAX];
    size_t request_count;
    struct sent sent[SENT_MAX];
    size_t sent_count;
    char broken[BROKEN_MAX]; /* the first promise seen broken while it ran; "" if none */
};

int rehearsal_ready(struct rehearsal *rehearsal, struct soar_err *err); /* the first life has begun */

/* rehearsal_senders.c */
int senders_again(struct rehearsal *rehearsal, struct soar_err *err);
int senders_true(const struct rehearsal *rehearsal, struct soar_err *err);

void properties_effect(void *arg, const struct fake_effect *effect);

#endif
