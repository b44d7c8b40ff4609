/* An alert in soar's own form, checked and made whole. What is missing stays missing; what has not the form
 * it should have is an error that names the field. */
#include "engine/trigger/trigger.h"

#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/trigger/trigger_parts.h"

static struct value lower(struct arena *arena, const struct value *text)
{
    char *copy = arena_copy(arena, text->text, text->len);
    for (char *c = copy; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    return value_string(arena, copy, text->len);
}

/* A word of a short list, in lower case. */
static int put_word(struct value_builder *patch, const struct value *raw, const char *key,
                    const char *const *words, const char *expected, struct soar_err *err)
{
    struct field field = {.path = key, .value = value_get(raw, key), .arena = patch->arena, .err = err};
    if (field.value == NULL || field.value->kind == VALUE_NULL) {
        return 0;
    }
    for (size_t i = 0; field.value->kind == VALUE_STRING && words[i] != NULL; i++) {
        if (text_same_fold(words[i], field.value->text)) {
            value_put_text(patch, key, lower(patch->arena, field.value));
            return 0;
        }
    }
    return field_tell(&field, expected);
}

static int put_simple(struct value_builder *patch, const struct value *raw, struct soar_err *err)
{
    static const char *const states[] = {"open", "resolved", NULL};
    static const char *const severities[] = {"informational", "low", "medium", "high", "critical", NULL};
    struct field id = {.path = "id", .value = value_get(raw, "id"), .arena = patch->arena, .err = err};
    struct value text;
    if (id.value != NULL) {
        if (field_text(&id, &text) != 0) {
            return -1;
        }
        value_put_text(patch, "id", text);
    }
    value_put_text(patch, "status", value_static("open"));
    if (put_word(patch, raw, "status", states, "\"open\" or \"resolved\"", err) != 0 ||
        put_word(patch, raw, "severity", severities, "informational, low, medium, high or critical", err) !=
            0) {
        return -1;
    }
    struct field confidence = {
        .path = "confidence", .value = value_get(raw, "confidence"), .arena = patch->arena, .err = err};
    return confidence.value == NULL ? 0 : field_number(&confidence, 0, 100);
}

/* Objects of which only the shape matters here. */
static int check_maps(const struct value *raw, struct arena *arena, struct soar_err *err)
{
    static const char *const keys[] = {"rule", "process", "network"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct field field = {.path = keys[i], .value = value_get(raw, keys[i]), .arena = arena, .err = err};
        if (field.value != NULL && field.value->kind != VALUE_NULL && field_map(&field) != 0) {
            return -1;
        }
    }
    const struct value *peers = value_get(value_get(raw, "network"), "peers");
    struct field field = {.path = "network.peers", .value = peers, .arena = arena, .err = err};
    struct value list;
    return peers == NULL               ? 0
           : peers->kind != VALUE_LIST ? field_tell(&field, "a list")
                                       : field_texts(&field, &list);
}

static bool is_deeper(const struct value *value, int levels)
{
    bool deeper = levels == 0 && (value->kind == VALUE_LIST || value->kind == VALUE_MAP);
    size_t count = levels == 0 ? 0 : value_count(value);
    for (size_t i = 0; !deeper && i < count; i++) {
        deeper = is_deeper(value->kind == VALUE_LIST ? &value->list->items[i] : &value->map->values[i],
                           levels - 1);
    }
    return deeper;
}

bool alert_is_deep(const struct value *alert)
{
    return is_deeper(alert, LIMIT_ALERT_DEPTH);
}

static int check_form(const struct value *raw, struct soar_err *err)
{
    if (alert_is_deep(raw)) {
        return soar_err_set(err, SOAR_INVALID, "the alert is nested deeper than %d levels",
                            LIMIT_ALERT_DEPTH);
    }
    if (raw->kind == VALUE_LIST) {
        return soar_err_set(err, SOAR_INVALID,
                            "expected one alert as an object, found a list of %zu: give them one by one",
                            value_count(raw));
    }
    if (raw->kind != VALUE_MAP) {
        return soar_err_set(err, SOAR_INVALID, "expected an alert as an object, found %s",
                            value_kind_name(raw->kind));
    }
    const struct value *batch = value_get(raw, "alerts");
    if (batch != NULL && batch->kind == VALUE_LIST) {
        return soar_err_set(err, SOAR_INVALID,
                            "expected one alert, found a batch of %zu under 'alerts': give them one by one",
                            value_count(batch));
    }
    return 0;
}

int trigger_normalise(const struct value *raw, struct arena *arena, struct value *ret_alert,
                      struct soar_err *err)
{
    struct value_builder patch;
    struct value hosts;
    struct value users;
    struct value user_id;
    value_build(&patch, arena);
    if (check_form(raw, err) != 0 || put_simple(&patch, raw, err) != 0 || check_maps(raw, arena, err) != 0 ||
        alert_hosts(raw, arena, &hosts, err) != 0 || alert_users(raw, arena, &users, &user_id, err) != 0) {
        return -1;
    }
    value_put_text(&patch, "hosts", hosts);
    if (value_count(&hosts) > 0) {
        value_put_text(&patch, "host", *value_at(&hosts, 0));
    }
    value_put_text(&patch, "users", users);
    if (user_id.kind != VALUE_NULL) {
        value_put_text(&patch, "user_id", user_id);
    }
    value_put_text(&patch, "raw", *raw);
    *ret_alert = alert_patch(arena, raw, &patch);
    return 0;
}
