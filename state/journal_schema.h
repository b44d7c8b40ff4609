/* The tables of the journal and how an older journal becomes one of today: numbered migrations, each one
 * transaction.
 *
 * docs/journal.md describes the tables. The database's application_id says that it is a journal, its
 * user_version how many migrations it has seen. A released migration is never edited: a change is a new one
 * at the end. */
#ifndef STATE_JOURNAL_SCHEMA_H
#define STATE_JOURNAL_SCHEMA_H

#include <stddef.h>
#include "engine/base/world.h"
#include "state/sql.h"

#define JOURNAL_APPLICATION_ID 0x736f6172 /* "soar" */
#define JOURNAL_CHAIN_HEX      17         /* a chain's id, 16 hex digits and a NUL */

extern const char *const journal_migrations[];
extern const size_t journal_migration_count;

/* Is it a journal (or an empty file), and none of a newer version? UNSUPPORTED: newer; INVALID: something
 * else. */
int journal_schema_check(sqlite3 *db, size_t known_count, struct soar_err *err)
    __attribute__((warn_unused_result));

/* Applies what the journal has not seen yet. */
int journal_schema_migrate(sqlite3 *db, const char *const *migrations, size_t count, struct soar_err *err)
    __attribute__((warn_unused_result));

/* This writer's chain: read, or made of chance at the first open. */
int journal_schema_chain(sqlite3 *db, const struct world *world, char ret_chain[JOURNAL_CHAIN_HEX],
                         struct soar_err *err) __attribute__((warn_unused_result));

#endif
