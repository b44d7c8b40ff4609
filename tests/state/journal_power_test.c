/* After a power cut at any moment every acknowledged batch is there, whole and in order, and the chain
 * verifies. Method: the journal runs on a file layer that knows what was synced. Before some of its writes,
 * syncs and truncations the power is "cut": the files are written elsewhere as a disk may hold them, with any
 * part of what was not synced. Each such disk is opened as after a crash and read. Checkpoints are made
 * often, so that cuts fall into them, too. */
#include "tests/state/journal_fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "state/journal_verify.h"
#include "tests/state/fault_vfs.h"

enum { CUTS_MAX = 400, BATCHES = 240, ROW_BYTES = 3000 };

struct cuts {
    char *dir;
    int every; /* a cut before every so many calls */
    atomic_int calls;
    atomic_int count;
    atomic_llong acked; /* events of acknowledged batches */
    long long acked_at[CUTS_MAX];
};

static void cut_dir(const struct cuts *cuts, int i, char *ret_path, size_t size)
{
    snprintf(ret_path, size, "%s/cut-%d", cuts->dir, i);
}

/* Any thread. */
static void maybe_cut(void *arg)
{
    struct cuts *cuts = arg;
    char path[4096];
    if (atomic_fetch_add(&cuts->calls, 1) % cuts->every != 0)
        return;
    int i = atomic_fetch_add(&cuts->count, 1);
    if (i >= CUTS_MAX)
        return;
    cuts->acked_at[i] =
        atomic_load(&cuts->acked); /* before the files are taken: never more than they must hold */
    cut_dir(cuts, i, path, sizeof(path));
    mkdir(path, 0700);
    fault_cut(path, (uint64_t)i + 1);
}

static void write_batches(struct soar_store *store, struct cuts *cuts, int each)
{
    static struct fixture_batch batches[BATCHES];
    static char body[ROW_BYTES];
    struct soar_row row = {.view = SOAR_VIEW_TASK, .key = "k", .run = "R-1", .state = "open", .body = body};
    memset(body, 'x', sizeof(body) - 1);
    for (int i = 0; i < BATCHES; i += each) {
        for (int k = i; k < i + each; k++) {
            fixture_batch(&batches[k], "R-1", k + 1);
            batches[k].batch.rows = &row;
            batches[k].batch.row_count = 1;
            assert_int_equal(store->ops->submit(store, &batches[k].batch, NULL), 0);
        }
        fixture_wait(store, &batches[i + each - 1]);
        for (int k = i; k < i + each; k++)
            assert_int_equal(batches[k].err.class, SOAR_DONE);
        atomic_store(&cuts->acked, i + each);
    }
}

static void check_cut(const struct cuts *cuts, int i)
{
    char path[4096];
    struct soar_verdict verdict;
    cut_dir(cuts, i, path, sizeof(path));
    struct soar_store *store = fixture_open(path, NULL);
    assert_true(fixture_count(store, "R-1") >= cuts->acked_at[i]);
    assert_int_equal(journal_verify(store, NULL, &verdict, NULL), 0);
    if (verdict.problem_count)
        fail_msg("cut %d: %s", i, verdict.problems[0].text);
    /* and it goes on from there */
    assert_int_equal(fixture_write(store, "R-1", verdict.events + 1), SOAR_DONE);
    store->ops->close(store);
}

static void run_and_cut(int each, int every)
{
    static struct cuts cuts;
    struct journal_options options = {.vfs = "fault", .log_idle_bytes = 40000, .log_full_bytes = 90000};
    memset(&cuts, 0, sizeof(cuts));
    cuts.every = every;
    cuts.dir = fixture_dir();
    fault_reset();
    fault_watch(maybe_cut, &cuts);
    struct soar_store *store = fixture_open(cuts.dir, &options);
    write_batches(store, &cuts, each);
    store->ops->close(store);
    fault_watch(NULL, NULL);
    int count = cuts.count < CUTS_MAX ? cuts.count : CUTS_MAX;
    assert_true(count > 30);
    for (int i = 0; i < count; i++)
        check_cut(&cuts, i);
    fault_reset();
    fixture_drop(cuts.dir);
}

static void test_one_batch_at_a_time(void **state)
{
    (void)state;
    run_and_cut(1, 23);
}

static void test_many_batches_in_a_transaction(void **state)
{
    (void)state;
    run_and_cut(20, 3);
}

/* Each single call while the journal is created. */
static void test_creation(void **state)
{
    (void)state;
    static struct cuts cuts;
    struct journal_options options = {.vfs = "fault"};
    memset(&cuts, 0, sizeof(cuts));
    cuts.every = 1;
    cuts.dir = fixture_dir();
    fault_reset();
    fault_watch(maybe_cut, &cuts);
    struct soar_store *store = fixture_open(cuts.dir, &options);
    fault_watch(NULL, NULL);
    store->ops->close(store);
    assert_true(cuts.count > 20 && cuts.count <= CUTS_MAX);
    for (int i = 0; i < cuts.count; i++)
        check_cut(&cuts, i);
    fault_reset();
    fixture_drop(cuts.dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_batch_at_a_time),
        cmocka_unit_test(test_many_batches_in_a_transaction),
        cmocka_unit_test(test_creation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
