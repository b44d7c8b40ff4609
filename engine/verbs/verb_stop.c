/* `stop`: nothing more begins; what is out is let finish (or, with --now, cut short) and looked
 * at; nothing is undone. */
#include "engine/verbs/verb_parts.h"

static struct value with_exit(struct verb_context *context, const struct value *run)
{
    struct value_builder map;

    value_build(&map, context->arena);
    for (size_t i = 0; i < run->map->count; i++)
        value_put(&map, run->map->keys[i], run->map->values[i]);
    value_put_text(&map, "exit", value_int(context->exit));
    return value_end_map(&map);
}

static VERB_FN(stopped)
{
    const struct run *run = context->wait.run;

    if (verb_answer_run(context, request, ret_answer, err))
        return -1;
    if (run->state == RUN_ENDED && context->exit != EXIT_WAITS) {
        context->exit = EXIT_DONE; /* what was asked for is done: nothing of it goes on */
        *ret_answer = with_exit(context, ret_answer);
    }
    return 0;
}

VERB_FN(verb_stop)
{
    const char *id = verb_text(request, "run");
    struct run *run = verb_live_run(context, id);
    const char *reason = verb_text(request, "reason");
    bool now = value_get_bool(request, "now", false);

    if (!run || run->state == RUN_ENDED)
        return soar_err_set(err, SOAR_INVALID, "no run '%s' that goes on (soarctl runs)", id);
    if (!(now && run->state == RUN_CANCELLING) &&
        loop_cancel(context->loop, run->id, context->by, reason ? reason : "", err))
        return -1;
    if (now)
        loop_cut_short(context->loop, run->id);
    verb_wait_for(context, run, stopped, ret_answer);
    context->wait.tells = true;
    return 0;
}
