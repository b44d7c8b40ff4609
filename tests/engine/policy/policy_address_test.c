/* Property: an address that is to be blocked is refused where we would cut ourselves off (our own, an
 * inventory's, a directory's or service's, nobody's), held where it is a private one, and otherwise as free
 * as any target; looking one up is not blocking it. Method: a table of addresses in several spellings, with
 * three policies. */
#include "engine/base/json.h"
#include "tests/engine/policy/rails.h"

struct question {
    const char *address;
    const char *verdict;
};

#define NEVER "refuse never: "
#define HELD                                                                                                 \
    "hold private_addresses: a private address: it may be one of ours that the inventory does not know"

static const struct question questions[] = {
    {"203.0.113.7", "allow"},
    {"2001:db8::7", "allow"},
    {"10.0.0.1", NEVER "soar itself runs there"},
    {"::ffff:10.0.0.1", NEVER "soar itself runs there"},
    {"fe80::1", NEVER "soar itself runs there"},
    {"10.0.0.254", NEVER "it is on soar's way to the targets"},
    {"127.0.0.1", NEVER "soar itself runs there"},
    {"10.0.0.5", NEVER "10.0.0.5 is DC-01 in the inventory: isolate the machine itself"},
    {"fd00::5", NEVER "fd00::5 is DC-01 in the inventory: isolate the machine itself"},
    {"198.51.100.9", NEVER "198.51.100.9 is where soar reaches corp-ad"},
    {"2001:db8::99", NEVER "2001:db8::99 is where soar reaches fw"},
    {"198.51.100.10", NEVER "198.51.100.10 is where soar reaches named"},
    {"198.51.100.11", NEVER "198.51.100.11 is where soar reaches git"},
    {"127.0.0.2", NEVER "it is no machine's address"},
    {"::127.0.0.1", NEVER "it is no machine's address"},
    {"::203.0.113.7", NEVER "it is no machine's address"},
    {"224.0.0.1", NEVER "it is no machine's address"},
    {"255.255.255.255", NEVER "it is no machine's address"},
    {"ff02::1", NEVER "it is no machine's address"},
    {"10.9.9.9", HELD},
    {"172.31.255.254", HELD},
    {"172.32.0.1", "allow"},
    {"192.168.1.1", HELD},
    {"100.64.0.1", HELD},
    {"169.254.169.254", HELD},
    {"fd12::1", HELD},
    {"fe80::2", HELD},
    {"64:ff9b::a00:5", HELD},
};

static const struct site_place directories[] = {{.name = "corp-ad", .url = "ldaps://198.51.100.9:636"}};
static struct site_service by_token;
static const struct site_place services[] = {
    {.name = "named", .url = "https://fw.example/", .service = &by_token},
    {.name = "fw", .url = "https://[2001:DB8::99]:8443/api"}};
static const struct site_source sources[] = {{.name = "git", .url = "ssh://git@198.51.100.11:2222/p.git"}};

static struct policy *policy_of(struct arena *arena, const char *text)
{
    struct diag_list diags;
    struct site *site = arena_alloc(arena, sizeof *site);
    struct policy *policy = NULL;
    static const char auth[] = "{\"oauth2\": {\"token\": \"https://198.51.100.10/token\"}}";
    diag_init(&diags, arena, "soard.yaml");
    assert_int_equal(json_parse(arena, auth, strlen(auth), &by_token.auth_public, NULL), 0);
    *site = (struct site){.host_count = sizeof rail_hosts / sizeof rail_hosts[0],
                          .hosts = rail_hosts,
                          .directory_count = 1,
                          .directories = directories,
                          .service_count = 2,
                          .services = services,
                          .source_count = 1,
                          .sources = sources};
    if (*text != '\0') {
        site->policy = yaml_parse(arena, text, strlen(text), &diags);
    }
    assert_int_equal(policy_load(arena, site, &rail_self, &policy, &diags), 0);
    return policy;
}

static const char *blocked(struct arena *arena, const struct policy *policy, const char *address)
{
    struct policy_request request = about("address", address);
    request.key = arena_printf(arena, "address:fw/%s", address);
    request.action = "Block_Address";
    return judged(arena, policy, &request);
}

static void each_address_has_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *said = blocked(arena, policy_of(arena, ""), questions[i].address);
        if (strcmp(said, questions[i].verdict) != 0) {
            fail_msg("%s: %s", questions[i].address, said);
        }
    }
}

static void the_site_says_what_holds_for_private_ones(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_string_equal(blocked(arena, policy_of(arena, "private_addresses: allow\n"), "10.9.9.9"), "allow");
    assert_true(strncmp(blocked(arena, policy_of(arena, "private_addresses: never\n"), "10.9.9.9"),
                        "refuse private_addresses: ", 26) == 0);
    assert_string_equal(blocked(arena, policy_of(arena, "private_addresses: allow\n"), "10.0.0.5"),
                        NEVER "10.0.0.5 is DC-01 in the inventory: isolate the machine itself");
}

static void a_sites_own_addresses_are_protected(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy =
        policy_of(arena, "protect: {addresses: [192.0.2.0/24, \"2001:db8:1::/48\"], why: our partners}\n");
    assert_string_equal(blocked(arena, policy, "192.0.2.44"), NEVER "our partners");
    assert_string_equal(blocked(arena, policy, "2001:db8:1::2"), NEVER "our partners");
    assert_string_equal(blocked(arena, policy, "203.0.113.7"), "allow");
}

static bool freed(void *arg, const char *rule)
{
    return strcmp(rule, arg) == 0;
}

static void a_person_may_free_a_private_one_and_no_other(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = policy_of(arena, "");
    struct policy_request request = about("address", "10.9.9.9");
    char rule[] = "private_addresses";
    request.freed = freed;
    request.freed_arg = rule;
    assert_string_equal(judged(arena, policy, &request), "allow");
    request.name = "10.0.0.5";
    assert_true(strncmp(judged(arena, policy, &request), NEVER, 14) == 0);
}

static void to_look_is_not_to_block(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = policy_of(arena, "");
    struct policy_request request = about("address", "10.0.0.5");
    request.containment = false;
    assert_string_equal(judged(arena, policy, &request), "allow");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_has_its_answer),
        cmocka_unit_test(the_site_says_what_holds_for_private_ones),
        cmocka_unit_test(a_sites_own_addresses_are_protected),
        cmocka_unit_test(a_person_may_free_a_private_one_and_no_other),
        cmocka_unit_test(to_look_is_not_to_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
