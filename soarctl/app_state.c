/* Where the record is, and whose. A verb that only plans gets a journal in memory, with the ledger as it
 * stands on disk: so it knows what is contained already and how much of a budget is left, and nothing it does
 * is kept. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/rehearse/memory_store.h"
#include "soarctl/app.h"
#include "soarctl/files.h"
#include "state/journal_sqlite.h"

enum { COPY_ROWS_MAX = 100000 };

const char *app_state_dir(const struct app *app)
{
    const char *given = app->args->state ? app->args->state : getenv("SOAR_STATE");

    return files_state_dir(app->arena, given, app->site);
}

static int open_journal(struct app *app, struct soar_err *err)
{
    struct journal_options options = {0};

    if (files_make_parents(app->state_dir, err))
        return -1;
    return journal_open(app->state_dir, &options, &app->store, err);
}

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

/* The ledger's views and the packs they name, from the record into memory. */
static int copy_ledger(struct app *app, struct soar_store *from, struct soar_err *err)
{
    static const enum soar_view views[] = {SOAR_VIEW_CONTAINMENT, SOAR_VIEW_HOLDER, SOAR_VIEW_SPEND};
    struct copy copy = {.arena = app->arena};
    struct texts texts = {.arena = app->arena};
    bool *done = arena_alloc(app->arena, sizeof *done);
    size_t count = 0;

    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (from->ops->rows(from, &(struct soar_query){.view = views[i]}, copy_row, &copy, err))
            return -1;
    if (from->ops->text(from, NULL, count_text, &count, err))
        return -1;
    texts.items = arena_array(app->arena, count + 1, sizeof *texts.items);
    if (from->ops->text(from, NULL, copy_text, &texts, err))
        return -1;
    struct soar_batch *batch = arena_alloc(app->arena, sizeof *batch);
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
    if (app->store->ops->submit(app->store, batch, err))
        return -1;
    app->store->ops->deliver(app->store);
    return *done ? 0 : soar_err_set(err, SOAR_PERMANENT, "the ledger can't be copied for a plan");
}

static bool has_journal(struct app *app)
{
    return access(arena_printf(app->arena, "%s/journal.db", app->state_dir), R_OK) == 0;
}

static int open_memory(struct app *app, struct soar_err *err)
{
    struct soar_store *real = NULL;
    struct soar_err why = {0};
    int answer = 0;

    app->store = memory_store_new();
    if (!has_journal(app))
        return 0;
    if (journal_open(app->state_dir, &(struct journal_options){0}, &real, &why)) {
        buf_printf(&app->mistakes, "warning: planned without what is contained already: %s\n", why.text);
        return 0;
    }
    answer = copy_ledger(app, real, err);
    real->ops->close(real);
    return answer;
}

int app_open_store(struct app *app, struct soar_err *err)
{
    app->state_dir = app_state_dir(app);
    if (app->needs == NEEDS_PLAN)
        return open_memory(app, err);
    return open_journal(app, err);
}

void app_close_store(struct app *app)
{
    if (app->store)
        app->store->ops->close(app->store);
    app->store = NULL;
}
