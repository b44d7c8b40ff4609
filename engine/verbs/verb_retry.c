/* `retry`: in a run that goes on, what rests is tried now. A run that has ended gets no event any more: what
 * failed in it is tried by a new run of the same playbook text, over these targets alone. */
#include <string.h>

#include "engine/report/report_words.h"
#include "engine/verbs/verb_parts.h"

static void free_run(struct run **run)
{
    run_free(*run);
}

static int retry_live(struct verb_context *context, struct run *run, const struct value *targets,
                      struct soar_err *err)
{
    for (size_t i = 0; i < value_count(targets); i++)
        if (loop_retry_now(context->loop, run->id, value_at(targets, i)->text, err))
            return -1;
    return value_count(targets) > 0 ? 0 : loop_retry_now(context->loop, run->id, NULL, err);
}

static bool is_named(const struct value *targets, const char *name)
{
    for (size_t i = 0; i < value_count(targets); i++)
        if (value_is_string(value_at(targets, i), name))
            return true;
    return false;
}

static bool is_left(const struct run_task *task, struct arena *arena)
{
    struct report_words words;

    report_task_words(task, arena, &words);
    return words.open && !task->undo;
}

/* The names to try again; every name a person gave must be one of the run's. */
static int choose(const struct run *run, const struct value *targets, struct arena *arena,
                  struct value *ret_only, struct soar_err *err)
{
    struct value_builder list;
    size_t known = 0;

    value_build(&list, arena);
    for (size_t i = 0; i < run->task_count; i++) {
        const struct run_task *task = run->tasks[i];
        const char *called = run_task_called(task, arena);
        bool named = is_named(targets, task->name) || is_named(targets, called);
        struct value sofar = {.kind = VALUE_LIST, .list = &(struct value_list){list.count, list.values}};
        known += named;
        if ((value_count(targets) > 0 ? named : is_left(task, arena)) && !is_named(&sofar, called))
            value_push(&list, value_text(arena, called));
    }
    if (value_count(targets) > known)
        return soar_err_set(err, SOAR_INVALID, "%s has no target of that name (soarctl show %s)", run->id,
                            run->id);
    *ret_only = value_end_list(&list);
    if (value_count(ret_only) == 0)
        return soar_err_set(err, SOAR_INVALID, "%s left nothing to try again", run->id);
    return 0;
}

VERB_FN(verb_retry)
{
    __attribute__((cleanup(free_run))) struct run *ended = NULL;
    const struct value *targets = value_get(request, "targets");
    struct run *run = verb_live_run(context, verb_text(request, "run"));
    struct value only = value_null();

    context->stays = !context->remote && !value_get_bool(request, "no_wait", false);
    if (run && run->state != RUN_ENDED) {
        if (retry_live(context, run, targets, err))
            return -1;
        return verb_wait_run(context, run, ret_answer);
    }
    if (loop_fold(context->loop, verb_text(request, "run"), &ended, err) ||
        choose(ended, targets, context->arena, &only, err))
        return -1;
    if (!ended->input.playbook)
        return soar_err_set(err, SOAR_INVALID, "%s is a release: try it again with soarctl release",
                            ended->id);
    struct loop_request again = {
        .playbook = ended->input.playbook,
        .mode = MODE_REAL,
        .alert = ended->alert.kind == VALUE_NULL ? NULL : &ended->alert,
        .vars = value_count(&ended->vars) > 0 ? &ended->vars : NULL,
        .only = &only,
        .by = context->by,
        .reason = arena_printf(context->arena, "again, after %s", ended->id),
        .case_id = value_get_string(&ended->started, "case", NULL),
    };
    if (loop_request(context->loop, &again, &run, err))
        return -1;
    return verb_wait_run(context, run, ret_answer);
}
