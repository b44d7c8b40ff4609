/* The store: where the journal lives. The engine knows this contract, never which store it talks to.
 *
 * As it should go: the engine folds its events, puts them with the rows of the views into a batch, submit()s
 * it, and goes on with other work; when the store has made the batch durable, its descriptor becomes
 * readable, the engine calls deliver(), and done() of each batch runs, in the order of submission, on the
 * engine's thread. Only then is an effect let go.
 *
 * As it goes wrong: a batch that can't be written now (disk full, busy) is kept by the store and written
 * again as it stands; stalled() tells why and since when, and the engine lets no new effect begin. A batch
 * whose expected number doesn't fit (another writer was there) is answered with class INVALID and nothing of
 * it is stored. A sync that fails with an I/O error is never tried again: done() gets class PERMANENT, the
 * store takes nothing more, and the engine must end at once.
 *
 * Events, alerts and texts are the truth; rows are views that can be rebuilt from them.
 *
 * Threads: all functions are called from the engine's one thread, but for the read functions, which a store
 * may also allow from one reading thread (they say so). Durations and times are milliseconds of the journal's
 * own clock. */
#ifndef SOAR_STORE_H
#define SOAR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "soar/err.h"

/* One event as it is stored: texts, never NULL (empty where an event has none), UTF-8 without NUL. body is
 * JSON. */
struct soar_event {
    const char *run; /* "-" is the engine's own stream */
    int64_t n;       /* 1, 2, … within the run */
    int64_t at_ms;
    const char *kind;
    const char *step;
    const char *item;
    const char *target;
    const char *body;
};

/* An alert as it was received. */
struct soar_alert {
    const char *id; /* the engine's, unique */
    int64_t received_at_ms;
    const char *source;
    const char *digest; /* hex SHA-256 of body */
    const char *body;
};

/* A playbook or pack by content; storing one that is there already does nothing. */
struct soar_text {
    const char *digest; /* hex SHA-256 of body */
    const char *kind;   /* "playbook", "pack", "policy", "inventory", "config" */
    const char *name;
    const char *origin; /* a file, or a git commit */
    const char *body;
};

/* The views, each a table of rows of one shape: what the fold says now. */
enum soar_view {
    SOAR_VIEW_RUN,         /* key: run */
    SOAR_VIEW_TASK,        /* key: run/step/item/target/way, each percent-encoded */
    SOAR_VIEW_TIMER,       /* key: what is due; at: when */
    SOAR_VIEW_ASK,         /* key: ask */
    SOAR_VIEW_CONTAINMENT, /* key: target/action/provider/place, each percent-encoded */
    SOAR_VIEW_HOLDER,      /* key: containment's key and the run; at: until, or 0 */
    SOAR_VIEW_SPEND,       /* key: rule/run/task; at: when */
    SOAR_VIEW_DEDUP,       /* key: source/trigger/digest of the values; at: end of the window */
    SOAR_VIEW_EVIDENCE,    /* key: evidence */
    SOAR_VIEW_LEASE,       /* key: lease */
    SOAR_VIEW_COUNT
};

struct soar_row {
    enum soar_view view;
    const char *key;
    const char *run;   /* whose it is, or "" */
    const char *state; /* the fold's word for it: indexed */
    int64_t at_ms;     /* indexed */
    const char *body;  /* JSON: the rest */
    bool gone;         /* delete the row of this key */
};

const char *soar_view_name(enum soar_view view); /* the table's name: "run", "task", … */

/* What is to become durable together. All it points to stays valid until done() has been called, always later
 * than submit() returns, exactly once. Events of one run stand in order and without gaps; the first must be
 * one more than the run's last in the store. */
struct soar_batch {
    const struct soar_event *events;
    size_t event_count;
    const struct soar_row *rows; /* later ones of the same key stand */
    size_t row_count;
    const struct soar_alert *alerts;
    size_t alert_count;
    const struct soar_text *texts;
    size_t text_count;
    void (*done)(void *arg, const struct soar_err *err); /* err->class SOAR_DONE: durable */
    void *arg;
    struct soar_batch *next; /* the store's, while it has the batch */
};

/* Which rows: those of a view that fit all that is set; in the order of keys (or of at_ms when by_time or
 * latest_first), beginning after `after`. */
struct soar_query {
    enum soar_view view;
    const char *key;        /* this one row */
    const char *run;        /* or rows of this run */
    const char *state;      /* or in this state */
    const char *key_begins; /* keys with this beginning */
    const char *after;      /* key of the last row already seen */
    int64_t at_until_ms;    /* 0: any; else at_ms <= this and at_ms > 0 */
    bool by_time;
    bool latest_first;   /* by_time backwards, of rows with at_ms > 0 */
    int64_t after_at_ms; /* with an order of time and `after`: the at_ms of that row */
    size_t limit;        /* 0: all; the store pages by itself, with no snapshot kept between pages */
};

/* Return 0 to go on, anything else to stop (the read function then returns 0). What they are handed lives
 * until they return. */
typedef int (*soar_event_fn)(void *arg, const struct soar_event *event);
typedef int (*soar_row_fn)(void *arg, const struct soar_row *row);
typedef int (*soar_text_fn)(void *arg, const struct soar_text *text);

/* The end of this writer's chain. */
struct soar_head {
    int64_t seq;
    int64_t at_ms;
    char hash[65]; /* hex */
};

/* What a look over the whole record found: the first problems, in words, and how many there are in all. */
enum { SOAR_PROBLEMS_MAX = 20 };

struct soar_problem {
    int64_t seq; /* the event it was found at; 0: of no single event */
    char text[240];
};

struct soar_verdict {
    int64_t events;
    int64_t runs;
    int64_t alerts;
    int64_t texts;
    int64_t chains;
    int64_t problem_count;
    struct soar_problem problems[SOAR_PROBLEMS_MAX];
    struct soar_head head; /* of what was read */
};

struct soar_store;

struct soar_store_ops {
    const char *name;
    int (*submit)(struct soar_store *store, struct soar_batch *batch, struct soar_err *err);
    int (*descriptor)(struct soar_store *store); /* readable when deliver() has something to do; -1: call
                                                    deliver() at will */
    void (*deliver)(struct soar_store *store);
    bool (*stalled)(struct soar_store *store, struct soar_err *ret_why, int64_t *ret_for_ms);

    /* Reads see what is durable. events: of one run from its event from_n; run NULL: of all runs in the order
     * of commit, from_n then is the number of the commit's order (1: all). text, alert: digest or id NULL:
     * each of them. */
    int (*events)(struct soar_store *store, const char *run, int64_t from_n, soar_event_fn fn, void *arg,
                  struct soar_err *err);
    int (*rows)(struct soar_store *store, const struct soar_query *query, soar_row_fn fn, void *arg,
                struct soar_err *err);
    int (*text)(struct soar_store *store, const char *digest, soar_text_fn fn, void *arg,
                struct soar_err *err); /* -1, ABSENT: none */
    int (*alert)(struct soar_store *store, const char *id, int (*fn)(void *, const struct soar_alert *),
                 void *arg, struct soar_err *err);
    int (*head)(struct soar_store *store, struct soar_head *ret_head, struct soar_err *err);

    /* Walks chains, runs, alerts and texts; 0 when it could be read, sound or not. known: a head that was
     * noted elsewhere (seq 0: only its hash was), or NULL. export writes every event with its hashes, a line
     * of JSON each, then the head (docs/journal.md). backup copies the store while it is in use, into a file
     * that must not exist; its done() comes from deliver(). NULL in a store that has none. */
    int (*verify)(struct soar_store *store, const struct soar_head *known, struct soar_verdict *ret_verdict,
                  struct soar_err *err);
    int (*export)(struct soar_store *store, FILE *out, struct soar_err *err);
    int (*backup)(struct soar_store *store, const char *path,
                  void (*done)(void *arg, const struct soar_err *err), void *arg, struct soar_err *err);

    void (*close)(
        struct soar_store *store); /* writes what is queued, then frees; done() of what is left is called */
};

struct soar_store {
    const struct soar_store_ops *ops; /* an implementation's struct begins with this one */
};

#endif
