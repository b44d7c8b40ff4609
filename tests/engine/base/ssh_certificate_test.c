/* Property: a certificate says what it was asked to, and OpenSSH reads it so. Method: its fields, told by
 * ssh-keygen; that a server takes it, and when it does not, ssh_login_test shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/ssh_certificate.h"

static void as_ssh_keygen_reads_it(const char *sources, char *ret_text, size_t size)
{
    struct ed25519 *authority = NULL, *key = NULL;
    struct soar_err err;
    char path[] = "/tmp/soar-cert-XXXXXX", command[128];
    BUF_SCOPED line;
    buf_init(&line, 0);
    assert_int_equal(ed25519_make(&authority, &err) | ed25519_make(&key, &err), 0);
    struct ssh_certificate it = {.serial = 0xfedcba9876543210,
                                 .id = "soar R-1 web-01",
                                 .principal = "root@web-01",
                                 .from_s = 1700000000,
                                 .to_s = 1700003600,
                                 .sources = sources};
    memcpy(it.public, ed25519_public(key), sizeof it.public);
    ssh_certificate_sign(&it, authority, &line);
    ed25519_free(authority);
    ed25519_free(key);
    FILE *file = fdopen(mkstemp(path), "w");
    fprintf(file, "%s test\n", buf_string(&line));
    fclose(file);
    snprintf(command, sizeof command, "TZ=UTC ssh-keygen -Lf %s", path);
    FILE *said = popen(command, "r");
    ret_text[fread(ret_text, 1, size - 1, said)] = '\0';
    assert_int_equal(pclose(said), 0);
    unlink(path);
}

static void says_what_it_was_asked_to(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "Type: ssh-ed25519-cert-v01@openssh.com user certificate",
        "Signing CA: ED25519 SHA256:",
        "Key ID: \"soar R-1 web-01\"",
        "Serial: 18364758544493064720",
        "Valid: from 2023-11-14T22:13:20 to 2023-11-14T23:13:20",
        "Principals: \n                root@web-01\n",
        "Critical Options: \n                source-address 10.0.0.5,fd00::5\n",
        "Extensions: (none)"};
    char text[4096];
    if (access("/usr/bin/ssh-keygen", X_OK)) {
        print_message("skipped: no ssh-keygen here\n");
        skip();
    }
    as_ssh_keygen_reads_it("10.0.0.5,fd00::5", text, sizeof text);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("no \"%s\" in %s", parts[i], text);
    as_ssh_keygen_reads_it("", text, sizeof text);
    assert_non_null(strstr(text, "Critical Options: (none)"));
}

static void is_read_back(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct ed25519 *authority = NULL, *key = NULL;
    struct soar_err err = {0};
    struct ssh_certificate_seen seen;
    BUF_SCOPED line;
    buf_init(&line, 0);
    assert_int_equal(ed25519_make(&authority, &err) | ed25519_make(&key, &err), 0);
    struct ssh_certificate it = {.serial = 7,
                                 .id = "x",
                                 .principal = "root@web-01",
                                 .from_s = 1700000000,
                                 .to_s = 1700003600,
                                 .sources = "10.0.0.5"};
    memcpy(it.public, ed25519_public(key), sizeof it.public);
    ssh_certificate_sign(&it, authority, &line);
    size_t len = line.len;
    buf_text(&line, " a comment\n");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ssh_certificate_read(arena, line.data, i ? line.len : len, &seen, &err), 0);
        assert_memory_equal(seen.public, it.public, sizeof it.public);
        assert_true(seen.user && seen.serial == 7 && seen.principal_count == 1);
        assert_string_equal(seen.principal, "root@web-01");
        assert_true(seen.from_s == 1700000000 && seen.to_s == 1700003600);
    }
    for (size_t cut = 0; cut < len; cut++) /* a piece of it is none */
        assert_int_equal(ssh_certificate_read(arena, line.data, cut, &seen, &err), -1);
    static const char *const none[] = {"",
                                       "ssh-ed25519 AAAA",
                                       "ssh-ed25519-cert-v01@openssh.com ",
                                       "ssh-ed25519-cert-v01@openssh.com ====",
                                       "ssh-rsa-cert-v01@openssh.com AAAA",
                                       "a\nb"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(ssh_certificate_read(arena, none[i], strlen(none[i]), &seen, &err), -1);
    ed25519_free(authority);
    ed25519_free(key);
}

/* Made by ssh-keygen for two names: none of them is the only one. */
static void several_names_are_none(void **state)
{
    (void)state;
    char dir[] = "/tmp/soar-cert-XXXXXX", command[512], line[4096] = "";
    ARENA_SCOPED arena = arena_new();
    struct ssh_certificate_seen seen;
    struct soar_err err = {0};
    if (access("/usr/bin/ssh-keygen", X_OK)) {
        print_message("skipped: no ssh-keygen here\n");
        skip();
    }
    assert_non_null(mkdtemp(dir));
    for (int host = 0; host < 2; host++) {
        snprintf(
            command, sizeof command,
            "cd %s && rm -f * && ssh-keygen -q -t ed25519 -N '' -f ca && ssh-keygen -q -t ed25519 -N '' -f "
            "k && ssh-keygen -q -s ca -I x -n root,admin %s k.pub && cat k-cert.pub",
            dir, host ? "-h" : "");
        FILE *said = popen(command, "r");
        line[fread(line, 1, sizeof line - 1, said)] = '\0';
        assert_int_equal(pclose(said), 0);
        assert_int_equal(ssh_certificate_read(arena, line, strlen(line), &seen, &err), 0);
        assert_int_equal(seen.principal_count, 2);
        assert_null(seen.principal);
        assert_int_equal(seen.user, !host);
    }
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_it_was_asked_to),
                                       cmocka_unit_test(is_read_back),
                                       cmocka_unit_test(several_names_are_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
