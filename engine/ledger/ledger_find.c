/* Asking the ledger: containments and questions (budgets, locks, alerts, pauses and ends have their own
 * files). It changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

const struct ledger_row *ledger_find(const struct ledger *ledger, const char *target, const char *action,
                                     const char *provider, const char *place)
{
    ARENA_SCOPED arena = arena_new();
    const struct row_entry *entry =
        ledger_entry_find(ledger, ledger_key(arena, target, action, provider, place));

    return entry ? &entry->row : NULL;
}

const struct ledger_row *ledger_row(const struct ledger *ledger, const char *key)
{
    const struct row_entry *entry = ledger_entry_find(ledger, key);

    return entry ? &entry->row : NULL;
}

size_t ledger_row_count(const struct ledger *ledger)
{
    return ledger->rows.count;
}

const struct ledger_row *ledger_row_at(const struct ledger *ledger, size_t index)
{
    return &((const struct row_entry *)ledger->rows.items[index])->row;
}

size_t ledger_ask_count(const struct ledger *ledger)
{
    return ledger->asks.count;
}

const struct ledger_ask *ledger_ask_at(const struct ledger *ledger, size_t index)
{
    return &((const struct ask_entry *)ledger->asks.items[index])->ask;
}

const struct ledger_ask *ledger_ask_find(const struct ledger *ledger, const char *id)
{
    const struct ask_entry *entry = named_find(&ledger->asks, id);

    return entry ? &entry->ask : NULL;
}

const struct ledger_ask *ledger_hold_open(const struct ledger *ledger, const char *rule)
{
    const struct open_ask *open = named_find(&ledger->open_holds, rule);

    return open ? &open->ask->ask : NULL;
}

char *ledger_ask_next_id(const struct ledger *ledger, char letter, struct arena *arena)
{
    return arena_printf(arena, "%c-%ld", letter, ledger->last_ask[letter - 'A'] + 1);
}
