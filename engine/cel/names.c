/* Which names an expression uses, with the fields that follow. Names that a macro binds are the expression's
 * own; names of types are nobody's. A path is told once, at its longest. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/cel/resolve.h"

struct visitor {
    cel_name_fn fn;
    void *arg;
};

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

static void visit(void *arg, struct node *node)
{
    bool steps = node->kind == NODE_NAME || node->kind == NODE_SELECT || node->kind == NODE_HAS ||
                 node->kind == NODE_INDEX;
    if (!steps || !tell(arg, node)) {
        syntax_children(node, visit, arg);
    }
}

void cel_names(const struct cel_program *program, cel_name_fn fn, void *arg)
{
    struct visitor visitor = {.fn = fn, .arg = arg};
    visit(&visitor, program->root);
}
