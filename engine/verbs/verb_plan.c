/* `plan`: the same run, in a journal that is thrown away. Without --check no call is made at all; with it,
 * targets are asked by workers that have no writing function. */
#include "engine/verbs/verb_parts.h"

VERB_FN(verb_plan)
{
    struct loop_request asked;
    struct run *run = NULL;

    if (verb_request(context, request, &asked, err))
        return -1;
    asked.mode = value_get_bool(request, "check", false) ? MODE_DRY : MODE_PLAN;
    if (loop_request(context->loop, &asked, &run, err))
        return -1;
    return verb_wait_run(context, run, ret_answer);
}
