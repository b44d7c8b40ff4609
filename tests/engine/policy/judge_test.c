/* Property: soar's own machines and accounts are refused whatever the policy says; `never` goes before what
 * people may free; a limit holds from its number on and counts each task once. Method: one question at a
 * time, at the borders. */
#include "tests/engine/policy/rails.h"

static bool people_freed(void *arg, const char *rule)
{
    (void)arg;
    (void)rule;
    return true;
}

static void soar_itself_is_never_touched(void **state)
{
    (void)state;
    static const char *const there[] = {"soar-01",          "SOAR-01.corp.example.",
                                        "10.0.0.1",         "167772161",
                                        "::ffff:10.0.0.1",  "fe80::1%eth0",
                                        "localhost",        "x.localhost",
                                        "2130706433",       "127.1",
                                        "::ffff:127.0.0.1", "[::1]",
                                        "0.0.0.0",          "::"};
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "");
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        struct policy_request request = about("host", there[i]);
        request.freed = people_freed; /* not even people */
        assert_string_equal(judged(arena, policy, &request), "refuse never: soar itself runs there");
    }
    struct policy_request request = about("host", "gw");
    assert_string_equal(judged(arena, policy, &request), "refuse never: it is on soar's way to the targets");
    request = about("address", "10.0.0.254");
    assert_string_equal(judged(arena, policy, &request), "refuse never: it is on soar's way to the targets");
    static const char *const accounts[] = {"root", "Root", "CORP\\svc-soar", "svc-soar@corp.example"};
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        request = about("user", accounts[i]);
        assert_string_equal(judged(arena, policy, &request),
                            "refuse never: soar itself logs in as this account");
    }
    request = about("once", "10.0.0.1");
    assert_string_equal(judged(arena, policy, &request), "allow");
    request = about("host", "1234"); /* a name, though 0.0.4.210 could be meant */
    assert_string_equal(judged(arena, policy, &request), "allow");
}

/* An attacker's own entry says what he likes; a rule of the policy may go by it, soar's accounts don't. */
static void a_mail_address_makes_nobody_soar(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "ask: {users: [\"*@vip.example\"]}\n");
    static const char *const facts[] = {"{\"name\": \"jdoe\", \"mail\": \"root@evil.example\"}",
                                        "{\"name\": \"jdoe\", \"mail\": \"jdoe@vip.example\"}",
                                        "{\"name\": \"jdoe\", \"upn\": \"root@corp.example\"}"};
    static const char *const answers[] = {"allow", "hold ask: the policy names users '*@vip.example'",
                                          "refuse never: soar itself logs in as this account"};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        struct value value;
        struct policy_request request = about("user", "jdoe");
        assert_int_equal(json_parse(arena, facts[i], strlen(facts[i]), &value, NULL), 0);
        request.facts = &value;
        assert_string_equal(judged(arena, policy, &request), answers[i]);
    }
}

static void the_management_address_is_soar(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char *const management[] = {"10.9.9.9"};
    struct site site = {.management_count = 1, .management = management};
    struct policy *policy = NULL;
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    assert_int_equal(policy_load(arena, &site, NULL, &policy, &diags), 0);
    struct policy_request request = about("host", "10.9.9.9");
    assert_string_equal(judged(arena, policy, &request), "refuse never: soar itself runs there");
}

static const char all[] =
    "never: {hosts: [db-*], why: \"the clinic's database\"}\n"
    "two_people: {hosts: {tags: [dc]}, groups: [\"Domain Admins\"], why: domain controller}\n"
    "ask: {hosts: [\"web-*\", \"db-*\"], users: [\"vip-*\"]}\n";

static void rules_are_asked_in_order(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, all);
    struct policy_request request = about("host", "db-07");
    assert_string_equal(judged(arena, policy, &request), "refuse never: the clinic's database");
    request.freed = people_freed;
    assert_string_equal(judged(arena, policy, &request), "refuse never: the clinic's database");
    request = about("host", "dc-01");
    assert_string_equal(judged(arena, policy, &request), "hold two_people: domain controller");
    request.freed = people_freed;
    assert_string_equal(judged(arena, policy, &request), "allow");
    request = about("host", "web-01");
    assert_string_equal(judged(arena, policy, &request), "hold ask: the policy names hosts 'web-*'");
    request = about("user", "CORP\\VIP-7");
    assert_string_equal(judged(arena, policy, &request), "hold ask: the policy names users 'vip-*'");
    request = about("host", "ws-07");
    assert_string_equal(judged(arena, policy, &request), "allow");
}

static void members_of_a_group(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, all);
    static const char *const facts[] = {"{\"groups\": [\"Users\", \"domain admins\"]}",
                                        "{\"memberOf\": [\"CN=Domain Admins,CN=Users,DC=corp\"]}",
                                        "{\"groups\": \"users,domain admins\"}",
                                        "{\"groups\": \"CN=Domain Admins,CN=Users,DC=corp\"}"};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        struct value value;
        assert_int_equal(json_parse(arena, facts[i], strlen(facts[i]), &value, NULL), 0);
        struct policy_request request = about("user", "jdoe");
        assert_string_equal(judged(arena, policy, &request), "allow"); /* before find */
        request.facts = &value;
        assert_string_equal(judged(arena, policy, &request), "hold two_people: domain controller");
    }
}

static void who_administers_is_told_by_his_directory(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "ask: {admins: true}\n");
    struct policy_request request = about("user", "jdoe");
    struct value facts;
    assert_int_equal(json_parse(arena, "{\"admin\": true}", 15, &facts, NULL), 0);
    assert_string_equal(judged(arena, policy, &request), "allow");
    request.facts = &facts;
    assert_string_equal(judged(arena, policy, &request), "hold ask: the policy names administrators");
}

/* The name alone is looked for; a rule may still name him with his domain. */
static void a_person_is_meant_by_each_of_his_names(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy =
        rails_well(arena, "never: {users: [\"CORP\\\\jdoe\", \"*@vip.example\"]}\n");
    struct policy_request request = about("user", "jdoe");
    struct value aliases;
    assert_string_equal(judged(arena, policy, &request), "allow");
    assert_int_equal(json_parse(arena, "[\"corp\\\\jdoe\"]", 14, &aliases, NULL), 0);
    request.aliases = &aliases;
    assert_string_equal(judged(arena, policy, &request), "refuse never: the policy names users 'CORP\\jdoe'");
    assert_int_equal(json_parse(arena, "[\"jdoe@vip.example\"]", 20, &aliases, NULL), 0);
    assert_string_equal(judged(arena, policy, &request),
                        "refuse never: the policy names users '*@vip.example'");
}

/* Whoever takes an account of a host away works on that host. */
static void what_holds_for_a_host_holds_for_the_accounts_there(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, all);
    struct policy_request request = about("user", "jdoe");
    request.host = &rail_hosts[0];
    assert_string_equal(judged(arena, policy, &request), "hold two_people: domain controller");
    request.host = &rail_hosts[1];
    assert_string_equal(judged(arena, policy, &request), "hold ask: the policy names hosts 'web-*'");
    request.host = &rail_hosts[2];
    assert_string_equal(judged(arena, policy, &request), "refuse never: soar itself runs there");
}

static void accounts_that_soar_lives_by_are_never_touched(void **state)
{
    static const char *const never[] = {"root", "svc-soar", "CORP\\SVC-SOAR", "krbtgt",
                                        "krbtgt@corp.example"};
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "");
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        struct policy_request request = about("user", never[i]);
        assert_true(strncmp(judged(arena, policy, &request), "refuse never: ", 14) == 0);
    }
}

static void a_limit_holds_from_its_number_on(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *usual = rails_well(arena, "");
    struct policy_request request = about("host", "web-01");
    request.spent = 19;
    assert_string_equal(judged(arena, usual, &request), "allow");
    request.spent = 20;
    assert_string_equal(judged(arena, usual, &request), "hold blast_radius.isolate: 20 of 20 within 1 h");
    request.spent_by_us = true; /* counted already: another try of the same task */
    assert_string_equal(judged(arena, usual, &request), "allow");
    request.spent_by_us = false;
    request.freed = people_freed;
    assert_string_equal(judged(arena, usual, &request), "allow");
    request.freed = NULL;
    request.action = "Snapshot_Memory";
    assert_string_equal(judged(arena, usual, &request), "allow");
}

static void a_part_is_kept_for_people(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy =
        rails_well(arena, "blast_radius: {isolate: {at_most: 5/30m, kept_for_people: 2, over: refuse}}");
    struct policy_request request = about("host", "web-01");
    request.spent = 3;
    assert_string_equal(judged(arena, policy, &request),
                        "refuse blast_radius.isolate: 3 of 3 within 30 min (the rest is kept for people)");
    request.person = true;
    assert_string_equal(judged(arena, policy, &request), "allow");
    request.spent = 5;
    assert_string_equal(judged(arena, policy, &request), "refuse blast_radius.isolate: 5 of 5 within 30 min");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soar_itself_is_never_touched),
        cmocka_unit_test(a_mail_address_makes_nobody_soar),
        cmocka_unit_test(the_management_address_is_soar),
        cmocka_unit_test(rules_are_asked_in_order),
        cmocka_unit_test(members_of_a_group),
        cmocka_unit_test(who_administers_is_told_by_his_directory),
        cmocka_unit_test(a_person_is_meant_by_each_of_his_names),
        cmocka_unit_test(what_holds_for_a_host_holds_for_the_accounts_there),
        cmocka_unit_test(accounts_that_soar_lives_by_are_never_touched),
        cmocka_unit_test(a_limit_holds_from_its_number_on),
        cmocka_unit_test(a_part_is_kept_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
