/* What the files of the rehearsal share; nobody else includes it. */
#ifndef REHEARSE_REHEARSAL_PARTS_H
#define REHEARSE_REHEARSAL_PARTS_H

#include "engine/rehearse/rehearsal.h"

enum { REQUESTS_MAX = 64, BROKEN_MAX = 512 };

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
    char broken[BROKEN_MAX]; /* the first promise seen broken while it ran; "" if none */
};

void properties_effect(void *arg, const struct fake_effect *effect);

#endif
