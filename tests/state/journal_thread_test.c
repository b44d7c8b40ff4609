/* What the journal thread does with each error: a write that can't be done now is kept and written again as
 * it stands; a sync that fails is final, and nothing touches the files again. Method: a file layer fails the
 * k-th call of a kind, for each k a few batches come across; then the disk is read as after a power cut that
 * lost what was not synced. */
#include "tests/state/journal_fixture.h"

#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "state/journal_verify.h"
#include "tests/state/fault_vfs.h"

static const struct journal_options ON_FAULT = {.vfs = "fault", .retry_first_ms = 1, .retry_max_ms = 2};

static int setup(void **state)
{
    fault_reset();
    *state = fixture_dir();
    return 0;
}

static int teardown(void **state)
{
    fixture_drop(*state);
    fault_reset();
    return 0;
}

static void verify_sound(struct soar_store *store)
{
    struct soar_verdict verdict;
    assert_int_equal(journal_verify(store, NULL, &verdict, NULL), 0);
    if (verdict.problem_count)
        fail_msg("%s", verdict.problems[0].text);
}

/* One failed write, wherever it falls in the log's frames: each batch is done once, none is lost, none twice.
 */
static void one_write_fails(char *dir, int code)
{
    struct soar_store *store = fixture_open(dir, &ON_FAULT);
    for (int n = 1; n <= 24; n++) {
        struct fixture_batch batch;
        fixture_batch(&batch, "R-1", n);
        fault_arm(FAULT_WRITE, "-wal", n % 12, 1, code);
        assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
        fixture_wait(store, &batch);
        assert_int_equal(batch.err.class, SOAR_DONE);
        assert_false(store->ops->stalled(store, NULL, NULL));
    }
    fault_disarm();
    assert_int_equal(fixture_count(store, "R-1"), 24);
    verify_sound(store);
    store->ops->close(store);
    store = fixture_open(dir, NULL);
    assert_int_equal(fixture_count(store, "R-1"), 24);
    verify_sound(store);
    store->ops->close(store);
}

static void test_a_full_disk_for_a_moment(void **state)
{
    one_write_fails(*state, SQLITE_FULL);
}

static void test_a_failed_write_for_a_moment(void **state)
{
    one_write_fails(*state, SQLITE_IOERR_WRITE);
}

static void test_a_stall_is_told_and_ends(void **state)
{
    struct fixture_batch batches[3];
    struct soar_err why = {0};
    int64_t for_ms = -1;
    struct soar_store *store = fixture_open(*state, &ON_FAULT);
    assert_false(store->ops->stalled(store, &why, &for_ms));
    fault_arm(FAULT_WRITE, "-wal", 0, -1, SQLITE_FULL);
    for (int i = 0; i < 3; i++) {
        fixture_batch(&batches[i], "R-1", i + 1);
        assert_int_equal(store->ops->submit(store, &batches[i].batch, NULL), 0);
    }
    fixture_wait_stalled(store);
    assert_true(store->ops->stalled(store, &why, &for_ms));
    assert_int_equal(why.class, SOAR_TRANSIENT);
    assert_non_null(strstr(why.text, "full"));
    assert_true(for_ms >= 0);
    assert_int_equal(batches[0].answers, 0);
    fault_disarm();
    for (int i = 0; i < 3; i++) {
        fixture_wait(store, &batches[i]);
        assert_int_equal(batches[i].err.class, SOAR_DONE);
    }
    assert_false(store->ops->stalled(store, &why, &for_ms));
    assert_int_equal(fixture_count(store, "R-1"), 3);
    verify_sound(store);
    store->ops->close(store);
}

/* Closing does not wait for room on the disk: what is left is answered, and it is not there afterwards. */
static void test_closing_while_stalled(void **state)
{
    struct fixture_batch batch;
    struct soar_store *store = fixture_open(*state, &ON_FAULT);
    fixture_fill(store, "R-1", 1, 2);
    fault_arm(FAULT_WRITE, "-wal", 0, -1, SQLITE_FULL);
    fixture_batch(&batch, "R-1", 3);
    assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
    fixture_wait_stalled(store);
    store->ops->close(store);
    assert_int_equal(batch.answers, 1);
    assert_int_equal(batch.err.class, SOAR_TRANSIENT);
    fault_disarm();
    store = fixture_open(*state, NULL);
    assert_int_equal(fixture_count(store, "R-1"), 2);
    verify_sound(store);
    store->ops->close(store);
}

/* The log's sync fails at batch 5: it and all behind it are refused for good; not a byte is written from then
 * on. */
static void final_error(char *dir, enum fault_call call, int code)
{
    struct fixture_batch batch;
    struct soar_err why = {0};
    char cut[4096];
    struct journal_options options = ON_FAULT;
    options.log_idle_bytes = 1; /* a checkpoint is wanted after each commit */
    struct soar_store *store = fixture_open(dir, &options);
    fault_arm(FAULT_WRITE, "journal.db", 0, -1,
              SQLITE_FULL); /* so something is left to copy when none may begin */
    fixture_fill(store, "R-1", 1, 4);
    fixture_wait_keeper(store);
    fault_arm(call, "-wal", 0, 1, code);
    assert_int_equal(fixture_write(store, "R-1", 5), SOAR_PERMANENT);
    for (int i = 0; i < 100000; i++) /* a checkpoint that must not come gets its chance */
        sched_yield();
    fixture_batch(&batch, "R-1", 5);
    assert_int_equal(store->ops->submit(store, &batch.batch, &why), -1);
    assert_int_equal(why.class, SOAR_PERMANENT);
    assert_true(store->ops->stalled(store, &why, NULL));
    assert_int_equal(why.class, SOAR_PERMANENT);
    snprintf(cut, sizeof(cut), "%s/cut", dir);
    mkdir(cut, 0700);
    store->ops->close(store);
    assert_int_equal(fault_calls_after(), 0);
    for (uint64_t seed = 1; seed < 20; seed++) {
        fault_cut(cut, seed);
        store = fixture_open(cut, NULL);
        assert_true(fixture_count(store, "R-1") >= 4);
        verify_sound(store);
        store->ops->close(store);
    }
}

static void test_a_failed_sync_is_final(void **state)
{
    final_error(*state, FAULT_SYNC, SQLITE_IOERR_FSYNC);
}

static void test_a_failed_directory_sync_is_final(void **state)
{
    final_error(*state, FAULT_SYNC, SQLITE_IOERR_DIR_FSYNC);
}

static void test_an_unnamed_io_error_is_final(void **state)
{
    final_error(*state, FAULT_WRITE, SQLITE_IOERR);
}

/* All that was queued when it happened gets the same answer, in order. */
static void test_all_that_is_queued_is_refused(void **state)
{
    struct fixture_batch batches[20];
    int refused = 0;
    struct soar_store *store = fixture_open(*state, &ON_FAULT);
    fault_arm(FAULT_SYNC, "-wal", 0, 1, SQLITE_IOERR_FSYNC);
    for (int i = 0; i < 20; i++) {
        fixture_batch(&batches[i], "R-1", i + 1);
        refused += store->ops->submit(store, &batches[i].batch, NULL) < 0;
    }
    store->ops->close(store);
    for (int i = 0; i < 20 - refused; i++) {
        assert_int_equal(batches[i].answers, 1);
        assert_int_equal(batches[i].err.class, SOAR_PERMANENT);
    }
}

/* The database's own sync, in a checkpoint: what was acknowledged is safe in the log, but nothing goes on. */
static void test_a_failed_sync_of_a_checkpoint_is_final(void **state)
{
    struct journal_options options = ON_FAULT;
    enum soar_class class = SOAR_DONE;
    int64_t n = 0;
    char cut[4096];
    options.log_idle_bytes = 20000;
    struct soar_store *store = fixture_open(*state, &options);
    fault_arm(FAULT_SYNC, "journal.db", 0, 1, SQLITE_IOERR_FSYNC);
    while (class == SOAR_DONE && n < 100000)
        class = fixture_write(store, "R-1", ++n);
    assert_int_equal(class, SOAR_PERMANENT);
    store->ops->close(store);
    snprintf(cut, sizeof(cut), "%s/cut", (char *)*state);
    mkdir(cut, 0700);
    for (uint64_t seed = 1; seed < 20; seed++) {
        fault_cut(cut, seed);
        store = fixture_open(cut, NULL);
        assert_true(fixture_count(store, "R-1") >= n - 1);
        verify_sound(store);
        store->ops->close(store);
    }
}

/* No room for the database, only for the log: work goes on. */
static void test_a_checkpoint_without_room_waits(void **state)
{
    struct journal_options options = ON_FAULT;
    options.log_idle_bytes = 20000;
    struct soar_store *store = fixture_open(*state, &options);
    fault_arm(FAULT_WRITE, "journal.db", 0, -1, SQLITE_FULL);
    fixture_fill(store, "R-1", 1, 100);
    assert_false(store->ops->stalled(store, NULL, NULL));
    fault_disarm();
    fixture_fill(store, "R-1", 101, 100);
    assert_int_equal(fixture_count(store, "R-1"), 200);
    verify_sound(store);
    store->ops->close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_full_disk_for_a_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failed_write_for_a_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stall_is_told_and_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closing_while_stalled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failed_sync_is_final, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failed_directory_sync_is_final, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_unnamed_io_error_is_final, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_that_is_queued_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failed_sync_of_a_checkpoint_is_final, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_checkpoint_without_room_waits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
