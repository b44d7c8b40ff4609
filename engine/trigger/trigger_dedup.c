/* The key by which an alert is a repetition: a digest over a list of values, each with its kind and its
 * length, so that no two lists of values meet in one (threats.md, T9). What can't be computed makes the alert
 * new: a doubt never swallows one. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/cel/cel.h"
#include "engine/trigger/trigger_parts.h"

static void add_text(struct digest *digest, const char *kind, const char *text, size_t len)
{
    digest_piece(digest, kind, strlen(kind));
    digest_piece(digest, text, len);
}

/* A number is one whatever way it was written: 1 and 1.0 are one key, as in expressions. */
static void add_number(struct digest *digest, const struct value *value)
{
    static const double edge = 9223372036854775808.0; /* 2^63 */
    int64_t whole = value->integer;
    bool is_whole = value->kind == VALUE_INT || (value->kind == VALUE_UINT && value->natural <= INT64_MAX);
    if (value->kind == VALUE_DOUBLE && value->real >= -edge && value->real < edge &&
        (double)(int64_t)value->real == value->real) {
        whole = (int64_t)value->real;
        is_whole = true;
    }
    if (is_whole) {
        add_text(digest, "int", (const char *)&whole, sizeof whole);
    } else if (value->kind == VALUE_UINT) {
        add_text(digest, "uint", (const char *)&value->natural, sizeof value->natural);
    } else {
        add_text(digest, "double", (const char *)&value->real, sizeof value->real);
    }
}

static bool add_value(struct digest *digest, const struct value *value, struct arena *arena);

struct entry {
    const struct value *key;
    const struct value *value;
};

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    return value_order(a->key, b->key);
}

/* In the order of its keys: a map is one however it was written. */
static bool add_map(struct digest *digest, const struct value *value, struct arena *arena)
{
    uint64_t count = value_count(value);
    struct entry *entries = arena_array(arena, count, sizeof *entries);
    bool good = true;
    add_text(digest, "map", (const char *)&count, sizeof count);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct entry){.key = &value->map->keys[i], .value = &value->map->values[i]};
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 0; good && i < count; i++) {
        good = add_value(digest, entries[i].key, arena) && add_value(digest, entries[i].value, arena);
    }
    return good;
}

static bool add_list(struct digest *digest, const struct value *value, struct arena *arena)
{
    uint64_t count = value_count(value);
    bool good = true;
    add_text(digest, "list", (const char *)&count, sizeof count);
    for (size_t i = 0; good && i < count; i++) {
        good = add_value(digest, value_at(value, i), arena);
    }
    return good;
}

/* False: a value that stands for nothing. */
static bool add_value(struct digest *digest, const struct value *value, struct arena *arena)
{
    switch (value->kind) {
    case VALUE_BOOL:
        add_text(digest, "bool", value->boolean ? "1" : "0", 1);
        return true;
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
        add_number(digest, value);
        return true;
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TYPE:
        add_text(digest, value_kind_name(value->kind), value->text, value->len);
        return true;
    case VALUE_LIST:
        return add_list(digest, value, arena);
    case VALUE_MAP:
        return add_map(digest, value, arena);
    case VALUE_TIME:
    case VALUE_SPAN:
        digest_piece(digest, value_kind_name(value->kind), strlen(value_kind_name(value->kind)));
        digest_piece(digest, &value->instant.seconds, sizeof value->instant.seconds);
        digest_piece(digest, &value->instant.nanos, sizeof value->instant.nanos);
        return true;
    case VALUE_OPTIONAL:
        return value->inner != NULL && add_value(digest, value->inner, arena);
    case VALUE_IP:
    case VALUE_CIDR:
        add_text(digest, value_kind_name(value->kind), (const char *)value->ip, sizeof *value->ip);
        return true;
    case VALUE_NULL:
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
    case VALUE_KIND_COUNT:
        break;
    }
    return false;
}

struct key {
    struct arena *arena;
    struct cel_scope scope;
    struct digest *digest;
    struct value_builder values;
};

/* NULL, or why this part of the key can't be told. */
static const char *add_part(struct key *key, const struct cel_program *program)
{
    struct value value;
    struct soar_err err;
    if (cel_value(program, &key->scope, key->arena, &value, &err) != 0) {
        return arena_printf(key->arena, "`%s` can't be told: %s", cel_text(program), err.text);
    }
    if (value.kind == VALUE_OPTIONAL && value.inner != NULL) {
        value = *value.inner;
    }
    digest_piece(key->digest, cel_text(program), strlen(cel_text(program)));
    if (!add_value(key->digest, &value, key->arena)) {
        return arena_printf(key->arena, "`%s` is nothing", cel_text(program));
    }
    value_push(&key->values, value);
    return NULL;
}

static const char *add_parts(struct key *key, const struct playbook *playbook,
                             const struct site_webhook *source)
{
    const char *why = NULL;
    for (size_t i = 0; why == NULL && i < playbook->dedup_count; i++) {
        why = add_part(key, playbook->dedup_key[i]);
    }
    for (size_t i = 0; why == NULL && playbook->dedup_count == 0 && i < source->dedup_count; i++) {
        struct cel_program *program = NULL;
        struct soar_err err;
        if (cel_compile(key->arena, source->dedup[i], strlen(source->dedup[i]), NULL, &program, NULL, &err) !=
            0) {
            why = arena_printf(key->arena, "`%s` is broken: %s", source->dedup[i], err.text);
        } else {
            why = add_part(key, program);
        }
    }
    return why;
}

void trigger_dedup(const struct playbook *playbook, const struct site_webhook *source,
                   const struct value *alert, struct arena *arena, struct trigger_answer *answer)
{
    bool own = playbook->dedup_count > 0;
    uint8_t bytes[DIGEST_BYTES];
    char hex[DIGEST_HEX];
    if (!own && (source == NULL || source->dedup_count == 0)) {
        return;
    }
    struct value_builder names;
    value_build(&names, arena);
    value_put_text(&names, "alert", *alert);
    struct value map = value_end_map(&names);
    struct key key = {.arena = arena, .scope = cel_scope_map(&map, NULL), .digest = digest_new()};
    value_build(&key.values, arena);
    const char *why = add_parts(&key, playbook, source);
    digest_end(key.digest, bytes);
    if (why != NULL) {
        answer->dedup_why = why;
        return;
    }
    digest_hex(bytes, hex);
    answer->dedup = arena_string(arena, hex);
    answer->dedup_values = value_end_list(&key.values);
    answer->dedup_ms = own ? playbook->dedup_window_ms : source->dedup_ms;
}
