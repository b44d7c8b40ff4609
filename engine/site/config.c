/* soard.yaml. This room reads what the engine needs to find things (state, inventory, playbooks, packs,
 * triggers) and checks the shape of the rest, which stays in the tree for the rooms that read more of it:
 * policy, and the listening side. */
#include "engine/site/site_parts.h"

#include <string.h>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/cel/cel.h"
#include "engine/site/spelling.h"

struct trigger_entry {
    const struct yaml_node *when;
    const struct yaml_node *rest;
};

struct config {
    const char *state;
    const char *inventory;
    const struct yaml_node *packs;
    const char *plugins;
    struct bind_array playbooks;
    struct bind_array triggers;
    const struct yaml_node *policy;
    struct bind_texts management;
    const char *text; /* what is only looked at for its shape */
    const struct yaml_node *node;
    struct bind_texts texts;
    struct bind_array array;
    int64_t number;
    struct nothing {
        const char *text;
        const struct yaml_node *node;
        struct bind_texts texts;
        int64_t number;
        int64_t ms;
    } nothing;
};

/* Keys that other rooms read: bound into `struct nothing`, so that their shape is checked and no more. */
#define SHAPE(field) offsetof(struct nothing, field)
static const struct bind_key dedup_keys[] = {{.name = "key",
                                              .kind = BIND_TEXTS,
                                              .offset = SHAPE(texts),
                                              .required = true,
                                              .about = "a list of expressions"},
                                             {.name = "window", .kind = BIND_DURATION, .offset = SHAPE(ms)},
                                             {0}};
static const struct bind_table dedup_table = {"'dedup'", sizeof(struct nothing), dedup_keys};

static const struct bind_key webhook_keys[] = {
    {.name = "path", .kind = BIND_TEXT, .offset = SHAPE(text), .required = true, .about = "/webhook/NAME"},
    {.name = "format", .kind = BIND_TEXT, .offset = SHAPE(text), .about = "the source's form; default soar"},
    {.name = "auth",
     .kind = BIND_NODE,
     .offset = SHAPE(node),
     .required = true,
     .about = "{hmac_sha256: {...}}"},
    {.name = "dedup", .kind = BIND_NODE, .offset = SHAPE(node), .table = &dedup_table},
    {.name = "scope", .kind = BIND_NODE, .offset = SHAPE(node), .about = "triggers and hosts it may name"},
    {.name = "budget", .kind = BIND_NODE, .offset = SHAPE(node), .about = "{isolate: 5/1h}"},
    {0}};
static const struct bind_table webhook_table = {"a webhook", sizeof(struct nothing), webhook_keys};

static const struct bind_key person_keys[] = {
    {.name = "uid",
     .kind = BIND_INT,
     .offset = SHAPE(number),
     .min = 1,
     .max = UINT32_MAX,
     .about = "uid 0 is nobody"},
    {.name = "roles", .kind = BIND_TEXTS, .offset = SHAPE(texts), .required = true},
    {.name = "key", .kind = BIND_TEXT, .offset = SHAPE(text)},
    {.name = "token", .kind = BIND_TEXT, .offset = SHAPE(text)},
    {0}};
static const struct bind_table person_table = {"a person", sizeof(struct nothing), person_keys};

static const struct bind_key probe_keys[] = {
    {.name = "via", .kind = BIND_TEXT, .offset = SHAPE(text), .required = true},
    {.name = "address", .kind = BIND_TEXT, .offset = SHAPE(text), .required = true},
    {.name = "port", .kind = BIND_INT, .offset = SHAPE(number), .min = 1, .max = 65535},
    {.name = "user", .kind = BIND_TEXT, .offset = SHAPE(text)},
    {.name = "key", .kind = BIND_TEXT, .offset = SHAPE(text)},
    {.name = "known_hosts", .kind = BIND_TEXT, .offset = SHAPE(text)},
    {0}};
static const struct bind_table probe_table = {"a probe", sizeof(struct nothing), probe_keys};

static const struct bind_key notify_keys[] = {
    {.name = "on", .kind = BIND_TEXTS, .offset = SHAPE(texts), .required = true},
    {.name = "to", .kind = BIND_TEXTS, .offset = SHAPE(texts), .required = true},
    {0}};
static const struct bind_table notify_table = {"'notify'", sizeof(struct nothing), notify_keys};

static const struct bind_key listen_keys[] = {
    {.name = "address", .kind = BIND_TEXT, .offset = SHAPE(text), .required = true, .about = "ADDRESS:PORT"},
    {.name = "tls", .kind = BIND_NODE, .offset = SHAPE(node), .about = "without it only on loopback"},
    {0}};
static const struct bind_table listen_table = {"'listen'", sizeof(struct nothing), listen_keys};

struct playbooks_entry {
    const char *dir;
    const char *git;
    const char *rest;
};
#undef SHAPE
#define AT(field) offsetof(struct playbooks_entry, field)
static const struct bind_key playbooks_keys[] = {
    {.name = "dir", .kind = BIND_TEXT, .offset = AT(dir), .about = "a directory"},
    {.name = "git", .kind = BIND_TEXT, .offset = AT(git), .about = "a repository"},
    {.name = "ref", .kind = BIND_TEXT, .offset = AT(rest)},
    {.name = "every", .kind = BIND_TEXT, .offset = AT(rest)},
    {.name = "signers", .kind = BIND_TEXT, .offset = AT(rest)},
    {0}};
#undef AT
static const struct bind_table playbooks_table = {"a place of playbooks", sizeof(struct playbooks_entry),
                                                  playbooks_keys};

#define AT(field) offsetof(struct trigger_entry, field)
static const struct bind_key trigger_keys[] = {
    {.name = "when",
     .kind = BIND_SCALAR,
     .offset = AT(when),
     .required = true,
     .about = "an expression over alert"},
    {.name = "sources", .kind = BIND_NODE, .offset = AT(rest), .about = "webhooks that may start it"},
    {0}};
#undef AT
static const struct bind_table trigger_table = {"a trigger", sizeof(struct trigger_entry), trigger_keys};

#define AT(field) offsetof(struct config, field)
static const struct bind_key config_keys[] = {
    {.name = "state",
     .kind = BIND_TEXT,
     .offset = AT(state),
     .about = "directory of the journal and the evidence"},
    {.name = "socket", .kind = BIND_TEXT, .offset = AT(text), .about = "where soarctl finds soard"},
    {.name = "inventory", .kind = BIND_TEXT, .offset = AT(inventory), .about = "file of hosts and places"},
    {.name = "listen", .kind = BIND_MAP, .offset = AT(nothing), .table = &listen_table},
    {.name = "playbooks", .kind = BIND_LIST_OF, .offset = AT(playbooks), .table = &playbooks_table},
    {.name = "packs",
     .kind = BIND_NODE,
     .offset = AT(packs),
     .schema = "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}",
     .about = "further directories of packs"},
    {.name = "intake",
     .kind = BIND_TEXTS,
     .offset = AT(texts),
     .about = "further directories of mapping files"},
    {.name = "plugins", .kind = BIND_TEXT, .offset = AT(plugins), .about = "directory of plugin programs"},
    {.name = "triggers", .kind = BIND_MAP_OF, .offset = AT(triggers), .table = &trigger_table},
    {.name = "webhooks", .kind = BIND_MAP_OF, .offset = AT(array), .table = &webhook_table},
    {.name = "policy", .kind = BIND_NODE, .offset = AT(policy), .about = "guard-rails"},
    {.name = "management",
     .kind = BIND_TEXTS,
     .offset = AT(management),
     .about = "our addresses as targets see us"},
    {.name = "people", .kind = BIND_MAP_OF, .offset = AT(array), .table = &person_table},
    {.name = "probes", .kind = BIND_MAP_OF, .offset = AT(array), .table = &probe_table},
    {.name = "notify", .kind = BIND_MAP, .offset = AT(nothing), .table = &notify_table},
    {0}};
#undef AT
static const struct bind_table config_table = {"a configuration", sizeof(struct config), config_keys};

const struct bind_table *site_config_table(void)
{
    return &config_table;
}

const char *config_inventory(struct arena *arena, const struct yaml_node *root, const char *file)
{
    const struct yaml_node *node = yaml_get(root, "inventory");
    return node == NULL || node->kind != YAML_SCALAR || node->len == 0 ? NULL
                                                                       : file_beside(arena, file, node->text);
}

static void read_triggers(struct arena *arena, const struct bind_array *array, struct site *site,
                          struct diag_list *diags)
{
    struct site_trigger *triggers = arena_array(arena, array->count, sizeof *triggers);
    const struct trigger_entry *entries = array->items;
    site->triggers = triggers;
    for (size_t i = 0; i < array->count; i++) {
        const struct yaml_node *name = array->names[i];
        const struct yaml_node *when = entries[i].when;
        if (when == NULL) {
            continue;
        }
        if (site_find_trigger(site, name->text) != NULL) {
            diag_error(diags, name->line, name->col, "trigger '%s' stands twice (case doesn't count)",
                       name->text);
        }
        struct cel_program *program = NULL;
        struct soar_err err;
        size_t offset = 0;
        struct site_trigger *trigger = &triggers[site->trigger_count++];
        *trigger = (struct site_trigger){.name = name->text, .when = when->text};
        yaml_place(when, 0, &trigger->line, &trigger->col);
        if (cel_compile(arena, when->text, when->len, NULL, &program, &offset, &err) != 0 ||
            cel_check(program, &offset, &err) != 0) {
            int line = 0;
            int col = 0;
            yaml_place(when, offset, &line, &col);
            diag_error(diags, line, col, "'when': %s", err.text);
        }
    }
}

static void read_playbook_dirs(struct arena *arena, const struct bind_array *array, const char *file,
                               struct site *site, struct diag_list *diags)
{
    const char **dirs = arena_array(arena, array->count, sizeof(const char *));
    const struct playbooks_entry *entries = array->items;
    for (size_t i = 0; i < array->count; i++) {
        if ((entries[i].dir == NULL) == (entries[i].git == NULL)) {
            diag_error(diags, array->nodes[i]->line, array->nodes[i]->col,
                       "a place of playbooks needs either 'dir' or 'git'");
        } else if (entries[i].dir != NULL) {
            dirs[site->playbook_dir_count++] = file_beside(arena, file, entries[i].dir);
        }
    }
    site->playbook_dirs = dirs;
}

static void read_pack_dirs(struct arena *arena, const struct yaml_node *node, const char *file,
                           struct site *site, struct diag_list *diags)
{
    struct bind_texts texts;
    if (node == NULL || bind_texts(arena, node, "packs", &texts, diags) != 0) {
        return;
    }
    const char **dirs = arena_array(arena, texts.count, sizeof(const char *));
    for (size_t i = 0; i < texts.count; i++) {
        dirs[i] = file_beside(arena, file, texts.items[i]);
    }
    site->pack_dir_count = texts.count;
    site->pack_dirs = dirs;
}

static void read_management(struct arena *arena, const struct bind_texts *texts, struct site *site,
                            struct diag_list *diags)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (spelling_of(arena, texts->items[i]).kind != SPELLING_ADDRESS) {
            const struct yaml_node *node = texts->node->items[i];
            diag_error(diags, node->line, node->col, "'management': expected an address, found '%.60s'",
                       node->text);
        }
    }
    if (texts->count > 0) {
        site->management_count = texts->count;
        site->management = texts->items;
    }
}

void config_read(struct arena *arena, const struct yaml_node *root, const char *file, struct site *site,
                 struct diag_list *diags)
{
    struct config config = {0};
    bind_map(arena, root, &config_table, &config, diags);
    site->state = config.state == NULL ? NULL : file_beside(arena, file, config.state);
    site->plugins = config.plugins == NULL ? NULL : file_beside(arena, file, config.plugins);
    site->policy = config.policy;
    site->config = root;
    read_triggers(arena, &config.triggers, site, diags);
    read_playbook_dirs(arena, &config.playbooks, file, site, diags);
    read_pack_dirs(arena, config.packs, file, site, diags);
    read_management(arena, &config.management, site, diags);
}
