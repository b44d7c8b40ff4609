/* What a source is believed: the triggers it may start, the hosts it may name, how sure it may claim to be,
 * and how much it may have done in what time. Also its dedup. Beyond a scope a task is held, not dropped:
 * engine/policy says so. */
#include "engine/site/site_parts.h"

#include <string.h>

#include "engine/base/text.h"
#include "engine/site/spelling.h"

#define SECOND        INT64_C(1000)
#define DAY           (24 * 60 * 60 * SECOND)
#define LIST_OF_TEXT  "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}"
#define DEDUP_KEY_MAX 16

#define AT(field) offsetof(struct webhook_dedup_entry, field)
static const struct bind_key dedup_keys[] = {
    {.name = "key",
     .kind = BIND_TEXTS,
     .offset = AT(key),
     .required = true,
     .about = "a list of expressions over alert"},
    {.name = "window",
     .kind = BIND_DURATION,
     .offset = AT(window_ms),
     .min = SECOND,
     .max = 30 * DAY,
     .about = "how long a second alert with the same key starts nothing; default 24h"},
    {0}};
#undef AT
const struct bind_table webhook_dedup_table = {"'dedup'", sizeof(struct webhook_dedup_entry), dedup_keys};

struct scope_hosts {
    struct bind_texts names;
    struct bind_texts tags;
};

static const struct bind_key hosts_keys[] = {
    {.name = "names", .kind = BIND_TEXTS, .offset = offsetof(struct scope_hosts, names)},
    {.name = "tags", .kind = BIND_TEXTS, .offset = offsetof(struct scope_hosts, tags)},
    {0}};
static const struct bind_table hosts_table = {"'hosts'", sizeof(struct scope_hosts), hosts_keys};

#define AT(field) offsetof(struct scope_entry, field)
static const struct bind_key scope_keys[] = {
    {.name = "triggers",
     .kind = BIND_TEXTS,
     .offset = AT(triggers),
     .about = "it may start these; left out: any"},
    {.name = "hosts",
     .kind = BIND_NODE,
     .offset = AT(hosts),
     .schema =
         "{\"anyOf\": [" LIST_OF_TEXT ", {\"type\": \"object\", \"properties\": {\"names\": " LIST_OF_TEXT
         ", \"tags\": " LIST_OF_TEXT "}, \"additionalProperties\": false}]}",
     .about = "it may name these: names with * and ?, addresses, prefixes; or {tags: [...]}; left out: any"},
    {.name = "tags", .kind = BIND_TEXTS, .offset = AT(tags), .about = "or hosts with one of these tags"},
    {.name = "confidence_max",
     .kind = BIND_INT,
     .offset = AT(confidence_max),
     .min = 0,
     .max = 100,
     .about = "an alert that claims more is held; default 100"},
    {0}};
#undef AT
const struct bind_table webhook_scope_table = {"'scope'", sizeof(struct scope_entry), scope_keys};

const char webhook_budget_schema[] =
    "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\", \"pattern\": \"^[0-9]{1,6}/"
    "([0-9]+(ms|s|m|h|d))+$\"}}";

struct reading {
    struct arena *arena;
    const struct site *site;
    struct site_webhook *webhook;
    struct diag_list *diags;
};

static void read_dedup(struct reading *reading, const struct webhook_dedup_entry *entry)
{
    const struct yaml_node *list = entry->key.node;
    reading->webhook->dedup_count = entry->key.count;
    reading->webhook->dedup = entry->key.items;
    reading->webhook->dedup_ms = entry->window_ms > 0 ? entry->window_ms : DAY;
    if (list != NULL && (list->count == 0 || list->count > DEDUP_KEY_MAX)) {
        diag_error(reading->diags, list->line, list->col, "'key': expected 1 to %d expressions, found %zu",
                   DEDUP_KEY_MAX, list->count);
    }
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (list->items[i]->kind == YAML_SCALAR) {
            config_expression(reading->arena, list->items[i], "key", reading->diags);
        }
    }
}

/* The name that was probably meant. */
static const char *meant_trigger(struct reading *reading, const char *name)
{
    const struct site *site = reading->site;
    const char **names = arena_array(reading->arena, site->trigger_count + 2, sizeof(const char *));
    names[0] = site_built_in_trigger;
    for (size_t i = 0; i < site->trigger_count; i++) {
        names[i + 1] = site->triggers[i].name;
    }
    return bind_meant(reading->arena, name, names);
}

static void read_triggers(struct reading *reading, const struct bind_texts *texts)
{
    reading->webhook->trigger_count = texts->count;
    reading->webhook->triggers = texts->items;
    for (size_t i = 0; texts->node != NULL && i < texts->node->count; i++) {
        const struct yaml_node *node = texts->node->items[i];
        if (node->kind == YAML_SCALAR && site_find_trigger(reading->site, node->text) == NULL &&
            !text_same_fold(node->text, site_built_in_trigger)) {
            diag_error(reading->diags, node->line, node->col,
                       "'triggers': there is no trigger '%.60s' in the configuration%s", node->text,
                       meant_trigger(reading, node->text));
        }
    }
}

/* A name, a name with * and ?, an address, a prefix. */
static void check_pattern(struct reading *reading, const struct yaml_node *node)
{
    bool wild = strpbrk(node->text, "*?") != NULL;
    bool ascii = true;
    for (const char *c = node->text; *c != '\0'; c++) {
        ascii = ascii && (unsigned char)*c < 0x80;
    }
    bool good = wild ? ascii && strpbrk(node->text, " \t,;/") == NULL
                     : spelling_is_prefix(node->text) ||
                           spelling_of(reading->arena, node->text).kind != SPELLING_NONE;
    if (node->kind == YAML_SCALAR && !good) {
        diag_error(reading->diags, node->line, node->col,
                   "'hosts': expected a name with * and ?, an address or a prefix, found '%.60s'",
                   node->text);
    }
}

static void read_hosts(struct reading *reading, const struct yaml_node *node, const struct bind_texts *tags)
{
    struct scope_hosts hosts = {0};
    if (node != NULL && node->kind == YAML_MAP) {
        bind_map(reading->arena, node, &hosts_table, &hosts, reading->diags);
    } else if (node != NULL) {
        bind_texts(reading->arena, node, "hosts", &hosts.names, reading->diags);
    }
    if (tags->count > 0) {
        hosts.tags = *tags;
    }
    for (size_t i = 0; hosts.names.node != NULL && i < hosts.names.node->count; i++) {
        if (hosts.names.node->items[i]->kind == YAML_SCALAR) {
            check_pattern(reading, hosts.names.node->items[i]);
        }
    }
    const struct yaml_node *empty = node != NULL ? node : tags->node;
    if (empty != NULL && hosts.names.count + hosts.tags.count == 0) {
        diag_error(reading->diags, empty->line, empty->col,
                   "'hosts': it names none; leave it out if the source may name any");
    }
    reading->webhook->host_count = hosts.names.count;
    reading->webhook->hosts = hosts.names.items;
    reading->webhook->tag_count = hosts.tags.count;
    reading->webhook->tags = hosts.tags.items;
}

static void read_budgets(struct reading *reading, const struct yaml_node *node)
{
    if (node->kind != YAML_MAP) {
        diag_error(reading->diags, node->line, node->col,
                   "'budget': expected a map like {isolate: 5/1h}, found %s", bind_found(node));
        return;
    }
    struct site_budget *budgets = arena_array(reading->arena, node->count, sizeof *budgets);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *rate = node->items[i];
        struct site_budget *budget = &budgets[reading->webhook->budget_count++];
        config_name(node->keys[i], "an action of 'budget'", "_", reading->diags);
        budget->name = config_lower(reading->arena, node->keys[i]->text);
        if (rate->kind != YAML_SCALAR || !site_rate(rate->text, &budget->at_most, &budget->window_ms)) {
            diag_error(reading->diags, rate->line, rate->col,
                       "'%.60s': expected a number and a time like 5/1h, found %s%.60s%s", budget->name,
                       rate->kind == YAML_SCALAR ? "'" : "",
                       rate->kind == YAML_SCALAR ? rate->text : bind_found(rate),
                       rate->kind == YAML_SCALAR ? "'" : "");
        }
        for (size_t j = 0; j + 1 < reading->webhook->budget_count; j++) {
            if (strcmp(budgets[j].name, budget->name) == 0) {
                diag_error(reading->diags, node->keys[i]->line, node->keys[i]->col,
                           "'%.60s' stands twice (case doesn't count)", node->keys[i]->text);
            }
        }
    }
    reading->webhook->budgets = budgets;
}

void webhook_scope_read(struct arena *arena, const struct yaml_node *node, const struct webhook_entry *entry,
                        const struct site *site, struct site_webhook *webhook, struct diag_list *diags)
{
    struct reading reading = {.arena = arena, .site = site, .webhook = webhook, .diags = diags};
    const struct yaml_node *scope = yaml_get(node, "scope");
    webhook->scoped = scope != NULL;
    webhook->confidence_max =
        scope != NULL && yaml_get(scope, "confidence_max") != NULL ? entry->scope.confidence_max : 100;
    read_dedup(&reading, &entry->dedup);
    read_triggers(&reading, &entry->scope.triggers);
    read_hosts(&reading, entry->scope.hosts, &entry->scope.tags);
    if (entry->budget != NULL) {
        read_budgets(&reading, entry->budget);
    }
}
