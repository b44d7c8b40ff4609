/* The parts of an open journal, for the files of this room alone: who owns which is said at each. */
#ifndef STATE_JOURNAL_H
#define STATE_JOURNAL_H

#include "state/journal_keeper.h"
#include "state/journal_queue.h"
#include "state/journal_reader.h"
#include "state/journal_sqlite.h"
#include "state/journal_writer.h"

struct journal {
    struct soar_store store; /* first: a store is its journal */
    char *dir;
    char *path;
    struct journal_options options; /* with the defaults filled in */
    int owner_fd;
    struct journal_reader reader; /* the engine's thread */
    struct journal_writer writer; /* the journal's thread, while it runs */
    struct journal_keeper keeper; /* its own thread, while it runs */
    struct journal_queue queue;   /* both: locked */
    int64_t log_pages;            /* the journal's thread: length of the log after the last commit */
    struct journal_backup
        *backup; /* set by the engine's thread before it sends the errand, then the journal's */
    pthread_t thread;
};

static inline struct journal *journal_of(struct soar_store *store)
{
    return (struct journal *)(void *)store;
}

void *journal_thread(void *arg); /* journal_thread.c */

#endif
