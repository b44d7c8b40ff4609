/* What the sources of the binder share; nobody else includes it. */
#ifndef YAML_BIND_PARTS_H
#define YAML_BIND_PARTS_H

#include "engine/yaml/bind.h"

/* Binds the scalar kinds (TEXT to CHOICE); -1 told. `field` is where it goes. */
int bind_scalar(struct arena *arena, const struct yaml_node *node, const struct bind_key *key, void *field,
                struct diag_list *diags);

/* True if the node is a scalar with something in it; else it tells "'key': expected …, found …". */
bool bind_expect_scalar(const struct yaml_node *node, const char *name, const char *expected,
                        struct diag_list *diags);

#endif
