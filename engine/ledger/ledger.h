/* The ledger: what spans runs. Who holds what, since when; locks; budgets; questions to people.
 *
 * It is a fold of the same events as the runs, kept in memory and written as rows of the views in the same
 * transaction, so that a start loads it from those rows (ledger_load) instead of reading every run there ever
 * was. Locks are scratch: they live in memory alone. No clock, no I/O.
 *
 * A containment is one row with any number of holders. It appears as "perhaps" with its first intent, becomes
 * "held" with the outcome, and goes only when a check has said clear. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "engine/base/event.h"

struct ledger;

struct ledger_holder {
    const char *run;
    int64_t since_ms;
    int64_t until_ms; /* 0: no end */
};

struct ledger_row {
    const char *key; /* target/action/provider/place, percent-encoded */
    const char *target;
    const char *name;
    const char *action;
    const char *provider;
    const char *place;
    bool held; /* else perhaps */
    bool ours; /* false: found so, done by others */
    int64_t since_ms;
    int64_t seen_ms; /* last seen so, by a check */
    struct value prior;
    struct value kept;
    struct value args;
    struct value host; /* the target as frozen by the run that took it */
    const char *pack;  /* digest of the pack of the latest apply */
    size_t holder_count;
    const struct ledger_holder *holders;
};

struct ledger_ask {
    const char *id;   /* "H-7", "D-9" */
    const char *kind; /* hold, doubt */
    const char *rule; /* of a hold */
    const char *text;
    bool open;
    const char *result; /* once closed: yes, no, void; of a doubt: done, again, not */
    const char *note;
    const char *by;
    int64_t opened_ms;
    size_t member_count;
    const char *const *runs;  /* members, side by side */
    const char *const *tasks; /* paths of tasks in them */
    const char *const *names; /* targets as people know them */
};

struct ledger *ledger_new(void) __attribute__((warn_unused_result));
void ledger_free(struct ledger *ledger);

/* Folds an event of any stream. */
void ledger_apply(struct ledger *ledger, const struct event *event);

const struct ledger_row *ledger_find(const struct ledger *ledger, const char *target, const char *action,
                                     const char *provider, const char *place);
size_t ledger_row_count(const struct ledger *ledger);
const struct ledger_row *ledger_row_at(const struct ledger *ledger, size_t index);

/* Targets counted against a budget since a time, each once, not counting `task` of `run`; *ret_ours: that one
 * is counted already. */
int64_t ledger_spent(const struct ledger *ledger, const char *budget, int64_t since_ms, const char *run,
                     const char *task, bool *ret_ours);

size_t ledger_ask_count(const struct ledger *ledger);
const struct ledger_ask *ledger_ask_at(const struct ledger *ledger, size_t index);
const struct ledger_ask *ledger_ask_find(const struct ledger *ledger, const char *id);
const struct ledger_ask *ledger_hold_open(const struct ledger *ledger,
                                          const char *rule); /* NULL: none is open */
/* The id for a new question: "H-1" … in the order of opening. */
char *ledger_ask_next_id(const struct ledger *ledger, char letter, struct arena *arena);

/* Locks: one owner at a time per target and lock; "whole" excludes every other lock of the target. First
 * come, first served. ledger_lock() is true when it is granted now; else the owner waits in line and
 * ledger_granted() hands it out. */
bool ledger_lock(struct ledger *ledger, const char *target, const char *lock, void *owner, int64_t now_ms);
void ledger_unlock(struct ledger *ledger, void *owner, int64_t not_before_ms);
void *ledger_granted(struct ledger *ledger, int64_t now_ms); /* NULL: nobody more right now */
int64_t ledger_lock_due(const struct ledger *ledger);        /* when a kept lock ends; INT64_MAX */

/* The rows of the views that changed since the last call, into `rows` (arena memory). */
void ledger_rows(struct ledger *ledger, struct arena *arena, struct soar_row **ret_rows, size_t *ret_count);
/* All rows, as a fresh fold would write them: for `journal verify`. */
void ledger_all_rows(struct ledger *ledger, struct arena *arena, struct soar_row **ret_rows,
                     size_t *ret_count);
/* On start: a row as it was stored. -1 PERMANENT: it can't be read. */
int ledger_load(struct ledger *ledger, const struct soar_row *row, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
