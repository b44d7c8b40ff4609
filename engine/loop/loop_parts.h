/* What the loop's files share; nobody else includes it. */
#ifndef LOOP_LOOP_PARTS_H
#define LOOP_LOOP_PARTS_H

#include <sys/queue.h>

#include "engine/loop/clock.h"
#include "engine/loop/loop.h"

/* A run the loop drives or has driven since its start. */
struct live {
    struct run *run;
    uint64_t serial;   /* in the order of coming */
    bool parked;       /* found at the start and not asked for */
    bool dirty;        /* something moved: ask run_next() again */
    bool queued;       /* it stands among the woken */
    bool changed;      /* its rows are to be written */
    bool leaving;      /* it stands among the ended */
    bool looks;        /* a recheck's look: nothing of it is journaled or told (loop_recheck.c) */
    bool looked;       /* it has said what it found, or that it can't */
    bool restless;     /* not all of it waits for people: counted in the loop */
    int64_t due_ms;    /* run_due() when it was last asked */
    size_t heap_at;    /* its place among the timed, from 1; 0: none */
    int64_t start_seq; /* the batch that holds its run.started: no call before that is durable */
    int64_t end_seq;   /* the one that holds its end */
    size_t holds;      /* who shows it, and calls that are out: it is not freed */
};

struct live_list { /* from head to count; a dropped one leaves a hole */
    struct live **items;
    size_t head, count, size;
};

struct id_maker { /* loop_ids.c */
    int64_t first_second;
    int64_t second;
    uint32_t start;
    uint32_t count;
};

struct rechecks { /* loop_recheck.c */
    struct recheck *items;
    size_t count, size;
    size_t looking; /* looks that are out */
    size_t from;    /* where the last scan stopped */
    int64_t scan_ms;
    int64_t every_ms; /* as the policy said it then */
};

#define EVIDENCE_WRITER "evidence" /* the connector at the reading end */

/* A call that waits for a batch to be durable, or is out. */
struct out_call {
    uint64_t number;
    struct live *live;
    struct run_task *task;
    int64_t trial_call; /* what run_heard() is given back */
    int64_t needs_seq;  /* may go when this batch is durable */
    int64_t deadline_ms;
    struct arena *arena; /* holds the call's texts */
    struct soar_call call;
    char *secrets;                 /* wiped when sent */
    struct vault_wait *vault;      /* what it awaits of a vault before it goes (loop_vault.h), or NULL */
    bool shared;                   /* its worker carries calls of other tasks, too */
    struct collecting *collecting; /* the evidence it is about, or NULL */
    TAILQ_ENTRY(out_call) place;
};
TAILQ_HEAD(call_list, out_call);

/* Events and rows that become durable together. */
struct open_batch {
    struct loop *loop;
    int64_t seq;
    struct arena *arena;
    struct soar_batch batch;
    struct soar_event *events;
    size_t event_count, event_size;
    struct soar_text *texts;
    size_t text_count, text_size;
    struct soar_alert *alerts;
    size_t alert_count, alert_size;
    struct open_batch *next; /* submitted, not yet durable */
};

struct session { /* a worker session that was begun for a task */
    const struct run_task *task;
    bool apart;
    char name[24];
};

struct shared_session { /* of a connector that is shared: one for each peer and mode */
    char *connector;
    char *peer;
    bool read_only;
    char name[24];
};

struct vault_door {                 /* loop_vault.c */
    TAILQ_HEAD(, vault_read) reads; /* that are out */
    uint64_t next_id;
    char session[24]; /* of the worker that asks */
    char *peer;       /* what it is bound to; NULL: there is none */
    bool used;        /* it has had an answer, so it has logged in */
};

struct cached_pack {
    char digest[65];
    const struct pack *pack;
    struct cached_pack *next;
};

struct cached_playbook { /* one that runs of the journal are pinned to, with its packs */
    char digest[65];
    const struct playbook *playbook;
    struct cached_playbook *next;
};

struct broken_run { /* could not be folded at the start */
    const char *id;
    const char *why;
    struct broken_run *next;
};

struct loop {
    struct loop_config config;
    struct arena *arena; /* texts and packs that live as long as the loop */
    struct clock clock;
    struct ledger *ledger;
    struct live **lives; /* in the order of coming */
    size_t live_count, live_size;
    struct live_list looks; /* of rechecks: nobody's runs */
    uint64_t next_serial;
    void *lives_by_id;        /* tsearch(3) */
    struct live_list woken;   /* to be asked */
    struct live_list timed;   /* a heap by due_ms */
    struct live_list changed; /* whose rows are to be written */
    struct live_list ended;   /* to be forgotten when that is durable */
    size_t restless;
    struct id_maker ids;
    struct waiter *waiters, *last_waiter;
    struct heard_source *sources; /* loop_receive.c */
    struct loop_counts counts;
    int64_t pause_ends_ms; /* when a pause ends: then what it held looks again. 0: look now */
    int64_t mark_ms, prune_ms;
    struct rechecks rechecks;
    bool ends_moved;     /* a hold has ended, or its end was moved: is a question about it void? */
    int64_t engine_n;    /* of the engine's own stream */
    bool engine_changed; /* its row must be written */
    struct open_batch *open;
    struct open_batch *submitted;
    int64_t next_seq;
    int64_t durable_seq;
    struct call_list waiting; /* for a batch */
    struct call_list out;     /* a worker has them */
    void *calls_by_number;    /* tsearch(3), as the next */
    void *sessions;           /* by task and whether they stand apart */
    void *shared;             /* by connector, peer and mode */
    struct vault_door vault;
    uint64_t next_call;
    uint64_t next_session;
    TAILQ_HEAD(, collecting) collectings; /* loop_evidence.c: what is being collected, or salvaged */
    size_t collecting_count;              /* of them, those whose workers have begun */
    struct cached_pack *packs;
    struct cached_playbook *playbooks;
    void *texts; /* tsearch(3): digests of those that are stored, or about to be */
    struct broken_run *broken;
    bool started; /* engine.started is journaled, engine.stopped is not */
    bool ending;  /* nothing begins any more */
    bool failed;
    struct soar_err failure;
};

/* loop_batch.c */
struct open_batch *batch_open(struct loop *loop);
void batch_event(struct loop *loop, const struct event *event);
void batch_text(struct loop *loop, const char *digest, const char *kind, const char *name, const char *origin,
                const char *body);
void batch_texts_free(struct loop *loop);
void batch_alert(struct loop *loop, const struct soar_alert *alert);
void batch_close(struct loop *loop); /* adds the views' rows and submits, if there is anything */
void batch_mark(struct loop *loop);  /* the engine's row is written anew, also without an event */
void batch_reserve(struct loop *loop, size_t events); /* the open batch has room for these, with no split */
int64_t
batch_so_far(const struct loop *loop); /* the batch that, once durable, makes all durable that was decided */

/* Journals an event of a run (NULL: the engine's own stream) and applies it. Its texts and body must live in
 * batch_arena(). */
struct arena *batch_arena(struct loop *loop);
void loop_emit(struct loop *loop, struct live *live, const struct effect *effect);

/* loop_calls.c */
void calls_request(struct loop *loop, struct live *live, const struct effect *effect);
bool calls_release(struct loop *loop); /* those whose batch is durable; true: one was refused at once */
void calls_cut_short(struct loop *loop,
                     const struct live *live); /* kills the workers of those that are out */
bool calls_idle(const struct loop *loop);      /* none waits, none is out */
/* A call of the loop's own for a task: waits for its turn, and is answered to whom `collecting` is. */
struct out_call *calls_add(struct loop *loop, struct live *live, struct run_task *task);
void calls_wait(struct loop *loop, struct out_call *call);
/* Out at once; -1: it was refused, and is forgotten. */
int calls_send(struct loop *loop, struct out_call *call, struct soar_err *err);
void calls_forget(struct loop *loop);
void calls_listen(struct loop *loop);

/* loop_sessions.c: which worker a call goes to. */
bool session_is_shared(const char *connector);
const char *session_of(struct loop *loop, const struct out_call *call, const struct function *function);
const char *calls_session(struct loop *loop, struct arena *arena); /* a new name */
void calls_close(struct loop *loop, const struct run_task *task);
void sessions_forget(struct loop *loop);

/* loop_evidence.c: calls that collect. Each is two: the collector's, and beside it the evidence writer's. */
struct collecting *evidence_begin(struct loop *loop, struct live *live, const struct effect *effect);
void evidence_collector(struct collecting *collecting, struct out_call *call);
/* It stands in line to collect, and its run was stopped: nothing begins any more. */
bool evidence_is_stopped(const struct out_call *call);
bool evidence_may_go(const struct loop *loop, const struct out_call *call);
/* A call is sent: of a collector's, the writer begins and the pipe is there. evidence_sent() after it. */
int evidence_go(struct loop *loop, struct out_call *call, struct soar_err *err);
void evidence_sent(struct out_call *call);
void evidence_heard(struct loop *loop, struct out_call *call, const struct soar_answer *answer);
void evidence_progress(struct loop *loop, const struct out_call *call, const char *json);
void evidence_salvage(struct loop *loop, struct live *live); /* what an earlier life left in this run */
bool evidence_turn(struct loop *loop);
int64_t evidence_due(const struct loop *loop);
bool evidence_idle(const struct loop *loop);
bool evidence_quiet(const struct loop *loop); /* what was collected whole is sealed */
void evidence_forget(struct loop *loop);

/* loop_peer.c: what a worker is bound to, and its secrets. Texts in the arena. */
struct peer_log_in { /* what a secret made for this call needs; NULL: no secret is wanted */
    const struct world *world;
    const char *run;
    const char *state; /* the directory of the journal */
};
struct peer_signing { /* whom a vault's SSH signer is to certify a key for */
    const char *reference;
    const char *principal;
};
struct peer {
    const char *name; /* as the inventory has it, for errors */
    const char *json;
    size_t secret_count; /* read when they are used */
    const struct site_service_secret *secrets;
    const struct site_secret *given;    /* beside each: it was read already (bytes NULL: not); or NULL */
    const struct peer_signing *signing; /* or NULL */
    char *made; /* a secret that was made for this call, as JSON; malloc'ed, or NULL */
};
int peer_of(const struct site *site, const struct run_task *task, const char *connector,
            const struct peer_log_in *log_in, struct arena *arena, struct peer *ret_peer,
            struct soar_err *err);
/* All that goes with a call, {"NAME": SECRET}; malloc'ed, to be wiped by who gets it; NULL: none. Takes what
 * was made. */
int peer_secrets(const struct site *site, struct peer *peer, char **ret_secrets, struct soar_err *err);
/* loop_peer_host.c: our addresses as the host sees them. */
struct value peer_management(void *arg, const struct site_host *host, struct arena *arena);

/* loop_effects.c */
bool effects_perform(struct loop *loop, struct live *live,
                     const struct effect_list *list); /* false: nothing was done */
void effects_grant(struct loop *loop, struct run_task *task);

/* loop_judge.c */
void effects_judge(struct loop *loop, struct live *live, struct run_task *task);

/* loop_pauses.c: what was held by pauses that have ended looks again. */
void pauses_end(struct loop *loop);

/* loop_site.c: digests of what is in force */
void site_digests(const struct loop *loop, struct arena *arena, struct value_builder *body);

/* loop_tend.c */
void tend(struct loop *loop);
int64_t tend_due(const struct loop *loop);

/* loop_counts.c */
void counts_event(struct loop *loop, const struct event *event);

/* loop_people.c */
void loop_free_task(struct loop *loop, struct live *live, struct run_task *task, const char *result,
                    const char *by, const char *note);
void people_close(struct loop *loop, const struct ledger_ask *ask, const char *result, const char *why);
void loop_void_ask(struct loop *loop, const char *id); /* closes it if nobody waits for it any more */

/* loop_request.c: a run in the making. All that can go wrong does so in starting_make(), which journals
 * nothing. */
struct starting {
    const struct loop_request *request;
    const char *id;
    const char *alert_id; /* or NULL */
    const char *source;   /* the webhook whose alert starts it, or NULL */
    const char *from;
    struct value body; /* of run.started */
};
int starting_make(struct loop *loop, struct starting *starting, struct soar_err *err);
struct run *starting_begin(struct loop *loop, const struct starting *starting);

/* What this release undoes must not be done again by a try that rests meanwhile. */
void loop_bar(struct loop *loop, const struct run *release);

/* loop_recheck.c */
bool rechecks_turn(struct loop *loop); /* begins looks that are due; false: none */
int64_t rechecks_due(const struct loop *loop);
void rechecks_looked(struct loop *loop, struct live *live); /* a look is over: once */
bool look_is_over(const struct live *live);                 /* it has ended, or would wait for another time */
void rechecks_free(struct loop *loop);
bool row_is_at_work(const struct loop *loop, const struct ledger_row *row); /* a live run is about it */
/* What a run about this row is for; frees (or NULL): whose hold ends with it. */
int about_of_row(struct loop *loop, const struct ledger_row *row, const char *frees, struct arena *arena,
                 struct run_about *ret_about, struct soar_err *err);

/* loop_ends.c: holders whose time has come, and what people say to that. */
bool ends_turn(struct loop *loop);
int64_t ends_due(const struct loop *loop);
void ends_heard(struct loop *loop, const struct event *event);
int ends_answer(struct loop *loop, const struct ledger_ask *ask, const char *answer, const char *by,
                const char *note, struct soar_err *err);

/* loop_lives.c. Whoever moves a run from outside run_next() wakes it. */
struct live *loop_adopt(struct loop *loop, struct run *run, bool parked);
struct live *lives_adopt_look(struct loop *loop, struct run *run);
struct live *lives_find(const struct loop *loop, const char *id); /* or NULL */
struct live *loop_live_of(const struct loop *loop, const struct run *run);
void live_wake(struct loop *loop, struct live *live);
void live_unpark(struct loop *loop, struct live *live);
void live_changed(struct loop *loop, struct live *live);
void live_hold(struct live *live);
void live_let_go(struct loop *loop, struct live *live);
struct live *lives_next(struct loop *loop);            /* the next to be asked, or NULL */
void live_rests(struct loop *loop, struct live *live); /* it was asked: until when, and has it ended? */
struct live *lives_next_changed(struct loop *loop);    /* its rows are to be written; or NULL */
int64_t lives_due(const struct loop *loop);
void lives_forget(struct loop *loop);                 /* ended ones whose end is durable */
void live_drop(struct loop *loop, struct live *live); /* frees it; nothing of it may be out, no lock held */
void lives_free(struct loop *loop);

/* loop_durable.c */
bool waiters_ready(const struct loop *loop);
void waiters_tell(struct loop *loop, const struct soar_err *failure); /* NULL: those whose batch is durable */

/* loop_ids.c: "R-261122-030411-k7qx" */
const char *loop_new_id(struct loop *loop, char kind, struct arena *arena);

/* loop_pins.c: what run.started pins a run to; `list` and the arena must last until run_new(). pins_own(): of
 * a pack that somebody else may free the same, of the loop's own. */
const struct pack *pins_own(struct loop *loop, const struct pack *pack);
int pins_abouts(struct loop *loop, const struct value *list, struct arena *arena, struct run_input *input,
                struct soar_err *err);
int pins_playbook(struct loop *loop, const struct value *started, const struct playbook **ret_playbook,
                  struct soar_err *err);

/* loop_fold.c: what every run is made with. */
struct run_input run_input_of(const struct loop *loop, const char *id);
/* *ret_broken (may be NULL): the run can't be folded; else it was the store that failed. */
int loop_load_run(struct loop *loop, const char *id, struct run **ret_run, bool *ret_broken,
                  struct soar_err *err);

bool loop_stalled(const struct loop *loop);
bool loop_breaks(const struct loop *loop, const char *how);

#endif
