/* Things found by name, and kept in the order they came: a tree beside an array.
 *
 * Each item knows its place in the array, so that removing one moves those behind it and searches for
 * nothing. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

void *ledger_grow(void *items, size_t count, size_t *size, size_t each)
{
    if (count < *size)
        return items;
    *size = *size ? *size * 2 : 4;
    items = realloc(items, *size * each);
    if (!items)
        abort();
    return items;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

void *named_find(const struct named_set *set, const char *name)
{
    struct named wanted = {.name = name};
    void *node = tfind(&wanted, &set->tree, compare);

    return node ? *(void **)node : NULL;
}

void named_add(struct named_set *set, struct named *item)
{
    if (!tsearch(item, &set->tree, compare))
        abort();
    set->items = ledger_grow(set->items, set->count, &set->size, sizeof *set->items);
    item->at = set->count;
    set->items[set->count++] = item;
}

void named_remove(struct named_set *set, struct named *item)
{
    tdelete(item, &set->tree, compare);
    set->count--;
    for (size_t i = item->at; i < set->count; i++) {
        set->items[i] = set->items[i + 1];
        set->items[i]->at = i;
    }
}

void named_drop(struct named_set *set, struct named *item)
{
    tdelete(item, &set->tree, compare);
    set->items[item->at] = set->items[--set->count];
    set->items[item->at]->at = item->at;
}

void named_sweep(struct named_set *set, bool (*over)(const void *item, const void *arg), const void *arg,
                 void (*free_item)(void *item))
{
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++) {
        struct named *item = set->items[i];

        if (over(item, arg)) {
            tdelete(item, &set->tree, compare);
            free_item(item);
            continue;
        }
        item->at = kept;
        set->items[kept++] = item;
    }
    set->count = kept;
}

static void keep(void *node)
{
    (void)node; /* freed with the array */
}

void named_free(struct named_set *set, void (*free_item)(void *item))
{
    tdestroy(set->tree, keep);
    for (size_t i = 0; i < set->count; i++)
        free_item(set->items[i]);
    free(set->items);
    *set = (struct named_set){0};
}

void changes_add(struct changes *changes, void *item, bool *changed)
{
    if (*changed)
        return;
    *changed = true;
    changes->items = ledger_grow(changes->items, changes->count, &changes->size, sizeof *changes->items);
    changes->items[changes->count++] = item;
}
