/* Walks a map along its table. Every key of the map is looked up once and every required key of the table
 * asked for after; nothing stops at the first mistake. It must not know any room's struct: offsets are all it
 * has. */
#include "engine/yaml/bind.h"

#include <string.h>

#include "engine/base/text.h"
#include "engine/yaml/bind_parts.h"

static const struct bind_key *find_key(const struct bind_table *table, const char *name)
{
    for (const struct bind_key *key = table->keys; key->name != NULL; key++) {
        if (strcmp(key->name, name) == 0) {
            return key;
        }
    }
    return NULL;
}

const char *bind_meant(struct arena *arena, const char *word, const char *const *words)
{
    const char *nearest = text_nearest(word, words);
    return nearest == NULL ? "" : arena_printf(arena, " (did you mean '%s'?)", nearest);
}

const char *bind_found(const struct yaml_node *node)
{
    if (node->kind == YAML_MAP) {
        return "a map";
    }
    if (node->kind == YAML_LIST) {
        return "a list";
    }
    return node->len == 0 ? "nothing" : "a text";
}

static int tell_unknown(struct arena *arena, const struct yaml_node *name, const struct bind_table *table,
                        struct diag_list *diags)
{
    size_t count = 0;
    while (table->keys[count].name != NULL) {
        count++;
    }
    const char **words = arena_array(arena, count + 1, sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        words[i] = table->keys[i].name;
    }
    diag_error(diags, name->line, name->col, "unknown key '%s' in %s%s", name->text, table->what,
               bind_meant(arena, name->text, words));
    return -1;
}

static int bind_list_texts(struct arena *arena, const struct yaml_node *node, const char *what,
                           struct bind_texts *ret_texts, struct diag_list *diags)
{
    int result = 0;
    const char **items = arena_array(arena, node->count, sizeof(const char *));
    for (size_t i = 0; i < node->count; i++) {
        if (!bind_expect_scalar(node->items[i], what, "a text as each item of the list", diags)) {
            result = -1;
            continue;
        }
        items[ret_texts->count++] = node->items[i]->text;
    }
    ret_texts->items = items;
    ret_texts->node = node;
    return result;
}

int bind_texts(struct arena *arena, const struct yaml_node *node, const char *what,
               struct bind_texts *ret_texts, struct diag_list *diags)
{
    *ret_texts = (struct bind_texts){0};
    if (node->kind != YAML_LIST) {
        diag_error(diags, node->line, node->col, "'%s': expected a list of texts, found %s", what,
                   bind_found(node));
        return -1;
    }
    return bind_list_texts(arena, node, what, ret_texts, diags);
}

/* An item that isn't even a map stays zero in its place, so that items and nodes keep one order. */
static int bind_array(struct arena *arena, const struct yaml_node *node, const struct bind_key *key,
                      struct bind_array *ret_array, struct diag_list *diags)
{
    enum yaml_kind kind = key->kind == BIND_MAP_OF ? YAML_MAP : YAML_LIST;
    if (node->kind != kind) {
        diag_error(diags, node->line, node->col, "'%s': expected %s, each %s, found %s", key->name,
                   kind == YAML_MAP ? "a map of names" : "a list", key->table->what, bind_found(node));
        return -1;
    }
    int result = 0;
    ret_array->count = node->count;
    ret_array->nodes = node->items;
    ret_array->names = node->keys;
    ret_array->items = arena_array(arena, node->count, key->table->size);
    for (size_t i = 0; i < node->count; i++) {
        void *item = (char *)ret_array->items + i * key->table->size;
        result |= bind_map(arena, node->items[i], key->table, item, diags);
    }
    return result;
}

/* One map that stands for a list of one, or the list. */
static int bind_maps(struct arena *arena, const struct yaml_node *node, const struct bind_key *key,
                     struct bind_array *ret_array, struct diag_list *diags)
{
    if (node->kind == YAML_LIST) {
        return bind_array(arena, node, key, ret_array, diags);
    }
    const struct yaml_node **nodes = arena_alloc(arena, sizeof *nodes);
    nodes[0] = node;
    ret_array->count = 1;
    ret_array->nodes = nodes;
    ret_array->items = arena_array(arena, 1, key->table->size);
    return bind_map(arena, node, key->table, ret_array->items, diags);
}

static int bind_value(struct arena *arena, const struct yaml_node *node, const struct yaml_node *name,
                      const struct bind_key *key, void *field, struct diag_list *diags)
{
    switch (key->kind) {
    case BIND_TEXT:
    case BIND_SCALAR:
    case BIND_INT:
    case BIND_BOOL:
    case BIND_DURATION:
    case BIND_CHOICE:
        return bind_scalar(arena, node, key, field, diags);
    case BIND_TEXTS:
        return bind_texts(arena, node, key->name, field, diags);
    case BIND_MAP:
        return bind_map(arena, node, key->table, field, diags);
    case BIND_LIST_OF:
    case BIND_MAP_OF:
        return bind_array(arena, node, key, field, diags);
    case BIND_MAPS:
        return bind_maps(arena, node, key, field, diags);
    case BIND_NODE:
        *(const struct yaml_node **)field = node;
        return 0;
    case BIND_LATER:
        diag_error(diags, name->line, name->col, "'%s' is not supported yet by this version", key->name);
        return -1;
    case BIND_KIND_COUNT:
        break;
    }
    return -1;
}

static int ask_required(const struct yaml_node *node, const struct bind_table *table, struct diag_list *diags)
{
    int result = 0;
    for (const struct bind_key *key = table->keys; key->name != NULL; key++) {
        if (key->required && yaml_get(node, key->name) == NULL) {
            diag_error(diags, node->line, node->col, "%s needs the key '%s'%s%s", table->what, key->name,
                       key->about == NULL ? "" : ": ", key->about == NULL ? "" : key->about);
            result = -1;
        }
    }
    return result;
}

int bind_map(struct arena *arena, const struct yaml_node *node, const struct bind_table *table,
             void *ret_struct, struct diag_list *diags)
{
    if (node->kind != YAML_MAP) {
        diag_error(diags, node->line, node->col, "expected %s as a map (key: value), found %s", table->what,
                   bind_found(node));
        return -1;
    }
    int result = 0;
    bool later = false; /* a form of a later version isn't judged for what it lacks */
    for (size_t i = 0; i < node->count; i++) {
        const struct bind_key *key = find_key(table, node->keys[i]->text);
        if (key == NULL) {
            result |= tell_unknown(arena, node->keys[i], table, diags);
        } else {
            void *field = (char *)ret_struct + key->offset;
            result |= bind_value(arena, node->items[i], node->keys[i], key, field, diags);
            later = later || key->kind == BIND_LATER;
        }
    }
    return later ? result : result | ask_required(node, table, diags);
}
