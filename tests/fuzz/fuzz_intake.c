/* Property: no payload makes a mapping crash, through any source; what comes out is an alert that is accepted
 * as one again, with an id, its original beside it and addresses that are some; the same payload gives the
 * same alerts. Method: libFuzzer over JSON, mapped by every built-in source that knows it, and by all of them
 * as if their `when` held. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/trigger/intake_parts.h"
#include "engine/trigger/trigger.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct intake_shelf *sources(void)
{
    static struct intake_shelf *shelf;
    if (shelf == NULL) {
        shelf = intake_shelf_new(arena_new());
        if (intake_shelf_add_builtin(shelf, NULL) != 0) {
            abort();
        }
    }
    return shelf;
}

static const struct cel_program *always(void)
{
    static struct cel_program *program;
    if (program == NULL && cel_compile(arena_new(), "true", 4, NULL, &program, NULL, NULL) != 0) {
        abort();
    }
    return program;
}

static void check_alert(struct arena *arena, const struct intake_alert *made)
{
    struct value again;
    if (made->refused != NULL) {
        assert(made->alert.kind == VALUE_NULL && made->refused[0] != '\0');
        return;
    }
    assert(value_get(&made->alert, "raw") != NULL);
    const struct value *id = value_get(&made->alert, "id"); /* none is made up */
    assert(id == NULL || id->kind == VALUE_STRING);
    assert(value_get(&made->alert, "hosts")->kind == VALUE_LIST);
    struct value_builder rest;
    value_build(&rest, arena);
    for (size_t i = 0; i < made->alert.map->count; i++) {
        if (!value_is_string(&made->alert.map->keys[i], "raw")) {
            value_put(&rest, made->alert.map->keys[i], made->alert.map->values[i]);
        }
    }
    struct value alone = value_end_map(&rest);
    assert(trigger_normalise(&alone, arena, &again, NULL) == 0);
    /* It will be JSON in the journal, and read again. */
    const char *text = json_text(arena, &made->alert);
    assert(json_parse(arena, text, strlen(text), &again, NULL) == 0);
}

static void map_by(const struct intake_source *source, const struct value *payload)
{
    ARENA_SCOPED arena = arena_new();
    struct intake_alerts alerts;
    struct intake_alerts again;
    struct soar_err err = {.text = ""};
    if (intake_map(source, payload, arena, &alerts, &err) != 0) {
        assert(err.class == SOAR_INVALID && err.text[0] != '\0');
        return;
    }
    assert(intake_map(source, payload, arena, &again, NULL) == 0 && again.count == alerts.count);
    for (size_t i = 0; i < alerts.count; i++) {
        check_alert(arena, &alerts.items[i]);
        assert(strcmp(json_text(arena, &alerts.items[i].alert), json_text(arena, &again.items[i].alert)) ==
               0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct value payload;
    const char *held = NULL;
    if (intake_parse(arena, (const char *)bytes, len, &payload, NULL) != 0) {
        return 0;
    }
    intake_guess(sources(), &payload, arena, &held);
    for (size_t i = 0; i < intake_shelf_count(sources()); i++) {
        struct intake_source unasked = *intake_shelf_at(sources(), i);
        map_by(&unasked, &payload);
        unasked.when = always();
        map_by(&unasked, &payload);
    }
    return 0;
}
