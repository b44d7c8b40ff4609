/* What the journal's tests share: directories, batches, waits. A wait has a bound that no sound journal comes
 * near. It never sleeps and never looks at a clock. */
#include "tests/state/journal_fixture.h"

#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "state/journal.h"

enum { ANSWER_MS = 60000 }; /* far beyond any answer: reaching it is a failure, not a wait */

char *fixture_dir(void)
{
    char *dir = strdup(SOAR_BINARY_DIR "/journal-XXXXXX");
    assert_non_null(dir);
    assert_non_null(mkdtemp(dir));
    return dir;
}

static int drop_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)status;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void fixture_drop(char *dir)
{
    nftw(dir, drop_one, 8, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

struct soar_store *fixture_open(const char *dir, const struct journal_options *options)
{
    struct soar_store *store = NULL;
    struct soar_err err = {0};
    if (journal_open(dir, options, &store, &err) < 0)
        fail_msg("open: %s", err.text);
    return store;
}

void fixture_answer(void *arg, const struct soar_err *err)
{
    struct fixture_batch *batch = arg;
    batch->answers++;
    batch->err = *err;
}

void fixture_batch(struct fixture_batch *batch, const char *run, int64_t n)
{
    memset(batch, 0, sizeof(*batch));
    snprintf(batch->run, sizeof(batch->run), "%s", run);
    snprintf(batch->body, sizeof(batch->body), "{\"text\":\"event %" PRId64 " of %s: Grüße\"}", n, run);
    batch->event = (struct soar_event){.run = batch->run,
                                       .n = n,
                                       .at_ms = 1000000,
                                       .kind = "note",
                                       .step = "isolate",
                                       .item = "",
                                       .target = "host:web-01",
                                       .body = batch->body};
    batch->batch =
        (struct soar_batch){.events = &batch->event, .event_count = 1, .done = fixture_answer, .arg = batch};
}

void fixture_step(struct soar_store *store)
{
    struct pollfd wait = {.fd = store->ops->descriptor(store), .events = POLLIN};
    assert_int_equal(poll(&wait, 1, ANSWER_MS), 1);
    store->ops->deliver(store);
}

void fixture_wait(struct soar_store *store, struct fixture_batch *batch)
{
    while (batch->answers == 0)
        fixture_step(store);
    assert_int_equal(batch->answers, 1);
}

void fixture_wait_stalled(struct soar_store *store)
{
    while (!store->ops->stalled(store, NULL, NULL))
        fixture_step(store);
}

/* Bounded: far beyond any checkpoint. */
void fixture_wait_keeper(struct soar_store *store)
{
    struct journal_keeper *keeper = &journal_of(store)->keeper;
    for (int i = 0; i < 100000000 && !journal_keeper_rests(keeper); i++)
        sched_yield();
    assert_true(journal_keeper_rests(keeper));
}

enum soar_class fixture_write(struct soar_store *store, const char *run, int64_t n)
{
    struct fixture_batch batch;
    struct soar_err err = {0};
    fixture_batch(&batch, run, n);
    if (store->ops->submit(store, &batch.batch, &err) < 0)
        return err.class;
    fixture_wait(store, &batch);
    return batch.err.class;
}

static int count_event(void *arg, const struct soar_event *event)
{
    int64_t *count = arg;
    (*count)++;
    assert_int_equal(event->n, *count);
    return 0;
}

int64_t fixture_count(struct soar_store *store, const char *run)
{
    int64_t count = 0;
    struct soar_err err = {0};
    if (store->ops->events(store, run, 1, count_event, &count, &err) < 0)
        fail_msg("events: %s", err.text);
    return count;
}

void fixture_fill(struct soar_store *store, const char *run, int64_t from_n, int64_t count)
{
    for (int64_t n = from_n; n < from_n + count; n++)
        assert_int_equal(fixture_write(store, run, n), SOAR_DONE);
}

void fixture_tamper(const char *dir, const char *sql)
{
    char path[4096];
    char *why = NULL;
    sqlite3 *db = NULL;
    snprintf(path, sizeof(path), "%s/journal.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
