/* Property: an alert starts a playbook exactly if its condition holds, its source may start that trigger, and
 * it names somebody to contain; the answer says why not. A resolved alert starts nothing. Method: conditions
 * from each place, alerts on both sides of them; sources and keys one at a time. */
#include "tests/engine/trigger/alerting.h"

#define REST "\nactions: [{step: 1, action: Isolate_Endpoint}]\n"

static const struct site_trigger triggers[] = {
    {.name = "Falco_Host", .when = "alert.rule.id == \"falco\""},
    {.name = "Broken", .when = "alert.("},
};
static const struct site rail_site = {.trigger_count = 2, .triggers = triggers};

struct question {
    const char *trigger; /* of the playbook; "" for none */
    const char *alert;
    bool starts;
    const char *why;
};

#define BUILT_IN "`alert.confidence >= 80 && alert.severity in [\"high\", \"critical\"]`"

static const struct question questions[] = {
    {"", "{}", false, "it has no trigger: only a person starts it"},
    {"trigger: SIEM_Alert_High_Confidence", "{\"confidence\": 80, \"severity\": \"High\"}", true,
     BUILT_IN " holds"},
    {"trigger: siem_alert_high_confidence", "{\"confidence\": 79.9, \"severity\": \"high\"}", false,
     BUILT_IN " does not hold"},
    {"trigger: SIEM_Alert_High_Confidence", "{\"confidence\": 95, \"severity\": \"medium\"}", false,
     BUILT_IN " does not hold"},
    {"trigger: SIEM_Alert_High_Confidence",
     "{\"confidence\": 95, \"severity\": \"high\", \"status\": \"resolved\"}", false,
     "the SIEM closed it: a resolved alert starts nothing"},
    {"trigger: falco_host", "{\"rule\": {\"id\": \"falco\"}}", true, "`alert.rule.id == \"falco\"` holds"},
    {"trigger: falco_host", "{\"rule\": {\"id\": \"other\"}}", false,
     "`alert.rule.id == \"falco\"` does not hold"},
    {"trigger: Nobody", "{}", false, "its trigger 'Nobody' is not in the configuration"},
    {"trigger: {name: Falco_Host, when: alert.confidence > 5}", "{\"confidence\": 6}", true,
     "`alert.confidence > 5` holds"},
    {"trigger: {when: alert.host.name == \"a\"}", "{\"hosts\": [\"a\"]}", true,
     "`alert.host.name == \"a\"` holds"},
};

static struct playbook *playbook_of(struct arena *arena, const char *trigger)
{
    const char *text = arena_printf(arena, "playbook_name: P\n%s" REST, trigger);
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    struct playbook *playbook = playbook_load(arena, "f", text, strlen(text), NULL, &rail_site, &diags);
    assert_non_null(playbook);
    return playbook;
}

static struct trigger_answer ask(struct arena *arena, const char *trigger, const char *json)
{
    struct value raw = parse_json(arena, json);
    struct value alert;
    assert_int_equal(trigger_normalise(&raw, arena, &alert, NULL), 0);
    struct trigger_answer answer;
    trigger_match(playbook_of(arena, trigger), &rail_site, NULL, &alert, arena, &answer);
    return answer;
}

static void conditions_decide_and_say_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct trigger_answer answer = ask(arena, questions[i].trigger, questions[i].alert);
        assert_string_equal(answer.why, questions[i].why);
        assert_int_equal(answer.starts, questions[i].starts);
    }
}

static void what_can_not_be_told_starts_nothing(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct trigger_answer missing =
        ask(arena, "trigger: SIEM_Alert_High_Confidence", "{\"severity\": \"high\"}");
    assert_false(missing.starts);
    assert_true(strncmp(missing.why, BUILT_IN " can't be told: ", sizeof BUILT_IN + 15) == 0);
    assert_non_null(strstr(missing.why, "confidence"));
    struct trigger_answer number = ask(arena, "trigger: {when: alert.confidence}", "{\"confidence\": 6}");
    assert_false(number.starts);
    assert_non_null(strstr(number.why, "can't be told"));
    struct trigger_answer broken = ask(arena, "trigger: Broken", "{}");
    assert_false(broken.starts);
    assert_non_null(strstr(broken.why, "its trigger 'Broken' is broken: "));
}

static const char *const falco_only[] = {"Falco_Host"};
static const char *const falco_source[] = {"falco"};
static const struct site_trigger sourced[] = {
    {.name = "Falco_Host", .when = "alert.rule.id == \"falco\"", .source_count = 1, .sources = falco_source}};
static const struct site_host known[] = {
    {.name = "web-01", .key = "host:web-01", .address = "10.0.0.11", .os = "linux"},
    {.name = "twin-1", .key = "host:twin-1", .address = "10.0.0.99", .os = "linux"},
    {.name = "twin-2", .key = "host:twin-2", .address = "10.0.0.99", .os = "linux"},
};
static const struct site inventory = {
    .trigger_count = 1, .triggers = sourced, .host_count = 3, .hosts = known};

struct demand {
    const char *trigger;
    const char *source;
    bool scoped; /* to Falco_Host */
    const char *why;
};

#define SURE "trigger: SIEM_Alert_High_Confidence"
static const struct demand demands[] = {
    {"trigger: Falco_Host", "falco", true, "`alert.rule.id == \"falco\"` holds"},
    {"trigger: falco_host", "FALCO", false, "`alert.rule.id == \"falco\"` holds"},
    {"trigger: Falco_Host", "wazuh", false, "trigger Falco_Host is not for source wazuh (its `sources`)"},
    {SURE, "falco", true, "source falco may not start trigger SIEM_Alert_High_Confidence (its scope)"},
    {SURE, "falco", false, BUILT_IN " holds"},
    {"trigger: {when: alert.confidence > 5}", "falco", true,
     "source falco may start named triggers alone (its scope); this one has no name"},
    {"trigger: {name: Falco_Host, when: alert.confidence > 5}", "falco", true,
     "`alert.confidence > 5` holds"},
    {"trigger: {name: Falco_Host, when: alert.confidence > 5}", "wazuh", false,
     "trigger Falco_Host is not for source wazuh (its `sources`)"},
    {"trigger: {name: Falco_Host, when: alert.confidence > 99}", "wazuh", true,
     "`alert.confidence > 99` does not hold"},
};

static void a_source_starts_what_it_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof demands / sizeof demands[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site_webhook source = {.name = demands[i].source,
                                      .scoped = demands[i].scoped,
                                      .trigger_count = demands[i].scoped ? 1 : 0,
                                      .triggers = falco_only,
                                      .confidence_max = 100};
        struct value raw = parse_json(
            arena, "{\"rule\": {\"id\": \"falco\"}, \"confidence\": 95, \"severity\": \"critical\"}");
        struct value alert;
        struct trigger_answer answer;
        assert_int_equal(trigger_normalise(&raw, arena, &alert, NULL), 0);
        trigger_match(playbook_of(arena, demands[i].trigger), &inventory, &source, &alert, arena, &answer);
        assert_string_equal(answer.why, demands[i].why);
        assert_int_equal(answer.starts, strstr(demands[i].why, "` holds") != NULL);
        assert_int_equal(answer.severity, 5);
        trigger_match(playbook_of(arena, demands[i].trigger), &inventory, NULL, &alert, arena, &answer);
        assert_int_equal(answer.starts, strstr(demands[i].why, "does not hold") == NULL); /* a person's */
    }
}

struct named {
    const char *alert;
    bool starts;
    const char *stray;
};

static const struct named names[] = {
    {"{\"hosts\": [\"ws-99\"]}", true, NULL},
    {"{\"hosts\": [{\"ip\": [\"10.0.0.11\"]}]}", true, NULL},
    {"{\"hosts\": [{\"ip\": [\"10.0.0.98\", \"10.0.0.11\"]}]}", true, NULL},
    {"{\"user_id\": \"jdoe\"}", true, NULL},
    {"{\"users\": [{\"name\": \"jdoe\"}]}", true, NULL},
    {"{}", false, NULL},
    {"{\"hosts\": []}", false, NULL},
    {"{\"hosts\": [{\"ip\": [\"10.0.0.98\"]}]}", false, "10.0.0.98"},
    {"{\"hosts\": [{\"ip\": [\"10.0.0.99\"]}]}", false, "10.0.0.99"},
    {"{\"hosts\": [\"10.0.0.99\"]}", false, "10.0.0.99"},
    {"{\"hosts\": [\"::ffff:10.0.0.11\"]}", true, NULL},
    {"{\"hosts\": [\"1234\"]}", true, NULL}, /* may be a name */
};

/* An action that can be undone: a containment. */
static const char fence[] = "action: Fence_Host\nsummary: Cut it off.\nper: host\nproviders:\n  plain:\n"
                            "    via: ssh\n"
                            "    check:\n      - ssh.read: {script: \"true\"}\n        as: seen\n"
                            "      - so: seen.out == 's'\n        clear: seen.out == 'c'\n"
                            "    apply: [{ssh.run: {script: \"true\"}}]\n"
                            "    revert: [{ssh.run: {script: \"true\"}}]\n";

static void nothing_is_contained_that_is_not_named(void **state)
{
    (void)state;
    static const char text[] = "playbook_name: P\ntrigger: {when: 'true'}\nactions: [{step: 1, action: "
                               "Fence_Host}]\n";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct diag_list diags;
        struct value raw = parse_json(arena, names[i].alert);
        struct value alert;
        struct trigger_answer answer;
        diag_init(&diags, arena, "f");
        struct pack_shelf *shelf = pack_shelf_new(arena);
        if (pack_shelf_add_text(shelf, fence, strlen(fence), "fence", &diags) != 0) {
            fail_msg("%s", diags.first->text);
        }
        struct playbook *playbook = playbook_load(arena, "f", text, strlen(text), shelf, &inventory, &diags);
        assert_non_null(playbook);
        assert_true(playbook->steps[0].pack->containment);
        assert_int_equal(trigger_normalise(&raw, arena, &alert, NULL), 0);
        trigger_match(playbook, &inventory, NULL, &alert, arena, &answer);
        assert_int_equal(answer.starts, names[i].starts);
        if (names[i].stray != NULL) {
            assert_string_equal(answer.why,
                                arena_printf(arena,
                                             "it names no host and no user, and %s is not one "
                                             "machine of the inventory: nothing could be contained",
                                             names[i].stray));
        } else if (!names[i].starts) {
            assert_string_equal(answer.why, "it names no host and no user: nothing could be contained");
        }
        playbook = playbook_load(arena, "f", text, strlen(text), NULL, &inventory, &diags);
        trigger_match(playbook, &inventory, NULL, &alert, arena, &answer);
        assert_true(answer.starts); /* it contains nothing: no key is needed */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_decide_and_say_why),
        cmocka_unit_test(what_can_not_be_told_starts_nothing),
        cmocka_unit_test(a_source_starts_what_it_may),
        cmocka_unit_test(nothing_is_contained_that_is_not_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
