/* An alert as its mapping made it, without what has not the form it should have: a host by a name or an
 * address that is one, a user by a name, numbers within their bounds. Whatever goes is noted, so that nobody
 * wonders. A loopback or unspecified address names no machine, and goes without a word. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/site/spelling.h"
#include "engine/trigger/intake_parts.h"
#include "engine/trigger/trigger_parts.h"

static void refuse(struct intake_build *build, const char *why)
{
    if (build->refused == NULL) {
        build->refused = why;
    }
}

static bool is_word(const struct value *value)
{
    return value != NULL && (value->kind == VALUE_STRING || value->kind == VALUE_INT);
}

/* Every machine has these. */
static bool is_everywhere(const char *address)
{
    static const char *const prefixes[] = {"127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/32",
                                           "::1/128",     "::/128",         "fe80::/10"};
    bool within = false;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        within = within || spelling_in_prefix(address, prefixes[i]);
    }
    return within;
}

static bool is_no_name(const struct value *name)
{
    return name->kind == VALUE_STRING &&
           (text_same_fold(name->text, "localhost") || text_same_fold(name->text, "localhost.localdomain"));
}

/* The addresses among these, each in its one spelling and once. */
static struct value addresses(struct intake_build *build, const struct value *list, const char *path)
{
    struct value_builder good;
    value_build(&good, build->arena);
    size_t count = list->kind == VALUE_LIST ? list->list->count : 1;
    for (size_t i = 0; i < count && good.count < LIMIT_TARGETS; i++) {
        const struct value *item = list->kind == VALUE_LIST ? &list->list->items[i] : list;
        struct spelling spelling = {.kind = SPELLING_NONE};
        bool again = false;
        if (item->kind == VALUE_STRING && item->len < 64 && strpbrk(item->text, ".:") != NULL) {
            spelling = spelling_of(build->arena, item->text);
        }
        if (spelling.kind != SPELLING_ADDRESS) {
            BUF_SCOPED shown = {0};
            const char *text = json_text(build->arena, item);
            text_visible(&shown, text, strlen(text) < 60 ? strlen(text) : 60);
            intake_note(build, "%s: %s is no address", path, buf_string(&shown));
            continue;
        }
        for (size_t j = 0; j < good.count; j++) {
            again = again || value_is_string(&good.values[j], spelling.text);
        }
        if (!again && !is_everywhere(spelling.text)) {
            value_push(&good, value_text(build->arena, spelling.text));
        }
    }
    return value_end_list(&good);
}

/* The map without the keys named; NULL ends. */
static struct value without(struct arena *arena, const struct value *map, const char *const *keys)
{
    struct value_builder rest;
    value_build(&rest, arena);
    for (size_t i = 0; i < map->map->count; i++) {
        bool named = false;
        for (size_t j = 0; keys[j] != NULL; j++) {
            named = named || value_is_string(&map->map->keys[i], keys[j]);
        }
        if (!named) {
            value_put(&rest, map->map->keys[i], map->map->values[i]);
        }
    }
    return value_end_map(&rest);
}

static void put_host_name(struct intake_build *build, const struct value *name, const char *path,
                          struct value_builder *patch)
{
    if (name == NULL) {
        return;
    }
    if (!is_word(name)) {
        intake_note(build, "%s.name: expected one name, found a %s", path, value_kind_name(name->kind));
    } else if (is_no_name(name)) {
        intake_note(build, "%s.name: %s is every machine's name", path, name->text);
    } else {
        value_put_text(patch, "name", *name);
    }
}

static bool tidy_host(struct intake_build *build, const struct value *host, const char *path,
                      struct value *ret_host)
{
    static const char *const fixed[] = {"name", "os", "ip", NULL};
    struct value_builder patch;
    value_build(&patch, build->arena);
    if (host->kind != VALUE_MAP) {
        *ret_host = *host;
        return is_word(host);
    }
    const struct value *ip = value_get(host, "ip");
    const struct value *os = value_get(host, "os");
    struct value list = ip == NULL ? value_list(build->arena, NULL, 0)
                                   : addresses(build, ip, arena_printf(build->arena, "%s.ip", path));
    put_host_name(build, value_get(host, "name"), path, &patch);
    if (is_word(os)) {
        value_put_text(&patch, "os", *os);
    }
    if (value_count(&list) > 0) {
        value_put_text(&patch, "ip", list);
    }
    bool known = patch.count > (size_t)is_word(os);
    struct value rest = without(build->arena, host, fixed);
    *ret_host = alert_patch(build->arena, &rest, &patch);
    return known;
}

static bool tidy_user(struct intake_build *build, const struct value *user, const char *path,
                      struct value *ret_user)
{
    (void)build;
    (void)path;
    *ret_user = *user;
    return user->kind == VALUE_MAP ? is_word(value_get(user, "name")) : is_word(user);
}

typedef bool (*tidy_fn)(struct intake_build *, const struct value *, const char *, struct value *);

static void put_people(struct intake_build *build, const struct value *alert, const char *key, tidy_fn tidy,
                       const char *needs, struct value_builder *patch)
{
    const struct value *given = value_get(alert, key);
    struct value_builder list;
    value_build(&list, build->arena);
    size_t count = given == NULL ? 0 : given->kind == VALUE_LIST ? given->list->count : 1;
    for (size_t i = 0; i < count; i++) {
        const char *path = arena_printf(build->arena, "%s[%zu]", key, i);
        struct value one;
        if (tidy(build, given->kind == VALUE_LIST ? &given->list->items[i] : given, path, &one)) {
            value_push(&list, one);
        } else {
            intake_note(build, "%s: has no %s", path, needs);
        }
    }
    if (list.count > 0) {
        value_put_text(patch, key, value_end_list(&list));
    }
}

static void put_number(struct intake_build *build, const struct value *alert, struct value_builder *patch)
{
    const struct value *given = value_get(alert, "confidence");
    struct soar_err err = {.text = ""};
    struct field field = {.path = "confidence", .value = given, .arena = build->arena, .err = &err};
    if (given != NULL && field_number(&field, 0, 100) == 0) {
        value_put_text(patch, "confidence", *given);
    } else if (given != NULL) {
        intake_note(build, "%s", err.text);
    }
}

static void put_severity(struct intake_build *build, const struct value *alert, struct value_builder *patch)
{
    static const char *const words[] = {"informational", "low", "medium", "high", "critical"};
    const struct value *given = value_get(alert, "severity");
    for (size_t i = 0; given != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (given->kind == VALUE_STRING && text_same_fold(given->text, words[i])) {
            value_put_text(patch, "severity", value_static(words[i]));
            return;
        }
    }
    if (given != NULL) {
        intake_note(build, "severity: expected informational, low, medium, high or critical");
    }
}

/* rule.id is a text, whatever the source counts by: conditions compare it. */
static struct value with_text_id(struct intake_build *build, const struct value *rule)
{
    const struct value *id = value_get(rule, "id");
    struct value_builder patch;
    value_build(&patch, build->arena);
    if (id != NULL && id->kind == VALUE_INT) {
        value_put_text(&patch, "id", value_text(build->arena, json_text(build->arena, id)));
    }
    return alert_patch(build->arena, rule, &patch);
}

static void put_objects(struct intake_build *build, const struct value *alert, struct value_builder *patch)
{
    static const char *const keys[] = {"rule", "process", "network"};
    static const char *const fixed[] = {"peers", NULL};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct value *given = value_get(alert, keys[i]);
        if (given == NULL || given->kind != VALUE_MAP) {
            if (given != NULL) {
                intake_note(build, "%s: expected an object, found a %s", keys[i],
                            value_kind_name(given->kind));
            }
            continue;
        }
        const struct value *peers = i == 2 ? value_get(given, "peers") : NULL;
        if (peers == NULL) {
            value_put_text(patch, keys[i], i == 0 ? with_text_id(build, given) : *given);
            continue;
        }
        struct value rest = without(build->arena, given, fixed);
        struct value list = addresses(build, peers, "network.peers");
        struct value_builder inner;
        value_build(&inner, build->arena);
        if (value_count(&list) > 0) {
            value_put_text(&inner, "peers", list);
        }
        if (inner.count > 0 || value_count(&rest) > 0) {
            value_put_text(patch, keys[i], alert_patch(build->arena, &rest, &inner));
        }
    }
}

static void put_gates(struct intake_build *build, const struct value *alert, struct value_builder *patch)
{
    const struct value *id = value_get(alert, "id");
    const struct value *status = value_get(alert, "status");
    const struct value *user = value_get(alert, "user_id");
    if (id != NULL && !is_word(id)) {
        refuse(build, "id: expected a text");
    } else if (id != NULL) {
        value_put_text(patch, "id", *id);
    }
    if (status != NULL && !value_is_string(status, "open") && !value_is_string(status, "resolved")) {
        refuse(build, "status: expected open or resolved");
    } else if (status != NULL) {
        value_put_text(patch, "status", *status);
    }
    if (user != NULL && is_word(user)) {
        value_put_text(patch, "user_id", *user);
    } else if (user != NULL) {
        intake_note(build, "user_id: expected one name, found a %s", value_kind_name(user->kind));
    }
}

struct value intake_tidy(struct intake_build *build, const struct value *alert)
{
    static const char *const fixed[] = {"id",      "status",  "severity", "confidence", "rule",
                                        "process", "network", "user_id",  "users",      "hosts",
                                        "host",    "raw",     "intake",   NULL};
    struct value_builder patch;
    struct value rest = without(build->arena, alert, fixed);
    value_build(&patch, build->arena);
    put_gates(build, alert, &patch);
    put_severity(build, alert, &patch);
    put_number(build, alert, &patch);
    put_objects(build, alert, &patch);
    put_people(build, alert, "hosts", tidy_host, "name and no address", &patch);
    put_people(build, alert, "users", tidy_user, "name", &patch);
    return alert_patch(build->arena, &rest, &patch);
}
