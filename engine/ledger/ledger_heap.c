/* What comes next, of many: a binary heap whose items know their place, so that any of them can be moved or
 * taken out. */
#include <stdlib.h>

#include "engine/ledger/ledger_parts.h"

static bool before(const struct timed *a, const struct timed *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void put(struct heap *heap, size_t place, struct timed *item)
{
    heap->items[place] = item;
    item->place = place;
}

static void settle(struct heap *heap, struct timed *item)
{
    size_t place = item->place;

    for (; place > 1 && before(item, heap->items[place / 2]); place /= 2)
        put(heap, place, heap->items[place / 2]);
    for (size_t child; (child = place * 2) <= heap->count; place = child) {
        if (child < heap->count && before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!before(heap->items[child], item))
            break;
        put(heap, place, heap->items[child]);
    }
    put(heap, place, item);
}

void heap_put(struct heap *heap, struct timed *item, int64_t at_ms)
{
    item->at_ms = at_ms;
    if (!item->place) {
        heap->items = ledger_grow(heap->items, heap->count + 1, &heap->size, sizeof *heap->items);
        item->order = heap->order++;
        put(heap, ++heap->count, item);
    }
    settle(heap, item);
}

void heap_drop(struct heap *heap, struct timed *item)
{
    struct timed *last;

    if (!item->place)
        return;
    last = heap->items[heap->count--];
    if (last != item) {
        put(heap, item->place, last);
        settle(heap, last);
    }
    item->place = 0;
}

struct timed *heap_next(const struct heap *heap)
{
    return heap->count ? heap->items[1] : NULL;
}

void heap_free(struct heap *heap)
{
    free(heap->items);
    *heap = (struct heap){0};
}
