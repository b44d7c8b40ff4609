/* Property: a source has a path, a form and a secret of its own; two that could be taken for one another are
 * refused; what isn't said has its default. Method: sources read; each mistake with its
 * place. */
#include "tests/engine/documented.h"
#include "tests/engine/site/loading.h"

#define BEARER(name) "auth: {bearer: {secret: \"env:" name "\"}}"

struct slip {
    const char *text;
    const char *lines;
};

static const struct slip slips[] = {
    {"webhooks: {s: {path: /webhook/s}}\n",
     "soard.yaml:1:15: error: a webhook needs the key 'auth': {hmac_sha256: {...}}\n"},
    {"webhooks: {s: {" BEARER("A") "}}\n",
     "soard.yaml:1:15: error: a webhook needs the key 'path': /webhook/NAME\n"},
    {"webhooks: {s: {path: /webhook/x, " BEARER("A") "}, t: {path: /webhook/x, " BEARER("B") "}}\n",
     "soard.yaml:1:80: error: 'path': /webhook/x is webhook 's''s, too\n"},
    {"webhooks:\n  s: {path: /webhook/s, " BEARER("A") "}\n  t: {path: /webhook/t, auth: {header: {name: "
                                                       "X-Key, secret: \"env:A\"}}}\n",
     "soard.yaml:3:31: error: 'auth': the secret is webhook 's''s, too: what one source sends could be sent "
     "again as the other's; give each its own\n"},
    {"webhooks: {s: {path: /webhook/s, " BEARER("A") "}, S: {path: /webhook/t, " BEARER("B") "}}\n",
     "soard.yaml:1:70: error: webhook 'S' stands twice (case doesn't count)\n"},
    {"webhooks: {gone: {path: /webhook/s, " BEARER("A") "}}\n",
     "soard.yaml:1:12: error: a webhook can't be called 'gone'\n"},
    {"webhooks: {a/b: {path: /webhook/s, " BEARER("A") "}}\n",
     "soard.yaml:1:12: error: a webhook's name: expected letters, digits and any of '._-', at most 128, "
     "found "
     "'a/b'\n"},
    {"webhooks: {s: {path: /webhook/s, rate: 5, " BEARER("A") "}}\n",
     "soard.yaml:1:40: error: 'rate': expected a number and a time like 600/1m, found '5'\n"},
    {"webhooks: {s: {path: /webhook/s, rate: 0/1m, " BEARER("A") "}}\n",
     "soard.yaml:1:40: error: 'rate': expected a number and a time like 600/1m, found '0/1m'\n"},
    {"webhooks: {s: {path: /webhook/s, body: 17MiB, " BEARER("A") "}}\n",
     "soard.yaml:1:40: error: 'body': expected a size from 1KiB to 16MiB, found '17MiB'\n"},
    {"webhooks: {s: {path: /webhook/s, body: 1MB, " BEARER("A") "}}\n",
     "soard.yaml:1:40: error: 'body': expected a size from 1KiB to 16MiB, found '1MB'\n"},
    {"webhooks: {s: {path: /webhook/s, verify: otka, " BEARER("A") "}}\n",
     "soard.yaml:1:42: error: 'verify': expected none, okta or microsoft, found 'otka' (did you mean "
     "'okta'?)\n"},
    {"webhooks: {s: {path: /webhook/s, auth: {mutual_tls: {names: [siem]}}}}\n",
     "soard.yaml:1:40: error: 'mutual_tls' needs 'client_ca' in 'tls' of 'listen': who signs the senders?\n"},
};

static void each_mistake_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        assert_string_equal(load(arena, NULL, slips[i].text, &site), slips[i].lines);
    }
}

static void what_is_no_path(void **state)
{
    (void)state;
    static const char *const bad[] = {"/webhook",       "/webhook/",   "/webhook/a/",  "/hook/a",
                                      "/webhook//a",    "/webhook/..", "/webhook/./a", "/webhook/a%2fb",
                                      "/webhook/a?x=1", "webhook/a",   "/webhook/a b", "/webhook/\u00fc"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        const char *text = arena_printf(arena, "webhooks: {s: {path: \"%s\", " BEARER("A") "}}\n", bad[i]);
        const char *lines = load(arena, NULL, text, &site);
        assert_non_null(strstr(lines, "soard.yaml:1:22: error: 'path': expected /webhook/NAME"));
    }
}

static void defaults(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(
        load(arena, NULL,
             "webhooks:\n"
             "  a: {path: /webhook/team-1/a, " BEARER(
                 "A") "}\n"
                      "  b: {path: /webhook/b, format: okta, " BEARER(
                          "B") ", rate: 5/1s, body: 16MiB}\n"
                               "  c: {path: /webhook/c, format: Okta, verify: none, " BEARER("C") "}\n",
             &site),
        "");
    const struct site_webhook *a = site_find_webhook(site, "A");
    assert_ptr_equal(a, &site->webhooks[0]);
    assert_string_equal(a->format, "soar");
    assert_string_equal(a->verify, "");
    assert_int_equal(a->rate, 600);
    assert_int_equal(a->rate_ms, 60000);
    assert_int_equal(a->body_bytes, 1024 * 1024);
    assert_int_equal(a->repeat_ms, 24 * 60 * 60 * 1000);
    assert_int_equal(a->dedup_count, 0);
    assert_int_equal(a->confidence_max, 100);
    assert_false(a->scoped);
    assert_int_equal(a->line, 2);
    const struct site_webhook *b = site_find_webhook(site, "b");
    assert_string_equal(b->verify, "okta");
    assert_int_equal(b->rate, 5);
    assert_int_equal(b->rate_ms, 1000);
    assert_int_equal(b->body_bytes, 16 * 1024 * 1024);
    assert_int_equal(b->format_line, 3);
    assert_string_equal(site_find_webhook(site, "c")->verify, "");
    assert_null(site_find_webhook(site, "d"));
}

static void the_documented_one_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *at = documented_whole(arena, "docs/intake.md");
    const char *config = documented_next(arena, &at, "# soard.yaml");
    struct site *site = NULL;
    assert_non_null(config);
    assert_string_equal(load(arena, NULL, config, &site), "");
    assert_int_equal(site->webhook_count, 2);
    assert_string_equal(site_find_webhook(site, "siem")->header, "X-Soar-Signature");
    assert_int_equal(site_find_webhook(site, "falco")->budget_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_one_is_read),
        cmocka_unit_test(each_mistake_has_its_place),
        cmocka_unit_test(what_is_no_path),
        cmocka_unit_test(defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
