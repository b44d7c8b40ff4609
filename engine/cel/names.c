/* Which names an expression uses, with the fields that follow. Names that a macro binds are the expression's
 * own; names of types are nobody's. A path is told once, at its longest. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/cel/resolve.h"

struct visitor {
    cel_name_fn fn;
    void *arg;
};

static void visit(const struct visitor *visitor, const struct node *node);

/* A step of a path: its name if it is a plain one, and what it steps from. */
static const char *step_of(const struct node *node, const struct node **ret_operand, bool *ret_optional)
{
    if (node->kind == NODE_SELECT || node->kind == NODE_HAS) {
        *ret_operand = node->select.operand;
        *ret_optional = node->select.optional || node->kind == NODE_HAS;
        return node->select.field;
    }
    if (node->kind == NODE_INDEX && node->index.key->kind == NODE_LITERAL &&
        node->index.key->literal.kind == VALUE_STRING) {
        *ret_operand = node->index.operand;
        *ret_optional = node->index.optional;
        return node->index.key->literal.text;
    }
    return NULL;
}

/* Writes the path of `node` and returns its root, or NULL if it has none; *optional: of the first step. */
static const struct node *path_of(struct buf *path, const struct node *node, bool *optional)
{
    const struct node *operand = NULL;
    bool taken_optionally = false;
    if (node->kind == NODE_NAME && node->name.slot < 0) {
        buf_text(path, node->name.text);
        return node;
    }
    const char *step = step_of(node, &operand, &taken_optionally);
    const struct node *root = step != NULL ? path_of(path, operand, optional) : NULL;
    if (root != NULL) {
        if (operand == root) {
            *optional = taken_optionally;
        }
        buf_char(path, '.');
        buf_text(path, step);
    }
    return root;
}

/* Tells the path that ends in this node; false if there is none. */
static bool tell(const struct visitor *visitor, const struct node *node)
{
    bool optional = false;
    struct buf path;
    struct value type;
    buf_init(&path, 0);
    const struct node *root = path_of(&path, node, &optional);
    if (root != NULL && !resolve_type(buf_string(&path), &type)) {
        visitor->fn(visitor->arg, root->name.text, buf_string(&path), optional, root->offset);
    }
    buf_done(&path);
    return root != NULL;
}

static void visit_all(const struct visitor *visitor, struct node *const *nodes, size_t count)
{
    for (size_t i = 0; nodes != NULL && i < count; i++) {
        visit(visitor, nodes[i]);
    }
}

static void visit_call(const struct visitor *visitor, const struct node_call *call)
{
    if (call->target != NULL) {
        visit(visitor, call->target);
    }
    visit_all(visitor, call->args, call->count);
}

static void visit_fold(const struct visitor *visitor, const struct node_fold *fold)
{
    visit(visitor, fold->range);
    if (fold->filter != NULL) {
        visit(visitor, fold->filter);
    }
    if (fold->body != NULL) {
        visit(visitor, fold->body);
    }
}

static void visit_path(const struct visitor *visitor, const struct node *node)
{
    if (tell(visitor, node)) {
        return;
    }
    if (node->kind == NODE_SELECT || node->kind == NODE_HAS) {
        visit(visitor, node->select.operand);
    } else if (node->kind == NODE_INDEX) {
        visit(visitor, node->index.operand);
        visit(visitor, node->index.key);
    }
}

static void visit(const struct visitor *visitor, const struct node *node)
{
    switch (node->kind) {
    case NODE_NAME:
    case NODE_SELECT:
    case NODE_HAS:
    case NODE_INDEX:
        visit_path(visitor, node);
        break;
    case NODE_CALL:
        visit_call(visitor, &node->call);
        break;
    case NODE_NOT:
    case NODE_MINUS:
        visit(visitor, node->operand);
        break;
    case NODE_BINARY:
        visit(visitor, node->operation.left);
        visit(visitor, node->operation.right);
        break;
    case NODE_AND:
    case NODE_OR:
        visit_all(visitor, node->logic.parts, node->logic.count);
        break;
    case NODE_CHOOSE:
        visit(visitor, node->choose.test);
        visit(visitor, node->choose.yes);
        visit(visitor, node->choose.no);
        break;
    case NODE_LIST:
    case NODE_MAP:
        visit_all(visitor, node->items.keys, node->items.count);
        visit_all(visitor, node->items.values, node->items.count);
        break;
    case NODE_FOLD:
        visit_fold(visitor, &node->fold);
        break;
    case NODE_BIND:
    case NODE_OPT_MAP:
    case NODE_OPT_FLAT_MAP:
        visit(visitor, node->bind.value);
        visit(visitor, node->bind.body);
        break;
    case NODE_OPT_OR:
    case NODE_OPT_OR_VALUE:
        visit(visitor, node->otherwise.first);
        visit(visitor, node->otherwise.other);
        break;
    case NODE_LITERAL:
    case NODE_KIND_COUNT:
        break;
    }
}

void cel_names(const struct cel_program *program, cel_name_fn fn, void *arg)
{
    const struct visitor visitor = {.fn = fn, .arg = arg};
    visit(&visitor, program->root);
}
