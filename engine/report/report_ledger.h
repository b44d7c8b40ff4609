/* What is contained now, and what waits for a person: the ledger as values, and as lines. */
#ifndef REPORT_REPORT_LEDGER_H
#define REPORT_REPORT_LEDGER_H

#include "engine/ledger/ledger.h"
#include "engine/report/report_style.h"
#include "engine/run/run.h"

/* Where the verb of a row's pack comes from (pack() may return NULL), and who looks after what is held. */
struct report_packs {
    const struct pack *(*pack)(void *arg, const char *digest, const char *action);
    void *arg;
    int64_t stale_ms; /* what was last seen before this is stale; 0: nobody looks again */
    const char *then; /* what happens at an end: "asks", "frees", "by hand" */
};

/* {containments: [{target, key, action, provider, place, state, says, ours, since, seen, stale, broken,
 * found_open, put_back, times, recheck, then, holders: [{run, since, until, release, failed}]}], counts:
 * {held, broken, perhaps, others}}. state: held, broken, perhaps, others. times: how often it was found open;
 * recheck: the run that found it so last. */
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
