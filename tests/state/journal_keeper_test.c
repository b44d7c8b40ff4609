/* The log is copied into the database beside the commits, and is used again from its beginning: it does not
 * grow for ever. Method: many times the limit is written, at leisure and under load; the log's file must have
 * stayed near the limit, and the database must have got what was written. Only sizes are looked at, never how
 * long anything takes. */
#include "tests/state/journal_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LIMIT = 400000, BODY = 20000, AT_ONCE = 30, EVENTS = 1500 };

static int64_t size_of(const char *dir, const char *name)
{
    char path[4096];
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

/* Events from_n and on, all queued at once. */
static void write_some(struct soar_store *store, int from_n)
{
    static struct fixture_batch batches[AT_ONCE];
    static char body[BODY];
    memset(body, ' ', sizeof(body) - 1);
    for (int i = 0; i < AT_ONCE; i++) {
        fixture_batch(&batches[i], "R-1", from_n + i);
        batches[i].event.body = body;
        assert_int_equal(store->ops->submit(store, &batches[i].batch, NULL), 0);
    }
    fixture_wait(store, &batches[AT_ONCE - 1]);
}

/* Beyond the limit: what is committed while a checkpoint runs. All that is written is 75 times the limit. */
static void test_under_load(void **state)
{
    struct journal_options options = {.log_idle_bytes = 1 << 30, .log_full_bytes = LIMIT};
    char *dir = fixture_dir();
    struct soar_store *store = fixture_open(dir, &options);
    (void)state;
    for (int n = 0; n < EVENTS; n += AT_ONCE)
        write_some(store, n + 1);
    assert_true(size_of(dir, "journal.db-wal") < 12 * LIMIT);
    assert_true(size_of(dir, "journal.db") > (int64_t)EVENTS * BODY / 2);
    assert_int_equal(fixture_count(store, "R-1"), EVENTS);
    store->ops->close(store);
    fixture_drop(dir);
}

/* Each time the engine rests the log is copied, without that the large limit is ever reached. */
static void test_at_leisure(void **state)
{
    struct journal_options options = {.log_idle_bytes = LIMIT, .log_full_bytes = 1 << 30};
    char *dir = fixture_dir();
    struct soar_store *store = fixture_open(dir, &options);
    (void)state;
    for (int n = 0; n < 20 * AT_ONCE; n += AT_ONCE) {
        write_some(store, n + 1);
        fixture_wait_keeper(store);
        assert_true(size_of(dir, "journal.db") > (int64_t)(n + AT_ONCE) * BODY);
    }
    assert_true(size_of(dir, "journal.db-wal") < 4 * LIMIT);
    store->ops->close(store);
    fixture_drop(dir);
}

/* A clean end leaves one file with everything in it, and no log. */
static void test_a_clean_end_leaves_no_log(void **state)
{
    (void)state;
    char path[4096];
    struct stat status;
    char *dir = fixture_dir();
    struct soar_store *store = fixture_open(dir, NULL);
    fixture_fill(store, "R-1", 1, 5);
    assert_true(size_of(dir, "journal.db-wal") > 0);
    store->ops->close(store);
    snprintf(path, sizeof(path), "%s/journal.db-wal", dir);
    assert_int_equal(stat(path, &status), -1);
    fixture_drop(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_leisure),
        cmocka_unit_test(test_under_load),
        cmocka_unit_test(test_a_clean_end_leaves_no_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
