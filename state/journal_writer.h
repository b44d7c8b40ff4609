/* The writing connection: batches become rows, inside one transaction at a time.
 *
 *   begin → write batch → write batch (doesn't fit: that one alone is undone) → commit
 *
 * The journal thread alone calls these, but for open and close. */
#ifndef STATE_JOURNAL_WRITER_H
#define STATE_JOURNAL_WRITER_H

#include "soar/store.h"
#include "state/journal_hash.h"
#include "state/journal_schema.h"

/* The end of the chain, as it will be when the transaction is through. */
struct journal_end {
    int64_t seq;
    int64_t at_ms;
    uint8_t hash[DIGEST_BYTES];
};

enum journal_statement {
    JOURNAL_BEGIN,
    JOURNAL_COMMIT,
    JOURNAL_ROLLBACK,
    JOURNAL_MARK,
    JOURNAL_KEEP,
    JOURNAL_UNDO,
    JOURNAL_LAST_N,
    JOURNAL_EVENT,
    JOURNAL_ALERT,
    JOURNAL_TEXT,
    JOURNAL_STATEMENT_COUNT
};

struct journal_writer {
    sqlite3 *db;
    char chain[JOURNAL_CHAIN_HEX];
    struct journal_end end;  /* durable */
    struct journal_end next; /* with what this transaction has written so far */
    sqlite3_stmt *statements[JOURNAL_STATEMENT_COUNT];
    sqlite3_stmt *put[SOAR_VIEW_COUNT];
    sqlite3_stmt *drop[SOAR_VIEW_COUNT];
};

/* On an open connection whose tables are there; takes the connection, also when it fails. */
int journal_writer_open(struct journal_writer *writer, sqlite3 *db, const struct world *world,
                        struct soar_err *err) __attribute__((warn_unused_result));
void journal_writer_close(struct journal_writer *writer);

/* After a sync has failed: closing must not copy a log that may not be on the disk. */
void journal_writer_abandon(struct journal_writer *writer);

int journal_writer_begin(struct journal_writer *writer, struct soar_err *err)
    __attribute__((warn_unused_result));

/* INVALID: nothing of the batch is in the transaction, which goes on. Any other class: roll back. */
int journal_writer_batch(struct journal_writer *writer, const struct soar_batch *batch, struct soar_err *err)
    __attribute__((warn_unused_result));
int journal_writer_commit(struct journal_writer *writer, struct soar_err *err)
    __attribute__((warn_unused_result));
int journal_writer_rollback(struct journal_writer *writer, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
