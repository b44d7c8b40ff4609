/* An alert from JSON, made whole, as JSON again. */
#ifndef TESTS_TRIGGER_ALERTING_H
#define TESTS_TRIGGER_ALERTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/json.h"
#include "engine/trigger/trigger.h"

static inline struct value parse_json(struct arena *arena, const char *json)
{
    struct value value;
    struct soar_err err = {.text = ""};
    if (json_parse(arena, json, strlen(json), &value, &err) != 0) {
        fail_msg("%s: %s", json, err.text);
    }
    return value;
}

/* The alert without its `raw`, or the error's text. */
static inline const char *made_whole(struct arena *arena, const char *json)
{
    struct value raw = parse_json(arena, json);
    struct value alert;
    struct soar_err err = {.text = ""};
    if (trigger_normalise(&raw, arena, &alert, &err) != 0) {
        assert_int_equal(err.class, SOAR_INVALID);
        return arena_string(arena, err.text);
    }
    assert_true(value_equal(value_get(&alert, "raw"), &raw));
    struct value_builder rest;
    value_build(&rest, arena);
    for (size_t i = 0; i < alert.map->count; i++) {
        if (!value_is_string(&alert.map->keys[i], "raw")) {
            value_put(&rest, alert.map->keys[i], alert.map->values[i]);
        }
    }
    struct value shown = value_end_map(&rest);
    return json_text(arena, &shown);
}

struct sample {
    const char *json;
    const char *made;
};

static inline void hold_samples(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ARENA_SCOPED arena = arena_new();
        assert_string_equal(made_whole(arena, samples[i].json), samples[i].made);
    }
}

#endif
