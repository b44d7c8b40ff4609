/* Inventory, configuration, packs, guard-rails, and the place of the record: for soarctl and soard alike.
 * Nothing is opened here but files to read; of a set with mistakes nothing is used. */
#include "soarctl/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soarctl/self.h"

/* Without the warnings: they hide the mistake, and some are of files that are ours. */
static int mistakes_in(const struct diag_list *diags, const char *what, struct buf *mistakes,
                       struct arena *arena, struct soar_err *err)
{
    struct diag_list errors;

    diag_init(&errors, arena, diags->file);
    for (const struct diag *diag = diags->first; diag; diag = diag->next) {
        errors.file = diag->file;
        if (diag->level == DIAG_ERROR)
            diag_error(&errors, diag->line, diag->col, "%s", diag->text);
    }
    diag_print(&errors, mistakes);
    return soar_err_set(err, SOAR_INVALID, "%zu %s in %s; nothing was begun", diags->errors,
                        diags->errors == 1 ? "mistake" : "mistakes", what);
}

int files_site(struct arena *arena, const char *inventory, const char *config, struct site **ret_site,
               struct buf *mistakes, struct soar_err *err)
{
    const char *what = inventory ? inventory : config;
    struct diag_list diags;

    diag_init(&diags, arena, what);
    if (site_load(arena, inventory, config, ret_site, &diags))
        return mistakes_in(&diags, what, mistakes, arena, err);
    diag_print(&diags, mistakes);
    return 0;
}

int files_packs(struct arena *arena, const struct site *site, struct pack_shelf **ret_shelf,
                struct buf *mistakes, struct soar_err *err)
{
    struct pack_shelf *shelf = pack_shelf_new(arena);
    struct diag_list diags;

    if (pack_shelf_add_builtin(shelf, err))
        return -1;
    for (size_t i = 0; site && i < site->pack_dir_count; i++) {
        const char *dir = site->pack_dirs[i];
        diag_init(&diags, arena, dir);
        if (pack_shelf_add_dir(shelf, dir, &diags))
            return mistakes_in(&diags, dir, mistakes, arena, err);
    }
    *ret_shelf = shelf;
    return 0;
}

int files_policy(struct arena *arena, const struct site *site, struct policy **ret_policy,
                 struct buf *mistakes, struct soar_err *err)
{
    static const struct site nothing; /* reading a record needs no site */
    const char *file = site && site->config_file ? site->config_file : "policy";
    struct policy_self self;
    struct diag_list diags;

    self_look(arena, &self);
    diag_init(&diags, arena, file);
    if (policy_load(arena, site ? site : &nothing, &self, ret_policy, &diags))
        return mistakes_in(&diags, "policy", mistakes, arena, err);
    diag_print(&diags, mistakes);
    return 0;
}

static const char *usual_dir(struct arena *arena)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (geteuid() == 0)
        return "/var/lib/soar";
    if (state && state[0] == '/')
        return arena_printf(arena, "%s/soar", state);
    return arena_printf(arena, "%s/.local/state/soar", home && *home ? home : ".");
}

const char *files_state_dir(struct arena *arena, const char *given, const struct site *site)
{
    if (given && *given)
        return given;
    return site && site->state ? site->state : usual_dir(arena);
}

int files_make_parents(const char *dir, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    char *path = arena_string(arena, dir);

    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) && errno != EEXIST)
            return soar_err_set(err, SOAR_PERMANENT, "state directory %s: %s: %s", dir, path,
                                strerror(errno));
        *slash = '/';
    }
    return 0;
}
