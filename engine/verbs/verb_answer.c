/* `override`, `drop`, `decide`: a person's answer, journaled, and then what follows from it is done. */
#include <string.h>

#include "engine/report/report_run.h"
#include "engine/verbs/verb_parts.h"

/* The run of the ask's first member: whose end is told. The others move with it. */
static struct run *run_of(struct verb_context *context, const char *id)
{
    const struct ledger_ask *ask = ledger_ask_find(loop_ledger(context->loop), id);

    return ask && ask->member_count > 0 ? loop_run_find(context->loop, ask->runs[0]) : NULL;
}

static int check_kind(struct verb_context *context, const char *id, const char *kind, const char *otherwise,
                      struct soar_err *err)
{
    const struct ledger_ask *ask = ledger_ask_find(loop_ledger(context->loop), id);

    if (!ask || !ask->open)
        return soar_err_set(err, SOAR_INVALID, "no open question '%s'%s (soarctl waiting)", id,
                            ask ? ": it is closed" : "");
    if (strcmp(ask->kind, kind) != 0)
        return soar_err_set(err, SOAR_INVALID, "%s is a %s: answer it with soarctl %s", id, ask->kind,
                            otherwise);
    return 0;
}

/* Somebody looked at other targets than there are now: nothing is done, and nothing has failed. */
static bool has_changed(struct verb_context *context, const struct value *request, struct value *ret_answer)
{
    const char *seen = verb_text(request, "digest");
    const struct ledger_ask *ask = ledger_ask_find(loop_ledger(context->loop), verb_text(request, "ask"));
    const char *now = ledger_ask_digest(ask, context->arena);
    struct value_builder map;

    if (!seen || strcasecmp(seen, now) == 0)
        return false;
    value_build(&map, context->arena);
    value_put_text(&map, "ask", value_text(context->arena, ask->id));
    value_put_text(&map, "changed", value_bool(true));
    value_put_text(&map, "digest", value_text(context->arena, now));
    if (ask->member_count)
        value_put_text(&map, "latest", value_text(context->arena, ask->names[ask->member_count - 1]));
    value_put_text(&map, "count", value_int((int64_t)ask->member_count));
    *ret_answer = value_end_map(&map);
    context->exit = EXIT_WAITS;
    return true;
}

static int answer(struct verb_context *context, const struct value *request, const char *said,
                  struct value *ret_answer, struct soar_err *err)
{
    const char *id = verb_text(request, "ask");
    const char *note = verb_text(request, "reason");
    struct run *run = run_of(context, id);

    if (loop_answer(context->loop, id, said, context->by, note ? note : "", err))
        return -1;
    if (run)
        return verb_wait_run(context, run, ret_answer);
    return soar_err_set(err, SOAR_PERMANENT, "%s: its run is not in this record", id);
}

/* None of those who asked for what is held frees it. */
static int check_askers(struct verb_context *context, const char *id, struct soar_err *err)
{
    const struct ledger_ask *ask = ledger_ask_find(loop_ledger(context->loop), id);

    for (size_t i = 0; i < ask->member_count; i++)
        if (verb_check_asker(context, ask->id, ask->runs[i], err))
            return -1;
    return 0;
}

VERB_FN(verb_override)
{
    if (check_kind(context, verb_text(request, "ask"), "hold", "decide D-n done|again|not", err))
        return -1;
    if (has_changed(context, request, ret_answer))
        return 0;
    if (check_askers(context, verb_text(request, "ask"), err))
        return -1;
    return answer(context, request, "yes", ret_answer, err);
}

VERB_FN(verb_drop)
{
    if (check_kind(context, verb_text(request, "ask"), "hold", "decide D-n done|again|not", err))
        return -1;
    if (has_changed(context, request, ret_answer))
        return 0;
    return answer(context, request, "no", ret_answer, err);
}

VERB_FN(verb_decide)
{
    const char *said = verb_text(request, "answer");

    if (strcmp(said, "done") != 0 && strcmp(said, "again") != 0 && strcmp(said, "not") != 0)
        return soar_err_set(err, SOAR_INVALID, "decide: '%s': expected done, again or not", said);
    if (check_kind(context, verb_text(request, "ask"), "doubt", "override or drop", err))
        return -1;
    return answer(context, request, said, ret_answer, err);
}
