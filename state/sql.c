/* SQLite's errors in our classes, and the few calls the room makes over and over.
 *
 * The one thing to know: which error may be tried again is decided here, in sql_class(), and nowhere else. A
 * code that is not named there is final. Nothing here retries or prints. */
#include "state/sql.h"

#include <stddef.h>

enum { BUSY_MS = 1000 }; /* the other connections of this process never hold a lock for longer */

enum soar_class sql_class(int extended_code)
{
    switch (extended_code) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_SHMSIZE: /* the disk was full when the log's index had to grow */
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_IOERR_SHMMAP:
        return SOAR_TRANSIENT;
    default:
        break;
    }
    switch (extended_code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
        return SOAR_TRANSIENT;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
        return SOAR_INVALID;
    default:
        return SOAR_PERMANENT;
    }
}

int sql_fail(struct soar_err *err, sqlite3 *db, const char *doing)
{
    int code = sqlite3_extended_errcode(db);
    return soar_err_set(err, sql_class(code), "%s: %s (SQLite %d)", doing, sqlite3_errmsg(db), code);
}

int sql_open(const char *path, const char *vfs, int create, sqlite3 **ret_db, struct soar_err *err)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(path, &db, flags, vfs) != SQLITE_OK) {
        if (db)
            sql_fail(err, db, path);
        else
            soar_err_set(err, SOAR_PERMANENT, "%s: no memory for a connection", path);
        sqlite3_close(db);
        return -1;
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MS);
    *ret_db = db;
    return 0;
}

/* temp_store: what a savepoint keeps stays in memory, so no other file system can fill up under a
 * transaction. */
int sql_settle(sqlite3 *db, struct soar_err *err)
{
    return sql_exec(db,
                    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0;"
                    "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
                    err);
}

int sql_exec(sqlite3 *db, const char *sql, struct soar_err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_fail(err, db, "journal");
}

int sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt, struct soar_err *err)
{
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_stmt, NULL) != SQLITE_OK)
        return sql_fail(err, db, sql);
    return 0;
}

int sql_number(sqlite3 *db, const char *sql, int64_t *ret_number, struct soar_err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sql_prepare(db, sql, &stmt, err) < 0)
        return -1;
    int result = -1;
    switch (sqlite3_step(stmt)) {
    case SQLITE_ROW:
        *ret_number = sqlite3_column_int64(stmt, 0);
        result = 0;
        break;
    case SQLITE_DONE:
        soar_err_set(err, SOAR_ABSENT, "%s: no row", sql);
        break;
    default:
        sql_fail(err, db, sql);
    }
    sqlite3_finalize(stmt);
    return result;
}

int sql_run(sqlite3_stmt *stmt, struct soar_err *err)
{
    int code = sqlite3_step(stmt);
    int result = code == SQLITE_DONE ? 0 : sql_fail(err, sqlite3_db_handle(stmt), "journal");
    sqlite3_reset(stmt);
    return result;
}

int sql_settle_log(sqlite3 *db, struct soar_err *err)
{
    int log_frames = 0;
    int done_frames = 0;
    if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &log_frames, &done_frames) !=
        SQLITE_OK)
        return sql_fail(err, db, "copying the log into the database");
    if (log_frames != done_frames)
        return soar_err_set(err, SOAR_PERMANENT, "only %d of %d pages of the log went into the database",
                            done_frames, log_frames);
    return 0;
}

const char *sql_text(sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    return text ? (const char *)text : "";
}
