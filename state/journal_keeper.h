/* The keeper: a thread with a connection of its own that copies the log into the database, off the path of
 * commits.
 *
 * The journal thread tells it how long the log is after each commit. Passive checkpoints hold no writer back:
 * at log_idle when nothing is queued, at log_full always. When the log is still too long after one (the
 * writer added to it meanwhile), the writer is held for the short rest, so that it begins the log anew. A
 * checkpoint whose sync fails is final: on_fail.
 *
 * The writer calls enter before and leave after each transaction, and bar when its own sync has failed: no
 * checkpoint begins then. */
#ifndef STATE_JOURNAL_KEEPER_H
#define STATE_JOURNAL_KEEPER_H

#include <pthread.h>
#include <stdbool.h>
#include "state/sql.h"

struct journal_keeper {
    pthread_t thread;
    bool started;
    sqlite3 *db; /* the keeper's thread alone, once it runs */
    int64_t log_idle_bytes;
    int64_t log_full_bytes;
    int64_t page_bytes;
    void (*on_fail)(void *arg, const struct soar_err *err);
    void *arg;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t turn;
    int64_t log_pages;
    bool wanted;  /* a checkpoint */
    bool working; /* at one */
    bool barred;  /* for good: a sync has failed somewhere */
    bool hold;    /* no transaction may begin */
    bool writing; /* one is going on */
    bool closing;
};

/* `keeper` has its limits, on_fail and arg set; takes db, also when it fails. */
int journal_keeper_start(struct journal_keeper *keeper, sqlite3 *db, struct soar_err *err)
    __attribute__((warn_unused_result));
void journal_keeper_stop(struct journal_keeper *keeper); /* ends the thread; the connection stays */
void journal_keeper_close(struct journal_keeper *keeper, bool abandon); /* abandon: the log is not copied */

bool journal_keeper_rests(struct journal_keeper *keeper); /* nothing to copy, and not at it: any thread */
void journal_keeper_enter(struct journal_keeper *keeper);
void journal_keeper_bar(struct journal_keeper *keeper);
void journal_keeper_leave(struct journal_keeper *keeper, int64_t log_pages, bool idle);

#endif
