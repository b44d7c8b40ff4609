/* Who an alert is about, made whole: hosts and users are lists of objects, whatever short form the source
 * used. Spellings stay as they came: which machine is meant is for the inventory to say, when a step opens.
 */
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/trigger/trigger_parts.h"

/* "Windows 10 Enterprise", "darwin", "Ubuntu Linux": as the language has them; what it doesn't know stays, in
 * lower case. */
static struct value system_of(struct arena *arena, const struct value *os)
{
    static const char *const known[][2] = {{"windows", "windows"}, {"macos", "macos"}, {"mac os", "macos"},
                                           {"darwin", "macos"},    {"osx", "macos"},   {"linux", "linux"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcasestr(os->text, known[i][0]) != NULL) {
            return value_static(known[i][1]);
        }
    }
    char *lower = arena_copy(arena, os->text, os->len);
    for (char *c = lower; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    return value_text(arena, lower);
}

/* The map with some of its keys put in their canonical form. */
struct value alert_patch(struct arena *arena, const struct value *map, struct value_builder *patch)
{
    struct value_builder whole;
    value_build(&whole, arena);
    for (size_t i = 0; map->kind == VALUE_MAP && i < map->map->count; i++) {
        value_put(&whole, map->map->keys[i], map->map->values[i]);
    }
    struct value fixed = value_end_map(patch);
    for (size_t i = 0; i < fixed.map->count; i++) {
        value_put(&whole, fixed.map->keys[i], fixed.map->values[i]);
    }
    return value_end_map(&whole);
}

static int put_host_fields(const struct field *host, struct value_builder *patch)
{
    struct arena *arena = host->arena;
    struct field name = *host;
    struct field os = *host;
    struct field ip = *host;
    struct value text;
    name.value = value_get(host->value, "name");
    name.path = arena_printf(arena, "%s.name", host->path);
    os.value = value_get(host->value, "os");
    os.path = arena_printf(arena, "%s.os", host->path);
    ip.value = value_get(host->value, "ip");
    ip.path = arena_printf(arena, "%s.ip", host->path);
    if (name.value == NULL && ip.value == NULL) {
        return field_tell(host, "a 'name' or an 'ip' in it");
    }
    if (name.value != NULL) {
        if (field_text(&name, &text) != 0) {
            return -1;
        }
        value_put_text(patch, "name", text);
    }
    if (os.value != NULL && os.value->kind != VALUE_MAP) { /* ECS has an object here */
        if (field_text(&os, &text) != 0) {
            return -1;
        }
        value_put_text(patch, "os", system_of(arena, &text));
    }
    if (ip.value != NULL) {
        if (field_texts(&ip, &text) != 0) {
            return -1;
        }
        value_put_text(patch, "ip", text);
    }
    return 0;
}

/* {"os": {"family": "debian", "type": "linux"}}: ECS. */
static void put_ecs_system(struct arena *arena, const struct value *host, struct value_builder *patch)
{
    const struct value *os = value_get(host, "os");
    static const char *const keys[] = {"type", "family", "platform", "name"};
    for (size_t i = 0; os != NULL && os->kind == VALUE_MAP && i < sizeof keys / sizeof keys[0]; i++) {
        const struct value *text = value_get(os, keys[i]);
        if (text != NULL && text->kind == VALUE_STRING) {
            value_put_text(patch, "os", system_of(arena, text));
            return;
        }
    }
}

static int make_host(const struct field *field, struct value *ret_host)
{
    struct value_builder patch;
    value_build(&patch, field->arena);
    if (field->value->kind != VALUE_MAP) {
        struct value text;
        if (field_text(field, &text) != 0) {
            return -1;
        }
        value_put_text(&patch, "name", text);
    } else if (put_host_fields(field, &patch) != 0) {
        return -1;
    }
    put_ecs_system(field->arena, field->value, &patch);
    *ret_host = alert_patch(field->arena, field->value, &patch);
    return 0;
}

static int make_user(const struct field *field, struct value *ret_user)
{
    struct value_builder patch;
    struct field name = *field;
    struct value text;
    value_build(&patch, field->arena);
    if (field->value->kind == VALUE_MAP) {
        name.value = value_get(field->value, "name");
        name.path = arena_printf(field->arena, "%s.name", field->path);
    }
    if (field_text(&name, &text) != 0) {
        return -1;
    }
    value_put_text(&patch, "name", text);
    *ret_user = alert_patch(field->arena, field->value, &patch);
    return 0;
}

/* A list, or one alone, of what `make` makes. */
static int make_list(const struct field *field, int (*make)(const struct field *, struct value *),
                     struct value *ret_list)
{
    struct value_builder list;
    value_build(&list, field->arena);
    size_t count = field->value->kind == VALUE_LIST ? value_count(field->value) : 1;
    if (count > LIMIT_TARGETS) {
        return soar_err_set(field->err, SOAR_INVALID, "alert.%s: has %zu entries, at most %d are allowed",
                            field->path, count, LIMIT_TARGETS);
    }
    for (size_t i = 0; i < count; i++) {
        struct field item = *field;
        if (field->value->kind == VALUE_LIST) {
            item.path = arena_printf(field->arena, "%s[%zu]", field->path, i);
            item.value = value_at(field->value, i);
        }
        struct value made;
        if (make(&item, &made) != 0) {
            return -1;
        }
        value_push(&list, made);
    }
    *ret_list = value_end_list(&list);
    return 0;
}

static bool is_there(const struct value *value)
{
    return value != NULL && value->kind != VALUE_NULL;
}

int alert_hosts(const struct value *raw, struct arena *arena, struct value *ret_hosts, struct soar_err *err)
{
    struct field field = {.path = "hosts", .value = value_get(raw, "hosts"), .arena = arena, .err = err};
    if (!is_there(field.value)) {
        field.path = "host";
        field.value = value_get(raw, "host");
    }
    if (!is_there(field.value)) {
        *ret_hosts = value_list(arena, NULL, 0);
        return 0;
    }
    return make_list(&field, make_host, ret_hosts);
}

int alert_users(const struct value *raw, struct arena *arena, struct value *ret_users,
                struct value *ret_user_id, struct soar_err *err)
{
    struct field field = {.path = "user_id", .value = value_get(raw, "user_id"), .arena = arena, .err = err};
    *ret_user_id = value_null();
    if (is_there(field.value) && field_text(&field, ret_user_id) != 0) {
        return -1;
    }
    field.path = "users";
    field.value = value_get(raw, "users");
    if (!is_there(field.value)) {
        field.path = "user_id"; /* one person, known by the id alone */
        field.value = ret_user_id;
    }
    if (field.value->kind == VALUE_NULL) {
        *ret_users = value_list(arena, NULL, 0);
        return 0;
    }
    if (make_list(&field, make_user, ret_users) != 0) {
        return -1;
    }
    if (ret_user_id->kind == VALUE_NULL && value_count(ret_users) > 0) {
        *ret_user_id = *value_get(value_at(ret_users, 0), "name");
    }
    return 0;
}
