/* Property: what a source is believed is what its scope says, and nothing in it names what isn't there.
 * Method: a scope read whole; each mistake with its place. */
#include "tests/engine/site/loading.h"

#define HOOK(rest) "webhooks: {s: {path: /webhook/s, auth: {bearer: {secret: \"env:A\"}},\n" rest "}}\n"

struct slip {
    const char *text;
    const char *lines;
};

static const struct slip slips[] = {
    {HOOK("scope: {triggers: [SIEM_Alert_High_Confidense]}"),
     "soard.yaml:2:20: error: 'triggers': there is no trigger 'SIEM_Alert_High_Confidense' in the "
     "configuration (did you mean 'SIEM_Alert_High_Confidence'?)\n"},
    {HOOK("scope: {confidence_max: 101}"),
     "soard.yaml:2:25: error: 'confidence_max': expected a whole number from 0 to 100, found '101'\n"},
    {HOOK("scope: {hosts: []}"),
     "soard.yaml:2:16: error: 'hosts': it names none; leave it out if the source may name any\n"},
    {HOOK("scope: {hosts: [\"web *\"]}"), "soard.yaml:2:17: error: 'hosts': expected a name with * and ?, an "
                                          "address or a prefix, found 'web *'\n"},
    {HOOK("scope: {hosts: [10.0.0.0/40]}"),
     "soard.yaml:2:17: error: 'hosts': expected a name with * and ?, an address or a prefix, found "
     "'10.0.0.0/40'\n"},
    {HOOK("scope: {hosts: {tag: [x]}}"),
     "soard.yaml:2:16: error: 'hosts': it names none; leave it out if the source may name any\n"
     "soard.yaml:2:17: error: unknown key 'tag' in 'hosts' (did you mean 'tags'?)\n"},
    {HOOK("dedup: {key: []}"), "soard.yaml:2:14: error: 'key': expected 1 to 16 expressions, found 0\n"},
    {HOOK("dedup: {key: [alert.id, vars.x]}"),
     "soard.yaml:2:25: error: 'key': unknown name 'vars': expected alert\n"},
    {HOOK("dedup: {key: [\"nosuch(alert)\"]}"), NULL},
    {HOOK("budget: 5/1h"),
     "soard.yaml:2:9: error: 'budget': expected a map like {isolate: 5/1h}, found a text\n"},
    {HOOK("budget: {isolate: 5}"),
     "soard.yaml:2:19: error: 'isolate': expected a number and a time like 5/1h, found '5'\n"},
    {HOOK("budget: {isolate: [5]}"),
     "soard.yaml:2:19: error: 'isolate': expected a number and a time like 5/1h, found a list\n"},
    {HOOK("budget: {isolate: 5/1h, Isolate: 6/1h}"),
     "soard.yaml:2:25: error: 'Isolate' stands twice (case doesn't count)\n"},
};

static void each_mistake_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        const char *lines = load(arena, NULL, slips[i].text, &site);
        if (slips[i].lines != NULL) {
            assert_string_equal(lines, slips[i].lines);
        } else { /* the expression language says it in its own words, at its own place */
            assert_true(strncmp(lines, "soard.yaml:2:16: error: 'key': ", 31) == 0);
        }
    }
}

static void a_scope_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(
        load(arena, NULL,
             "triggers: {Falco_Host: {when: alert.confidence > 1, sources: [S]}}\n" HOOK(
                 "scope: {triggers: [falco_host, siem_alert_high_confidence], hosts: {tags: [linux], names: "
                 "[\"web-*\", 10.0.0.0/8]}, confidence_max: 70}, budget: {Isolate: 5/1h, revoke: 2/1d}, "
                 "dedup: {key: [alert.id, \"alert.hosts[0].name\"], window: 15m}"),
             &site),
        "");
    const struct site_webhook *hook = site_find_webhook(site, "s");
    assert_true(hook->scoped);
    assert_int_equal(hook->trigger_count, 2);
    assert_int_equal(hook->host_count, 2);
    assert_string_equal(hook->hosts[1], "10.0.0.0/8");
    assert_int_equal(hook->tag_count, 1);
    assert_string_equal(hook->tags[0], "linux");
    assert_int_equal(hook->confidence_max, 70);
    assert_int_equal(hook->budget_count, 2);
    assert_string_equal(hook->budgets[0].name, "isolate");
    assert_int_equal(hook->budgets[0].at_most, 5);
    assert_int_equal(hook->budgets[1].window_ms, 24 * 60 * 60 * 1000);
    assert_int_equal(hook->dedup_count, 2);
    assert_string_equal(hook->dedup[1], "alert.hosts[0].name");
    assert_int_equal(hook->dedup_ms, 15 * 60 * 1000);
    assert_int_equal(site_find_trigger(site, "falco_host")->source_count, 1);
}

static void a_ceiling_of_nothing_is_kept(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(
        load(arena, NULL, HOOK("scope: {confidence_max: 0}, dedup: {key: [alert.id]}"), &site), "");
    assert_int_equal(site->webhooks[0].confidence_max, 0);
    assert_int_equal(site->webhooks[0].dedup_ms, 24 * 60 * 60 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_has_its_place),
        cmocka_unit_test(a_scope_is_read),
        cmocka_unit_test(a_ceiling_of_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
