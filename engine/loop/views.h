/* Rows of the views: what the fold says now, written in the same transaction as the events that made it so.
 *
 * `journal verify` folds a journal anew and compares these rows with the stored ones: both come from here. */
#ifndef LOOP_VIEWS_H
#define LOOP_VIEWS_H

#include "engine/ledger/ledger.h"
#include "engine/loop/clock.h"
#include "engine/run/run.h"

struct view_rows {
    struct arena *arena;
    struct soar_row *rows;
    size_t count;
    size_t size;
};

void views_begin(struct view_rows *rows, struct arena *arena);
void views_run(struct view_rows *rows,
               struct run *run); /* if it changed since the last time: its row, its tasks' */
void views_run_all(struct view_rows *rows, const struct run *run); /* in any case */
void views_ledger(struct view_rows *rows, struct ledger *ledger);  /* what changed since the last time */
void views_engine(struct view_rows *rows, int64_t n, const struct clock *clock);

#endif
