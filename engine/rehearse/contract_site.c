/* The inventory of one case: the contract's service, with the stand-in's address in it, and the case's host.
 * It is read as any inventory is, so its mistakes are told at their places in the contract. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/rehearse/contract_parts.h"

static struct yaml_node *text_node(struct arena *arena, const char *text, const struct yaml_node *at)
{
    struct yaml_node *node = arena_alloc(arena, sizeof *node);

    *node = (struct yaml_node){
        .kind = YAML_SCALAR, .text = text, .len = strlen(text), .line = at->line, .col = at->col};
    return node;
}

static const struct yaml_node *map_of_one(struct arena *arena, const struct yaml_node *key,
                                          const struct yaml_node *item)
{
    struct yaml_node *map = arena_alloc(arena, sizeof *map);
    const struct yaml_node **keys = arena_array(arena, 1, sizeof *keys);
    const struct yaml_node **items = arena_array(arena, 1, sizeof *items);

    keys[0] = key;
    items[0] = item;
    *map = (struct yaml_node){
        .kind = YAML_MAP, .line = key->line, .col = key->col, .count = 1, .keys = keys, .items = items};
    return map;
}

static const char *replaced(struct arena *arena, const char *text, const char *server)
{
    BUF_SCOPED out = {0};

    for (const char *hole; (hole = strstr(text, CONTRACT_SERVER)); text = hole + strlen(CONTRACT_SERVER)) {
        buf_add(&out, text, (size_t)(hole - text));
        buf_text(&out, server);
    }
    buf_text(&out, text);
    return arena_copy(arena, buf_string(&out), out.len);
}

static const struct yaml_node *at_server(struct arena *arena, const struct yaml_node *node,
                                         const char *server)
{
    struct yaml_node *copy = arena_alloc(arena, sizeof *copy);
    const struct yaml_node **items = arena_array(arena, node->count + 1, sizeof *items);

    *copy = *node;
    if (node->kind == YAML_SCALAR) {
        copy->text = replaced(arena, node->text, server);
        copy->len = strlen(copy->text);
        return copy;
    }
    for (size_t i = 0; i < node->count; i++)
        items[i] = at_server(arena, node->items[i], server);
    copy->items = items;
    return copy;
}

/* A map without one of its members. */
static const struct yaml_node *without(struct arena *arena, const struct yaml_node *map, const char *name)
{
    struct yaml_node *copy = arena_alloc(arena, sizeof *copy);
    const struct yaml_node **keys = arena_array(arena, map->count + 1, sizeof *keys);
    const struct yaml_node **items = arena_array(arena, map->count + 1, sizeof *items);

    *copy = *map;
    copy->count = 0;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->keys[i]->text, name) != 0) {
            keys[copy->count] = map->keys[i];
            items[copy->count++] = map->items[i];
        }
    copy->keys = keys;
    copy->items = items;
    return copy;
}

/* A map with this as one of its members. */
static const struct yaml_node *with_member(struct arena *arena, const struct yaml_node *map, const char *name,
                                           const struct yaml_node *item)
{
    struct yaml_node *copy = arena_alloc(arena, sizeof *copy);
    const struct yaml_node **keys = arena_array(arena, map->count + 1, sizeof *keys);
    const struct yaml_node **items = arena_array(arena, map->count + 1, sizeof *items);

    *copy = *without(arena, map, name);
    memcpy(keys, copy->keys, copy->count * sizeof *keys);
    memcpy(items, copy->items, copy->count * sizeof *items);
    keys[copy->count] = text_node(arena, name, item);
    items[copy->count++] = item;
    copy->keys = keys;
    copy->items = items;
    return copy;
}

/* What the case is done to, as a playbook calls it; NULL: a mistake was told. */
static const struct yaml_node *target_name(const struct contract *contract, const struct contract_case *one,
                                           enum pack_per per, struct diag_list *diags)
{
    const struct yaml_node *target = one->target;
    const struct yaml_node *name = target;

    if (!target) {
        diag_error(diags, one->line, one->col, "%s is per %s: give the case or the contract a `target`",
                   contract->action, pack_per_name(per));
        return NULL;
    }
    if (target->kind == YAML_MAP)
        name = yaml_get(target, "name");
    if (name && name->kind == YAML_SCALAR && name->len && (target->kind == YAML_MAP || per != PER_HOST))
        return name;
    diag_error(diags, target->line, target->col,
               per == PER_HOST ? "'target': expected a host as in an inventory: {name: ws-07, os: windows}"
                               : "'target': expected a name, or {name: …}");
    return NULL;
}

static const struct yaml_node *root_of(struct arena *arena, const struct yaml_node *services,
                                       const struct yaml_node *hosts)
{
    struct yaml_node *root = arena_alloc(arena, sizeof *root);
    const struct yaml_node **keys = arena_array(arena, 2, sizeof *keys);
    const struct yaml_node **items = arena_array(arena, 2, sizeof *items);

    *root = (struct yaml_node){.kind = YAML_MAP, .line = services->line, .col = services->col, .count = 1};
    keys[0] = text_node(arena, "services", services);
    items[0] = services;
    if (hosts) {
        keys[1] = text_node(arena, "hosts", hosts);
        items[1] = hosts;
        root->count = 2;
    }
    root->keys = keys;
    root->items = items;
    return root;
}

int contract_site(struct arena *arena, const struct contract *contract, const struct contract_case *one,
                  enum pack_per per, const char *server, struct contract_site *ret_site,
                  struct diag_list *diags)
{
    const struct yaml_node *kind = yaml_get(contract->service, "kind");
    const struct yaml_node *name = NULL;
    const struct yaml_node *hosts = NULL;
    const struct yaml_node *service;

    if (!kind || kind->kind != YAML_SCALAR || !kind->len) {
        diag_error(diags, contract->service->line, contract->service->col, "'service' needs its `kind`");
        return -1;
    }
    if (per != PER_ONCE && !(name = target_name(contract, one, per, diags)))
        return -1;
    if (per == PER_HOST)
        hosts = map_of_one(arena, name, without(arena, one->target, "name"));
    service =
        one->options ? with_member(arena, contract->service, "options", one->options) : contract->service;
    service = map_of_one(arena, kind, at_server(arena, service, server));
    ret_site->target = name ? name->text : NULL;
    return site_read_stand_in(arena, root_of(arena, service, hosts), contract->file, &ret_site->site, diags);
}
