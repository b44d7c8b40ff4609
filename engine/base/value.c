/* Values made and read. A value is two words and a kind, passed by value; whatever it points to is never
 * changed once the value exists. How values compare stands in value_compare.c, how lists and maps grow in
 * value_build.c. */
#include "engine/base/value.h"

#include <assert.h>
#include <string.h>

static const char *const kind_names[VALUE_KIND_COUNT] = {
    [VALUE_NULL] = "null_type",
    [VALUE_BOOL] = "bool",
    [VALUE_INT] = "int",
    [VALUE_UINT] = "uint",
    [VALUE_DOUBLE] = "double",
    [VALUE_STRING] = "string",
    [VALUE_BYTES] = "bytes",
    [VALUE_LIST] = "list",
    [VALUE_MAP] = "map",
    [VALUE_TIME] = "google.protobuf.Timestamp",
    [VALUE_SPAN] = "google.protobuf.Duration",
    [VALUE_TYPE] = "type",
    [VALUE_OPTIONAL] = "optional_type",
    [VALUE_IP] = "net.IP",
    [VALUE_CIDR] = "net.CIDR",
    [VALUE_UNKNOWN] = "unknown",
    [VALUE_ERROR] = "error",
};

struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}

struct value value_bool(bool boolean)
{
    return (struct value){.kind = VALUE_BOOL, .boolean = boolean};
}

struct value value_int(int64_t integer)
{
    return (struct value){.kind = VALUE_INT, .integer = integer};
}

struct value value_uint(uint64_t natural)
{
    return (struct value){.kind = VALUE_UINT, .natural = natural};
}

struct value value_double(double real)
{
    return (struct value){.kind = VALUE_DOUBLE, .real = real};
}

/* `text` has a NUL behind it and outlives the value. */
static struct value of_text(enum value_kind kind, const char *text, size_t len)
{
    struct value value = {.kind = kind};
    value.text = text;
    value.len = len;
    return value;
}

struct value value_static(const char *text)
{
    return of_text(VALUE_STRING, text, strlen(text));
}

struct value value_text(struct arena *arena, const char *text)
{
    return value_string(arena, text, strlen(text));
}

struct value value_string(struct arena *arena, const char *text, size_t len)
{
    return of_text(VALUE_STRING, arena_copy(arena, text, len), len);
}

struct value value_bytes(struct arena *arena, const void *bytes, size_t len)
{
    return of_text(VALUE_BYTES, arena_copy(arena, bytes, len), len);
}

struct value value_time(int64_t seconds, int32_t nanos)
{
    assert(nanos >= 0 && nanos < 1000000000);
    return (struct value){.kind = VALUE_TIME, .instant = {.seconds = seconds, .nanos = nanos}};
}

struct value value_span(int64_t seconds, int32_t nanos)
{
    assert(nanos > -1000000000 && nanos < 1000000000);
    assert(seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0));
    return (struct value){.kind = VALUE_SPAN, .instant = {.seconds = seconds, .nanos = nanos}};
}

struct value value_type(const char *static_name)
{
    return of_text(VALUE_TYPE, static_name, strlen(static_name));
}

struct value value_some(struct arena *arena, struct value inner)
{
    struct value *copy = arena_alloc(arena, sizeof *copy);
    *copy = inner;
    return (struct value){.kind = VALUE_OPTIONAL, .inner = copy};
}

struct value value_none(void)
{
    return (struct value){.kind = VALUE_OPTIONAL, .inner = NULL};
}

struct value value_unknown(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return of_text(VALUE_UNKNOWN, text, strlen(text));
}

struct value value_error(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return of_text(VALUE_ERROR, text, strlen(text));
}

struct value value_list(struct arena *arena, const struct value *items, size_t count)
{
    struct value *copy = arena_array(arena, count, sizeof *copy);
    if (count > 0) {
        memcpy(copy, items, count * sizeof *copy);
    }
    struct value_list *list = arena_alloc(arena, sizeof *list);
    *list = (struct value_list){.count = count, .items = copy};
    return (struct value){.kind = VALUE_LIST, .list = list};
}

const struct value *value_get(const struct value *map, const char *key)
{
    struct value wanted = value_static(key);
    return value_find(map, &wanted);
}

const char *value_get_string(const struct value *map, const char *key, const char *otherwise)
{
    const struct value *found = value_get(map, key);
    return found != NULL && found->kind == VALUE_STRING ? found->text : otherwise;
}

int64_t value_get_int(const struct value *map, const char *key, int64_t otherwise)
{
    const struct value *found = value_get(map, key);
    if (found != NULL && found->kind == VALUE_INT) {
        return found->integer;
    }
    if (found != NULL && found->kind == VALUE_UINT && found->natural <= INT64_MAX) {
        return (int64_t)found->natural;
    }
    return otherwise;
}

bool value_get_bool(const struct value *map, const char *key, bool otherwise)
{
    const struct value *found = value_get(map, key);
    return found != NULL && found->kind == VALUE_BOOL ? found->boolean : otherwise;
}

size_t value_count(const struct value *value)
{
    if (value == NULL) {
        return 0;
    }
    return value->kind == VALUE_LIST ? value->list->count : value->kind == VALUE_MAP ? value->map->count : 0;
}

const struct value *value_at(const struct value *list, size_t index)
{
    if (list == NULL || list->kind != VALUE_LIST || index >= list->list->count) {
        return NULL;
    }
    return &list->list->items[index];
}

bool value_is_string(const struct value *value, const char *text)
{
    return value != NULL && value->kind == VALUE_STRING && value->len == strlen(text) &&
           memcmp(value->text, text, value->len) == 0;
}

const char *value_kind_name(enum value_kind kind)
{
    return (unsigned)kind < VALUE_KIND_COUNT ? kind_names[kind] : "?";
}

static struct value *copy_items(struct arena *arena, const struct value *items, size_t count)
{
    struct value *copies = arena_array(arena, count, sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = value_copy(arena, &items[i]);
    }
    return copies;
}

static struct value copy_map(struct arena *arena, const struct value_map *from)
{
    struct value_map *map = arena_alloc(arena, sizeof *map);
    map->count = from->count;
    map->keys = copy_items(arena, from->keys, from->count);
    map->values = copy_items(arena, from->values, from->count);
    if (from->sorted != NULL) {
        uint32_t *sorted = arena_array(arena, from->count, sizeof *sorted);
        memcpy(sorted, from->sorted, from->count * sizeof *sorted);
        map->sorted = sorted;
    }
    return (struct value){.kind = VALUE_MAP, .map = map};
}

static struct value copy_list(struct arena *arena, const struct value_list *from)
{
    struct value_list *list = arena_alloc(arena, sizeof *list);
    *list = (struct value_list){.count = from->count, .items = copy_items(arena, from->items, from->count)};
    return (struct value){.kind = VALUE_LIST, .list = list};
}

struct value value_copy(struct arena *arena, const struct value *value)
{
    struct value copy = *value;
    switch (value->kind) {
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TYPE:
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
        copy.text = arena_copy(arena, value->text, value->len);
        break;
    case VALUE_LIST:
        return copy_list(arena, value->list);
    case VALUE_MAP:
        return copy_map(arena, value->map);
    case VALUE_OPTIONAL:
        return value->inner != NULL ? value_some(arena, value_copy(arena, value->inner)) : value_none();
    case VALUE_IP:
    case VALUE_CIDR: {
        struct value_ip *ip = arena_alloc(arena, sizeof *ip);
        *ip = *value->ip;
        copy.ip = ip;
        break;
    }
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
    case VALUE_TIME:
    case VALUE_SPAN:
    case VALUE_KIND_COUNT:
        break;
    }
    return copy;
}
