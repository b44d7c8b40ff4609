/* One step: keys → structure. Names and order are there already (needs.c); parameters come after (with.c).
 * What isn't given has the language's default here, so that no reader has to know it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/playbook/playbook_parts.h"

#define SECOND        INT64_C(1000)
#define EXPIRES_MAX   (365 * 24 * 60 * 60 * SECOND)
#define RETRY_INITIAL (2 * SECOND)
#define RETRY_MAX     (60 * SECOND)
enum { RETRY_ATTEMPTS = 3, PARALLEL = 10 };

static const char narrow_expires[] =
    "it decides how long a target is held, so it may not come from an alert or an earlier step: use vars";

static struct use use_in(struct making *making, size_t index, const char *what, unsigned sees)
{
    return (struct use){.making = making,
                        .what = what,
                        .sees = sees,
                        .step = index,
                        .var_count = making->playbook->var_count};
}

static void read_action(struct making *making, struct playbook_step *step, const struct yaml_node *node)
{
    if (node == NULL) {
        return;
    }
    if (!name_is_plain(node, "")) {
        diag_error(making->diags, node->line, node->col,
                   "'action': expected the name of an action, found '%.60s'", node->text);
        return;
    }
    step->action = node->text;
    step->pack = making->shelf == NULL ? NULL : pack_shelf_find(making->shelf, node->text);
}

static void add_system(struct making *making, struct playbook_step *step, const char **systems,
                       const struct yaml_node *node)
{
    for (size_t i = 0; playbook_systems[i] != NULL; i++) {
        if (node->kind == YAML_SCALAR && text_same_fold(node->text, playbook_systems[i])) {
            systems[step->os_count++] = playbook_systems[i];
            return;
        }
    }
    if (node->kind != YAML_SCALAR || node->len == 0) {
        diag_error(making->diags, node->line, node->col,
                   "'target_os': expected Linux, Windows or macOS, found %s", bind_found(node));
    } else {
        diag_error(making->diags, node->line, node->col,
                   "'target_os': expected Linux, Windows or macOS, found '%.60s'%s", node->text,
                   bind_meant(making->arena, node->text, playbook_systems));
    }
}

static void read_systems(struct making *making, struct playbook_step *step, const struct yaml_node *node)
{
    if (node == NULL) {
        return;
    }
    if (node->kind == YAML_MAP || (node->kind == YAML_LIST && node->count == 0)) {
        diag_error(making->diags, node->line, node->col,
                   "'target_os': expected a list of Linux, Windows, macOS, found %s",
                   node->kind == YAML_MAP ? "a map" : "an empty one: leave it out for any system");
        return;
    }
    size_t count = node->kind == YAML_LIST ? node->count : 1;
    const char **systems = arena_array(making->arena, count, sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        add_system(making, step, systems, node->kind == YAML_LIST ? node->items[i] : node);
    }
    step->os = systems;
}

static void read_targets(struct making *making, struct playbook_step *step, const struct step_entry *entry)
{
    unsigned sees = SEES_ALERT | SEES_VARS | SEES_STEPS | SEES_RUN;
    if (entry->targets != NULL && entry->target_user != NULL) {
        diag_error(making->diags, entry->target_user->line, entry->target_user->col,
                   "a step has either 'targets' or 'target_user', not both");
    }
    if (entry->target_user != NULL) {
        struct use use = use_in(making, step->index, "'target_user'", sees);
        step->target_user = use_template(&use, entry->target_user);
        step->speaks_of_steps = step->speaks_of_steps || use.spoke_steps;
    }
    if (entry->targets == NULL) {
        return;
    }
    if (entry->targets->kind == YAML_MAP ||
        (entry->targets->kind == YAML_SCALAR && entry->targets->len == 0)) {
        diag_error(making->diags, entry->targets->line, entry->targets->col,
                   "'targets': expected a list, or an expression like \"{{alert.hosts}}\", found %s",
                   bind_found(entry->targets));
        return;
    }
    struct use use = use_in(making, step->index, "'targets'", sees);
    step->targets = use_tree(&use, entry->targets);
    step->speaks_of_steps = step->speaks_of_steps || use.spoke_steps;
}

static void read_when(struct making *making, struct playbook_step *step, const struct yaml_node *node)
{
    if (node == NULL) {
        return;
    }
    struct use use = use_in(making, step->index, "'when'", SEES_ALERT | SEES_VARS | SEES_STEPS | SEES_RUN);
    step->when = use_expression(&use, node);
    step->speaks_of_steps = step->speaks_of_steps || use.spoke_steps;
}

/* "any", "all", 3 or "80%". */
static void read_enough(struct making *making, struct playbook_step *step, const struct yaml_node *node)
{
    if (node == NULL) {
        return;
    }
    const char *text = node->kind == YAML_SCALAR ? node->text : "";
    size_t digits = strspn(text, "0123456789");
    long number = digits > 0 && digits < 7 ? strtol(text, NULL, 10) : 0;
    if (text_same_fold(text, "any")) {
        step->enough = ENOUGH_ANY;
    } else if (text_same_fold(text, "all")) {
        step->enough = ENOUGH_ALL;
    } else if (text[digits] == '\0' && number >= 1 && number <= LIMIT_TARGETS) {
        step->enough = ENOUGH_NUMBER;
    } else if (strcmp(text + digits, "%") == 0 && number >= 1 && number <= 100) {
        step->enough = ENOUGH_PERCENT;
    } else {
        diag_error(
            making->diags, node->line, node->col,
            "'enough': expected any, all, a number of targets or a share like \"80%%\", found %s%.60s%s",
            *text == '\0' ? bind_found(node) : "'", text, *text == '\0' ? "" : "'");
    }
    step->enough_number = (int)number;
}

static void read_retry(struct making *making, struct playbook_step *step, const struct yaml_node *node)
{
    struct retry_entry entry = {.attempts = RETRY_ATTEMPTS,
                                .backoff = BACKOFF_EXPONENTIAL,
                                .initial_ms = RETRY_INITIAL,
                                .max_ms = RETRY_MAX};
    if (node != NULL && bind_map(making->arena, node, &playbook_retry_table, &entry, making->diags) == 0) {
        step->retry_given = true;
        const struct yaml_node *max = yaml_get(node, "max");
        if (max == NULL && entry.max_ms < entry.initial_ms) {
            entry.max_ms = entry.initial_ms;
        } else if (entry.max_ms < entry.initial_ms) {
            diag_error(making->diags, max->line, max->col,
                       "'max': the longest pause can't be shorter than 'initial'");
        }
    }
    step->retry = (struct step_retry){.attempts = (int)entry.attempts,
                                      .backoff = (enum step_backoff)entry.backoff,
                                      .initial_ms = entry.initial_ms,
                                      .max_ms = entry.max_ms};
}

/* The variables whose values the file itself gives. */
static struct value known_vars(const struct making *making)
{
    const struct playbook *playbook = making->playbook;
    struct value_builder all;
    value_build(&all, making->arena);
    for (size_t i = 0; i < playbook->var_count; i++) {
        if (making->vars_outside[i] || playbook->vars[i].tree == NULL) {
            continue;
        }
        struct value_builder so_far = all;
        struct value_builder names;
        value_build(&names, making->arena);
        value_put_text(&names, "vars", value_end_map(&so_far));
        struct value map = value_end_map(&names);
        struct cel_scope scope = cel_scope_map(&map, NULL);
        value_put_text(&all, playbook->vars[i].name,
                       tree_eval(playbook->vars[i].tree, &scope, making->arena));
    }
    struct value_builder names;
    value_build(&names, making->arena);
    value_put_text(&names, "vars", value_end_map(&all));
    return value_end_map(&names);
}

static int64_t as_duration(const struct value *value)
{
    if (value->kind == VALUE_STRING) {
        return text_duration_ms(value->text, value->len);
    }
    if (value->kind == VALUE_SPAN && value->instant.seconds <= EXPIRES_MAX / SECOND) {
        return value->instant.seconds * SECOND + value->instant.nanos / 1000000;
    }
    return -1;
}

static void read_expires(struct making *making, struct playbook_step *step, const struct yaml_node *node)
{
    if (node == NULL) {
        return;
    }
    size_t errors = making->diags->errors;
    struct use use = use_in(making, step->index, "'expires'", SEES_ALERT | SEES_VARS | SEES_STEPS);
    use.narrow = narrow_expires;
    use.fixes = true;
    const struct template *template = use_template(&use, node);
    if (template == NULL || making->diags->errors > errors) {
        return;
    }
    struct value names = known_vars(making);
    struct cel_scope scope = cel_scope_map(&names, NULL);
    struct value value = template_eval(template, &scope, making->arena);
    int64_t ms = as_duration(&value);
    if (value.kind == VALUE_ERROR) {
        diag_error(making->diags, node->line, node->col, "'expires': %s", value.text);
    } else if (ms < SECOND || ms > EXPIRES_MAX) {
        diag_error(making->diags, node->line, node->col,
                   "'expires': expected a duration from 1s to 365d, found '%.60s'",
                   value.kind == VALUE_STRING ? value.text : node->text);
    } else {
        step->expires_ms = ms;
    }
}

static void read_details(struct making *making, struct playbook_step *step, const struct yaml_node *node)
{
    if (node == NULL) {
        return;
    }
    step->details = node->text;
    if (strstr(node->text, "{{") != NULL) {
        diag_warning(making->diags, node->line, node->col,
                     "'details' is for people: {{ }} in it is not evaluated");
    }
}

void step_read(struct making *making, size_t index)
{
    const struct step_entry *entry = &((const struct step_entry *)making->entries.items)[index];
    struct playbook_step *step = &making->steps[index];
    read_action(making, step, entry->action);
    read_details(making, step, entry->details);
    read_when(making, step, entry->when);
    read_systems(making, step, entry->target_os);
    read_targets(making, step, entry);
    read_enough(making, step, entry->enough);
    read_retry(making, step, entry->retry);
    read_expires(making, step, entry->expires);
    if (yaml_get(making->entries.nodes[index], "on_failure") != NULL) {
        step->on_failure = (enum step_failure)(entry->on_failure + 1);
    }
    step->timeout_ms = entry->timeout_ms;
    step->parallel = entry->parallel == 0 ? PARALLEL : (int)entry->parallel;
}
