/* The ledger's memory and its fold: what each event means for containments, budgets and questions.
 *
 * A row exists from the first intent until a check has said clear. Its prior state is taken once and never
 * again while it stands, whoever comes to hold it. */
#include "engine/ledger/ledger.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/ledger/ledger_parts.h"

void *ledger_grow(void *items, size_t count, size_t *size, size_t each)
{
    if (count < *size)
        return items;
    *size = *size ? *size * 2 : 16;
    items = realloc(items, *size * each);
    if (!items)
        abort();
    return items;
}

struct ledger *ledger_new(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);

    if (!ledger)
        abort();
    ledger->spends = spends_new();
    return ledger;
}

static void row_free(struct row_entry *entry)
{
    free(entry->holders);
    arena_free(entry->arena);
    free(entry);
}

static void ask_free(struct ask_entry *entry)
{
    free(entry->runs);
    free(entry->tasks);
    free(entry->names);
    arena_free(entry->arena);
    free(entry);
}

static void keep(void *node)
{
    (void)node; /* freed with the list of rows */
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    for (size_t i = 0; i < ledger->row_count; i++)
        row_free(ledger->rows[i]);
    tdestroy(ledger->rows_by_key, keep);
    for (size_t i = 0; i < ledger->ask_count; i++)
        ask_free(ledger->asks[i]);
    for (size_t i = 0; i < ledger->gone_count; i++) {
        free(ledger->gone[i].key);
        free(ledger->gone[i].run);
    }
    for (size_t i = 0; i < ledger->lock_count; i++) {
        free(ledger->locks[i].target);
        free(ledger->locks[i].lock);
    }
    free(ledger->rows);
    free(ledger->asks);
    spends_free(ledger->spends);
    free(ledger->gone);
    free(ledger->locks);
    free(ledger);
}

static void encode(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (*text == '/' || *text == '%' || (unsigned char)*text < ' ')
            buf_printf(out, "%%%02X", (unsigned char)*text);
        else
            buf_char(out, *text);
}

char *ledger_key(struct arena *arena, const char *target, const char *action, const char *provider,
                 const char *place)
{
    const char *parts[] = {target, action, provider, place};
    BUF_SCOPED out = {0};

    for (int i = 0; i < 4; i++) {
        if (i)
            buf_char(&out, '/');
        encode(&out, parts[i]);
    }
    return arena_string(arena, buf_string(&out));
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct row_entry *)a)->row.key, ((const struct row_entry *)b)->row.key);
}

struct row_entry *ledger_entry_find(const struct ledger *ledger, const char *key)
{
    struct row_entry wanted = {.row.key = key};
    void *node = tfind(&wanted, &ledger->rows_by_key, compare_keys);

    return node ? *(struct row_entry **)node : NULL;
}

struct row_entry *ledger_entry(struct ledger *ledger, const char *key)
{
    struct row_entry *entry = ledger_entry_find(ledger, key);

    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        abort();
    entry->arena = arena_new();
    entry->row = (struct ledger_row){.key = arena_string(entry->arena, key),
                                     .target = "",
                                     .name = "",
                                     .action = "",
                                     .provider = "",
                                     .place = "",
                                     .pack = ""};
    ledger->rows =
        ledger_grow(ledger->rows, ledger->row_count, &ledger->row_size, sizeof(struct row_entry *));
    ledger->rows[ledger->row_count++] = entry;
    if (!tsearch(entry, &ledger->rows_by_key, compare_keys))
        abort();
    return entry;
}

void ledger_entry_drop(struct ledger *ledger, size_t index)
{
    struct row_entry *entry = ledger->rows[index];

    tdelete(entry, &ledger->rows_by_key, compare_keys);
    row_free(entry);
    memmove(ledger->rows + index, ledger->rows + index + 1,
            (ledger->row_count - index - 1) * sizeof *ledger->rows);
    ledger->row_count--;
}

void ledger_add_holder(struct row_entry *entry, const char *run, int64_t since_ms, int64_t until_ms)
{
    struct ledger_row *row = &entry->row;

    for (size_t i = 0; i < row->holder_count; i++)
        if (strcmp(entry->holders[i].run, run) == 0) {
            entry->holders[i].until_ms = until_ms;
            return;
        }
    entry->holders =
        ledger_grow(entry->holders, row->holder_count, &entry->holder_size, sizeof *entry->holders);
    entry->holders[row->holder_count++] = (struct ledger_holder){
        .run = arena_string(entry->arena, run), .since_ms = since_ms, .until_ms = until_ms};
    row->holders = entry->holders;
}

struct ask_entry *ledger_ask_make(struct ledger *ledger, const char *id)
{
    struct ask_entry *entry = calloc(1, sizeof *entry);

    if (!entry)
        abort();
    entry->arena = arena_new();
    entry->ask = (struct ledger_ask){.id = arena_string(entry->arena, id),
                                     .kind = "",
                                     .rule = "",
                                     .text = "",
                                     .open = true,
                                     .note = "",
                                     .by = ""};
    ledger->asks =
        ledger_grow(ledger->asks, ledger->ask_count, &ledger->ask_size, sizeof(struct ask_entry *));
    ledger->asks[ledger->ask_count++] = entry;
    return entry;
}

void ledger_ask_join(struct ask_entry *entry, const char *run, const char *task, const char *name)
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

static struct row_entry *row_find(const struct ledger *ledger, const struct event *event,
                                  const struct value *what)
{
    ARENA_SCOPED arena = arena_new();
    const char *key = ledger_key(arena, event->target, value_get_string(what, "action", ""),
                                 value_get_string(what, "provider", ""), value_get_string(what, "place", ""));
    struct row_entry *entry = ledger_entry_find(ledger, key);

    return entry && !entry->gone ? entry : NULL;
}

/* The row, or a new one that is nobody's yet. What was freed begins anew, also if its row is still there for
 * the views to delete. */
static struct row_entry *row_make(struct ledger *ledger, const struct event *event, const struct value *what)
{
    ARENA_SCOPED arena = arena_new();
    const char *action = value_get_string(what, "action", "");
    const char *provider = value_get_string(what, "provider", "");
    const char *place = value_get_string(what, "place", "");
    struct row_entry *entry = ledger_entry(ledger, ledger_key(arena, event->target, action, provider, place));
    struct ledger_row *row = &entry->row;

    if (*row->target && !entry->gone)
        return entry;
    entry->gone = false;
    *row =
        (struct ledger_row){.key = row->key,
                            .target = arena_string(entry->arena, event->target),
                            .action = arena_string(entry->arena, action),
                            .provider = arena_string(entry->arena, provider),
                            .place = arena_string(entry->arena, place),
                            .name = arena_string(entry->arena, value_get_string(what, "name", event->target)),
                            .pack = "",
                            .since_ms = event->at_ms};
    return entry;
}

static char *task_path(struct arena *arena, const struct event *event)
{
    BUF_SCOPED out = {0};
    bool undo = value_is_string(value_get(&event->body, "way"), "undo");

    encode(&out, event->step);
    buf_char(&out, '/');
    encode(&out, event->item);
    buf_char(&out, '/');
    encode(&out, event->target);
    buf_text(&out, undo ? "/undo" : "/do");
    return arena_string(arena, buf_string(&out));
}

static void spend(struct ledger *ledger, const struct event *event)
{
    ARENA_SCOPED arena = arena_new();
    const char *task = task_path(arena, event);
    const char *budget = value_get_string(&event->body, "spend", NULL);

    if (!budget)
        return;
    spends_add(ledger->spends, budget, event->target, event->run, task, event->at_ms, true);
}

static bool holds(const struct ledger_row *row, const char *run)
{
    for (size_t i = 0; i < row->holder_count; i++)
        if (strcmp(row->holders[i].run, run) == 0)
            return true;
    return false;
}

static void intended(struct ledger *ledger, const struct event *event)
{
    const struct value *what = value_get(&event->body, "containment");
    const struct value *prior = value_get(&event->body, "prior");

    if (!value_is_string(value_get(&event->body, "way"), "undo"))
        spend(ledger, event);
    if (!what)
        return;
    struct row_entry *entry = row_make(ledger, event, what);
    struct ledger_row *row = &entry->row;
    const struct value *args = value_get(what, "args");
    const struct value *host = value_get(what, "host");

    row->ours = true;
    row->pack = arena_string(entry->arena, value_get_string(what, "pack", ""));
    row->args = args ? value_copy(entry->arena, args) : value_null();
    row->host = host ? value_copy(entry->arena, host) : value_null();
    if (row->prior.kind == VALUE_NULL && prior)
        row->prior = value_copy(entry->arena, prior);
    if (!holds(row, event->run))
        ledger_add_holder(entry, event->run, event->at_ms, 0);
    entry->changed = true;
}

static void merge_kept(struct row_entry *entry, const struct event *event)
{
    const struct value *kept = value_get(&event->body, "kept");
    struct value_builder builder;

    if (!kept || kept->kind != VALUE_MAP || kept->map->count == 0)
        return;
    value_build(&builder, entry->arena);
    for (size_t i = 0; entry->row.kept.kind == VALUE_MAP && i < entry->row.kept.map->count; i++)
        value_put(&builder, entry->row.kept.map->keys[i], entry->row.kept.map->values[i]);
    struct value copy = value_copy(entry->arena, kept);

    for (size_t i = 0; i < copy.map->count; i++)
        value_put(&builder, copy.map->keys[i], copy.map->values[i]);
    entry->row.kept = value_end_map(&builder);
    entry->changed = true;
}

/* What a call kept is kept with the row, also when its task ends badly: `revert` may need it. */
static void call_ended(struct ledger *ledger, const struct event *event)
{
    const struct value *what = value_get(&event->body, "containment");
    struct row_entry *entry = what ? row_find(ledger, event, what) : NULL;

    if (entry)
        merge_kept(entry, event);
}

static void forget_holder(struct ledger *ledger, struct row_entry *entry, size_t index)
{
    ledger->gone = ledger_grow(ledger->gone, ledger->gone_count, &ledger->gone_size, sizeof *ledger->gone);
    ledger->gone[ledger->gone_count++] =
        (struct gone_holder){strdup(entry->row.key), strdup(entry->holders[index].run)};
    memmove(entry->holders + index, entry->holders + index + 1,
            (entry->row.holder_count - index - 1) * sizeof *entry->holders);
    entry->row.holder_count--;
    entry->changed = true;
}

/* Once it was ours it stays so: who finds it so later doesn't make it somebody else's. */
static void held_by(struct ledger *ledger, const struct event *event, const struct value *holder)
{
    struct row_entry *entry = row_make(ledger, event, holder);

    entry->row.held = true;
    entry->row.seen_ms = event->at_ms;
    entry->row.ours = entry->row.ours || value_get_bool(holder, "ours", true);
    ledger_add_holder(entry, event->run, event->at_ms, value_get_int(holder, "until", 0));
    merge_kept(entry, event);
    entry->changed = true;
}

static void task_ended(struct ledger *ledger, const struct event *event)
{
    const struct value *holder = value_get(&event->body, "holder");
    const struct value *freed = value_get(&event->body, "freed");
    struct row_entry *entry = freed ? row_find(ledger, event, freed) : NULL;

    if (holder)
        held_by(ledger, event, holder);
    while (entry && entry->row.holder_count)
        forget_holder(ledger, entry, entry->row.holder_count - 1);
    if (entry)
        entry->gone = entry->changed = true;
}

static void holder_ended(struct ledger *ledger, const struct event *event)
{
    struct row_entry *entry = row_find(ledger, event, &event->body);
    const char *run = value_get_string(&event->body, "run", "");

    for (size_t i = 0; entry && i < entry->row.holder_count; i++)
        if (strcmp(entry->holders[i].run, run) == 0) {
            forget_holder(ledger, entry, i);
            return;
        }
}

static struct ask_entry *ask_of(struct ledger *ledger, const struct event *event)
{
    const char *id = value_get_string(&event->body, "ask", "");

    for (size_t i = 0; i < ledger->ask_count; i++)
        if (strcmp(ledger->asks[i]->ask.id, id) == 0)
            return ledger->asks[i];
    return NULL;
}

static void join(struct ask_entry *entry, const struct event *event)
{
    ledger_ask_join(entry, value_get_string(&event->body, "run", ""),
                    value_get_string(&event->body, "task", ""), value_get_string(&event->body, "name", ""));
    entry->changed = true;
}

static void ask_opened(struct ledger *ledger, const struct event *event)
{
    struct ask_entry *entry = ledger_ask_make(ledger, value_get_string(&event->body, "ask", ""));
    struct ledger_ask *ask = &entry->ask;

    ask->kind = arena_string(entry->arena, value_get_string(&event->body, "kind", ""));
    ask->rule = arena_string(entry->arena, value_get_string(&event->body, "rule", ""));
    ask->text = arena_string(entry->arena, value_get_string(&event->body, "text", ""));
    ask->opened_ms = event->at_ms;
    join(entry, event);
}

static void ask_closed(struct ledger *ledger, const struct event *event)
{
    struct ask_entry *entry = ask_of(ledger, event);

    if (!entry)
        return;
    entry->ask.open = false;
    entry->ask.result = arena_string(entry->arena, value_get_string(&event->body, "result", ""));
    entry->ask.note = arena_string(entry->arena, value_get_string(&event->body, "note", ""));
    entry->ask.by = arena_string(entry->arena, value_get_string(&event->body, "by", ""));
    entry->changed = true;
}

void ledger_apply(struct ledger *ledger, const struct event *event)
{
    struct ask_entry *entry;

    if (event->kind == EVENT_CALL_INTENDED)
        intended(ledger, event);
    else if (event->kind == EVENT_CALL_ENDED)
        call_ended(ledger, event);
    else if (event->kind == EVENT_TASK_ENDED)
        task_ended(ledger, event);
    else if (event->kind == EVENT_HOLDER_ENDED)
        holder_ended(ledger, event);
    else if (event->kind == EVENT_ASK_OPENED)
        ask_opened(ledger, event);
    else if (event->kind == EVENT_ASK_JOINED && (entry = ask_of(ledger, event)))
        join(entry, event);
    else if (event->kind == EVENT_ASK_CLOSED)
        ask_closed(ledger, event);
}
