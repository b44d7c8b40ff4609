/* Variables: values with names, in the order of the file. Each may speak of the alert and of those above it.
 * Which of them come from the alert is kept, since such a value may not stand everywhere. */
#include <stdint.h>
#include <string.h>

#include "engine/playbook/playbook_parts.h"

static bool is_identifier(const struct yaml_node *node)
{
    return name_is_plain(node, "") && strchr(node->text, '-') == NULL &&
           (node->text[0] < '0' || node->text[0] > '9');
}

static void read_var(struct making *making, const struct yaml_node *name, const struct yaml_node *value,
                     struct step_argument *var)
{
    size_t index = making->playbook->var_count;
    if (!is_identifier(name)) {
        diag_error(making->diags, name->line, name->col,
                   "'vars': expected a name of letters, digits and '_', found '%.60s'", name->text);
    }
    struct use use = {.making = making,
                      .what = arena_printf(making->arena, "vars.%s", name->text),
                      .sees = SEES_ALERT | SEES_VARS,
                      .step = SIZE_MAX,
                      .var_count = index};
    *var = (struct step_argument){.name = name->text, .line = name->line, .col = name->col};
    var->tree = use_tree(&use, value);
    making->vars_outside[index] = use.spoke_alert;
}

void vars_read(struct making *making, const struct yaml_node *node)
{
    if (node == NULL) {
        return;
    }
    if (node->kind != YAML_MAP) {
        diag_error(making->diags, node->line, node->col,
                   "'vars': expected a map of names and values, found %s", bind_found(node));
        return;
    }
    struct step_argument *vars = arena_array(making->arena, node->count, sizeof *vars);
    making->playbook->vars = vars;
    making->vars_outside = arena_array(making->arena, node->count, sizeof *making->vars_outside);
    making->vars_fixed = arena_array(making->arena, node->count, sizeof *making->vars_fixed);
    for (size_t i = 0; i < node->count; i++) {
        read_var(making, node->keys[i], node->items[i], &vars[i]);
        making->playbook->var_count++;
    }
}

/* Is what the caller gives a variable of this playbook? */
static int check_given(const struct playbook *playbook, const struct value *given, struct arena *arena,
                       struct soar_err *err)
{
    const char **names = arena_array(arena, playbook->var_count + 1, sizeof(const char *));
    for (size_t i = 0; i < playbook->var_count; i++) {
        names[i] = playbook->vars[i].name;
    }
    for (size_t i = 0; i < value_count(given); i++) {
        const char *name = given->map->keys[i].text;
        size_t at = 0;
        while (at < playbook->var_count && strcmp(names[at], name) != 0) {
            at++;
        }
        if (at == playbook->var_count) {
            return soar_err_set(err, SOAR_INVALID, "playbook %s has no variable '%s'%s", playbook->name, name,
                                bind_meant(arena, name, names));
        }
    }
    return 0;
}

/* One variable: what the caller gives, or its own value over the alert and those above. */
static int evaluate(const struct playbook *playbook, size_t index, const struct value *names,
                    const struct value *given, struct arena *arena, struct value *ret_value,
                    struct soar_err *err)
{
    const struct step_argument *var = &playbook->vars[index];
    struct cel_scope scope = cel_scope_map(names, NULL);
    bool fixed = playbook->vars_fixed != NULL && playbook->vars_fixed[index];
    if (given != NULL && !fixed) {
        *ret_value = *given;
        return 0;
    }
    *ret_value = tree_eval(var->tree, &scope, arena);
    if (ret_value->kind == VALUE_ERROR || ret_value->kind == VALUE_UNKNOWN) {
        return soar_err_set(err, SOAR_INVALID, "vars.%s: %s", var->name, ret_value->text);
    }
    if (given != NULL && !value_equal(given, ret_value)) {
        return soar_err_set(
            err, SOAR_INVALID,
            "vars.%s says when a containment ends ('expires'): it can be changed in the playbook only",
            var->name);
    }
    return 0;
}

int playbook_vars(const struct playbook *playbook, const struct value *alert, const struct value *given,
                  struct arena *arena, struct value *ret_vars, struct soar_err *err)
{
    if (given != NULL && given->kind == VALUE_MAP && check_given(playbook, given, arena, err) != 0) {
        return -1;
    }
    struct value_builder all;
    value_build(&all, arena);
    struct value_builder none = all;
    struct value so_far = value_end_map(&none);
    for (size_t i = 0; i < playbook->var_count; i++) {
        const char *name = playbook->vars[i].name;
        struct value_builder names;
        struct value value;
        value_build(&names, arena);
        value_put_text(&names, "vars", so_far);
        if (alert != NULL) {
            value_put_text(&names, "alert", *alert);
        }
        struct value map = value_end_map(&names);
        if (evaluate(playbook, i, &map, value_get(given, name), arena, &value, err) != 0) {
            return -1;
        }
        value_put_text(&all, name, value);
        struct value_builder copy = all; /* the builder goes on; what it has so far is a map of its own */
        so_far = value_end_map(&copy);
    }
    *ret_vars = so_far;
    return 0;
}
