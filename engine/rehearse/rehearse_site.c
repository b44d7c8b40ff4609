/* The machines of a rehearsal: the test's inventory, else the program's, else what the alert names.
 *
 * What a rehearsal has no use for is taken off: no key file is read for a target that is a model. And our own
 * addresses are constant, or the arguments of a call would differ from one machine to the next. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/rehearse/rehearse_parts.h"

static const char *const own_addresses[] = {"192.0.2.1"}; /* for documentation, RFC 5737 */

/* A directory's entry without what only a worker would need. */
static struct value bare_entry(struct arena *arena, const struct value *entry)
{
    struct value_builder map;

    value_build(&map, arena);
    for (size_t i = 0; entry->kind == VALUE_MAP && i < entry->map->count; i++)
        if (!value_is_string(&entry->map->keys[i], "ca") &&
            !value_is_string(&entry->map->keys[i], "password"))
            value_put(&map, entry->map->keys[i], entry->map->values[i]);
    return value_end_map(&map);
}

static const struct site_place *bare_places(struct arena *arena, const struct site_place *places,
                                            size_t count)
{
    struct site_place *copies = arena_array(arena, count + 1, sizeof *copies);

    for (size_t i = 0; i < count; i++) {
        copies[i] = places[i];
        copies[i].entry = bare_entry(arena, &places[i].entry);
    }
    return copies;
}

/* A service without what a worker would log in with, or would open to trust it. */
static const struct site_place *bare_services(struct arena *arena, const struct site *site)
{
    struct site_place *copies = arena_array(arena, site->service_count + 1, sizeof *copies);

    for (size_t i = 0; i < site->service_count; i++) {
        struct site_service *service = arena_alloc(arena, sizeof *service);

        copies[i] = site->services[i];
        *service = *copies[i].service;
        service->secret_count = 0;
        service->ca = service->certificate = NULL;
        copies[i].service = service;
    }
    return copies;
}

static const struct site *bare(struct rehearse_test *test, const struct site *site)
{
    struct site *copy = arena_alloc(test->arena, sizeof *copy);
    struct site_host *hosts = arena_array(test->arena, site->host_count + 1, sizeof *hosts);

    *copy = *site;
    for (size_t i = 0; i < site->host_count; i++) {
        hosts[i] = site->hosts[i];
        hosts[i].secret_key = hosts[i].secret_password = hosts[i].secret_ca = hosts[i].known_hosts = NULL;
    }
    copy->hosts = hosts;
    copy->directories = bare_places(test->arena, site->directories, site->directory_count);
    copy->services = bare_services(test->arena, site);
    if (copy->management_count == 0) {
        copy->management = own_addresses;
        copy->management_count = 1;
    }
    if (test->policy)
        copy->policy = test->policy;
    return copy;
}

static const struct yaml_node *name_node(struct arena *arena, const char *text)
{
    struct yaml_node *node = arena_alloc(arena, sizeof *node);

    *node = (struct yaml_node){.kind = YAML_SCALAR, .text = text, .len = strlen(text), .plain = true};
    return node;
}

/* The inventory that stands in the test itself, as a tree of its own. */
static const struct yaml_node *inline_inventory(const struct rehearse_test *test)
{
    const char *const names[] = {"hosts", "directories", "services"};
    const struct yaml_node *const parts[] = {test->hosts, test->directories, test->services};
    const struct yaml_node **keys = arena_array(test->arena, 3, sizeof *keys);
    const struct yaml_node **items = arena_array(test->arena, 3, sizeof *items);
    struct yaml_node *root = arena_alloc(test->arena, sizeof *root);
    size_t count = 0;

    for (size_t i = 0; i < 3; i++)
        if (parts[i]) {
            keys[count] = name_node(test->arena, names[i]);
            items[count++] = parts[i];
        }
    *root = (struct yaml_node){.kind = YAML_MAP, .count = count, .keys = keys, .items = items};
    return root;
}

static int load_inventory(struct rehearse_test *test, struct site **ret_site, struct diag_list *diags)
{
    const struct yaml_node *node = test->inventory;
    const char *path = file_beside(test->arena, test->file, node->text);
    struct diag_list own;
    struct soar_err err = {0};
    char *text = NULL;
    size_t len = 0;

    if (file_read(test->arena, path, LIMIT_FILE_BYTES, &text, &len, &err)) {
        diag_error(diags, node->line, node->col, "inventory: %s", err.text);
        return -1;
    }
    diag_init(&own, test->arena, path);
    return site_load(test->arena, path, NULL, ret_site, &own) ? rehearse_diags(diags, &own) : 0;
}

/* Told once here, though each case has its own. */
static int check_policy(struct rehearse_test *test, struct diag_list *diags)
{
    struct site site = {.policy = test->policy};
    struct policy_self self = {0};
    struct policy *policy = NULL;

    return policy_load(test->arena, &site, &self, &policy, diags);
}

int rehearse_site(struct rehearse_test *test, struct diag_list *diags)
{
    bool inline_given = test->hosts || test->directories || test->services;
    const struct site *given = test->options->site;
    struct site *site = NULL;

    if (test->inventory && inline_given) {
        diag_error(diags, test->inventory->line, test->inventory->col,
                   "give 'inventory', or 'hosts', 'directories' and 'services', not both");
        return -1;
    }
    if (test->inventory && load_inventory(test, &site, diags))
        return -1;
    if (inline_given && site_read_inventory(test->arena, inline_inventory(test), test->file, &site, diags))
        return -1;
    if (test->inventory || test->hosts)
        test->site = bare(test, site);
    else if (!inline_given && given && given->host_count)
        test->site = bare(test, given);
    test->places = site;
    return check_policy(test, diags);
}

/* A host as the alert has it: reached by ssh, or by winrm if it is Windows. */
static void add_host(struct arena *arena, const struct value *host, struct site_host *hosts, size_t *count)
{
    const char *name = value_get_string(host, "name", "");
    const char *os = value_get_string(host, "os", "linux");
    const struct value *addresses = value_get(host, "ip");
    const struct value *first = value_at(addresses, 0);
    char *key = arena_printf(arena, "host:%s", name);

    for (char *c = key; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    for (size_t i = 0; i < *count; i++)
        if (strcmp(hosts[i].key, key) == 0)
            return;
    if (!*name)
        return; /* an address alone is no machine that anybody knows */
    hosts[(*count)++] = (struct site_host){.name = name,
                                           .key = key,
                                           .address = first ? first->text : name,
                                           .os = os,
                                           .via = strcmp(os, "windows") == 0 ? "winrm" : "ssh",
                                           .user = "root"};
}

static const struct site *site_of_alert(struct rehearse_test *test, const struct value *alert)
{
    const struct value *named = value_get(alert, "hosts");
    struct site_host *hosts = arena_array(test->arena, value_count(named) + 1, sizeof *hosts);
    struct site site = {0};

    if (test->places)
        site = *test->places;
    else if (test->options->site)
        site = *test->options->site;
    site.index = NULL;
    site.host_count = 0;
    for (size_t i = 0; i < value_count(named); i++)
        add_host(test->arena, value_at(named, i), hosts, &site.host_count);
    site.hosts = hosts;
    return bare(test, &site);
}

void rehearse_case_site(struct rehearse_test *test, struct rehearse_case *one)
{
    struct policy_self self = {0};
    struct policy *policy = NULL;
    struct diag_list told;

    one->site = test->site ? test->site : site_of_alert(test, &one->alert_value);
    diag_init(&told, test->arena, test->file);
    if (policy_load(test->arena, one->site, &self, &policy, &told))
        abort(); /* it was checked, or it is the program's own */
    one->policy = policy;
}

const char *rehearse_key(const struct rehearse_case *one, struct arena *arena, const char *name)
{
    const struct site_host *host = site_find_host(one->site, name, NULL);
    char *lower = arena_string(arena, name);

    for (char *c = lower; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    return host ? host->key : lower;
}

bool rehearse_is(const struct rehearse_case *one, const char *name, const char *key, const char *also)
{
    const struct site_host *host = site_find_host(one->site, name, NULL);
    const char *colon = strchr(key, ':');

    ARENA_SCOPED arena = arena_new();

    return (host && strcmp(host->key, key) == 0) || text_same_fold(name, key) || text_same_fold(name, also) ||
           (colon && text_same_fold(name, colon + 1)) || fake_is_called(key, rehearse_key(one, arena, name));
}

bool rehearse_is_row(const struct rehearse_case *one, const char *name, const struct ledger_row *row)
{
    bool placed = *value_get_string(&row->host, "at", "") != '\0';

    return rehearse_is(one, name, placed ? value_get_string(&row->host, "key", "") : row->target, row->name);
}

/* CORP\\jdoe and jdoe@corp.example mean jdoe, too. */
static bool is_spelling_of(const char *spelling, const char *name)
{
    const char *slash = strchr(spelling, '\\');
    const char *bare_name = slash ? slash + 1 : spelling;
    size_t len = strcspn(bare_name, "@");

    return text_same_fold(spelling, name) || text_same_fold(bare_name, name) ||
           (strlen(name) == len && strncasecmp(bare_name, name, len) == 0);
}

/* Does the name stand anywhere in this value? */
static bool says(const struct value *value, const char *name)
{
    if (value->kind == VALUE_STRING)
        return is_spelling_of(value->text, name);
    for (size_t i = 0; value->kind == VALUE_LIST && i < value_count(value); i++)
        if (says(value_at(value, i), name))
            return true;
    for (size_t i = 0; value->kind == VALUE_MAP && i < value_count(value); i++)
        if (says(&value->map->values[i], name))
            return true;
    return false;
}

static bool is_place(const struct site *site, const char *name)
{
    return site_find_directory(site, name) || site_find_service(site, name);
}

/* "user:jdoe" → "jdoe"; an IPv6 address has colons of its own. */
static const char *without_kind(const char *text)
{
    static const char *const kinds[] = {"host:", "user:", "address:", "file:", "once:"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(text, kinds[i], strlen(kinds[i])) == 0)
            return text + strlen(kinds[i]);
    return text;
}

void rehearse_check_target(const struct rehearse_test *test, const struct rehearse_case *one,
                           const struct yaml_node *name, struct diag_list *diags)
{
    const char *bare_name = without_kind(name->text);
    const char **known = arena_array(test->arena, one->site->host_count + 2, sizeof *known);
    const char *at = strrchr(bare_name, '@');

    if (at && (is_place(one->site, at + 1) || site_find_host(one->site, at + 1, NULL)))
        bare_name = arena_copy(test->arena, bare_name, (size_t)(at - bare_name));
    if (site_find_host(one->site, bare_name, NULL) || is_place(one->site, bare_name) ||
        says(&one->alert_value, bare_name) || says(&one->vars_value, bare_name) ||
        strcmp(bare_name, "once") == 0)
        return;
    for (size_t i = 0; i < one->site->host_count; i++)
        known[i] = one->site->hosts[i].name;
    known[one->site->host_count] = value_get_string(&one->alert_value, "user_id", NULL);
    diag_error(diags, name->line, name->col,
               "'%s' is no host of the inventory, and the alert doesn't name it%s", name->text,
               bind_meant(test->arena, name->text, known));
}
