/* The ledger, turned into values. "Perhaps" is said as what it is: an intent that nobody has seen the end of.
 */
#include "engine/report/report_ledger.h"

#include <string.h>

#include "engine/report/report_words.h"

static void put_text(struct value_builder *map, const char *key, const char *text)
{
    if (text && *text)
        value_put_text(map, key, value_text(map->arena, text));
}

static void put_time(struct value_builder *map, const char *key, int64_t ms)
{
    if (ms > 0)
        value_put_text(map, key, value_int(ms));
}

static struct value holders_of(const struct ledger_row *row, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < row->holder_count; i++) {
        struct value_builder map;
        value_build(&map, arena);
        put_text(&map, "run", row->holders[i].run);
        put_time(&map, "since", row->holders[i].since_ms);
        put_time(&map, "until", row->holders[i].until_ms);
        put_text(&map, "release", row->holders[i].release);
        put_text(&map, "failed", row->holders[i].failed);
        value_push(&list, value_end_map(&map));
    }
    return value_end_list(&list);
}

static bool is_broken(const struct ledger_row *row)
{
    return row->ours && row->held && row->broken_ms > 0;
}

static const char *state_of(const struct ledger_row *row)
{
    return !row->ours ? "others" : !row->held ? "perhaps" : is_broken(row) ? "broken" : "held";
}

/* "", ", 2nd time", … */
static const char *times_of(const struct ledger_row *row, struct arena *arena)
{
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    long long count = (long long)row->broken_count;
    bool teen = count % 100 > 10 && count % 100 < 14;

    if (count < 2)
        return "";
    return arena_printf(arena, ", %lld%s time", count, ends[teen || count % 10 > 3 ? 0 : count % 10]);
}

static const char *perhaps_of(const struct ledger_row *row, const char *verb, struct arena *arena)
{
    const char *failed = NULL;

    for (size_t i = 0; i < row->holder_count; i++) {
        if (row->holders[i].release)
            return arena_printf(arena, "being released by %s", row->holders[i].release);
        failed = row->holders[i].failed ? row->holders[i].failed : failed;
    }
    return failed ? arena_printf(arena, "PERHAPS %s, RELEASE FAILED by %s", verb, failed)
                  : arena_printf(arena, "PERHAPS %s", verb);
}

static const char *says_of(const struct ledger_row *row, const char *verb, struct arena *arena)
{
    if (!row->ours)
        return arena_printf(arena, "%s, not ours", verb);
    if (!row->held)
        return perhaps_of(row, verb, arena);
    if (is_broken(row))
        return arena_printf(arena, "BROKEN, found open%s", times_of(row, arena));
    return row->broken_count ? arena_printf(arena, "%s, put back%s", verb, times_of(row, arena)) : verb;
}

static void put_broken(struct value_builder *map, const struct ledger_row *row)
{
    value_put_text(map, "broken", value_bool(is_broken(row)));
    put_time(map, "found_open", row->broken_ms);
    put_time(map, "put_back", row->put_back_ms);
    put_time(map, "times", row->broken_count);
    put_text(map, "recheck", row->broken_run);
}

/* What is in force is said as what was done, by the provider that did it; what only may be, by the action. */
static const char *verb_of(const struct ledger_row *row, const struct pack *pack, struct arena *arena)
{
    for (size_t i = 0; row->held && row->ours && pack && row->provider && i < pack->provider_count; i++)
        if (strcmp(pack->providers[i].name, row->provider) == 0)
            return report_way_verb(pack, &pack->providers[i], &row->args, arena);
    return report_verb(pack, false);
}

struct value report_containment(const struct ledger_row *row, const struct report_packs *packs,
                                struct arena *arena)
{
    const struct pack *pack = packs ? packs->pack(packs->arg, row->pack, row->action) : NULL;
    struct value_builder map;

    value_build(&map, arena);
    put_text(&map, "target", row->name && *row->name ? row->name : row->target);
    put_text(&map, "key", row->target);
    put_text(&map, "action", row->action);
    put_text(&map, "provider", row->provider);
    put_text(&map, "place", row->place);
    put_text(&map, "state", state_of(row));
    put_text(&map, "says", says_of(row, verb_of(row, pack, arena), arena));
    value_put_text(&map, "ours", value_bool(row->ours));
    put_time(&map, "since", row->since_ms);
    put_time(&map, "seen", row->seen_ms);
    value_put_text(&map, "stale", value_bool(packs && row->held && row->seen_ms < packs->stale_ms));
    put_broken(&map, row);
    put_text(&map, "then", packs ? packs->then : NULL);
    value_put_text(&map, "holders", holders_of(row, arena));
    return value_end_map(&map);
}

struct value report_contained(const struct ledger *ledger, const struct report_packs *packs,
                              struct arena *arena)
{
    struct value_builder map;
    struct value_builder list;
    struct value_builder counts;
    int64_t held = 0;
    int64_t broken = 0;
    int64_t perhaps = 0;
    int64_t others = 0;

    value_build(&list, arena);
    for (size_t i = 0; i < ledger_row_count(ledger); i++) {
        const struct ledger_row *row = ledger_row_at(ledger, i);
        held += row->ours && row->held && !is_broken(row);
        broken += is_broken(row);
        perhaps += row->ours && !row->held;
        others += !row->ours;
        value_push(&list, report_containment(row, packs, arena));
    }
    value_build(&counts, arena);
    value_put_text(&counts, "held", value_int(held));
    value_put_text(&counts, "broken", value_int(broken));
    value_put_text(&counts, "perhaps", value_int(perhaps));
    value_put_text(&counts, "others", value_int(others));
    value_build(&map, arena);
    value_put_text(&map, "containments", value_end_list(&list));
    value_put_text(&map, "counts", value_end_map(&counts));
    return value_end_map(&map);
}

static bool not_yet(const struct run_task *task)
{
    bool waits = task->state == TASK_PENDING || task->state == TASK_HELD || task->state == TASK_RESTING;
    return waits && !task->undo && task->pack && task->pack->containment;
}

struct value report_not_yet(const struct run *const *runs, size_t count, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < runs[i]->task_count; j++) {
            const struct run_task *task = runs[i]->tasks[j];
            struct report_words words;
            struct value_builder map;
            if (!not_yet(task))
                continue;
            report_task_words(task, arena, &words);
            value_build(&map, arena);
            put_text(&map, "target", task->name);
            put_text(&map, "called", run_task_called(task, arena));
            put_text(&map, "action", task->pack->name);
            put_text(&map, "run", runs[i]->id);
            put_text(&map, "says", words.says);
            put_text(&map, "why", task->why);
            put_text(&map, "ask", task->ask);
            put_time(&map, "until", task->pending_until_ms);
            value_push(&list, value_end_map(&map));
        }
    return value_end_list(&list);
}

struct value report_waiting(const struct ledger *ledger, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < ledger_ask_count(ledger); i++) {
        const struct ledger_ask *ask = ledger_ask_at(ledger, i);
        struct value_builder map;
        struct value_builder members;
        if (!ask->open)
            continue;
        value_build(&map, arena);
        put_text(&map, "ask", ask->id);
        put_text(&map, "kind", ask->kind);
        put_text(&map, "rule", ask->rule);
        put_text(&map, "text", ask->text);
        put_text(&map, "digest", ledger_ask_digest(ask, arena));
        put_time(&map, "opened", ask->opened_ms);
        value_build(&members, arena);
        for (size_t j = 0; j < ask->member_count; j++) {
            struct value_builder member;
            value_build(&member, arena);
            put_text(&member, "run", ask->runs[j]);
            put_text(&member, "task", ask->tasks[j]);
            put_text(&member, "target", ask->names[j]);
            value_push(&members, value_end_map(&member));
        }
        value_put_text(&map, "members", value_end_list(&members));
        value_push(&list, value_end_map(&map));
    }
    return value_end_list(&list);
}
