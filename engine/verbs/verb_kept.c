/* `alert`, `playbooks`: what soard has: an alert as it was received, and the playbooks it may start. */
#include <string.h>

#include "engine/base/json.h"
#include "engine/report/print_run.h"
#include "engine/verbs/sources.h"
#include "engine/verbs/verb_parts.h"

struct found {
    struct arena *arena;
    struct value value;
};

static int take_alert(void *arg, const struct soar_alert *alert)
{
    struct found *found = arg;
    struct value_builder map;
    struct value body;

    value_build(&map, found->arena);
    value_put_text(&map, "alert", value_text(found->arena, alert->id));
    value_put_text(&map, "source", value_text(found->arena, alert->source));
    value_put_text(&map, "received", value_int(alert->received_at_ms));
    value_put_text(&map, "digest", value_text(found->arena, alert->digest));
    if (json_parse(found->arena, alert->body, strlen(alert->body), &body, NULL))
        body = value_text(found->arena, alert->body);
    value_put_text(&map, "body", body);
    found->value = value_end_map(&map);
    return 1;
}

VERB_FN(verb_alert_show)
{
    const char *id = verb_text(request, "alert");
    struct found found = {.arena = context->arena, .value = value_null()};
    struct soar_err why = {0};

    if (context->store->ops->alert(context->store, id, take_alert, &found, &why) &&
        why.class != SOAR_ABSENT) {
        *err = why;
        return -1;
    }
    if (found.value.kind == VALUE_NULL)
        return soar_err_set(err, SOAR_INVALID, "no alert '%s' in this record", id);
    *ret_answer = found.value;
    return 0;
}

static void put_one(struct arena *arena, const struct playbook *playbook, struct value_builder *list)
{
    struct value_builder map, steps;

    value_build(&map, arena);
    value_put_text(&map, "playbook", value_text(arena, playbook->name));
    value_put_text(&map, "file", value_text(arena, playbook->file ? playbook->file : ""));
    value_put_text(&map, "digest", value_text(arena, playbook->digest));
    if (playbook->source) {
        value_put_text(&map, "repository", value_text(arena, playbook->source));
        value_put_text(&map, "commit", value_text(arena, playbook->commit));
    }
    if (playbook->trigger_name)
        value_put_text(&map, "trigger", value_text(arena, playbook->trigger_name));
    if (playbook->severity)
        value_put_text(&map, "severity", value_text(arena, playbook->severity));
    value_build(&steps, arena);
    for (size_t i = 0; i < playbook->step_count; i++)
        value_push(&steps, value_text(arena, playbook->steps[i].name));
    value_put_text(&map, "steps", value_end_list(&steps));
    value_push(list, value_end_map(&map));
}

VERB_FN(verb_playbooks)
{
    struct value_builder map, list;

    (void)request;
    if (!context->daemon)
        return soar_err_set(err, SOAR_INVALID,
                            "no soard runs here: `soarctl lint` looks at playbooks in their directories");
    value_build(&list, context->arena);
    for (size_t i = 0; i < context->playbook_count; i++)
        put_one(context->arena, context->playbooks[i], &list);
    value_build(&map, context->arena);
    value_put_text(&map, "playbooks", value_end_list(&list));
    value_put_text(&map, "repositories", sources_value(context->daemon->sources, NULL, context->arena));
    *ret_answer = value_end_map(&map);
    return 0;
}

void verb_print_playbooks(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *playbooks = value_get(answer, "playbooks");
    static const char *const keys[] = {"playbook", "trigger", "severity", "file"};
    static const char *const heads[] = {"PLAYBOOK", "TRIGGER", "SEVERITY", "FILE"};
    struct report_table table;

    report_table_init(&table, arena, 4);
    for (size_t i = 0; i < 4; i++)
        report_cell(&table, heads[i]);
    for (size_t i = 0; i < value_count(playbooks); i++)
        for (size_t k = 0; k < 4; k++)
            report_cell(&table,
                        report_outside(arena, value_get_string(value_at(playbooks, i), keys[k], "-")));
    report_table_print(&table, style, "", out);
    if (value_count(value_get(answer, "repositories")) > 0)
        buf_char(out, '\n');
    verb_print_repositories(answer, style, out);
}
