/* A YAML value with `{{ }}` anywhere in it: what stands under `with:`, `json:`, `args:` and the like. */
#ifndef ACTION_TREE_H
#define ACTION_TREE_H

#include "engine/cel/template.h"
#include "engine/yaml/yaml.h"

enum tree_kind { TREE_CONSTANT, TREE_TEMPLATE, TREE_LIST, TREE_MAP };

struct tree {
    enum tree_kind kind;
    int line;
    int col;
    struct value constant;
    struct template *template;
    size_t count;
    const char *const *keys; /* of a map */
    const struct tree *const *items;
};

/* Mistakes go to diags and give NULL. A hole in a map's key is one. */
const struct tree *tree_from_yaml(struct arena *arena, const struct yaml_node *node, struct diag_list *diags);

/* Deep evaluation. The first error found is the result; an unknown inside stays an unknown inside. */
struct value tree_eval(const struct tree *tree, const struct cel_scope *scope, struct arena *arena);

bool tree_is_constant(const struct tree *tree);
void tree_names(const struct tree *tree, cel_name_fn fn, void *arg);

#endif
