/* The call contract: how the engine has something done in the world, through workers it never trusts.
 *
 * As it should go: call() hands over one call; `sending` says that from now on it may have happened;
 * `progress` comes at most twice a second; `answer` comes exactly once and ends it. Calls of one session
 * share one worker, which is bound to one peer for its life; close() ends the session when its task no longer
 * needs it.
 *
 * As it goes wrong: a deadline that passes, a worker that dies or breaks the protocol, and kill() all answer
 * UNKNOWN if the function writes and the call may have been sent, else TRANSIENT. A worker started read-only
 * has no writing function in its table: a call to one is answered INVALID without being sent.
 *
 * The same contract is met by the process pool (engine/loop), by wrappers, and by the simulator's fake world
 * (engine/rehearse). Callbacks come always later, never from inside call().
 *
 * Threads: the engine's one thread. */
#ifndef SOAR_CALL_H
#define SOAR_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include "soar/err.h"

struct soar_call {
    uint64_t number;       /* the caller of call() chooses it; never used again in this process */
    const char *session;   /* calls with the same session share a worker */
    const char *connector; /* "ssh": the program soar-ssh */
    const char *
        peer; /* JSON: what the worker is bound to (address, port, user, known_hosts …); same for a session */
    bool read_only;       /* the session's worker is started without writing functions */
    const char *function; /* "ssh.read" */
    bool writes;          /* by the connector's table */
    const char *target;   /* the target's canonical key: for errors and for fakes */
    const char *place; /* "Isolate_Endpoint/linux-nftables/apply/1": where in its pack it stands; the same */
    const char *args;  /* JSON object */
    const char *secrets; /* JSON object or NULL: copied, sent apart, wiped, never logged */
    bool secret_answer;  /* the result is a secret: who carries it leaves no copy of it anywhere. The same for
                            a session */
    int64_t left_ms;     /* to the deadline */
    int descriptor; /* 0: none. Else the worker has it as its descriptor 3 from its start, so such a call is
                       the first of its session, or INVALID. call() takes a copy: the caller closes its own.
                       Such a worker ends only when its session is closed; when it is gone no other takes its
                       place, and what still waits for it is TRANSIENT */
};

struct soar_answer {
    uint64_t number;
    enum soar_class class; /* DONE: the function has run and result says what came of it */
    const char *result;    /* JSON; "null" if there is none */
    const char *why;       /* for people, "" if there is nothing to say; secrets struck out */
};

struct soar_caller_events {
    void (*sending)(void *arg, uint64_t number);
    void (*progress)(void *arg, uint64_t number, const char *json);
    void (*answer)(void *arg, const struct soar_answer *answer); /* valid until it returns */
    void *arg;
};

struct soar_caller;

struct soar_caller_ops {
    void (*listen)(struct soar_caller *caller, const struct soar_caller_events *events);
    int (*call)(struct soar_caller *caller, const struct soar_call *call, struct soar_err *err);
    void (*kill)(struct soar_caller *caller, uint64_t number); /* its answer comes all the same */
    void (*close)(struct soar_caller *caller, const char *session);
    void (*free)(struct soar_caller *caller); /* ends all workers and waits for them */
};

struct soar_caller {
    const struct soar_caller_ops *ops;
};

#endif
