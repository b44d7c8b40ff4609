/* Expressions of a playbook and the names they use. Each is compiled where it stands, and every name is
 * looked up at once: a variable must stand above, a step must be over before this one begins, and what widens
 * what an isolation lets through may not come from an alert, not even through a variable (threats.md, "alert
 * fields"). */
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/event.h"
#include "engine/base/text.h"
#include "engine/playbook/playbook_parts.h"

struct root {
    const char *name;
    unsigned scope;
};

static const struct root roots[] = {{"alert", SEES_ALERT},
                                    {"vars", SEES_VARS},
                                    {"steps", SEES_STEPS},
                                    {"run", SEES_RUN},
                                    {"target", SEES_TARGET}};
enum { ROOT_COUNT = sizeof roots / sizeof roots[0] };

static void place(const struct use *use, size_t offset, int *ret_line, int *ret_col)
{
    *ret_line = use->line;
    *ret_col = use->col;
    if (use->node != NULL) {
        yaml_place(use->node, use->base + offset, ret_line, ret_col);
    }
}

__attribute__((format(printf, 3, 4))) static void tell(const struct use *use, size_t offset,
                                                       const char *format, ...)
{
    int line = 0;
    int col = 0;
    place(use, offset, &line, &col);
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(use->making->arena, format, args);
    va_end(args);
    diag_error(use->making->diags, line, col, "%s", text);
}

/* The second segment of "vars.x.y", or NULL. */
static const char *second(struct arena *arena, const char *path)
{
    const char *dot = strchr(path, '.');
    return dot == NULL ? NULL : arena_copy(arena, dot + 1, strcspn(dot + 1, "."));
}

/* The third of "steps.x.changed", or NULL. */
static const char *third(struct arena *arena, const char *path)
{
    const char *dot = strchr(path, '.');
    return dot == NULL ? NULL : second(arena, dot + 1);
}

static void check_var(struct use *use, const char *path, bool optional, size_t offset)
{
    const struct playbook *playbook = use->making->playbook;
    const char *name = second(use->making->arena, path);
    if (name == NULL) { /* all of them */
        for (size_t i = 0; i < use->var_count; i++) {
            use->spoke_alert = use->spoke_alert || use->making->vars_outside[i];
        }
        return;
    }
    const char **names = arena_array(use->making->arena, use->var_count + 1, sizeof(const char *));
    for (size_t i = 0; i < use->var_count; i++) {
        names[i] = playbook->vars[i].name;
        if (strcmp(names[i], name) == 0) {
            use->spoke_alert = use->spoke_alert || use->making->vars_outside[i];
            use->making->vars_fixed[i] = use->making->vars_fixed[i] || use->fixes;
            return;
        }
    }
    if (!optional) {
        tell(use, offset, "%s: there is no variable '%s'%s%s", use->what, name,
             use->step == SIZE_MAX ? " above this one" : "", bind_meant(use->making->arena, name, names));
    }
}

static const char *nearest_step(const struct use *use, const char *name)
{
    const struct making *making = use->making;
    const char **names = arena_array(making->arena, making->playbook->step_count + 1, sizeof(const char *));
    size_t count = 0;
    for (size_t i = 0; i < making->playbook->step_count; i++) {
        if (making->steps[i].name != NULL) {
            names[count++] = making->steps[i].name;
        }
    }
    return bind_meant(making->arena, name, names);
}

static void check_field(struct use *use, const char *path, bool optional, size_t offset)
{
    const char *field = third(use->making->arena, path);
    if (field == NULL || optional) {
        return;
    }
    const char *fields[OUTCOME_COUNT + 5] = {"result", "why", "told", "kept"};
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        fields[4 + i] = task_outcome_name((enum task_outcome)i);
    }
    for (size_t i = 0; fields[i] != NULL; i++) {
        if (strcmp(fields[i], field) == 0) {
            return;
        }
    }
    tell(
        use, offset,
        "%s: a step has no '%s'%s: expected result, why, told, kept, or a list of targets: changed, already, "
        "partial, failed, refused, unsupported, skipped",
        use->what, field, bind_meant(use->making->arena, field, fields));
}

static void check_step(struct use *use, const char *path, bool optional, size_t offset)
{
    const struct making *making = use->making;
    const char *name = second(making->arena, path);
    if (name == NULL) {
        return;
    }
    size_t found = step_find(making, name);
    if (found == making->playbook->step_count) {
        if (!optional) {
            tell(use, offset, "%s: there is no step '%s'%s", use->what, name, nearest_step(use, name));
        }
        return;
    }
    if (strcmp(making->steps[found].name, name) != 0) {
        tell(use, offset, "%s: the step is written '%s', not '%s': in expressions case counts", use->what,
             making->steps[found].name, name);
    } else if (found == use->step) {
        tell(use, offset, "%s: step '%s' speaks of itself", use->what, name);
    } else if (use->step != SIZE_MAX && !making->before[use->step * making->playbook->step_count + found]) {
        tell(use, offset, "%s: step '%s' isn't over before step '%s' begins: name it in 'needs' or 'after'",
             use->what, name, making->steps[use->step].name);
    } else {
        check_field(use, path, optional, offset);
    }
}

static void check_run(struct use *use, const char *path, bool optional, size_t offset)
{
    static const char *const fields[] = {"id", "playbook", "started", NULL};
    const char *field = second(use->making->arena, path);
    for (size_t i = 0; field != NULL && fields[i] != NULL; i++) {
        if (strcmp(fields[i], field) == 0) {
            return;
        }
    }
    if (field != NULL && !optional) {
        tell(use, offset, "%s: a run has no '%s'%s: expected id, playbook or started", use->what, field,
             bind_meant(use->making->arena, field, fields));
    }
}

static const struct root *root_of(const char *name)
{
    for (size_t i = 0; i < ROOT_COUNT; i++) {
        if (strcmp(roots[i].name, name) == 0) {
            return &roots[i];
        }
    }
    return NULL;
}

/* "alert, vars or steps": the names that are known here. */
static const char *known_here(const struct use *use)
{
    const char *list = "";
    size_t left = 0;
    for (size_t i = 0; i < ROOT_COUNT; i++) {
        left += (use->sees & roots[i].scope) != 0;
    }
    for (size_t i = 0; i < ROOT_COUNT; i++) {
        if ((use->sees & roots[i].scope) != 0) {
            left--;
            list = arena_printf(use->making->arena, "%s%s%s", list, roots[i].name,
                                left > 1    ? ", "
                                : left == 1 ? " or "
                                            : "");
        }
    }
    return list;
}

static void tell_unknown(const struct use *use, const char *name, size_t offset)
{
    const char *names[ROOT_COUNT + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < ROOT_COUNT; i++) {
        if ((use->sees & roots[i].scope) != 0) {
            names[count++] = roots[i].name;
        }
    }
    const char *meant = bind_meant(use->making->arena, name, names);
    tell(use, offset, "%s: unknown name '%s'%s%s%s", use->what, name, meant,
         *meant == '\0' ? ": expected " : "", *meant == '\0' ? known_here(use) : "");
}

static void check_name(void *arg, const char *name, const char *path, bool optional, size_t offset)
{
    struct use *use = arg;
    const struct root *root = root_of(name);
    if (root == NULL) {
        tell_unknown(use, name, offset);
        return;
    }
    if ((use->sees & root->scope) == 0) {
        tell(use, offset, "%s: '%s' is not known here: expected %s%s", use->what, name, known_here(use),
             root->scope == SEES_TARGET ? "; a single target is known under 'with'" : "");
        return;
    }
    use->spoke_steps = use->spoke_steps || root->scope == SEES_STEPS;
    use->spoke_alert = use->spoke_alert || root->scope == SEES_ALERT;
    if (root->scope == SEES_VARS) {
        check_var(use, path, optional, offset);
    } else if (root->scope == SEES_STEPS) {
        check_step(use, path, optional, offset);
    } else if (root->scope == SEES_RUN) {
        check_run(use, path, optional, offset);
    }
    bool outside = use->spoke_alert || use->spoke_steps;
    if (use->narrow != NULL && outside) {
        tell(use, offset, "%s: %s", use->what, use->narrow);
        use->narrow = NULL; /* once is enough */
    }
}

/* A call that can't be is told alone: the names in it may be a macro's, had it been one. */
static void check_program(struct use *use, const struct cel_program *program)
{
    struct soar_err err;
    size_t offset = 0;
    if (cel_check(program, &offset, &err) != 0) {
        tell(use, offset, "%s: %s", use->what, err.text);
    } else {
        cel_names(program, check_name, use);
    }
}

struct cel_program *use_expression(struct use *use, const struct yaml_node *node)
{
    use->node = node;
    use->base = 0;
    if (strncmp(node->text, "{{", 2) == 0) {
        tell(use, 0, "%s takes a bare expression: write it without {{ }}", use->what);
        return NULL;
    }
    struct cel_program *program = NULL;
    struct soar_err err;
    size_t offset = 0;
    if (cel_compile(use->making->arena, node->text, node->len, NULL, &program, &offset, &err) != 0) {
        tell(use, offset, "%s: %s", use->what, err.text);
        return NULL;
    }
    check_program(use, program);
    return program;
}

static void check_template(struct use *use, const struct template *template)
{
    for (size_t i = 0; i < template->count; i++) {
        if (template->parts[i].hole != NULL) {
            use->base = template->parts[i].offset;
            check_program(use, template->parts[i].hole);
        }
    }
}

struct template *use_template(struct use *use, const struct yaml_node *node)
{
    struct template *template = NULL;
    struct soar_err err;
    size_t offset = 0;
    use->node = node;
    use->base = 0;
    if (template_parse(use->making->arena, node->text, node->len, &template, &offset, &err) != 0) {
        tell(use, offset, "%s: %s", use->what, err.text);
        return NULL;
    }
    check_template(use, template);
    return template;
}

/* A tree keeps the place of each leaf, not its node: a mistake in one is told at the leaf's beginning. */
static void check_tree(struct use *use, const struct tree *tree)
{
    if (tree->kind == TREE_TEMPLATE) {
        use->line = tree->line;
        use->col = tree->col;
        check_template(use, tree->template);
    }
    for (size_t i = 0; i < tree->count; i++) {
        check_tree(use, tree->items[i]);
    }
}

const struct tree *use_tree(struct use *use, const struct yaml_node *node)
{
    const struct tree *tree = tree_from_yaml(use->making->arena, node, use->making->diags);
    if (tree == NULL) {
        return NULL;
    }
    use->node = tree->kind == TREE_TEMPLATE ? node : NULL;
    check_tree(use, tree);
    return tree;
}
