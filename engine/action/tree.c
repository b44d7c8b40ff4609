/* YAML with `{{ }}` in it: made once, evaluated as often as needed. A scalar without a hole becomes a
 * constant at once, and so does a list or map of constants, so that "is it constant" is one look. It must not
 * know where a value goes: what a hole may hold there, and how it is written, is the sink's business. */
#include "engine/action/tree.h"

#include <string.h>

static struct tree *tree_new(struct arena *arena, enum tree_kind kind, const struct yaml_node *node)
{
    struct tree *tree = arena_alloc(arena, sizeof *tree);
    tree->kind = kind;
    tree->line = node->line;
    tree->col = node->col;
    return tree;
}

static const struct tree *constant(struct arena *arena, const struct yaml_node *node)
{
    struct tree *tree = tree_new(arena, TREE_CONSTANT, node);
    tree->constant = yaml_value(arena, node);
    return tree;
}

static const struct tree *from_scalar(struct arena *arena, const struct yaml_node *node,
                                      struct diag_list *diags)
{
    if (memmem(node->text, node->len, "{{", 2) == NULL) {
        return constant(arena, node);
    }
    struct tree *tree = tree_new(arena, TREE_TEMPLATE, node);
    struct soar_err err;
    size_t offset = 0;
    if (template_parse(arena, node->text, node->len, &tree->template, &offset, &err) != 0) {
        int line = 0;
        int col = 0;
        yaml_place(node, offset, &line, &col);
        diag_error(diags, line, col, "%s", err.text);
        return NULL;
    }
    return tree;
}

static bool check_key(const struct yaml_node *key, struct diag_list *diags)
{
    if (strstr(key->text, "{{") == NULL) {
        return true;
    }
    diag_error(diags, key->line, key->col, "a key can't hold {{ }}: only values can");
    return false;
}

/* Goes on after a mistake, so that all of them are told. */
static const struct tree *from_items(struct arena *arena, const struct yaml_node *node,
                                     struct diag_list *diags)
{
    bool well = true;
    bool all_constant = true;
    const struct tree **items = arena_array(arena, node->count, sizeof(const struct tree *));
    const char **keys = arena_array(arena, node->count, sizeof(const char *));
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == YAML_MAP) {
            well = check_key(node->keys[i], diags) && well;
            keys[i] = node->keys[i]->text;
        }
        items[i] = tree_from_yaml(arena, node->items[i], diags);
        well = items[i] != NULL && well;
        all_constant = items[i] != NULL && items[i]->kind == TREE_CONSTANT && all_constant;
    }
    if (!well) {
        return NULL;
    }
    if (all_constant) {
        return constant(arena, node);
    }
    struct tree *tree = tree_new(arena, node->kind == YAML_MAP ? TREE_MAP : TREE_LIST, node);
    tree->count = node->count;
    tree->items = items;
    tree->keys = node->kind == YAML_MAP ? keys : NULL;
    return tree;
}

const struct tree *tree_from_yaml(struct arena *arena, const struct yaml_node *node, struct diag_list *diags)
{
    return node->kind == YAML_SCALAR ? from_scalar(arena, node, diags) : from_items(arena, node, diags);
}

static struct value eval_items(const struct tree *tree, const struct cel_scope *scope, struct arena *arena)
{
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < tree->count; i++) {
        struct value item = tree_eval(tree->items[i], scope, arena);
        if (item.kind == VALUE_ERROR) {
            return item;
        }
        if (tree->kind == TREE_MAP) {
            value_put_text(&builder, tree->keys[i], item);
        } else {
            value_push(&builder, item);
        }
    }
    return tree->kind == TREE_MAP ? value_end_map(&builder) : value_end_list(&builder);
}

struct value tree_eval(const struct tree *tree, const struct cel_scope *scope, struct arena *arena)
{
    switch (tree->kind) {
    case TREE_CONSTANT:
        return tree->constant;
    case TREE_TEMPLATE:
        return template_eval(tree->template, scope, arena);
    case TREE_LIST:
    case TREE_MAP:
        return eval_items(tree, scope, arena);
    }
    return value_null();
}

bool tree_is_constant(const struct tree *tree)
{
    return tree->kind == TREE_CONSTANT;
}

void tree_names(const struct tree *tree, cel_name_fn fn, void *arg)
{
    if (tree->kind == TREE_TEMPLATE) {
        template_names(tree->template, fn, arg);
    }
    for (size_t i = 0; i < tree->count; i++) {
        tree_names(tree->items[i], fn, arg);
    }
}
