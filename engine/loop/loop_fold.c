/* Runs out of the journal: the fold of their events, with the texts and packs they are pinned to.
 *
 * A run whose texts this version can't read, or whose events don't fit, gives an error that says so; nobody
 * else is harmed by it. It journals nothing. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/loop/loop_parts.h"

struct text_copy {
    struct arena *arena;
    char *body;
    char *name;
    char *origin;
};

static int copy_text(void *arg, const struct soar_text *text)
{
    struct text_copy *copy = arg;

    copy->body = arena_string(copy->arena, text->body);
    copy->name = arena_string(copy->arena, text->name);
    copy->origin = arena_string(copy->arena, text->origin);
    return 1;
}

static int text_of(struct loop *loop, const char *digest, struct text_copy *ret_copy, struct soar_err *err)
{
    struct soar_store *store = loop->config.store;

    *ret_copy = (struct text_copy){.arena = loop->arena};
    if (store->ops->text(store, digest, copy_text, ret_copy, err))
        return -1;
    return ret_copy->body ? 0 : soar_err_set(err, SOAR_ABSENT, "the journal has no text %.12s", digest);
}

const struct pack *loop_pack(struct loop *loop, const char *digest, struct soar_err *err)
{
    struct diag_list diags;
    struct text_copy text;

    for (struct cached_pack *cached = loop->packs; cached; cached = cached->next)
        if (strcmp(cached->digest, digest) == 0)
            return cached->pack;
    for (size_t i = 0; loop->config.shelf && i < pack_shelf_count(loop->config.shelf); i++)
        if (strcmp(pack_shelf_at(loop->config.shelf, i)->digest, digest) == 0)
            return pack_shelf_at(loop->config.shelf, i);
    if (text_of(loop, digest, &text, err))
        return NULL;
    struct cached_pack *cached = arena_alloc(loop->arena, sizeof *cached);

    diag_init(&diags, loop->arena, text.origin);
    cached->pack = pack_load(loop->arena, text.body, strlen(text.body), text.origin, &diags);
    if (!cached->pack) {
        soar_err_set(err, SOAR_PERMANENT, "pack %s, pinned as %.12s, can't be read by this version",
                     text.name, digest);
        return NULL;
    }
    strncpy(cached->digest, digest, sizeof cached->digest - 1);
    cached->next = loop->packs;
    loop->packs = cached;
    return cached->pack;
}

/* A shelf with just the packs a run is pinned to. */
static int pinned_shelf(struct loop *loop, const struct value *packs, struct pack_shelf **ret_shelf,
                        struct soar_err *err)
{
    struct pack_shelf *shelf = pack_shelf_new(loop->arena);

    for (size_t i = 0; i < value_count(packs); i++) {
        struct diag_list diags;
        struct text_copy text;

        const struct value *digest = packs->kind == VALUE_MAP ? &packs->map->values[i] : NULL;

        if (!digest || digest->kind != VALUE_STRING)
            return soar_err_set(err, SOAR_PERMANENT, "it does not say which packs it is pinned to");
        if (text_of(loop, digest->text, &text, err))
            return -1;
        diag_init(&diags, loop->arena, text.origin);
        if (pack_shelf_add_text(shelf, text.body, strlen(text.body), text.origin, &diags))
            return soar_err_set(err, SOAR_PERMANENT, "pack %s can't be read by this version", text.name);
    }
    *ret_shelf = shelf;
    return 0;
}

static int abouts_of(struct loop *loop, const struct value *list, struct run_input *input,
                     struct soar_err *err)
{
    struct run_about *abouts = arena_array(loop->arena, value_count(list) + 1, sizeof *abouts);

    for (size_t i = 0; i < value_count(list); i++) {
        struct value one = value_copy(loop->arena, value_at(list, i));
        const struct value *runs = value_get(&one, "free");
        const char **free_runs = arena_array(loop->arena, value_count(runs) + 1, sizeof *free_runs);
        const struct value *args = value_get(&one, "args");
        const struct value *host = value_get(&one, "host");

        for (size_t r = 0; r < value_count(runs); r++) {
            const struct value *id = value_at(runs, r);

            free_runs[r] = id && id->kind == VALUE_STRING ? id->text : "";
        }
        abouts[i] = (struct run_about){.target = value_get_string(&one, "target", ""),
                                       .name = value_get_string(&one, "name", ""),
                                       .action = value_get_string(&one, "action", ""),
                                       .provider = value_get_string(&one, "provider", ""),
                                       .place = value_get_string(&one, "place", ""),
                                       .pack = loop_pack(loop, value_get_string(&one, "pack", ""), err),
                                       .args = args ? *args : value_null(),
                                       .host = host ? *host : value_null(),
                                       .free_count = value_count(runs),
                                       .free_runs = free_runs};
        if (!abouts[i].pack)
            return -1;
    }
    input->about = abouts;
    input->about_count = value_count(list);
    return 0;
}

static int playbook_of(struct loop *loop, const struct value *started, struct run_input *input,
                       struct soar_err *err)
{
    struct pack_shelf *shelf = NULL;
    struct text_copy text;
    struct diag_list diags;

    if (pinned_shelf(loop, value_get(started, "packs"), &shelf, err) ||
        text_of(loop, value_get_string(started, "playbook", ""), &text, err))
        return -1;
    diag_init(&diags, loop->arena, text.origin);
    input->playbook =
        playbook_load(loop->arena, text.origin, text.body, strlen(text.body), shelf, NULL, &diags);
    if (!input->playbook)
        return soar_err_set(err, SOAR_PERMANENT, "playbook %s can't be read by this version", text.name);
    return 0;
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
    enum run_kind kind = run_kind_of(&event->body);
    struct run_input input = {.id = folding->id,
                              .kind = kind,
                              .site = loop->config.site,
                              .offline_ms = policy_offline_ms(loop->config.policy),
                              .offline_every_ms = policy_offline_every_ms(loop->config.policy),
                              .never_look = loop_breaks(loop, "no-look"),
                              .management = peer_management,
                              .arg = (void *)(uintptr_t)loop->config.site};

    if (event->kind != EVENT_RUN_STARTED)
        return soar_err_set(&folding->err, SOAR_PERMANENT, "its first event is %s",
                            event_kind_name(event->kind));
    if (kind == RUN_PLAYBOOK ? playbook_of(loop, &event->body, &input, &folding->err)
                             : abouts_of(loop, value_get(&event->body, "about"), &input, &folding->err))
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
    struct match match = {.arena = loop->arena, .wanted = id};
    struct soar_store *store = loop->config.store;

    if (store->ops->rows(store, &(struct soar_query){.view = SOAR_VIEW_RUN}, match_id, &match, err))
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
    loop_adopt(loop, run, run->state != RUN_ENDED);
    return run;
}
