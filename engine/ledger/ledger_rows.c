/* The ledger as rows of the views, and back: what a start loads, and what `journal verify` compares.
 * The two directions stand side by side, so that a field can't be written and not read. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/ledger/ledger_parts.h"

struct row_list {
    struct arena *arena;
    struct soar_row *rows;
    size_t count;
    size_t size;
};

static struct soar_row *add(struct row_list *list, enum soar_view view, const char *key)
{
    list->rows = arena_grow(list->arena, list->rows, list->count, &list->size, sizeof *list->rows);
    struct soar_row *row = &list->rows[list->count++];

    *row = (struct soar_row){
        .view = view, .key = arena_string(list->arena, key), .run = "", .state = "", .body = "{}"};
    return row;
}

static char *joined(struct arena *arena, const char *a, const char *b)
{
    return arena_printf(arena, "%s/%s", a, b);
}

static void holder_rows(struct row_list *list, const struct row_entry *entry)
{
    for (size_t i = 0; i < entry->row.holder_count; i++) {
        const struct ledger_holder *holder = &entry->holders[i];
        struct soar_row *row = add(list, SOAR_VIEW_HOLDER, joined(list->arena, entry->row.key, holder->run));

        row->run = arena_string(list->arena, holder->run);
        row->at_ms = holder->until_ms;
        row->gone = entry->gone;
        row->body = arena_printf(list->arena, "{\"since\":%lld}", (long long)holder->since_ms);
    }
}

static void containment_row(struct row_list *list, const struct row_entry *entry)
{
    const struct ledger_row *from = &entry->row;
    struct soar_row *row = add(list, SOAR_VIEW_CONTAINMENT, from->key);
    struct value_builder body;
    struct value map;

    row->state = from->held ? "held" : "perhaps";
    row->at_ms = from->since_ms;
    row->gone = entry->gone;
    value_build(&body, list->arena);
    value_put_text(&body, "target", value_static(from->target));
    value_put_text(&body, "name", value_static(from->name));
    value_put_text(&body, "action", value_static(from->action));
    value_put_text(&body, "provider", value_static(from->provider));
    value_put_text(&body, "place", value_static(from->place));
    value_put_text(&body, "pack", value_static(from->pack));
    value_put_text(&body, "ours", value_bool(from->ours));
    value_put_text(&body, "seen", value_int(from->seen_ms));
    value_put_text(&body, "prior", from->prior);
    value_put_text(&body, "kept", from->kept);
    value_put_text(&body, "args", from->args);
    value_put_text(&body, "host", from->host);
    map = value_end_map(&body);
    row->body = json_text(list->arena, &map);
    holder_rows(list, entry);
}

static struct value strings(struct arena *arena, const char *const *items, size_t count)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < count; i++)
        value_push(&list, value_static(items[i]));
    return value_end_list(&list);
}

static void ask_row(struct row_list *list, const struct ledger_ask *ask)
{
    struct soar_row *row = add(list, SOAR_VIEW_ASK, ask->id);
    struct value_builder body;
    struct value map;

    row->state = ask->open ? "open" : "closed";
    row->at_ms = ask->opened_ms;
    value_build(&body, list->arena);
    value_put_text(&body, "kind", value_static(ask->kind));
    value_put_text(&body, "rule", value_static(ask->rule));
    value_put_text(&body, "text", value_static(ask->text));
    value_put_text(&body, "result", ask->result ? value_static(ask->result) : value_null());
    value_put_text(&body, "note", value_static(ask->note));
    value_put_text(&body, "by", value_static(ask->by));
    value_put_text(&body, "runs", strings(list->arena, ask->runs, ask->member_count));
    value_put_text(&body, "tasks", strings(list->arena, ask->tasks, ask->member_count));
    value_put_text(&body, "names", strings(list->arena, ask->names, ask->member_count));
    map = value_end_map(&body);
    row->body = json_text(list->arena, &map);
}

static void spend_row(void *arg, const struct spend *spend)
{
    struct row_list *list = arg;
    struct soar_row *row = add(list, SOAR_VIEW_SPEND,
                               arena_printf(list->arena, "%s/%s/%s", spend->budget, spend->run, spend->task));
    struct value_builder body;
    struct value map;

    row->run = arena_string(list->arena, spend->run);
    row->at_ms = spend->at_ms;
    value_build(&body, list->arena);
    value_put_text(&body, "budget", value_static(spend->budget));
    value_put_text(&body, "target", value_static(spend->target));
    value_put_text(&body, "task", value_static(spend->task));
    map = value_end_map(&body);
    row->body = json_text(list->arena, &map);
}

static void gone_holders(struct ledger *ledger, struct row_list *list)
{
    for (size_t i = 0; i < ledger->gone_count; i++) {
        struct soar_row *row =
            add(list, SOAR_VIEW_HOLDER, joined(list->arena, ledger->gone[i].key, ledger->gone[i].run));

        row->run = arena_string(list->arena, ledger->gone[i].run);
        row->gone = true;
        free(ledger->gone[i].key);
        free(ledger->gone[i].run);
    }
    ledger->gone_count = 0;
}

void ledger_rows(struct ledger *ledger, struct arena *arena, struct soar_row **ret_rows, size_t *ret_count)
{
    struct row_list list = {.arena = arena};

    gone_holders(ledger, &list);
    for (size_t i = ledger->row_count; i-- > 0;) {
        struct row_entry *entry = ledger->rows[i];

        if (!entry->changed)
            continue;
        entry->changed = false;
        containment_row(&list, entry);
        if (entry->gone)
            ledger_entry_drop(ledger, i);
    }
    for (size_t i = 0; i < ledger->ask_count; i++)
        if (ledger->asks[i]->changed) {
            ledger->asks[i]->changed = false;
            ask_row(&list, &ledger->asks[i]->ask);
        }
    spends_each(ledger->spends, true, spend_row, &list);
    *ret_rows = list.rows;
    *ret_count = list.count;
}

void ledger_all_rows(struct ledger *ledger, struct arena *arena, struct soar_row **ret_rows,
                     size_t *ret_count)
{
    struct row_list list = {.arena = arena};

    for (size_t i = 0; i < ledger->row_count; i++)
        if (!ledger->rows[i]->gone)
            containment_row(&list, ledger->rows[i]);
    for (size_t i = 0; i < ledger->ask_count; i++)
        ask_row(&list, &ledger->asks[i]->ask);
    spends_each(ledger->spends, false, spend_row, &list);
    *ret_rows = list.rows;
    *ret_count = list.count;
}

static struct value field(struct row_entry *entry, const struct value *body, const char *name)
{
    const struct value *value = value_get(body, name);

    return value ? value_copy(entry->arena, value) : value_null();
}

static void load_containment(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    struct row_entry *entry = ledger_entry(ledger, row->key);
    struct ledger_row *to = &entry->row;

    to->target = arena_string(entry->arena, value_get_string(body, "target", ""));
    to->name = arena_string(entry->arena, value_get_string(body, "name", ""));
    to->action = arena_string(entry->arena, value_get_string(body, "action", ""));
    to->provider = arena_string(entry->arena, value_get_string(body, "provider", ""));
    to->place = arena_string(entry->arena, value_get_string(body, "place", ""));
    to->pack = arena_string(entry->arena, value_get_string(body, "pack", ""));
    to->held = strcmp(row->state, "held") == 0;
    to->ours = value_get_bool(body, "ours", true);
    to->since_ms = row->at_ms;
    to->seen_ms = value_get_int(body, "seen", 0);
    to->prior = field(entry, body, "prior");
    to->kept = field(entry, body, "kept");
    to->args = field(entry, body, "args");
    to->host = field(entry, body, "host");
}

static void load_holder(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    size_t len = strlen(row->key);
    size_t tail = strlen(row->run) + 1;
    ARENA_SCOPED arena = arena_new();

    if (len <= tail)
        return;
    ledger_add_holder(ledger_entry(ledger, arena_copy(arena, row->key, len - tail)), row->run,
                      value_get_int(body, "since", 0), row->at_ms);
}

static const char *text_at(const struct value *list, size_t index)
{
    const struct value *item = value_at(list, index);

    return item && item->kind == VALUE_STRING ? item->text : "";
}

static void load_ask(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    struct ask_entry *entry = ledger_ask_make(ledger, row->key);
    const struct value *runs = value_get(body, "runs");
    const struct value *tasks = value_get(body, "tasks");
    const struct value *names = value_get(body, "names");
    const char *result = value_get_string(body, "result", NULL);

    entry->ask.kind = arena_string(entry->arena, value_get_string(body, "kind", ""));
    entry->ask.rule = arena_string(entry->arena, value_get_string(body, "rule", ""));
    entry->ask.text = arena_string(entry->arena, value_get_string(body, "text", ""));
    entry->ask.note = arena_string(entry->arena, value_get_string(body, "note", ""));
    entry->ask.by = arena_string(entry->arena, value_get_string(body, "by", ""));
    entry->ask.result = result ? arena_string(entry->arena, result) : NULL;
    entry->ask.open = strcmp(row->state, "open") == 0;
    entry->ask.opened_ms = row->at_ms;
    for (size_t i = 0; i < value_count(runs) && i < value_count(tasks) && i < value_count(names); i++)
        ledger_ask_join(entry, text_at(runs, i), text_at(tasks, i), text_at(names, i));
}

int ledger_load(struct ledger *ledger, const struct soar_row *row, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct value body;

    if (json_parse(arena, row->body, strlen(row->body), &body, err)) {
        if (err)
            err->class = SOAR_PERMANENT;
        return soar_err_wrap(err, "view %s, row %s", soar_view_name(row->view), row->key);
    }
    if (row->view == SOAR_VIEW_CONTAINMENT)
        load_containment(ledger, row, &body);
    else if (row->view == SOAR_VIEW_HOLDER)
        load_holder(ledger, row, &body);
    else if (row->view == SOAR_VIEW_ASK)
        load_ask(ledger, row, &body);
    else if (row->view == SOAR_VIEW_SPEND)
        spends_add(ledger->spends, value_get_string(&body, "budget", ""),
                   value_get_string(&body, "target", ""), row->run, value_get_string(&body, "task", ""),
                   row->at_ms, false);
    return 0;
}
