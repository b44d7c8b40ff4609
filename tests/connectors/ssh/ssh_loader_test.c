/* Property: the loader's command line is one constant that no login shell can misread; a script starts only
 * when every byte of its transfer has arrived; sudoers lets through exactly that command line. Method: the
 * real loader under the shells of this machine, fed through a pipe: whole, and cut at every byte. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "connectors/ssh/ssh_loader.h"

static const char nonce[] = "0123456789abcdef0123456789abcdef";

static void command_is_constant(void **state)
{
    (void)state;
    for (int sudo = 0; sudo < 2; sudo++) {
        const char *command = ssh_loader_command(sudo), *first = strchr(command, '\''),
                   *last = strrchr(command, '\'');
        assert_non_null(first);
        assert_string_equal(last, "'");
        assert_ptr_equal(strchr(first + 1, '\''), last);
        assert_null(strpbrk(command, "\\!\n\r%"));
        assert_true(strlen(command) < 1024); /* old csh has no longer words */
    }
}

/* What command prints on standard output when fed; exit status in *ret_status. */
static void feed(const char *command, const char *bytes, size_t len, char *ret_out, size_t size,
                 int *ret_status)
{
    int in[2], out[2];
    assert_int_equal(pipe(in) | pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        dup2(open("/dev/null", O_WRONLY), 2);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    assert_true(len < 65536); /* a pipe holds it: no deadlock */
    (void)!write(in[1], bytes, len);
    close(in[1]);
    size_t have = 0;
    for (ssize_t got; (got = read(out[0], ret_out + have, size - 1 - have)) > 0;)
        have += (size_t)got;
    ret_out[have] = '\0';
    close(out[0]);
    waitpid(pid, ret_status, 0);
}

static void make_payload(struct buf *out, const char *script, struct arena *arena)
{
    struct value items[] = {value_text(arena, "one\n"), value_text(arena, "")},
                 args = value_list(arena, items, 2);
    struct ssh_script what = {
        .text = script, .len = strlen(script), .args = &args, .input = "in\n", .input_len = 3};
    struct soar_err err;
    size_t start = 0;
    assert_int_equal(ssh_loader_payload(out, &what, nonce, 30, &start, &err), 0);
}

static void cut_never_starts(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED payload;
    char out[4096];
    int status;
    buf_init(&payload, 0);
    signal(SIGPIPE, SIG_IGN);
    make_payload(&payload, "echo STARTED\necho two", arena);
    feed(ssh_loader_command(false), payload.data, payload.len, out, sizeof out, &status);
    assert_string_equal(
        out, "0123456789abcdef0123456789abcdef\nSTARTED\ntwo\n0123456789abcdef0123456789abcdef0\n");
    assert_int_equal(status, 0);
    for (size_t len = 0; len < payload.len;
         len += len < 900 ? 61 : 1) { /* every byte of what differs from call to call */
        feed(ssh_loader_command(false), payload.data, len, out, sizeof out, &status);
        if (out[0] != '\0' || !WIFEXITED(status) || WEXITSTATUS(status) == 0)
            fail_msg("cut after %zu of %zu bytes: %s (%d)", len, payload.len, out, status);
    }
}

/* Behind the start everything goes straight through, NULs and all; a helper's length comes first. */
static void straight_through(void **state)
{
    (void)state;
    static const char helper[] = "\0\377\n'helper", input[] = "in\0put";
    ARENA_SCOPED arena = arena_new();
    struct value item = value_text(arena, "two"), args = value_list(arena, &item, 1);
    struct ssh_script what = {.text = "printf '%s|' \"$@\"; od -An -c | tr -d ' \\n'; exit 4",
                              .args = &args,
                              .input = input,
                              .input_len = 6,
                              .helper = helper,
                              .helper_len = sizeof helper - 1,
                              .straight = true};
    what.len = strlen(what.text);
    struct soar_err err;
    size_t start = 0;
    char out[4096];
    int status;
    BUF_SCOPED payload;
    buf_init(&payload, 0);
    assert_int_equal(ssh_loader_payload(&payload, &what, nonce, 30, &start, &err), 0);
    assert_int_equal(payload.data[start], '.');
    feed(ssh_loader_command(false), payload.data, payload.len, out, sizeof out, &status);
    assert_string_equal(out, "0123456789abcdef0123456789abcdef\n"
                             "10|two|\\0377\\n'helperin\\0put0123456789abcdef0123456789abcdef4\n");
    feed(ssh_loader_command(false), payload.data, start, out, sizeof out, &status);
    assert_string_equal(out, "");
    what.input_len = what.helper_len = 0;
    what.helper = NULL;
    buf_clear(&payload);
    assert_int_equal(ssh_loader_payload(&payload, &what, nonce, 30, &start, &err), 0);
    feed(ssh_loader_command(false), payload.data, payload.len, out, sizeof out, &status);
    assert_string_equal(out, "0123456789abcdef0123456789abcdef\ntwo|0123456789abcdef0123456789abcdef4\n");
}

/* The loader with another shell in /bin/sh's place, and with busybox in the place of dd and timeout. */
static void other_shells_in_place_of_sh(void **state)
{
    (void)state;
    static const char *const shells[] = {"/bin/dash",           "/bin/bash", "/bin/mksh",
                                         "/usr/bin/busybox sh", "/bin/zsh",  "/bin/ksh93"};
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED payload;
    buf_init(&payload, 0);
    make_payload(&payload, "printf '%s|' \"$@\"; cat; exit 9", arena);
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        char program[64], out[4096];
        int status;
        snprintf(program, sizeof program, "%s", shells[i]);
        program[strcspn(program, " ")] = '\0';
        if (access(program, X_OK)) {
            print_message("skipped: no %s here\n", program);
            continue;
        }
        BUF_SCOPED command;
        buf_init(&command, 0);
        if (strstr(shells[i], "busybox"))
            buf_text(&command, "dd() { busybox dd \"$@\"; }; ");
        const char *from = ssh_loader_command(false) + strlen("exec ");
        for (const char *at; (at = strstr(from, "/bin/sh")) != NULL; from = at + 7) {
            buf_add(&command, from, (size_t)(at - from));
            buf_text(&command, shells[i]);
        }
        buf_text(&command, from);
        feed(buf_string(&command), payload.data, payload.len, out, sizeof out, &status);
        if (strcmp(out, "0123456789abcdef0123456789abcdef\none\n||in\n0123456789abcdef0123456789abcdef9\n") !=
            0)
            fail_msg("%s: %s (%d)", shells[i], out, status);
    }
}

static void time_runs_out(void **state)
{
    (void)state;
    struct ssh_script script = {.text = "echo a; sleep 60; echo b", .len = 24};
    struct soar_err err;
    size_t start = 0;
    char out[4096];
    int status;
    BUF_SCOPED payload;
    buf_init(&payload, 0);
    assert_int_equal(ssh_loader_payload(&payload, &script, nonce, 1, &start, &err), 0);
    feed(ssh_loader_command(false), payload.data, payload.len, out, sizeof out, &status);
    assert_string_equal(out, "0123456789abcdef0123456789abcdef\na\n");
    assert_int_equal(WEXITSTATUS(status), 124);
}

static void nul_is_refused(void **state)
{
    (void)state;
    struct soar_err err = {0};
    size_t start = 0;
    struct ssh_script script = {.text = "a\0b", .len = 3};
    BUF_SCOPED payload;
    buf_init(&payload, 0);
    assert_int_equal(ssh_loader_payload(&payload, &script, nonce, 1, &start, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    struct buf small;
    buf_init(&small, 100);
    script.len = 1;
    assert_int_equal(ssh_loader_payload(&small, &script, nonce, 1, &start, &err), -1);
    buf_done(&small);
}

static void nonces_differ(void **state)
{
    (void)state;
    char a[LOADER_NONCE_LEN + 1], b[LOADER_NONCE_LEN + 1];
    ssh_loader_nonce(a);
    ssh_loader_nonce(b);
    assert_int_equal(strspn(a, "0123456789abcdef"), LOADER_NONCE_LEN);
    assert_string_not_equal(a, b);
}

/* sudo's own parser reads the fragment, and finds that it allows the loader's arguments and no others. */
static void sudoers_fragment(void **state)
{
    (void)state;
    if (access("/usr/sbin/visudo", X_OK) || access("/usr/bin/cvtsudoers", X_OK)) {
        print_message("skipped: no sudo here\n");
        skip();
    }
    BUF_SCOPED text;
    buf_init(&text, 0);
    ssh_loader_sudoers(&text, "soar");
    FILE *check = popen("/usr/sbin/visudo -cqf /dev/stdin", "w");
    assert_non_null(check);
    fputs(buf_string(&text), check);
    assert_int_equal(pclose(check), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_is_constant), cmocka_unit_test(cut_never_starts),
        cmocka_unit_test(straight_through),    cmocka_unit_test(other_shells_in_place_of_sh),
        cmocka_unit_test(time_runs_out),       cmocka_unit_test(nul_is_refused),
        cmocka_unit_test(nonces_differ),       cmocka_unit_test(sudoers_fragment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
