/* One process owns a directory: a second one is refused and told who it is; the end of the owner, however it
 * comes, frees it. Method: a child process holds the journal until it is told to end, or is killed. */
#include "tests/state/journal_fixture.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "state/journal_owner.h"

struct owner {
    pid_t pid;
    int answer_fd; /* its end closes it */
};

static struct owner start_owner(const char *dir)
{
    int ends[2];
    char ready = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct soar_store *store = NULL;
        if (journal_open(dir, NULL, &store, NULL) < 0 || write(ends[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &ready, 1), 1);
    return (struct owner){pid, ends[0]};
}

static void end_owner(struct owner owner)
{
    int status;
    kill(owner.pid, SIGKILL);
    assert_int_equal(waitpid(owner.pid, &status, 0), owner.pid);
    close(owner.answer_fd);
}

static void test_a_second_owner_is_refused(void **state)
{
    (void)state;
    char *dir = fixture_dir();
    char who[64];
    char host[HOST_NAME_MAX + 1] = "";
    struct soar_store *store = NULL;
    struct soar_err err = {0};
    struct owner owner = start_owner(dir);
    assert_int_equal(journal_open(dir, NULL, &store, &err), -1);
    assert_null(store);
    assert_int_equal(err.class, SOAR_TRANSIENT);
    snprintf(who, sizeof(who), "process %ld on ", (long)owner.pid);
    gethostname(host, sizeof(host) - 1);
    assert_non_null(strstr(err.text, who));
    assert_non_null(strstr(err.text, host));
    end_owner(owner);
    store = fixture_open(dir, NULL);
    store->ops->close(store);
    fixture_drop(dir);
}

/* Also within one process, and closing some other descriptor of the lock's file frees nothing. */
static void test_a_second_owner_in_the_same_process(void **state)
{
    (void)state;
    char *dir = fixture_dir();
    char path[PATH_MAX];
    struct soar_store *second = NULL;
    struct soar_err err = {0};
    struct soar_store *store = fixture_open(dir, NULL);
    snprintf(path, sizeof(path), "%s/owner.lock", dir);
    FILE *other = fopen(path, "r");
    assert_non_null(other);
    fclose(other);
    assert_int_equal(journal_open(dir, NULL, &second, &err), -1);
    assert_int_equal(err.class, SOAR_TRANSIENT);
    store->ops->close(store);
    store = fixture_open(dir, NULL);
    store->ops->close(store);
    fixture_drop(dir);
}

static void test_what_is_no_directory(void **state)
{
    (void)state;
    struct soar_err err = {0};
    int fd = -1;
    assert_int_equal(journal_owner_take("/dev/null", &fd, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_int_equal(journal_owner_take("/nowhere/at/all", &fd, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second_owner_is_refused),
        cmocka_unit_test(test_a_second_owner_in_the_same_process),
        cmocka_unit_test(test_what_is_no_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
