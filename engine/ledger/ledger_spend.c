/* Budgets: who spent what, when. Of each budget a task spends once, and each target counts once in a window.
 *
 * Entries stand in the order of time, so that a question walks its window alone, however long the history is;
 * what was loaded comes in the order of keys and is sorted when it is first asked for. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

struct spend_target { /* each name once: its mark says that this question has counted it */
    const char *name;
    uint64_t mark;
};

struct spend_entry {
    const char *budget;
    struct spend_target *target;
    const char *run;
    const char *task;
    int64_t at_ms;
    bool unseen; /* by the views */
};

struct spends {
    struct arena *arena;
    struct spend_entry **items;
    size_t count, size;
    struct spend_entry **unseen;
    size_t unseen_count, unseen_size;
    bool sorted;
    uint64_t mark;
    void *by_task;   /* tsearch(3) */
    void *by_target; /* tsearch(3) */
};

static int compare_tasks(const void *a, const void *b)
{
    const struct spend_entry *left = a;
    const struct spend_entry *right = b;
    int order = strcmp(left->run, right->run);

    if (!order)
        order = strcmp(left->task, right->task);
    return order ? order : strcmp(left->budget, right->budget);
}

static int compare_targets(const void *a, const void *b)
{
    return strcmp(((const struct spend_target *)a)->name, ((const struct spend_target *)b)->name);
}

static int compare_times(const void *a, const void *b)
{
    const struct spend_entry *left = *(struct spend_entry *const *)a;
    const struct spend_entry *right = *(struct spend_entry *const *)b;

    return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

struct spends *spends_new(void)
{
    struct spends *spends = calloc(1, sizeof *spends);

    if (!spends)
        abort();
    spends->arena = arena_new();
    spends->sorted = true;
    return spends;
}

static void keep(void *node)
{
    (void)node; /* the arena has it */
}

void spends_free(struct spends *spends)
{
    tdestroy(spends->by_task, keep);
    tdestroy(spends->by_target, keep);
    free(spends->items);
    free(spends->unseen);
    arena_free(spends->arena);
    free(spends);
}

static void *found_in(void **tree, const void *item, int (*compare)(const void *, const void *))
{
    void *node = tsearch(item, tree, compare);

    if (!node)
        abort();
    return *(void **)node;
}

static struct spend_target *target_of(struct spends *spends, const char *name)
{
    struct spend_target wanted = {.name = name};
    void *node = tfind(&wanted, &spends->by_target, compare_targets);
    struct spend_target *target;

    if (node)
        return *(struct spend_target **)node;
    target = arena_alloc(spends->arena, sizeof *target);
    target->name = arena_string(spends->arena, name);
    return found_in(&spends->by_target, target, compare_targets);
}

bool spends_add(struct spends *spends, const char *budget, const char *target, const char *run,
                const char *task, int64_t at_ms, bool unseen)
{
    struct spend_entry wanted = {.budget = budget, .run = run, .task = task};
    struct spend_entry *entry;

    if (tfind(&wanted, &spends->by_task, compare_tasks))
        return false;
    entry = arena_alloc(spends->arena, sizeof *entry);
    *entry = (struct spend_entry){.budget = arena_string(spends->arena, budget),
                                  .target = target_of(spends, target),
                                  .run = arena_string(spends->arena, run),
                                  .task = arena_string(spends->arena, task),
                                  .at_ms = at_ms,
                                  .unseen = unseen};
    found_in(&spends->by_task, entry, compare_tasks);
    if (spends->count && spends->items[spends->count - 1]->at_ms > at_ms)
        spends->sorted = false;
    spends->items = ledger_grow(spends->items, spends->count, &spends->size, sizeof *spends->items);
    spends->items[spends->count++] = entry;
    if (unseen) {
        spends->unseen =
            ledger_grow(spends->unseen, spends->unseen_count, &spends->unseen_size, sizeof *spends->unseen);
        spends->unseen[spends->unseen_count++] = entry;
    }
    return true;
}

static void sort(struct spends *spends)
{
    if (!spends->sorted)
        qsort(spends->items, spends->count, sizeof *spends->items, compare_times);
    spends->sorted = true;
}

int64_t ledger_spent(const struct ledger *ledger, const char *budget, int64_t since_ms, const char *run,
                     const char *task, bool *ret_ours)
{
    struct spends *spends = ledger->spends;
    int64_t count = 0;

    *ret_ours = false;
    sort(spends);
    spends->mark++;
    for (size_t i = spends->count; i-- > 0 && spends->items[i]->at_ms >= since_ms;) {
        const struct spend_entry *one = spends->items[i];

        if (strcmp(one->budget, budget) != 0)
            continue;
        if (strcmp(one->task, task) == 0 && strcmp(one->run, run) == 0) {
            *ret_ours = true;
        } else if (one->target->mark != spends->mark) {
            one->target->mark = spends->mark;
            count++;
        }
    }
    return count;
}

static struct spend spend_of(const struct spend_entry *entry)
{
    return (struct spend){entry->budget, entry->target->name, entry->run, entry->task, entry->at_ms};
}

void spends_each(struct spends *spends, bool unseen, spend_fn fn, void *arg)
{
    struct spend_entry **items = unseen ? spends->unseen : spends->items;
    size_t count = unseen ? spends->unseen_count : spends->count;

    for (size_t i = 0; i < count; i++) {
        struct spend spend = spend_of(items[i]);

        fn(arg, &spend);
        items[i]->unseen = items[i]->unseen && !unseen;
    }
    if (unseen)
        spends->unseen_count = 0;
}

char *spend_key(struct arena *arena, const struct spend *spend)
{
    return arena_printf(arena, "%s/%s/%s", spend->budget, spend->run, spend->task);
}

/* Those that stay move to new memory; so it is done when at least half may go. */
void spends_prune(struct ledger *ledger, int64_t before_ms)
{
    struct spends *old = ledger->spends;
    size_t over = 0;

    sort(old);
    while (over < old->count && old->items[over]->at_ms < before_ms)
        over++;
    if (over == 0 || over < old->count / 2)
        return;
    ledger->spends = spends_new();
    for (size_t i = 0; i < old->count; i++) {
        ARENA_SCOPED arena = arena_new();
        const struct spend_entry *entry = old->items[i];
        struct spend spend = spend_of(entry);

        if (i >= over || entry->unseen)
            spends_add(ledger->spends, spend.budget, spend.target, spend.run, spend.task, spend.at_ms,
                       entry->unseen);
        else
            ledger_gone(ledger, SOAR_VIEW_SPEND, spend_key(arena, &spend), spend.run);
    }
    spends_free(old);
}
