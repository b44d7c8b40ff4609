/* From a record into memory: the ledger's views and the packs they name, in one batch. */
#include "soarctl/plan_store.h"

#include <string.h>

enum { COPY_ROWS_MAX = 100000 };

struct copy {
    struct arena *arena;
    struct soar_row *rows;
    size_t count;
    size_t size;
};

static int copy_row(void *arg, const struct soar_row *row)
{
    struct copy *copy = arg;

    if (copy->count == copy->size) {
        size_t size = copy->size ? copy->size * 2 : 64;
        struct soar_row *rows = arena_array(copy->arena, size, sizeof *rows);
        if (copy->count)
            memcpy(rows, copy->rows, copy->count * sizeof *rows);
        copy->rows = rows;
        copy->size = size;
    }
    copy->rows[copy->count++] = (struct soar_row){
        .view = row->view,
        .key = arena_string(copy->arena, row->key),
        .run = arena_string(copy->arena, row->run),
        .state = arena_string(copy->arena, row->state),
        .at_ms = row->at_ms,
        .body = arena_string(copy->arena, row->body),
    };
    return copy->count < COPY_ROWS_MAX ? 0 : 1;
}

struct texts {
    struct arena *arena;
    struct soar_text *items;
    size_t count;
};

static int count_text(void *arg, const struct soar_text *text)
{
    (void)text;
    ++*(size_t *)arg;
    return 0;
}

static int copy_text(void *arg, const struct soar_text *text)
{
    struct texts *texts = arg;

    if (strcmp(text->kind, "pack") != 0)
        return 0;
    texts->items[texts->count++] = (struct soar_text){
        .digest = arena_string(texts->arena, text->digest),
        .kind = "pack",
        .name = arena_string(texts->arena, text->name),
        .origin = arena_string(texts->arena, text->origin),
        .body = arena_string(texts->arena, text->body),
    };
    return 0;
}

static void copied(void *arg, const struct soar_err *err)
{
    *(bool *)arg = !err || err->class == SOAR_DONE;
}

int plan_store_copy(struct arena *arena, struct soar_store *from, struct soar_store *to, struct soar_err *err)
{
    static const enum soar_view views[] = {SOAR_VIEW_CONTAINMENT, SOAR_VIEW_HOLDER, SOAR_VIEW_SPEND};
    struct copy copy = {.arena = arena};
    struct texts texts = {.arena = arena};
    bool *done = arena_alloc(arena, sizeof *done);
    size_t count = 0;

    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (from->ops->rows(from, &(struct soar_query){.view = views[i]}, copy_row, &copy, err))
            return -1;
    if (from->ops->text(from, NULL, count_text, &count, err))
        return -1;
    texts.items = arena_array(arena, count + 1, sizeof *texts.items);
    if (from->ops->text(from, NULL, copy_text, &texts, err))
        return -1;
    struct soar_batch *batch = arena_alloc(arena, sizeof *batch);
    *batch = (struct soar_batch){
        .rows = copy.rows,
        .row_count = copy.count,
        .texts = texts.items,
        .text_count = texts.count,
        .done = copied,
        .arg = done,
    };
    if (copy.count + texts.count == 0)
        return 0;
    if (to->ops->submit(to, batch, err))
        return -1;
    to->ops->deliver(to);
    return *done ? 0 : soar_err_set(err, SOAR_PERMANENT, "the ledger can't be copied for a plan");
}
