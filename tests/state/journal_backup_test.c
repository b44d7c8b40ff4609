/* A backup is a journal: whole, sound, of some moment between its beginning and its end, taken while work
 * goes on. Method: a journal of a few megabytes is copied while batches are written; the copy is opened as a
 * journal and verified. */
#include "tests/state/journal_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "state/journal_backup.h"
#include "state/journal_verify.h"

struct opened {
    char *dir;
    char copy_dir[4096];
    char copy[4200];
    struct soar_store *store;
    int answers;
    struct soar_err err;
};

static int setup(void **state)
{
    static struct opened opened;
    memset(&opened, 0, sizeof(opened));
    opened.dir = fixture_dir();
    snprintf(opened.copy_dir, sizeof(opened.copy_dir), "%s/copy", opened.dir);
    snprintf(opened.copy, sizeof(opened.copy), "%s/journal.db", opened.copy_dir);
    assert_int_equal(mkdir(opened.copy_dir, 0700), 0);
    opened.store = fixture_open(opened.dir, NULL);
    fixture_fill(opened.store, "R-1", 1, 1500);
    *state = &opened;
    return 0;
}

static int teardown(void **state)
{
    struct opened *opened = *state;
    if (opened->store)
        opened->store->ops->close(opened->store);
    fixture_drop(opened->dir);
    return 0;
}

static void take_answer(void *arg, const struct soar_err *err)
{
    struct opened *opened = arg;
    opened->answers++;
    opened->err = *err;
}

static void test_a_backup_under_load(void **state)
{
    struct opened *opened = *state;
    struct soar_store *store = opened->store;
    struct soar_verdict verdict;
    int64_t n = 1500;
    assert_int_equal(store->ops->backup(store, opened->copy, take_answer, opened, NULL), 0);
    assert_int_equal(opened->answers, 0);
    while (opened->answers == 0)
        assert_int_equal(fixture_write(store, "R-1", ++n), SOAR_DONE);
    assert_int_equal(opened->answers, 1);
    assert_int_equal(opened->err.class, SOAR_DONE);
    fixture_write(store, "R-1", ++n);
    struct stat status;
    assert_int_equal(stat(opened->copy, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    struct soar_store *copy = fixture_open(opened->copy_dir, NULL);
    assert_int_equal(journal_verify(copy, NULL, &verdict, NULL), 0);
    assert_int_equal(verdict.problem_count, 0);
    assert_true(verdict.events >= 1500 && verdict.events < n);
    copy->ops->close(copy);
    assert_int_equal(fixture_count(store, "R-1"), n);
}

static void test_one_at_a_time(void **state)
{
    struct opened *opened = *state;
    struct soar_store *store = opened->store;
    struct soar_err err = {0};
    assert_int_equal(store->ops->backup(store, opened->copy, take_answer, opened, NULL), 0);
    assert_int_equal(store->ops->backup(store, opened->copy, take_answer, opened, &err), -1);
    assert_int_equal(err.class, SOAR_TRANSIENT);
    while (opened->answers == 0)
        fixture_step(store);
    assert_int_equal(store->ops->backup(store, opened->copy, take_answer, opened, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID); /* it is there already */
}

static void test_closing_meanwhile(void **state)
{
    struct opened *opened = *state;
    assert_int_equal(opened->store->ops->backup(opened->store, opened->copy, take_answer, opened, NULL), 0);
    opened->store->ops->close(opened->store);
    opened->store = NULL;
    assert_int_equal(opened->answers, 1);
    if (opened->err.class == SOAR_DONE)
        return; /* the thread was quicker */
    assert_int_equal(opened->err.class, SOAR_TRANSIENT);
    assert_int_equal(access(opened->copy, F_OK), -1);
}

static void test_a_place_that_is_not_there(void **state)
{
    struct opened *opened = *state;
    assert_int_equal(opened->store->ops->backup(opened->store, "/nowhere/at/all", take_answer, opened, NULL),
                     0);
    while (opened->answers == 0)
        fixture_step(opened->store);
    assert_int_equal(opened->err.class, SOAR_PERMANENT);
    assert_int_equal(fixture_write(opened->store, "R-2", 1), SOAR_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_backup_under_load, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closing_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_place_that_is_not_there, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
