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
    int64_t until_ms;    /* 0: no end */
    const char *release; /* the run that frees it now; NULL: none */
    const char *failed;  /* the last run that was to free it and didn't; NULL: none */
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
    int64_t broken_ms;   /* found open by a recheck, and not put back since; 0: in force */
    int64_t put_back_ms; /* the last time it was */
    int64_t broken_count;
    const char *broken_run; /* the recheck that found it; NULL: never */
};

struct ledger_ask {
    const char *id;   /* "H-7", "D-9", "A-31" */
    const char *kind; /* hold, doubt, ends */
    const char *rule; /* of a hold */
    const char *text;
    const char *digest; /* as it was asked with; "": none. Of any kind: ledger_ask_digest() */
    const char *row;    /* ends: the key of the containment; else NULL */
    const char *holder; /* ends: the run whose time has come; else NULL */
    bool open;
    const char *result; /* once closed: yes, no, void; of a doubt: done, again, not */
    const char *note;
    const char *by;
    int64_t opened_ms;
    int64_t closed_ms; /* 0: it is open, or was closed before this was noted */
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
const struct ledger_row *ledger_row(const struct ledger *ledger, const char *key); /* NULL: there is none */
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
/* What a person gives back to say that this, and nothing else, was shown: of a hold, its rule and members as
 * they are now ("7f3a-91c0"); "": there is none. */
const char *ledger_ask_digest(const struct ledger_ask *ask, struct arena *arena);
/* The id for a new question: "H-1" … in the order of opening. */
char *ledger_ask_next_id(const struct ledger *ledger, char letter, struct arena *arena);

/* Locks: one owner at a time per target and lock; "whole" excludes every other lock of the target. First
 * come, first served. ledger_lock() is true when it is granted now; else the owner waits in line and
 * ledger_granted() hands it out. */
bool ledger_lock(struct ledger *ledger, const char *target, const char *lock, void *owner, int64_t now_ms);
void ledger_unlock(struct ledger *ledger, void *owner, int64_t not_before_ms);
void *ledger_granted(struct ledger *ledger, int64_t now_ms); /* NULL: nobody more right now */
int64_t ledger_lock_due(const struct ledger *ledger);        /* when a kept lock ends; INT64_MAX */

/* Dedup: the run that took this key of (source, playbook) and still has it, for an alert of this severity's
 * rank; NULL: the alert is new. */
const char *ledger_duplicate(const struct ledger *ledger, const char *source, const char *playbook,
                             const char *dedup, int severity, int64_t now_ms);
/* What was answered to this very request of this source: the bodies of its alert.received events, a list in
 * the order of the alerts, until this is asked again; NULL: it was never heard whole, or too long ago. */
const struct value *ledger_heard(struct ledger *ledger, const char *source, const char *request,
                                 int64_t now_ms);

/* Pauses that were not ended by a person; ledger_prune() drops those past their time. what: "all", "playbook"
 * or "source". */
struct ledger_pause {
    const char *what;
    const char *name; /* "" for all */
    int64_t until_ms;
    int64_t since_ms;
    const char *by;
    const char *reason;
};
size_t ledger_pause_count(const struct ledger *ledger);
const struct ledger_pause *ledger_pause_at(const struct ledger *ledger, size_t index);
/* The name of a pause that stops this run's effects now, or NULL; source may be NULL. */
const char *ledger_paused(const struct ledger *ledger, const char *playbook, const char *source,
                          int64_t now_ms);

/* The id for evidence that begins now: "E-1", "E-2" …, never given twice. */
char *ledger_evidence_next_id(const struct ledger *ledger, struct arena *arena);

/* The next holder whose time has come, about whom no question is open and whom no run frees now; NULL: none.
 * holder->failed: a run was to free it and ended without, so another one may do no better. ledger_ends_due():
 * when the next one comes; INT64_MAX. */
const struct ledger_row *ledger_ended(const struct ledger *ledger, int64_t now_ms,
                                      const struct ledger_holder **ret_holder);
int64_t ledger_ends_due(const struct ledger *ledger);
/* Not now: it comes up again at this time. Scratch: a start asks about it at once. */
void ledger_end_later(struct ledger *ledger, const char *key, const char *run, int64_t at_ms);

/* A check found it so: moves only "last seen" (and the view), no event. */
void ledger_seen(struct ledger *ledger, const char *key, int64_t now_ms);

/* Drops what no decision needs any more at this time: spent budgets past the longest window, dedup keys and
 * requests past theirs, pauses, and questions closed for a day. Call it now and then. */
void ledger_prune(struct ledger *ledger, int64_t now_ms, int64_t longest_window_ms);

/* The rows of the views that changed since the last call, into `rows` (arena memory). */
void ledger_rows(struct ledger *ledger, struct arena *arena, struct soar_row **ret_rows, size_t *ret_count);
/* All rows, as a fresh fold would write them: for `journal verify`. */
void ledger_all_rows(struct ledger *ledger, struct arena *arena, struct soar_row **ret_rows,
                     size_t *ret_count);
/* May ledger_prune() have dropped this row by then? */
bool ledger_row_may_go(const struct soar_row *row, int64_t now_ms);
/* On start: a row as it was stored. -1 PERMANENT: it can't be read. */
int ledger_load(struct ledger *ledger, const struct soar_row *row, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
