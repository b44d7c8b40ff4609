/* The journal in SQLite: a soar_store (soar/store.h) in a directory.
 *
 *   DIR/owner.lock             who owns it: one process at a time
 *   DIR/journal.db, -wal, -shm the database and its log
 *
 * journal_open() takes the directory, brings the tables to this version, copies a log that was left behind
 * into the database before it believes it, and starts two threads: the journal thread, which writes all that
 * is queued as one transaction, and the keeper, which makes checkpoints. Reads run on the calling thread, on
 * a connection of their own, in pages: what a page holds is copied before the first of it is handed out, so a
 * callback may read and submit.
 *
 * Errors of open: TRANSIENT, held by another process (named); UNSUPPORTED, written by a newer soar; INVALID,
 * no journal; PERMANENT, the disk. */
#ifndef STATE_JOURNAL_SQLITE_H
#define STATE_JOURNAL_SQLITE_H

#include "engine/base/world.h"
#include "soar/store.h"

/* All zero: as it should be. */
struct journal_options {
    const struct world
        *world;             /* NULL: this machine's; its boot_ms is called from the journal's threads, too */
    const char *vfs;        /* SQLite's file layer by name; NULL: the system's */
    int64_t retry_first_ms; /* 0: 20; doubles up to retry_max_ms */
    int64_t retry_max_ms;   /* 0: 2000 */
    int64_t log_idle_bytes; /* 0: 4 MiB: checkpoint when nothing is queued */
    int64_t log_full_bytes; /* 0: 32 MiB: checkpoint in any case */
};

int journal_open(const char *dir, const struct journal_options *options, struct soar_store **ret_store,
                 struct soar_err *err) __attribute__((warn_unused_result));

#endif
