/* `runs`: what the record has, from the rows of the view; no run is folded for it. */
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
    size_t size;
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
        size_t size = list->size ? list->size * 2 : 64;
        struct value *items = arena_array(list->arena, size, sizeof *items);
        for (size_t i = 0; i < list->count; i++)
            items[i] = list->items[i];
        list->items = items;
        list->size = size;
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
    return list->count < RUNS_MAX ? 0 : 1;
}

static int latest_first(const void *a, const void *b)
{
    int64_t left = value_get_int(a, "started", 0);
    int64_t right = value_get_int(b, "started", 0);
    int by_id = strcmp(value_get_string(b, "run", ""), value_get_string(a, "run", ""));

    return left == right ? by_id : (left < right) - (left > right);
}

/* Behind this run; a run that isn't there has nothing behind it. */
static size_t skipped(const struct list *list, const char *after)
{
    size_t i = 0;

    while (after && i < list->count && !value_is_string(value_get(&list->items[i], "run"), after))
        i++;
    return after && i < list->count ? i + 1 : i;
}

VERB_FN(verb_runs)
{
    const char *limit = verb_text(request, "limit");
    long shown = limit ? strtol(limit, NULL, 10) : RUNS_SHOWN;
    struct soar_query query = {.view = SOAR_VIEW_RUN, .state = verb_text(request, "only")};
    struct list list = {.arena = context->arena, .loop = context->loop, .driven = context->remote};
    struct value_builder map;

    if (shown <= 0)
        return soar_err_set(err, SOAR_INVALID, "--limit %s: expected a number from 1", limit);
    if (context->store->ops->rows(context->store, &query, take, &list, err))
        return -1;
    if (list.count > 0)
        qsort(list.items, list.count, sizeof *list.items, latest_first);
    size_t from = skipped(&list, verb_text(request, "after"));
    size_t count = list.count - from < (size_t)shown ? list.count - from : (size_t)shown;
    value_build(&map, context->arena);
    value_put_text(&map, "runs", value_list(context->arena, list.items + from, count));
    value_put_text(&map, "count", value_int((int64_t)list.count));
    *ret_answer = value_end_map(&map);
    return 0;
}
