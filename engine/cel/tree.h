/* The children of a node, in the order they were written; for passes that treat most kinds of node alike. */
#ifndef CEL_TREE_H
#define CEL_TREE_H

#include "engine/cel/syntax.h"

typedef void (*tree_fn)(void *arg, struct node *child);

void tree_children(const struct node *node, tree_fn fn, void *arg);

#endif
