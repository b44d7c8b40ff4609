/* The fold of evidence: which ids were given, and what became of each. Nothing of it is ever dropped, so no
 * id is given twice. As a row, and back. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/ledger/ledger_parts.h"

static const char *state_of(const struct event *event)
{
    if (event->kind == EVENT_EVIDENCE_BEGUN)
        return "begun";
    return value_get_bool(&event->body, "whole", false) ? "whole" : "partial";
}

static struct evidence_entry *entry_of(struct ledger *ledger, const char *id)
{
    struct evidence_entry *entry = named_find(&ledger->evidence, id);

    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        abort();
    entry->arena = arena_new();
    entry->named.name = arena_string(entry->arena, id);
    named_add(&ledger->evidence, &entry->named);
    long number = strncmp(id, "E-", 2) == 0 ? strtol(id + 2, NULL, 10) : 0;

    if (number > ledger->last_evidence)
        ledger->last_evidence = number;
    return entry;
}

static void put(struct value_builder *row, const struct value *body, const char *name)
{
    const struct value *value = value_get(body, name);

    if (value)
        value_put_text(row, name, *value);
}

/* What a list shows. A manifest says the rest. */
static const char *row_text(struct evidence_entry *entry, const struct event *event)
{
    static const char *const begun[] = {"name", "form", "action", "provider", "function"};
    static const char *const kept[] = {"why",           "bytes", "sha256",       "stored_bytes",
                                       "stored_sha256", "file",  "record_sha256"};
    ARENA_SCOPED arena = arena_new();
    struct value_builder row;
    struct value before = value_null();

    if (entry->body && json_parse(arena, entry->body, strlen(entry->body), &before, NULL))
        before = value_null();
    value_build(&row, arena);
    if (event->kind == EVENT_EVIDENCE_BEGUN) {
        value_put_text(&row, "step", value_static(event->step));
        value_put_text(&row, "target", value_static(event->target));
        for (size_t i = 0; i < sizeof begun / sizeof *begun; i++)
            put(&row, &event->body, begun[i]);
    } else {
        for (size_t i = 0; i < value_count(&before); i++)
            value_put(&row, before.map->keys[i], before.map->values[i]);
        value_put_text(&row, "kept", value_int(event->at_ms));
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            put(&row, &event->body, kept[i]);
    }
    struct value map = value_end_map(&row);

    return arena_string(entry->arena, json_text(arena, &map));
}

void evidence_apply(struct ledger *ledger, const struct event *event)
{
    const char *id = value_get_string(&event->body, "evidence", "");

    if ((event->kind != EVENT_EVIDENCE_BEGUN && event->kind != EVENT_EVIDENCE_KEPT) || !*id)
        return;
    struct evidence_entry *entry = entry_of(ledger, id);

    if (!entry->run) {
        entry->run = arena_string(entry->arena, event->run);
        entry->begun_ms = event->at_ms;
    }
    entry->body = row_text(entry, event);
    entry->state = state_of(event);
    changes_add(&ledger->changed_evidence, entry, &entry->changed);
}

void evidence_free(void *arg)
{
    struct evidence_entry *entry = arg;

    arena_free(entry->arena);
    free(entry);
}

char *ledger_evidence_next_id(const struct ledger *ledger, struct arena *arena)
{
    return arena_printf(arena, "E-%ld", ledger->last_evidence + 1);
}

void evidence_row(struct row_list *list, const struct evidence_entry *entry)
{
    struct soar_row *row = row_add(list, SOAR_VIEW_EVIDENCE, entry->named.name);

    row->run = arena_string(list->arena, entry->run);
    row->state = entry->state;
    row->at_ms = entry->begun_ms;
    row->body = arena_string(list->arena, entry->body);
}

void evidence_load(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    static const char *const states[] = {"begun", "whole", "partial"};
    struct evidence_entry *entry = entry_of(ledger, row->key);

    (void)body;
    entry->run = arena_string(entry->arena, row->run);
    entry->body = arena_string(entry->arena, row->body);
    entry->begun_ms = row->at_ms;
    entry->state = "begun";
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(row->state, states[i]) == 0)
            entry->state = states[i];
}
