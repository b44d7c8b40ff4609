/* Where the engine's thread and the journal's thread meet: what waits to be written, what waits to be
 * delivered, and how the journal is (well, stalled, failed). Nothing else is shared between the two.
 *
 *   engine: put … deliver (the descriptor is readable)        journal thread: take → write → answer
 *
 * A stall that begins or ends makes the descriptor readable, too, so that the engine asks. */
#ifndef STATE_JOURNAL_QUEUE_H
#define STATE_JOURNAL_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include "engine/base/world.h"
#include "soar/store.h"

/* A batch on its way, with its answer. */
struct journal_pending {
    struct soar_batch *batch;
    struct journal_pending *next;
    struct soar_err err; /* class DONE: durable */
};

struct journal_list {
    struct journal_pending *first;
    struct journal_pending *last;
};

struct journal_queue {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t work;
    struct journal_list waiting;
    struct journal_list answered;
    struct soar_head head; /* durable */
    bool errand;           /* the journal thread has something else to do (a backup) */
    bool closing;
    bool stalled;
    bool failed; /* for good */
    struct soar_err why;
    int64_t since_ms; /* by the boot clock */
    const struct world *world;
    int wake_fd; /* constant */
};

int journal_queue_init(struct journal_queue *queue, const struct world *world, struct soar_err *err)
    __attribute__((warn_unused_result));
void journal_queue_done(struct journal_queue *queue);

/* The engine's thread. */
int journal_queue_put(struct journal_queue *queue, struct soar_batch *batch, struct soar_err *err);
void journal_queue_deliver(struct journal_queue *queue);
bool journal_queue_stalled(struct journal_queue *queue, struct soar_err *ret_why, int64_t *ret_for_ms);
void journal_queue_close(struct journal_queue *queue);
void journal_queue_send(struct journal_queue *queue);      /* there is an errand */
bool journal_queue_on_errand(struct journal_queue *queue); /* not done yet */

/* The journal's thread. take waits; it returns false when the queue is closed and empty. The list may be
 * empty: an errand. */
bool journal_queue_take(struct journal_queue *queue, struct journal_list *ret_list);
void journal_queue_answer(struct journal_queue *queue, struct journal_list *list,
                          const struct soar_head *head);
void journal_queue_stall(struct journal_queue *queue, const struct soar_err *why); /* NULL: it goes again */
bool journal_queue_rest(struct journal_queue *queue,
                        int64_t ms); /* between two tries; false: it is closing */
bool journal_queue_idle(struct journal_queue *queue);
void journal_queue_errand_done(struct journal_queue *queue);
void journal_queue_wake(struct journal_queue *queue);

/* Any thread. The first reason stands. */
void journal_queue_fail(struct journal_queue *queue, const struct soar_err *why);
bool journal_queue_failed(struct journal_queue *queue, struct soar_err *ret_why);
void journal_queue_head(struct journal_queue *queue, struct soar_head *ret_head);

#endif
