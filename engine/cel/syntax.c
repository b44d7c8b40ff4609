/* Which nodes hang below a node: the one place that knows it for every kind. */
#include "engine/cel/syntax.h"

static void each(struct node *const *nodes, size_t count, syntax_fn fn, void *arg)
{
    for (size_t i = 0; nodes != NULL && i < count; i++) {
        if (nodes[i] != NULL) {
            fn(arg, nodes[i]);
        }
    }
}

static void three(struct node *first, struct node *second, struct node *third, syntax_fn fn, void *arg)
{
    each((struct node *const[]){first, second, third}, 3, fn, arg);
}

static void entries(const struct node_items *items, syntax_fn fn, void *arg)
{
    for (size_t i = 0; i < items->count; i++) {
        three(items->keys != NULL ? items->keys[i] : NULL, items->values[i], NULL, fn, arg);
    }
}

void syntax_children(const struct node *node, syntax_fn fn, void *arg)
{
    switch (node->kind) {
    case NODE_SELECT:
    case NODE_HAS:
        fn(arg, node->select.operand);
        break;
    case NODE_INDEX:
        three(node->index.operand, node->index.key, NULL, fn, arg);
        break;
    case NODE_CALL:
        three(node->call.target, NULL, NULL, fn, arg);
        each(node->call.args, node->call.count, fn, arg);
        break;
    case NODE_NOT:
    case NODE_MINUS:
        fn(arg, node->operand);
        break;
    case NODE_BINARY:
        three(node->operation.left, node->operation.right, NULL, fn, arg);
        break;
    case NODE_AND:
    case NODE_OR:
        each(node->logic.parts, node->logic.count, fn, arg);
        break;
    case NODE_CHOOSE:
        three(node->choose.test, node->choose.yes, node->choose.no, fn, arg);
        break;
    case NODE_LIST:
    case NODE_MAP:
        entries(&node->items, fn, arg);
        break;
    case NODE_FOLD:
        three(node->fold.range, node->fold.filter, node->fold.body, fn, arg);
        break;
    case NODE_BIND:
    case NODE_OPT_MAP:
    case NODE_OPT_FLAT_MAP:
        three(node->bind.value, node->bind.body, NULL, fn, arg);
        break;
    case NODE_OPT_OR:
    case NODE_OPT_OR_VALUE:
        three(node->otherwise.first, node->otherwise.other, NULL, fn, arg);
        break;
    case NODE_LITERAL:
    case NODE_NAME:
    case NODE_KIND_COUNT:
        break;
    }
}
