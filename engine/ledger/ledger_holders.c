/* Who holds a row, until when, and which of them comes to its end next.
 *
 * A holder whose time has come is nobody's business while a question about it is open or a release is at it;
 * when that release has ended and the holder is still there, it comes up again, and the release's name with
 * it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

static struct ledger_holder *shown(const struct holder_entry *holder)
{
    return &holder->row->holders[holder->named.at];
}

struct holder_entry *holder_find(const struct row_entry *entry, const char *run)
{
    return named_find(&entry->by_run, run);
}

static void holder_changed(struct ledger *ledger, struct holder_entry *holder)
{
    if (!ledger->loading)
        changes_add(&ledger->changed_holders, holder, &holder->changed);
}

static void await_end(struct ledger *ledger, struct holder_entry *holder)
{
    int64_t until_ms = shown(holder)->until_ms;

    if (until_ms > 0 && !holder->asked && !holder->release)
        heap_put(&ledger->ends, &holder->end, until_ms);
    else
        heap_drop(&ledger->ends, &holder->end);
}

/* A question is about this run's hold on this row. */
static char *ends_name(struct arena *arena, const char *key, const char *run)
{
    return arena_printf(arena, "%s/%s", key, run);
}

struct holder_entry *holder_add(struct ledger *ledger, struct row_entry *entry, const char *run,
                                int64_t since_ms)
{
    ARENA_SCOPED arena = arena_new();
    struct holder_entry *holder = holder_find(entry, run);

    if (holder)
        return holder;
    holder = calloc(1, sizeof *holder);
    char *name = strdup(run);

    if (!holder || !name)
        abort();
    *holder = (struct holder_entry){.named.name = name, .row = entry};
    named_add(&entry->by_run, &holder->named);
    entry->holders =
        ledger_grow(entry->holders, entry->row.holder_count, &entry->holder_size, sizeof *entry->holders);
    entry->holders[entry->row.holder_count++] = (struct ledger_holder){.run = name, .since_ms = since_ms};
    entry->row.holders = entry->holders;
    holder->asked = named_find(&ledger->open_ends, ends_name(arena, entry->row.key, run)) != NULL;
    holder_changed(ledger, holder);
    return holder;
}

void holder_until(struct ledger *ledger, struct holder_entry *holder, int64_t until_ms)
{
    shown(holder)->until_ms = until_ms;
    await_end(ledger, holder);
    holder_changed(ledger, holder);
}

static void leave_release(struct ledger *ledger, struct holder_entry *holder)
{
    struct release *release = holder->release;

    if (!release)
        return;
    if (holder->previous)
        holder->previous->next = holder->next;
    else
        release->first = holder->next;
    if (holder->next)
        holder->next->previous = holder->previous;
    holder->next = holder->previous = NULL;
    holder->release = NULL;
    shown(holder)->release = NULL;
    if (release->first)
        return;
    named_drop(&ledger->releases, &release->named);
    free(release);
}

/* Its texts are borrowed by whoever looks at the row: they live until the views have seen that it went. */
void holder_forget(struct ledger *ledger, struct holder_entry *holder)
{
    struct row_entry *entry = holder->row;
    size_t at = holder->named.at;

    leave_release(ledger, holder);
    heap_drop(&ledger->ends, &holder->end);
    named_remove(&entry->by_run, &holder->named);
    entry->row.holder_count--;
    memmove(entry->holders + at, entry->holders + at + 1,
            (entry->row.holder_count - at) * sizeof *entry->holders);
    changes_add(&ledger->gone_holders, holder, &holder->gone);
}

void holder_asked(struct ledger *ledger, const char *key, const char *run, bool asked)
{
    struct row_entry *entry = ledger_entry_find(ledger, key);
    struct holder_entry *holder = entry ? holder_find(entry, run) : NULL;

    if (!holder)
        return;
    holder->asked = asked;
    await_end(ledger, holder);
}

static struct release *release_make(struct ledger *ledger, const char *run)
{
    struct release *release = named_find(&ledger->releases, run);
    size_t len = strlen(run) + 1;

    if (release)
        return release;
    release = calloc(1, sizeof *release + len);
    if (!release)
        abort();
    release->named.name = memcpy(release + 1, run, len);
    named_add(&ledger->releases, &release->named);
    return release;
}

void holder_release(struct ledger *ledger, struct holder_entry *holder, const char *run)
{
    struct release *release;

    if (holder->release && strcmp(holder->release->named.name, run) == 0)
        return;
    leave_release(ledger, holder); /* the latest one is at it */
    release = release_make(ledger, run);
    holder->release = release;
    holder->next = release->first;
    if (release->first)
        release->first->previous = holder;
    release->first = holder;
    shown(holder)->release = release->named.name;
    await_end(ledger, holder);
    holder_changed(ledger, holder);
}

void holder_failed(struct holder_entry *holder, const char *run)
{
    free(holder->failed);
    holder->failed = strdup(run);
    if (!holder->failed)
        abort();
    shown(holder)->failed = holder->failed;
}

void release_ended(struct ledger *ledger, const char *run)
{
    struct release *release;

    while ((release = named_find(&ledger->releases, run))) { /* gone with its last holder */
        struct holder_entry *holder = release->first;

        leave_release(ledger, holder);
        holder_failed(holder, run);
        await_end(ledger, holder);
        holder_changed(ledger, holder);
    }
}

void holder_free(void *arg)
{
    struct holder_entry *holder = arg;

    free((char *)holder->named.name);
    free(holder->failed);
    free(holder);
}

static struct holder_entry *next_end(const struct ledger *ledger)
{
    struct timed *next = heap_next(&ledger->ends);

    return next ? (struct holder_entry *)((char *)next - offsetof(struct holder_entry, end)) : NULL;
}

const struct ledger_row *ledger_ended(const struct ledger *ledger, int64_t now_ms,
                                      const struct ledger_holder **ret_holder)
{
    const struct holder_entry *holder = next_end(ledger);

    if (!holder || holder->end.at_ms > now_ms)
        return NULL;
    *ret_holder = shown(holder);
    return &holder->row->row;
}

void ledger_end_later(struct ledger *ledger, const char *key, const char *run, int64_t at_ms)
{
    struct row_entry *entry = ledger_entry_find(ledger, key);
    struct holder_entry *holder = entry ? holder_find(entry, run) : NULL;

    if (holder && holder->end.place)
        heap_put(&ledger->ends, &holder->end, at_ms);
}

int64_t ledger_ends_due(const struct ledger *ledger)
{
    const struct timed *next = heap_next(&ledger->ends);

    return next ? next->at_ms : INT64_MAX;
}
