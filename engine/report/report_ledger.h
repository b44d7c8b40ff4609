/* What is contained now, and what waits for a person: the ledger as values, and as lines. */
#ifndef REPORT_REPORT_LEDGER_H
#define REPORT_REPORT_LEDGER_H

#include "engine/ledger/ledger.h"
#include "engine/report/report_style.h"
#include "engine/run/run.h"

/* Where the verb of a row's pack comes from; pack() may return NULL. */
struct report_packs {
    const struct pack *(*pack)(void *arg, const char *digest, const char *action);
    void *arg;
};

/* {containments: [{target, key, action, provider, place, state, says, ours, since, seen, holders: [{run,
 * since, until}]}], counts: {held, perhaps, others}}. state: held, perhaps, others. */
struct value report_contained(const struct ledger *ledger, const struct report_packs *packs,
                              struct arena *arena);
struct value report_containment(const struct ledger_row *row, const struct report_packs *packs,
                                struct arena *arena);

/* Adds what live runs still try: {target, action, run, says, why, until}, under `not_yet`. */
struct value report_not_yet(const struct run *const *runs, size_t count, struct arena *arena);

/* [{ask, kind, rule, text, opened, members: [{run, task, target}]}], those that are open. */
struct value report_waiting(const struct ledger *ledger, struct arena *arena);

void print_contained(const struct value *answer, const struct report_style *style, struct buf *out);
void print_waiting(const struct value *answer, const struct report_style *style, struct buf *out);

#endif
