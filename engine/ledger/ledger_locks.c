/* Locks: one owner at a time per target and kind of lock, in the order of asking.
 *
 * Each target has a line per kind of lock; only who stands first in a line can be next, so that asking,
 * giving back and handing out cost the same however many wait. A task holds one lock and waits for none while
 * it holds it: there is no deadlock. A lock given back while a lost call may still act on the target is kept
 * until that call's deadline. */
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

#define WHOLE "whole"

struct claim { /* somebody's place in a line, later the lock itself */
    struct line *line;
    struct claim *next, *previous; /* in the line */
    struct claim *other;           /* the next of the same owner */
    void *owner;
    struct timed kept; /* given back, but kept until then */
    uint64_t turn;
    bool granted;
};

struct line { /* one kind of lock of one target */
    struct line *next;
    struct guarded *target;
    char *lock;
    bool whole;
    struct claim *first, *last; /* who waits */
    struct claim *granted;      /* who has it */
    struct claim *kept;         /* lost calls */
};

struct guarded {
    struct named named; /* the target */
    struct line *lines;
    struct guarded *looked; /* the next one that is to be looked at */
    bool to_look;
};

struct owned {
    void *owner;
    struct claim *claims; /* but for those that are kept */
};

struct locks {
    struct named_set targets;
    void *by_owner; /* tsearch(3): struct owned */
    struct heap kept;
    struct guarded *look, **look_end; /* something was given back there */
    uint64_t turn;
};

struct locks *locks_new(void)
{
    struct locks *locks = calloc(1, sizeof *locks);

    if (!locks)
        abort();
    locks->look_end = &locks->look;
    return locks;
}

static void free_claims(struct claim *claim)
{
    while (claim) {
        struct claim *next = claim->next;

        free(claim);
        claim = next;
    }
}

static void free_lines(struct guarded *target)
{
    while (target->lines) {
        struct line *line = target->lines;

        target->lines = line->next;
        free_claims(line->first);
        free_claims(line->granted);
        free_claims(line->kept);
        free(line->lock);
        free(line);
    }
}

static void free_target(void *arg)
{
    struct guarded *target = arg;

    free_lines(target);
    free((char *)target->named.name);
    free(target);
}

void locks_free(struct locks *locks)
{
    tdestroy(locks->by_owner, free);
    named_free(&locks->targets, free_target);
    heap_free(&locks->kept);
    free(locks);
}

static char *copy(const char *text)
{
    char *twin = strdup(text);

    if (!twin)
        abort();
    return twin;
}

static struct line *line_of(struct locks *locks, const char *name, const char *lock)
{
    struct guarded *target = named_find(&locks->targets, name);
    struct line **at;

    if (!target) {
        target = calloc(1, sizeof *target);
        if (!target)
            abort();
        target->named.name = copy(name);
        named_add(&locks->targets, &target->named);
    }
    for (at = &target->lines; *at; at = &(*at)->next)
        if (strcmp((*at)->lock, lock) == 0)
            return *at;
    *at = calloc(1, sizeof **at);
    if (!*at)
        abort();
    **at = (struct line){.target = target, .lock = copy(lock), .whole = strcmp(lock, WHOLE) == 0};
    return *at;
}

static int compare_owners(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct owned *)a)->owner;
    uintptr_t right = (uintptr_t)((const struct owned *)b)->owner;

    return (left > right) - (left < right);
}

static struct owned *owned_by(struct locks *locks, void *owner)
{
    struct owned wanted = {.owner = owner};
    void *node = tfind(&wanted, &locks->by_owner, compare_owners);

    return node ? *(struct owned **)node : NULL;
}

static void own(struct locks *locks, struct claim *claim)
{
    struct owned *owned = owned_by(locks, claim->owner);

    if (!owned) {
        owned = calloc(1, sizeof *owned);
        if (!owned)
            abort();
        owned->owner = claim->owner;
        if (!tsearch(owned, &locks->by_owner, compare_owners))
            abort();
    }
    claim->other = owned->claims;
    owned->claims = claim;
}

static void join(struct claim **first, struct claim **last, struct claim *claim)
{
    claim->previous = last ? *last : NULL;
    claim->next = last ? NULL : *first;
    if (claim->previous)
        claim->previous->next = claim;
    else
        *first = claim;
    if (claim->next)
        claim->next->previous = claim;
    if (last)
        *last = claim;
}

static void leave(struct claim **first, struct claim **last, struct claim *claim)
{
    if (claim->previous)
        claim->previous->next = claim->next;
    else
        *first = claim->next;
    if (claim->next)
        claim->next->previous = claim->previous;
    else if (last)
        *last = claim->previous;
    claim->next = claim->previous = NULL;
}

/* A kept lock doesn't exclude the owner that kept it. */
static bool is_kept_from(const struct line *line, const void *owner)
{
    for (const struct claim *kept = line->kept; kept; kept = kept->next)
        if (kept->owner != owner)
            return true;
    return false;
}

/* Free, and nobody who excludes it stands further ahead. */
static bool may_have(const struct claim *claim)
{
    if (claim->previous)
        return false;
    for (const struct line *line = claim->line->target->lines; line; line = line->next) {
        if (line != claim->line && !line->whole && !claim->line->whole)
            continue;
        if (line->granted || is_kept_from(line, claim->owner) ||
            (line->first && line->first->turn < claim->turn))
            return false;
    }
    return true;
}

static void grant(struct claim *claim)
{
    struct line *line = claim->line;

    leave(&line->first, &line->last, claim);
    join(&line->granted, NULL, claim);
    claim->granted = true;
}

static void look_at(struct locks *locks, struct guarded *target)
{
    if (target->to_look)
        return;
    target->to_look = true;
    target->looked = NULL;
    *locks->look_end = target;
    locks->look_end = &target->looked;
}

static void drop_kept(struct locks *locks, int64_t now_ms)
{
    struct timed *next;

    while ((next = heap_next(&locks->kept)) && next->at_ms <= now_ms) {
        struct claim *claim = (struct claim *)((char *)next - offsetof(struct claim, kept));

        heap_drop(&locks->kept, next);
        leave(&claim->line->kept, NULL, claim);
        look_at(locks, claim->line->target);
        free(claim);
    }
}

bool ledger_lock(struct ledger *ledger, const char *target, const char *lock, void *owner, int64_t now_ms)
{
    struct locks *locks = ledger->locks;
    struct claim *claim = calloc(1, sizeof *claim);

    if (!claim)
        abort();
    drop_kept(locks, now_ms);
    claim->line = line_of(locks, target, lock);
    claim->owner = owner;
    claim->turn = ++locks->turn;
    own(locks, claim);
    join(&claim->line->first, &claim->line->last, claim);
    if (!may_have(claim))
        return false;
    grant(claim);
    return true;
}

static void give_back(struct locks *locks, struct claim *claim, int64_t not_before_ms)
{
    struct line *line = claim->line;
    bool keep = claim->granted && not_before_ms > 0;

    look_at(locks, line->target);
    if (claim->granted)
        leave(&line->granted, NULL, claim);
    else
        leave(&line->first, &line->last, claim);
    if (!keep) {
        free(claim);
        return;
    }
    join(&line->kept, NULL, claim);
    heap_put(&locks->kept, &claim->kept, not_before_ms);
}

void ledger_unlock(struct ledger *ledger, void *owner, int64_t not_before_ms)
{
    struct locks *locks = ledger->locks;
    struct owned *owned = owned_by(locks, owner);

    if (!owned)
        return;
    tdelete(owned, &locks->by_owner, compare_owners);
    while (owned->claims) {
        struct claim *claim = owned->claims;

        owned->claims = claim->other;
        give_back(locks, claim, not_before_ms);
    }
    free(owned);
}

/* The first in line who may have it; of several, who asked first. */
static struct claim *next_of(const struct guarded *target)
{
    struct claim *next = NULL;

    for (const struct line *line = target->lines; line; line = line->next)
        if (line->first && (!next || line->first->turn < next->turn) && may_have(line->first))
            next = line->first;
    return next;
}

static bool is_empty(const struct guarded *target)
{
    for (const struct line *line = target->lines; line; line = line->next)
        if (line->first || line->granted || line->kept)
            return false;
    return true;
}

void *ledger_granted(struct ledger *ledger, int64_t now_ms)
{
    struct locks *locks = ledger->locks;

    drop_kept(locks, now_ms);
    while (locks->look) {
        struct guarded *target = locks->look;
        struct claim *claim = next_of(target);

        if (claim) {
            grant(claim);
            return claim->owner;
        }
        locks->look = target->looked;
        if (!locks->look)
            locks->look_end = &locks->look;
        target->to_look = false;
        if (is_empty(target)) {
            named_drop(&locks->targets, &target->named);
            free_target(target);
        }
    }
    return NULL;
}

int64_t ledger_lock_due(const struct ledger *ledger)
{
    const struct timed *next = heap_next(&ledger->locks->kept);

    return next ? next->at_ms : INT64_MAX;
}
