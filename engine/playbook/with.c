/* Parameters of a step, and the step against its action: what the action doesn't know, what it must have, a
 * constant of the wrong type. What only an alert or a step can give is checked when it is there, by the same
 * types. */
#include <stdint.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/playbook/playbook_parts.h"

/* They decide what stays reachable, for how long, and how safe it is: nothing an attacker writes may reach
 * them. */
static const char *const narrow[] = {"allow", "expires", "timeout", "dead_man", "severity", NULL};
static const char narrow_why[] = "it widens what is let through, so it may not come from an alert or an "
                                 "earlier step: use a constant or vars";

static bool is_narrow(const char *name)
{
    for (size_t i = 0; narrow[i] != NULL; i++) {
        if (text_same_fold(narrow[i], name)) {
            return true;
        }
    }
    return false;
}

void with_read(struct making *making, size_t index)
{
    const struct yaml_node *node = ((const struct step_entry *)making->entries.items)[index].with;
    struct playbook_step *step = &making->steps[index];
    if (node == NULL) {
        return;
    }
    if (node->kind != YAML_MAP) {
        diag_error(making->diags, node->line, node->col,
                   "'with': expected a map of the action's parameters, found %s", bind_found(node));
        return;
    }
    struct step_argument *arguments = arena_array(making->arena, node->count, sizeof *arguments);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *name = node->keys[i];
        struct use use = {.making = making,
                          .what = arena_printf(making->arena, "with.%s", name->text),
                          .sees = SEES_ALERT | SEES_VARS | SEES_STEPS | SEES_RUN | SEES_TARGET,
                          .step = index,
                          .var_count = making->playbook->var_count,
                          .narrow = is_narrow(name->text) ? narrow_why : NULL};
        arguments[i] = (struct step_argument){.name = name->text, .line = name->line, .col = name->col};
        arguments[i].tree = use_tree(&use, node->items[i]);
        step->speaks_of_steps = step->speaks_of_steps || use.spoke_steps;
    }
    step->argument_count = node->count;
    step->arguments = arguments;
}

static const struct pack_param *param_of(const struct pack *pack, const char *name)
{
    for (size_t i = 0; i < pack->param_count; i++) {
        if (strcmp(pack->params[i].name, name) == 0) {
            return &pack->params[i];
        }
    }
    return NULL;
}

static void check_constant(struct making *making, const char *name, const struct type *type,
                           const struct tree *tree)
{
    struct value given = tree_eval(tree, NULL, making->arena);
    struct value canonical;
    struct soar_err err;
    if (type_check(type, &given, making->arena, &canonical, &err) != 0) {
        diag_error(making->diags, tree->line, tree->col, "with.%s: %s", name, err.text);
    }
}

/* A list may be constant in part: what is constant is checked. */
static void check_argument(struct making *making, const struct pack_param *param, const struct tree *tree)
{
    if (tree_is_constant(tree)) {
        check_constant(making, param->name, &param->type, tree);
        return;
    }
    struct type item = param->type;
    item.list = false;
    for (size_t i = 0; param->type.list && tree->kind == TREE_LIST && i < tree->count; i++) {
        if (tree_is_constant(tree->items[i])) {
            check_constant(making, param->name, &item, tree->items[i]);
        }
    }
}

static void check_arguments(struct making *making, const struct playbook_step *step)
{
    const struct pack *pack = step->pack;
    const char **names = arena_array(making->arena, pack->param_count + 1, sizeof(const char *));
    for (size_t i = 0; i < pack->param_count; i++) {
        names[i] = pack->params[i].name;
    }
    for (size_t i = 0; i < step->argument_count; i++) {
        const struct step_argument *argument = &step->arguments[i];
        const struct pack_param *param = param_of(pack, argument->name);
        if (param == NULL) {
            diag_error(making->diags, argument->line, argument->col, "%s has no parameter '%s'%s", pack->name,
                       argument->name, bind_meant(making->arena, argument->name, names));
        } else if (argument->tree != NULL) {
            check_argument(making, param, argument->tree);
        }
    }
}

static void ask_required(struct making *making, const struct playbook_step *step)
{
    for (size_t i = 0; i < step->pack->param_count; i++) {
        const struct pack_param *param = &step->pack->params[i];
        bool given = !param->required;
        for (size_t j = 0; j < step->argument_count; j++) {
            given = given || strcmp(step->arguments[j].name, param->name) == 0;
        }
        if (!given) {
            diag_error(making->diags, step->line, step->col, "%s needs the parameter '%s' under 'with'%s%s",
                       step->pack->name, param->name, param->about == NULL ? "" : ": ",
                       param->about == NULL ? "" : param->about);
        }
    }
}

/* Targets of a kind the action doesn't work on would be passed over in silence. */
static void check_targets(struct making *making, const struct step_entry *entry, const struct pack *pack)
{
    if (entry->target_user != NULL && pack->per != PER_USER) {
        diag_error(making->diags, entry->target_user->line, entry->target_user->col,
                   "%s doesn't work on users: %s", pack->name,
                   pack->per == PER_ONCE ? "it is done once" : "name what it works on under 'targets'");
    }
    if (entry->target_os != NULL && pack->per != PER_HOST) {
        diag_error(making->diags, entry->target_os->line, entry->target_os->col,
                   "%s doesn't work on hosts: 'target_os' has no meaning here", pack->name);
    }
    if (entry->targets == NULL && (pack->per == PER_ADDRESS || pack->per == PER_FILE)) {
        diag_error(making->diags, entry->action->line, entry->action->col,
                   "%s works on %s: say on which under 'targets'", pack->name,
                   pack->per == PER_ADDRESS ? "addresses" : "files");
    }
    if (entry->targets != NULL && pack->per == PER_ONCE) {
        diag_error(making->diags, entry->targets->line, entry->targets->col,
                   "%s is done once, not for each target: leave 'targets' out", pack->name);
    }
}

/* A host that is written into the playbook and isn't in the inventory will fail each time. */
static void warn_strangers(struct making *making, const struct playbook_step *step)
{
    const struct tree *tree = step->targets;
    if (making->site == NULL || making->site->host_count == 0 || tree == NULL || !tree_is_constant(tree) ||
        step->pack->per != PER_HOST) {
        return;
    }
    struct value value = tree_eval(tree, NULL, making->arena);
    size_t count = value.kind == VALUE_LIST ? value_count(&value) : 1;
    for (size_t i = 0; i < count; i++) {
        const struct value *item = value.kind == VALUE_LIST ? value_at(&value, i) : &value;
        if (item->kind == VALUE_STRING && site_find_host(making->site, item->text, NULL) == NULL) {
            diag_warning(making->diags, tree->line, tree->col, "'targets': '%s' is not in the inventory",
                         item->text);
        }
    }
}

static void warn_no_pack(struct making *making, const struct playbook_step *step,
                         const struct yaml_node *action)
{
    size_t count = pack_shelf_count(making->shelf);
    const char **names = arena_array(making->arena, count + 1, sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        names[i] = pack_shelf_at(making->shelf, i)->name;
    }
    diag_warning(making->diags, action->line, action->col,
                 "no action named '%s' is installed%s: this step ends unsupported", step->action,
                 bind_meant(making->arena, step->action, names));
}

void action_check(struct making *making, size_t index)
{
    const struct step_entry *entry = &((const struct step_entry *)making->entries.items)[index];
    const struct playbook_step *step = &making->steps[index];
    if (step->action == NULL || making->shelf == NULL) {
        return;
    }
    if (step->pack == NULL) {
        warn_no_pack(making, step, entry->action);
        return;
    }
    check_arguments(making, step);
    ask_required(making, step);
    check_targets(making, entry, step->pack);
    warn_strangers(making, step);
}
