/* What the journal's tests share: a directory of their own, batches that are easy to make, and a wait for
 * their answer. */
#ifndef TESTS_STATE_JOURNAL_FIXTURE_H
#define TESTS_STATE_JOURNAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "soar/store.h"
#include "state/journal_sqlite.h"

/* A new empty directory under the build directory, and its end with all that is in it. */
char *fixture_dir(void);
void fixture_drop(char *dir);

struct soar_store *fixture_open(const char *dir, const struct journal_options *options); /* fails the test */

/* A batch with its answer; the simplest: one event of run `run`, number n. */
struct fixture_batch {
    struct soar_batch batch;
    struct soar_event event;
    char run[64];
    char body[256];
    int answers; /* how often done() was called */
    struct soar_err err;
};

void fixture_batch(struct fixture_batch *batch, const char *run, int64_t n);
void fixture_answer(void *batch, const struct soar_err *err); /* done() */

/* Waits on the descriptor and delivers until the batch has its answer, or the store says that it is stalled.
 */
void fixture_wait(struct soar_store *store, struct fixture_batch *batch);
void fixture_step(struct soar_store *store); /* one wait on the descriptor, one delivery */
void fixture_wait_stalled(struct soar_store *store);
void fixture_wait_keeper(struct soar_store *store); /* until no checkpoint is wanted or made */
enum soar_class fixture_write(struct soar_store *store, const char *run,
                              int64_t n); /* submit, wait: its class */

int64_t fixture_count(struct soar_store *store,
                      const char *run); /* events of the run, which must be 1, 2, … in order */
void fixture_fill(struct soar_store *store, const char *run, int64_t from_n, int64_t count);

/* Runs SQL on the closed journal in dir, as somebody with an editor would. */
void fixture_tamper(const char *dir, const char *sql);

#endif
