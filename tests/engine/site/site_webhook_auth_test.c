/* Property: a source shows who it is in exactly one way; its secret is a reference, and a bare one is told
 * without being shown; what its vendor fixes needs not be said. Method: each way read, each mistake with its
 * place. */
#include "tests/engine/site/loading.h"

#define HOOK(auth) "webhooks: {s: {path: /webhook/s, auth: {" auth "}}}\n"

struct slip {
    const char *text;
    const char *lines;
};

static const struct slip slips[] = {
    {HOOK(""),
     "soard.yaml:1:40: error: 'auth': expected exactly one of hmac_sha256, bearer, basic, header and "
     "mutual_tls\n"},
    {HOOK("bearer: {secret: \"env:A\"}, header: {name: X, secret: \"env:A\"}"),
     "soard.yaml:1:40: error: 'auth': expected exactly one of hmac_sha256, bearer, basic, header and "
     "mutual_tls\n"},
    {HOOK("hmac: {secret: \"env:A\"}"), "soard.yaml:1:41: error: unknown key 'hmac' in 'auth'\n"},
    {HOOK("bearer: {secret: hunter2}"),
     "soard.yaml:1:58: error: 'secret': expected a reference to a secret (env:NAME, file:PATH or "
     "credential:NAME), not the secret itself\n"},
    {HOOK("basic: {user: \"a:b\", secret: \"env:A\"}"),
     "soard.yaml:1:55: error: 'user': expected plain characters without ':', found 'a:b'\n"},
    {HOOK("header: {name: \"X Y\", secret: \"env:A\"}"),
     "soard.yaml:1:56: error: 'name': expected the name of a header, found 'X Y'\n"},
    {HOOK("hmac_sha256: {secret: \"env:A\", window: 2h}"),
     "soard.yaml:1:80: error: 'window': expected a duration from 1 s to 1 h, found '2h'\n"},
    {HOOK("hmac_sha256: {secret: \"env:A\", encoding: hax}"),
     "soard.yaml:1:82: error: 'encoding': expected hex or base64, found 'hax' (did you mean 'hex'?)\n"},
    {HOOK("hmac_sha256: {secret: \"env:A\", prefix: \"a\\tb\"}"),
     "soard.yaml:1:80: error: 'prefix': expected at most 32 plain characters\n"},
    {"webhooks: {s: {path: /webhook/s, format: falco, auth: {hmac_sha256: {secret: \"env:A\"}}}}\n",
     "soard.yaml:1:69: error: 'hmac_sha256' needs the key 'header': format 'falco' has none of its own\n"},
    {"webhooks: {s: {path: /webhook/s, format: grafana, auth: {hmac_sha256: {secret: \"env:A\", window: "
     "5m}}}}\n",
     "soard.yaml:1:97: error: 'window' means nothing without 'timestamp': no time is signed\n"},
};

static void each_mistake_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        assert_string_equal(load(arena, NULL, slips[i].text, &site), slips[i].lines);
        assert_null(strstr(slips[i].lines, "hunter2"));
    }
}

static const char ways[] =
    "listen: {address: \"127.0.0.1:1\", tls: {cert: c, key: k, client_ca: ca}}\n"
    "webhooks:\n"
    "  soar: {path: /webhook/a, auth: {hmac_sha256: {secret: \"env:A\"}}}\n"
    "  grafana: {path: /webhook/b, format: grafana, auth: {hmac_sha256: {secret: \"env:B\", timestamp: "
    "X-T}}}\n"
    "  hub: {path: /webhook/c, format: house, auth: {hmac_sha256: {secret: \"file:k\", header: "
    "X-Hub-Signature-256, prefix: \"sha256=\", encoding: base64}}}\n"
    "  bearer: {path: /webhook/d, auth: {bearer: {secret: \"credential:d\"}}}\n"
    "  basic: {path: /webhook/e, auth: {basic: {user: siem, secret: \"env:E\"}}}\n"
    "  header: {path: /webhook/f, auth: {header: {name: Authorization, secret: \"env:F\"}}}\n"
    "  mutual: {path: /webhook/g, auth: {mutual_tls: {names: [siem.corp.example, siem-2.corp.example]}}}\n";

static void each_way_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(load(arena, NULL, ways, &site), "");
    const struct site_webhook *hook = site_find_webhook(site, "soar");
    assert_int_equal(hook->auth, AUTH_HMAC_SHA256);
    assert_string_equal(hook->secret, "env:A");
    assert_string_equal(hook->header, "X-Soar-Signature");
    assert_string_equal(hook->timestamp, "X-Soar-Timestamp");
    assert_string_equal(hook->separator, ".");
    assert_string_equal(hook->prefix, "");
    assert_false(hook->base64);
    assert_int_equal(hook->window_ms, 5 * 60 * 1000);
    assert_int_equal(hook->repeat_ms, 2 * hook->window_ms); /* a signed time ends by itself */
    hook = site_find_webhook(site, "grafana");
    assert_string_equal(hook->header, "X-Grafana-Alerting-Signature");
    assert_string_equal(hook->timestamp, "X-T");
    assert_string_equal(hook->separator, ":");
    hook = site_find_webhook(site, "hub");
    assert_true(strncmp(hook->secret, "file:/", 6) == 0);
    assert_string_equal(hook->header, "X-Hub-Signature-256");
    assert_string_equal(hook->prefix, "sha256=");
    assert_null(hook->timestamp);
    assert_true(hook->base64);
    hook = site_find_webhook(site, "bearer");
    assert_int_equal(hook->auth, AUTH_BEARER);
    assert_string_equal(hook->secret, "credential:d");
    hook = site_find_webhook(site, "basic");
    assert_int_equal(hook->auth, AUTH_BASIC);
    assert_string_equal(hook->user, "siem");
    hook = site_find_webhook(site, "header");
    assert_int_equal(hook->auth, AUTH_HEADER);
    assert_string_equal(hook->header, "Authorization");
    hook = site_find_webhook(site, "mutual");
    assert_int_equal(hook->auth, AUTH_MUTUAL_TLS);
    assert_null(hook->secret);
    assert_int_equal(hook->san_count, 2);
    assert_string_equal(hook->sans[1], "siem-2.corp.example");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_has_its_place),
        cmocka_unit_test(each_way_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
