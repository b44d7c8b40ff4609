/* `waiting`: every question that is open, or one of them. */
#include <string.h>

#include "engine/report/report_ledger.h"
#include "engine/verbs/verb_parts.h"

VERB_FN(verb_waiting)
{
    struct value asks = report_waiting(loop_ledger(context->loop), context->arena);
    const char *wanted = verb_text(request, "ask");
    struct value_builder map;
    struct value_builder list;

    value_build(&list, context->arena);
    for (size_t i = 0; i < value_count(&asks); i++)
        if (!wanted || strcasecmp(value_get_string(value_at(&asks, i), "ask", ""), wanted) == 0)
            value_push(&list, *value_at(&asks, i));
    value_build(&map, context->arena);
    value_put_text(&map, "asks", value_end_list(&list));
    *ret_answer = value_end_map(&map);
    size_t count = value_count(value_get(ret_answer, "asks"));
    if (wanted && count == 0)
        return soar_err_set(err, SOAR_INVALID, "no open question '%s' (soarctl waiting)", wanted);
    context->exit = count > 0 ? EXIT_WAITS : EXIT_DONE;
    return 0;
}
