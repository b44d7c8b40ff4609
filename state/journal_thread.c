/* The journal thread: takes everything queued, writes it as one transaction, syncs once, answers.
 *
 * The one thing to know: what an error means is decided here. A batch that doesn't fit fails alone; what
 * can't be written now is kept and written again as it stands; a sync that failed, and all that can't be told
 * apart from one, is final: from then on nothing touches the files again. It calls no done(): the engine's
 * thread does. */
#include "state/journal.h"

#include <inttypes.h>
#include <string.h>
#include "state/journal_backup.h"

static void settle(struct journal *journal, struct journal_list *list);
static int write_list(struct journal *journal, struct journal_list *list, struct soar_err *err);
static void refuse(struct journal_list *list, const struct soar_err *err);
static void end_of(const struct journal_writer *writer, struct soar_head *ret_head);

void *journal_thread(void *arg)
{
    struct journal *journal = arg;
    struct journal_list list;
    while (journal_queue_take(&journal->queue, &list)) {
        if (list.first)
            settle(journal, &list);
        journal_backup_step(journal);
    }
    return NULL;
}

/* Tries until it is durable, or never will be. */
static void settle(struct journal *journal, struct journal_list *list)
{
    struct soar_err err;
    struct soar_head head;
    int64_t rest_ms = journal->options.retry_first_ms;
    bool stalled = false;
    for (;;) {
        if (journal_queue_failed(&journal->queue, &err)) {
            refuse(list, &err);
            break;
        }
        if (write_list(journal, list, &err) == 0)
            break;
        if (err.class != SOAR_TRANSIENT) {
            journal_queue_fail(&journal->queue, &err);
            continue;
        }
        stalled = true;
        journal_queue_stall(&journal->queue, &err);
        if (!journal_queue_rest(&journal->queue, rest_ms)) {
            soar_err_wrap(&err, "the journal was closed before this could be written");
            refuse(list, &err);
            break;
        }
        rest_ms = rest_ms * 2 < journal->options.retry_max_ms ? rest_ms * 2 : journal->options.retry_max_ms;
    }
    if (stalled)
        journal_queue_stall(&journal->queue, NULL);
    end_of(&journal->writer, &head);
    journal_queue_answer(&journal->queue, list, &head);
}

/* One transaction. Each batch that doesn't fit has its answer in its err; the others keep DONE. */
static int write_batches(struct journal *journal, struct journal_list *list, struct soar_err *err)
{
    struct journal_writer *writer = &journal->writer;
    if (journal_writer_begin(writer, err) < 0)
        return -1;
    for (struct journal_pending *pending = list->first; pending; pending = pending->next) {
        struct soar_err wrong;
        pending->err.class = SOAR_DONE;
        if (journal_writer_batch(writer, pending->batch, &wrong) == 0)
            continue;
        if (wrong.class != SOAR_INVALID) {
            *err = wrong;
            return -1;
        }
        pending->err = wrong;
    }
    return journal_writer_commit(writer, err);
}

static int write_list(struct journal *journal, struct journal_list *list, struct soar_err *err)
{
    struct soar_err undone;
    journal_keeper_enter(&journal->keeper);
    int result = write_batches(journal, list, err);
    if (result < 0 && err->class == SOAR_TRANSIENT &&
        journal_writer_rollback(&journal->writer, &undone) < 0) {
        *err = undone;
        err->class = SOAR_PERMANENT;
    }
    if (result < 0 && err->class != SOAR_TRANSIENT)
        journal_keeper_bar(&journal->keeper);
    journal_keeper_leave(&journal->keeper, journal->log_pages, journal_queue_idle(&journal->queue));
    return result;
}

static void refuse(struct journal_list *list, const struct soar_err *err)
{
    for (struct journal_pending *pending = list->first; pending; pending = pending->next)
        pending->err = *err;
}

static void end_of(const struct journal_writer *writer, struct soar_head *ret_head)
{
    *ret_head = (struct soar_head){.seq = writer->end.seq, .at_ms = writer->end.at_ms};
    digest_hex(writer->end.hash, ret_head->hash);
}
