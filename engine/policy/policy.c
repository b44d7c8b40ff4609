/* The configuration's `policy:` made into rules, and what soar itself is, which no configuration can leave
 * out: its machine, its way to the targets, the accounts it logs in with. Without a configuration the default
 * limits hold all the same. */
#include "engine/policy/policy.h"

#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/policy/policy_parts.h"
#include "engine/site/spelling.h"

#define HOUR (INT64_C(60) * 60 * 1000)
enum { ISOLATE_AT_MOST = 20, RULES_MAX = 256 };

const char policy_runs_there[] = "soar itself runs there";
static const char on_the_way[] = "it is on soar's way to the targets";
static const char is_the_domain[] = "all tickets of its domain are signed by this account";
static const char logs_in[] = "soar itself logs in as this account";

struct loading {
    struct arena *arena;
    struct diag_list *diags;
    struct policy *policy;
};

/* The canonical form of a name beyond ASCII is punycode: a glob over its letters would find nothing. */
static bool is_wild_beyond_ascii(const char *text)
{
    bool ascii = true;
    for (const char *c = text; *c != '\0'; c++) {
        ascii = ascii && (unsigned char)*c < 0x80;
    }
    return !ascii && strpbrk(text, "*?") != NULL;
}

static void check_patterns(struct loading *loading, const struct bind_texts *texts, const char *what,
                           bool prefixes)
{
    for (size_t i = 0; i < texts->count; i++) {
        const struct yaml_node *node = texts->node->items[i];
        if (prefixes && !spelling_is_prefix(node->text)) {
            diag_error(loading->diags, node->line, node->col,
                       "'%s': expected a prefix like 10.0.0.0/24, found '%.60s'", what, node->text);
        } else if (strcmp(what, "hosts") == 0 &&
                   (strpbrk(node->text, " \t,;") != NULL || is_wild_beyond_ascii(node->text))) {
            diag_error(loading->diags, node->line, node->col,
                       "'hosts': expected a name with * and ?, or an address, found '%.60s'", node->text);
        }
    }
}

/* hosts: a list of patterns, or {names: [...], tags: [...]}. */
static void read_hosts(struct loading *loading, const struct yaml_node *node, struct selector *selector)
{
    struct {
        struct bind_texts names;
        struct bind_texts tags;
    } named = {0};
    if (node->kind == YAML_MAP) {
        bind_map(loading->arena, node, &policy_named_table, &named, loading->diags);
        selector->hosts = named.names;
        if (named.tags.count > 0) {
            selector->tags = named.tags;
        }
    } else {
        bind_texts(loading->arena, node, "hosts", &selector->hosts, loading->diags);
    }
    check_patterns(loading, &selector->hosts, "hosts", false);
}

static void add_rule(struct loading *loading, const struct selector_entry *entry,
                     const struct yaml_node *node, const char *name, enum policy_verdict verdict)
{
    if (loading->policy->rule_count == RULES_MAX) {
        diag_error(loading->diags, node->line, node->col, "a policy has at most %d rules", RULES_MAX);
        return;
    }
    struct rule *rule = &loading->policy->rules[loading->policy->rule_count++];
    *rule = (struct rule){.name = name, .verdict = verdict, .why = entry->why};
    rule->selector.tags = entry->tags;
    rule->selector.users = entry->users;
    rule->selector.groups = entry->groups;
    rule->selector.addresses = entry->addresses;
    rule->selector.admins = entry->admins;
    check_patterns(loading, &entry->addresses, "addresses", true);
    if (entry->hosts != NULL) {
        read_hosts(loading, entry->hosts, &rule->selector);
    }
}

static void read_rules(struct loading *loading, const struct bind_array *array, const char *name,
                       enum policy_verdict verdict)
{
    const struct selector_entry *entries = array->items;
    for (size_t i = 0; i < array->count; i++) {
        add_rule(loading, &entries[i], array->nodes[i], name, verdict);
    }
}

static void read_limits(struct loading *loading, const struct bind_array *array)
{
    const struct limit_entry *entries = array->items;
    struct policy *policy = loading->policy;
    policy->budgets = arena_array(loading->arena, array->count + 1, sizeof *policy->budgets);
    for (size_t i = 0; i < array->count; i++) {
        struct budget *budget = &policy->budgets[policy->budget_count];
        *budget = (struct budget){.name = fold_name(loading->arena, array->names[i]->text),
                                  .kept_for_people = entries[i].kept_for_people,
                                  .over = entries[i].over == 0 ? POLICY_HOLD : POLICY_REFUSE};
        const struct yaml_node *rate = entries[i].at_most;
        if (rate != NULL && !site_rate(rate->text, &budget->at_most, &budget->window_ms)) {
            diag_error(loading->diags, rate->line, rate->col,
                       "'at_most': expected a number and a time like 20/1h, found '%.60s'", rate->text);
        } else if (budget->kept_for_people > budget->at_most) {
            diag_error(loading->diags, array->nodes[i]->line, array->nodes[i]->col,
                       "'kept_for_people' can't be more than 'at_most'");
        }
        policy->budget_count++;
    }
    if (policy_find_budget(policy, "isolate") == NULL) {
        policy->budgets[policy->budget_count++] = (struct budget){
            .name = "isolate", .at_most = ISOLATE_AT_MOST, .window_ms = HOUR, .over = POLICY_HOLD};
    }
}

static void read_bounds(struct loading *loading, const struct policy_entry *entry)
{
    struct policy *policy = loading->policy;
    policy->offline = entry->offline;
    policy->recheck = entry->recheck;
    policy->expires = entry->expires;
    policy->private_addresses = entry->private_addresses;
    if (policy->expires.at_least_ms > policy->expires.at_most_ms) {
        const struct yaml_node *node = yaml_get(policy->site->policy, "expires");
        diag_error(loading->diags, node->line, node->col, "'expires': 'at_least' is more than 'at_most'");
    }
}

static void add_own_host(struct loading *loading, const char *text, const char *why)
{
    struct spelling spelling = spelling_of(loading->arena, text);
    if (spelling.kind != SPELLING_NONE) {
        loading->policy->own_hosts[loading->policy->own_host_count++] =
            (struct own){.text = spelling.text, .why = why};
    }
}

static void find_own_hosts(struct loading *loading, const struct policy_self *self)
{
    static const struct policy_self none = {0};
    const struct site *site = loading->policy->site;
    self = self == NULL ? &none : self;
    size_t most = self->address_count + self->name_count + self->way_count + site->management_count;
    for (size_t i = 0; i < site->host_count; i++) {
        most += site->hosts[i].management_count;
    }
    loading->policy->own_hosts = arena_array(loading->arena, most, sizeof(struct own));
    for (size_t i = 0; i < self->address_count; i++) {
        add_own_host(loading, self->addresses[i], policy_runs_there);
    }
    for (size_t i = 0; i < self->name_count; i++) {
        add_own_host(loading, self->names[i], policy_runs_there);
    }
    for (size_t i = 0; i < site->management_count; i++) {
        add_own_host(loading, site->management[i], policy_runs_there);
    }
    for (size_t i = 0; i < site->host_count; i++) {
        for (size_t j = 0; j < site->hosts[i].management_count; j++) {
            add_own_host(loading, site->hosts[i].management[j], policy_runs_there);
        }
    }
    for (size_t i = 0; i < self->way_count; i++) {
        add_own_host(loading, self->ways[i], on_the_way);
    }
}

static void add_own_user(struct loading *loading, const char *text)
{
    struct names known = {.arena = loading->arena};
    if (text == NULL || *text == '\0') {
        return;
    }
    names_add_user(&known, text);
    const char *why = strcmp(text, "krbtgt") == 0 ? is_the_domain : logs_in;
    for (size_t i = 0; i < known.count; i++) {
        loading->policy->own_users[loading->policy->own_user_count++] =
            (struct own){.text = known.items[i], .why = why};
    }
}

static void find_own_users(struct loading *loading)
{
    enum { FORMS = 4 }; /* at most that many names of one text */
    const struct site *site = loading->policy->site;
    size_t most = FORMS * (2 + site->host_count + site->directory_count + site->service_count);
    loading->policy->own_users = arena_array(loading->arena, most, sizeof(struct own));
    add_own_user(loading, "root");
    add_own_user(loading, "krbtgt"); /* the key of a whole domain */
    for (size_t i = 0; i < site->host_count; i++) {
        add_own_user(loading, site->hosts[i].user);
    }
    for (size_t i = 0; i < site->directory_count; i++) {
        add_own_user(loading, value_get_string(&site->directories[i].entry, "bind_dn", NULL));
    }
    for (size_t i = 0; i < site->service_count; i++) {
        add_own_user(loading, site->services[i].service != NULL ? site->services[i].service->log_in : NULL);
    }
}

static void digest_node(struct loading *loading, struct digest *digest, const struct yaml_node *node)
{
    struct value rules = node == NULL ? value_null() : yaml_value(loading->arena, node);
    const char *text = json_text(loading->arena, &rules);
    digest_piece(digest, text, strlen(text));
}

/* Of the policy's text as a value, of the webhooks' (their scopes and budgets are rules, too), and of what
 * soar itself is. */
static void make_digest(struct loading *loading)
{
    struct policy *policy = loading->policy;
    uint8_t bytes[DIGEST_BYTES];
    struct digest *digest = digest_new();
    const struct yaml_node *config = policy->site->config;
    digest_node(loading, digest, policy->site->policy);
    digest_node(loading, digest, config == NULL ? NULL : yaml_get(config, "webhooks"));
    for (size_t i = 0; i < policy->own_host_count; i++) {
        digest_piece(digest, policy->own_hosts[i].text, strlen(policy->own_hosts[i].text));
    }
    for (size_t i = 0; i < policy->own_user_count; i++) {
        digest_piece(digest, policy->own_users[i].text, strlen(policy->own_users[i].text));
    }
    digest_end(digest, bytes);
    digest_hex(bytes, policy->digest);
}

int policy_load(struct arena *arena, const struct site *site, const struct policy_self *self,
                struct policy **ret_policy, struct diag_list *diags)
{
    static const struct site nowhere = {0};
    struct loading loading = {
        .arena = arena, .diags = diags, .policy = arena_alloc(arena, sizeof(struct policy))};
    struct policy_entry entry = {.offline = {.keep_trying_ms = 24 * HOUR, .every_ms = HOUR / 60},
                                 .recheck = {.every_ms = HOUR / 12},
                                 .expires = {.at_least_ms = HOUR / 2, .at_most_ms = 30 * 24 * HOUR}};
    struct policy *policy = loading.policy;
    const char *before = diags->file;
    size_t errors = diags->errors;
    policy->site = site == NULL ? &nowhere : site;
    policy->rules = arena_array(arena, RULES_MAX, sizeof *policy->rules);
    if (policy->site->policy != NULL) {
        diags->file = policy->site->config_file == NULL ? before : policy->site->config_file;
        bind_map(arena, policy->site->policy, &policy_entry_table, &entry, diags);
    }
    read_rules(&loading, &entry.protect, "never", POLICY_REFUSE);
    read_rules(&loading, &entry.never, "never", POLICY_REFUSE);
    read_rules(&loading, &entry.two_people, "two_people", POLICY_HOLD);
    read_rules(&loading, &entry.ask, "ask", POLICY_HOLD);
    read_limits(&loading, &entry.limits);
    read_bounds(&loading, &entry);
    diags->file = before;
    find_own_hosts(&loading, self);
    find_own_users(&loading);
    make_digest(&loading);
    if (diags->errors > errors) {
        return -1;
    }
    *ret_policy = policy;
    return 0;
}

bool budget_fits(const char *budget, const char *action)
{
    ARENA_SCOPED arena = arena_new();
    const char *name = fold_name(arena, action);
    size_t len = strlen(budget);
    return strncmp(name, budget, len) == 0 && (name[len] == '\0' || name[len] == '_');
}

/* The longest name that fits: `isolate_endpoint` goes before `isolate`. */
const struct budget *policy_find_budget(const struct policy *policy, const char *action)
{
    const struct budget *found = NULL;
    for (size_t i = 0; i < policy->budget_count; i++) {
        const struct budget *budget = &policy->budgets[i];
        if (budget_fits(budget->name, action) &&
            (found == NULL || strlen(budget->name) > strlen(found->name))) {
            found = budget;
        }
    }
    return found;
}

bool policy_budget(const struct policy *policy, const char *action, const char **ret_name,
                   int64_t *ret_window_ms, int64_t *ret_at_most)
{
    const struct budget *budget = policy_find_budget(policy, action);
    if (budget == NULL) {
        return false;
    }
    *ret_name = budget->name;
    *ret_window_ms = budget->window_ms;
    *ret_at_most = budget->at_most;
    return true;
}
