/* Property: a worker for a service is told all that is public of its entry, with the files beside it as text,
 * and no secret; the secrets that go with each call are one flat map, by the names of their fields; one that
 * can't be read is told by its service and field, and nothing of it. Method: an inventory and its files in a
 * temporary directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/json.h"
#include "engine/loop/loop_peer.h"

static char dir[] = "/tmp/soar-peer-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const struct site *read_site(struct arena *arena, const char *entry)
{
    struct diag_list diags;
    struct site *site = NULL;
    const char *path = arena_printf(arena, "%s/inventory.yaml", dir);
    diag_init(&diags, arena, path);
    write_file("inventory.yaml",
               arena_printf(arena, "services:\n  s: {kind: okta, url: 'https://h', %s}\n", entry));
    assert_int_equal(site_load(arena, path, NULL, &site, &diags), 0);
    return site;
}

static void it_is_told_what_is_public(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct soar_err err = {0};
    struct peer peer = {0};
    char *secrets = NULL;
    write_file("ca.pem", "CA\n");
    write_file("c.pem", "OURS\n");
    write_file("key", "K1\nK2\n");
    write_file("w", "a \"b\"\n");
    const struct site *site = read_site(
        arena, "ca: ca.pem, rate: 90/m, headers: {x-id: 7}, options: {realm: r}, tags: [t], auth: {mtls: "
               "{certificate: c.pem, key: 'file:key'}, exchange: {path: /in, user: u, password: 'file:w', "
               "answer: t, secrets: {more: 'file:w'}}}");
    assert_int_equal(peer_of_service(&site->services[0], arena, &peer, &err), 0);
    assert_string_equal(peer.json, "{\"name\":\"s\",\"kind\":\"okta\",\"url\":\"https://h\",\"ca\":\"CA\\n\","
                                   "\"rate\":{\"calls\":90,\"per_ms\":60000},\"headers\":{\"x-id\":\"7\"},"
                                   "\"auth\":{\"mtls\":{\"certificate\":\"OURS\\n\"},\"exchange\":{\"path\":"
                                   "\"/in\",\"user\":\"u\",\"answer\":\"t\"}}}");
    assert_int_equal(peer_secrets(site, &peer, &secrets, &err), 0);
    assert_string_equal(secrets, "{\"mtls_key\":\"K1\\nK2\\n\",\"password\":\"a \\\"b\\\"\","
                                 "\"secrets.more\":\"a \\\"b\\\"\"}");
    free(secrets);
}

static void one_without_a_log_in_has_no_secret(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct peer peer = {0};
    char *secrets = NULL;
    const struct site *site = read_site(arena, "tags: []");
    assert_int_equal(peer_of_service(&site->services[0], arena, &peer, NULL), 0);
    assert_string_equal(peer.json, "{\"name\":\"s\",\"kind\":\"okta\",\"url\":\"https://h\"}");
    assert_int_equal(peer_secrets(site, &peer, &secrets, NULL), 0);
    assert_null(secrets);
}

static void a_file_that_is_not_there_is_told(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct soar_err err = {0};
    struct peer peer = {0};
    char *secrets = NULL;
    const struct site *site = read_site(arena, "ca: gone.pem");
    assert_int_equal(peer_of_service(&site->services[0], arena, &peer, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
    assert_true(strncmp(err.text, "s: ca: ", 7) == 0);
    site = read_site(arena, "auth: {oauth2: {token: 'https://l', client: c, secret: 'env:SOAR_TEST_NONE'}}");
    assert_int_equal(peer_of_service(&site->services[0], arena, &peer, &err), 0);
    assert_int_equal(peer_secrets(site, &peer, &secrets, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
    assert_string_equal(err.text, "s: secret: secret env:SOAR_TEST_NONE: the variable is not set");
    assert_null(secrets);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"inventory.yaml", "ca.pem", "c.pem", "key", "w"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_what_is_public),
        cmocka_unit_test(one_without_a_log_in_has_no_secret),
        cmocka_unit_test(a_file_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
