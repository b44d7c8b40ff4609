/* Where the record is, and whose. A verb that only plans gets a journal in memory, with the ledger as it
 * stands on disk: so it knows what is contained already and how much of a budget is left, and nothing it does
 * is kept. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/rehearse/memory_store.h"
#include "soarctl/app.h"
#include "soarctl/files.h"
#include "soarctl/plan_store.h"
#include "state/journal_sqlite.h"

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
    answer = plan_store_copy(app->arena, real, app->store, err);
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
