/* Property: an alert starts a playbook exactly if its condition holds, and the answer says why; a resolved
 * alert starts nothing; the original stays beside the alert, untouched. Method: conditions from each place,
 * alerts on both sides of them. */
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

static const struct sample batches[] = {
    {"[]", "expected one alert as an object, found a list of 0: give them one by one"},
    {"{\"alerts\": [{}, {}]}", "expected one alert, found a batch of 2 under 'alerts': give them one by one"},
    {"\"x\"", "expected an alert as an object, found string"},
};

static void a_batch_is_not_an_alert(void **state)
{
    (void)state;
    hold_samples(batches, sizeof batches / sizeof batches[0]);
}

static void the_original_stays(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value raw =
        parse_json(arena, "{\"raw\": 1, \"big\": 9007199254740993, \"a.b\": [1, 2], \"hosts\": [\"x\"]}");
    struct value alert;
    assert_int_equal(trigger_normalise(&raw, arena, &alert, NULL), 0);
    assert_string_equal(json_text(arena, value_get(&alert, "raw")),
                        "{\"raw\":1,\"big\":9007199254740993,\"a.b\":[1,2],\"hosts\":[\"x\"]}");
    assert_int_equal(value_get_int(&alert, "big", 0), 9007199254740993);
    assert_non_null(value_get(&alert, "a.b"));
}

/* The event that holds an alert is JSON of the same depth limit: what is too deep could never be read again.
 */
static void an_alert_has_a_depth(void **state)
{
    ARENA_SCOPED arena = arena_new();
    (void)state;
    for (int levels = 47; levels <= 48; levels++) {
        BUF_SCOPED json = {0};
        struct value alert;
        struct soar_err err = {.text = ""};
        buf_text(&json, "{\"x\": ");
        for (int i = 0; i < levels; i++) {
            buf_text(&json, "[");
        }
        for (int i = 0; i < levels; i++) {
            buf_text(&json, "]");
        }
        buf_text(&json, "}");
        struct value raw = parse_json(arena, buf_string(&json));
        assert_int_equal(trigger_normalise(&raw, arena, &alert, &err), levels == 47 ? 0 : -1);
        assert_string_equal(err.text, levels == 47 ? "" : "the alert is nested deeper than 48 levels");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_has_a_depth),
        cmocka_unit_test(conditions_decide_and_say_why),
        cmocka_unit_test(what_can_not_be_told_starts_nothing),
        cmocka_unit_test(a_batch_is_not_an_alert),
        cmocka_unit_test(the_original_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
