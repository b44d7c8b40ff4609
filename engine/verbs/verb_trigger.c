/* `trigger`: which playbooks this alert would start, and why not the others; of a batch, each alert. Starts
 * nothing. */
#include "engine/verbs/verb_parts.h"

struct look {
    struct verb_context *context;
    const struct intake_alerts *alerts;
    struct value_builder *answers; /* one list an alert */
    size_t *starts;
};

static void match(struct look *look, const char *path, const struct playbook *playbook, size_t index)
{
    struct arena *arena = look->context->arena;
    struct trigger_answer answer = {.why = "it has mistakes (soarctl lint)"};
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "file", value_text(arena, path));
    if (playbook) {
        trigger_match(playbook, look->context->site, NULL, &look->alerts->items[index].alert, arena, &answer);
        value_put_text(&map, "playbook", value_text(arena, playbook->name));
    }
    value_put_text(&map, "starts", value_bool(answer.starts));
    value_put_text(&map, "why", value_text(arena, answer.why ? answer.why : ""));
    value_push(&look->answers[index], value_end_map(&map));
    look->starts[index] += answer.starts;
}

static int look_at(void *arg, const char *path, const char *text, size_t len)
{
    struct look *look = arg;
    struct verb_context *context = look->context;
    struct diag_list diags;

    if (!verb_yaml_key(context->arena, text, len, "playbook_name"))
        return 0; /* a pack, a test, an inventory */
    diag_init(&diags, context->arena, path);
    struct playbook *playbook =
        playbook_load(context->arena, path, text, len, context->shelf, context->site, &diags);
    if (!playbook) {
        diag_print(&diags, context->mistakes);
        context->exit = EXIT_MISTAKE;
    }
    for (size_t i = 0; i < look->alerts->count; i++)
        if (!look->alerts->items[i].refused)
            match(look, path, playbook, i);
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

/* What is said of one alert: its playbooks, or why it was refused. */
static void put_alert(struct look *look, size_t index, struct value_builder *map)
{
    const struct intake_alert *one = &look->alerts->items[index];
    const struct value *notes = value_get(value_get(&one->alert, "intake"), "notes");

    if (one->refused) {
        value_put_text(map, "refused", value_text(look->context->arena, one->refused));
        look->context->exit = EXIT_MISTAKE;
    }
    if (notes)
        value_put_text(map, "notes", *notes);
    value_put_text(map, "playbooks", value_end_list(&look->answers[index]));
    value_put_text(map, "starts", value_int((int64_t)look->starts[index]));
}

/* A batch: each of its alerts under its id. */
static void put_batch(struct look *look, struct value_builder *answer)
{
    struct arena *arena = look->context->arena;
    struct value_builder list;
    size_t starts = 0;

    value_build(&list, arena);
    for (size_t i = 0; i < look->alerts->count; i++) {
        struct value_builder map;
        const struct value *id = value_get(&look->alerts->items[i].alert, "id");
        value_build(&map, arena);
        value_put_text(&map, "id", id ? *id : value_text(arena, arena_printf(arena, "%zu", i + 1)));
        put_alert(look, i, &map);
        value_push(&list, value_end_map(&map));
        starts += look->starts[i];
    }
    value_put_text(answer, "alerts", value_end_list(&list));
    value_put_text(answer, "starts", value_int((int64_t)starts));
}

VERB_FN(verb_trigger)
{
    struct verb_alerts all = {0};
    struct value_builder answer;

    if (verb_alerts(context, request, &all, err))
        return -1;
    if (all.alerts.count == 1 && all.alerts.items[0].refused)
        return soar_err_set(err, SOAR_INVALID, "--alert: %s", all.alerts.items[0].refused);
    struct look look = {.context = context,
                        .alerts = &all.alerts,
                        .answers = arena_array(context->arena, all.alerts.count, sizeof *look.answers),
                        .starts = arena_array(context->arena, all.alerts.count, sizeof *look.starts)};
    for (size_t i = 0; i < all.alerts.count; i++)
        value_build(&look.answers[i], context->arena);
    if (look_everywhere(&look, value_get(request, "paths"), err))
        return -1;
    value_build(&answer, context->arena);
    if (all.source)
        value_put_text(&answer, "source", value_text(context->arena, all.source));
    if (all.alerts.count == 1)
        put_alert(&look, 0, &answer);
    else
        put_batch(&look, &answer);
    *ret_answer = value_end_map(&answer);
    return 0;
}
