/* What the sources that read `services:` share. */
#ifndef SITE_SITE_SERVICE_PARTS_H
#define SITE_SITE_SERVICE_PARTS_H

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/site/site_parts.h"
#include "engine/site/site_service.h"

struct service_reading {
    struct arena *arena;
    const char *file; /* what paths are relative to */
    const struct site *site;
    struct site_service *service;
    struct diag_list *diags;
};

/* site_service_auth.c */
extern const struct bind_table service_auth_table;
void service_auth_read(struct service_reading *reading, const struct yaml_node *auth);

/* site_service.c: each tells what is wrong with a node. */
const char *service_reference(struct service_reading *reading, const struct yaml_node *node,
                              const char *what); /* NULL: it is none */
bool service_plain(struct service_reading *reading, const struct yaml_node *node, const char *what,
                   size_t most); /* plain characters, for a header or a URL */
void service_header_name(struct service_reading *reading, const struct yaml_node *node, const char *what);
/* https, or http to a loopback address; `query`: it may have one. */
void service_url(struct service_reading *reading, const struct yaml_node *node, const char *what, bool query);
/* A map of constants; `deep`: of any form, else scalars and lists of them. */
struct value service_constants(struct service_reading *reading, const struct yaml_node *node,
                               const char *what, bool deep);

#endif
