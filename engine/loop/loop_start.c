/* Starting is recovering: the ledger from its rows, each run that hasn't ended from its events.
 *
 * A call that was intended and never answered is answered `unknown`, as if its worker had been killed. That
 * is all: what comes next is decided by run_next(), as on any other day. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/loop/loop_parts.h"

struct live *loop_adopt(struct loop *loop, struct run *run)
{
    struct live *live = calloc(1, sizeof *live);

    if (!live)
        abort();
    live->run = run;
    live->dirty = true;
    *loop->lives_end = live;
    loop->lives_end = &live->next;
    loop->live_count++;
    return live;
}

/* --- texts
 * ------------------------------------------------------------------------------------------------------------
 */

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

        if (text_of(loop, packs->map->values[i].text, &text, err))
            return -1;
        diag_init(&diags, loop->arena, text.origin);
        if (pack_shelf_add_text(shelf, text.body, strlen(text.body), text.origin, &diags))
            return soar_err_set(err, SOAR_PERMANENT, "pack %s can't be read by this version", text.name);
    }
    *ret_shelf = shelf;
    return 0;
}

/* --- runs
 * -------------------------------------------------------------------------------------------------------------
 */

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

        for (size_t r = 0; r < value_count(runs); r++)
            free_runs[r] = value_at(runs, r)->text;
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
    bool failed;
};

static int begin_run(struct folding *folding, const struct event *event)
{
    struct loop *loop = folding->loop;
    bool release = value_is_string(value_get(&event->body, "kind"), "release");
    struct run_input input = {.id = folding->id,
                              .kind = release ? RUN_RELEASE : RUN_PLAYBOOK,
                              .site = loop->config.site,
                              .offline_ms = policy_offline_ms(loop->config.policy),
                              .offline_every_ms = policy_offline_every_ms(loop->config.policy),
                              .never_look = loop_breaks(loop, "no-look"),
                              .management = peer_management,
                              .arg = (void *)(uintptr_t)loop->config.site};

    if (event->kind != EVENT_RUN_STARTED)
        return soar_err_set(&folding->err, SOAR_PERMANENT, "its first event is %s",
                            event_kind_name(event->kind));
    if (release ? abouts_of(loop, value_get(&event->body, "about"), &input, &folding->err)
                : playbook_of(loop, &event->body, &input, &folding->err))
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

int loop_load_run(struct loop *loop, const char *id, struct run **ret_run, struct soar_err *err)
{
    struct folding folding = {.loop = loop, .id = id};
    struct soar_store *store = loop->config.store;

    if (store->ops->events(store, id, 1, fold_event, &folding, err)) {
        run_free(folding.run);
        return -1;
    }
    if (folding.failed || !folding.run) {
        run_free(folding.run);
        if (folding.failed)
            return soar_err_set(err, SOAR_PERMANENT, "%s can't be folded: %s", id, folding.err.text);
        return soar_err_set(err, SOAR_ABSENT, "there is no run %s", id);
    }
    folding.run->changed_n = folding.run->n;
    *ret_run = folding.run;
    return 0;
}

/* --- the start
 * -------------------------------------------------------------------------------------------------------- */

struct loading {
    struct loop *loop;
    struct soar_err err;
    bool failed;
    struct clock_mark mark;
    struct arena *arena;
    size_t id_count, id_size;
    const char **ids;
};

static int load_row(void *arg, const struct soar_row *row)
{
    struct loading *loading = arg;

    loading->failed = ledger_load(loading->loop->ledger, row, &loading->err) != 0;
    return loading->failed;
}

static int load_mark(void *arg, const struct soar_row *row)
{
    struct loading *loading = arg;
    struct value body;

    if (json_parse(loading->arena, row->body, strlen(row->body), &body, &loading->err))
        return loading->failed = true;
    loading->loop->engine_n = value_get_int(&body, "n", 0);
    loading->mark.at_ms = row->at_ms;
    loading->mark.boot_id = value_get_string(&body, "boot", "");
    loading->mark.boot_ms = value_get_int(&body, "boot_ms", 0);
    return 0;
}

static int note_id(void *arg, const struct soar_row *row)
{
    struct loading *loading = arg;

    loading->ids =
        arena_grow(loading->arena, loading->ids, loading->id_count, &loading->id_size, sizeof *loading->ids);
    loading->ids[loading->id_count++] = arena_string(loading->arena, row->key);
    return 0;
}

static int read_rows(struct loading *loading, const struct soar_query *query, soar_row_fn fn,
                     struct soar_err *err)
{
    struct soar_store *store = loading->loop->config.store;

    if (store->ops->rows(store, query, fn, loading, err))
        return -1;
    if (loading->failed && err)
        *err = loading->err;
    return loading->failed ? -1 : 0;
}

static int load_ledger(struct loading *loading, struct soar_err *err)
{
    static const enum soar_view views[] = {SOAR_VIEW_CONTAINMENT, SOAR_VIEW_HOLDER, SOAR_VIEW_ASK,
                                           SOAR_VIEW_SPEND};
    struct soar_head head = {0};

    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (read_rows(loading, &(struct soar_query){.view = views[i]}, load_row, err))
            return -1;
    loading->mark.boot_id = "";
    if (read_rows(loading, &(struct soar_query){.view = SOAR_VIEW_RUN, .key = "-"}, load_mark, err) ||
        loading->loop->config.store->ops->head(loading->loop->config.store, &head, err))
        return -1;
    loading->mark.last_event_ms = head.at_ms;
    return 0;
}

static int load_runs(struct loading *loading, struct soar_err *err)
{
    static const enum run_state live_states[] = {RUN_RUNNING, RUN_CANCELLING, RUN_ROLLING_BACK};

    for (size_t i = 0; i < sizeof live_states / sizeof *live_states; i++)
        if (read_rows(loading,
                      &(struct soar_query){.view = SOAR_VIEW_RUN, .state = run_state_name(live_states[i])},
                      note_id, err))
            return -1;
    for (size_t i = 0; i < loading->id_count; i++) {
        struct run *run;

        if (loop_load_run(loading->loop, arena_string(loading->loop->arena, loading->ids[i]), &run, err))
            return -1;
        loop_adopt(loading->loop, run)->parked = loading->loop->config.park;
    }
    return 0;
}

static void note_start(struct loop *loop)
{
    struct arena *arena = batch_arena(loop);
    const struct world *world = loop->config.world;
    struct effect started = {.kind = EFFECT_EVENT, .event = EVENT_ENGINE_STARTED};
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "version", value_static(SOAR_VERSION));
    value_put_text(&body, "boot", value_text(arena, world->boot_id(world->arg)));
    value_put_text(&body, "boot_ms", value_int(world->boot_ms(world->arg)));
    value_put_text(&body, "wall", value_int(world->wall_ms(world->arg)));
    value_put_text(&body, "policy", value_text(arena, policy_digest(loop->config.policy)));
    if (loop->config.site) {
        value_put_text(&body, "inventory", value_text(arena, loop->config.site->inventory_digest));
        value_put_text(&body, "config", value_text(arena, loop->config.site->config_digest));
    }
    started.body = value_end_map(&body);
    loop_emit(loop, NULL, &started);
}

static void answer_open_calls(struct loop *loop, struct live *live)
{
    for (size_t i = 0; i < live->run->task_count; i++) {
        struct run_task *task = live->run->tasks[i];
        struct effect unknown;

        if (!task->open_position)
            continue;
        run_event_unknown(task, "soar ended before the answer came", &unknown, batch_arena(loop));
        loop_emit(loop, live, &unknown);
    }
}

/* What may still act on a target keeps it for its own task, as its lock did before. */
static void keep_locks(struct loop *loop, const struct live *live)
{
    for (size_t i = 0; i < live->run->task_count; i++) {
        struct run_task *task = live->run->tasks[i];

        if (task->lost_until_ms <= loop_now(loop) || !task->pack)
            continue;
        ledger_lock(loop->ledger, task->key, task->pack->lock, task, loop_now(loop));
        ledger_unlock(loop->ledger, task, task->lost_until_ms);
    }
}

int loop_start(struct loop *loop, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct loading loading = {.loop = loop, .arena = arena};

    if (load_ledger(&loading, err))
        return -1;
    clock_begin(&loop->clock, loop->config.world, &loading.mark);
    if (load_runs(&loading, err))
        return -1;
    if (loop->config.idle)
        return 0;
    note_start(loop);
    for (struct live *live = loop->lives; live; live = live->next) {
        answer_open_calls(loop, live);
        keep_locks(loop, live);
    }
    batch_close(loop);
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
    return loop_load_run(loop, match.found, ret_run, err);
}

const struct run *loop_run_any(struct loop *loop, const char *id)
{
    struct run *run = loop_run_find(loop, id);

    if (run || loop_load_run(loop, arena_string(loop->arena, id), &run, NULL))
        return run;
    loop_adopt(loop, run)->dirty = false;
    return run;
}
