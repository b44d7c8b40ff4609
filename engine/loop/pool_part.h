/* The pool inside: sessions wait for workers, calls wait in sessions, answers wait for the next turn of the
 * loop.
 *
 * Who owns what: the pool owns sessions and workers, a session its calls until they are answered. A worker is
 * freed only when its process has been reaped, a session only from the pool's turn, so whatever a callback
 * does, nobody loses the ground under his feet. */
#ifndef LOOP_POOL_PART_H
#define LOOP_POOL_PART_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "engine/base/buf.h"
#include "engine/loop/pool_spawn.h"
#include "engine/loop/pool.h"
#include "engine/loop/pool_wire.h"

struct pool;
struct pool_session;
struct pool_worker;

enum call_state {
    CALL_QUEUED, /* in its session; no byte of it has left */
    CALL_OUT,    /* in its worker's hands */
    CALL_LATE,   /* given up while the worker goes on with others; its answer is waited for only to free the
                    slot */
    CALL_ENDED,  /* answered, or about to be */
};

struct pool_call {
    uint64_t number;
    struct pool_session *session;
    enum call_state state;
    char *function;
    char *args;
    char *secrets; /* until it is answered: what must be struck out of what the worker says */
    int64_t deadline_ms;
    int64_t left_ms; /* as it was given, for the reason */
    int64_t progress_ms;
    bool writes;
    bool sending;
    struct event *timer;
    enum soar_class class;
    char *result;
    char *why;
    TAILQ_ENTRY(pool_call) entry; /* in one of: session's queued, session's out, pool's answered */
};
TAILQ_HEAD(pool_calls, pool_call);

struct pool_session {
    struct pool *pool;
    char *name;
    char *connector;
    char *peer;
    bool read_only;
    bool secret;    /* what its worker answers is wiped wherever it was */
    bool wired;     /* its first call brought a descriptor: one worker, and no other after it */
    int descriptor; /* until that worker has it; 0: none */
    bool waiting;   /* in pool's waiting */
    struct pool_calls queued;
    struct pool_calls out; /* OUT and LATE */
    size_t out_count;
    size_t told;                /* calls whose answer has not been told yet: it is not buried before */
    struct pool_worker *worker; /* or NULL */
    bool resting;
    bool closed; /* its name is free again */
    TAILQ_ENTRY(pool_session) all;
    TAILQ_ENTRY(pool_session) entry; /* while waiting */
    TAILQ_ENTRY(pool_session) rest;  /* while resting */
};
TAILQ_HEAD(pool_sessions, pool_session);

struct pool_line {
    char *bytes;
    size_t len;
    size_t sent;
    TAILQ_ENTRY(pool_line) entry;
};
TAILQ_HEAD(pool_lines, pool_line);

enum worker_state {
    WORKER_STARTING, /* until its hello */
    WORKER_READY,
    WORKER_ENDING, /* told to, its session has left it */
    WORKER_KILLED, /* its end is only awaited */
};

struct pool_worker {
    struct pool *pool;
    struct pool_session *session; /* NULL once it is ending */
    enum worker_state state;
    char *label; /* "soar-ssh (SESSION)" */
    pid_t pid;
    int pidfd;
    int fd;     /* its standard input and output */
    int errors; /* its standard error, or -1 */
    struct event *readable, *writable, *noisy, *exited, *timer;
    struct buf in;
    struct buf noise;
    struct pool_lines lines;
    struct arena *arena; /* its hello */
    unsigned calls;
    bool drops;
    size_t function_count;
    const struct wire_function *functions;
    bool broke;   /* the protocol: what it said counts for nothing */
    char *doom;   /* why it was killed; NULL: it went by itself */
    int log_left; /* lines it may still put into our log */
    int64_t idle_since_ms;
    TAILQ_ENTRY(pool_worker) entry;
};
TAILQ_HEAD(pool_workers, pool_worker);

struct pool {
    struct soar_caller caller; /* first: the contract's handle is ours */
    struct event_base *base;
    const struct world *world;
    struct soar_caller_events events;
    char *libexec;
    char *plugins; /* or NULL */
    size_t workers_max;
    int64_t idle_ms;
    int64_t hello_ms;
    void *session_tree; /* by name, but for closed ones */
    struct pool_sessions sessions;
    void *call_tree; /* by number */
    struct pool_sessions waiting;
    struct pool_sessions resting; /* may be empty: looked at in the next turn */
    struct pool_workers workers;  /* every process, the ending ones too */
    size_t worker_count;
    struct pool_calls answered;
    struct event *turn;
};

int64_t pool_now(const struct pool *pool);
void pool_arm(struct event *timer, int64_t ms);
struct event *pool_event(struct pool *pool, int fd, short what, event_callback_fn fn, void *arg);

/* pool.c */
void pool_want_turn(struct pool *pool);       /* soon: tell answers, hand out slots, bury empty sessions */
void pool_feed(struct pool_session *session); /* hand queued calls to the worker, or get one */
void pool_rest(struct pool_session *session); /* it may be empty */
void pool_session_let_go(
    struct pool_session *session); /* of its descriptor: the worker has it, or none will */

/* pool_call.c */
struct pool_call *pool_call_new(struct pool_session *session, const struct soar_call *from);
void pool_call_free(struct pool_call *call);
void pool_call_send(struct pool_call *call, struct pool_worker *worker);
/* Takes it from its session's list and queues its answer. */
void pool_call_end(struct pool_call *call, enum soar_class class, const char *result, const char *why);
void pool_call_lost(struct pool_call *call, const struct pool_worker *worker); /* its worker is gone */
void pool_call_forget(struct pool_call *call); /* a LATE one: answered already */
void pool_call_give_up(struct pool_call *call, const char *why);

/* pool_worker.c */
int pool_worker_start(struct pool_session *session, struct soar_err *err) __attribute__((warn_unused_result));
void pool_worker_write(struct pool_worker *worker, struct pool_line *line);
void pool_worker_end(struct pool_worker *worker); /* politely: it has nothing to do */
void pool_worker_kill(struct pool_worker *worker, const char *doom);
void pool_worker_reap(struct pool_worker *worker, bool wait); /* and free; its calls are answered */
const struct wire_function *pool_worker_function(const struct pool_worker *worker, const char *name);

/* pool_read.c: what a worker says. */
void pool_read_ready(evutil_socket_t fd, short what, void *arg);
void pool_read_noise(evutil_socket_t fd, short what, void *arg);
void pool_read_rest(struct pool_worker *worker); /* after its death: all that is still there */

#endif
