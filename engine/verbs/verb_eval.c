/* `eval`: one expression, its value and type. Reads no site: what is in scope is what was given. */
#include <string.h>

#include "engine/cel/cel.h"
#include "engine/verbs/verb_parts.h"

VERB_FN(verb_eval)
{
    const char *text = verb_text(request, "expression");
    struct cel_program *program = NULL;
    struct value names, vars, result;
    struct value alert = value_null();
    struct value_builder map;
    const char *body = NULL;
    size_t offset = 0;

    if (cel_compile(context->arena, text, strlen(text), NULL, &program, &offset, err))
        return soar_err_wrap(err, "column %zu", offset + 1);
    if (verb_alert(context, request, &alert, &body, err) || verb_vars(context, request, NULL, &vars, err))
        return -1;
    value_build(&map, context->arena);
    if (body)
        value_put_text(&map, "alert", alert);
    value_put_text(&map, "vars", vars);
    names = value_end_map(&map);
    struct cel_scope scope = cel_scope_map(&names, NULL);
    if (cel_value(program, &scope, context->arena, &result, err))
        return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "value", result);
    value_put_text(&map, "type", value_static(value_kind_name(result.kind)));
    *ret_answer = value_end_map(&map);
    return 0;
}
