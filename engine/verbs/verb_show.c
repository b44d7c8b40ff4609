/* `show` and `watch`: one run, live or long ended, as the fold of its events. */
#include <stdlib.h>

#include "engine/report/report_run.h"
#include "engine/verbs/verb_parts.h"

static void free_run(struct run **run)
{
    run_free(*run);
}

VERB_FN(verb_show)
{
    __attribute__((cleanup(free_run))) struct run *run = NULL;

    if (loop_fold(context->loop, verb_text(request, "run"), &run, err))
        return -1;
    *ret_answer = report_run(run, context->remote, context->arena);
    context->exit = report_run_exit(run);
    return 0;
}
