/* Asking the ledger: containments, budgets, questions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

const struct ledger_row *ledger_find(const struct ledger *ledger, const char *target, const char *action,
                                     const char *provider, const char *place)
{
    ARENA_SCOPED arena = arena_new();
    char *key = ledger_key(arena, target, action, provider, place);

    for (size_t i = 0; i < ledger->row_count; i++)
        if (strcmp(ledger->rows[i]->row.key, key) == 0)
            return ledger->rows[i]->gone ? NULL : &ledger->rows[i]->row;
    return NULL;
}

size_t ledger_row_count(const struct ledger *ledger)
{
    return ledger->row_count;
}

const struct ledger_row *ledger_row_at(const struct ledger *ledger, size_t index)
{
    return &ledger->rows[index]->row;
}

static bool counted_before(const struct ledger *ledger, size_t index, const char *budget, int64_t since_ms)
{
    const struct spend_entry *one = &ledger->spends[index];

    for (size_t i = 0; i < index; i++)
        if (ledger->spends[i].at_ms >= since_ms && strcmp(ledger->spends[i].budget, budget) == 0 &&
            strcmp(ledger->spends[i].target, one->target) == 0)
            return true;
    return false;
}

int64_t ledger_spent(const struct ledger *ledger, const char *budget, int64_t since_ms, const char *run,
                     const char *task, bool *ret_ours)
{
    int64_t count = 0;

    *ret_ours = false;
    for (size_t i = 0; i < ledger->spend_count; i++) {
        const struct spend_entry *one = &ledger->spends[i];

        if (one->at_ms < since_ms || strcmp(one->budget, budget) != 0)
            continue;
        if (strcmp(one->run, run) == 0 && strcmp(one->task, task) == 0)
            *ret_ours = true;
        else if (!counted_before(ledger, i, budget, since_ms))
            count++;
    }
    return count;
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
