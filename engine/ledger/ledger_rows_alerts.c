/* Dedup keys, answered requests and pauses as rows of their views, and back. */
#include <string.h>

#include "engine/base/json.h"
#include "engine/ledger/ledger_parts.h"

void taken_row(struct row_list *list, const struct taken *taken)
{
    struct soar_row *row = row_add(list, SOAR_VIEW_DEDUP, taken->named.name);

    row->run = arena_string(list->arena, taken->run);
    row->state = "taken";
    row->at_ms = taken->until_ms;
    row->body = arena_printf(list->arena, "{\"severity\":%lld}", (long long)taken->severity);
}

/* Its body is that of the event. */
void heard_row(struct row_list *list, const struct heard *heard)
{
    struct soar_row *row = row_add(list, SOAR_VIEW_DEDUP, heard->named.name);

    row->state = "heard";
    row->at_ms = heard->until_ms;
    row->body = arena_string(list->arena, heard->body);
}

void dedup_load(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    if (strcmp(row->state, "heard") == 0)
        heard_set(ledger, row->key, row->body, row->at_ms, (size_t)value_get_int(body, "of", 1));
    else
        taken_set(ledger, row->key, row->run, row->at_ms, value_get_int(body, "severity", 0));
}

void pause_row(struct row_list *list, const struct pause_entry *entry)
{
    struct soar_row *row = row_add(list, SOAR_VIEW_TIMER, entry->named.name);
    struct value_builder body;

    row->state = "pause";
    row->at_ms = entry->pause.until_ms;
    value_build(&body, list->arena);
    value_put_text(&body, "what", value_static(entry->pause.what));
    value_put_text(&body, "name", value_static(entry->pause.name));
    value_put_text(&body, "since", value_int(entry->pause.since_ms));
    value_put_text(&body, "by", value_static(entry->pause.by));
    value_put_text(&body, "reason", value_static(entry->pause.reason));
    row_body(list, row, value_end_map(&body));
}

/* Other timers of that view are not the ledger's. */
void pause_load(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    struct ledger_pause pause = {.what = value_get_string(body, "what", ""),
                                 .name = value_get_string(body, "name", ""),
                                 .until_ms = row->at_ms,
                                 .since_ms = value_get_int(body, "since", 0),
                                 .by = value_get_string(body, "by", ""),
                                 .reason = value_get_string(body, "reason", "")};

    if (strcmp(row->state, "pause") == 0)
        pause_set(ledger, row->key, &pause);
}
