/* A copy of the journal while it is in use, made by the journal thread from its own connection, a few pages
 * between batches.
 *
 * (From another connection every commit would start it over.) The copy appears under its name only when it is
 * whole and synced. One at a time. Evidence is copied after it: each file an event of the copy names is then
 * there. */
#ifndef STATE_JOURNAL_BACKUP_H
#define STATE_JOURNAL_BACKUP_H

#include "soar/store.h"

struct journal;

/* The engine's thread. The file must not exist. done() is called later, from deliver(), exactly once. */
int journal_backup(struct soar_store *store, const char *path,
                   void (*done)(void *arg, const struct soar_err *err), void *arg, struct soar_err *err);

/* For the room: a few pages (journal's thread); the answer (engine's thread); giving up (engine's thread, the
 * other gone). */
void journal_backup_step(struct journal *journal);
void journal_backup_deliver(struct journal *journal);
void journal_backup_cancel(struct journal *journal);

#endif
