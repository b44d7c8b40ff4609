/* Another configuration: from now on what is read anew (policy, addresses, budgets, sources) comes from
 * there; runs keep their playbooks and packs. Each load is in the journal, with what changed and who did it.
 */
#include <string.h>

#include "engine/loop/loop_parts.h"

void site_digests(const struct loop *loop, struct arena *arena, struct value_builder *body)
{
    const struct site *site = loop->config.site;

    value_put_text(body, "policy", value_text(arena, policy_digest(loop->config.policy)));
    if (site) {
        value_put_text(body, "inventory", value_text(arena, site->inventory_digest));
        value_put_text(body, "config", value_text(arena, site->config_digest));
    }
}

static struct value what_changed(const struct value *before, const struct value *after, struct arena *arena)
{
    static const char *const parts[] = {"config", "inventory", "policy"};
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(value_get_string(before, parts[i], ""), value_get_string(after, parts[i], "")) != 0)
            value_push(&list, value_static(parts[i]));
    return value_end_list(&list);
}

static struct value digests_now(const struct loop *loop, struct arena *arena)
{
    struct value_builder digests;

    value_build(&digests, arena);
    site_digests(loop, arena, &digests);
    return value_end_map(&digests);
}

/* What a run reads of the site it reads from the new one: nothing of the old is looked at after this. */
static void give_site(struct loop *loop, struct run *run)
{
    struct run_input input = run_input_of(loop, run->id);

    run->input.site = input.site;
    run->input.arg = input.arg;
    run->input.offline_ms = input.offline_ms;
    run->input.offline_every_ms = input.offline_every_ms;
}

static void note(struct loop *loop, struct value_builder *body, const char *by)
{
    struct effect loaded = {.kind = EFFECT_EVENT, .event = EVENT_SITE_LOADED};

    value_put_text(body, "by", value_text(batch_arena(loop), by));
    loaded.body = value_end_map(body);
    loop_emit(loop, NULL, &loaded);
}

void loop_reload(struct loop *loop, const struct loop_site *site)
{
    struct arena *arena = batch_arena(loop);
    struct value before = digests_now(loop, arena);
    struct value after;
    struct value_builder body;

    loop->config.site = site->site;
    loop->config.policy = site->policy;
    loop->config.shelf = site->shelf;
    for (size_t i = 0; i < loop->live_count; i++)
        give_site(loop, loop->lives[i]->run);
    for (size_t i = 0; i < loop->looks.count; i++)
        give_site(loop, loop->looks.items[i]->run);
    after = digests_now(loop, arena);
    value_build(&body, arena);
    site_digests(loop, arena, &body);
    value_put_text(&body, "changed", what_changed(&before, &after, arena));
    value_put_text(&body, "playbooks", value_int((int64_t)site->playbook_count));
    note(loop, &body, site->by);
}

void loop_reload_failed(struct loop *loop, const char *by, const char *why)
{
    struct arena *arena = batch_arena(loop);
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "error", value_text(arena, why));
    note(loop, &body, by);
}

void loop_note_source(struct loop *loop, const char *by, const struct value *facts)
{
    struct arena *arena = batch_arena(loop);
    struct value_builder body;

    value_build(&body, arena);
    for (size_t i = 0; i < facts->map->count; i++)
        value_put(&body, value_copy(arena, &facts->map->keys[i]), value_copy(arena, &facts->map->values[i]));
    note(loop, &body, by);
}

bool loop_uses(const struct loop *loop, const struct playbook *playbook)
{
    for (size_t i = 0; i < loop->live_count; i++)
        if (loop->lives[i]->run->input.playbook == playbook)
            return true;
    return false;
}
