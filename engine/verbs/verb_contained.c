/* `contained`: the ledger, and what live runs have not done yet. With --check each is asked now, by a release
 * that is only played: it finds and checks, and its workers can't write. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/report/report_ledger.h"
#include "engine/report/report_style.h"
#include "engine/report/report_words.h"
#include "engine/verbs/verb_about.h"
#include "engine/verbs/verb_parts.h"

enum look { LOOK_SO, LOOK_BROKEN, LOOK_SILENT, LOOK_COUNT };

static const struct run_task *find_task(const struct run *run, const struct ledger_row *row)
{
    for (size_t i = 0; i < run->task_count; i++) {
        const struct run_task *task = run->tasks[i];
        bool same = strcmp(run_task_row(task), row->target) == 0 &&
                    strcmp(run_task_place(task), row->place) == 0 && task->pack &&
                    text_same_fold(task->pack->name, row->action);
        if (same)
            return task;
    }
    return NULL;
}

/* What the look found, in words. Broken is what the ledger holds and the target has lost, in whole or in
 * part. */
static const char *look_says(const struct run_task *task, enum look *ret_look, struct arena *arena)
{
    const char *verb = report_verb(task ? task->pack : NULL, false);

    *ret_look = LOOK_SILENT;
    if (!task)
        return "not asked";
    switch (task->verdict) {
    case VERDICT_SO:
        *ret_look = LOOK_SO;
        return arena_printf(arena, "asked now: %s", verb);
    case VERDICT_CLEAR:
        *ret_look = LOOK_BROKEN;
        return "asked now: nothing of it is there";
    case VERDICT_PARTLY:
        *ret_look = LOOK_BROKEN;
        return arena_printf(arena, "asked now: %s only in part", verb);
    case VERDICT_UNDERWAY:
        return "asked now: underway";
    case VERDICT_NONE:
    case VERDICT_COUNT:
        break;
    }
    return arena_printf(arena, "no answer: %s", report_why(task->why, task->name));
}

static struct value checked_row(const struct ledger_row *row, const struct run *run,
                                const struct report_packs *packs, struct arena *arena,
                                int64_t looks[LOOK_COUNT])
{
    const struct run_task *task = find_task(run, row);
    struct value value = report_containment(row, packs, arena);
    struct value_builder map;
    enum look look;
    const char *says = look_says(task, &look, arena);
    bool broken = look == LOOK_BROKEN && row->held;

    looks[broken ? LOOK_BROKEN : look == LOOK_SILENT ? LOOK_SILENT : LOOK_SO]++;
    value_build(&map, arena);
    for (size_t i = 0; i < value.map->count; i++)
        value_put(&map, value.map->keys[i], value.map->values[i]);
    value_put_text(&map, "check", value_text(arena, says));
    value_put_text(&map, "broken", value_bool(broken));
    if (broken)
        value_put_text(&map, "says", value_static("BROKEN"));
    return value_end_map(&map);
}

static VERB_FN(checked_all)
{
    const struct ledger *ledger = loop_ledger(context->loop);
    struct report_packs packs = verb_packs(context);
    struct value held = report_contained(ledger, &packs, context->arena);
    struct value_builder answer, rows, counts;
    int64_t looks[LOOK_COUNT] = {0};

    (void)request;
    (void)err;
    value_build(&rows, context->arena);
    for (size_t i = 0; i < ledger_row_count(ledger); i++)
        value_push(&rows,
                   checked_row(ledger_row_at(ledger, i), context->wait.run, &packs, context->arena, looks));
    value_build(&counts, context->arena);
    static const char *const names[] = {"held", "perhaps", "others"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        value_put_text(&counts, names[i], value_int(value_get_int(value_get(&held, "counts"), names[i], 0)));
    value_put_text(&counts, "broken", value_int(looks[LOOK_BROKEN]));
    value_put_text(&counts, "silent", value_int(looks[LOOK_SILENT]));
    value_build(&answer, context->arena);
    value_put_text(&answer, "containments", value_end_list(&rows));
    value_put_text(&answer, "counts", value_end_map(&counts));
    *ret_answer = value_end_map(&answer);
    context->exit = looks[LOOK_BROKEN] + looks[LOOK_SILENT] > 0 ? EXIT_PARTLY : EXIT_DONE;
    return 0;
}

static int check_all(struct verb_context *context, struct value *ret_answer, struct soar_err *err)
{
    struct loop_request asked = {.mode = MODE_DRY, .by = context->by, .reason = "contained --check"};
    struct report_packs packs = verb_packs(context);
    struct run *run = NULL;

    *ret_answer = report_contained(loop_ledger(context->loop), &packs, context->arena);
    if (ledger_row_count(loop_ledger(context->loop)) == 0)
        return 0;
    if (verb_about(context, NULL, NULL, &asked, err) || loop_request(context->loop, &asked, &run, err))
        return -1;
    return verb_wait_for(context, run, checked_all, ret_answer);
}

VERB_FN(verb_contained)
{
    struct report_packs packs = verb_packs(context);
    size_t count = loop_run_count(context->loop);
    struct value_builder answer;

    if (value_get_bool(request, "check", false))
        return check_all(context, ret_answer, err);
    const struct run **runs = arena_array(context->arena, count + 1, sizeof(struct run *));
    for (size_t i = 0; i < count; i++)
        runs[i] = loop_run_at(context->loop, i);
    struct value held = report_contained(loop_ledger(context->loop), &packs, context->arena);
    value_build(&answer, context->arena);
    value_put_text(&answer, "containments", *value_get(&held, "containments"));
    value_put_text(&answer, "counts", *value_get(&held, "counts"));
    value_put_text(&answer, "not_yet", report_not_yet(runs, count, context->arena));
    *ret_answer = value_end_map(&answer);
    return 0;
}
