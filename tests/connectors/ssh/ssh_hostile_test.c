/* Property: a server that talks nonsense, too much, or not at all costs a call and never more: TRANSIENT
 * before the log-in, in bounded time and memory, and the secret never leaves. Method: fake servers on
 * loopback, one process each, that record what they are sent; the same for ssh.read and ssh.reach. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/connectors/ssh/ssh_lab.h"

/* No name has a label of more than 63 letters: it is not even asked for. */
#define LONG_LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test"

static struct ssh_lab lab;

static int open_lab(void **state)
{
    (void)state;
    lab_open(&lab, false);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    lab_close(&lab);
    return 0;
}

static void put(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = write(fd, bytes, len);
        if (sent <= 0)
            _exit(0);
        bytes += sent;
        len -= (size_t)sent;
    }
}

static void put_forever(int fd, const char *bytes, size_t len)
{
    for (;;)
        put(fd, bytes, len);
}

typedef void (*server_fn)(int fd);

static void says_nothing(int fd)
{
    (void)fd;
    pause();
}

static void greets_and_is_silent(int fd)
{
    put(fd, "SSH-2.0-x\r\n", 11);
    pause();
}

static void closes(int fd)
{
    (void)fd;
}

static void greets_and_closes(int fd)
{
    put(fd, "SSH-2.0-x\r\n", 11);
}

static void banner_without_end(int fd)
{
    put_forever(fd, "Welcome to the machine, where nothing ever starts\r\n", 51);
}

static void line_without_end(int fd)
{
    put_forever(fd, "SSH-2.0-xxxxxxxxxxxxxxxxxxxxxxxx", 32);
}

static void zeros_without_end(int fd)
{
    static const char zeros[4096];
    put(fd, "SSH-2.0-x\r\n", 11);
    put_forever(fd, zeros, sizeof zeros);
}

static void packet_of_4_gib(int fd)
{
    put(fd, "SSH-2.0-x\r\n\xff\xff\xff\xff\x04\x14", 17);
    put_forever(fd, "AAAAAAAAAAAAAAAA", 16);
}

/* A packet whose key exchange offers lists that are longer than the packet. */
static void lists_beyond_the_packet(int fd)
{
    char packet[64] = {0, 0, 0, 44, 4, 20};
    memset(packet + 22, 0xff, 8);
    put(fd, "SSH-2.0-x\r\n", 11);
    put(fd, packet, 48);
    pause();
}

static void escapes_in_the_greeting(int fd)
{
    put(fd, "SSH-2.0-\x1b[2J\x1b]0;gotcha\x07\r\n", 25);
    pause();
}

static pid_t serve(server_fn server, int *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    assert_int_equal(bind(fd, (struct sockaddr *)&name, len) | listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    *ret_port = ntohs(name.sin_port);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        int client = accept(fd, NULL, NULL);
        server(client);
        _exit(0);
    }
    close(fd);
    return pid;
}

static void meet(server_fn server, const char *function, int64_t left_ms, enum soar_class class)
{
    int port;
    char session[32];
    pid_t pid = serve(server, &port);
    snprintf(session, sizeof session, "p%d", port);
    lab_run(&lab, (struct lab_call){.session = session,
                                    .function = function,
                                    .port = port,
                                    .left_ms = left_ms,
                                    .args = strcmp(function, "ssh.reach") ? "{\"script\":\"true\"}" : "{}"});
    process_end(pid);
    lab.pool->ops->close(lab.pool, session);
    if (lab.class != class)
        fail_msg("%s: %s: %s", function, soar_class_name(lab.class), lab.why);
    assert_false(lab.sending);
    assert_null(strpbrk(lab.why, "\x1b\x07\r\n"));
}

static void silent_ones_cost_their_deadline(void **state)
{
    (void)state;
    meet(says_nothing, "ssh.run", 400, SOAR_TRANSIENT);
    assert_non_null(strstr(lab.why, "timed out"));
    meet(says_nothing, "ssh.reach", 400, SOAR_TRANSIENT);
    meet(greets_and_is_silent, "ssh.run", 400, SOAR_TRANSIENT);
    meet(lists_beyond_the_packet, "ssh.run", 400, SOAR_TRANSIENT);
}

/* The deadline is a minute: these end because of what they say, not because time is over. */
static void talkers_are_cut_short(void **state)
{
    (void)state;
    meet(banner_without_end, "ssh.run", 60000, SOAR_TRANSIENT);
    meet(banner_without_end, "ssh.reach", 60000, SOAR_TRANSIENT);
    meet(line_without_end, "ssh.run", 60000, SOAR_TRANSIENT);
    meet(line_without_end, "ssh.reach", 60000, SOAR_TRANSIENT);
    meet(zeros_without_end, "ssh.run", 60000, SOAR_TRANSIENT);
    meet(packet_of_4_gib, "ssh.run", 60000, SOAR_TRANSIENT);
}

static void closers(void **state)
{
    (void)state;
    meet(closes, "ssh.run", 60000, SOAR_TRANSIENT);
    meet(closes, "ssh.reach", 60000, SOAR_TRANSIENT);
    meet(greets_and_closes, "ssh.run", 60000, SOAR_TRANSIENT);
    meet(greets_and_closes, "ssh.reach", 60000, SOAR_DONE);
}

static void greetings_are_made_visible(void **state)
{
    (void)state;
    meet(escapes_in_the_greeting, "ssh.reach", 60000, SOAR_DONE);
    assert_null(strchr(value_get_string(&lab.result, "greeting", "\x1b"), '\x1b'));
}

static void nobody_there(void **state)
{
    (void)state;
    lab_run(&lab, (struct lab_call){.session = "gone",
                                    .function = "ssh.run",
                                    .args = "{\"script\":\"true\"}",
                                    .port = lab_free_port()});
    assert_int_equal(lab.class, SOAR_TRANSIENT);
    assert_non_null(strstr(lab.why, "web-01: ssh: connect to 127.0.0.1 port"));
    lab_run(&lab, (struct lab_call){.session = "unresolved",
                                    .function = "ssh.run",
                                    .args = "{\"script\":\"true\"}",
                                    .port = 22,
                                    .address = LONG_LABEL});
    assert_int_equal(lab.class, SOAR_TRANSIENT);
}

static void bad_peers(void **state)
{
    (void)state;
    lab_run(&lab,
            (struct lab_call){
                .session = "b1", .function = "ssh.run", .args = "{\"script\":\"true\"}", .port = 70000});
    assert_int_equal(lab.class, SOAR_INVALID);
    lab_run(&lab, (struct lab_call){.session = "b2",
                                    .function = "ssh.run",
                                    .args = "{\"script\":\"true\"}",
                                    .user = "-oProxyCommand=x",
                                    .port = 22});
    assert_int_equal(lab.class, SOAR_INVALID);
    lab_run(&lab, (struct lab_call){.session = "b3",
                                    .function = "ssh.run",
                                    .args = "{\"script\":\"true\"}",
                                    .port = 22,
                                    .peer_more = ",\"scripts\":\"relative\""});
    assert_int_equal(lab.class, SOAR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_ones_cost_their_deadline),
        cmocka_unit_test(talkers_are_cut_short),
        cmocka_unit_test(closers),
        cmocka_unit_test(greetings_are_made_visible),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(bad_peers),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
