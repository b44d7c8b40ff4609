/* Property: an alert given by a person goes through the source they named, or the only one that knows it, and
 * they are told which; a batch is refused by who wants one, and shown whole by `trigger`; a site's own
 * mapping files count; what nobody knows is to be soar's own form. Method: a context without a journal,
 * requests made by hand, a directory with one mapping file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/verbs/verb_parts.h"

#define FIRING(name, status)                                                                                 \
    "{\"status\":\"" status "\",\"labels\":{\"alertname\":\"a\",\"hostname\":\"" name                        \
    "\",\"severity\":\"critical\",\"confidence\":\"90\"},\"fingerprint\":\"" name "\"}"
#define BATCH                                                                                                \
    "{\"groupKey\":\"g\",\"alerts\":[" FIRING("web-01", "firing") "," FIRING("ws-07", "resolved") "]}"
#define HOUSE                                                                                                \
    "source: house\nabout: our own\ndocumented: [\"https://wiki.example\"]\nwhen: has(document.house)\n"     \
    "alert: {id: event.house, hosts: [{name: event.?machine}]}\n"

struct asking {
    struct verb_context context;
    struct buf mistakes;
};

static int setup(void **state)
{
    struct asking *asking = calloc(1, sizeof *asking);
    assert_non_null(asking);
    asking->context.arena = arena_new();
    asking->context.mistakes = &asking->mistakes;
    *state = asking;
    return 0;
}

static int teardown(void **state)
{
    struct asking *asking = *state;
    arena_free(asking->context.arena);
    buf_done(&asking->mistakes);
    free(asking);
    return 0;
}

/* {"alert": alert, "source": source} */
static struct value request_of(struct asking *asking, const char *alert, const char *source)
{
    struct value_builder map;
    value_build(&map, asking->context.arena);
    value_put_text(&map, "alert", value_text(asking->context.arena, alert));
    if (source)
        value_put_text(&map, "source", value_text(asking->context.arena, source));
    return value_end_map(&map);
}

struct question {
    const char *alert;
    const char *source;
    const char *host; /* of the alert; or the error */
    const char *told; /* beside it */
};

static const struct question questions[] = {
    {FIRING("web-01", "firing"), NULL, "web-01",
     "--alert: taken for one of alertmanager's; --source NAME says otherwise\n"},
    {FIRING("web-01", "firing"), "Alertmanager", "web-01", ""},
    {"{\"hosts\": [\"web-01\"]}", NULL, "web-01", ""},
    {"{\"host\": {\"name\": \"web-01\"}}", NULL, "web-01", ""}, /* nobody's: own form */
    {"{\"alerts\": [{\"hosts\": [\"web-01\"]}]}", NULL, "web-01", ""},
    {BATCH, NULL, "--alert: 2 alerts are in it (source alertmanager); give one of them alone", ""},
    {"{\"groupKey\":\"g\",\"alerts\":[]}", NULL, "--alert: no alert is in it (source alertmanager)", ""},
    {"{\"hosts\": [\"a\"], \"kibana.alert.rule\": {\"name\": \"x\"}}", NULL,
     "--alert: it could be of several sources (elastic, soar): say which by --source", ""},
    {"{}", "elastc", "--source elastc: there is no such source (did you mean 'elastic'?)", ""},
    {"{}", "grafana",
     "--alert: it is not of the source grafana: `has(document.alerts) && has(document.orgId) && "
     "has(document.receiver)` does not hold",
     ""},
    {"[{\"a\": 1}]", NULL,
     "--alert: expected one alert as an object, found a list of 1: give them one by one", ""},
    {"{\"hosts\": [{\"os\": \"linux\"}]}", NULL,
     "--alert: alert.hosts[0]: expected a 'name' or an 'ip' in it, found an object", ""},
    {"{", NULL, "--alert: line 1, column 2: string or '}' expected near end of file", ""},
};

static void each_alert_finds_its_source(void **state)
{
    struct asking *asking = *state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        struct value request = request_of(asking, questions[i].alert, questions[i].source);
        struct soar_err err = {.text = ""};
        struct value alert;
        const char *body = NULL;
        buf_clear(&asking->mistakes);
        if (verb_alert(&asking->context, &request, &alert, &body, &err)) {
            assert_int_equal(err.class, SOAR_INVALID);
            assert_string_equal(err.text, questions[i].host);
        } else {
            assert_string_equal(value_get_string(value_get(&alert, "host"), "name", ""), questions[i].host);
            assert_string_equal(body, questions[i].alert);
        }
        assert_string_equal(buf_string(&asking->mistakes), questions[i].told);
    }
}

static void a_source_needs_an_alert(void **state)
{
    struct asking *asking = *state;
    struct value_builder map;
    struct soar_err err = {.text = ""};
    struct value alert;
    const char *body = NULL;
    value_build(&map, asking->context.arena);
    value_put_text(&map, "source", value_static("falco"));
    struct value request = value_end_map(&map);
    assert_int_equal(verb_alert(&asking->context, &request, &alert, &body, &err), -1);
    assert_string_equal(err.text, "--source says what an --alert is, and there is none");
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_site_has_sources_of_its_own(void **state)
{
    struct asking *asking = *state;
    struct arena *arena = asking->context.arena;
    char dir[] = "/tmp/verb-intake.XXXXXX";
    struct diag_list diags;
    struct site *site = NULL;
    struct soar_err err = {.text = ""};
    struct value alert;
    const char *body = NULL;
    assert_non_null(mkdtemp(dir));
    const char *mapping = arena_printf(arena, "%s/house.yaml", dir);
    const char *config = arena_printf(arena, "%s/soard.conf", dir);
    write_text(mapping, HOUSE);
    write_text(config, "intake: [\".\"]\n");
    diag_init(&diags, arena, config);
    assert_int_equal(site_load(arena, NULL, config, &site, &diags), 0);
    asking->context.site = site;
    struct value request = request_of(asking, "{\"house\": \"H-1\", \"machine\": \"web-01\"}", NULL);
    assert_int_equal(verb_alert(&asking->context, &request, &alert, &body, &err), 0);
    assert_string_equal(value_get_string(&alert, "id", ""), "H-1");
    buf_clear(&asking->mistakes);
    write_text(mapping, HOUSE "gone: 1\n");
    assert_int_equal(verb_alert(&asking->context, &request, &alert, &body, &err), -1);
    assert_non_null(strstr(err.text, ": 1 mistake in its mapping files"));
    assert_non_null(strstr(buf_string(&asking->mistakes), "house.yaml:6:1: error: unknown key 'gone'"));
    assert_int_equal(unlink(mapping) | unlink(config) | rmdir(dir), 0);
}

static void trigger_shows_each_alert_of_a_batch(void **state)
{
    struct asking *asking = *state;
    struct arena *arena = asking->context.arena;
    struct soar_err err = {.text = ""};
    struct value answer;
    struct value_builder map;
    struct value paths = value_static(SOAR_SOURCE_DIR "/playbooks/contain_lateral_movement.yaml");
    asking->context.shelf = pack_shelf_new(arena);
    assert_int_equal(pack_shelf_add_builtin(asking->context.shelf, &err), 0);
    value_build(&map, arena);
    value_put_text(&map, "alert", value_static(BATCH));
    value_put_text(&map, "paths", value_list(arena, &paths, 1));
    struct value request = value_end_map(&map);
    assert_int_equal(verb_trigger(&asking->context, &request, &answer, &err), 0);
    assert_string_equal(value_get_string(&answer, "source", ""), "alertmanager");
    assert_int_equal(value_get_int(&answer, "starts", -1), 1);
    const struct value *alerts = value_get(&answer, "alerts");
    assert_int_equal(value_count(alerts), 2);
    assert_int_equal(value_get_int(value_at(alerts, 0), "starts", -1), 1);
    assert_int_equal(value_get_int(value_at(alerts, 1), "starts", -1), 0);
    assert_string_equal(value_get_string(value_at(alerts, 1), "id", ""), "ws-07@");
}

static const char *const falco_triggers[] = {"Falco_Host"};
static const char *const web_hosts[] = {"web-*"};
static const char *const by_id[] = {"alert.id"};
static const struct site_trigger triggers[] = {{.name = "Falco_Host", .when = "alert.confidence > 1"}};
static const struct site_webhook hooks[] = {
    {.name = "alertmanager", /* a mapping's name, too: the webhook's goes first */
     .format = "soar",
     .scoped = true,
     .trigger_count = 1,
     .triggers = falco_triggers,
     .confidence_max = 100},
    {.name = "siem",
     .format = "soar",
     .scoped = true,
     .host_count = 1,
     .hosts = web_hosts,
     .confidence_max = 90,
     .dedup_count = 1,
     .dedup = by_id,
     .dedup_ms = 3600000},
    {.name = "lost", .format = "nobody's"}};
static const struct site sending = {
    .trigger_count = 1, .triggers = triggers, .webhook_count = 3, .webhooks = hooks};

static int trigger_as(struct asking *asking, const char *source, const char *alert,
                      struct value *ret_playbook, struct value *ret_answer, struct soar_err *err)
{
    struct arena *arena = asking->context.arena;
    struct value_builder map;
    struct value paths = value_static(SOAR_SOURCE_DIR "/playbooks/contain_lateral_movement.yaml");
    asking->context.site = &sending;
    asking->context.shelf = pack_shelf_new(arena);
    assert_int_equal(pack_shelf_add_builtin(asking->context.shelf, err), 0);
    value_build(&map, arena);
    value_put_text(&map, "alert", value_static(alert));
    value_put_text(&map, "source", value_static(source));
    value_put_text(&map, "paths", value_list(arena, &paths, 1));
    struct value request = value_end_map(&map);
    if (verb_trigger(&asking->context, &request, ret_answer, err))
        return -1;
    *ret_playbook = *value_at(value_get(ret_answer, "playbooks"), 0);
    return 0;
}

#define SURE                                                                                                 \
    "{\"id\": \"A-1\", \"severity\": \"critical\", \"confidence\": 95, \"user_id\": \"jdoe\", \"hosts\": "   \
    "[\"web-01\", \"dc-01\"]}"
#define MODEST "{\"severity\": \"critical\", \"confidence\": 85, \"hosts\": [\"web-01\", \"dc-01\"]}"

static void trigger_says_what_a_webhook_may(void **state)
{
    struct asking *asking = *state;
    struct soar_err err = {.text = ""};
    struct value answer;
    struct value one;
    assert_int_equal(trigger_as(asking, "alertmanager", SURE, &one, &answer, &err), 0);
    assert_string_equal(value_get_string(&answer, "webhook", ""), "alertmanager");
    assert_string_equal(value_get_string(&answer, "source", ""), "soar");
    assert_false(value_get_bool(&one, "starts", true));
    assert_string_equal(value_get_string(&one, "why", ""),
                        "source alertmanager may not start trigger SIEM_Alert_High_Confidence (its scope)");
    assert_null(value_get(&one, "held"));

    assert_int_equal(trigger_as(asking, "siem", SURE, &one, &answer, &err), 0);
    assert_true(value_get_bool(&one, "starts", false));
    const struct value *dedup = value_get(&one, "dedup");
    assert_string_equal(json_text(asking->context.arena, value_get(dedup, "values")), "[\"A-1\"]");
    assert_string_equal(value_get_string(dedup, "window", ""), "1 h");
    const struct value *held = value_get(&one, "held"); /* all of it claims too much */
    assert_int_equal(value_count(held), 3);             /* web-01, dc-01, jdoe */
    assert_string_equal(value_get_string(value_at(held, 0), "why", ""),
                        "source siem is believed up to confidence 90, its alert says 95");
    assert_string_equal(value_get_string(value_at(held, 1), "target", ""), "dc-01");

    assert_int_equal(trigger_as(asking, "SIEM", MODEST, &one, &answer, &err), 0);
    assert_non_null(strstr(value_get_string(&one, "dedup_why", ""), "`alert.id` can't be told"));
    held = value_get(&one, "held");
    assert_int_equal(value_count(held), 1);
    assert_string_equal(value_get_string(value_at(held, 0), "target", ""), "dc-01");
    assert_string_equal(value_get_string(value_at(held, 0), "rule", ""), "scope.siem");

    assert_int_equal(trigger_as(asking, "lost", SURE, &one, &answer, &err), -1);
    assert_string_equal(err.text, "--source lost: there is no mapping file of its format 'nobody's'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(trigger_says_what_a_webhook_may, setup, teardown),
        cmocka_unit_test_setup_teardown(each_alert_finds_its_source, setup, teardown),
        cmocka_unit_test_setup_teardown(a_source_needs_an_alert, setup, teardown),
        cmocka_unit_test_setup_teardown(a_site_has_sources_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(trigger_shows_each_alert_of_a_batch, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
