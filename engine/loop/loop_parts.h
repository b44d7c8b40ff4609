/* What the loop's files share; nobody else includes it. */
#ifndef LOOP_LOOP_PARTS_H
#define LOOP_LOOP_PARTS_H

#include "engine/loop/clock.h"
#include "engine/loop/loop.h"

/* A run the loop drives or has driven since its start. */
struct live {
    struct run *run;
    bool parked;       /* found at the start and not asked for */
    bool dirty;        /* something moved: ask run_next() again */
    int64_t due_ms;    /* run_due() when it was last asked */
    int64_t start_seq; /* the batch that holds its run.started: no call before that is durable */
    struct live *next;
};

/* A call that waits for a batch to be durable, or is out. */
struct out_call {
    uint64_t number;
    struct live *live;
    struct run_task *task;
    int64_t trial_call; /* what run_heard() is given back */
    int64_t needs_seq;  /* may go when this batch is durable */
    int64_t deadline_ms;
    bool sent;
    struct arena *arena; /* holds the call's texts */
    struct soar_call call;
    char *secrets; /* wiped when sent */
    struct out_call *next;
};

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
    struct run_task *task;
    char *name;
    bool apart;
    struct session *next;
};

struct cached_pack {
    char digest[65];
    const struct pack *pack;
    struct cached_pack *next;
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
    struct live *lives;
    struct live **lives_end;
    size_t live_count;
    int64_t engine_n;    /* of the engine's own stream */
    bool engine_changed; /* its row must be written */
    struct open_batch *open;
    struct open_batch *submitted;
    int64_t next_seq;
    int64_t durable_seq;
    struct out_call *calls;
    uint64_t next_call;
    uint64_t next_session;
    struct session *sessions;
    struct cached_pack *packs;
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
void batch_alert(struct loop *loop, const struct soar_alert *alert);
void batch_close(struct loop *loop); /* adds the views' rows and submits, if there is anything */

/* Journals an event of a run (NULL: the engine's own stream) and applies it. Its texts and body must live in
 * batch_arena(). */
struct arena *batch_arena(struct loop *loop);
void loop_emit(struct loop *loop, struct live *live, const struct effect *effect);

/* loop_calls.c */
void calls_request(struct loop *loop, struct live *live, const struct effect *effect);
bool calls_release(struct loop *loop); /* those whose batch is durable; true: one was refused at once */
void calls_close(struct loop *loop, struct run_task *task);
void calls_forget(struct loop *loop);
void calls_listen(struct loop *loop);

/* loop_peer.c: what a worker is bound to, and its secret. Texts in the arena; *ret_secrets is malloc'ed or
 * NULL. */
int peer_of(const struct site *site, const struct run_task *task, bool with_secret, struct arena *arena,
            char **ret_peer, char **ret_secrets, struct soar_err *err);
struct value peer_management(void *arg, const struct site_host *host, struct arena *arena);

/* loop_effects.c */
bool effects_perform(struct loop *loop, struct live *live,
                     const struct effect_list *list); /* false: nothing was done */
void effects_grant(struct loop *loop, struct run_task *task);

/* loop_people.c */
void loop_free_task(struct loop *loop, struct live *live, struct run_task *task, const char *result,
                    const char *by, const char *note);
void loop_void_ask(struct loop *loop, const char *id); /* closes it if nobody waits for it any more */

/* loop_request.c: what this release undoes must not be done again by a try that rests meanwhile. */
void loop_bar(struct loop *loop, const struct run *release);

/* loop_start.c */
struct live *loop_adopt(struct loop *loop, struct run *run);

/* loop_fold.c. *ret_broken (may be NULL): the run can't be folded; else it was the store that failed. */
int loop_load_run(struct loop *loop, const char *id, struct run **ret_run, bool *ret_broken,
                  struct soar_err *err);
struct live *loop_live_of(const struct loop *loop, const struct run *run);

bool loop_stalled(const struct loop *loop);
bool loop_breaks(const struct loop *loop, const char *how);

#endif
