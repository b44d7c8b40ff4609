/* Reads NAME.rehearse.yaml. Small and strict: an unknown key is a mistake, and so is a name that nothing has:
 * a rule that can't be evaluated would never hold, and a test would show nothing. */
#include "engine/rehearse/model.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/yaml/bind.h"

/* Where a name of an expression is told. */
struct naming {
    struct arena *arena;
    const struct model *model;
    const struct yaml_node *node;
    struct diag_list *diags;
};

static bool in_state(const struct model *model, const char *name)
{
    return value_get(&model->start, name) != NULL;
}

static void no_state(const struct naming *naming, const char *name)
{
    const struct value *start = &naming->model->start;
    const char **names = arena_array(naming->arena, value_count(start) + 1, sizeof *names);

    for (size_t i = 0; i < value_count(start); i++)
        names[i] = start->map->keys[i].text;
    diag_error(naming->diags, naming->node->line, naming->node->col, "`start` has no '%s'%s", name,
               bind_meant(naming->arena, name, names));
}

static void name_used(void *arg, const char *root, const char *path, bool optional, size_t offset)
{
    static const char *const of_target[] = {"key", "name", "place", NULL};
    static const char *const roots[] = {"state", "target", NULL};
    const struct naming *naming = arg;
    const char *rest = path + strlen(root) + (path[strlen(root)] == '.');
    const char *field = arena_copy(naming->arena, rest, strcspn(rest, "."));
    size_t k = 0;

    (void)offset;
    if (strcmp(root, "state") == 0) {
        if (*field && !optional && !in_state(naming->model, field))
            no_state(naming, field);
        return;
    }
    if (strcmp(root, "target") == 0) {
        while (*field && of_target[k] && strcmp(of_target[k], field) != 0)
            k++;
        if (!of_target[k])
            diag_error(naming->diags, naming->node->line, naming->node->col,
                       "'target' has no '%s' here: only key, name and place%s", field,
                       bind_meant(naming->arena, field, of_target));
        return;
    }
    diag_error(naming->diags, naming->node->line, naming->node->col,
               "no name '%s' here: a model knows `state` and `target`%s", root,
               bind_meant(naming->arena, root, roots));
}

static struct cel_program *expression(struct arena *arena, const struct model *model,
                                      const struct yaml_node *node, struct diag_list *diags)
{
    struct naming naming = {arena, model, node, diags};
    struct cel_program *program = NULL;
    struct soar_err err = {0};

    if (!node)
        return NULL;
    if (node->kind != YAML_SCALAR || cel_compile(arena, node->text, node->len, NULL, &program, NULL, &err) ||
        cel_check(program, NULL, &err)) {
        diag_error(diags, node->line, node->col, "expected a CEL expression: %s", err.text);
        return NULL;
    }
    cel_names(program, name_used, &naming);
    return program;
}

static const char *phase_of(const struct yaml_node *rule, struct diag_list *diags)
{
    static const char *const phases[] = {"find", "check", "apply", "verify", "revert", NULL};
    const struct yaml_node *node = yaml_get(rule, "in");
    const char *text = node && node->kind == YAML_SCALAR ? node->text : "";

    for (size_t i = 0; phases[i]; i++)
        if (strcmp(phases[i], text) == 0)
            return text;
    node = node ? node : rule;
    diag_error(diags, node->line, node->col, "'in': expected find, check, apply, verify or revert%s%s",
               *text ? ", found " : "", text);
    return "";
}

/* 0: any place in the phase. */
static int position_of(const struct yaml_node *rule, struct diag_list *diags)
{
    const struct yaml_node *node = yaml_get(rule, "at");
    char *end = NULL;
    long at = node && node->kind == YAML_SCALAR ? strtol(node->text, &end, 10) : 0;

    if (node && (!end || *end || at < 1 || at > 64)) {
        diag_error(diags, node->line, node->col, "'at': expected the place of a call in its phase, from 1");
        return 0;
    }
    return (int)at;
}

static void check_keys(const struct yaml_node *map, const char *const *keys, struct diag_list *diags)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        size_t k = 0;

        while (keys[k] && strcmp(keys[k], map->keys[i]->text) != 0)
            k++;
        if (!keys[k])
            diag_error(diags, map->keys[i]->line, map->keys[i]->col, "unknown key '%s'", map->keys[i]->text);
    }
}

static const char *text_of(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = yaml_get(map, key);

    return node && node->kind == YAML_SCALAR ? node->text : "";
}

static struct value map_of(struct arena *arena, const struct yaml_node *node)
{
    struct value_builder empty;

    if (node && node->kind == YAML_MAP)
        return yaml_value(arena, node);
    value_build(&empty, arena);
    return value_end_map(&empty);
}

/* What a call makes of the state: constants for what `start` has. */
static struct value set_of(struct arena *arena, const struct model *model, const struct yaml_node *node,
                           struct diag_list *diags)
{
    for (size_t i = 0; node && node->kind == YAML_MAP && i < node->count; i++) {
        struct naming naming = {arena, model, node->keys[i], diags};
        const struct yaml_node *item = node->items[i];

        if (!in_state(model, node->keys[i]->text))
            no_state(&naming, node->keys[i]->text);
        if (item->kind == YAML_SCALAR && strstr(item->text, "{{"))
            diag_error(diags, item->line, item->col, "'set' takes constants: write a rule for each value");
    }
    return map_of(arena, node);
}

static void read_answers(struct arena *arena, struct model *model, const struct yaml_node *list,
                         struct diag_list *diags)
{
    static const char *const keys[] = {"in", "at", "when", "answer", NULL};
    static const struct yaml_node none = {.kind = YAML_MAP};
    struct model_answer *answers = arena_array(arena, list ? list->count + 1 : 1, sizeof *answers);

    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
        const struct yaml_node *one = list->items[i];
        const struct yaml_node *answer = yaml_get(one, "answer");

        check_keys(one, keys, diags);
        answers[i] = (struct model_answer){
            .phase = phase_of(one, diags),
            .position = position_of(one, diags),
            .when = expression(arena, model, yaml_get(one, "when"), diags),
            .answer = tree_from_yaml(arena, answer && answer->kind == YAML_MAP ? answer : &none, diags)};
        if (answers[i].answer)
            tree_names(answers[i].answer, name_used, &(struct naming){arena, model, one, diags});
        model->answer_count++;
    }
    model->answers = answers;
}

static void read_effects(struct arena *arena, struct model *model, const struct yaml_node *list,
                         struct diag_list *diags)
{
    static const char *const keys[] = {"in", "at", "set", "counts", NULL};
    struct model_effect *effects = arena_array(arena, list ? list->count + 1 : 1, sizeof *effects);

    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
        const struct yaml_node *one = list->items[i];

        check_keys(one, keys, diags);
        effects[i] =
            (struct model_effect){.phase = phase_of(one, diags),
                                  .position = position_of(one, diags),
                                  .set = set_of(arena, model, yaml_get(one, "set"), diags),
                                  .counts = expression(arena, model, yaml_get(one, "counts"), diags)};
        model->effect_count++;
    }
    model->effects = effects;
}

static void read_lapse(struct arena *arena, struct model *model, const struct yaml_node *lapse,
                       struct diag_list *diags)
{
    static const char *const keys[] = {"when", "after", "set", NULL};
    const char *after;

    if (!lapse)
        return;
    check_keys(lapse, keys, diags);
    after = text_of(lapse, "after");
    model->lapse_when = expression(arena, model, yaml_get(lapse, "when"), diags);
    model->lapse_after_ms = text_duration_ms(after, strlen(after));
    model->lapse_set = set_of(arena, model, yaml_get(lapse, "set"), diags);
    if (model->lapse_after_ms < 0)
        diag_error(diags, lapse->line, lapse->col, "expected a duration such as 60s after `after:`");
}

static void read_provider(struct arena *arena, struct model *model, const struct yaml_node *node,
                          struct diag_list *diags)
{
    static const char *const keys[] = {"start", "answers", "effects", "lapse", "contained", "fenced", NULL};

    check_keys(node, keys, diags);
    model->fenced = strcmp(text_of(node, "fenced"), "true") == 0;
    model->start = map_of(arena, yaml_get(node, "start"));
    read_answers(arena, model, yaml_get(node, "answers"), diags);
    read_effects(arena, model, yaml_get(node, "effects"), diags);
    read_lapse(arena, model, yaml_get(node, "lapse"), diags);
    model->contained = expression(arena, model, yaml_get(node, "contained"), diags);
}

struct model *model_load(struct arena *arena, const char *text, size_t len, size_t *ret_count,
                         struct diag_list *diags)
{
    static const char *const keys[] = {"action", "extends", "providers", NULL};
    const struct yaml_node *root = yaml_parse(arena, text, len, diags);
    const struct yaml_node *providers = root ? yaml_get(root, "providers") : NULL;
    const char *action = root ? text_of(root, yaml_get(root, "extends") ? "extends" : "action") : "";
    struct model *models;

    if (!root || !providers || providers->kind != YAML_MAP || !*action) {
        diag_error(diags, root ? root->line : 1, 1, "expected `action:` (or `extends:`) and `providers:`");
        return NULL;
    }
    check_keys(root, keys, diags);
    models = arena_array(arena, providers->count + 1, sizeof *models);
    for (size_t i = 0; i < providers->count; i++) {
        models[i].action = action;
        models[i].provider = providers->keys[i]->text;
        models[i].line = providers->keys[i]->line;
        models[i].col = providers->keys[i]->col;
        read_provider(arena, &models[i], providers->items[i], diags);
    }
    *ret_count = providers->count;
    return diags->errors ? NULL : models;
}

struct value model_names(struct arena *arena, const struct value *state, const char *key)
{
    const char *colon = strchr(key, ':');
    const char *name = colon ? colon + 1 : key;
    const char *slash =
        strncmp(key, "user:", 5) == 0 || strncmp(key, "address:", 8) == 0 ? strchr(name, '/') : NULL;
    struct value_builder target;
    struct value_builder names;

    value_build(&target, arena);
    value_put_text(&target, "key", value_text(arena, key));
    value_put_text(&target, "name", value_text(arena, slash ? slash + 1 : name));
    value_put_text(&target, "place", value_string(arena, name, slash ? (size_t)(slash - name) : 0));
    value_build(&names, arena);
    value_put_text(&names, "state", *state);
    value_put_text(&names, "target", value_end_map(&target));
    return value_end_map(&names);
}

bool model_holds(const struct cel_program *program, const struct value *names, struct arena *arena)
{
    struct cel_scope scope = cel_scope_map(names, NULL);
    bool holds = false;

    return program && cel_bool(program, &scope, arena, &holds, NULL) == 0 && holds;
}
