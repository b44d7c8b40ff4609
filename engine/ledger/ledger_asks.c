/* The fold of questions to people: holds that gather over all runs, doubts of one call, containments whose
 * time has come. */
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

enum { CLOSED_KEPT_MS = 24 * 60 * 60 * 1000 }; /* somebody may still ask what became of it */

static long number_of(const char *id)
{
    return id[0] >= 'A' && id[0] <= 'Z' && id[1] == '-' ? strtol(id + 2, NULL, 10) : 0;
}

struct ask_entry *ask_make(struct ledger *ledger, const char *id)
{
    struct ask_entry *entry = named_find(&ledger->asks, id);

    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        abort();
    entry->arena = arena_new();
    entry->named.name = arena_string(entry->arena, id);
    entry->ask = (struct ledger_ask){.id = entry->named.name,
                                     .kind = "",
                                     .rule = "",
                                     .text = "",
                                     .digest = "",
                                     .open = true,
                                     .note = "",
                                     .by = ""};
    named_add(&ledger->asks, &entry->named);
    long number = number_of(id);

    if (number && number > ledger->last_ask[id[0] - 'A'])
        ledger->last_ask[id[0] - 'A'] = number;
    return entry;
}

void ask_join(struct ask_entry *entry, const char *run, const char *task, const char *name)
{
    size_t size = entry->member_size;
    size_t count = entry->ask.member_count;

    entry->runs = ledger_grow(entry->runs, count, &size, sizeof *entry->runs);
    size = entry->member_size;
    entry->tasks = ledger_grow(entry->tasks, count, &size, sizeof *entry->tasks);
    size = entry->member_size;
    entry->names = ledger_grow(entry->names, count, &size, sizeof *entry->names);
    entry->member_size = size;
    entry->runs[count] = arena_string(entry->arena, run);
    entry->tasks[count] = arena_string(entry->arena, task);
    entry->names[count] = arena_string(entry->arena, name);
    entry->ask.member_count++;
    entry->ask.runs = entry->runs;
    entry->ask.tasks = entry->tasks;
    entry->ask.names = entry->names;
}

static void index_open(struct named_set *index, const char *name, struct ask_entry *ask, bool open)
{
    struct open_ask *found = named_find(index, name);
    size_t len = strlen(name) + 1;

    if (found && found->ask == ask && !open) {
        named_drop(index, &found->named);
        free(found);
    }
    if (found || !open)
        return;
    found = calloc(1, sizeof *found + len);
    if (!found)
        abort();
    found->ask = ask;
    found->named.name = memcpy(found + 1, name, len);
    named_add(index, &found->named);
}

void ask_set_open(struct ledger *ledger, struct ask_entry *entry, bool open)
{
    ARENA_SCOPED arena = arena_new();
    const struct ledger_ask *ask = &entry->ask;

    entry->ask.open = open;
    if (strcmp(ask->kind, "hold") == 0)
        index_open(&ledger->open_holds, ask->rule, entry, open);
    if (strcmp(ask->kind, "ends") != 0 || !ask->row || !ask->holder)
        return;
    index_open(&ledger->open_ends, arena_printf(arena, "%s/%s", ask->row, ask->holder), entry, open);
    holder_asked(ledger, ask->row, ask->holder, open);
}

void ask_free(void *arg)
{
    struct ask_entry *entry = arg;

    free(entry->runs);
    free(entry->tasks);
    free(entry->names);
    arena_free(entry->arena);
    free(entry);
}

static void ask_changed(struct ledger *ledger, struct ask_entry *entry)
{
    changes_add(&ledger->changed_asks, entry, &entry->changed);
}

static void joined(struct ledger *ledger, struct ask_entry *entry, const struct value *body,
                   const char *otherwise)
{
    ask_join(entry, value_get_string(body, "run", otherwise), value_get_string(body, "task", ""),
             value_get_string(body, "name", ""));
    ask_changed(ledger, entry);
}

/* Whose hold on what the question is about. */
static void about_end(struct ask_entry *entry, const struct event *event)
{
    const struct value *what = value_get(&event->body, "containment");

    if (strcmp(entry->ask.kind, "ends") != 0 || !what)
        return;
    entry->ask.row = ledger_key(entry->arena, value_get_string(what, "target", event->target),
                                value_get_string(what, "action", ""), value_get_string(what, "provider", ""),
                                value_get_string(what, "place", ""));
    entry->ask.holder = arena_string(entry->arena, value_get_string(&event->body, "holder", ""));
}

static void opened(struct ledger *ledger, const struct event *event)
{
    const struct value *body = &event->body;
    struct ask_entry *entry = ask_make(ledger, value_get_string(body, "ask", ""));
    struct ledger_ask *ask = &entry->ask;

    ask->kind = arena_string(entry->arena, value_get_string(body, "kind", ""));
    ask->rule = arena_string(entry->arena, value_get_string(body, "rule", ""));
    ask->text = arena_string(entry->arena, value_get_string(body, "text", ""));
    ask->digest = arena_string(entry->arena, value_get_string(body, "digest", ""));
    ask->opened_ms = event->at_ms;
    ask->closed_ms = 0;
    entry->whole = true;
    about_end(entry, event);
    ask_set_open(ledger, entry, true);
    joined(ledger, entry, body, ask->holder ? ask->holder : "");
}

static void closed(struct ledger *ledger, struct ask_entry *entry, const struct event *event)
{
    const struct value *body = &event->body;

    entry->ask.result = arena_string(entry->arena, value_get_string(body, "result", ""));
    entry->ask.note = arena_string(entry->arena, value_get_string(body, "note", ""));
    entry->ask.by = arena_string(entry->arena, value_get_string(body, "by", ""));
    entry->ask.closed_ms = event->at_ms;
    entry->whole = true;
    ask_set_open(ledger, entry, false);
    ask_changed(ledger, entry);
}

void asks_apply(struct ledger *ledger, const struct event *event)
{
    struct ask_entry *entry;

    if (event->kind == EVENT_ASK_OPENED) {
        opened(ledger, event);
        return;
    }
    if (event->kind != EVENT_ASK_JOINED && event->kind != EVENT_ASK_CLOSED)
        return;
    entry = named_find(&ledger->asks, value_get_string(&event->body, "ask", ""));
    if (entry && event->kind == EVENT_ASK_JOINED)
        joined(ledger, entry, &event->body, "");
    else if (entry)
        closed(ledger, entry, event);
}

bool ask_is_over(const struct ledger_ask *ask, int64_t now_ms)
{
    int64_t since_ms = ask->closed_ms ? ask->closed_ms : ask->opened_ms;

    return !ask->open && since_ms + CLOSED_KEPT_MS <= now_ms;
}

struct pruning {
    struct ledger *ledger;
    int64_t now_ms;
};

/* The last one of each letter stays: the next one is numbered by it. What the views have yet to see waits. */
static bool is_over(const void *item, const void *arg)
{
    const struct ask_entry *entry = item;
    const struct pruning *pruning = arg;
    const char *id = entry->ask.id;
    long number = number_of(id);

    if (entry->changed || !ask_is_over(&entry->ask, pruning->now_ms) ||
        (number && number == pruning->ledger->last_ask[id[0] - 'A']))
        return false;
    ask_gone(pruning->ledger, entry);
    return true;
}

void asks_prune(struct ledger *ledger, int64_t now_ms)
{
    named_sweep(&ledger->asks, is_over, &(struct pruning){ledger, now_ms}, ask_free);
}
