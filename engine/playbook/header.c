/* What stands above the steps: name, trigger, severity and variables. */
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/playbook/playbook_parts.h"

#include <stdint.h>
#include <string.h>

/* A trigger that nobody defines starts nothing; by hand the playbook runs all the same, so it is a warning.
 */
static void look_up_trigger(struct making *making, const struct yaml_node *node)
{
    const struct site *site = making->site;
    if (site == NULL || site->config_file == NULL || site_find_trigger(site, node->text) != NULL ||
        text_same_fold(node->text, site_built_in_trigger)) {
        return;
    }
    const char **names = arena_array(making->arena, site->trigger_count + 2, sizeof(const char *));
    names[0] = site_built_in_trigger;
    for (size_t i = 0; i < site->trigger_count; i++) {
        names[i + 1] = site->triggers[i].name;
    }
    diag_warning(making->diags, node->line, node->col,
                 "there is no trigger '%s' in the configuration%s: no alert starts this playbook", node->text,
                 bind_meant(making->arena, node->text, names));
}

static void read_trigger_name(struct making *making, const struct yaml_node *node, bool own_condition)
{
    if (!name_is_plain(node, ".")) {
        diag_error(making->diags, node->line, node->col,
                   "'trigger': expected the name of a trigger, found '%.60s'", node->text);
        return;
    }
    making->playbook->trigger_name = node->text;
    if (!own_condition) {
        look_up_trigger(making, node);
    }
}

static struct use over_alert(struct making *making, const char *what)
{
    return (struct use){.making = making, .what = what, .sees = SEES_ALERT, .step = SIZE_MAX};
}

static void read_dedup(struct making *making, const struct yaml_node *node)
{
    struct dedup_entry entry = {0};
    if (bind_map(making->arena, node, &playbook_dedup_table, &entry, making->diags) != 0) {
        return;
    }
    if (entry.key.count == 0) {
        diag_error(making->diags, entry.key.node->line, entry.key.node->col,
                   "'key': expected at least one expression");
        return;
    }
    struct cel_program **keys = arena_array(making->arena, entry.key.count, sizeof(struct cel_program *));
    for (size_t i = 0; i < entry.key.count; i++) {
        struct use use = over_alert(making, "'key'");
        keys[i] = use_expression(&use, entry.key.node->items[i]);
    }
    making->playbook->dedup_count = entry.key.count;
    making->playbook->dedup_key = keys;
    making->playbook->dedup_window_ms = entry.window_ms;
}

static void read_trigger(struct making *making, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR && node->len > 0) {
        read_trigger_name(making, node, false);
        return;
    }
    if (node->kind != YAML_MAP) {
        diag_error(making->diags, node->line, node->col,
                   "'trigger': expected a name, or a map of name, when and dedup, found %s",
                   bind_found(node));
        return;
    }
    struct trigger_entry entry = {0};
    bind_map(making->arena, node, &playbook_trigger_table, &entry, making->diags);
    if (entry.name == NULL && entry.when == NULL) {
        diag_error(making->diags, node->line, node->col, "'trigger' needs a 'name' or a 'when'");
    }
    if (entry.name != NULL) {
        read_trigger_name(making, entry.name, entry.when != NULL);
    }
    if (entry.when != NULL) {
        struct use use = over_alert(making, "'when'");
        making->playbook->trigger_when = use_expression(&use, entry.when);
    }
    if (entry.dedup != NULL) {
        read_dedup(making, entry.dedup);
    }
}

void header_read(struct making *making, const struct playbook_entry *entry, const struct yaml_node *root)
{
    if (entry->name != NULL) {
        making->playbook->name = entry->name->text;
        if (!name_is_plain(entry->name, " .")) {
            diag_error(making->diags, entry->name->line, entry->name->col,
                       "'playbook_name': expected letters, digits, blanks, '.', '_' and '-', at most %d, "
                       "found '%.60s'",
                       LIMIT_NAME_BYTES, entry->name->text);
        }
    }
    if (yaml_get(root, "severity") != NULL) {
        making->playbook->severity = playbook_severities[entry->severity];
    }
    if (entry->trigger != NULL) {
        read_trigger(making, entry->trigger);
    }
}
