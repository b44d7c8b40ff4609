/* `trigger`: which playbooks this alert would start, and why not the others. Starts nothing. */
#include "engine/verbs/verb_parts.h"

struct look {
    struct verb_context *context;
    const struct value *alert;
    struct value_builder answers;
    size_t starts;
};

static int look_at(void *arg, const char *path, const char *text, size_t len)
{
    struct look *look = arg;
    struct verb_context *context = look->context;
    struct trigger_answer answer = {0};
    struct value_builder map;
    struct diag_list diags;

    if (!verb_yaml_key(context->arena, text, len, "playbook_name"))
        return 0; /* a pack, a test, an inventory */
    diag_init(&diags, context->arena, path);
    struct playbook *playbook =
        playbook_load(context->arena, path, text, len, context->shelf, context->site, &diags);
    value_build(&map, context->arena);
    value_put_text(&map, "file", value_text(context->arena, path));
    if (playbook) {
        trigger_match(playbook, context->site, look->alert, context->arena, &answer);
        value_put_text(&map, "playbook", value_text(context->arena, playbook->name));
    } else {
        diag_print(&diags, context->mistakes);
        answer.why = "it has mistakes (soarctl lint)";
        context->exit = EXIT_MISTAKE;
    }
    value_put_text(&map, "starts", value_bool(answer.starts));
    value_put_text(&map, "why", value_text(context->arena, answer.why ? answer.why : ""));
    value_push(&look->answers, value_end_map(&map));
    look->starts += answer.starts;
    return 0;
}

static int look_everywhere(struct look *look, const struct value *paths, struct soar_err *err)
{
    const char *const *dirs = verb_playbook_dirs(look->context);

    for (size_t i = 0; i < value_count(paths); i++)
        if (verb_each_file(look->context->arena, value_at(paths, i)->text, look_at, look, err))
            return -1;
    for (size_t i = 0; value_count(paths) == 0 && dirs[i]; i++)
        if (verb_each_file(look->context->arena, dirs[i], look_at, look, err))
            return -1;
    return 0;
}

VERB_FN(verb_trigger)
{
    struct value alert;
    const char *body = NULL;
    struct look look = {.context = context, .alert = &alert};
    struct value_builder map;

    if (verb_alert(context, request, &alert, &body, err))
        return -1;
    value_build(&look.answers, context->arena);
    if (look_everywhere(&look, value_get(request, "paths"), err))
        return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "playbooks", value_end_list(&look.answers));
    value_put_text(&map, "starts", value_int((int64_t)look.starts));
    *ret_answer = value_end_map(&map);
    return 0;
}
