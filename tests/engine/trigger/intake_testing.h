/* A mapping file from its text, and one payload through it. */
#ifndef TESTS_TRIGGER_INTAKE_TESTING_H
#define TESTS_TRIGGER_INTAKE_TESTING_H

#include "tests/engine/trigger/alerting.h"

#include "engine/trigger/intake.h"

#define HEAD "source: x\nabout: a\ndocumented: [\"https://vendor.example\"]\n"

/* The source, or the test fails with its mistakes. */
static inline struct intake_source *source_of(struct arena *arena, const char *text)
{
    struct diag_list diags;
    BUF_SCOPED shown = {0};
    diag_init(&diags, arena, "x.yaml");
    struct intake_source *source = intake_load(arena, text, strlen(text), "x.yaml", &diags);
    diag_print(&diags, &shown);
    if (source == NULL || shown.len > 0) {
        fail_msg("%s\n%s", text, buf_string(&shown));
    }
    return source;
}

/* Each mistake on a line of its own; "" for none. */
static inline const char *mistakes_of(struct arena *arena, const char *text)
{
    struct diag_list diags;
    BUF_SCOPED shown = {0};
    diag_init(&diags, arena, "x.yaml");
    struct intake_source *source = intake_load(arena, text, strlen(text), "x.yaml", &diags);
    assert_true((source == NULL) == (diags.errors > 0));
    diag_print(&diags, &shown);
    return arena_string(arena, buf_string(&shown));
}

/* An alert without its `raw`. */
static inline struct value without_raw(struct arena *arena, const struct value *alert)
{
    struct value_builder rest;
    value_build(&rest, arena);
    for (size_t i = 0; i < alert->map->count; i++) {
        if (!value_is_string(&alert->map->keys[i], "raw")) {
            value_put(&rest, alert->map->keys[i], alert->map->values[i]);
        }
    }
    return value_end_map(&rest);
}

static inline struct intake_alerts mapped(struct arena *arena, const struct intake_source *source,
                                          const char *json)
{
    struct value payload = parse_json(arena, json);
    struct soar_err err = {.text = ""};
    struct intake_alerts alerts;
    if (intake_map(source, &payload, arena, &alerts, &err) != 0) {
        fail_msg("%s: %s", json, err.text);
    }
    return alerts;
}

/* The only alert of a payload as JSON, without raw; or "refused: why". */
static inline const char *alert_of(struct arena *arena, const char *mapping, const char *json)
{
    struct intake_alerts alerts = mapped(arena, source_of(arena, mapping), json);
    assert_int_equal(alerts.count, 1);
    if (alerts.items[0].refused != NULL) {
        assert_int_equal(alerts.items[0].alert.kind, VALUE_NULL);
        return arena_printf(arena, "refused: %s", alerts.items[0].refused);
    }
    struct value alert = without_raw(arena, &alerts.items[0].alert);
    return json_text(arena, &alert);
}

/* One field of that alert as JSON, or "absent". */
static inline const char *field_of(struct arena *arena, const char *mapping, const char *json,
                                   const char *field)
{
    struct intake_alerts alerts = mapped(arena, source_of(arena, mapping), json);
    assert_int_equal(alerts.count, 1);
    if (alerts.items[0].refused != NULL) {
        return arena_printf(arena, "refused: %s", alerts.items[0].refused);
    }
    const struct value *value = value_get(&alerts.items[0].alert, field);
    return value == NULL ? "absent" : json_text(arena, value);
}

static inline const char *notes_of(struct arena *arena, const char *mapping, const char *json)
{
    struct intake_alerts alerts = mapped(arena, source_of(arena, mapping), json);
    assert_int_equal(alerts.count, 1);
    const struct value *notes = value_get(value_get(&alerts.items[0].alert, "intake"), "notes");
    return notes == NULL ? "none" : json_text(arena, notes);
}

#endif
