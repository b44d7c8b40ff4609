/* The loop: the shell that drives the fold. Events in, decide, effects out.
 *
 * As it should go: loop_new(), loop_start() (folds what the store has), then loop_run() until nothing is left
 * to do. In one turn every run that may move is asked run_next(); its events go into one batch with the rows
 * of the views; when the store says durable, the calls that waited for it are let go.
 *
 * As it goes wrong: a batch that can't be written is kept by the store; meanwhile no new effect begins. A
 * failed sync ends the loop at once (loop_failed). There is no recovery code: starting is recovering.
 *
 * It meets the store and the caller through their contracts alone, so that the simulator drives this very
 * code with a fake clock, a fake caller and a journal that dies. Threads: one. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "engine/base/world.h"
#include "engine/ledger/ledger.h"
#include "engine/run/run.h"
#include "soar/call.h"
#include "soar/store.h"

struct loop;

/* What happened, for whoever shows it live: each event right after it was applied, before it is durable. */
struct loop_watch {
    void (*event)(void *arg, const struct run *run,
                  const struct event *event); /* run NULL: the engine's own stream */
    void (*progress)(void *arg, const struct run_task *task, const char *stage,
                     const char *json); /* "connecting", bytes … */
    void *arg;
};

struct loop_config {
    struct soar_store *store;
    struct soar_caller *caller;
    const struct world *world;
    const struct site *site;
    const struct policy *policy;
    struct pack_shelf *shelf;       /* for playbooks pinned in the journal: see loop_pins */
    const struct loop_watch *watch; /* or NULL */
    const char *state;              /* the directory that evidence is kept in; NULL: none can be */
    bool idle;                      /* fold and read only: no run is driven (show, contained, waiting) */
    bool forget;  /* runs that have ended are freed once that is durable, unless somebody holds them: a
                     daemon's */
    bool recheck; /* containments in force are looked at again, and holders that reach their time are ended */
    bool park;    /* runs found at the start stay as they are until one is asked for: tried again now,
                   * cancelled, or an answer given. A local command moves only what it was told to */
    const char *
        breakage; /* of tests: a deliberate bug by name, NULL in every program (engine/rehearse/breakage.h) */
};

struct loop *loop_new(const struct loop_config *config) __attribute__((warn_unused_result));
void loop_free(struct loop *loop);

/* Folds the journal: ledger from its rows, runs that haven't ended from their events; journals engine.started
 * (unless idle) and answers calls left open with `unknown`. */
int loop_start(struct loop *loop, struct soar_err *err) __attribute__((warn_unused_result));

/* A clean end: journals engine.stopped, which closing the store makes durable. Without it the next start
 * takes this life for one that was cut off; that harms nothing. */
void loop_stop(struct loop *loop);
/* The end comes: from now on nothing begins; what is out is still heard and journaled. loop_quiet(): no call
 * is out any more, and all that was heard is durable. */
void loop_wind_down(struct loop *loop);
bool loop_quiet(const struct loop *loop);
/* Why a run that hasn't ended was left out at the start (its texts or events can't be read); NULL: it was
 * not. */
const char *loop_broken(const struct loop *loop, const char *id);

struct loop_request {
    const struct playbook *playbook; /* or NULL: a release or recheck */
    enum run_mode mode;
    const struct value *alert; /* normalised, or NULL */
    const char *alert_body;    /* as it was received, or NULL */
    const struct value *vars;  /* map given by the caller, or NULL */
    const struct value *only;  /* list of target names, or NULL */
    const char *by;            /* "uid 1004 (ana)" */
    const char *reason;
    const char *case_id;
    size_t about_count; /* of a release or recheck */
    const struct run_about *about;
    bool recheck;      /* a look found `about` otherwise than in force: it is put back */
    const char *found; /* what that look said: "clear", "partly", "so" */
};

/* Starts a run: alert, texts and run.started are one batch. *ret_run stays the loop's. */
int loop_request(struct loop *loop, const struct loop_request *request, struct run **ret_run,
                 struct soar_err *err) __attribute__((warn_unused_result));

/* Alerts of one request, with a verdict on each: receipt, verdicts and the runs they start are one batch.
 * done() comes always later, when that is durable, or with the error that ended the store. The same request
 * again is answered with the same verdicts and starts nothing. */
struct loop_item {
    const struct value *alert; /* normalised; NULL: refused */
    const char *refused;       /* why */
    const char *body;          /* as it was received */
    size_t len;
};
struct loop_intake {
    const char *source;  /* the webhook's name */
    const char *from;    /* the sender's address, for the record */
    const char *request; /* hex digest that tells a repetition; "": none */
    int64_t repeat_ms;   /* how long it is known */
    const struct site_webhook *webhook;
    size_t item_count;
    const struct loop_item *items;
    size_t playbook_count;
    const struct playbook *const *playbooks; /* those offered to each alert */
    /* verdicts: a list in the order of the items, each the body of its alert.received event: {alert, source,
     * digest, starts: [{playbook, run, severity, dedup?, until?, dedup_why?}], not: [{playbook, why,
     * duplicate_of?}], refused?, …}. Valid until it returns. A loop that is freed tells who still waits that
     * it failed. */
    void (*done)(void *arg, const struct value *verdicts, bool repeated, const struct soar_err *err);
    void *arg;
};
/* -1, and nothing was taken: TRANSIENT, the journal can't be written now, or the end has come; INVALID, more
 * alerts, or runs to start, than one batch holds. */
int loop_receive(struct loop *loop, const struct loop_intake *intake, struct soar_err *err)
    __attribute__((warn_unused_result));

/* fn comes, always later, when all that was decided so far is durable (err->class SOAR_DONE), or can't be. */
void loop_when_durable(struct loop *loop, void (*fn)(void *arg, const struct soar_err *err), void *arg);

/* A run somebody shows or waits for is not freed while it is held. */
void loop_run_hold(struct loop *loop, const struct run *run);
void loop_run_let_go(struct loop *loop, const struct run *run);

/* Another site, policy and shelf from now on (they outlive the loop, or the next change); journaled as
 * site.loaded with what changed, by whom. Runs keep their playbooks and packs. loop_reload_failed() notes a
 * configuration that could not be used. */
struct loop_site {
    const struct site *site;
    const struct policy *policy;
    struct pack_shelf *shelf;
    const char *by;
    size_t playbook_count;
};
void loop_reload(struct loop *loop, const struct loop_site *site);
void loop_reload_failed(struct loop *loop, const char *by, const char *why);
/* A repository of playbooks: which commit is in use from now on, or why one isn't; journaled as site.loaded
 * with these facts, a map. */
void loop_note_source(struct loop *loop, const char *by, const struct value *facts);
/* Does a live run still use this playbook (by address)? */
bool loop_uses(const struct loop *loop, const struct playbook *playbook);

/* One turn: all that can be done now without waiting. Returns true if something moved. */
bool loop_turn(struct loop *loop);
int64_t loop_due(const struct loop *loop); /* of the journal's clock; INT64_MAX: nothing is timed */
int64_t loop_now(const struct loop *loop); /* the journal's clock */
bool loop_waits_for_store(const struct loop *loop);
/* Every live run has ended, or only people can move it. */
bool loop_settled(const struct loop *loop);
bool loop_failed(const struct loop *loop, struct soar_err *ret_err); /* the store gave up: end the process */

/* People. Each is journaled; -1 INVALID says what there is instead. by: who. */
int loop_answer(struct loop *loop, const char *id, const char *answer, const char *by, const char *note,
                struct soar_err *err) __attribute__((warn_unused_result));
int loop_cancel(struct loop *loop, const char *run, const char *by, const char *note, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Ends the calls of this run that are out, as if their deadlines had come: each is answered unknown, or
 * transient. Nothing is journaled but that. */
void loop_cut_short(struct loop *loop, const char *run);
int loop_retry_now(struct loop *loop, const char *run, const char *target,
                   struct soar_err *err) /* NULL target: all */
    __attribute__((warn_unused_result));

/* Effects wait: of all runs, of a playbook's, of those a source's alerts started. Alerts are kept and
 * matched. until_ms of the journal's clock. loop_unpause() ends it before its time; either way what it held
 * looks again and goes on. */
int loop_pause(struct loop *loop, const char *what, const char *name, int64_t until_ms, const char *by,
               const char *reason, struct soar_err *err) __attribute__((warn_unused_result));
int loop_unpause(struct loop *loop, const char *what, const char *name, const char *by, struct soar_err *err)
    __attribute__((warn_unused_result));
/* This run holds the target (all its targets: NULL) until then; 0: no end. */
int loop_extend(struct loop *loop, const char *run, const char *target, int64_t until_ms, const char *by,
                struct soar_err *err) __attribute__((warn_unused_result));
/* Looks again at this containment (all: NULL) in the next turn, not at its time. */
void loop_recheck_now(struct loop *loop, const char *key);

/* What an operator's screen and metrics count; totals since the start where not said otherwise. */
struct loop_counts {
    int64_t alerts, duplicates, repeats, refused; /* alerts that came in; of them */
    int64_t runs_started, runs_live;              /* live: now */
    int64_t runs_ended[RESULT_COUNT];
    int64_t calls_out; /* now */
    int64_t calls, calls_unknown;
    int64_t rechecks, broken, put_back;
    int64_t batches, events;
    int64_t last_alert_ms;       /* of the journal's clock; 0: none */
    int64_t started_ms, away_ms; /* this life; how long nobody was there before it */
    int64_t resumed;             /* runs that went on at the start */
};
void loop_counts(const struct loop *loop, struct loop_counts *ret_counts);
/* When a source last sent something in this life, 0: never. */
int64_t loop_source_seen_ms(const struct loop *loop, const char *name);

size_t loop_run_count(const struct loop *loop); /* live ones, and those that ended since the start */
struct run *loop_run_at(const struct loop *loop, size_t index);
struct run *loop_run_find(const struct loop *loop, const char *id);
/* A run that the loop drives, or one that had ended before, folded from the store; NULL: there is none. Where
 * ended runs are forgotten it lasts until the next turn, unless it is held. */
const struct run *loop_run_any(struct loop *loop, const char *id);
bool loop_run_parked(const struct loop *loop, const struct run *run);
struct ledger *loop_ledger(const struct loop *loop);

/* Any run, live or ended, as the fold of its events in the store, with the texts it was pinned to: for show
 * and report. The caller frees it with run_free(). id may be an unambiguous beginning or end. */
int loop_fold(struct loop *loop, const char *id, struct run **ret_run, struct soar_err *err)
    __attribute__((warn_unused_result));

/* The pack and playbook texts that live runs are pinned to are kept by digest; loop_pack() finds a pack by
 * digest, parsing the stored text if it isn't the shelf's own. */
const struct pack *loop_pack(struct loop *loop, const char *digest, struct soar_err *err);

#endif
