/* From a payload to its alerts: taken apart into documents, each into alerts, each through the tree of its
 * source. What the payload is stays in `raw`, as it came; who made the alert of it and what was missing stays
 * in `intake`. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/trigger/intake_parts.h"
#include "engine/trigger/trigger_parts.h"

/* ---- documents ---- */

static size_t document_count(const struct value *payload)
{
    return payload->kind == VALUE_LIST ? payload->list->count : 1;
}

static const struct value *document_at(const struct value *payload, size_t index)
{
    return payload->kind == VALUE_LIST ? &payload->list->items[index] : payload;
}

static int parse_lines(struct arena *arena, const char *text, size_t len, struct value *ret_payload,
                       struct soar_err *err)
{
    struct value_builder list;
    struct value one;
    size_t number = 0;
    value_build(&list, arena);
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line = end == NULL ? len - at : (size_t)(end - text) - at;
        number++;
        if (strspn(text + at, " \t\r") < line) {
            if (json_parse(arena, text + at, line, &one, err) != 0) {
                return soar_err_wrap(err, "document on line %zu", number);
            }
            value_push(&list, one);
        }
        at += line + 1;
    }
    *ret_payload = value_end_list(&list);
    return 0;
}

/* One document a line: the first line alone is one, and something follows it. */
static bool is_lines(struct arena *arena, const char *text, size_t len)
{
    struct value first;
    const char *end = memchr(text, '\n', len);
    return end != NULL && json_parse(arena, text, (size_t)(end - text), &first, NULL) == 0 &&
           first.kind == VALUE_MAP;
}

int intake_parse(struct arena *arena, const char *text, size_t len, struct value *ret_payload,
                 struct soar_err *err)
{
    if (json_parse(arena, text, len, ret_payload, err) == 0) {
        return 0;
    }
    return is_lines(arena, text, len) ? parse_lines(arena, text, len, ret_payload, err) : -1;
}

/* ---- whose is it? ---- */

/* As expressions see it. What is soar's own form already is seen as it stands. */
static struct value view_of(const struct intake_source *source, struct arena *arena,
                            const struct value *value)
{
    return source->alert.kind == INTAKE_MAP ? intake_view(arena, value, source->unfold) : *value;
}

static void name_document(struct intake_build *build, const struct intake_source *source,
                          const struct value *unpacked)
{
    intake_build_name(build, "document", view_of(source, build->arena, unpacked));
}

static int holds(const struct intake_source *source, const struct value *document, struct arena *arena,
                 bool *ret_holds, struct soar_err *err)
{
    struct intake_build build;
    struct value unpacked = intake_unpack(arena, document, &source->unpack);
    intake_build_init(&build, source, arena);
    name_document(&build, source, &unpacked);
    return cel_bool(source->when, &build.scope, arena, ret_holds, err);
}

static bool knows(const struct intake_source *source, const struct value *payload)
{
    size_t count = document_count(payload);
    bool all = count > 0 && count <= LIMIT_ALERTS;
    for (size_t i = 0; all && i < count; i++) {
        ARENA_SCOPED arena = arena_new();
        bool here = false;
        const struct value *document = document_at(payload, i);
        all = document->kind == VALUE_MAP && holds(source, document, arena, &here, NULL) == 0 && here;
    }
    return all;
}

const struct intake_source *intake_guess(const struct intake_shelf *shelf, const struct value *payload,
                                         struct arena *arena, const char **ret_held)
{
    const struct intake_source *found = NULL;
    const char *held = "";
    size_t count = 0;
    for (size_t i = 0; i < intake_shelf_count(shelf); i++) {
        const struct intake_source *source = intake_shelf_at(shelf, i);
        if (knows(source, payload)) {
            found = source;
            held = count++ == 0 ? source->name : arena_printf(arena, "%s, %s", held, source->name);
        }
    }
    if (ret_held != NULL) {
        *ret_held = held;
    }
    return count == 1 ? found : NULL;
}

/* ---- one alert ---- */

static struct value made_by(struct intake_build *build)
{
    struct value_builder map;
    value_build(&map, build->arena);
    value_put_text(&map, "source", value_text(build->arena, build->source->name));
    if (build->notes.count > 0) {
        value_put_text(&map, "notes", value_end_list(&build->notes));
    }
    return value_end_map(&map);
}

static void note_nobody(struct intake_build *build, const struct value *alert)
{
    const char *lacks = build->source->lacks;
    if (value_get(alert, "hosts") == NULL && value_get(alert, "users") == NULL &&
        value_get(alert, "user_id") == NULL) {
        intake_note(build, "it names no host and no user%s%s", lacks == NULL ? "" : ": ",
                    lacks == NULL ? "" : lacks);
    }
}

/* Own form that a sender wrote (`alert: event`) is checked as such; what a tree made is tidied first. */
static bool make(struct intake_build *build, const struct value *raw, struct value *ret_alert)
{
    struct value alert;
    struct value_builder patch;
    struct soar_err err = {.text = ""};
    bool tree = build->source->alert.kind == INTAKE_MAP;
    value_build(&patch, build->arena);
    if (alert_is_deep(raw)) {
        build->refused = arena_printf(build->arena, "it is nested deeper than %d levels", LIMIT_ALERT_DEPTH);
        return false;
    }
    if (tree) {
        if (!intake_build_tree(build, &alert)) {
            alert = value_end_map(&patch);
        }
        alert = intake_tidy(build, &alert);
        note_nobody(build, &alert);
    } else {
        struct value whole = cel_eval(build->source->alert.program, &build->scope, build->arena);
        alert = whole.kind == VALUE_OPTIONAL && whole.inner != NULL ? *whole.inner : whole;
        if (alert.kind == VALUE_ERROR || alert.kind == VALUE_UNKNOWN) {
            build->refused = arena_printf(build->arena, "alert: %s", alert.text);
        }
    }
    if (build->refused != NULL) {
        return false;
    }
    if (trigger_normalise(&alert, build->arena, ret_alert, &err) != 0) {
        build->refused = arena_string(build->arena, err.text);
        return false;
    }
    value_build(&patch, build->arena);
    if (value_get(ret_alert, "id") == NULL) { /* none is made up: a dedup key is the site's to name */
        intake_note(build, "id: the payload has none; `dedup:` says what tells two alerts apart");
    }
    value_put_text(&patch, "raw", *raw);
    if (tree) {
        value_put_text(&patch, "intake", made_by(build));
    }
    *ret_alert = alert_patch(build->arena, ret_alert, &patch);
    return true;
}

struct batch {
    const struct intake_source *source;
    struct arena *arena;
    struct intake_alert *items;
    size_t count;
    size_t size;
};

static int add_alert(struct batch *batch, const struct value *document, const struct value *event,
                     const struct value *raw, struct soar_err *err)
{
    struct intake_build build;
    if (batch->count == LIMIT_ALERTS) {
        return soar_err_set(err, SOAR_INVALID, "more than %d alerts in one payload", LIMIT_ALERTS);
    }
    batch->items = arena_grow(batch->arena, batch->items, batch->count, &batch->size, sizeof *batch->items);
    struct intake_alert *made = &batch->items[batch->count++];
    *made = (struct intake_alert){.alert = value_null()};
    intake_build_init(&build, batch->source, batch->arena);
    intake_build_name(&build, "document", *document);
    intake_build_name(&build, "event",
                      event == NULL ? *document : view_of(batch->source, batch->arena, event));
    if (!make(&build, raw, &made->alert)) {
        made->alert = value_null();
        made->refused = build.refused;
    }
    return 0;
}

static bool is_same_map(const struct value *a, const struct value *b)
{
    return a->kind == VALUE_MAP && b->kind == VALUE_MAP && a->map == b->map;
}

static int split(struct batch *batch, const struct value *document, const struct value *unpacked,
                 const struct value *view, struct soar_err *err)
{
    struct value_builder names;
    struct value list;
    value_build(&names, batch->arena);
    value_put_text(&names, "document", *unpacked);
    struct value map = value_end_map(&names);
    struct cel_scope scope = cel_scope_map(&map, NULL);
    if (cel_value(batch->source->split, &scope, batch->arena, &list, err) != 0) {
        return soar_err_wrap(err, "%s: split", batch->source->name);
    }
    if (list.kind != VALUE_LIST) {
        return soar_err_set(err, SOAR_INVALID, "%s: split: expected a list of alerts, found a %s",
                            batch->source->name, value_kind_name(list.kind));
    }
    for (size_t i = 0; i < list.list->count; i++) {
        const struct value *event = &list.list->items[i];
        bool whole = is_same_map(event, unpacked);
        if (add_alert(batch, view, whole ? NULL : event, whole ? document : event, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int map_document(struct batch *batch, const struct value *document, struct soar_err *err)
{
    const struct intake_source *source = batch->source;
    struct intake_build build;
    bool here = false;
    struct value unpacked = intake_unpack(batch->arena, document, &source->unpack);
    intake_build_init(&build, source, batch->arena);
    name_document(&build, source, &unpacked);
    if (cel_bool(source->when, &build.scope, batch->arena, &here, err) != 0) {
        return soar_err_wrap(err, "it is not of the source %s: when", source->name);
    }
    if (!here) {
        return soar_err_set(err, SOAR_INVALID, "it is not of the source %s: `%s` does not hold", source->name,
                            cel_text(source->when));
    }
    return source->split == NULL ? add_alert(batch, &build.values[0], NULL, document, err)
                                 : split(batch, document, &unpacked, &build.values[0], err);
}

int intake_map(const struct intake_source *source, const struct value *payload, struct arena *arena,
               struct intake_alerts *ret_alerts, struct soar_err *err)
{
    struct batch batch = {.source = source, .arena = arena};
    size_t count = document_count(payload);
    if (count > LIMIT_ALERTS) {
        return soar_err_set(err, SOAR_INVALID, "more than %d documents in one payload", LIMIT_ALERTS);
    }
    for (size_t i = 0; i < count; i++) {
        if (map_document(&batch, document_at(payload, i), err) != 0) {
            return count == 1 ? -1 : soar_err_wrap(err, "document %zu", i + 1);
        }
    }
    *ret_alerts = (struct intake_alerts){.count = batch.count, .items = batch.items};
    return 0;
}
