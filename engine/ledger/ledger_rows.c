/* The ledger as rows of the views, and back: what a start loads, and what `journal verify` compares.
 * The two directions stand side by side, so that a field can't be written and not read; questions, alerts and
 * pauses have theirs in files of their own. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/ledger/ledger_parts.h"

struct soar_row *row_add(struct row_list *list, enum soar_view view, const char *key)
{
    list->rows = arena_grow(list->arena, list->rows, list->count, &list->size, sizeof *list->rows);
    struct soar_row *row = &list->rows[list->count++];

    *row = (struct soar_row){
        .view = view, .key = arena_string(list->arena, key), .run = "", .state = "", .body = "{}"};
    return row;
}

void row_body(struct row_list *list, struct soar_row *row, struct value map)
{
    row->body = json_text(list->arena, &map);
}

static struct soar_row *holder_row_add(struct row_list *list, const struct holder_entry *holder)
{
    struct soar_row *row = row_add(
        list, SOAR_VIEW_HOLDER, arena_printf(list->arena, "%s/%s", holder->row->row.key, holder->named.name));

    row->run = arena_string(list->arena, holder->named.name);
    return row;
}

static void holder_row(struct row_list *list, const struct holder_entry *holder)
{
    const struct ledger_holder *from = &holder->row->holders[holder->named.at];
    struct soar_row *row = holder_row_add(list, holder);
    struct value_builder body;

    row->at_ms = from->until_ms;
    value_build(&body, list->arena);
    value_put_text(&body, "since", value_int(from->since_ms));
    if (from->release)
        value_put_text(&body, "release", value_static(from->release));
    if (from->failed)
        value_put_text(&body, "failed", value_static(from->failed));
    row_body(list, row, value_end_map(&body));
}

static void load_holder(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    size_t len = strlen(row->key);
    size_t tail = strlen(row->run) + 1;
    const char *release = value_get_string(body, "release", NULL);
    const char *failed = value_get_string(body, "failed", NULL);
    ARENA_SCOPED arena = arena_new();

    if (len <= tail)
        return;
    struct holder_entry *holder =
        holder_add(ledger, ledger_entry(ledger, arena_copy(arena, row->key, len - tail)), row->run,
                   value_get_int(body, "since", 0));

    holder_until(ledger, holder, row->at_ms);
    if (failed)
        holder_failed(holder, failed);
    if (release)
        holder_release(ledger, holder, release);
}

static void put_broken(struct value_builder *body, const struct ledger_row *from)
{
    if (from->put_back_ms)
        value_put_text(body, "put_back", value_int(from->put_back_ms));
    if (!from->broken_count)
        return;
    value_put_text(body, "broken", value_int(from->broken_ms));
    value_put_text(body, "broken_count", value_int(from->broken_count));
    value_put_text(body, "broken_run", value_static(from->broken_run));
}

static void containment_row(struct row_list *list, const struct row_entry *entry)
{
    const struct ledger_row *from = &entry->row;
    struct soar_row *row = row_add(list, SOAR_VIEW_CONTAINMENT, from->key);
    struct value_builder body;

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
    put_broken(&body, from);
    row_body(list, row, value_end_map(&body));
}

static struct value field(struct row_entry *entry, const struct value *body, const char *name)
{
    const struct value *value = value_get(body, name);

    return value ? value_copy(entry->arena, value) : value_null();
}

static const char *text_field(struct row_entry *entry, const struct value *body, const char *name)
{
    return arena_string(entry->arena, value_get_string(body, name, ""));
}

static void load_containment(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    struct row_entry *entry = ledger_entry(ledger, row->key);
    struct ledger_row *to = &entry->row;

    to->target = text_field(entry, body, "target");
    to->name = text_field(entry, body, "name");
    to->action = text_field(entry, body, "action");
    to->provider = text_field(entry, body, "provider");
    to->place = text_field(entry, body, "place");
    to->pack = text_field(entry, body, "pack");
    to->held = strcmp(row->state, "held") == 0;
    to->ours = value_get_bool(body, "ours", true);
    to->since_ms = row->at_ms;
    to->seen_ms = value_get_int(body, "seen", 0);
    to->prior = field(entry, body, "prior");
    to->kept = field(entry, body, "kept");
    to->args = field(entry, body, "args");
    to->host = field(entry, body, "host");
    to->put_back_ms = value_get_int(body, "put_back", 0);
    to->broken_ms = value_get_int(body, "broken", 0);
    to->broken_count = value_get_int(body, "broken_count", 0);
    to->broken_run = to->broken_count ? text_field(entry, body, "broken_run") : NULL;
}

static void spend_row(void *arg, const struct spend *spend)
{
    struct row_list *list = arg;
    struct soar_row *row = row_add(list, SOAR_VIEW_SPEND, spend_key(list->arena, spend));
    struct value_builder body;

    row->run = arena_string(list->arena, spend->run);
    row->at_ms = spend->at_ms;
    value_build(&body, list->arena);
    value_put_text(&body, "budget", value_static(spend->budget));
    value_put_text(&body, "target", value_static(spend->target));
    value_put_text(&body, "task", value_static(spend->task));
    row_body(list, row, value_end_map(&body));
}

static void load_spend(struct ledger *ledger, const struct soar_row *row, const struct value *body)
{
    spends_add(ledger->spends, value_get_string(body, "budget", ""), value_get_string(body, "target", ""),
               row->run, value_get_string(body, "task", ""), row->at_ms, false);
}

/* First what went, then what stands: what went and came again in one batch stands. */
static void gone_rows(struct ledger *ledger, struct row_list *list)
{
    for (size_t i = 0; i < ledger->gone_count; i++) {
        struct gone_key *gone = &ledger->gone[i];
        struct soar_row *row = row_add(list, gone->view, gone->key);

        row->run = arena_string(list->arena, gone->run);
        row->gone = true;
        free(gone->key);
        free(gone->run);
    }
    ledger->gone_count = 0;
    for (size_t i = 0; i < ledger->gone_holders.count; i++)
        holder_row_add(list, ledger->gone_holders.items[i])->gone = true;
}

static void changed_holders(struct ledger *ledger, struct row_list *list)
{
    for (size_t i = 0; i < ledger->changed_holders.count; i++) {
        struct holder_entry *holder = ledger->changed_holders.items[i];

        holder->changed = false;
        if (!holder->gone)
            holder_row(list, holder);
    }
    ledger->changed_holders.count = 0;
    for (size_t i = 0; i < ledger->gone_holders.count; i++)
        holder_free(ledger->gone_holders.items[i]);
    ledger->gone_holders.count = 0;
}

static bool is_gone(const void *item, const void *arg)
{
    (void)arg;
    return ((const struct row_entry *)item)->gone;
}

static void changed_rows(struct ledger *ledger, struct row_list *list)
{
    for (size_t i = 0; i < ledger->changed_rows.count; i++) {
        struct row_entry *entry = ledger->changed_rows.items[i];

        entry->changed = false;
        containment_row(list, entry);
        ledger_entry_pack(entry);
    }
    ledger->changed_rows.count = 0;
    if (ledger->row_gone)
        named_sweep(&ledger->rows, is_gone, NULL, ledger_entry_free);
    ledger->row_gone = false;
}

static void changed_others(struct ledger *ledger, struct row_list *list)
{
    for (size_t i = 0; i < ledger->changed_asks.count; i++) {
        struct ask_entry *entry = ledger->changed_asks.items[i];

        ask_rows(list, entry, entry->whole);
        entry->changed = entry->whole = false;
        entry->members_seen = entry->ask.member_count;
    }
    for (size_t i = 0; i < ledger->changed_taken.count; i++) {
        struct taken *taken = ledger->changed_taken.items[i];

        taken->changed = false;
        taken_row(list, taken);
    }
    for (size_t i = 0; i < ledger->changed_heard.count; i++) {
        struct heard *heard = ledger->changed_heard.items[i];

        heard->changed = false;
        heard_row(list, heard);
    }
    for (size_t i = 0; i < ledger->changed_pauses.count; i++) {
        struct pause_entry *entry = ledger->changed_pauses.items[i];

        entry->changed = false;
        pause_row(list, entry);
    }
    for (size_t i = 0; i < ledger->changed_evidence.count; i++) {
        struct evidence_entry *entry = ledger->changed_evidence.items[i];

        entry->changed = false;
        evidence_row(list, entry);
    }
    ledger->changed_asks.count = ledger->changed_taken.count = 0;
    ledger->changed_heard.count = ledger->changed_pauses.count = ledger->changed_evidence.count = 0;
}

void ledger_rows(struct ledger *ledger, struct arena *arena, struct soar_row **ret_rows, size_t *ret_count)
{
    struct row_list list = {.arena = arena};

    gone_rows(ledger, &list);
    changed_holders(ledger, &list);
    changed_rows(ledger, &list);
    changed_others(ledger, &list);
    spends_each(ledger->spends, true, spend_row, &list);
    *ret_rows = list.rows;
    *ret_count = list.count;
}

void ledger_all_rows(struct ledger *ledger, struct arena *arena, struct soar_row **ret_rows,
                     size_t *ret_count)
{
    struct row_list list = {.arena = arena};

    for (size_t i = 0; i < ledger->rows.count; i++) {
        const struct row_entry *entry = (const struct row_entry *)ledger->rows.items[i];

        if (entry->gone)
            continue;
        containment_row(&list, entry);
        for (size_t h = 0; h < entry->by_run.count; h++)
            holder_row(&list, (const struct holder_entry *)entry->by_run.items[h]);
    }
    for (size_t i = 0; i < ledger->asks.count; i++)
        ask_rows(&list, (const struct ask_entry *)ledger->asks.items[i], true);
    for (size_t i = 0; i < ledger->taken.count; i++)
        taken_row(&list, (const struct taken *)ledger->taken.items[i]);
    for (size_t i = 0; i < ledger->heard.count; i++)
        heard_row(&list, (const struct heard *)ledger->heard.items[i]);
    for (size_t i = 0; i < ledger->pauses.count; i++)
        pause_row(&list, (const struct pause_entry *)ledger->pauses.items[i]);
    for (size_t i = 0; i < ledger->evidence.count; i++)
        evidence_row(&list, (const struct evidence_entry *)ledger->evidence.items[i]);
    spends_each(ledger->spends, false, spend_row, &list);
    *ret_rows = list.rows;
    *ret_count = list.count;
}

int ledger_load(struct ledger *ledger, const struct soar_row *row, struct soar_err *err)
{
    static void (*const loads[SOAR_VIEW_COUNT])(struct ledger *, const struct soar_row *,
                                                const struct value *) = {
        [SOAR_VIEW_CONTAINMENT] = load_containment,
        [SOAR_VIEW_HOLDER] = load_holder,
        [SOAR_VIEW_ASK] = ask_load,
        [SOAR_VIEW_SPEND] = load_spend,
        [SOAR_VIEW_DEDUP] = dedup_load,
        [SOAR_VIEW_TIMER] = pause_load,
        [SOAR_VIEW_EVIDENCE] = evidence_load,
    };
    ARENA_SCOPED arena = arena_new();
    struct value body;

    if (json_parse(arena, row->body, strlen(row->body), &body, err)) {
        if (err)
            err->class = SOAR_PERMANENT;
        return soar_err_wrap(err, "view %s, row %s", soar_view_name(row->view), row->key);
    }
    ledger->loading = true;
    if (loads[row->view])
        loads[row->view](ledger, row, &body);
    ledger->loading = false;
    return 0;
}

bool ledger_row_may_go(const struct soar_row *row, int64_t now_ms)
{
    if (row->view == SOAR_VIEW_SPEND)
        return true; /* the windows are the policy's, which may have been another then */
    if (row->view == SOAR_VIEW_DEDUP || row->view == SOAR_VIEW_TIMER)
        return row->at_ms <= now_ms;
    return row->view == SOAR_VIEW_ASK && ask_row_may_go(row, now_ms);
}
