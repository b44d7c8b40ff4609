/* Who waits until what was decided so far is on the disk. They are told at the beginning of a turn, after the
 * store has spoken: always later, never from within their own call. */
#include <stdlib.h>

#include "engine/loop/loop_parts.h"

struct waiter {
    int64_t seq; /* of the batch that must be durable */
    void (*fn)(void *arg, const struct soar_err *err);
    void *arg;
    struct waiter *next;
};

void loop_when_durable(struct loop *loop, void (*fn)(void *arg, const struct soar_err *err), void *arg)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);

    if (!waiter)
        abort();
    *waiter = (struct waiter){.seq = batch_so_far(loop), .fn = fn, .arg = arg};
    if (loop_breaks(loop, "done-before-durable"))
        waiter->seq = 0;
    if (loop->waiters)
        loop->last_waiter->next = waiter;
    else
        loop->waiters = waiter;
    loop->last_waiter = waiter;
}

bool waiters_ready(const struct loop *loop)
{
    return loop->waiters && (loop->failed || loop->waiters->seq <= loop->durable_seq);
}

/* They stand in the order of their batches. Who is told may come to wait again. */
void waiters_tell(struct loop *loop, const struct soar_err *failure)
{
    struct soar_err done = {.class = SOAR_DONE};

    while (loop->waiters && (failure || loop->waiters->seq <= loop->durable_seq)) {
        struct waiter *waiter = loop->waiters;

        loop->waiters = waiter->next;
        waiter->fn(waiter->arg, failure ? failure : &done);
        free(waiter);
    }
}
