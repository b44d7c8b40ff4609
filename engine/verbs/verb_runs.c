/* `runs`: what the record has, from the rows of the view; no run is folded for it, and no row is read that
 * isn't shown: a record of years answers as fast as one of a day. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/report/report_words.h"
#include "engine/verbs/verb_parts.h"

enum { RUNS_SHOWN = 50, RUNS_MAX = 100000 };

struct list {
    struct arena *arena;
    const struct loop *loop;
    struct value *items;
    size_t count;
    size_t size; /* one more is not taken, but told */
    bool more;
    bool driven; /* soard drives them */
};

static int take(void *arg, const struct soar_row *row)
{
    struct list *list = arg;
    struct value body = value_null();
    struct value_builder map;

    if (strcmp(row->key, "-") == 0)
        return 0; /* the engine's own stream */
    if (list->count == list->size) {
        list->more = true;
        return 1;
    }
    if (json_parse(list->arena, row->body, strlen(row->body), &body, NULL))
        body = value_null(); /* a view can be rebuilt: a bad row costs its details */
    value_build(&map, list->arena);
    value_put_text(&map, "run", value_text(list->arena, row->key));
    value_put_text(&map, "state", value_text(list->arena, row->state));
    value_put_text(&map, "started", value_int(row->at_ms));
    for (size_t i = 0; i < value_count(&body) && body.kind == VALUE_MAP; i++)
        value_put(&map, body.map->keys[i], body.map->values[i]);
    const char *broken = loop_broken(list->loop, row->key);

    if (broken)
        value_put_text(&map, "why", value_text(list->arena, broken));
    const struct run *run = list->driven ? loop_run_find(list->loop, row->key) : NULL;
    if (strcmp(row->state, "ended") != 0) /* else who reads the record owns it: nobody drives */
        value_put_text(&map, "says",
                       value_static(broken ? "can't be read"
                                    : run  ? report_run_words(run, true)
                                           : "paused"));
    list->items[list->count++] = value_end_map(&map);
    return 0;
}

static int take_start(void *arg, const struct soar_row *row)
{
    *(int64_t *)arg = row->at_ms;
    return 1;
}

static int read_runs(struct verb_context *context, struct soar_query *query, struct list *list,
                     struct soar_err *err)
{
    struct soar_store *store = context->store;

    query->latest_first = true;
    if (query->after) {
        struct soar_query last = {.view = SOAR_VIEW_RUN, .key = query->after};

        if (store->ops->rows(store, &last, take_start, &query->after_at_ms, err))
            return -1;
        if (query->after_at_ms == 0)
            return 0; /* a run that isn't there has nothing behind it */
    }
    return store->ops->rows(store, query, take, list, err);
}

VERB_FN(verb_runs)
{
    const char *limit = verb_text(request, "limit");
    long shown = limit ? strtol(limit, NULL, 10) : RUNS_SHOWN;
    struct soar_query query = {
        .view = SOAR_VIEW_RUN, .state = verb_text(request, "only"), .after = verb_text(request, "after")};
    struct list list = {.arena = context->arena, .loop = context->loop, .driven = context->remote};
    struct value_builder map;

    if (shown <= 0)
        return soar_err_set(err, SOAR_INVALID, "--limit %s: expected a number from 1", limit);
    list.size = shown < RUNS_MAX ? (size_t)shown : RUNS_MAX;
    query.limit = list.size + 2; /* the engine's own row, and one to know that there are more */
    list.items = arena_array(context->arena, list.size, sizeof *list.items);
    if (read_runs(context, &query, &list, err))
        return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "runs", value_list(context->arena, list.items, list.count));
    value_put_text(&map, "more", value_bool(list.more));
    *ret_answer = value_end_map(&map);
    return 0;
}
