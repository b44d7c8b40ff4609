/* Runs out of the journal: the fold of their events, with the texts and packs they are pinned to.
 *
 * A run whose texts this version can't read, or whose events don't fit, gives an error that says so; nobody
 * else is harmed by it. It journals nothing. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/loop/loop_parts.h"

struct run_input run_input_of(const struct loop *loop, const char *id)
{
    const struct loop_config *config = &loop->config;

    return (struct run_input){.id = id,
                              .site = config->site,
                              .offline_ms = policy_offline_ms(config->policy),
                              .offline_every_ms = policy_offline_every_ms(config->policy),
                              .never_look = loop_breaks(loop, "no-look"),
                              .management = peer_management,
                              .arg = (void *)(uintptr_t)config->site};
}

struct folding {
    struct loop *loop;
    const char *id;
    struct run *run;
    struct soar_err err;
    bool failed; /* the run's own fault, not the store's */
};

static int begin_run(struct folding *folding, const struct event *event)
{
    struct loop *loop = folding->loop;
    struct run_input input = run_input_of(loop, folding->id);
    ARENA_SCOPED arena = arena_new();

    if (event->kind != EVENT_RUN_STARTED)
        return soar_err_set(&folding->err, SOAR_PERMANENT, "its first event is %s",
                            event_kind_name(event->kind));
    input.kind = run_kind_of(&event->body);
    if (input.kind == RUN_PLAYBOOK
            ? pins_playbook(loop, &event->body, &input.playbook, &folding->err)
            : pins_abouts(loop, value_get(&event->body, "about"), arena, &input, &folding->err))
        return -1;
    folding->run = run_new(&input);
    return 0;
}

static int fold_event(void *arg, const struct soar_event *stored)
{
    struct folding *folding = arg;
    ARENA_SCOPED arena = arena_new();
    struct event event;

    folding->failed = event_read(arena, stored, &event, &folding->err) ||
                      (!folding->run && begin_run(folding, &event)) ||
                      run_check(folding->run, &event, &folding->err);
    if (!folding->failed)
        run_apply(folding->run, &event);
    return folding->failed;
}

int loop_load_run(struct loop *loop, const char *id, struct run **ret_run, bool *ret_broken,
                  struct soar_err *err)
{
    struct folding folding = {.loop = loop, .id = id};
    struct soar_store *store = loop->config.store;
    int failed = store->ops->events(store, id, 1, fold_event, &folding, err);

    if (failed || folding.failed || !folding.run) {
        run_free(folding.run);
        if (failed)
            return -1;
        if (ret_broken)
            *ret_broken = true;
        if (folding.failed)
            return soar_err_set(err, SOAR_PERMANENT, "%s can't be folded: %s", id, folding.err.text);
        return soar_err_set(err, SOAR_ABSENT, "there is no run %s", id);
    }
    folding.run->changed_n = folding.run->n;
    *ret_run = folding.run;
    return 0;
}

struct match {
    struct arena *arena;
    const char *wanted;
    const char *found;
    size_t count;
};

static int match_id(void *arg, const struct soar_row *row)
{
    struct match *match = arg;
    size_t wanted = strlen(match->wanted);
    size_t len = strlen(row->key);
    bool whole = strcmp(row->key, match->wanted) == 0;
    bool part = len > wanted && (strncmp(row->key, match->wanted, wanted) == 0 ||
                                 strcmp(row->key + len - wanted, match->wanted) == 0);

    if (strcmp(row->key, "-") == 0 || (!whole && !part))
        return 0;
    match->found = arena_string(match->arena, row->key);
    match->count = whole ? 1 : match->count + 1;
    return whole;
}

int loop_fold(struct loop *loop, const char *id, struct run **ret_run, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct match match = {.arena = arena, .wanted = id};
    struct soar_store *store = loop->config.store;

    if (store->ops->rows(store, &(struct soar_query){.view = SOAR_VIEW_RUN, .key = id}, match_id, &match,
                         err) ||
        (match.count == 0 &&
         store->ops->rows(store, &(struct soar_query){.view = SOAR_VIEW_RUN}, match_id, &match, err)))
        return -1;
    if (match.count == 0)
        return soar_err_set(err, SOAR_INVALID, "there is no run %s; `soarctl runs` lists them", id);
    if (match.count > 1)
        return soar_err_set(err, SOAR_INVALID, "%zu runs begin or end with %s: say more of the id",
                            match.count, id);
    return loop_load_run(loop, match.found, ret_run, NULL, err);
}

const struct run *loop_run_any(struct loop *loop, const char *id)
{
    struct run *run = loop_run_find(loop, id);

    if (run || loop_load_run(loop, id, &run, NULL, NULL))
        return run;
    assert(run && "a run that was loaded is there");
    loop_adopt(loop, run, run->state != RUN_ENDED);
    return run;
}
