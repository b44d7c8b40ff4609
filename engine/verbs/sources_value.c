/* What is known of each repository, as a map: for status, the list of playbooks, and programs. */
#include <string.h>

#include "engine/verbs/sources_parts.h"

static void put_commit(struct value_builder *map, const struct source_commit *commit)
{
    struct arena *arena = map->arena;

    value_put_text(map, "commit", value_text(arena, commit->commit));
    if (*commit->by)
        value_put_text(map, "signed_by", value_text(arena, commit->by));
    value_put_text(map, "subject", value_text(arena, commit->subject));
    value_put_text(map, "time", value_int(commit->time_ms));
}

static void put_kept(const struct sources *sources, const struct site_source *source,
                     struct value_builder *map)
{
    struct source_commit *live = NULL, *next = NULL;
    struct value_builder waits;

    if (source_commit_read(map->arena, sources->state, source->name, SOURCE_LIVE, &live, NULL) == 0 && live) {
        put_commit(map, live);
        value_put_text(map, "used", value_bool(source_commit_fits(live, source)));
    }
    if (source_commit_read(map->arena, sources->state, source->name, SOURCE_NEXT, &next, NULL) || !next ||
        !source_commit_fits(next, source))
        return;
    value_build(&waits, map->arena);
    put_commit(&waits, next);
    value_put_text(map, "next", value_end_map(&waits));
}

static struct value one(const struct sources *sources, const struct site_source *source, struct arena *arena)
{
    const struct source_entry *entry = source_entry_find(sources, source->name);
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "repository", value_text(arena, source->name));
    value_put_text(&map, "url", value_text(arena, source->url));
    value_put_text(&map, "ref", value_text(arena, source->ref));
    value_put_text(&map, "promote", value_static(source->by_person ? "person" : "auto"));
    value_put_text(&map, "signers", value_bool(source->signers != NULL));
    value_put_text(&map, "state", value_static(source_state_name(entry->state)));
    value_put_text(&map, "since", value_int(entry->since_ms));
    if (entry->asked_ms)
        value_put_text(&map, "asked", value_int(entry->asked_ms));
    if (entry->seen[0])
        value_put_text(&map, "seen", value_text(arena, entry->seen));
    if (entry->why)
        value_put_text(&map, "why", value_text(arena, entry->why));
    put_kept(sources, source, &map);
    return value_end_map(&map);
}

struct value sources_value(const struct sources *sources, const char *name, struct arena *arena)
{
    const struct site *site = sources->with.site;
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < site->source_count; i++)
        if (!name || strcmp(site->sources[i].name, name) == 0)
            value_push(&list, one(sources, &site->sources[i], arena));
    return value_end_list(&list);
}
