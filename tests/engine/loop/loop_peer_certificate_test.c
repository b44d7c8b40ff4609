/* Property: a worker gets a key of its own and a certificate for its host and this hour, and never the
 * authority's key; an authority that can't be read refuses the call. Method: an inventory in a temporary
 * directory, a world whose time stands still; the certificate told by ssh-keygen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/ed25519.h"
#include "engine/base/json.h"
#include "engine/loop/loop_peer.h"

static char dir[] = "/tmp/soar-peer-XXXXXX";

static int64_t wall(void *arg)
{
    (void)arg;
    return 1700000000000;
}

static void chance(void *arg, void *ret_bytes, size_t len)
{
    memset(ret_bytes, ++*(int *)arg, len);
}

static void write_file(const char *name, const char *text, size_t len)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
}

static struct site *read_site(struct arena *arena, const char *more)
{
    struct diag_list diags;
    struct site *site = NULL;
    char *path = arena_printf(arena, "%s/inventory.yaml", dir);
    const char *text =
        arena_printf(arena,
                     "management: [10.0.0.5]\nhosts:\n  web-01: {os: linux, address: 10.0.0.9, "
                     "certificate_authority: \"file:authority\"%s}\n",
                     more);
    diag_init(&diags, arena, path);
    write_file("inventory.yaml", text, strlen(text));
    assert_int_equal(site_load(arena, path, NULL, &site, &diags), 0);
    return site;
}

static int make(struct arena *arena, const char *more, struct value *ret_secrets, struct soar_err *err)
{
    static int luck;
    const struct world world = {.wall_ms = wall, .random = chance, .arg = &luck};
    const struct peer_log_in log_in = {.world = &world, .run = "R-7"};
    const struct site *site = read_site(arena, more);
    char *secrets = NULL;
    if (peer_certificate(site, &site->hosts[0], &log_in, arena, &secrets, err))
        return -1;
    assert_int_equal(json_parse(arena, secrets, strlen(secrets), ret_secrets, err), 0);
    free(secrets);
    return 0;
}

static void expect_certificate(const char *certificate, const char *const parts[])
{
    char command[128], text[4096];
    write_file("cert", certificate, strlen(certificate));
    snprintf(command, sizeof command, "TZ=UTC ssh-keygen -Lf %s/cert", dir);
    FILE *said = popen(command, "r");
    text[fread(text, 1, sizeof text - 1, said)] = '\0';
    assert_int_equal(pclose(said), 0);
    for (size_t i = 0; parts[i]; i++)
        if (!strstr(text, parts[i]))
            fail_msg("no \"%s\" in %s", parts[i], text);
}

static void for_this_host_and_hour(void **state)
{
    struct soar_err err = {0};
    struct ed25519 *authority = NULL;
    BUF_SCOPED pem = {0};
    struct value first, second;
    ARENA_SCOPED arena = arena_new();

    (void)state;
    assert_int_equal(ed25519_make(&authority, &err), 0);
    ed25519_private_pem(authority, &pem);
    ed25519_free(authority);
    write_file("authority", pem.data, pem.len);
    assert_int_equal(make(arena, "", &first, &err), 0);
    assert_int_equal(value_count(&first), 2); /* the key, the certificate, and not the authority's */
    assert_string_not_equal(value_get_string(&first, "key", ""), buf_string(&pem));
    expect_certificate(value_get_string(&first, "certificate", ""),
                       (const char *const[]){"\"soar R-7 web-01\"", "root@web-01",
                                             "from 2023-11-14T22:12:20 to 2023-11-14T23:13:20",
                                             "source-address 10.0.0.5", NULL});
    assert_int_equal(
        make(arena, ", user: soar, principal: responder, management: [10.1.1.1, \"fd00::1\"]", &second, &err),
        0);
    expect_certificate(value_get_string(&second, "certificate", ""),
                       (const char *const[]){" responder\n", "source-address 10.1.1.1,fd00::1", NULL});
    assert_string_not_equal(value_get_string(&first, "key", ""), value_get_string(&second, "key", ""));
}

static void no_authority(void **state)
{
    static const char *const bad[] = {
        "", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"};
    struct value secrets;

    (void)state;
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        char path[128];
        struct soar_err err = {0};
        ARENA_SCOPED arena = arena_new();
        snprintf(path, sizeof path, "%s/authority", dir);
        unlink(path);
        if (i > 0)
            write_file("authority", bad[i - 1], strlen(bad[i - 1]));
        assert_int_equal(make(arena, "", &secrets, &err), -1);
        assert_int_equal(err.class, SOAR_PERMANENT);
        assert_int_equal(strncmp(err.text, "web-01: certificate_authority: ", 31), 0);
    }
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(for_this_host_and_hour),
                                       cmocka_unit_test(no_authority)};
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
