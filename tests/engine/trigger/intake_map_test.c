/* Property: every built-in source makes of its product's payloads the alerts that stand beside them, knows
 * them among all, keeps the original in `raw`, starts nothing by a resolved one; a payload that isn't the
 * source's is refused whole, an alert that has no form is refused alone; there is an end to batches and
 * depth. Method: the payloads of payloads/, each with a trap; mappings made for the test. */
#include <dirent.h>
#include <stdlib.h>

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

static void payloads_from_elsewhere_are_known(void **state)
{
    struct world *world = *state;
    struct dirent **entries = NULL;
    int count = scandir(ELSEWHERE, &entries, is_payload, alphasort);
    if (count < 0) {
        skip();
    }
    for (int i = 0; i < count; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *name = entries[i]->d_name;
        const char *source = arena_copy(arena, name, strcspn(name, "_"));
        struct value payload = read_payload(arena, arena_printf(arena, ELSEWHERE "/%s", name));
        const char *held = NULL;
        const struct intake_source *guess = intake_guess(world->shelf, &payload, arena, &held);
        if (guess == NULL || strcmp(intake_name(guess), source) != 0) {
            fail_msg("%s: known by '%s'", name, held);
        }
        struct value alerts = alerts_of(world, arena, source, &payload);
        assert_true(value_count(&alerts) > 0);
        for (size_t j = 0; j < value_count(&alerts); j++) {
            const struct value *alert = value_at(&alerts, j);
            assert_null(value_get(alert, "refused"));
            assert_non_null(value_get(alert, "id"));
            assert_non_null(
                value_get(value_get(alert, "rule"), strcmp(source, "qradar") == 0 ? "id" : "name"));
            assert_true(strcmp(source, "grafana") == 0 || value_get(alert, "severity") != NULL);
        }
        free(entries[i]);
    }
    free(entries);
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
        cmocka_unit_test(payloads_from_elsewhere_are_known),
        cmocka_unit_test(a_resolved_alert_starts_nothing),
        cmocka_unit_test(raw_is_the_part_of_the_payload_as_it_came),
        cmocka_unit_test(a_payload_of_somebody_else_is_refused),
        cmocka_unit_test(a_guess_is_made_only_where_one_source_knows_it),
        cmocka_unit_test(there_is_an_end_to_a_batch_and_to_depth),
        cmocka_unit_test(lines_are_documents),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
