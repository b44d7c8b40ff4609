/* Property: a policy is what its text says, with defaults for what it doesn't; each mistake has its line; its
 * digest changes with it. Method: texts good and bad, and the numbers they give. */
#include "tests/engine/policy/rails.h"
#include "tests/engine/documented.h"
#include "tests/engine/site/loading.h"

static void budgets_go_by_the_beginning_of_a_name(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy =
        rails_well(arena, "blast_radius: {isolate: {at_most: 20/1h}, Isolate_Network: {at_most: 2/1d}, "
                          "revoke: {at_most: 7/10m}}");
    const char *name = NULL;
    int64_t window_ms = 0;
    int64_t at_most = 0;
    assert_true(policy_budget(policy, "ISOLATE_Endpoint", &name, &window_ms, &at_most));
    assert_string_equal(name, "isolate");
    assert_int_equal(at_most, 20);
    assert_int_equal(window_ms, 60 * 60 * 1000);
    assert_true(policy_budget(policy, "isolate_network", &name, &window_ms, &at_most));
    assert_string_equal(name, "isolate_network");
    assert_int_equal(at_most, 2);
    assert_true(policy_budget(policy, "Revoke_Credentials", &name, &window_ms, &at_most));
    assert_int_equal(at_most, 7);
    assert_false(policy_budget(policy, "isolated", &name, &window_ms, &at_most));
    assert_false(policy_budget(policy, "Snapshot_Memory", &name, &window_ms, &at_most));
}

static void defaults_hold_without_a_policy(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct policy *policy = NULL;
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    assert_int_equal(policy_load(arena, NULL, NULL, &policy, &diags), 0);
    const char *name = NULL;
    int64_t window_ms = 0;
    int64_t at_most = 0;
    assert_true(policy_budget(policy, "isolate_endpoint", &name, &window_ms, &at_most));
    assert_int_equal(at_most, 20);
    assert_int_equal(policy_offline_ms(policy), 24 * 60 * 60 * 1000);
    assert_int_equal(policy_offline_every_ms(policy), 60 * 1000);
    const struct policy *other =
        rails_well(arena, "blast_radius: {revoke: {at_most: 3/1h}}\noffline: {keep_trying: 2h}");
    assert_true(policy_budget(other, "isolate_endpoint", &name, &window_ms, &at_most));
    assert_int_equal(policy_offline_ms(other), 2 * 60 * 60 * 1000);
    assert_int_equal(policy_offline_every_ms(other), 60 * 1000);
}

static void the_documented_files_are_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *at = documented_whole(arena, "docs/language.md");
    const char *inventory = documented_next(arena, &at, "# inventory.yaml");
    const char *config = documented_next(arena, &at, "# soard.yaml");
    assert_non_null(inventory);
    assert_non_null(config);
    struct site *site = NULL;
    assert_string_equal(load(arena, inventory, config, &site), "");
    assert_int_equal(site->host_count, 2);
    struct policy *policy = NULL;
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    assert_int_equal(policy_load(arena, site, NULL, &policy, &diags), 0);
    struct policy_request request = about("host", "dc-07");
    assert_string_equal(judged(arena, policy, &request), "refuse never: the policy names hosts 'dc-*'");
    request = about("user", "soar@corp.example");
    assert_string_equal(judged(arena, policy, &request), "refuse never: soar itself logs in as this account");
}

/* What a source is believed is a rule, too. */
static void the_digest_is_of_the_sources_too(void **state)
{
    (void)state;
    static const char *const configs[] = {"webhooks: {s: {scope: {confidence_max: 70}}}",
                                          "webhooks: {s: {scope: {confidence_max: 71}}}", "state: /x"};
    char digests[3][65];
    for (size_t i = 0; i < 3; i++) {
        ARENA_SCOPED arena = arena_new();
        struct diag_list diags;
        struct policy *policy = NULL;
        diag_init(&diags, arena, "f");
        struct site site = {.config = yaml_parse(arena, configs[i], strlen(configs[i]), &diags)};
        assert_non_null(site.config);
        assert_int_equal(policy_load(arena, &site, NULL, &policy, &diags), 0);
        memcpy(digests[i], policy_digest(policy), sizeof digests[i]);
    }
    assert_string_not_equal(digests[0], digests[1]);
    assert_string_not_equal(digests[0], digests[2]);
}

static void the_digest_is_of_the_rules(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *first = policy_digest(rails_well(arena, "protect: {hosts: [\"dc-*\"]}"));
    assert_int_equal(strlen(first), 64);
    assert_string_equal(first, policy_digest(rails_well(arena, "# same\nprotect:\n  hosts: ['dc-*']\n")));
    assert_string_not_equal(first, policy_digest(rails_well(arena, "protect: {hosts: [\"dd-*\"]}")));
    assert_string_not_equal(first, policy_digest(rails_well(arena, "")));
}

struct slip {
    const char *text;
    const char *line;
};

static const struct slip slips[] = {
    {"protct: {}", "soard.yaml:1:1: error: unknown key 'protct' in 'policy' (did you mean 'protect'?)\n"},
    {"protect: [x]", "soard.yaml:1:11: error: expected a rule as a map (key: value), found a text\n"},
    {"protect: {host: [x]}",
     "soard.yaml:1:11: error: unknown key 'host' in a rule (did you mean 'hosts'?)\n"},
    {"protect: {hosts: dc-01}", "soard.yaml:1:18: error: 'hosts': expected a list of texts, found a text\n"},
    {"protect: {hosts: {tag: [x]}}",
     "soard.yaml:1:19: error: unknown key 'tag' in 'hosts' (did you mean 'tags'?)\n"},
    {"protect: {hosts: [\"a b\"]}",
     "soard.yaml:1:19: error: 'hosts': expected a name with * and ?, or an address, found 'a b'\n"},
    {"protect: {hosts: [\"b\u00fc*\"]}",
     "soard.yaml:1:19: error: 'hosts': expected a name with * and ?, or an address, found 'b\u00fc*'\n"},
    {"never: {addresses: [10.0.0.0/33]}",
     "soard.yaml:1:21: error: 'addresses': expected a prefix like 10.0.0.0/24, found '10.0.0.0/33'\n"},
    {"blast_radius: {isolate: {}}", "soard.yaml:1:25: error: a limit needs the key 'at_most': 20/1h\n"},
    {"blast_radius: {isolate: {at_most: 20}}",
     "soard.yaml:1:35: error: 'at_most': expected a number and a time like 20/1h, found '20'\n"},
    {"blast_radius: {isolate: {at_most: 20/h}}",
     "soard.yaml:1:35: error: 'at_most': expected a number and a time like 20/1h, found '20/h'\n"},
    {"blast_radius: {isolate: {at_most: 2/1h, kept_for_people: 3}}",
     "soard.yaml:1:25: error: 'kept_for_people' can't be more than 'at_most'\n"},
    {"blast_radius: {isolate: {at_most: 2/1h, over: drop}}",
     "soard.yaml:1:47: error: 'over': expected hold or refuse, found 'drop'\n"},
    {"offline: {every: 10ms}",
     "soard.yaml:1:18: error: 'every': expected a duration from 1 s to 1 d, found '10ms'\n"},
    {"release: {two_people: {tags: [server]}, on_siem_closed: ask}\nexpires: {at_least: 30m, then: ask}\n"
     "recheck: {every: 5m, broken: put_back}\nplaybooks: {live: promote}\nbreak_glass: off",
     ""},
    {"recheck: {broken: leave}",
     "soard.yaml:1:19: error: 'broken': expected put_back or tell, found 'leave'\n"},
    {"recheck: {every: 8d}",
     "soard.yaml:1:18: error: 'every': expected a duration from 0 ms to 7 d, found '8d'\n"},
    {"expires: {at_least: 2h, at_most: 1h}",
     "soard.yaml:1:10: error: 'expires': 'at_least' is more than 'at_most'\n"},
    {"expires: {at_least: 31d}", "soard.yaml:1:10: error: 'expires': 'at_least' is more than 'at_most'\n"},
    {"expires: {then: release}", "soard.yaml:1:17: error: 'then': expected ask or free, found 'release'\n"},
    {"release: {two_people: {tag: [x]}}",
     "soard.yaml:1:24: error: unknown key 'tag' in a rule (did you mean 'tags'?)\n"},
    {"break_glass: on", "soard.yaml:1:14: error: 'break_glass': expected off, found 'on'\n"},
};

static void each_mistake_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *lines = NULL;
        rails_new(arena, slips[i].text, &lines);
        assert_string_equal(lines, slips[i].line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(budgets_go_by_the_beginning_of_a_name),
        cmocka_unit_test(defaults_hold_without_a_policy),
        cmocka_unit_test(the_documented_files_are_read),
        cmocka_unit_test(the_digest_is_of_the_rules),
        cmocka_unit_test(the_digest_is_of_the_sources_too),
        cmocka_unit_test(each_mistake_has_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
