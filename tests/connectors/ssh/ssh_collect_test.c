/* Property: what a collecting script writes comes through descriptor 3 byte for byte, and it is called whole
 * only if all of it did; a slow reader makes the host wait, a dead one or a limit ends it, and nothing of it
 * is kept in memory. Method: a private sshd, the worker started with a pipe, its lines read here. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "tests/connectors/ssh/ssh_lab.h"

static struct ssh_lab lab;
static char all_bytes[128]; /* a file with every pair of byte values */

struct worker {
    pid_t pid;
    FILE *in, *out;
    int pipe; /* the reader's end */
    struct arena *arena;
    struct value answer;
    int progress; /* lines of it */
};

static int open_lab(void **state)
{
    (void)state;
    lab_open(&lab, true);
    snprintf(all_bytes, sizeof all_bytes, "%s/home/all", lab.dir);
    FILE *file = fopen(all_bytes, "w");
    for (int i = 0; i < 65536; i++) {
        fputc(i & 255, file);
        fputc(i >> 8, file);
    }
    fclose(file);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    lab_close(&lab);
    return 0;
}

struct collect {
    const char *script, *arg, *user, *more, *peer_more; /* more: of the arguments, as JSON */
    int port;
    int64_t left_ms;
    bool no_pipe;
};

static void start(struct worker *worker)
{
    int in[2], out[2], evidence[2];
    assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC) | pipe2(evidence, O_CLOEXEC), 0);
    *worker = (struct worker){.pid = fork(), .arena = arena_new()};
    if (worker->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(evidence[1], 3);
        fcntl(3, F_SETFD, 0);
        execl(SOAR_BINARY_DIR "/tests/libexec/soar-ssh", "soar-ssh", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(evidence[1]);
    worker->in = fdopen(in[1], "w");
    worker->out = fdopen(out[0], "r");
    worker->pipe = evidence[0];
}

static void send_call(struct worker *worker, struct collect call)
{
    char at[64];
    snprintf(at, sizeof at, "[127.0.0.1]:%d", call.port ? call.port : lab.port);
    char *known = lab_known(&lab, "ed25519", at), *key = lab_file(&lab, "id");
    BUF_SCOPED lines;
    buf_init(&lines, 0);
    buf_printf(&lines,
               "{\"mode\":\"all\",\"peer\":{\"name\":\"web-01\",\"address\":\"127.0.0.1\",\"port\":%d,"
               "\"user\":\"%s\"%s,\"known_hosts\":",
               call.port ? call.port : lab.port, call.user ? call.user : lab_user(),
               call.peer_more ? call.peer_more : "");
    json_quote(&lines, known, strlen(known));
    buf_printf(&lines, "}}\n{\"call\":7,\"function\":\"ssh.collect\",\"left_ms\":%lld,\"secrets\":{\"key\":",
               (long long)(call.left_ms ? call.left_ms : 30000));
    json_quote(&lines, key, strlen(key));
    buf_text(&lines, "},\"args\":{\"name\":\"test.bin\",\"script\":");
    json_quote(&lines, call.script, strlen(call.script));
    if (call.arg) {
        buf_text(&lines, ",\"args\":[");
        json_quote(&lines, call.arg, strlen(call.arg));
        buf_text(&lines, "]");
    }
    buf_printf(&lines, "%s}}\n", call.more ? call.more : "");
    fputs(buf_string(&lines), worker->in);
    fflush(worker->in);
    free(known);
    free(key);
}

/* Lines until the answer. */
static void await_answer(struct worker *worker)
{
    char *line = NULL;
    size_t size = 0;
    struct soar_err err;
    do {
        ssize_t len = getline(&line, &size, worker->out);
        if (len < 0)
            fail_msg("the worker ended without an answer");
        assert_int_equal(json_parse(worker->arena, line, (size_t)len, &worker->answer, &err), 0);
        worker->progress += value_get(&worker->answer, "progress") != NULL;
    } while (value_get(&worker->answer, "answer") == NULL);
    free(line);
}

static void end(struct worker *worker)
{
    int status;
    fclose(worker->in);
    fclose(worker->out);
    close(worker->pipe);
    arena_free(worker->arena);
    waitpid(worker->pid, &status, 0);
    assert_int_equal(status, 0);
}

/* To the end of the pipe, which comes with the answer. */
static uint64_t read_evidence(struct worker *worker, char ret_hex[DIGEST_HEX])
{
    static char chunk[65536];
    uint64_t bytes = 0;
    uint8_t raw[DIGEST_BYTES];
    struct digest *digest = digest_new();
    for (ssize_t got; (got = read(worker->pipe, chunk, sizeof chunk)) > 0; bytes += (uint64_t)got)
        digest_raw(digest, chunk, (size_t)got);
    digest_end(digest, raw);
    digest_hex(raw, ret_hex);
    return bytes;
}

static void expect(const struct worker *worker, enum soar_class class, const char *why)
{
    const char *is = value_get_string(&worker->answer, "class", "?"),
               *said = value_get_string(&worker->answer, "why", "");
    if (strcmp(is, soar_class_name(class)) != 0 || !strstr(said, why))
        fail_msg("%s, not %s (%s): %s", is, soar_class_name(class), why, said);
}

static const struct value *result(const struct worker *worker)
{
    return value_get(&worker->answer, "result");
}

static void expect_same(struct worker *worker)
{
    char is[DIGEST_HEX], was[DIGEST_HEX];
    static char file[131072];
    FILE *from = fopen(all_bytes, "r");
    assert_int_equal(fread(file, 1, sizeof file, from), sizeof file);
    fclose(from);
    digest_sha256_hex(file, sizeof file, was);
    assert_int_equal(read_evidence(worker, is), sizeof file);
    await_answer(worker);
    expect(worker, SOAR_DONE, "");
    assert_string_equal(is, was);
    assert_int_equal(value_get_int(result(worker), "bytes", -1), sizeof file);
}

static void byte_for_byte(void **state)
{
    (void)state;
    struct worker worker;
    char hex[DIGEST_HEX];
    start(&worker);
    send_call(&worker, (struct collect){.script = "cat \"$1\"; echo oops >&2; exit 3",
                                        .arg = all_bytes,
                                        .more = ",\"expected\":131072"});
    expect_same(&worker);
    assert_int_equal(value_get_int(result(&worker), "exit", -1), 3);
    assert_string_equal(value_get_string(result(&worker), "err", "?"), "oops\n");
    assert_int_equal(value_get_int(result(&worker), "cut", -1), 0);
    digest_sha256_hex("cat \"$1\"; echo oops >&2; exit 3", 31, hex);
    assert_string_equal(value_get_string(result(&worker), "script_sha256", "?"), hex);
    assert_null(value_get(result(&worker), "helper_sha256"));
    end(&worker);
}

static void by_sudo(void **state)
{
    (void)state;
    if (!lab_has_account(&lab, "t_sudo") || access("/usr/bin/sudo", X_OK)) {
        print_message("skipped: accounts and sudoers of its own need root, and sudo\n");
        skip();
    }
    struct worker worker;
    start(&worker);
    send_call(&worker, (struct collect){.script = "[ $(id -u) = 0 ] && cat \"$1\"",
                                        .arg = all_bytes,
                                        .user = "t_sudo",
                                        .peer_more = ",\"sudo\":true"});
    expect_same(&worker);
    end(&worker);
    char scripts[128], hex[DIGEST_HEX], is[DIGEST_HEX];
    snprintf(scripts, sizeof scripts, ",\"scripts\":\"%s/scripts\"", lab.dir);
    start(&worker); /* one that is installed: root, its first argument, its input */
    send_call(&worker, (struct collect){.script = "id -u; printf %s \"$1\"; cat",
                                        .arg = "x\n",
                                        .user = "t_sudo",
                                        .peer_more = scripts,
                                        .more = ",\"stdin\":\"in\""});
    assert_int_equal(read_evidence(&worker, is), 6);
    await_answer(&worker);
    expect(&worker, SOAR_DONE, "");
    digest_sha256_hex("0\nx\nin", 6, hex);
    assert_string_equal(is, hex);
    end(&worker);
}

static void helper_goes_first(void **state)
{
    (void)state;
    struct worker worker;
    char is[DIGEST_HEX], hex[DIGEST_HEX];
    static const char all[] = "15|two|\x7f"
                              "ELF\0\0\n\xff'\"$x\r\n\0in";
    start(&worker);
    send_call(&worker, (struct collect){.script = "printf '%s|' \"$@\"; cat",
                                        .arg = "two",
                                        .more = ",\"helper\":\"tested\",\"stdin\":\"in\""});
    assert_int_equal(read_evidence(&worker, is), sizeof all - 1);
    await_answer(&worker);
    expect(&worker, SOAR_DONE, "");
    digest_sha256_hex(all, sizeof all - 1, hex);
    assert_string_equal(is, hex);
    digest_sha256_hex(all + 7, 15, hex);
    assert_string_equal(value_get_string(result(&worker), "helper_sha256", "?"), hex);
    end(&worker);
    start(&worker);
    send_call(&worker, (struct collect){.script = "true", .more = ",\"helper\":\"other\""});
    await_answer(&worker);
    expect(&worker, SOAR_INVALID, "without a helper other");
    end(&worker);
}

static void not_whole(struct collect call, enum soar_class class, const char *why, uint64_t bytes)
{
    struct worker worker;
    char hex[DIGEST_HEX];
    start(&worker);
    send_call(&worker, call);
    uint64_t got = read_evidence(&worker, hex);
    await_answer(&worker);
    expect(&worker, class, why);
    if (bytes != UINT64_MAX)
        assert_int_equal(got, bytes);
    assert_int_equal(value_get(&worker.answer, "result")->kind, VALUE_NULL);
    end(&worker);
}

static void what_is_not_whole(void **state)
{
    (void)state;
    not_whole((struct collect){.script = "printf 12345", .more = ",\"expected\":\"7\""}, SOAR_TRANSIENT,
              "after 5 bytes: the script ended well, with 2 bytes to come", 5);
    not_whole((struct collect){.script = "cat /dev/zero", .more = ",\"limit\":\"1000000\""}, SOAR_PERMANENT,
              "after 1000000 bytes: more came than the 1000000", 1000000);
    not_whole((struct collect){.script = "echo x; kill -9 $PPID $$"}, SOAR_TRANSIENT, "bytes: ", UINT64_MAX);
    not_whole((struct collect){.script = "cat /dev/zero", .left_ms = 1300}, SOAR_TRANSIENT, "after ",
              UINT64_MAX);
    not_whole((struct collect){.script = "echo x; sleep 60", .left_ms = 1300}, SOAR_TRANSIENT,
              "after 2 bytes: ", 2);
    not_whole((struct collect){.script = "true", .more = ",\"limit\":\"-1\""}, SOAR_INVALID,
              "limit is not a number", 0);
    not_whole((struct collect){.script = "tr\\u0000ue", .more = ",\"args\":[\"a\\u0000b\"]"}, SOAR_INVALID,
              "NUL", 0);
}

static void cut_connection(void **state)
{
    (void)state;
    int port;
    struct relay_seen *seen;
    pid_t relay = relay_start(lab.port, -1, 300000, &port, &seen);
    not_whole((struct collect){.script = "cat /dev/zero", .port = port}, SOAR_TRANSIENT,
              "the connection was cut", UINT64_MAX);
    process_end(relay);
}

static void reader_that_ended(void **state)
{
    (void)state;
    struct worker worker;
    char byte;
    start(&worker);
    send_call(&worker, (struct collect){.script = "cat /dev/zero"});
    assert_int_equal(read(worker.pipe, &byte, 1), 1);
    close(worker.pipe);
    await_answer(&worker);
    expect(&worker, SOAR_TRANSIENT, "the evidence writer ended");
    worker.pipe = -1;
    end(&worker);
}

static long resident_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "VmRSS: %ld", &kib);
    fclose(file);
    return kib;
}

/* Nobody reads: the host waits, the connection lives, memory does not grow; then all of it comes. */
static void slow_reader(void **state)
{
    (void)state;
    struct worker worker;
    int port, there = 0, size;
    char hex[DIGEST_HEX];
    struct relay_seen *seen;
    pid_t relay = relay_start(lab.port, -1, -1, &port, &seen);
    start(&worker);
    size = fcntl(worker.pipe, F_GETPIPE_SZ);
    send_call(&worker, (struct collect){.script = "head -c 50000000 /dev/zero", .port = port});
    while (there < size / 2) /* a page of it may be half full */
        ioctl(worker.pipe, FIONREAD, &there);
    for (int before = seen->chunks_up; seen->chunks_up < before + 5;) /* keep-alives */
        poll(NULL, 0, 10);
    assert_in_range(resident_kib(worker.pid), 1, 128 * 1024);
    assert_int_equal(read_evidence(&worker, hex), 50000000);
    await_answer(&worker);
    expect(&worker, SOAR_DONE, "");
    assert_true(worker.progress > 0);
    end(&worker);
    process_end(relay);
}

/* Without a pipe its descriptor 3 would be something else: a socket of its own. */
static void needs_its_pipe(void **state)
{
    (void)state;
    lab_run(&lab, (struct lab_call){.session = "none",
                                    .function = "ssh.collect",
                                    .args = "{\"script\":\"true\",\"name\":\"x\"}"});
    assert_int_equal(lab.class, SOAR_INVALID);
    assert_non_null(strstr(lab.why, "descriptor 3"));
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_for_byte),     cmocka_unit_test(by_sudo),
        cmocka_unit_test(helper_goes_first), cmocka_unit_test(what_is_not_whole),
        cmocka_unit_test(cut_connection),    cmocka_unit_test(reader_that_ended),
        cmocka_unit_test(slow_reader),       cmocka_unit_test(needs_its_pipe),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
