/* What a worker program is made of: it does calls at one peer for the engine,
 * over the line protocol (docs/plugin-protocol.md).
 *
 * As it should go: worker_main() hardens the process, reads the binding line,
 * calls bind() with the peer, says hello, and then takes one call after the
 * other to call(), which says worker_sending() before the first byte that may
 * have an effect, and returns 0 with a result, or -1 with a class and a reason.
 * At the end of input it calls done() and returns.
 *
 * As it goes wrong: a peer that makes no sense is remembered, and answers every
 * call. A call to a function that isn't in the table (in mode `read` no writing
 * function is), with an argument the function doesn't have, or with one
 * missing, never reaches call(). A line that is no call at all ends the
 * program: whoever wrote it is not our engine.
 *
 * A program that carries many calls at once uses worker_open(),
 * worker_receive() and worker_answer() from its own loop, and polls standard
 * input.
 *
 * Secrets are wiped when the call is answered, and freed memory is overwritten.
 * Threads: one. */
#ifndef CONNECTORS_WORKER_WORKER_H
#define CONNECTORS_WORKER_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "connectors/table/table.h"
#include "engine/base/value.h"
#include "soar/err.h"

struct worker;

struct worker_call {
    uint64_t number;
    const struct function *function;
    const struct value *args;    /* a map, checked by name against the table */
    const struct value *secrets; /* a map or null */
    int64_t deadline_ms;         /* on the clock of worker_now_ms(): be done by then, or
                                    be killed soon after */
    struct arena *arena;         /* the call's own: freed with it */
    bool sent;                   /* worker_sending() was called */
    struct worker *worker;
};

struct worker_program {
    const struct connector *connector;
    unsigned calls; /* at once */
    int (*bind)(void *state, const struct value *peer, struct soar_err *err);
    int (*call)(void *state, struct worker_call *call, struct value *ret_result, struct soar_err *err);
    void (*done)(void *state);
    /* Nobody waits for this call any more: of what was not sent, nothing is to be sent. May be NULL; and
     * comes inside worker_receive(), for a call that may have been answered already. */
    void (*drop)(void *state, uint64_t number);
    void *state;
};

int worker_main(const struct worker_program *program); /* the program's exit status */

/* From now on it may have happened. Said once: repeating it does nothing. */
void worker_sending(struct worker_call *call);
/* Twice a second at most is let through. fields: a map without the key
 * "progress". */
void worker_progress(struct worker_call *call, const struct value *fields);
int64_t worker_now_ms(void);

struct worker *worker_open(const struct worker_program *program, struct soar_err *err)
    __attribute__((warn_unused_result));
/* The next call; NULL with *ret_end true at the end of input, NULL with false
 * if none is there yet (only when not waiting). */
struct worker_call *worker_receive(struct worker *worker, bool wait, bool *ret_end, struct soar_err *err);
/* Ends a call: err NULL or DONE means result counts. Frees the call. With TRANSIENT the result may be NULL or
 * {"retry_after_ms": N}: sooner than that is of no use. */
void worker_answer(struct worker_call *call, const struct value *result, const struct soar_err *err);
void worker_close(struct worker *worker);

#endif
