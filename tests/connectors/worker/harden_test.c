/* Property: after worker_harden() the process has lost what it was to lose.
 * Method: a child hardens itself and looks; its exit status says what it still has. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "connectors/worker/harden.h"

static int look(void)
{
    struct soar_err err;
    struct rlimit limit;
    int spare = fcntl(0, F_DUPFD, 10), signal_number = 0;
    if (worker_harden(&err))
        return 1;
    if (fcntl(spare, F_GETFD) != -1 || errno != EBADF)
        return 2;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 3;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 4;
    if (prctl(PR_GET_PDEATHSIG, &signal_number, 0, 0, 0) || signal_number != SIGKILL)
        return 5;
    if (getrlimit(RLIMIT_CORE, &limit) || limit.rlim_max != 0)
        return 6;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max > 64)
        return 7;
    return 0;
}

static void loses_it_all(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(look());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A pipe as descriptor 3 is what the engine gave for evidence; anything else there was left open by mistake.
 */
static void keeps_the_pipe(void **state)
{
    (void)state;
    for (int pipe_there = 0; pipe_there < 2; pipe_there++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            struct soar_err err;
            int ends[2] = {-1, -1}, other = open("/dev/null", O_RDONLY);
            if (pipe(ends) || dup2(pipe_there ? ends[1] : other, 3) != 3 || worker_harden(&err))
                _exit(2);
            _exit(fcntl(3, F_GETFD) == -1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), !pipe_there);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(loses_it_all), cmocka_unit_test(keeps_the_pipe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
