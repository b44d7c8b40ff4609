/* Asking the ledger: containments and questions (budgets: ledger_spend.c). It changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

const struct ledger_row *ledger_find(const struct ledger *ledger, const char *target, const char *action,
                                     const char *provider, const char *place)
{
    ARENA_SCOPED arena = arena_new();
    char *key = ledger_key(arena, target, action, provider, place);

    const struct row_entry *entry = ledger_entry_find(ledger, key);

    return entry && !entry->gone ? &entry->row : NULL;
}

size_t ledger_row_count(const struct ledger *ledger)
{
    return ledger->row_count;
}

const struct ledger_row *ledger_row_at(const struct ledger *ledger, size_t index)
{
    return &ledger->rows[index]->row;
}

size_t ledger_ask_count(const struct ledger *ledger)
{
    return ledger->ask_count;
}

const struct ledger_ask *ledger_ask_at(const struct ledger *ledger, size_t index)
{
    return &ledger->asks[index]->ask;
}

const struct ledger_ask *ledger_ask_find(const struct ledger *ledger, const char *id)
{
    for (size_t i = 0; i < ledger->ask_count; i++)
        if (strcmp(ledger->asks[i]->ask.id, id) == 0)
            return &ledger->asks[i]->ask;
    return NULL;
}

const struct ledger_ask *ledger_hold_open(const struct ledger *ledger, const char *rule)
{
    for (size_t i = 0; i < ledger->ask_count; i++) {
        const struct ledger_ask *ask = &ledger->asks[i]->ask;

        if (ask->open && strcmp(ask->kind, "hold") == 0 && strcmp(ask->rule, rule) == 0)
            return ask;
    }
    return NULL;
}

char *ledger_ask_next_id(const struct ledger *ledger, char letter, struct arena *arena)
{
    long highest = 0;

    for (size_t i = 0; i < ledger->ask_count; i++) {
        const char *id = ledger->asks[i]->ask.id;

        if (id[0] == letter && id[1] == '-' && strtol(id + 2, NULL, 10) > highest)
            highest = strtol(id + 2, NULL, 10);
    }
    return arena_printf(arena, "%c-%ld", letter, highest + 1);
}
