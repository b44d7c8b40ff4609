/* YAML values with holes: read once, evaluated as often as needed. It knows no sink: what a hole may hold
 * where is sink.c's. */
#include "engine/action/tree.h"

#include <string.h>

static const struct tree *from_scalar(struct arena *arena, const struct yaml_node *node,
                                      struct diag_list *diags)
{
    struct tree *tree = arena_alloc(arena, sizeof *tree);
    tree->line = node->line;
    tree->col = node->col;
    if (memmem(node->text, node->len, "{{", 2) == NULL) {
        tree->constant = yaml_value(arena, node);
        return tree;
    }
    struct soar_err err;
    size_t offset = 0;
    tree->kind = TREE_TEMPLATE;
    if (template_parse(arena, node->text, node->len, &tree->template, &offset, &err) < 0) {
        int line;
        int col;
        yaml_place(node, offset, &line, &col);
        diag_error(diags, line, col, "%s", err.text);
        return NULL;
    }
    return tree;
}

static bool key_is_constant(const struct yaml_node *key, struct diag_list *diags)
{
    if (memmem(key->text, key->len, "{{", 2) == NULL) {
        return true;
    }
    diag_error(diags, key->line, key->col, "a name holds no {{ }}: only values do");
    return false;
}

const struct tree *tree_from_yaml(struct arena *arena, const struct yaml_node *node, struct diag_list *diags)
{
    if (node->kind == YAML_SCALAR) {
        return from_scalar(arena, node, diags);
    }
    struct tree *tree = arena_alloc(arena, sizeof *tree);
    tree->kind = node->kind == YAML_MAP ? TREE_MAP : TREE_LIST;
    tree->line = node->line;
    tree->col = node->col;
    tree->count = node->count;
    const struct tree **items = arena_array(arena, node->count, sizeof(const struct tree *));
    const char **keys = arena_array(arena, node->count, sizeof(const char *));
    bool sound = true;
    for (size_t i = 0; i < node->count; i++) {
        items[i] = tree_from_yaml(arena, node->items[i], diags);
        sound = sound && items[i] != NULL;
        if (node->kind == YAML_MAP) {
            keys[i] = node->keys[i]->text;
            sound = key_is_constant(node->keys[i], diags) && sound;
        }
    }
    tree->items = items;
    tree->keys = node->kind == YAML_MAP ? keys : NULL;
    return sound ? tree : NULL;
}

struct value tree_eval(const struct tree *tree, const struct cel_scope *scope, struct arena *arena)
{
    if (tree->kind == TREE_CONSTANT) {
        return tree->constant;
    }
    if (tree->kind == TREE_TEMPLATE) {
        return template_eval(tree->template, scope, arena);
    }
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

bool tree_is_constant(const struct tree *tree)
{
    bool constant = tree->kind != TREE_TEMPLATE;
    for (size_t i = 0; i < tree->count; i++) {
        constant = constant && tree_is_constant(tree->items[i]);
    }
    return constant;
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
