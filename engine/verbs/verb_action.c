/* `action list` and `action show`: what can be done here, by whom, and what it can't give back. */
#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"
#include "engine/yaml/bind.h"

static void put_text(struct value_builder *map, const char *key, const char *text)
{
    if (text && *text)
        value_put_text(map, key, value_text(map->arena, text));
}

static struct value providers_of(const struct pack *pack, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < pack->provider_count; i++) {
        const struct pack_provider *provider = &pack->providers[i];
        struct value_builder map, phases, cannot;
        value_build(&map, arena);
        put_text(&map, "name", provider->name);
        put_text(&map, "when", provider->when ? cel_text(provider->when) : NULL);
        put_text(&map, "via", provider->via ? provider->via->name : NULL);
        put_text(&map, "service", provider->service);
        value_put_text(&map, "over", value_static(pack_over_name(provider->over)));
        value_build(&phases, arena);
        for (int j = 0; j < PHASE_COUNT; j++)
            if (provider->phases[j].given)
                value_push(&phases, value_static(pack_phase_name((enum pack_phase)j)));
        value_put_text(&map, "phases", value_end_list(&phases));
        put_text(&map, "proved", provider->proved);
        value_build(&cannot, arena);
        for (size_t j = 0; j < provider->cannot_undo_count; j++)
            value_push(&cannot, value_text(arena, provider->cannot_undo[j]));
        value_put_text(&map, "cannot_undo", value_end_list(&cannot));
        value_push(&list, value_end_map(&map));
    }
    return value_end_list(&list);
}

static struct value params_of(const struct pack *pack, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < pack->param_count; i++) {
        const struct pack_param *param = &pack->params[i];
        struct value_builder map;
        BUF_SCOPED type = {0};
        type_print(&param->type, &type);
        value_build(&map, arena);
        put_text(&map, "name", param->name);
        put_text(&map, "type", buf_string(&type));
        value_put_text(&map, "required", value_bool(param->required));
        if (!param->required)
            value_put_text(&map, "default", param->default_value);
        put_text(&map, "about", param->about);
        value_push(&list, value_end_map(&map));
    }
    return value_end_list(&list);
}

static struct value pack_value(const struct pack *pack, bool whole, struct arena *arena)
{
    struct value_builder map;

    value_build(&map, arena);
    put_text(&map, "action", pack->name);
    put_text(&map, "summary", pack->summary);
    put_text(&map, "per", pack_per_name(pack->per));
    put_text(&map, "lock", pack->lock);
    put_text(&map, "done", pack->verb);
    put_text(&map, "undone", pack->undone);
    value_put_text(&map, "containment", value_bool(pack->containment));
    put_text(&map, "origin", pack->origin);
    put_text(&map, "digest", pack->digest);
    value_put_text(&map, "providers", providers_of(pack, arena));
    if (whole)
        value_put_text(&map, "params", params_of(pack, arena));
    return value_end_map(&map);
}

VERB_FN(verb_action_list)
{
    struct value_builder map;
    struct value_builder list;

    (void)request;
    (void)err;
    value_build(&list, context->arena);
    for (size_t i = 0; i < pack_shelf_count(context->shelf); i++)
        value_push(&list, pack_value(pack_shelf_at(context->shelf, i), false, context->arena));
    value_build(&map, context->arena);
    value_put_text(&map, "actions", value_end_list(&list));
    *ret_answer = value_end_map(&map);
    return 0;
}

VERB_FN(verb_action_show)
{
    const char *name = verb_text(request, "name");
    const struct pack *pack = pack_shelf_find(context->shelf, name);

    if (pack) {
        *ret_answer = pack_value(pack, true, context->arena);
        return 0;
    }
    size_t count = pack_shelf_count(context->shelf);
    const char **names = arena_array(context->arena, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = pack_shelf_at(context->shelf, i)->name;
    const char *near = text_nearest(name, names);
    return soar_err_set(err, SOAR_INVALID, "no action '%s'%s%s%s (soarctl action list)", name,
                        near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

VERB_FN(verb_action_reference)
{
    struct value_builder map;
    BUF_SCOPED out = {0};

    (void)request;
    (void)err;
    buf_text(&out, "# Reference: actions and contracts\n\n"
                   "Made by `soarctl action reference`, of the tables that read a pack, check it and render "
                   "its calls. How to "
                   "write one:\n[writing-a-pack.md](writing-a-pack.md); why it is so: "
                   "[writing-an-action.md](writing-an-action.md).\n");
    pack_reference(&out);
    if (context->tests && context->tests->contract_table) {
        buf_text(&out, "\n## A contract\n\n");
        bind_markdown(context->tests->contract_table(), 3, &out);
    }
    value_build(&map, context->arena);
    value_put_text(&map, "text", value_text(context->arena, buf_string(&out)));
    *ret_answer = value_end_map(&map);
    return 0;
}
