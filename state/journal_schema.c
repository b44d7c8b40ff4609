/* The journal's tables, as a list of migrations.
 *
 * The one thing to know: a migration and the number that says it was done are one transaction, so a crash
 * leaves the journal at one version or the other. It must never touch a row of `event`, `alert` or `text`:
 * those are the truth. */
#include "state/journal_schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A view's rows have one shape. The index on `at` holds only rows that have a time: most have none. */
#define VIEW(name)                                                                                           \
    "CREATE TABLE " name "(key TEXT PRIMARY KEY, run TEXT NOT NULL, state TEXT NOT NULL,"                    \
    " at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;"                                               \
    "CREATE INDEX " name "_run ON " name "(run);"                                                            \
    "CREATE INDEX " name "_state ON " name "(state);"                                                        \
    "CREATE INDEX " name "_at ON " name "(at) WHERE at > 0;"

static const char VERSION_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE alert(id TEXT PRIMARY KEY NOT NULL, received_at INTEGER NOT NULL, source TEXT NOT NULL,"
    " digest TEXT NOT NULL, body TEXT NOT NULL);"
    "CREATE TABLE text(digest TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,"
    " origin TEXT NOT NULL, body TEXT NOT NULL);"
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, chain TEXT NOT NULL, run TEXT NOT NULL, n INTEGER NOT NULL,"
    " at INTEGER NOT NULL, kind TEXT NOT NULL, step TEXT NOT NULL, item TEXT NOT NULL, target TEXT NOT NULL,"
    " body TEXT NOT NULL, content BLOB NOT NULL, hash BLOB NOT NULL, UNIQUE(run, n));"
    "CREATE TABLE seal(chain TEXT NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL,"
    " key TEXT NOT NULL, signature BLOB NOT NULL, PRIMARY KEY(chain, seq, key)) WITHOUT ROWID;" VIEW("run")
        VIEW("task") VIEW("timer") VIEW("ask") VIEW("containment") VIEW("holder") VIEW("spend") VIEW("dedup")
            VIEW("evidence") VIEW("lease");

const char *const journal_migrations[] = {VERSION_1};
const size_t journal_migration_count = sizeof(journal_migrations) / sizeof(journal_migrations[0]);

int journal_schema_check(sqlite3 *db, size_t known_count, struct soar_err *err)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    if (sql_number(db, "PRAGMA application_id", &application, err) < 0 ||
        sql_number(db, "PRAGMA user_version", &version, err) < 0 ||
        sql_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
        return -1;
    if (application == 0 && version == 0 && tables == 0)
        return 0;
    if (application != JOURNAL_APPLICATION_ID)
        return soar_err_set(err, SOAR_INVALID,
                            "this database is no journal of soar (application_id %" PRId64 ")", application);
    if (version < 0 || (uint64_t)version > known_count)
        return soar_err_set(err, SOAR_UNSUPPORTED,
                            "the journal is of version %" PRId64
                            "; this soar knows versions up to %zu: start a newer one",
                            version, known_count);
    return 0;
}

static int migrate_one(sqlite3 *db, const char *sql, size_t version, struct soar_err *err)
{
    char stamp[96];
    snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %zu;",
             JOURNAL_APPLICATION_ID, version);
    if (sql_exec(db, "BEGIN IMMEDIATE", err) == 0 && sql_exec(db, sql, err) == 0 &&
        sql_exec(db, stamp, err) == 0 && sql_exec(db, "COMMIT", err) == 0)
        return 0;
    if (!sqlite3_get_autocommit(db))
        sql_exec(db, "ROLLBACK", NULL);
    return soar_err_wrap(err, "migration %zu", version);
}

int journal_schema_migrate(sqlite3 *db, const char *const *migrations, size_t count, struct soar_err *err)
{
    int64_t version = 0;
    if (sql_number(db, "PRAGMA user_version", &version, err) < 0)
        return -1;
    for (size_t i = (size_t)version; i < count; i++) {
        if (migrate_one(db, migrations[i], i + 1, err) < 0)
            return -1;
    }
    return 0;
}

static int make_chain(sqlite3 *db, const struct world *world, struct soar_err *err)
{
    uint8_t chance[(JOURNAL_CHAIN_HEX - 1) / 2];
    char sql[96] = "INSERT INTO meta VALUES('chain', '";
    size_t len = strlen(sql);
    world->random(world->arg, chance, sizeof(chance));
    for (size_t i = 0; i < sizeof(chance); i++, len += 2)
        snprintf(sql + len, sizeof(sql) - len, "%02x", chance[i]);
    snprintf(sql + len, sizeof(sql) - len, "')");
    return sql_exec(db, sql, err);
}

int journal_schema_chain(sqlite3 *db, const struct world *world, char ret_chain[JOURNAL_CHAIN_HEX],
                         struct soar_err *err)
{
    int64_t there = 0;
    sqlite3_stmt *stmt = NULL;
    if (sql_number(db, "SELECT count(*) FROM meta WHERE name = 'chain'", &there, err) < 0)
        return -1;
    if (there == 0 && make_chain(db, world, err) < 0)
        return -1;
    if (sql_prepare(db, "SELECT value FROM meta WHERE name = 'chain'", &stmt, err) < 0)
        return -1;
    int result = -1;
    if (sqlite3_step(stmt) != SQLITE_ROW)
        sql_fail(err, db, "reading the chain's id");
    else if (strlen(sql_text(stmt, 0)) != JOURNAL_CHAIN_HEX - 1)
        soar_err_set(err, SOAR_PERMANENT, "the chain's id is damaged");
    else {
        memcpy(ret_chain, sql_text(stmt, 0), JOURNAL_CHAIN_HEX);
        result = 0;
    }
    sqlite3_finalize(stmt);
    return result;
}
