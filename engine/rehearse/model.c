/* Reads NAME.rehearse.yaml. Small and strict: an unknown key is a mistake. */
#include "engine/rehearse/model.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

static struct cel_program *expression(struct arena *arena, const struct yaml_node *node,
                                      struct diag_list *diags)
{
    struct cel_program *program = NULL;
    struct soar_err err = {0};

    if (node &&
        (node->kind != YAML_SCALAR || cel_compile(arena, node->text, node->len, NULL, &program, NULL, &err)))
        diag_error(diags, node->line, node->col, "expected a CEL expression: %s", err.text);
    return program;
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
            .phase = text_of(one, "in"),
            .position = (int)strtol(text_of(one, "at"), NULL, 10),
            .when = expression(arena, yaml_get(one, "when"), diags),
            .answer = tree_from_yaml(arena, answer && answer->kind == YAML_MAP ? answer : &none, diags)};
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
        effects[i] = (struct model_effect){.phase = text_of(one, "in"),
                                           .position = (int)strtol(text_of(one, "at"), NULL, 10),
                                           .set = map_of(arena, yaml_get(one, "set")),
                                           .counts = expression(arena, yaml_get(one, "counts"), diags)};
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
    model->lapse_when = expression(arena, yaml_get(lapse, "when"), diags);
    model->lapse_after_ms = text_duration_ms(after, strlen(after));
    model->lapse_set = map_of(arena, yaml_get(lapse, "set"));
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
    model->contained = expression(arena, yaml_get(node, "contained"), diags);
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
