/* A disk that is really full: nothing is lost, the engine is told, and it goes on by itself when there is
 * room. Method: once the largest file size of this process is lowered (writes then fail with EFBIG), once a
 * small file system of its own is filled to the last byte (ENOSPC; needs the right to mount, else skipped).
 */
#include "tests/state/journal_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>
#include "state/journal_verify.h"

enum { QUEUED = 600 };

static struct fixture_batch batches[QUEUED];

static void verify_sound(struct soar_store *store, int64_t events)
{
    struct soar_verdict verdict;
    assert_int_equal(journal_verify(store, NULL, &verdict, NULL), 0);
    if (verdict.problem_count)
        fail_msg("%s", verdict.problems[0].text);
    assert_int_equal(verdict.events, events);
}

/* Hands over batches until the store says that it is stalled; returns how many. */
static int fill_up(struct soar_store *store)
{
    static char body[20000];
    int count = 0;
    memset(body, ' ', sizeof(body) - 1);
    while (count < QUEUED && !store->ops->stalled(store, NULL, NULL)) {
        fixture_batch(&batches[count], "R-1", count + 1);
        batches[count].event.body = body;
        assert_int_equal(store->ops->submit(store, &batches[count].batch, NULL), 0);
        count++;
        if (count % 20 == 0) {
            while (batches[count - 1].answers == 0 && !store->ops->stalled(store, NULL, NULL))
                fixture_step(store);
        }
    }
    fixture_wait_stalled(store);
    return count;
}

/* There is room again. `more`: events of other runs. */
static void go_on(struct soar_store *store, int count, int more)
{
    fixture_wait(store, &batches[count - 1]);
    for (int i = 0; i < count; i++) {
        assert_int_equal(batches[i].answers, 1);
        assert_int_equal(batches[i].err.class, SOAR_DONE);
    }
    assert_false(store->ops->stalled(store, NULL, NULL));
    assert_int_equal(fixture_count(store, "R-1"), count);
    verify_sound(store, count + more);
}

static void test_a_limit_of_the_file_size(void **state)
{
    (void)state;
    struct rlimit before;
    char *dir = fixture_dir();
    struct soar_store *store =
        fixture_open(dir, &(struct journal_options){.retry_first_ms = 1, .retry_max_ms = 2});
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit low = {.rlim_cur = 3000000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    int count = fill_up(store);
    assert_true(count < QUEUED);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    go_on(store, count, 0);
    store->ops->close(store);
    fixture_drop(dir);
}

static void fill_disk(const char *path)
{
    static char block[65536];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    size_t size = sizeof(block);
    while (size > 0) {
        if (write(fd, block, size) < 0)
            size /= 2;
    }
    close(fd);
}

static void test_a_full_file_system(void **state)
{
    (void)state;
    char path[4096];
    char *dir = fixture_dir();
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("soar-test", dir, "tmpfs", 0, "size=4m") < 0) {
        fixture_drop(dir);
        skip();
    }
    struct soar_store *store =
        fixture_open(dir, &(struct journal_options){.retry_first_ms = 1, .retry_max_ms = 2});
    fixture_fill(store, "R-0", 1, 1);
    snprintf(path, sizeof(path), "%s/ballast", dir);
    fill_disk(path);
    int count = fill_up(store);
    assert_true(count < QUEUED);
    assert_int_equal(unlink(path), 0);
    go_on(store, count, 1);
    store->ops->close(store);
    assert_int_equal(umount(dir), 0);
    fixture_drop(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_limit_of_the_file_size),
        cmocka_unit_test(test_a_full_file_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
