/* The fold of containments: what each event means for a row.
 *
 * A row exists from the first intent until a check has said clear. Its prior state is taken once and never
 * again while it stands, whoever comes to hold it. */
#include <stdlib.h>
#include <string.h>

#include "engine/ledger/ledger_parts.h"

struct row_entry *ledger_entry_find(const struct ledger *ledger, const char *key)
{
    struct row_entry *entry = named_find(&ledger->rows, key);

    return entry && !entry->gone ? entry : NULL;
}

struct row_entry *ledger_entry(struct ledger *ledger, const char *key)
{
    struct row_entry *entry = named_find(&ledger->rows, key);
    char *name;

    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry);
    name = strdup(key);
    if (!entry || !name)
        abort();
    entry->named.name = name;
    entry->arena = arena_new();
    entry->row = (struct ledger_row){
        .key = name, .target = "", .name = "", .action = "", .provider = "", .place = "", .pack = ""};
    named_add(&ledger->rows, &entry->named);
    return entry;
}

void ledger_entry_free(void *arg)
{
    struct row_entry *entry = arg;

    named_free(&entry->by_run, holder_free);
    free(entry->holders);
    arena_free(entry->arena);
    free((char *)entry->named.name);
    free(entry);
}

void ledger_entry_changed(struct ledger *ledger, struct row_entry *entry)
{
    changes_add(&ledger->changed_rows, entry, &entry->changed);
}

enum { PACK_AT_LEAST = 4096 };

/* What was replaced stays in the arena: once that is as much as what stands, what stands moves to a new one.
 */
void ledger_entry_pack(struct row_entry *entry)
{
    struct ledger_row *row = &entry->row;
    struct arena *from = entry->arena;
    const char **texts[] = {&row->target, &row->name, &row->action,    &row->provider,
                            &row->place,  &row->pack, &row->broken_run};
    struct value *values[] = {&row->prior, &row->kept, &row->args, &row->host};

    if (arena_used(from) < PACK_AT_LEAST || arena_used(from) < 2 * entry->packed)
        return;
    entry->arena = arena_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = *texts[i] ? arena_string(entry->arena, *texts[i]) : NULL;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        *values[i] = value_copy(entry->arena, values[i]);
    entry->packed = arena_used(entry->arena);
    arena_free(from);
}

/* Whose row: the event's own target, or the canonical key that find has given instead. */
static const char *target_of(const struct event *event, const struct value *what)
{
    return value_get_string(what, "target", event->target);
}

static struct row_entry *row_find(const struct ledger *ledger, const char *target, const struct value *what)
{
    ARENA_SCOPED arena = arena_new();

    return ledger_entry_find(ledger, ledger_key(arena, target, value_get_string(what, "action", ""),
                                                value_get_string(what, "provider", ""),
                                                value_get_string(what, "place", "")));
}

/* The row, or a new one that is nobody's yet. What was freed begins anew, also if its row is still there for
 * the views to delete. */
static struct row_entry *row_make(struct ledger *ledger, const struct event *event, const struct value *what)
{
    ARENA_SCOPED arena = arena_new();
    const char *target = target_of(event, what);
    const char *action = value_get_string(what, "action", "");
    const char *provider = value_get_string(what, "provider", "");
    const char *place = value_get_string(what, "place", "");
    struct row_entry *entry = ledger_entry(ledger, ledger_key(arena, target, action, provider, place));
    struct ledger_row *row = &entry->row;

    if (*row->target && !entry->gone)
        return entry;
    entry->gone = false;
    *row =
        (struct ledger_row){.key = row->key,
                            .target = arena_string(entry->arena, target),
                            .action = arena_string(entry->arena, action),
                            .provider = arena_string(entry->arena, provider),
                            .place = arena_string(entry->arena, place),
                            .name = arena_string(entry->arena, value_get_string(what, "name", event->target)),
                            .pack = "",
                            .since_ms = event->at_ms,
                            .holders = entry->holders};
    return entry;
}

/* A release is at it: from its first intent on, only a look can say whether it is still there. */
static void not_sure(struct ledger *ledger, const struct event *event, const struct value *what)
{
    struct row_entry *entry = row_find(ledger, target_of(event, what), what);

    if (!entry)
        return;
    entry->row.held = false;
    ledger_entry_changed(ledger, entry);
}

/* Putting back what was found open makes nobody a holder, and what is found then is not what was before us.
 */
static void intended(struct ledger *ledger, const struct event *event)
{
    const struct value *what = value_get(&event->body, "containment");
    const struct value *undoes = value_get(&event->body, "undoes");
    const struct value *prior = value_get(&event->body, "prior");

    if (undoes)
        not_sure(ledger, event, undoes);
    if (!what)
        return;
    bool put_back = value_get_bool(what, "put_back", false);
    struct row_entry *entry = row_make(ledger, event, what);
    struct ledger_row *row = &entry->row;
    const struct value *args = value_get(what, "args");
    const struct value *host = value_get(what, "host");

    row->ours = true;
    row->pack = arena_string(entry->arena, value_get_string(what, "pack", ""));
    row->args = args ? value_copy(entry->arena, args) : value_null();
    row->host = host ? value_copy(entry->arena, host) : value_null();
    if (row->prior.kind == VALUE_NULL && prior && !put_back)
        row->prior = value_copy(entry->arena, prior);
    if (!put_back)
        holder_add(ledger, entry, event->run, event->at_ms);
    ledger_entry_changed(ledger, entry);
}

static void merge_kept(struct ledger *ledger, struct row_entry *entry, const struct event *event)
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
    ledger_entry_changed(ledger, entry);
}

/* What a call kept is kept with the row, also when its task ends badly: `revert` may need it. */
static void call_ended(struct ledger *ledger, const struct event *event)
{
    const struct value *what = value_get(&event->body, "containment");
    struct row_entry *entry = what ? row_find(ledger, target_of(event, what), what) : NULL;

    if (entry)
        merge_kept(ledger, entry, event);
}

/* Once it was ours it stays so: who finds it so later doesn't make it somebody else's. */
static void held_by(struct ledger *ledger, const struct event *event, const struct value *what)
{
    struct row_entry *entry = row_make(ledger, event, what);
    struct holder_entry *holder = holder_add(ledger, entry, event->run, event->at_ms);

    const struct value *host = value_get(what, "host");

    if (host && entry->row.host.kind == VALUE_NULL)
        entry->row.host = value_copy(entry->arena, host);
    entry->row.held = true;
    entry->row.seen_ms = event->at_ms;
    entry->row.broken_ms = 0;
    entry->row.ours = entry->row.ours || value_get_bool(what, "ours", true);
    holder_until(ledger, holder, value_get_int(what, "until", 0));
    merge_kept(ledger, entry, event);
    ledger_entry_changed(ledger, entry);
}

static void freed(struct ledger *ledger, const struct event *event, const struct value *what)
{
    struct row_entry *entry = row_find(ledger, target_of(event, what), what);

    if (!entry)
        return;
    while (entry->by_run.count)
        holder_forget(ledger, (struct holder_entry *)entry->by_run.items[entry->by_run.count - 1]);
    entry->gone = ledger->row_gone = true;
    ledger_entry_changed(ledger, entry);
}

/* A recheck has found it so again, or made it so. */
static void in_force(struct ledger *ledger, const struct event *event, const struct value *what)
{
    struct row_entry *entry = row_find(ledger, target_of(event, what), what);

    if (!entry)
        return;
    entry->row.broken_ms = 0;
    entry->row.seen_ms = event->at_ms;
    if (value_is_string(value_get(&event->body, "outcome"), "changed"))
        entry->row.put_back_ms = event->at_ms;
    merge_kept(ledger, entry, event);
    ledger_entry_changed(ledger, entry);
}

static void task_ended(struct ledger *ledger, const struct event *event)
{
    const struct value *holder = value_get(&event->body, "holder");
    const struct value *free_of = value_get(&event->body, "freed");
    const struct value *again = value_get(&event->body, "in_force");

    if (holder)
        held_by(ledger, event, holder);
    if (free_of)
        freed(ledger, event, free_of);
    if (again)
        in_force(ledger, event, again);
}

static void holder_ended(struct ledger *ledger, const struct event *event)
{
    struct row_entry *entry = row_find(ledger, target_of(event, &event->body), &event->body);
    struct holder_entry *holder =
        entry ? holder_find(entry, value_get_string(&event->body, "run", "")) : NULL;

    if (holder)
        holder_forget(ledger, holder);
}

static void holder_extended(struct ledger *ledger, const struct event *event)
{
    struct row_entry *entry = row_find(ledger, target_of(event, &event->body), &event->body);
    struct holder_entry *holder =
        entry ? holder_find(entry, value_get_string(&event->body, "run", "")) : NULL;

    if (holder)
        holder_until(ledger, holder, value_get_int(&event->body, "until", 0));
}

static void found_open(struct ledger *ledger, const struct event *event, struct row_entry *entry)
{
    if (!entry->row.broken_ms) { /* else it is still so: one more try to put it back */
        entry->row.broken_ms = event->at_ms;
        entry->row.broken_count++;
    }
    entry->row.broken_run = arena_string(entry->arena, event->run);
    ledger_entry_changed(ledger, entry);
}

static void to_be_freed(struct ledger *ledger, const struct event *event, const struct row_entry *entry,
                        const struct value *runs)
{
    for (size_t i = 0; i < value_count(runs); i++) {
        const struct value *run = value_at(runs, i);
        struct holder_entry *holder = run && run->kind == VALUE_STRING ? holder_find(entry, run->text) : NULL;

        if (holder)
            holder_release(ledger, holder, event->run);
    }
}

/* A run about containments. A dry one only looks; a recheck may have found in force what was broken. */
static void run_started(struct ledger *ledger, const struct event *event)
{
    const char *kind = value_get_string(&event->body, "kind", "");
    const struct value *about = value_get(&event->body, "about");
    bool open = !value_is_string(value_get(&event->body, "found"), "so");

    if (strcmp(value_get_string(&event->body, "mode", "real"), "real") != 0)
        return;
    for (size_t i = 0; i < value_count(about); i++) {
        const struct value *one = value_at(about, i);
        struct row_entry *entry = one ? row_find(ledger, value_get_string(one, "target", ""), one) : NULL;

        if (entry && open && strcmp(kind, "recheck") == 0)
            found_open(ledger, event, entry);
        else if (entry && strcmp(kind, "release") == 0)
            to_be_freed(ledger, event, entry, value_get(one, "free"));
    }
}

void contain_apply(struct ledger *ledger, const struct event *event)
{
    if (event->kind == EVENT_CALL_INTENDED)
        intended(ledger, event);
    else if (event->kind == EVENT_CALL_ENDED)
        call_ended(ledger, event);
    else if (event->kind == EVENT_TASK_ENDED)
        task_ended(ledger, event);
    else if (event->kind == EVENT_HOLDER_ENDED)
        holder_ended(ledger, event);
    else if (event->kind == EVENT_HOLDER_EXTENDED)
        holder_extended(ledger, event);
    else if (event->kind == EVENT_RUN_STARTED)
        run_started(ledger, event);
    else if (event->kind == EVENT_RUN_ENDED)
        release_ended(ledger, event->run);
}

void ledger_seen(struct ledger *ledger, const char *key, int64_t now_ms)
{
    struct row_entry *entry = ledger_entry_find(ledger, key);

    if (!entry)
        return;
    entry->row.seen_ms = now_ms;
    ledger_entry_changed(ledger, entry);
}
