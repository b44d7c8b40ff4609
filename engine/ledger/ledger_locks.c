/* Locks: one owner at a time per target and kind of lock, in the order of asking.
 *
 * A task holds one lock and waits for none while it holds it: there is no deadlock. A lock given back while a
 * lost call may still act on the target is kept until that call's deadline. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

#define WHOLE "whole"

static bool excludes(const struct lock_entry *a, const char *target, const char *lock)
{
    if (strcmp(a->target, target) != 0)
        return false;
    return strcmp(a->lock, lock) == 0 || strcmp(a->lock, WHOLE) == 0 || strcmp(lock, WHOLE) == 0;
}

static void drop(struct ledger *ledger, size_t index)
{
    free(ledger->locks[index].target);
    free(ledger->locks[index].lock);
    memmove(ledger->locks + index, ledger->locks + index + 1,
            (ledger->lock_count - index - 1) * sizeof *ledger->locks);
    ledger->lock_count--;
}

static void drop_kept(struct ledger *ledger, int64_t now_ms)
{
    for (size_t i = ledger->lock_count; i-- > 0;)
        if (ledger->locks[i].until_ms && ledger->locks[i].until_ms <= now_ms)
            drop(ledger, i);
}

/* Free, and nobody who excludes it stands further ahead in line. A kept lock doesn't exclude the owner that
 * kept it. */
static bool may_have(const struct ledger *ledger, const struct lock_entry *wanted)
{
    for (size_t i = 0; i < ledger->lock_count; i++) {
        const struct lock_entry *other = &ledger->locks[i];

        if (other == wanted || !excludes(other, wanted->target, wanted->lock))
            continue;
        if (other->until_ms ? other->owner != wanted->owner : other->turn < wanted->turn || other->granted)
            return false;
    }
    return true;
}

bool ledger_lock(struct ledger *ledger, const char *target, const char *lock, void *owner, int64_t now_ms)
{
    struct lock_entry *entry;

    drop_kept(ledger, now_ms);
    ledger->locks = ledger_grow(ledger->locks, ledger->lock_count, &ledger->lock_size, sizeof *ledger->locks);
    entry = &ledger->locks[ledger->lock_count++];
    *entry = (struct lock_entry){
        .target = strdup(target), .lock = strdup(lock), .owner = owner, .turn = ++ledger->turn};
    entry->granted = entry->told = may_have(ledger, entry);
    return entry->granted;
}

void ledger_unlock(struct ledger *ledger, void *owner, int64_t not_before_ms)
{
    for (size_t i = ledger->lock_count; i-- > 0;) {
        struct lock_entry *entry = &ledger->locks[i];

        if (entry->owner != owner || entry->until_ms)
            continue;
        if (entry->granted && not_before_ms > 0)
            entry->until_ms = not_before_ms;
        else
            drop(ledger, i);
    }
}

void *ledger_granted(struct ledger *ledger, int64_t now_ms)
{
    drop_kept(ledger, now_ms);
    for (size_t i = 0; i < ledger->lock_count; i++) {
        struct lock_entry *entry = &ledger->locks[i];

        if (entry->until_ms || entry->told || !may_have(ledger, entry))
            continue;
        entry->granted = entry->told = true;
        return entry->owner;
    }
    return NULL;
}

int64_t ledger_lock_due(const struct ledger *ledger)
{
    int64_t due = INT64_MAX;

    for (size_t i = 0; i < ledger->lock_count; i++)
        if (ledger->locks[i].until_ms && ledger->locks[i].until_ms < due)
            due = ledger->locks[i].until_ms;
    return due;
}
