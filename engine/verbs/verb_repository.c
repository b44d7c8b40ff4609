/* `playbooks fetch`, `playbooks promote`: repositories asked now, and a commit that waits put to use by a
 * person. soard does it with what it has open; without soard it is done here, and the commit in use is the
 * same file. */
#include "engine/loop/pool.h"
#include "engine/verbs/sources.h"
#include "engine/verbs/verb_parts.h"

/* soard's, or one of our own, to be freed. */
static int open_sources(struct verb_context *context, struct sources **ret_sources, struct soar_err *err)
{
    const struct pool_options options = {.base = context->base};
    struct sources_config config = {.world = world_system(), .state = context->state, .loop = context->loop};
    const struct sources_site with = {
        .site = context->site, .policy = context->policy, .shelf = context->shelf};

    if (context->daemon) {
        *ret_sources = context->daemon->sources;
        return 0;
    }
    config.caller = pool_new(&options, err);
    if (!config.caller)
        return -1;
    *ret_sources = sources_new(&config);
    sources_use(*ret_sources, &with, NULL);
    return 0;
}

static void close_sources(const struct verb_context *context, struct sources *sources)
{
    if (!context->daemon)
        sources_free(sources);
}

static void answer(struct verb_context *context, const struct sources *sources, const char *name,
                   struct value *ret_answer)
{
    struct value_builder map;
    struct value list = sources_value(sources, name, context->arena);

    for (size_t i = 0; i < value_count(&list); i++)
        if (value_get(value_at(&list, i), "why"))
            context->exit = EXIT_FAILED;
    value_build(&map, context->arena);
    value_put_text(&map, "repositories", list);
    *ret_answer = value_end_map(&map);
}

static VERB_FN(fetched)
{
    (void)err;
    answer(context, context->daemon->sources, verb_text(request, "repository"), ret_answer);
    return 0;
}

VERB_FN(verb_playbooks_fetch)
{
    const char *name = verb_text(request, "repository");
    struct sources *sources = NULL;

    if (open_sources(context, &sources, err))
        return -1;
    int failed = sources_fetch(sources, name, context->by, err);

    if (failed == 0 && context->daemon) {
        verb_wait_for(context, NULL, fetched, ret_answer);
        context->wait.repository = name ? name : "";
    } else if (failed == 0) {
        sources_wait(sources, context->base, context->stop);
        answer(context, sources, name, ret_answer);
    }
    close_sources(context, sources);
    return failed;
}

VERB_FN(verb_playbooks_promote)
{
    const char *name = verb_text(request, "repository");
    struct sources *sources = NULL;

    if (open_sources(context, &sources, err))
        return -1;
    int failed = sources_promote(sources, name, verb_text(request, "commit"), context->by, err);

    if (failed == 0)
        answer(context, sources, name, ret_answer);
    close_sources(context, sources);
    return failed;
}
