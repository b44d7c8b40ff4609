/* `status`: is soard well, what was missed, what needs people. The record's part is told from the ledger and
 * the loop's counts; what only the daemon knows it adds itself. `reload` is the daemon's alone. */
#include <string.h>

#include "engine/report/report_ledger.h"
#include "engine/verbs/verb_parts.h"

static void put_sources(struct verb_context *context, struct value_builder *map)
{
    struct value_builder list;

    value_build(&list, context->arena);
    for (size_t i = 0; context->site && i < context->site->webhook_count; i++) {
        const struct site_webhook *webhook = &context->site->webhooks[i];
        int64_t seen = loop_source_seen_ms(context->loop, webhook->name);
        struct value_builder one;

        value_build(&one, context->arena);
        value_put_text(&one, "source", value_text(context->arena, webhook->name));
        value_put_text(&one, "path", value_text(context->arena, webhook->path));
        if (seen > 0) {
            value_put_text(&one, "last", value_int(seen));
            value_put_text(&one, "silent_ms", value_int(loop_now(context->loop) - seen));
        }
        value_push(&list, value_end_map(&one));
    }
    value_put_text(map, "sources", value_end_list(&list));
}

static void put_people(struct verb_context *context, struct value_builder *map)
{
    const struct ledger *ledger = loop_ledger(context->loop);
    int64_t holds = 0, held = 0, doubts = 0, ends = 0;
    struct value_builder people;

    for (size_t i = 0; i < ledger_ask_count(ledger); i++) {
        const struct ledger_ask *ask = ledger_ask_at(ledger, i);
        bool hold = ask->open && strcmp(ask->kind, "hold") == 0;

        holds += hold;
        held += hold ? (int64_t)ask->member_count : 0;
        doubts += ask->open && strcmp(ask->kind, "doubt") == 0;
        ends += ask->open && strcmp(ask->kind, "ends") == 0;
    }
    value_build(&people, context->arena);
    value_put_text(&people, "holds", value_int(holds));
    value_put_text(&people, "held", value_int(held));
    value_put_text(&people, "in_doubt", value_int(doubts));
    value_put_text(&people, "ends", value_int(ends));
    value_put_text(map, "people", value_end_map(&people));
}

static int64_t count_not_yet(struct verb_context *context)
{
    size_t count = loop_run_count(context->loop);
    const struct run **runs = arena_array(context->arena, count + 1, sizeof *runs);

    for (size_t i = 0; i < count; i++)
        runs[i] = loop_run_at(context->loop, i);
    struct value open = report_not_yet(runs, count, context->arena);
    return (int64_t)value_count(&open);
}

static void put_containment(struct verb_context *context, struct value_builder *map)
{
    const struct ledger *ledger = loop_ledger(context->loop);
    int64_t in_force = 0, perhaps = 0, broken = 0, others = 0;
    struct value_builder counts;

    for (size_t i = 0; i < ledger_row_count(ledger); i++) {
        const struct ledger_row *row = ledger_row_at(ledger, i);

        others += !row->ours;
        broken += row->ours && row->broken_ms > 0;
        in_force += row->ours && row->held && row->broken_ms == 0;
        perhaps += row->ours && !row->held && row->broken_ms == 0;
    }
    value_build(&counts, context->arena);
    value_put_text(&counts, "in_force", value_int(in_force));
    value_put_text(&counts, "perhaps", value_int(perhaps));
    value_put_text(&counts, "broken", value_int(broken));
    value_put_text(&counts, "others", value_int(others));
    value_put_text(&counts, "not_yet", value_int(count_not_yet(context)));
    value_put_text(map, "containment", value_end_map(&counts));
}

static void put_pauses(struct verb_context *context, struct value_builder *map)
{
    const struct ledger *ledger = loop_ledger(context->loop);
    struct value_builder list;

    value_build(&list, context->arena);
    for (size_t i = 0; i < ledger_pause_count(ledger); i++) {
        const struct ledger_pause *pause = ledger_pause_at(ledger, i);
        struct value_builder one;

        if (pause->until_ms <= loop_now(context->loop))
            continue;
        value_build(&one, context->arena);
        value_put_text(&one, "what", value_text(context->arena, pause->what));
        value_put_text(&one, "name", value_text(context->arena, pause->name));
        value_put_text(&one, "since", value_int(pause->since_ms));
        value_put_text(&one, "until", value_int(pause->until_ms));
        value_put_text(&one, "by", value_text(context->arena, pause->by));
        value_put_text(&one, "reason", value_text(context->arena, pause->reason));
        value_push(&list, value_end_map(&one));
    }
    value_put_text(map, "pauses", value_end_list(&list));
}

static void put_record(struct verb_context *context, const struct loop_counts *counts,
                       struct value_builder *map)
{
    struct soar_store *store = context->store;
    struct soar_err why = {0};
    int64_t for_ms = 0;
    bool stalled = store->ops->stalled && store->ops->stalled(store, &why, &for_ms);
    struct value_builder record;

    value_build(&record, context->arena);
    value_put_text(&record, "writable", value_bool(!stalled));
    if (stalled) {
        value_put_text(&record, "why", value_text(context->arena, why.text));
        value_put_text(&record, "for_ms", value_int(for_ms));
    }
    value_put_text(&record, "batches", value_int(counts->batches));
    value_put_text(&record, "events", value_int(counts->events));
    value_put_text(map, "record", value_end_map(&record));
}

static void put_counts(struct verb_context *context, struct loop_counts *counts, struct value_builder *map)
{
    struct value_builder runs, alerts;

    loop_counts(context->loop, counts);
    value_build(&alerts, context->arena);
    value_put_text(&alerts, "taken", value_int(counts->alerts));
    value_put_text(&alerts, "duplicates", value_int(counts->duplicates));
    value_put_text(&alerts, "repeats", value_int(counts->repeats));
    value_put_text(&alerts, "refused", value_int(counts->refused));
    value_put_text(map, "alerts", value_end_map(&alerts));
    value_build(&runs, context->arena);
    value_put_text(&runs, "live", value_int(counts->runs_live));
    value_put_text(&runs, "started", value_int(counts->runs_started));
    value_put_text(&runs, "resumed", value_int(counts->resumed));
    value_put_text(&runs, "calls_out", value_int(counts->calls_out));
    value_put_text(map, "runs", value_end_map(&runs));
}

VERB_FN(verb_status)
{
    struct loop_counts counts;
    struct value_builder map;

    (void)request;
    (void)err;
    value_build(&map, context->arena);
    if (context->daemon)
        context->daemon->status(context->daemon->arg, context->arena, &map);
    put_counts(context, &counts, &map);
    value_put_text(&map, "away_ms", value_int(counts.away_ms));
    put_sources(context, &map);
    put_people(context, &map);
    put_containment(context, &map);
    put_pauses(context, &map);
    put_record(context, &counts, &map);
    *ret_answer = value_end_map(&map);
    return 0;
}

VERB_FN(verb_reload)
{
    struct value_builder map;

    (void)request;
    if (!context->daemon)
        return soar_err_set(err, SOAR_INVALID, "no soard runs here: it reads its files when it starts");
    if (context->daemon->reload(context->daemon->arg, context->by, err)) {
        err->class = err->class == SOAR_DONE ? SOAR_INVALID : err->class;
        return -1;
    }
    value_build(&map, context->arena);
    value_put_text(&map, "reloaded", value_bool(true));
    *ret_answer = value_end_map(&map);
    return 0;
}
