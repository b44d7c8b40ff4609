/* What the sources of this room share; nobody else includes it. */
#ifndef SITE_SITE_PARTS_H
#define SITE_SITE_PARTS_H

#include "engine/site/site.h"
#include "engine/yaml/bind.h"

/* Each reads one tree into the site; mistakes go to diags (whose file is the tree's). `file` is an absolute
 * path: what the text says of paths is relative to it. */
void inventory_read(struct arena *arena, const struct yaml_node *root, const char *file, struct site *site,
                    struct diag_list *diags);
void config_read(struct arena *arena, const struct yaml_node *root, const char *file, struct site *site,
                 struct diag_list *diags);
/* The configuration's `inventory:` beside it, or NULL. */
const char *config_inventory(struct arena *arena, const struct yaml_node *root, const char *file);

const struct site_index *site_index_make(struct arena *arena, const struct site *site);

int site_host_port(const struct site_host *host); /* its own, or the default of `via` */

/* "file:keys/x" with its path made absolute beside `file`; other references are copied. */
const char *secret_beside(struct arena *arena, const char *file, const char *reference);
/* Tells what is no reference at all (without showing it: it may be a secret). */
bool secret_check(const struct yaml_node *node, const char *what, struct diag_list *diags);

#endif
