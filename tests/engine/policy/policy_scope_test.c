/* Property: a task whose source may not name its target, or claims too much, or is gone, or is paused, or has
 * spent its budget, is held by a rule of that name; each yes is to one rule; `never` goes before all of them;
 * what is put back is stopped by `never` alone. A host is in a scope by what it is, however it is spelled.
 * Method: one question at a time, and people who freed one rule after the other. */
#include "tests/engine/policy/rails.h"

#include <stdio.h>

static const char *const web_hosts[] = {"web-*", "10.20.0.0/16"};
static const char *const prod_tags[] = {"prod"};
static const struct site_budget budgets[] = {{.name = "isolate", .at_most = 5, .window_ms = 3600000},
                                             {.name = "isolate_endpoint", .at_most = 2, .window_ms = 60000}};
static const struct site_webhook named = {
    .name = "siem", .scoped = true, .confidence_max = 70, .host_count = 2, .hosts = web_hosts};
static const struct site_webhook tagged = {
    .name = "edr", .scoped = true, .confidence_max = 100, .tag_count = 1, .tags = prod_tags};
static const struct site_webhook budgeted = {
    .name = "falco", .confidence_max = 100, .budget_count = 1, .budgets = budgets};

struct freed {
    const char *rules; /* "|ask|scope.siem|" */
};

static bool is_freed(void *arg, const char *rule)
{
    const struct freed *freed = arg;
    char whole[64];
    snprintf(whole, sizeof whole, "|%s|", rule);
    return strstr(freed->rules, whole) != NULL;
}

static const struct site_host *rail_host(const char *name)
{
    for (size_t i = 0; i < sizeof rail_hosts / sizeof rail_hosts[0]; i++) {
        if (strcmp(rail_hosts[i].name, name) == 0) {
            return &rail_hosts[i];
        }
    }
    return NULL;
}

struct question {
    const char *per;
    const char *name;
    const char *host; /* as it was resolved, or NULL */
    const char *facts;
    const struct site_webhook *source;
    bool in;
};

static const struct question questions[] = {
    {"host", "web-01", "web-01", NULL, &named, true},
    {"host", "10.0.0.11", "web-01", NULL, &named, true}, /* another spelling of the same */
    {"host", "DC-01", "DC-01", NULL, &named, false},
    {"host", "web-99", "DC-01", NULL, &named, false},         /* it says web, it is dc */
    {"host", "web-9.corp.example", NULL, NULL, &named, true}, /* nobody knows it: by what it is called */
    {"host", "db-9", NULL, NULL, &named, false},
    {"host", "10.20.3.4", NULL, NULL, &named, true},
    {"host", "10.21.3.4", NULL, NULL, &named, false},
    {"address", "10.20.3.4", NULL, NULL, &named, true},
    {"address", "10.0.0.5", NULL, NULL, &named, false},
    {"host", "web-9", NULL, "{\"name\": \"db-9\"}", &named, false}, /* found to be another */
    {"host", "db-9", NULL, "{\"name\": \"web-9\"}", &named, true},
    {"host", "web-9", NULL, "{\"name\": \"web-9\", \"ip\": [\"10.0.0.5\"]}", &named,
     false}, /* dc-01's address */
    {"host", "web-01", "web-01", "{\"hostname\": \"dc-01\"}", &named, false},
    {"host", "web-01.evil.example", NULL, "{\"name\": \"web-01.evil.example\"}", &tagged,
     false}, /* not ours */
    {"host", "web-01", "web-01", NULL, &tagged, true},
    {"host", "DC-01", "DC-01", NULL, &tagged, false},
    {"host", "db-9", NULL, "{\"tags\": [\"Prod\"]}", &tagged, true},
    {"host", "DC-01", "DC-01", "{\"tags\": [\"prod\"]}", &tagged, false}, /* the inventory says which tags */
    {"user", "jdoe", NULL, NULL, &named, true},
    {"once", "a ticket", NULL, NULL, &named, true},
    {"host", "anything", NULL, NULL, &budgeted, true},
};

static void a_host_is_in_a_scope_by_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const struct policy *policy = rails_well(arena, "");
        const struct question *question = &questions[i];
        struct policy_request request = about(question->per, question->name);
        struct value facts;
        request.source = question->source;
        request.confidence = -1;
        request.containment = false; /* what is blocked by its address has rules of its own */
        request.host = question->host == NULL ? NULL : rail_host(question->host);
        if (question->facts != NULL) {
            assert_int_equal(json_parse(arena, question->facts, strlen(question->facts), &facts, NULL), 0);
            request.facts = &facts;
        }
        const char *expected = question->in ? "allow"
                                            : arena_printf(arena,
                                                           "hold scope.%s: source %s may not name this host "
                                                           "(its scope)",
                                                           question->source->name, question->source->name);
        assert_string_equal(judged(arena, policy, &request), expected);
    }
}

static void a_source_is_believed_up_to_its_ceiling(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "");
    struct policy_request request = about("host", "web-01");
    request.source = &named;
    request.host = rail_host("web-01");
    request.confidence = 70;
    assert_string_equal(judged(arena, policy, &request), "allow");
    request.confidence = 70.5;
    assert_string_equal(judged(arena, policy, &request),
                        "hold scope.siem: source siem is believed up to confidence 70, its alert says 70.5");
    request.confidence = -1; /* it says none */
    assert_string_equal(judged(arena, policy, &request), "allow");
    request.per = "user";
    request.name = "jdoe";
    request.host = NULL;
    request.confidence = 100;
    assert_string_equal(judged(arena, policy, &request),
                        "hold scope.siem: source siem is believed up to confidence 70, its alert says 100");
    request.per = "once"; /* people may be told of it */
    assert_string_equal(judged(arena, policy, &request), "allow");
}

static void a_source_that_is_gone_is_believed_nothing(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "");
    struct freed freed = {.rules = ""};
    struct policy_request request = about("host", "web-01");
    request.source_gone = "siem";
    request.freed = is_freed;
    request.freed_arg = &freed;
    assert_string_equal(
        judged(arena, policy, &request),
        "hold scope.gone: source siem is not in the configuration any more: nothing says what "
        "it may do");
    freed.rules = "|scope.gone|";
    assert_string_equal(judged(arena, policy, &request), "allow");
}

static void a_source_has_a_budget(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "");
    const char *name = NULL;
    int64_t window_ms = 0;
    int64_t at_most = 0;
    struct policy_request request = about("host", "web-01");
    request.source = &budgeted;
    request.source_spent = 4;
    assert_string_equal(judged(arena, policy, &request), "allow");
    request.source_spent = 5;
    assert_string_equal(judged(arena, policy, &request),
                        "hold budget.falco.isolate: source falco: 5 of 5 within 1 h");
    request.spent_by_us = true;
    assert_string_equal(judged(arena, policy, &request), "allow");
    assert_true(policy_source_budget(&budgeted, "ISOLATE_Network", arena, &name, &window_ms, &at_most));
    assert_string_equal(name, "falco/isolate");
    assert_int_equal(window_ms, 3600000);
    assert_int_equal(at_most, 5);
    assert_false(policy_source_budget(&budgeted, "isolated", arena, &name, &window_ms, &at_most));
    assert_false(policy_source_budget(&named, "isolate", arena, &name, &window_ms, &at_most));
    assert_false(policy_source_budget(NULL, "isolate", arena, &name, &window_ms, &at_most));
    struct site_webhook two = budgeted;
    two.budget_count = 2;
    assert_true(policy_source_budget(&two, "isolate_endpoint", arena, &name, &window_ms, &at_most));
    assert_string_equal(name, "falco/isolate_endpoint"); /* the longer name */
    assert_int_equal(at_most, 2);
}

/* Each yes shows the next rule, in the order they are asked. */
static void yeses_add_up(void **state)
{
    (void)state;
    static const char *const steps[][2] = {
        {"|", "hold pause.siem"},
        {"|pause.siem|", "hold scope.siem"},
        {"|pause.siem|scope.siem|", "hold two_people"},
        {"|pause.siem|scope.siem|two_people|", "hold ask"},
        {"|pause.siem|scope.siem|two_people|ask|", "hold budget.siem.isolate"},
        {"|pause.siem|scope.siem|two_people|ask|budget.siem.isolate|", "hold blast_radius.isolate"},
        {"|pause.siem|scope.siem|two_people|ask|budget.siem.isolate|blast_radius.isolate|", "allow"},
        {"|ask|", "hold pause.siem"},
    };
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "two_people: {hosts: [\"dc-*\"]}\nask: {tags: [dc]}\n");
    struct site_webhook source = named;
    source.budget_count = 1;
    source.budgets = budgets;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct freed freed = {.rules = steps[i][0]};
        struct policy_request request = about("host", "dc-01");
        request.host = rail_host("DC-01");
        request.source = &source;
        request.source_spent = 5;
        request.spent = 20;
        request.paused = "siem";
        request.freed = is_freed;
        request.freed_arg = &freed;
        const char *said = judged(arena, policy, &request);
        assert_true(strncmp(said, steps[i][1], strlen(steps[i][1])) == 0);
    }
}

static void what_is_put_back_is_stopped_by_never_alone(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char rules[] =
        "ask: {hosts: [\"*\"]}\nblast_radius: {isolate: {at_most: 1/1h, over: refuse}}\n"
        "never: {hosts: [web-01]}\n";
    const struct policy *policy = rails_well(arena, rules);
    struct policy_request request = about("host", "dc-01");
    request.host = rail_host("DC-01");
    request.source = &named;
    request.source_spent = 99;
    request.spent = 99;
    request.paused = "all";
    request.confidence = 100;
    request.put_back = true;
    assert_string_equal(judged(arena, policy, &request), "allow");
    request.name = "web-01";
    request.host = rail_host("web-01");
    assert_string_equal(judged(arena, policy, &request), "refuse never: the policy names hosts 'web-01'");
    request.name = "soar-01";
    request.host = NULL;
    assert_string_equal(judged(arena, policy, &request), "refuse never: soar itself runs there");
}

static void never_goes_before_a_pause(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "never: {hosts: [web-01]}\n");
    struct policy_request request = about("host", "web-01");
    request.paused = "all";
    assert_string_equal(judged(arena, policy, &request), "refuse never: the policy names hosts 'web-01'");
    request.name = "ws-07";
    assert_string_equal(judged(arena, policy, &request),
                        "hold pause.all: paused; goes on by itself when the pause ends");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_in_a_scope_by_what_it_is),
        cmocka_unit_test(a_source_is_believed_up_to_its_ceiling),
        cmocka_unit_test(a_source_that_is_gone_is_believed_nothing),
        cmocka_unit_test(a_source_has_a_budget),
        cmocka_unit_test(yeses_add_up),
        cmocka_unit_test(what_is_put_back_is_stopped_by_never_alone),
        cmocka_unit_test(never_goes_before_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
