/* Questions as rows of their view, and back.
 *
 * A hold may gather thousands: its row has the first members, and each further row some more, so that one
 * more of them doesn't write all of them again. */
#include <string.h>

#include "engine/base/json.h"
#include "engine/ledger/ledger_parts.h"

enum { ROW_MEMBERS = 256 };

static struct value strings(struct arena *arena, const char *const *items, size_t count)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < count; i++)
        value_push(&list, value_static(items[i]));
    return value_end_list(&list);
}

static void put_members(struct value_builder *body, const struct ledger_ask *ask, size_t part)
{
    size_t from = part * ROW_MEMBERS;
    size_t left = ask->member_count - from;
    size_t count = left < ROW_MEMBERS ? left : ROW_MEMBERS;

    if (count) {
        value_put_text(body, "runs", strings(body->arena, ask->runs + from, count));
        value_put_text(body, "tasks", strings(body->arena, ask->tasks + from, count));
        value_put_text(body, "names", strings(body->arena, ask->names + from, count));
    }
}

static void put_ask(struct value_builder *body, const struct ledger_ask *ask)
{
    value_put_text(body, "kind", value_static(ask->kind));
    value_put_text(body, "rule", value_static(ask->rule));
    value_put_text(body, "text", value_static(ask->text));
    value_put_text(body, "digest", value_static(ask->digest));
    if (ask->row) {
        value_put_text(body, "row", value_static(ask->row));
        value_put_text(body, "holder", value_static(ask->holder));
    }
    value_put_text(body, "result", ask->result ? value_static(ask->result) : value_null());
    value_put_text(body, "note", value_static(ask->note));
    value_put_text(body, "by", value_static(ask->by));
}

static char *part_key(struct arena *arena, const char *id, size_t part)
{
    return part ? arena_printf(arena, "%s/%06zu", id, part) : arena_string(arena, id);
}

static void part_row(struct row_list *list, const struct ledger_ask *ask, size_t part)
{
    struct soar_row *row = row_add(list, SOAR_VIEW_ASK, part_key(list->arena, ask->id, part));
    struct value_builder body;

    row->state = ask->open ? "open" : "closed";
    row->at_ms = ask->opened_ms;
    value_build(&body, list->arena);
    if (part)
        value_put_text(&body, "of", value_static(ask->id));
    else
        put_ask(&body, ask);
    value_put_text(&body, "closed", value_int(ask->closed_ms));
    put_members(&body, ask, part);
    row_body(list, row, value_end_map(&body));
}

static size_t part_count(const struct ledger_ask *ask)
{
    return ask->member_count ? (ask->member_count + ROW_MEMBERS - 1) / ROW_MEMBERS : 1;
}

void ask_rows(struct row_list *list, const struct ask_entry *entry, bool whole)
{
    for (size_t part = whole ? 0 : entry->members_seen / ROW_MEMBERS; part < part_count(&entry->ask); part++)
        part_row(list, &entry->ask, part);
}

void ask_gone(struct ledger *ledger, const struct ask_entry *entry)
{
    ARENA_SCOPED arena = arena_new();

    for (size_t part = 0; part < part_count(&entry->ask); part++)
        ledger_gone(ledger, SOAR_VIEW_ASK, part_key(arena, entry->ask.id, part), "");
}

static const char *text_at(const struct value *list, size_t index)
{
    const struct value *item = value_at(list, index);

    return item && item->kind == VALUE_STRING ? item->text : "";
}

static const char *text_of(struct ask_entry *entry, const struct value *body, const char *name)
{
    return arena_string(entry->arena, value_get_string(body, name, ""));
}

static void load_members(struct ask_entry *entry, const struct value *body)
{
    const struct value *runs = value_get(body, "runs");
    const struct value *tasks = value_get(body, "tasks");
    const struct value *names = value_get(body, "names");

    for (size_t i = 0; i < value_count(runs) && i < value_count(tasks) && i < value_count(names); i++)
        ask_join(entry, text_at(runs, i), text_at(tasks, i), text_at(names, i));
    entry->members_seen = entry->ask.member_count;
}

/* Rows come in the order of their keys: the further ones of a question after its first. */
void ask_load(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    const char *of = value_get_string(body, "of", NULL);
    struct ask_entry *entry = ask_make(ledger, of ? of : row->key);
    struct ledger_ask *ask = &entry->ask;

    load_members(entry, body);
    if (of)
        return;
    ask->kind = text_of(entry, body, "kind");
    ask->rule = text_of(entry, body, "rule");
    ask->text = text_of(entry, body, "text");
    ask->digest = text_of(entry, body, "digest");
    ask->row = value_get(body, "row") ? text_of(entry, body, "row") : NULL;
    ask->holder = ask->row ? text_of(entry, body, "holder") : NULL;
    ask->note = text_of(entry, body, "note");
    ask->by = text_of(entry, body, "by");
    ask->result = value_get_string(body, "result", NULL) ? text_of(entry, body, "result") : NULL;
    ask->opened_ms = row->at_ms;
    ask->closed_ms = value_get_int(body, "closed", 0);
    ask_set_open(ledger, entry, strcmp(row->state, "open") == 0);
}

bool ask_row_may_go(const struct soar_row *row, int64_t now_ms)
{
    ARENA_SCOPED arena = arena_new();
    struct value body;
    struct ledger_ask ask = {.open = strcmp(row->state, "open") == 0, .opened_ms = row->at_ms};

    if (json_parse(arena, row->body, strlen(row->body), &body, NULL))
        return false;
    ask.closed_ms = value_get_int(&body, "closed", 0);
    return ask_is_over(&ask, now_ms);
}
