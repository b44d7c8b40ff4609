/* What the operator wrote: inventory, configuration, packs, guard-rails. Every mistake in them is told with
 * its place, and then nothing else is opened. */
#include <stdlib.h>
#include <unistd.h>

#include "soarctl/app.h"
#include "soarctl/self.h"

static int mistakes_in(struct app *app, const struct diag_list *diags, const char *what, struct soar_err *err)
{
    diag_print(diags, &app->mistakes);
    return soar_err_set(err, SOAR_INVALID, "%zu %s in %s; nothing was begun", diags->errors,
                        diags->errors == 1 ? "mistake" : "mistakes", what);
}

static const char *inventory_file(const struct app *app)
{
    const char *file = app->args->inventory ? app->args->inventory : getenv("SOAR_INVENTORY");

    if (file && *file)
        return file;
    if (app->args->config)
        return NULL; /* the configuration names it */
    return access("inventory.yaml", R_OK) == 0 ? "inventory.yaml" : NULL;
}

int app_open_site(struct app *app, struct soar_err *err)
{
    const char *inventory = inventory_file(app);
    struct diag_list diags;

    if (!inventory && !app->args->config) {
        if (app->needs < NEEDS_PLAN)
            return 0;
        return soar_err_set(err, SOAR_INVALID,
                            "no inventory: give --inventory FILE, SOAR_INVENTORY, a --config FILE "
                            "that names one, or have ./inventory.yaml");
    }
    diag_init(&diags, app->arena, inventory ? inventory : app->args->config);
    if (site_load(app->arena, inventory, app->args->config, &app->site, &diags))
        return mistakes_in(app, &diags, inventory ? inventory : app->args->config, err);
    diag_print(&diags, &app->mistakes);
    return 0;
}

int app_open_packs(struct app *app, struct soar_err *err)
{
    struct diag_list diags;

    app->shelf = pack_shelf_new(app->arena);
    if (pack_shelf_add_builtin(app->shelf, err))
        return -1;
    for (size_t i = 0; app->site && i < app->site->pack_dir_count; i++) {
        const char *dir = app->site->pack_dirs[i];
        diag_init(&diags, app->arena, dir);
        if (pack_shelf_add_dir(app->shelf, dir, &diags))
            return mistakes_in(app, &diags, dir, err);
    }
    return 0;
}

int app_open_policy(struct app *app, struct soar_err *err)
{
    struct policy_self self;
    struct diag_list diags;
    static const struct site nothing; /* reading a record needs no site */
    const struct site *site = app->site ? app->site : &nothing;

    self_look(app->arena, &self);
    diag_init(&diags, app->arena, app->args->config ? app->args->config : "policy");
    if (policy_load(app->arena, site, &self, &app->policy, &diags))
        return mistakes_in(app, &diags, "policy", err);
    diag_print(&diags, &app->mistakes);
    return 0;
}
