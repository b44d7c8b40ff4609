/* The fold of pauses: whose effects wait, until when, and who said so. */
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

static char *pause_key(struct arena *arena, const char *what, const char *name)
{
    return ledger_join(arena, (const char *const[]){"pause", what, name}, 3);
}

struct pause_entry *pause_set(struct ledger *ledger, const char *key, const struct ledger_pause *pause)
{
    struct pause_entry *entry = named_find(&ledger->pauses, key);
    struct arena *arena = arena_new();

    if (!entry) {
        entry = calloc(1, sizeof *entry);
        char *name = strdup(key);

        if (!entry || !name)
            abort();
        entry->named.name = name;
        named_add(&ledger->pauses, &entry->named);
    }
    arena_free(entry->arena);
    entry->arena = arena;
    entry->pause = (struct ledger_pause){.what = arena_string(arena, pause->what),
                                         .name = arena_string(arena, pause->name),
                                         .until_ms = pause->until_ms,
                                         .since_ms = pause->since_ms,
                                         .by = arena_string(arena, pause->by),
                                         .reason = arena_string(arena, pause->reason)};
    return entry;
}

void pause_free(void *arg)
{
    struct pause_entry *entry = arg;

    arena_free(entry->arena);
    free((char *)entry->named.name);
    free(entry);
}

static void paused(struct ledger *ledger, const struct event *event)
{
    ARENA_SCOPED arena = arena_new();
    struct ledger_pause pause = {.what = value_get_string(&event->body, "what", ""),
                                 .name = value_get_string(&event->body, "name", ""),
                                 .until_ms = value_get_int(&event->body, "until", 0),
                                 .since_ms = event->at_ms,
                                 .by = value_get_string(&event->body, "by", ""),
                                 .reason = value_get_string(&event->body, "reason", "")};
    struct pause_entry *entry = pause_set(ledger, pause_key(arena, pause.what, pause.name), &pause);

    changes_add(&ledger->changed_pauses, entry, &entry->changed);
}

/* Whatever had changed in it is no change of the views any more. */
static void forget(struct ledger *ledger, struct pause_entry *entry)
{
    struct changes *changes = &ledger->changed_pauses;
    size_t kept = 0;

    for (size_t i = 0; i < changes->count; i++)
        if (changes->items[i] != entry)
            changes->items[kept++] = changes->items[i];
    changes->count = kept;
    ledger_gone(ledger, SOAR_VIEW_TIMER, entry->named.name, "");
    named_remove(&ledger->pauses, &entry->named);
    pause_free(entry);
}

void pauses_apply(struct ledger *ledger, const struct event *event)
{
    ARENA_SCOPED arena = arena_new();
    struct pause_entry *entry;

    if (event->kind == EVENT_GUARD_PAUSED)
        paused(ledger, event);
    if (event->kind != EVENT_GUARD_RESET || !value_is_string(value_get(&event->body, "rule"), "pause"))
        return;
    entry = named_find(&ledger->pauses, pause_key(arena, value_get_string(&event->body, "what", ""),
                                                  value_get_string(&event->body, "name", "")));
    if (entry)
        forget(ledger, entry);
}

void pauses_prune(struct ledger *ledger, int64_t now_ms)
{
    for (size_t i = ledger->pauses.count; i-- > 0;) {
        struct pause_entry *entry = (struct pause_entry *)ledger->pauses.items[i];

        if (entry->pause.until_ms <= now_ms)
            forget(ledger, entry);
    }
}

size_t ledger_pause_count(const struct ledger *ledger)
{
    return ledger->pauses.count;
}

const struct ledger_pause *ledger_pause_at(const struct ledger *ledger, size_t index)
{
    return &((const struct pause_entry *)ledger->pauses.items[index])->pause;
}

static bool stops(const struct ledger_pause *pause, const char *playbook, const char *source)
{
    if (strcmp(pause->what, "all") == 0)
        return true;
    if (strcmp(pause->what, "playbook") == 0)
        return playbook && strcmp(pause->name, playbook) == 0;
    return strcmp(pause->what, "source") == 0 && source && strcmp(pause->name, source) == 0;
}

const char *ledger_paused(const struct ledger *ledger, const char *playbook, const char *source,
                          int64_t now_ms)
{
    for (size_t i = 0; i < ledger->pauses.count; i++) {
        const struct ledger_pause *pause = ledger_pause_at(ledger, i);

        if (now_ms < pause->until_ms && stops(pause, playbook, source))
            return strcmp(pause->what, "all") == 0 ? "all" : pause->name;
    }
    return NULL;
}
