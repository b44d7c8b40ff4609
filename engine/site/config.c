/* soard.yaml: where things are (state, inventory, playbooks, packs), and its triggers; the listening side
 * stands in site_listen.c, site_webhook.c and site_people.c. The policy stays in the tree, for engine/policy;
 * of what nobody reads yet only the shape is checked. */
#include "engine/site/site_parts.h"

#include <string.h>

#include "engine/base/file.h"
#include "engine/site/spelling.h"

struct trigger_entry {
    const struct yaml_node *when;
    struct bind_texts sources;
};

struct log_entry {
    int format;
};

struct config {
    const char *state;
    const struct yaml_node *socket;
    const char *inventory;
    struct listen_entry listen;
    const struct yaml_node *packs;
    struct bind_texts intake;
    const char *plugins;
    struct bind_array playbooks;
    struct bind_array triggers;
    struct bind_array webhooks;
    struct bind_array people;
    struct log_entry log;
    struct evidence_entry evidence;
    const struct yaml_node *policy;
    struct bind_texts management;
    struct bind_array array;
    struct nothing { /* what is only looked at for its shape */
        const char *text;
        struct bind_texts texts;
        int64_t number;
    } nothing;
};

/* Keys that nobody reads yet: bound into `struct nothing`, so that their shape is checked and no more. */
#define SHAPE(field) offsetof(struct nothing, field)
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

#undef SHAPE

#define AT(field) offsetof(struct trigger_entry, field)
static const struct bind_key trigger_keys[] = {{.name = "when",
                                                .kind = BIND_SCALAR,
                                                .offset = AT(when),
                                                .required = true,
                                                .about = "an expression over alert"},
                                               {.name = "sources",
                                                .kind = BIND_TEXTS,
                                                .offset = AT(sources),
                                                .about = "webhooks that may start it; left out: any"},
                                               {0}};
#undef AT
static const struct bind_table trigger_table = {"a trigger", sizeof(struct trigger_entry), trigger_keys};

static const char *const log_formats[] = {"text", "json", NULL};
static const struct bind_key log_keys[] = {{.name = "format",
                                            .kind = BIND_CHOICE,
                                            .offset = offsetof(struct log_entry, format),
                                            .words = log_formats,
                                            .about = "of a line; default text"},
                                           {0}};
static const struct bind_table log_table = {"'log'", sizeof(struct log_entry), log_keys};

#define AT(field) offsetof(struct config, field)
static const struct bind_key config_keys[] = {
    {.name = "state",
     .kind = BIND_TEXT,
     .offset = AT(state),
     .about = "directory of the journal and the evidence"},
    {.name = "evidence",
     .kind = BIND_MAP,
     .offset = AT(evidence),
     .table = &evidence_table,
     .about = "where it is kept, and how much"},
    {.name = "socket", .kind = BIND_SCALAR, .offset = AT(socket), .about = "where soarctl finds soard"},
    {.name = "inventory", .kind = BIND_TEXT, .offset = AT(inventory), .about = "file of hosts and places"},
    {.name = "listen",
     .kind = BIND_MAP,
     .offset = AT(listen),
     .table = &listen_table,
     .about = "where alerts come in; left out: soard serves its socket alone"},
    {.name = "playbooks",
     .kind = BIND_LIST_OF,
     .offset = AT(playbooks),
     .table = &playbooks_table,
     .about = "directories and repositories of playbooks"},
    {.name = "packs",
     .kind = BIND_NODE,
     .offset = AT(packs),
     .schema = "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}",
     .about = "further directories of packs"},
    {.name = "intake",
     .kind = BIND_TEXTS,
     .offset = AT(intake),
     .about = "further directories of mapping files"},
    {.name = "plugins", .kind = BIND_TEXT, .offset = AT(plugins), .about = "directory of plugin programs"},
    {.name = "triggers", .kind = BIND_MAP_OF, .offset = AT(triggers), .table = &trigger_table},
    {.name = "webhooks",
     .kind = BIND_MAP_OF,
     .offset = AT(webhooks),
     .table = &webhook_table,
     .about = "who may send alerts, and what they are believed"},
    {.name = "policy", .kind = BIND_NODE, .offset = AT(policy), .about = "guard-rails"},
    {.name = "management",
     .kind = BIND_TEXTS,
     .offset = AT(management),
     .about = "our addresses as targets see us"},
    {.name = "people",
     .kind = BIND_MAP_OF,
     .offset = AT(people),
     .table = &person_table,
     .about = "who may ask for what"},
    {.name = "probes", .kind = BIND_MAP_OF, .offset = AT(array), .table = &probe_table},
    {.name = "notify", .kind = BIND_MAP, .offset = AT(nothing), .table = &notify_table},
    {.name = "log", .kind = BIND_MAP, .offset = AT(log), .table = &log_table},
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
        struct site_trigger *trigger = &triggers[site->trigger_count++];
        *trigger = (struct site_trigger){.name = name->text,
                                         .when = when->text,
                                         .source_count = entries[i].sources.count,
                                         .sources = entries[i].sources.items};
        yaml_place(when, 0, &trigger->line, &trigger->col);
        config_expression(arena, when, "when", diags);
    }
}

/* After the webhooks: `sources` names them. */
static void check_sources(struct arena *arena, const struct bind_array *array, const struct site *site,
                          struct diag_list *diags)
{
    const struct trigger_entry *entries = array->items;
    const char **names = arena_array(arena, site->webhook_count + 1, sizeof(const char *));
    for (size_t i = 0; i < site->webhook_count; i++) {
        names[i] = site->webhooks[i].name;
    }
    for (size_t i = 0; i < array->count; i++) {
        const struct yaml_node *list = entries[i].sources.node;
        for (size_t j = 0; list != NULL && j < list->count; j++) {
            const struct yaml_node *node = list->items[j];
            if (node->kind == YAML_SCALAR && site_find_webhook(site, node->text) == NULL) {
                diag_error(diags, node->line, node->col, "'sources': there is no webhook '%.60s'%s",
                           node->text, bind_meant(arena, node->text, names));
            }
        }
        if (list != NULL && list->count == 0) {
            diag_error(diags, list->line, list->col,
                       "'sources': it names none; leave it out if any may start it");
        }
    }
}

static void read_pack_dirs(struct arena *arena, const struct yaml_node *node, const char *file,
                           struct site *site, struct diag_list *diags)
{
    struct bind_texts texts;
    if (node == NULL || bind_texts(arena, node, "packs", &texts, diags) != 0) {
        return;
    }
    site->pack_dir_count = texts.count;
    site->pack_dirs = config_paths(arena, &texts, file);
}

/* The kernel takes no longer name for a socket (unix(7)). */
static void read_socket(struct arena *arena, const struct yaml_node *node, const char *file,
                        struct site *site, struct diag_list *diags)
{
    enum { SOCKET_BYTES_MAX = 107 };
    if (node == NULL) {
        return;
    }
    site->socket = file_beside(arena, file, node->text);
    if (strlen(site->socket) > SOCKET_BYTES_MAX) {
        diag_error(diags, node->line, node->col, "'socket': a path of at most %d bytes, this has %zu",
                   SOCKET_BYTES_MAX, strlen(site->socket));
    }
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
    listen_defaults(&config.listen);
    bind_map(arena, root, &config_table, &config, diags);
    site->state = config.state == NULL ? NULL : file_beside(arena, file, config.state);
    site->plugins = config.plugins == NULL ? NULL : file_beside(arena, file, config.plugins);
    site->policy = config.policy;
    site->config = root;
    site->log_json = config.log.format == 1;
    site->intake_dir_count = config.intake.count;
    site->intake_dirs = config_paths(arena, &config.intake, file);
    read_socket(arena, config.socket, file, site, diags);
    evidence_read(arena, yaml_get(root, "evidence"), &config.evidence, file, site, diags);
    listen_read(arena, yaml_get(root, "listen"), &config.listen, file, site, diags);
    read_triggers(arena, &config.triggers, site, diags);
    webhooks_read(arena, &config.webhooks, file, site, diags);
    check_sources(arena, &config.triggers, site, diags);
    people_read(arena, &config.people, site, diags);
    playbooks_read(arena, &config.playbooks, file, site, diags);
    read_pack_dirs(arena, config.packs, file, site, diags);
    read_management(arena, &config.management, site, diags);
}
