/* `resume`: goes on with what was cut off or waits for a host; what is offline is tried now and not at its
 * time. */
#include "engine/report/report_run.h"
#include "engine/verbs/verb_parts.h"

/* What was cut off goes on by itself; where nothing rests there is nothing to wake, and that is no mistake.
 */
static void wake(struct verb_context *context, const struct run *run)
{
    struct soar_err nothing_rests;

    if (run->state != RUN_ENDED && loop_retry_now(context->loop, run->id, NULL, &nothing_rests))
        return;
}

/* All of them: the answer is the last one's, with the others beside it. */
static int resume_all(struct verb_context *context, struct value *ret_answer, struct soar_err *err)
{
    size_t count = loop_run_count(context->loop);
    struct run *last = NULL;

    for (size_t i = 0; i < count; i++) {
        struct run *run = loop_run_at(context->loop, i);
        wake(context, run);
        last = run->state == RUN_ENDED ? last : run;
    }
    if (!last)
        return soar_err_set(err, SOAR_INVALID, "nothing to resume: every run has ended");
    return verb_wait_run(context, last, ret_answer);
}

VERB_FN(verb_resume)
{
    const char *id = verb_text(request, "run");

    context->stays = !context->remote && !value_get_bool(request, "no_wait", false);
    if (!id)
        return resume_all(context, ret_answer, err);
    struct run *run = verb_live_run(context, id);
    if (!run)
        return soar_err_set(err, SOAR_INVALID,
                            "no run '%s' that goes on: it has ended, or is not in this record "
                            "(soarctl runs; what failed is tried again by soarctl retry)",
                            id);
    wake(context, run);
    return verb_wait_run(context, run, ret_answer);
}
