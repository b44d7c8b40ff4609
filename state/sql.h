/* SQLite as this room uses it: errors in our classes, statements that are prepared once.
 *
 * The class of an error is what the journal thread decides on: TRANSIENT (full, busy, a write that failed:
 * nothing is durable, the same can be written again), INVALID (a constraint: this batch alone is wrong),
 * PERMANENT (a failed sync and anything that can't be told apart from one: what the disk holds is not known
 * any more, nothing may be tried again). */
#ifndef STATE_SQL_H
#define STATE_SQL_H

#include <sqlite3.h>
#include <stdint.h>
#include "soar/err.h"

/* A connection of the journal: write-ahead log, full sync, no automatic checkpoint. Create only when `create`
 * is set. */
int sql_open(const char *path, const char *vfs, int create, sqlite3 **ret_db, struct soar_err *err)
    __attribute__((warn_unused_result));
int sql_settle(sqlite3 *db, struct soar_err *err)
    __attribute__((warn_unused_result)); /* the pragmas of each connection */

int sql_exec(sqlite3 *db, const char *sql, struct soar_err *err);
int sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt, struct soar_err *err)
    __attribute__((warn_unused_result));
int sql_number(sqlite3 *db, const char *sql, int64_t *ret_number, struct soar_err *err)
    __attribute__((warn_unused_result)); /* the first column of the first row */

/* Runs a statement that gives no rows, and resets it. */
int sql_run(sqlite3_stmt *stmt, struct soar_err *err) __attribute__((warn_unused_result));

/* Copies the whole log into the database and empties it; an error if not all of it went. */
int sql_settle_log(sqlite3 *db, struct soar_err *err) __attribute__((warn_unused_result));

/* Sets err from the connection's last error; returns -1. */
int sql_fail(struct soar_err *err, sqlite3 *db, const char *doing);
enum soar_class sql_class(int extended_code);

const char *sql_text(sqlite3_stmt *stmt, int column); /* never NULL; until the next step */

#endif
