/* Property: soar-ssh does on a real host what was asked, once, says what came of it, and gives each failure
 * the class that decides rightly: TRANSIENT only where nothing has begun. Method: a private sshd on loopback,
 * calls through the process pool; a relay in between cuts the connection at chosen bytes. */
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/connectors/ssh/ssh_lab.h"

static struct ssh_lab lab;

static int open_lab(void **state)
{
    (void)state;
    lab_open(&lab, true);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    lab_close(&lab);
    return 0;
}

static void expect_class(enum soar_class class)
{
    if (lab.class != class)
        fail_msg("class %s, not %s: %s", soar_class_name(lab.class), soar_class_name(class), lab.why);
}

static void expect_out(const char *out)
{
    expect_class(SOAR_DONE);
    assert_string_equal(value_get_string(&lab.result, "out", "?"), out);
}

static void scripts_run(void **state)
{
    (void)state;
    lab_script(&lab, "ssh.run", "printf '%s|' \"$0\" \"$#\" \"$@\"; cat; echo oops >&2; exit 3", "a  b",
               "line\n");
    expect_out("soar|1|a  b|line\n");
    assert_string_equal(value_get_string(&lab.result, "err", "?"), "oops\n");
    assert_int_equal(value_get_int(&lab.result, "exit", -1), 3);
    assert_true(lab.sending);
    lab_script(&lab, "ssh.read", "cat", NULL, NULL); /* no input: nothing to read, and nothing of ours */
    expect_out("");
    lab_script(&lab, "ssh.read",
               "set -- x; for q in s v n c o p t; do eval \"echo \\${$q-}\"; done | tr -d '\\n'", NULL, NULL);
    expect_out(""); /* the loader's own variables are gone */
    lab_script(&lab, "ssh.read", "if then", NULL, NULL);
    expect_class(SOAR_DONE);
    assert_int_not_equal(value_get_int(&lab.result, "exit", 0), 0);
}

static void signals_are_exits(void **state)
{
    (void)state;
    lab_script(&lab, "ssh.read", "sh -c 'kill -9 $$'", NULL, NULL);
    expect_class(SOAR_DONE);
    assert_int_equal(value_get_int(&lab.result, "exit", -1), 137);
}

/* A process the script leaves behind with its output open keeps nobody waiting. */
static void leftovers_dont_hold(void **state)
{
    (void)state;
    lab_script(&lab, "ssh.read", "sleep 40 & echo here; echo $! >&2", NULL, NULL);
    expect_out("here\n");
    lab_script(&lab, "ssh.run", "kill \"$1\"", value_get_string(&lab.result, "err", "0"), NULL);
}

static void output_is_bounded(void **state)
{
    (void)state;
    lab_script(&lab, "ssh.read", "head -c 300000 /dev/zero | tr '\\0' x", NULL, NULL);
    expect_class(SOAR_DONE);
    assert_int_equal(strlen(value_get_string(&lab.result, "out", "")), 256 * 1024);
    assert_int_equal(value_get_int(&lab.result, "cut", 0), 300000 - 256 * 1024);
    assert_false(value_get_bool(&lab.result, "raw", true));
    lab_script(&lab, "ssh.read", "head -c 300000 /dev/zero | tr '\\0' '\\001'; head -c 300000 /dev/zero >&2",
               NULL, NULL);
    expect_class(SOAR_DONE); /* six bytes of JSON each: still one line */
    lab_script(&lab, "ssh.read", "printf 'a\\377b\\000c'", NULL, NULL);
    expect_out("a\xef\xbf\xbd"
               "b\xef\xbf\xbd"
               "c");
    assert_true(value_get_bool(&lab.result, "raw", false));
}

static void nul_is_refused(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof name, "[127.0.0.1]:%d", lab.port);
    char *known = lab_known(&lab, "ed25519", name);
    const char *const bad[] = {"{\"script\":\"true\",\"args\":[\"a\\u0000b\"]}",
                               "{\"script\":\"true\",\"stdin\":\"a\\u0000b\"}",
                               "{\"script\":\"tr\\u0000ue\"}",
                               "{\"script\":\"true\",\"args\":[1]}",
                               "{\"script\":1}",
                               "{}",
                               "{\"script\":\"true\",\"nonsense\":1}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lab_run(&lab, (struct lab_call){.function = "ssh.run", .args = bad[i], .known_hosts = known});
        expect_class(SOAR_INVALID);
        assert_false(lab.sending);
    }
    free(known);
}

static void upload_replaces(void **state)
{
    (void)state;
    char args[512], known_name[64];
    snprintf(known_name, sizeof known_name, "[127.0.0.1]:%d", lab.port);
    char *known = lab_known(&lab, "ed25519", known_name);
    for (int i = 0; i < 2; i++) {
        snprintf(
            args, sizeof args,
            "{\"path\":\"%s/home/it's a $(file)\",\"content\":\"one\\n\\ntwo%d\\n\\n\",\"mode\":\"0640\"}",
            lab.dir, i);
        lab_run(&lab, (struct lab_call){.function = "ssh.upload", .args = args, .known_hosts = known});
        expect_class(SOAR_DONE);
        assert_int_equal(value_get_int(&lab.result, "exit", -1), 0);
    }
    char *text = lab_file(&lab, "home/it's a $(file)");
    assert_string_equal(text, "one\n\ntwo1\n\n");
    free(text);
    snprintf(args, sizeof args, "%s/home", lab.dir);
    lab_script(&lab, "ssh.read", "cd \"$1\"; stat -c %a it*; ls | wc -l", args, NULL);
    expect_out("640\n1\n");
    snprintf(args, sizeof args, "{\"path\":\"%s/home\",\"content\":\"\"}", lab.dir);
    lab_run(&lab, (struct lab_call){.function = "ssh.upload", .args = args, .known_hosts = known});
    assert_int_equal(value_get_int(&lab.result, "exit", -1), 21);
    lab_run(&lab, (struct lab_call){.function = "ssh.upload",
                                    .args = "{\"path\":\"x\",\"content\":\"\"}",
                                    .known_hosts = known});
    expect_class(SOAR_INVALID);
    free(known);
}

static void reach_needs_no_key(void **state)
{
    (void)state;
    lab_run(&lab, (struct lab_call){.session = "reach", .function = "ssh.reach"});
    expect_class(SOAR_DONE);
    assert_int_equal(strncmp(value_get_string(&lab.result, "greeting", ""), "SSH-2.0-", 8), 0);
    lab_run(&lab, (struct lab_call){.session = "closed", .function = "ssh.reach", .port = lab_free_port()});
    expect_class(SOAR_TRANSIENT);
}

static void read_only_worker(void **state)
{
    (void)state;
    lab_run(&lab,
            (struct lab_call){
                .session = "ro", .function = "ssh.run", .args = "{\"script\":\"true\"}", .read_only = true});
    expect_class(SOAR_INVALID);
}

static void known_as(const char *line, enum soar_class class, const char *why)
{
    static int session;
    char name[32];
    snprintf(name, sizeof name, "known%d", session++);
    lab_run(&lab, (struct lab_call){.session = name,
                                    .function = "ssh.read",
                                    .args = "{\"script\":\"echo hi\"}",
                                    .known_hosts = line});
    if (lab.class != class || !strstr(lab.why, why))
        fail_msg("%s(%s): %s", line, soar_class_name(lab.class), lab.why);
    lab.pool->ops->close(lab.pool, name);
}

static void hosts_must_be_known(void **state)
{
    (void)state;
    char at[64], two[8192];
    snprintf(at, sizeof at, "[127.0.0.1]:%d", lab.port);
    char *address = lab_known(&lab, "ed25519", at);
    known_as("", SOAR_DENIED, "not in known_hosts (SHA256:");
    known_as(address, SOAR_DONE, "");
    char *other = lab_known(&lab, "ecdsa", at); /* another type: the server is asked for this one */
    known_as(other, SOAR_DONE, "");
    char *rsa = lab_known(&lab, "rsa", at);
    known_as(rsa, SOAR_DONE, "");
    free(rsa);
    char *plain = lab_known(&lab, "ed25519", "127.0.0.1"); /* is port 22's */
    known_as(plain, SOAR_DENIED, "not in known_hosts");
    snprintf(at, sizeof at, "other,[WEB-01]:%d", lab.port);
    char *name = lab_known(&lab, "ed25519", at);
    known_as(name, SOAR_DONE, "");
    snprintf(two, sizeof two, "# comment\n\n@cert-authority %s@revoked * %s%s", other, other, name);
    known_as(two, SOAR_DONE, "");
    snprintf(two, sizeof two, "@revoked %s%s", address, name);
    known_as(two, SOAR_DENIED, "revoked");
    char *stranger = lab_file(&lab, "id_stranger.pub");
    snprintf(two, sizeof two, "[127.0.0.1]:%d %s%s", lab.port, stranger,
             name); /* the address knows another */
    known_as(two, SOAR_DENIED, "and known_hosts has SHA256:");
    free(stranger);
    free(address);
    free(other);
    free(plain);
    free(name);
}

static void hashed_hosts(void **state)
{
    (void)state;
    char command[512], at[64];
    snprintf(at, sizeof at, "[127.0.0.1]:%d", lab.port);
    char *line = lab_known(&lab, "ed25519", at);
    snprintf(command, sizeof command, "cd %s && cat > kh && ssh-keygen -q -H -f kh >/dev/null 2>&1", lab.dir);
    FILE *pipe = popen(command, "w");
    assert_non_null(pipe);
    fputs(line, pipe);
    assert_int_equal(pclose(pipe), 0);
    char *hashed = lab_file(&lab, "kh");
    assert_int_equal(strncmp(hashed, "|1|", 3), 0);
    known_as(hashed, SOAR_DONE, "");
    hashed[strlen(hashed) - 1] = '\0'; /* no newline at the end */
    known_as(hashed, SOAR_DONE, "");
    free(hashed);
    free(line);
}

static void log_in_with(const char *key, const char *passphrase, const char *user, enum soar_class class)
{
    char at[64];
    snprintf(at, sizeof at, "[127.0.0.1]:%d", lab.port);
    char *known = lab_known(&lab, "ed25519", at);
    lab_run(&lab, (struct lab_call){.session = "keys",
                                    .key = key,
                                    .passphrase = passphrase,
                                    .user = user,
                                    .function = "ssh.read",
                                    .args = "{\"script\":\"true\"}",
                                    .known_hosts = known});
    lab.pool->ops->close(lab.pool, "keys");
    free(known);
    expect_class(class);
    assert_null(strstr(lab.why, "OPENSSH"));
}

static void keys_open(void **state)
{
    (void)state;
    log_in_with("id_ecdsa", NULL, NULL, SOAR_DONE);
    log_in_with("id_rsa", NULL, NULL, SOAR_DONE);
    log_in_with("id_locked", "open sesame", NULL, SOAR_DONE);
    log_in_with("id_locked", "wrong", NULL, SOAR_INVALID);
    log_in_with("id_locked", NULL, NULL, SOAR_INVALID);
    log_in_with("id_pem", "open sesame", NULL, SOAR_DONE);
    log_in_with("id_pem", NULL, NULL, SOAR_INVALID); /* nobody is asked for it */
    log_in_with("id.pub", NULL, NULL, SOAR_INVALID);
    log_in_with("id_stranger", NULL, NULL, SOAR_DENIED);
    log_in_with("id", NULL, "nobody-here", SOAR_DENIED);
}

static void accounts_without_a_shell(void **state)
{
    (void)state;
    if (!lab_has_account(&lab, "t_none")) {
        print_message("skipped: accounts of its own need root\n");
        skip();
    }
    log_in_with("id", NULL, "t_none", SOAR_PERMANENT);
    assert_non_null(strstr(lab.why, "not available"));
    char at[64];
    snprintf(at, sizeof at, "[127.0.0.1]:%d", lab.port);
    char *known = lab_known(&lab, "ed25519", at);
    lab_run(&lab, (struct lab_call){.session = "chatty",
                                    .user = "t_chatty",
                                    .function = "ssh.read",
                                    .known_hosts = known,
                                    .args = "{\"script\":\"echo out; echo err >&2\"}"});
    expect_out("out\n"); /* and not the machine's welcome */
    assert_string_equal(value_get_string(&lab.result, "err", "?"), "err\n");
    free(known);
}

static void as_root(const char *user, const char *more, const char *script, enum soar_class class,
                    const char *out)
{
    char at[64], session[64], args[512];
    static int session_number;
    snprintf(at, sizeof at, "[127.0.0.1]:%d", lab.port);
    snprintf(session, sizeof session, "sudo%d", session_number++);
    snprintf(args, sizeof args, "{\"script\":\"%s\",\"args\":[\"a  b\\n\"],\"stdin\":\"in\"}", script);
    char *known = lab_known(&lab, "ed25519", at);
    lab_run(&lab, (struct lab_call){.session = session,
                                    .user = user,
                                    .peer_more = more,
                                    .function = "ssh.run",
                                    .args = args,
                                    .known_hosts = known});
    free(known);
    expect_class(class);
    if (class == SOAR_DONE)
        assert_string_equal(value_get_string(&lab.result, "out", "?"), out);
}

/* The documented sudoers fragment, read by sudo itself; and scripts installed under their digest. */
static void sudo_runs_it(void **state)
{
    (void)state;
    char scripts[128];
    if (!lab_has_account(&lab, "t_sudo") || access("/usr/bin/sudo", X_OK)) {
        print_message("skipped: accounts and sudoers of its own need root, and sudo\n");
        skip();
    }
    as_root("t_sudo", ",\"sudo\":true", "id -u; printf %s \\\"$1\\\"; cat", SOAR_DONE, "0\na  b\nin");
    as_root("t_sh", ",\"sudo\":true", "id -u", SOAR_DENIED, NULL);
    snprintf(scripts, sizeof scripts, ",\"scripts\":\"%s/scripts\"", lab.dir);
    as_root("t_sudo", scripts, "id -u; printf %s \\\"$1\\\"; cat", SOAR_DONE, "0\na  b\nin");
    as_root("t_sudo", scripts, "id -u", SOAR_DONE, ""); /* not installed: sudo says no */
    assert_int_equal(value_get_int(&lab.result, "exit", -1), 1);
}

static void through_relay(const char *function, int64_t up, int64_t down, int64_t left_ms, const char *script)
{
    int port;
    char at[64], session[64], args[512];
    struct relay_seen *seen;
    pid_t relay = relay_start(lab.port, up, down, &port, &seen);
    snprintf(at, sizeof at, "[127.0.0.1]:%d", port);
    snprintf(session, sizeof session, "relay%d", port);
    snprintf(args, sizeof args, "{\"script\":\"%s\"}", script);
    char *known = lab_known(&lab, "ed25519", at);
    lab_run(&lab, (struct lab_call){.session = session,
                                    .function = function,
                                    .args = args,
                                    .known_hosts = known,
                                    .port = port,
                                    .left_ms = left_ms});
    lab.pool->ops->close(lab.pool, session);
    free(known);
    process_end(relay);
}

/* Cut after each number of bytes, in either direction: whatever it says was not done was not done. */
static void cut_anywhere(void **state)
{
    (void)state;
    char mark[128], script[256];
    int classes[SOAR_CLASS_COUNT] = {0};
    snprintf(mark, sizeof mark, "%s/home/mark", lab.dir);
    snprintf(script, sizeof script, "echo x >%s; echo done", mark);
    for (int way = 0; way < 2; way++) {
        for (int64_t bytes = 0; bytes < 6500; bytes += bytes < 2400 ? 223 : 61) {
            through_relay("ssh.run", way ? -1 : bytes, way ? bytes : -1, 30000, script);
            bool happened = access(mark, F_OK) == 0;
            if (lab.class == SOAR_TRANSIENT && (happened || lab.sending))
                fail_msg("cut after %" PRId64 " bytes %s: it happened, and we said it did not", bytes,
                         way ? "down" : "up");
            if (lab.class == SOAR_DONE)
                assert_true(happened);
            else if (lab.class != SOAR_TRANSIENT && lab.class != SOAR_UNKNOWN)
                fail_msg("cut after %" PRId64 " bytes %s: %s: %s", bytes, way ? "down" : "up",
                         soar_class_name(lab.class), lab.why);
            classes[lab.class]++;
            unlink(mark);
        }
    }
    assert_true(classes[SOAR_TRANSIENT] > 0 && classes[SOAR_DONE] > 0);
    assert_true(classes[SOAR_UNKNOWN] > 0);
}

static void deadlines(void **state)
{
    (void)state;
    through_relay("ssh.run", -1, -1, 1300, "sleep 30");
    expect_class(SOAR_UNKNOWN);
    through_relay("ssh.read", -1, -1, 1300, "sleep 30");
    expect_class(SOAR_TRANSIENT);
}

/* While a script is silent, packets of ours go on. */
static void keep_alive(void **state)
{
    (void)state;
    int port;
    char at[64];
    struct relay_seen *seen;
    pid_t relay = relay_start(lab.port, -1, -1, &port, &seen);
    snprintf(at, sizeof at, "[127.0.0.1]:%d", port);
    char *known = lab_known(&lab, "ed25519", at);
    lab_run(&lab, (struct lab_call){.session = "alive",
                                    .function = "ssh.read",
                                    .args = "{\"script\":\"true\"}",
                                    .known_hosts = known,
                                    .port = port});
    expect_class(SOAR_DONE);
    int before = seen->chunks_up;
    lab_run(&lab, (struct lab_call){.session = "alive",
                                    .function = "ssh.read",
                                    .args = "{\"script\":\"true\"}",
                                    .known_hosts = known,
                                    .port = port});
    int usual = seen->chunks_up - before;
    before = seen->chunks_up;
    lab_run(&lab, (struct lab_call){.session = "alive",
                                    .function = "ssh.read",
                                    .args = "{\"script\":\"sleep 2\"}",
                                    .known_hosts = known,
                                    .port = port});
    expect_class(SOAR_DONE);
    /* 10 in 2 s; on a busy machine the relay finds several in one read. None at all: as many as usual. */
    assert_true(seen->chunks_up - before >= usual + 2);
    assert_int_equal(seen->connections, 1); /* one connection for all three */
    free(known);
    process_end(relay);
}

/* A connection that died while nothing was out: the next call makes a new one. */
static void reconnects(void **state)
{
    (void)state;
    lab_script(&lab, "ssh.read", "echo $PPID", NULL, NULL);
    lab_script(&lab, "ssh.run", "kill -9 $(ps -o ppid= -p $PPID) $PPID", NULL, NULL);
    assert_int_not_equal(lab.class, SOAR_DONE);
    lab_script(&lab, "ssh.run", "echo again", NULL, NULL);
    expect_out("again\n");
}

static void killed_worker(void **state)
{
    (void)state;
    lab.kill_when_sending = true;
    lab_script(&lab, "ssh.run", "sleep 1", NULL, NULL);
    expect_class(SOAR_UNKNOWN);
    lab_script(&lab, "ssh.read", "sleep 1", NULL, NULL);
    expect_class(SOAR_TRANSIENT);
    lab.kill_when_sending = false;
    lab_script(&lab, "ssh.run", "echo again", NULL, NULL);
    expect_out("again\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_run),         cmocka_unit_test(signals_are_exits),
        cmocka_unit_test(leftovers_dont_hold), cmocka_unit_test(output_is_bounded),
        cmocka_unit_test(nul_is_refused),      cmocka_unit_test(upload_replaces),
        cmocka_unit_test(reach_needs_no_key),  cmocka_unit_test(read_only_worker),
        cmocka_unit_test(hosts_must_be_known), cmocka_unit_test(hashed_hosts),
        cmocka_unit_test(keys_open),           cmocka_unit_test(accounts_without_a_shell),
        cmocka_unit_test(cut_anywhere),        cmocka_unit_test(deadlines),
        cmocka_unit_test(keep_alive),          cmocka_unit_test(sudo_runs_it),
        cmocka_unit_test(reconnects),          cmocka_unit_test(killed_worker),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
