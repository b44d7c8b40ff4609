/* Property: a server that trusts our authority takes a certificate of ours for the account it names and the
 * time it is for, and no other; whatever a server does, it is sent a signature by that key and nothing else.
 * Method: a private sshd with TrustedUserCAKeys and AuthorizedPrincipalsFile, its log; certificates made here
 * that are wrong in one thing each. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/ssh_certificate.h"
#include "tests/connectors/ssh/ssh_lab.h"

static struct ssh_lab lab;
static struct ed25519 *authority, *stranger;
static char name[64];

static int open_lab(void **state)
{
    struct soar_err err;
    (void)state;
    lab_open(&lab, true);
    char *text = lab_file(&lab, "authority");
    assert_int_equal(ed25519_load(text, strlen(text), &authority, &err) | ed25519_make(&stranger, &err), 0);
    free(text);
    snprintf(name, sizeof name, "%s@web-01", lab_user());
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    ed25519_free(authority);
    ed25519_free(stranger);
    lab_close(&lab);
    return 0;
}

struct wrong {
    const char *principal, *sources;
    int64_t from_s, to_s; /* from now */
    bool strange, no_certificate, other_key;
};

static void log_in(struct wrong wrong, enum soar_class class)
{
    static int number;
    struct ed25519 *key = NULL, *other = NULL;
    struct soar_err err;
    char session[32], at[64];
    BUF_SCOPED line;
    BUF_SCOPED pem;
    buf_init(&line, 0);
    buf_init(&pem, 0);
    assert_int_equal(ed25519_make(&key, &err) | ed25519_make(&other, &err), 0);
    struct ssh_certificate it = {.serial = (uint64_t)++number,
                                 .id = "soar R-1 web-01",
                                 .principal = wrong.principal ? wrong.principal : name,
                                 .from_s = time(NULL) + (wrong.from_s ? wrong.from_s : -60),
                                 .to_s = time(NULL) + (wrong.to_s ? wrong.to_s : 3600),
                                 .sources = wrong.sources ? wrong.sources : ""};
    memcpy(it.public, ed25519_public(key), sizeof it.public);
    ssh_certificate_sign(&it, wrong.strange ? stranger : authority, &line);
    ed25519_private_pem(wrong.other_key ? other : key, &pem);
    snprintf(session, sizeof session, "certificate%d", number);
    snprintf(at, sizeof at, "[127.0.0.1]:%d", lab.port);
    char *known = lab_known(&lab, "ed25519", at);
    lab_run(&lab, (struct lab_call){.session = session,
                                    .function = "ssh.read",
                                    .args = "{\"script\":\"true\"}",
                                    .known_hosts = known,
                                    .key_text = buf_string(&pem),
                                    .certificate = wrong.no_certificate ? NULL : buf_string(&line)});
    lab.pool->ops->close(lab.pool, session);
    free(known);
    ed25519_free(key);
    ed25519_free(other);
    if (lab.class != class)
        fail_msg("%s, not %s: %s", soar_class_name(lab.class), soar_class_name(class), lab.why);
}

static void taken(void **state)
{
    (void)state;
    log_in((struct wrong){0}, SOAR_DONE);
    log_in((struct wrong){.sources = "10.0.0.5,127.0.0.1"}, SOAR_DONE);
}

static void not_taken(void **state)
{
    (void)state;
    log_in((struct wrong){.principal = "root@web-02"}, SOAR_DENIED);
    log_in((struct wrong){.from_s = -7200, .to_s = -3600}, SOAR_DENIED); /* after its hour */
    log_in((struct wrong){.from_s = 3600, .to_s = 7200}, SOAR_DENIED);
    log_in((struct wrong){.sources = "10.0.0.5"}, SOAR_DENIED);
    log_in((struct wrong){.strange = true}, SOAR_DENIED);
    log_in((struct wrong){.other_key = true}, SOAR_DENIED);
    log_in((struct wrong){.no_certificate = true}, SOAR_INVALID); /* such a key needs one */
}

/* The server asks for passwords and questions, too: it gets none, and no second try. */
static void nothing_else_is_sent(void **state)
{
    (void)state;
    log_in((struct wrong){.strange = true}, SOAR_DENIED);
    static char log[1024 * 1024];
    fcntl(lab.sshd_log, F_SETFL, O_NONBLOCK);
    ssize_t got = read(lab.sshd_log, log, sizeof log - 1);
    log[got > 0 ? got : 0] = '\0';
    assert_non_null(strstr(log, "method publickey"));
    assert_non_null(strstr(log, "Accepted publickey for"));
    assert_non_null(strstr(log, "ID soar R-1 web-01 (serial 1) CA ED25519"));
    for (char *at = log; (at = strstr(at, "userauth-request for user ")) != NULL; at++) {
        char *method = strstr(at, " method ");
        if (method == NULL || strncmp(method, " method publickey", 17) != 0)
            fail_msg("%.200s", at);
    }
    assert_null(strstr(log, "auth-agent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(taken), cmocka_unit_test(not_taken),
                                       cmocka_unit_test(nothing_else_is_sent)};
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
