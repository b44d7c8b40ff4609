/* Lists and maps while they grow. Adding a key never searches: a key that stands twice is found at the end,
 * by sorting, so that a hostile document of many keys costs n log n. What was built belongs to the builder's
 * arena. */
#include "engine/base/value.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 8, SMALL_MAP = 8 /* searched faster than an index is */ };

void value_build(struct value_builder *builder, struct arena *arena)
{
    *builder = (struct value_builder){.arena = arena};
}

static struct value *grown(struct value_builder *builder, const struct value *old, size_t size)
{
    struct value *items = arena_array(builder->arena, size, sizeof *items);
    if (builder->count > 0) {
        memcpy(items, old, builder->count * sizeof *items);
    }
    return items;
}

static void make_room(struct value_builder *builder, bool with_keys)
{
    assert(builder->count == 0 || with_keys == (builder->keys != NULL)); /* a list or a map, not both */
    if (builder->count < builder->size) {
        return;
    }
    size_t size = builder->size > 0 ? builder->size * 2 : SIZE_FIRST;
    assert(size <= UINT32_MAX); /* indexes of a map are uint32_t */
    builder->values = grown(builder, builder->values, size);
    if (with_keys) {
        builder->keys = grown(builder, builder->keys, size);
    }
    builder->size = size;
}

void value_push(struct value_builder *builder, struct value item)
{
    make_room(builder, false);
    builder->values[builder->count++] = item;
}

void value_put(struct value_builder *builder, struct value key, struct value item)
{
    assert(value_compare(&key, &key) == 0); /* else it could never be found again */
    make_room(builder, true);
    builder->keys[builder->count] = key;
    builder->values[builder->count++] = item;
}

void value_put_text(struct value_builder *builder, const char *key, struct value item)
{
    value_put(builder, value_text(builder->arena, key), item);
}

struct value value_end_list(struct value_builder *builder)
{
    assert(builder->keys == NULL);
    struct value_list *list = arena_alloc(builder->arena, sizeof *list);
    *list = (struct value_list){.count = builder->count, .items = builder->values};
    value_build(builder, builder->arena);
    return (struct value){.kind = VALUE_LIST, .list = list};
}

/* By key, and the same keys in the order they were added. */
static int by_key(const void *a, const void *b, void *keys_arg)
{
    const struct value *keys = keys_arg;
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    int order = value_order(&keys[first], &keys[second]);
    return order != 0 ? order : first < second ? -1 : first > second;
}

/* Of the entries with one key the first keeps its place and gets the last one's value; the others are marked.
 * Returns how many stay; `sorted` then holds only those. */
static size_t drop_doubles(struct value_builder *builder, uint32_t *sorted, bool *dropped)
{
    size_t kept = 0;
    for (size_t i = 0; i < builder->count; i++) {
        uint32_t index = sorted[i];
        if (kept > 0 && value_order(&builder->keys[sorted[kept - 1]], &builder->keys[index]) == 0) {
            builder->values[sorted[kept - 1]] = builder->values[index];
            dropped[index] = true;
        } else {
            sorted[kept++] = index;
        }
    }
    return kept;
}

/* Closes the gaps and gives the sorted indexes their new numbers. */
static void close_gaps(struct value_builder *builder, uint32_t *sorted, size_t kept, const bool *dropped)
{
    uint32_t *moved = arena_array(builder->arena, builder->count, sizeof *moved);
    uint32_t next = 0;
    for (size_t i = 0; i < builder->count; i++) {
        moved[i] = next;
        if (!dropped[i]) {
            builder->keys[next] = builder->keys[i];
            builder->values[next] = builder->values[i];
            next++;
        }
    }
    for (size_t i = 0; i < kept; i++) {
        sorted[i] = moved[sorted[i]];
    }
    builder->count = kept;
}

static const uint32_t *sort_large(struct value_builder *builder)
{
    uint32_t *sorted = arena_array(builder->arena, builder->count, sizeof *sorted);
    bool *dropped = arena_array(builder->arena, builder->count, sizeof *dropped);
    for (size_t i = 0; i < builder->count; i++) {
        sorted[i] = (uint32_t)i;
    }
    qsort_r(sorted, builder->count, sizeof *sorted, by_key, builder->keys);
    size_t kept = drop_doubles(builder, sorted, dropped);
    if (kept < builder->count) {
        close_gaps(builder, sorted, kept, dropped);
    }
    return sorted;
}

static void dedup_small(struct value_builder *builder)
{
    size_t kept = 0;
    for (size_t i = 0; i < builder->count; i++) {
        size_t same = 0;
        while (same < kept && value_order(&builder->keys[same], &builder->keys[i]) != 0) {
            same++;
        }
        if (same == kept) {
            builder->keys[kept++] = builder->keys[i];
        }
        builder->values[same] = builder->values[i];
    }
    builder->count = kept;
}

struct value value_end_map(struct value_builder *builder)
{
    struct value_map *map = arena_alloc(builder->arena, sizeof *map);
    if (builder->count > SMALL_MAP) {
        map->sorted = sort_large(builder);
    } else {
        dedup_small(builder);
    }
    map->count = builder->count;
    map->keys = builder->keys;
    map->values = builder->values;
    value_build(builder, builder->arena);
    return (struct value){.kind = VALUE_MAP, .map = map};
}
