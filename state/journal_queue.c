/* The meeting place of the engine's and the journal's thread: two lists and a state behind one lock.
 *
 * The one thing to know: done() is never called with the lock held, nor by any thread but the engine's. No
 * I/O here but the eventfd. */
#include "state/journal_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static void append(struct journal_list *list, struct journal_list *more);
static int64_t now_ms(const struct journal_queue *queue);

int journal_queue_init(struct journal_queue *queue, const struct world *world, struct soar_err *err)
{
    *queue = (struct journal_queue){.world = world, .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (queue->wake_fd < 0)
        return soar_err_set(err, SOAR_PERMANENT, "eventfd: %s", strerror(errno));
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&queue->lock, NULL);
    return 0;
}

void journal_queue_done(struct journal_queue *queue)
{
    pthread_cond_destroy(&queue->work);
    pthread_mutex_destroy(&queue->lock);
    close(queue->wake_fd);
}

int journal_queue_put(struct journal_queue *queue, struct soar_batch *batch, struct soar_err *err)
{
    struct journal_pending *pending = malloc(sizeof(*pending));
    if (!pending)
        abort();
    pending->batch = batch;
    pending->next = NULL;
    pending->err.class = SOAR_DONE;
    pending->err.text[0] = '\0';
    int result = 0;
    pthread_mutex_lock(&queue->lock);
    if (queue->failed) {
        if (err)
            *err = queue->why;
        result = -1;
    } else if (queue->closing) {
        soar_err_set(err, SOAR_TRANSIENT, "the journal is being closed");
        result = -1;
    } else {
        append(&queue->waiting, &(struct journal_list){pending, pending});
        pthread_cond_signal(&queue->work);
    }
    pthread_mutex_unlock(&queue->lock);
    if (result < 0)
        free(pending);
    return result;
}

void journal_queue_deliver(struct journal_queue *queue)
{
    uint64_t count;
    while (read(queue->wake_fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&queue->lock);
    struct journal_list list = queue->answered;
    queue->answered = (struct journal_list){0};
    pthread_mutex_unlock(&queue->lock);
    while (list.first) {
        struct journal_pending *pending = list.first;
        list.first = pending->next;
        pending->batch->done(pending->batch->arg, &pending->err);
        free(pending);
    }
}

bool journal_queue_stalled(struct journal_queue *queue, struct soar_err *ret_why, int64_t *ret_for_ms)
{
    pthread_mutex_lock(&queue->lock);
    bool stalled = queue->stalled || queue->failed;
    if (stalled) {
        if (ret_why)
            *ret_why = queue->why;
        if (ret_for_ms)
            *ret_for_ms = now_ms(queue) - queue->since_ms;
    }
    pthread_mutex_unlock(&queue->lock);
    return stalled;
}

void journal_queue_close(struct journal_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closing = true;
    pthread_cond_signal(&queue->work);
    pthread_mutex_unlock(&queue->lock);
}

void journal_queue_send(struct journal_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->errand = true;
    pthread_cond_signal(&queue->work);
    pthread_mutex_unlock(&queue->lock);
}

bool journal_queue_on_errand(struct journal_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool errand = queue->errand;
    pthread_mutex_unlock(&queue->lock);
    return errand;
}

bool journal_queue_take(struct journal_queue *queue, struct journal_list *ret_list)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->waiting.first && !queue->errand && !queue->closing)
        pthread_cond_wait(&queue->work, &queue->lock);
    bool more = queue->waiting.first || !queue->closing;
    *ret_list = queue->waiting;
    queue->waiting = (struct journal_list){0};
    pthread_mutex_unlock(&queue->lock);
    return more;
}

void journal_queue_answer(struct journal_queue *queue, struct journal_list *list,
                          const struct soar_head *head)
{
    pthread_mutex_lock(&queue->lock);
    append(&queue->answered, list);
    queue->head = *head;
    pthread_mutex_unlock(&queue->lock);
    journal_queue_wake(queue);
}

void journal_queue_stall(struct journal_queue *queue, const struct soar_err *why)
{
    pthread_mutex_lock(&queue->lock);
    bool turned = queue->stalled != (why != NULL);
    queue->stalled = why != NULL;
    if (why && turned)
        queue->since_ms = now_ms(queue);
    if (why && !queue->failed)
        queue->why = *why;
    pthread_mutex_unlock(&queue->lock);
    if (turned)
        journal_queue_wake(queue);
}

bool journal_queue_rest(struct journal_queue *queue, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&queue->lock);
    int waited = 0;
    while (!queue->closing && waited == 0)
        waited = pthread_cond_timedwait(&queue->work, &queue->lock, &until);
    bool go_on = !queue->closing;
    pthread_mutex_unlock(&queue->lock);
    return go_on;
}

bool journal_queue_idle(struct journal_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool idle = !queue->waiting.first;
    pthread_mutex_unlock(&queue->lock);
    return idle;
}

void journal_queue_errand_done(struct journal_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->errand = false;
    pthread_mutex_unlock(&queue->lock);
    journal_queue_wake(queue);
}

/* A full counter (EAGAIN) is readable: nothing to do about it. */
void journal_queue_wake(struct journal_queue *queue)
{
    uint64_t one = 1;
    while (write(queue->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

void journal_queue_fail(struct journal_queue *queue, const struct soar_err *why)
{
    pthread_mutex_lock(&queue->lock);
    if (!queue->failed) {
        queue->failed = true;
        queue->why = *why;
        queue->why.class = SOAR_PERMANENT;
        queue->since_ms = now_ms(queue);
    }
    pthread_cond_signal(&queue->work);
    pthread_mutex_unlock(&queue->lock);
    journal_queue_wake(queue);
}

bool journal_queue_failed(struct journal_queue *queue, struct soar_err *ret_why)
{
    pthread_mutex_lock(&queue->lock);
    bool failed = queue->failed;
    if (failed)
        *ret_why = queue->why;
    pthread_mutex_unlock(&queue->lock);
    return failed;
}

void journal_queue_head(struct journal_queue *queue, struct soar_head *ret_head)
{
    pthread_mutex_lock(&queue->lock);
    *ret_head = queue->head;
    pthread_mutex_unlock(&queue->lock);
}

static void append(struct journal_list *list, struct journal_list *more)
{
    if (!more->first)
        return;
    if (list->last)
        list->last->next = more->first;
    else
        list->first = more->first;
    list->last = more->last;
}

static int64_t now_ms(const struct journal_queue *queue)
{
    return queue->world->boot_ms(queue->world->arg);
}
