/* A document as expressions see it: what is null or an empty text isn't there, a text that holds JSON is what
 * it holds, and where the source asks for it a key `a.b` is b in a. Makes new values; the original stays as
 * it is.
 *
 * Two spellings of one field are one value if they agree. If they don't, the field is the list of both, as
 * Elasticsearch reads such a document: who wants one name finds two, and takes none. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/trigger/intake_parts.h"

/* ---- unpack ---- */

static struct value unpack_text(struct arena *arena, const struct value *text)
{
    struct value held;
    return json_parse(arena, text->text, text->len, &held, NULL) == 0 ? held : *text;
}

static struct value unpack_path(struct arena *arena, const struct value *value, const char *path);

static struct value unpack_items(struct arena *arena, const struct value *list, const char *path)
{
    struct value_builder items;
    value_build(&items, arena);
    for (size_t i = 0; i < value_count(list); i++) {
        value_push(&items, unpack_path(arena, value_at(list, i), path));
    }
    return value_end_list(&items);
}

/* The value with the text at `path` unpacked; of a list, in each item. */
static struct value unpack_path(struct arena *arena, const struct value *value, const char *path)
{
    if (*path == '\0') {
        return value->kind == VALUE_STRING ? unpack_text(arena, value) : *value;
    }
    if (value->kind == VALUE_LIST) {
        return unpack_items(arena, value, path);
    }
    size_t len = strcspn(path, ".");
    struct value key = value_string(arena, path, len);
    const struct value *inner = value_find(value, &key);
    if (inner == NULL) {
        return *value;
    }
    struct value unpacked = unpack_path(arena, inner, path + len + (path[len] == '.'));
    struct value_builder map;
    value_build(&map, arena);
    for (size_t i = 0; i < value->map->count; i++) {
        bool here = value_equal(&value->map->keys[i], &key);
        value_put(&map, value->map->keys[i], here ? unpacked : value->map->values[i]);
    }
    return value_end_map(&map);
}

struct value intake_unpack(struct arena *arena, const struct value *document, const struct bind_texts *paths)
{
    struct value value = *document;
    for (size_t i = 0; i < paths->count; i++) {
        value = unpack_path(arena, &value, paths->items[i]);
    }
    return value;
}

/* ---- without what is empty ---- */

static bool is_empty(const struct value *value)
{
    return value->kind == VALUE_NULL || (value->kind == VALUE_STRING && value->len == 0);
}

static struct value strip(struct arena *arena, const struct value *value)
{
    struct value_builder builder;
    value_build(&builder, arena);
    if (value->kind == VALUE_LIST) {
        for (size_t i = 0; i < value->list->count; i++) {
            if (!is_empty(&value->list->items[i])) {
                value_push(&builder, strip(arena, &value->list->items[i]));
            }
        }
        return value_end_list(&builder);
    }
    if (value->kind != VALUE_MAP) {
        return *value;
    }
    for (size_t i = 0; i < value->map->count; i++) {
        if (!is_empty(&value->map->values[i])) {
            value_put(&builder, value->map->keys[i], strip(arena, &value->map->values[i]));
        }
    }
    return value_end_map(&builder);
}

/* ---- keys with dots ---- */

/* A value under what is left of its key. */
struct entry {
    const char *path;
    size_t len;
    size_t head; /* bytes of its first name */
    size_t order;
    const struct value *value;
};

static struct value unfold(struct arena *arena, const struct value *value, int depth);

enum { SAID_LOOKED_AT = 16 /* a field has few spellings; a hostile document has them all */ };

/* The first name of a path; all of it where a name would be empty, or too deep. */
static size_t head_of(const char *path, size_t len, int depth)
{
    const char *dot = memchr(path, '.', len);
    size_t head = dot == NULL ? len : (size_t)(dot - path);
    bool whole = head == 0 || head + 1 >= len || depth >= LIMIT_DEPTH;
    return whole ? len : head;
}

static int by_head(const void *a, const void *b)
{
    const struct entry *first = a;
    const struct entry *second = b;
    size_t len = first->head < second->head ? first->head : second->head;
    int order = len == 0 ? 0 : memcmp(first->path, second->path, len);
    if (order == 0 && first->head != second->head) {
        order = first->head < second->head ? -1 : 1;
    }
    return order != 0 ? order : first->order < second->order ? -1 : 1;
}

static bool same_head(const struct entry *first, const struct entry *second)
{
    return first->head == second->head && memcmp(first->path, second->path, first->head) == 0;
}

static struct value unfold_entries(struct arena *arena, struct entry *entries, size_t count, int depth);

/* How many entries the maps among these and the paths that go on make. */
static size_t inner_count(const struct entry *group, size_t count)
{
    size_t inner = 0;
    for (size_t i = 0; i < count; i++) {
        bool ends = group[i].head == group[i].len;
        inner += !ends ? 1 : group[i].value->kind == VALUE_MAP ? group[i].value->map->count : 0;
    }
    return inner;
}

static size_t add_inner(const struct entry *group, struct entry *inner, size_t count)
{
    if (group->head < group->len) {
        inner[count] = (struct entry){.path = group->path + group->head + 1,
                                      .len = group->len - group->head - 1,
                                      .value = group->value};
        return count + 1;
    }
    const struct value_map *map = group->value->map;
    for (size_t i = 0; i < map->count; i++) {
        inner[count + i] =
            (struct entry){.path = map->keys[i].text, .len = map->keys[i].len, .value = &map->values[i]};
    }
    return count + map->count;
}

/* What all that is said under one name comes to. */
static struct value unfold_group(struct arena *arena, const struct entry *group, size_t count, int depth)
{
    struct entry *inner = arena_array(arena, inner_count(group, count), sizeof *inner);
    struct value_builder said;
    size_t inners = 0;
    bool maps = false;
    value_build(&said, arena);
    for (size_t i = 0; i < count; i++) {
        if (group[i].head < group[i].len || group[i].value->kind == VALUE_MAP) {
            inners = add_inner(&group[i], inner, inners);
            maps = true;
            continue;
        }
        bool again = false;
        for (size_t j = 0; j < said.count && j < SAID_LOOKED_AT; j++) {
            again = again || value_equal(&said.values[j], group[i].value);
        }
        if (!again) {
            value_push(&said, unfold(arena, group[i].value, depth + 1));
        }
    }
    if (maps) {
        value_push(&said, unfold_entries(arena, inner, inners, depth + 1));
    }
    return said.count == 1 ? said.values[0] : value_end_list(&said);
}

static struct value unfold_entries(struct arena *arena, struct entry *entries, size_t count, int depth)
{
    struct value_builder map;
    value_build(&map, arena);
    for (size_t i = 0; i < count; i++) {
        entries[i].head = head_of(entries[i].path, entries[i].len, depth);
        entries[i].order = i;
    }
    if (count > 1) {
        qsort(entries, count, sizeof *entries, by_head);
    }
    for (size_t i = 0; i < count;) {
        size_t next = i + 1;
        while (next < count && same_head(&entries[i], &entries[next])) {
            next++;
        }
        value_put(&map, value_string(arena, entries[i].path, entries[i].head),
                  unfold_group(arena, entries + i, next - i, depth));
        i = next;
    }
    return value_end_map(&map);
}

static struct value unfold(struct arena *arena, const struct value *value, int depth)
{
    if (value->kind == VALUE_LIST) {
        struct value_builder items;
        value_build(&items, arena);
        for (size_t i = 0; i < value->list->count; i++) {
            value_push(&items, unfold(arena, &value->list->items[i], depth + 1));
        }
        return value_end_list(&items);
    }
    if (value->kind != VALUE_MAP) {
        return *value;
    }
    struct entry whole = {.value = value};
    struct entry *entries = arena_array(arena, value->map->count, sizeof *entries);
    return unfold_entries(arena, entries, add_inner(&whole, entries, 0), depth);
}

struct value intake_view(struct arena *arena, const struct value *value, bool unfold_keys)
{
    struct value stripped = strip(arena, value);
    return unfold_keys ? unfold(arena, &stripped, 0) : stripped;
}
