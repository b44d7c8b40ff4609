/* Property: a rule about one machine or person holds under every name it has, and under no other's. Method:
 * each spelling of a protected one, resolved or not, must be refused; near misses must be let through. */
#include "tests/engine/policy/rails.h"

static const char *const dc_spellings[] = {
    "dc-01",
    "DC-01",
    "dc-01.",
    "DC-01.CORP.example.",
    "dc1.corp.example",
    "dc-01.evil.example",
    "10.0.0.5",
    "167772165",
    "0xA000005",
    "::ffff:10.0.0.5",
    "[::ffff:a00:5]",
    "10.5",
    "fd00::5",
    "FD00:0::5",
    "\uff44\uff43-01",
    "host:dc-01",
};

static void every_spelling_of_a_machine_is_stopped(void **state)
{
    (void)state;
    static const char *const policies[] = {
        "protect: {hosts: [\"dc-*\"]}",      "never: {hosts: [dc-01.corp.example]}",
        "never: {hosts: [\"10.0.0.5\"]}",    "never: {addresses: [10.0.0.4/31]}",
        "never: {hosts: [\"10.0.0.5/32\"]}", "never: {tags: [DC]}",
        "never: {hosts: {tags: [dc]}}",      "never: [{hosts: [x]}, {hosts: {names: [\"DC-0?\"]}}]",
        "protect: {hosts: [\"167772165\"]}",
    };
    for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++) {
        ARENA_SCOPED arena = arena_new();
        const struct policy *policy = rails_well(arena, policies[p]);
        for (size_t i = 0; i < sizeof dc_spellings / sizeof dc_spellings[0]; i++) {
            struct policy_request request = about("host", dc_spellings[i]);
            bool by_key = strncmp(dc_spellings[i], "host:", 5) == 0;
            request.key = by_key ? dc_spellings[i] : NULL;
            request.name = by_key ? "x1" : dc_spellings[i];
            /* a domain the inventory doesn't know: only a rule by name can know it */
            bool unknown_domain = strcmp(dc_spellings[i], "dc-01.evil.example") == 0 && p != 0 && p != 7;
            if (!unknown_domain && strncmp(judged(arena, policy, &request), "refuse never: ", 14) != 0) {
                fail_msg("%s lets %s through", policies[p], dc_spellings[i]);
            }
            request.host = &rail_hosts[0];
            request.name = "anything";
            assert_true(strncmp(judged(arena, policy, &request), "refuse never: ", 14) == 0);
        }
        const char *const others[] = {"web-01", "10.0.0.11", "adc-01", "10.0.0.6", "dd-01"};
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            struct policy_request request = about("host", others[i]);
            assert_string_equal(judged(arena, policy, &request), "allow");
        }
    }
}

static void letters_beyond_ascii_do_not_hide_a_name(void **state)
{
    (void)state;
    static const char *const names[] = {"dc-b\u00fccher", "DC-B\u00dcCHER.", "xn--dc-bcher-95a",
                                        "xn--dc-bcher-95a.corp.example"};
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "protect: {hosts: [\"dc-*\"]}");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct policy_request request = about("host", names[i]);
        assert_string_equal(judged(arena, policy, &request), "refuse never: the policy names hosts 'dc-*'");
    }
    struct policy_request other = about("host", "b\u00fccher-dc");
    assert_string_equal(judged(arena, policy, &other), "allow");
}

static void what_find_found_counts(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy =
        rails_well(arena, "protect: {hosts: [\"dc-*\"], users: [\"breakglass-*\"]}");
    struct value facts;
    static const char json[] =
        "{\"fqdn\": \"DC-02.corp.example\", \"manager\": \"breakglass-1\", \"name\": \"BREAKGLASS-1\"}";
    assert_int_equal(json_parse(arena, json, strlen(json), &facts, NULL), 0);
    struct policy_request host = about("host", "web-01");
    host.facts = &facts;
    assert_string_equal(judged(arena, policy, &host), "refuse never: the policy names hosts 'dc-*'");
    struct policy_request user = about("user", "jdoe");
    user.facts = &facts;
    assert_string_equal(judged(arena, policy, &user), "refuse never: the policy names users 'breakglass-*'");
    static const char other[] = "{\"manager\": \"breakglass-1\", \"reported_by\": \"dc-01\"}";
    assert_int_equal(json_parse(arena, other, strlen(other), &facts, NULL), 0);
    assert_string_equal(judged(arena, policy, &host), "allow");
    assert_string_equal(judged(arena, policy, &user), "allow");
}

static void every_form_of_a_user_is_stopped(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "breakglass-1",         "BREAKGLASS-1",
        "CORP\\breakglass-1",   "breakglass-1@corp.example",
        " breakglass-1 ",       "corp.example\\BreakGlass-1@x",
        "CN=breakglass-1,OU=x", "br\u00e9akglass-1",
        "\uff42reakglass-1",    "uid=breakglass-1,dc=corp",
    };
    static const char *const others[] = {"jdoe", "CORP\\jdoe", "breakglass", "xbreakglass-1"};
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "protect: {users: [\"breakglass-*\"]}");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct policy_request request = about("user", forms[i]);
        if (strncmp(judged(arena, policy, &request), "refuse never: ", 14) != 0) {
            fail_msg("%s goes through", forms[i]);
        }
        request.name = "x";
        request.key = arena_printf(arena, "user:%s", forms[i]);
        assert_true(strncmp(judged(arena, policy, &request), "refuse never: ", 14) == 0);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct policy_request request = about("user", others[i]);
        assert_string_equal(judged(arena, policy, &request), "allow");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_of_a_machine_is_stopped),
        cmocka_unit_test(letters_beyond_ascii_do_not_hide_a_name),
        cmocka_unit_test(what_find_found_counts),
        cmocka_unit_test(every_form_of_a_user_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
