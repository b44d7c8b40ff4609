/* Property: every built-in source makes of its product's payloads the alerts that stand beside them, knows
 * them among all, keeps the original in `raw`, starts nothing by a resolved one; a payload that isn't the
 * source's is refused whole, an alert that has no form is refused alone; there is an end to batches and
 * depth. Method: the payloads of payloads/, each with a trap; mappings made for the test. */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/engine/trigger/intake_testing.h"

#include "engine/base/file.h"
#include "engine/base/limits.h"

#define PAYLOADS SOAR_SOURCE_DIR "/tests/engine/trigger/payloads"
/* Payloads of others, which may be read here but not be part of this tree. */
#define ELSEWHERE SOAR_SOURCE_DIR "/../shared/alerts"

struct world {
    struct arena *arena;
    struct intake_shelf *shelf;
};

static int setup(void **state)
{
    static struct world world;
    struct soar_err err = {.text = ""};
    world.arena = arena_new();
    world.shelf = intake_shelf_new(world.arena);
    if (intake_shelf_add_builtin(world.shelf, &err) != 0) {
        fail_msg("%s", err.text);
    }
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    arena_free(((struct world *)*state)->arena);
    return 0;
}

static struct value read_payload(struct arena *arena, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    struct value payload = value_null();
    struct soar_err err = {.text = ""};
    if (file_read(arena, path, LIMIT_FILE_BYTES, &text, &len, &err) != 0 ||
        intake_parse(arena, text, len, &payload, &err) != 0) {
        fail_msg("%s: %s", path, err.text);
    }
    return payload;
}

/* All alerts of a payload as one value; a refused one is {"refused": why}. */
static struct value alerts_of(struct world *world, struct arena *arena, const char *source,
                              const struct value *payload)
{
    struct intake_alerts alerts;
    struct value_builder list;
    struct soar_err err = {.text = ""};
    if (intake_map(intake_find(world->shelf, source), payload, arena, &alerts, &err) != 0) {
        fail_msg("%s: %s", source, err.text);
    }
    value_build(&list, arena);
    for (size_t i = 0; i < alerts.count; i++) {
        struct value_builder refused;
        value_build(&refused, arena);
        if (alerts.items[i].refused != NULL) {
            value_put_text(&refused, "refused", value_text(arena, alerts.items[i].refused));
            value_push(&list, value_end_map(&refused));
        } else {
            assert_non_null(value_get(&alerts.items[i].alert, "raw"));
            value_push(&list, without_raw(arena, &alerts.items[i].alert));
        }
    }
    return value_end_list(&list);
}

static int is_payload(const struct dirent *entry)
{
    const char *end = strstr(entry->d_name, ".json");
    return end != NULL && strstr(entry->d_name, ".alerts.json") == NULL;
}

static void check_payload(struct world *world, const char *name)
{
    ARENA_SCOPED arena = arena_new();
    const char *source = arena_copy(arena, name, strcspn(name, "_"));
    struct value payload = read_payload(arena, arena_printf(arena, PAYLOADS "/%s", name));
    struct value expected =
        read_payload(arena, arena_printf(arena, PAYLOADS "/%.*s.alerts.json", (int)(strlen(name) - 5), name));
    const char *held = NULL;
    const struct intake_source *guess = intake_guess(world->shelf, &payload, arena, &held);
    if (guess == NULL || strcmp(intake_name(guess), source) != 0) {
        fail_msg("%s: known by '%s'", name, held);
    }
    struct value alerts = alerts_of(world, arena, source, &payload);
    if (!value_equal(&alerts, &expected)) {
        BUF_SCOPED shown = {0};
        json_pretty(&shown, &alerts);
        fail_msg("%s: found\n%s", name, buf_string(&shown));
    }
}

static void each_source_makes_the_alerts_that_stand_beside(void **state)
{
    struct dirent **entries = NULL;
    int count = scandir(PAYLOADS, &entries, is_payload, alphasort);
    assert_true(count >= 32); /* two for each source */
    for (int i = 0; i < count; i++) {
        check_payload(*state, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

/* What the vendors' documentation names as id, severity, rule, host and user of the samples that stand beside
 * the project where it is developed; "-": the payload has none. A batch's alerts stand side by side. */
static const struct elsewhere {
    const char *file;
    const char *said;
} elsewheres[] = {
    {"alertmanager_single_alert_kubejob.json", "- medium KubeJobCompletion - -"},
    {"alertmanager_v2_post_array.json", "- critical Falco internal: syscall event drop host -"},
    {"elastic_security_alert_flat_keys.json",
     "abcdef123 high Malicious Behavior Prevention Alert: Empire Stager Execution "
     "siem-linux-release-sec-bis admin"},
    {"falco_syscall_drop_numeric.json", "- informational Falco internal: syscall event drop host -"},
    {"falco_syscall_drop_odd_keys.json", "- informational Falco internal: syscall event drop host -"},
    {"falco_syscall_drop_string_numbers.json", "- informational Falco internal: syscall event drop host -"},
    {"falco_test_event_tags.json", "- informational Test rule test-host -"},
    {"falco_write_below_binary_dir.json", "- high Write below binary dir - root"},
    {"grafana_webhook_two_alerts.json",
     "c6eadffa33fcdf37@2021-10-12T09:51:03.157076+02:00 - High memory usage - -, "
     "bc97ff14869b13e3@2021-10-12T09:56:03.157076+02:00 - High CPU usage - -"},
    {"guardduty_ec2_dns.json",
     "d6012345678912345678912349f831b8f medium Trojan:EC2/BlackholeTraffic!DNS i-99999999 -"},
    {"guardduty_k8s_anonymous.json",
     "250023a9abcdefabcdef12345678 high Persistence:Kubernetes/SuccessfulAnonymousAccess - -"},
    {"okta_event_hook.json",
     "f790999f-fe87-467a-9880-6982a583986c informational User login to Okta - admin@example.com"},
    {"qradar_offense_15_login_failures.json", "15 low 100056 - yarden"},
    {"qradar_offense_16.json", "16 low 100405 39.116.161.122 -"},
    {"suricata_eve_alert.json", "- high ET MALWARE BTGrab.com Spyware Downloading Ads - -"},
};

static const char *text_or(const struct value *map, const char *key, const char *other)
{
    return map == NULL ? other : value_get_string(map, key, other);
}

static const char *said_of(struct arena *arena, const struct value *alerts)
{
    BUF_SCOPED out = {0};
    for (size_t i = 0; i < value_count(alerts); i++) {
        const struct value *alert = value_at(alerts, i);
        const struct value *rule = value_get(alert, "rule");
        const struct value *host = value_get(alert, "host");
        const struct value *ips = value_get(host, "ip");
        const char *address = value_count(ips) > 0 ? value_at(ips, 0)->text : "-";
        buf_printf(&out, "%s%s %s %s %s %s", i > 0 ? ", " : "", text_or(alert, "id", "-"),
                   text_or(alert, "severity", "-"), text_or(rule, "name", text_or(rule, "id", "-")),
                   text_or(host, "name", address), text_or(alert, "user_id", "-"));
    }
    return arena_string(arena, buf_string(&out));
}

static void payloads_from_elsewhere_say_what_their_vendors_say(void **state)
{
    struct world *world = *state;
    if (access(ELSEWHERE, R_OK) != 0) {
        skip();
    }
    for (size_t i = 0; i < sizeof elsewheres / sizeof elsewheres[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *name = elsewheres[i].file;
        const char *source = arena_copy(arena, name, strcspn(name, "_"));
        struct value payload = read_payload(arena, arena_printf(arena, ELSEWHERE "/%s", name));
        const char *held = NULL;
        const struct intake_source *guess = intake_guess(world->shelf, &payload, arena, &held);
        if (guess == NULL || strcmp(intake_name(guess), source) != 0) {
            fail_msg("%s: known by '%s'", name, held);
        }
        struct value alerts = alerts_of(world, arena, source, &payload);
        if (strcmp(said_of(arena, &alerts), elsewheres[i].said) != 0) {
            fail_msg("%s: expected %s\nfound %s", name, elsewheres[i].said, said_of(arena, &alerts));
        }
    }
}

static void a_resolved_alert_starts_nothing(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct value payload = read_payload(arena, PAYLOADS "/alertmanager_webhook.json");
    struct playbook playbook = {.trigger_name = "SIEM_Alert_High_Confidence"};
    struct intake_alerts alerts;
    struct trigger_answer answer;
    struct world *world = *state;
    assert_int_equal(intake_map(intake_find(world->shelf, "alertmanager"), &payload, arena, &alerts, NULL),
                     0);
    assert_int_equal(alerts.count, 2);
    trigger_match(&playbook, NULL, NULL, &alerts.items[0].alert, arena, &answer);
    assert_true(answer.starts);
    trigger_match(&playbook, NULL, NULL, &alerts.items[1].alert, arena, &answer);
    assert_false(answer.starts);
}

static void raw_is_the_part_of_the_payload_as_it_came(void **state)
{
    static const struct {
        const char *source;
        const char *json;
        const char *raw;
    } samples[] = {
        {"falco",
         "{\"rule\":\"r\",\"priority\":\"Error\",\"output\":\"o\",\"output_fields\":{\"evt.time\":"
         "1507591916746609047,"
         "\"x\":null,\"y\":\"\"}}",
         NULL},
        {"elastic",
         "{\"alerts\":[{\"kibana.alert.rule\":{\"name\":\"n\"},\"host.name\":\"h\",\"host\":{\"name\":\"h\"},"
         "\"n\":"
         "9007199254740993}]}",
         "{\"kibana.alert.rule\":{\"name\":\"n\"},\"host.name\":\"h\",\"host\":{\"name\":\"h\"},\"n\":"
         "9007199254740993}"},
        {"sentinel", "{\"SystemAlertId\":\"s\",\"AlertSeverity\":\"Low\",\"Entities\":\"[]\"}", NULL},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct intake_alerts alerts =
            mapped(arena, intake_find(world->shelf, samples[i].source), samples[i].json);
        assert_int_equal(alerts.count, 1);
        assert_null(alerts.items[0].refused);
        assert_string_equal(json_text(arena, value_get(&alerts.items[0].alert, "raw")),
                            samples[i].raw == NULL ? samples[i].json : samples[i].raw);
    }
}

static const char *trouble(struct world *world, const char *source, const char *json)
{
    static struct soar_err err;
    ARENA_SCOPED arena = arena_new();
    struct value payload = parse_json(arena, json);
    struct intake_alerts alerts;
    err = (struct soar_err){.text = ""};
    assert_int_equal(intake_map(intake_find(world->shelf, source), &payload, arena, &alerts, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    return err.text;
}

static void a_payload_of_somebody_else_is_refused(void **state)
{
    struct world *world = *state;
    assert_string_equal(trouble(world, "grafana", "{\"alerts\": []}"),
                        "it is not of the source grafana: `has(document.alerts) && has(document.orgId) && "
                        "has(document.receiver)` does not hold");
    assert_string_equal(
        trouble(world, "grafana", "[{\"alerts\": [], \"orgId\": 1, \"receiver\": \"r\"}, {}]"),
        "document 2: it is not of the source grafana: `has(document.alerts) && has(document.orgId) && "
        "has(document.receiver)` does not hold");
    assert_string_equal(trouble(world, "grafana", "{\"alerts\": 5, \"orgId\": 1, \"receiver\": \"r\"}"),
                        "grafana: split: expected a list of alerts, found a int");
    assert_non_null(strstr(trouble(world, "wazuh", "7"), "it is not of the source wazuh"));
}

static void a_guess_is_made_only_where_one_source_knows_it(void **state)
{
    static const struct {
        const char *json;
        const char *held;
    } samples[] = {
        {"{}", ""},
        {"[]", ""},
        {"5", ""},
        {"{\"hosts\": [\"a\"]}", "soar"},
        {"{\"hosts\": [\"a\"], \"kibana.alert.rule\": {\"name\": \"x\"}}", "elastic, soar"},
        {"[{\"users\": [\"a\"]}, {\"other\": 1}]", ""},
        {"[{\"users\": [\"a\"]}, 5]", ""},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct value payload = parse_json(arena, samples[i].json);
        const char *held = NULL;
        const struct intake_source *source = intake_guess(world->shelf, &payload, arena, &held);
        assert_string_equal(held, samples[i].held);
        assert_true((source != NULL) == (held[0] != '\0' && strchr(held, ',') == NULL));
    }
}

static void there_is_an_end_to_a_batch_and_to_depth(void **state)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED json = {0};
    struct world *world = *state;
    buf_text(&json, "{\"alerts\": [{\"hosts\": [\"h\"]}");
    for (int i = 0; i < 1000; i++) {
        buf_text(&json, ",{\"hosts\": [\"h\"]}");
    }
    buf_text(&json, "]}");
    assert_string_equal(trouble(world, "soar", buf_string(&json)), "more than 1000 alerts in one payload");
    buf_clear(&json);
    buf_text(&json, "[{}");
    for (int i = 0; i < 1000; i++) {
        buf_text(&json, ",{}");
    }
    buf_text(&json, "]");
    assert_string_equal(trouble(world, "soar", buf_string(&json)), "more than 1000 documents in one payload");
    buf_clear(&json);
    buf_text(&json, "{\"hosts\": [\"h\"], \"x\": ");
    for (int i = 0; i < 50; i++) {
        buf_text(&json, "[");
    }
    for (int i = 0; i < 50; i++) {
        buf_text(&json, "]");
    }
    buf_text(&json, "}");
    struct intake_alerts alerts = mapped(arena, intake_find(world->shelf, "soar"), buf_string(&json));
    assert_string_equal(alerts.items[0].refused, "it is nested deeper than 48 levels");
}

static void lines_are_documents(void **state)
{
    static const struct {
        const char *text;
        const char *payload; /* or the error */
    } samples[] = {
        {"{\"a\": 1}\n", "{\"a\":1}"},
        {"{\"a\": 1}\n\n  \n{\"b\": 2}\r\n{\"c\": 3}", "[{\"a\":1},{\"b\":2},{\"c\":3}]"},
        {"[{\"a\": 1}]", "[{\"a\":1}]"},
        {"{\n\"a\": 1}", "{\"a\":1}"},
        {"{\"a\": 1}\n{\"b\": }\n", "document on line 2: line 1, column 7: unexpected token near '}'"},
        {"{\"a\":\n}", "line 2, column 1: unexpected token near '}'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct value payload;
        struct soar_err err = {.text = ""};
        int answer = intake_parse(arena, samples[i].text, strlen(samples[i].text), &payload, &err);
        assert_string_equal(answer == 0 ? json_text(arena, &payload) : err.text, samples[i].payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_source_makes_the_alerts_that_stand_beside),
        cmocka_unit_test(payloads_from_elsewhere_say_what_their_vendors_say),
        cmocka_unit_test(a_resolved_alert_starts_nothing),
        cmocka_unit_test(raw_is_the_part_of_the_payload_as_it_came),
        cmocka_unit_test(a_payload_of_somebody_else_is_refused),
        cmocka_unit_test(a_guess_is_made_only_where_one_source_knows_it),
        cmocka_unit_test(there_is_an_end_to_a_batch_and_to_depth),
        cmocka_unit_test(lines_are_documents),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
