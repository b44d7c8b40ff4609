/* The stages of what the operator wrote. Which files are meant is said on the command line, in the
 * environment, or by ./inventory.yaml; every mistake in them is told with its place, and then nothing else is
 * opened. */
#include <stdlib.h>
#include <unistd.h>

#include "soarctl/app.h"
#include "soarctl/files.h"

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

    if (inventory || app->args->config)
        return files_site(app->arena, inventory, app->args->config, &app->site, &app->mistakes, err);
    if (app->needs < NEEDS_PLAN)
        return 0;
    return soar_err_set(err, SOAR_INVALID,
                        "no inventory: give --inventory FILE, SOAR_INVENTORY, a --config FILE "
                        "that names one, or have ./inventory.yaml");
}

int app_open_packs(struct app *app, struct soar_err *err)
{
    return files_packs(app->arena, app->site, &app->shelf, &app->mistakes, err);
}

int app_open_policy(struct app *app, struct soar_err *err)
{
    return files_policy(app->arena, app->site, &app->policy, &app->mistakes, err);
}
