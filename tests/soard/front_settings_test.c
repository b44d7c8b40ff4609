/* Property: the front is told all of `listen:` and `webhooks:` that concerns it, with the texts of secrets
 * and certificates, as one line of JSON; what can't be read is named, and no line is made then. Method: a
 * site with each kind of authentication and secrets in the environment and in files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/json.h"
#include "soard/front_settings.h"

static const char *const names[] = {"siem.example"};
static struct site_webhook hooks[] = {
    {.name = "siem",
     .path = "/webhook/siem",
     .auth = AUTH_HMAC_SHA256,
     .secret = "env:SOAR_TEST_SECRET",
     .header = "X-Signature",
     .timestamp = "X-Time",
     .separator = ":",
     .prefix = "v1=",
     .base64 = true,
     .window_ms = 300000,
     .rate = 600,
     .rate_ms = 60000,
     .body_bytes = 1048576,
     .verify = "okta"},
    {.name = "basic", .path = "/b", .auth = AUTH_BASIC, .secret = "env:SOAR_TEST_SECRET_B", .user = "u"},
    {.name = "header",
     .path = "/h",
     .auth = AUTH_HEADER,
     .secret = "env:SOAR_TEST_SECRET_H",
     .header = "X-Key"},
    {.name = "bearer", .path = "/t", .auth = AUTH_BEARER, .secret = "env:SOAR_TEST_SECRET_T"},
    {.name = "mutual", .path = "/m", .auth = AUTH_MUTUAL_TLS, .san_count = 1, .sans = names},
};
static struct site_listen listen_at = {.address = "127.0.0.1:8443",
                                       .connections = 100,
                                       .per_address = 10,
                                       .header_ms = 1000,
                                       .body_ms = 2000,
                                       .idle_ms = 3000};

static struct site site_of(void)
{
    return (struct site){.inventory_file = "inventory.yaml",
                         .config_file = "soard.yaml",
                         .listen = &listen_at,
                         .webhook_count = sizeof hooks / sizeof hooks[0],
                         .webhooks = hooks};
}

static void set_secrets(const char *basic)
{
    setenv("SOAR_TEST_SECRET", "a\"b", 1);
    setenv("SOAR_TEST_SECRET_B", basic, 1);
    setenv("SOAR_TEST_SECRET_H", "of header", 1);
    setenv("SOAR_TEST_SECRET_T", "of bearer", 1);
}

static const struct value *auth_of(const struct value *config, size_t index, const char *kind)
{
    const struct value *auth = value_get(value_at(value_get(config, "webhooks"), index), "auth");

    assert_int_equal(value_count(auth), 1);
    assert_non_null(value_get(auth, kind));
    return value_get(auth, kind);
}

static void all_is_told(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct front_settings settings = {0};
    struct site site = site_of();
    struct soar_err err = {0};
    struct value config;

    set_secrets("of basic");
    assert_int_equal(front_settings_read(&site, &settings, &err), 0);
    assert_int_equal(settings.line[settings.len - 1], '\n');
    assert_null(memchr(settings.line, '\n', settings.len - 1));
    assert_int_equal(json_parse(arena, settings.line, settings.len, &config, &err), 0);
    front_settings_done(&settings);
    assert_null(settings.line);

    const struct value *limits = value_get(&config, "limits");
    const struct value *siem = value_at(value_get(&config, "webhooks"), 0);
    assert_string_equal(value_get_string(&config, "type", ""), "config");
    assert_string_equal(value_get_string(&config, "address", ""), "127.0.0.1:8443");
    assert_null(value_get(&config, "tls"));
    assert_int_equal(value_get_int(limits, "connections", 0), 100);
    assert_int_equal(value_get_int(limits, "idle_ms", 0), 3000);
    assert_true(value_get_int(limits, "window", 0) > 0);
    assert_string_equal(value_get_string(siem, "verify", ""), "okta");
    assert_int_equal(value_get_int(siem, "rate", 0), 600);
    assert_int_equal(value_get_int(siem, "body", 0), 1048576);

    const struct value *hmac = auth_of(&config, 0, "hmac_sha256");
    assert_string_equal(value_get_string(hmac, "secret", ""), "a\"b");
    assert_string_equal(value_get_string(hmac, "header", ""), "X-Signature");
    assert_string_equal(value_get_string(hmac, "timestamp", ""), "X-Time");
    assert_string_equal(value_get_string(hmac, "separator", ""), ":");
    assert_string_equal(value_get_string(hmac, "prefix", ""), "v1=");
    assert_string_equal(value_get_string(hmac, "encoding", ""), "base64");
    assert_int_equal(value_get_int(hmac, "window_ms", 0), 300000);
    assert_string_equal(value_get_string(auth_of(&config, 1, "basic"), "user", ""), "u");
    assert_string_equal(value_get_string(auth_of(&config, 2, "header"), "name", ""), "X-Key");
    assert_string_equal(value_get_string(auth_of(&config, 3, "bearer"), "secret", ""), "of bearer");
    assert_int_equal(value_count(value_get(auth_of(&config, 4, "mutual_tls"), "names")), 1);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct front_settings settings = {0};
    struct site site = site_of();
    struct soar_err err = {0};

    unsetenv("SOAR_TEST_SECRET");
    assert_int_equal(front_settings_read(&site, &settings, &err), -1);
    assert_null(settings.line);
    assert_non_null(strstr(err.text, "webhook siem"));
    assert_non_null(strstr(err.text, "SOAR_TEST_SECRET"));

    struct site_listen secured = listen_at;
    secured.tls_cert = "/nonexistent/cert.pem";
    secured.tls_key = "file:/nonexistent/key.pem";
    site.listen = &secured;
    assert_int_equal(front_settings_read(&site, &settings, &err), -1);
    assert_non_null(strstr(err.text, "/nonexistent/cert.pem"));
}

/* Whoever has the secret of one would have that of the other, with its scope. */
static void two_of_one_secret_are_refused(void **state)
{
    (void)state;
    struct front_settings settings = {0};
    struct site site = site_of();
    struct soar_err err = {0};

    set_secrets("of bearer");
    assert_int_equal(front_settings_read(&site, &settings, &err), -1);
    assert_null(settings.line);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_non_null(strstr(err.text, "webhook bearer"));
    assert_non_null(strstr(err.text, "webhook basic"));
    assert_null(strstr(err.text, "of bearer"));
    set_secrets("of bearer ");
    assert_int_equal(front_settings_read(&site, &settings, &err), 0);
    front_settings_done(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_told),
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(two_of_one_secret_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
