/* `release`: a run of its own that undoes. A target loses all its holders; of a run only what that run holds,
 * and what others hold too stays as it is. A run that still goes on is stopped first, so that it can't put it
 * back. */
#include <string.h>

#include "engine/report/report_ledger.h"
#include "engine/report/report_run.h"
#include "engine/verbs/verb_about.h"
#include "engine/verbs/verb_parts.h"

/* Fills about for a target or a run: a target's name comes first. */
static int about_what(struct verb_context *context, const char *what, struct loop_request *asked,
                      const char **ret_run, struct soar_err *err)
{
    bool run = verb_is_holder(context, what) || verb_live_run(context, what);

    *ret_run = run ? what : NULL;
    return verb_about(context, run ? NULL : what, *ret_run, asked, err);
}

static void put_row(struct value_builder *list, struct verb_context *context, const struct run_about *about)
{
    const struct ledger_row *row =
        ledger_find(loop_ledger(context->loop), about->target, about->action, about->provider, about->place);
    struct report_packs packs = verb_packs(context);

    if (row)
        value_push(list, report_containment(row, &packs, context->arena));
}

/* Which runs go on holding it afterwards. */
static const char *stays(struct verb_context *context, const struct run_about *about)
{
    const struct ledger_row *row =
        ledger_find(loop_ledger(context->loop), about->target, about->action, about->provider, about->place);
    BUF_SCOPED out = {0};

    for (size_t i = 0; row && i < row->holder_count; i++) {
        bool freed = false;
        for (size_t j = 0; j < about->free_count; j++)
            freed = freed || strcmp(about->free_runs[j], row->holders[i].run) == 0;
        if (!freed)
            buf_printf(&out, "%s%s", out.len ? ", " : "", row->holders[i].run);
    }
    return arena_string(context->arena, buf_string(&out));
}

VERB_FN(verb_release_preview)
{
    struct loop_request asked = {.mode = MODE_REAL};
    const char *run = NULL;
    struct value_builder map, list, others;

    if (about_what(context, verb_text(request, "what"), &asked, &run, err))
        return -1;
    value_build(&list, context->arena);
    value_build(&others, context->arena);
    for (size_t i = 0; i < asked.about_count; i++) {
        put_row(&list, context, &asked.about[i]);
        value_push(&others, value_static(stays(context, &asked.about[i])));
    }
    value_build(&map, context->arena);
    value_put_text(&map, "release", value_end_list(&list));
    value_put_text(&map, "stays_with", value_end_list(&others));
    value_put_text(&map, "targets", value_int((int64_t)asked.about_count));
    *ret_answer = value_end_map(&map);
    return 0;
}

static bool means(const struct run_task *task, const struct run_about *about)
{
    return !task->undo && task->state != TASK_ENDED && run_task_is_of(task, about->target, &about->host) &&
           task->pack && strcmp(task->pack->name, about->action) == 0;
}

/* A run that was cut off and is not driven now would do it again when it goes on: its end comes first. */
static int check_parked(struct verb_context *context, const struct loop_request *asked, struct soar_err *err)
{
    for (size_t i = 0; i < loop_run_count(context->loop); i++) {
        const struct run *run = loop_run_at(context->loop, i);
        for (size_t t = 0; t < run->task_count && loop_run_parked(context->loop, run); t++)
            for (size_t a = 0; a < asked->about_count; a++)
                if (means(run->tasks[t], &asked->about[a]))
                    return soar_err_set(err, SOAR_INVALID,
                                        "%s was cut off and would do it to %s again: soarctl stop %s first",
                                        run->id, run->tasks[t]->name, run->id);
    }
    return 0;
}

static VERB_FN(release)
{
    const char *what = verb_text(request, "what");
    struct loop_request asked = {
        .mode = MODE_REAL,
        .by = context->by,
        .reason = verb_text(request, "reason"),
    };
    const char *id = NULL;
    struct run *run = NULL;

    if (about_what(context, what, &asked, &id, err) || check_parked(context, &asked, err) ||
        loop_request(context->loop, &asked, &run, err))
        return -1;
    return verb_wait_run(context, run, ret_answer);
}

/* A run that goes on is stopped first, so that it can't put it back. */
VERB_FN(verb_release)
{
    const char *what = verb_text(request, "what");
    struct run *run = verb_live_run(context, what);

    if (!run || run->state == RUN_ENDED)
        return release(context, request, ret_answer, err);
    if (loop_cancel(context->loop, run->id, context->by, "released", err))
        return -1;
    return verb_wait_for(context, run, release, ret_answer);
}
