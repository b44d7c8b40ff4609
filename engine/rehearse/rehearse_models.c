/* How targets answer: the files a test names, then what stands beside the packs of its playbook, the built-in
 * ones in the binary. The first model of an action and provider counts. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/action/builtin.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/rehearse/rehearse_parts.h"

enum { SETS_MAX = 60 }; /* files of models: as many as the fake world takes, and a few less */

int rehearse_diags(struct diag_list *diags, struct diag_list *own)
{
    if (own->first) {
        *diags->last = own->first;
        diags->last = own->last;
    }
    diags->errors += own->errors;
    diags->warnings += own->warnings;
    return -1;
}

static const struct model *read_text(struct rehearse_test *test, const char *path, const char *text,
                                     size_t len, size_t *ret_count, struct diag_list *diags)
{
    struct diag_list own;

    diag_init(&own, test->arena, path);
    const struct model *models = model_load(test->arena, text, len, ret_count, &own);

    if (!models)
        rehearse_diags(diags, &own);
    return models;
}

/* NULL: a mistake was told. */
static const struct model *put(struct rehearse_test *test, const char *path, const char *text, size_t len,
                               struct diag_list *diags)
{
    size_t count = 0;
    const struct model *models = read_text(test, path, text, len, &count, diags);

    if (models && test->model_sets < SETS_MAX) {
        test->model_list[test->model_sets] = models;
        test->model_counts[test->model_sets++] = count;
    }
    return models;
}

static bool has_provider(const struct pack *pack, const char *name)
{
    for (size_t i = 0; i < pack->provider_count; i++)
        if (pack_provider_called(pack->providers[i].name, name))
            return true;
    return false;
}

/* A model nobody asks would make a test pass that shows nothing. */
static void check_used(const struct rehearse_test *test, const struct yaml_node *where,
                       struct diag_list *diags)
{
    const struct model *models = test->model_list[test->model_sets - 1];

    for (size_t i = 0; i < test->model_counts[test->model_sets - 1]; i++) {
        const struct pack *pack = pack_shelf_find(test->options->shelf, models[i].action);

        if (!pack)
            diag_error(diags, where->line, where->col, "%s: there is no pack of %s", where->text,
                       models[i].action);
        else if (!has_provider(pack, models[i].provider))
            diag_error(diags, where->line, where->col, "%s: %s has no provider '%s'", where->text, pack->name,
                       models[i].provider);
    }
}

static void read_named(struct rehearse_test *test, const struct yaml_node *node, struct diag_list *diags)
{
    const char *path = file_beside(test->arena, test->file, node->text);
    struct soar_err err = {0};
    char *text = NULL;
    size_t len = 0;

    if (file_read(test->arena, path, LIMIT_FILE_BYTES, &text, &len, &err))
        diag_error(diags, node->line, node->col, "models: %s", err.text);
    else if (put(test, path, text, len, diags))
        check_used(test, node, diags);
}

/* The providers in the text of the pack `path` stands beside, and its action; NULL: none is there. */
static const struct yaml_node *pack_beside(struct arena *arena, const char *path, const char **ret_pack,
                                           const char **ret_action)
{
    static const char end[] = ".rehearse.yaml";
    const char *pack = arena_printf(arena, "%.*s.yaml", (int)(strlen(path) - strlen(end)), path);
    struct diag_list aside;
    struct soar_err err;
    char *text = NULL;
    size_t len = 0;

    diag_init(&aside, arena, pack);
    if (access(pack, F_OK) || file_read(arena, pack, LIMIT_FILE_BYTES, &text, &len, &err))
        return NULL;
    const struct yaml_node *root = yaml_parse(arena, text, len, &aside);
    const struct yaml_node *name = root ? yaml_get(root, "extends") : NULL;
    const struct yaml_node *providers = root ? yaml_get(root, "providers") : NULL;

    name = name ? name : root ? yaml_get(root, "action") : NULL;
    if (!name || name->kind != YAML_SCALAR || !providers || providers->kind != YAML_MAP)
        return NULL; /* its own mistakes are told elsewhere */
    *ret_pack = pack;
    *ret_action = name->text;
    return providers;
}

/* A model nobody asks, again: of the pack that it stands beside, which a lint need not have loaded. */
static void check_beside(struct arena *arena, const char *path, const struct model *models, size_t count,
                         struct diag_list *diags)
{
    struct diag_list own;
    const char *pack = NULL, *action = NULL;
    const struct yaml_node *providers = pack_beside(arena, path, &pack, &action);
    const char **names = arena_array(arena, (providers ? providers->count : 0) + 1, sizeof *names);

    diag_init(&own, arena, path);
    for (size_t i = 0; providers && i < providers->count; i++)
        names[i] = providers->keys[i]->text;
    if (providers && count && !text_same_fold(action, models[0].action))
        diag_error(&own, 1, 1, "it is of %s, and %s is of %s", models[0].action, pack, action);
    for (size_t m = 0; providers && m < count; m++) {
        size_t k = 0;

        while (names[k] && !pack_provider_called(models[m].provider, names[k]))
            k++;
        if (!names[k])
            diag_error(&own, models[m].line, models[m].col, "%s has no provider '%s'%s", pack,
                       models[m].provider, bind_meant(arena, models[m].provider, names));
    }
    if (own.errors)
        rehearse_diags(diags, &own);
}

/* "dir/x.yaml" → "dir/x.rehearse.yaml" */
static const char *beside(struct arena *arena, const char *origin)
{
    size_t len = strlen(origin);
    const char end[] = ".yaml";
    size_t stem = len > strlen(end) && strcmp(origin + len - strlen(end), end) == 0 ? len - strlen(end) : len;

    return arena_printf(arena, "%.*s.rehearse.yaml", (int)stem, origin);
}

static void read_beside(struct rehearse_test *test, const char *origin, struct diag_list *diags)
{
    const char *path = beside(test->arena, origin);
    struct soar_err err = {0};
    char *text = NULL;
    size_t len = 0;

    for (const struct action_text *model = action_models; model->name; model++)
        if (strcmp(model->name, path) == 0) {
            put(test, path, model->text, model->len, diags);
            return;
        }
    if (access(path, F_OK))
        return; /* no model: a call says so when it is made */
    if (file_read(test->arena, path, LIMIT_FILE_BYTES, &text, &len, &err))
        diag_error(diags, 0, 0, "%s", err.text);
    else if (put(test, path, text, len, diags))
        check_beside(test->arena, path, test->model_list[test->model_sets - 1],
                     test->model_counts[test->model_sets - 1], diags);
}

static void read_of_pack(struct rehearse_test *test, const struct pack *pack, struct diag_list *diags)
{
    for (size_t i = 0; i < pack->part_count; i++)
        read_beside(test, pack->origins[i], diags);
}

static bool is_first(const struct playbook *playbook, size_t step)
{
    for (size_t i = 0; i < step; i++)
        if (playbook->steps[i].pack == playbook->steps[step].pack)
            return false;
    return playbook->steps[step].pack != NULL;
}

void rehearse_models(struct rehearse_test *test, struct diag_list *diags)
{
    test->model_list = arena_array(test->arena, SETS_MAX, sizeof(const struct model *));
    test->model_counts = arena_array(test->arena, SETS_MAX, sizeof(size_t));
    if (test->models.count > SETS_MAX / 2)
        diag_error(diags, test->models.node->line, test->models.node->col, "'models': more than %d files",
                   SETS_MAX / 2);
    for (size_t i = 0; i < test->models.count && i < SETS_MAX / 2; i++)
        read_named(test, test->models.node->items[i], diags);
    for (size_t i = 0; i < test->playbook->step_count; i++)
        if (is_first(test->playbook, i))
            read_of_pack(test, test->playbook->steps[i].pack, diags);
}

int rehearse_lint_models(struct arena *arena, const char *path, struct diag_list *diags)
{
    struct soar_err err = {0};
    struct diag_list own;
    char *text = NULL;
    size_t len = 0;
    size_t count = 0;

    diag_init(&own, arena, path);
    if (file_read(arena, path, LIMIT_FILE_BYTES, &text, &len, &err))
        diag_error(&own, 0, 0, "%s", err.text);
    else {
        const struct model *models = model_load(arena, text, len, &count, &own);

        if (models)
            check_beside(arena, path, models, count, diags);
        if (models)
            return diags->errors ? -1 : 0;
    }
    return rehearse_diags(diags, &own);
}
