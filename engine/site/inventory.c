/* inventory.yaml: which machines, directories and services there are and how to reach them. Tables bind it;
 * what a table can't say (two hosts of one name, a bare secret) is checked after. Paths become absolute here,
 * so that nobody later needs to know which file they stood in. */
#include "engine/site/site_parts.h"

#include <string.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/site/spelling.h"

enum { PORT_MAX = 65535 };

static const char *const systems[] = {"linux", "windows", "macos", NULL};

struct host_entry {
    const struct yaml_node *address;
    const struct yaml_node *fqdn;
    int os;
    const char *via;
    const char *user;
    const struct yaml_node *key;
    const struct yaml_node *password;
    const char *known_hosts;
    int64_t port;
    const struct yaml_node *sudo;
    const struct yaml_node *ca;
    const char *principal;
    const char *qmp;
    const char *qmp_dir;
    const struct yaml_node *login;
    const char *authority;
    struct bind_texts tags;
    struct bind_texts also;
    struct bind_texts management;
};

#define AT(field) offsetof(struct host_entry, field)
static const struct bind_key host_keys[] = {
    {.name = "address",
     .kind = BIND_SCALAR,
     .offset = AT(address),
     .about = "an address or a name; default: its name"},
    {.name = "fqdn",
     .kind = BIND_SCALAR,
     .offset = AT(fqdn),
     .about = "its whole name, as alerts and directories have it"},
    {.name = "os",
     .kind = BIND_CHOICE,
     .offset = AT(os),
     .required = true,
     .words = systems,
     .about = "linux, windows or macos"},
    {.name = "via",
     .kind = BIND_TEXT,
     .offset = AT(via),
     .about = "the connector; default: winrm for windows, else ssh"},
    {.name = "port",
     .kind = BIND_INT,
     .offset = AT(port),
     .min = 1,
     .max = PORT_MAX,
     .about = "default: of `via`"},
    {.name = "user", .kind = BIND_TEXT, .offset = AT(user), .about = "who logs in"},
    {.name = "key",
     .kind = BIND_SCALAR,
     .offset = AT(key),
     .about = "a private key: file:PATH, credential:NAME"},
    {.name = "password",
     .kind = BIND_SCALAR,
     .offset = AT(password),
     .about = "a reference: env:NAME, file:PATH"},
    {.name = "known_hosts",
     .kind = BIND_TEXT,
     .offset = AT(known_hosts),
     .about = "file with the host keys we accept"},
    {.name = "sudo",
     .kind = BIND_NODE,
     .offset = AT(sudo),
     .schema = "{\"type\": \"boolean\"}",
     .about = "scripts go through sudo; default: if the user isn't root"},
    {.name = "certificate_authority",
     .kind = BIND_SCALAR,
     .offset = AT(ca),
     .about = "the private key of an SSH CA the host trusts: signs each log-in; instead of `key`"},
    {.name = "principal",
     .kind = BIND_TEXT,
     .offset = AT(principal),
     .about = "the name in the certificate; default: USER@NAME"},
    {.name = "login",
     .kind = BIND_SCALAR,
     .offset = AT(login),
     .schema = "{\"enum\": [\"ntlm\", \"kerberos\", \"basic\"]}",
     .about = "by winrm: ntlm, kerberos or basic; default: kerberos for USER@REALM, else ntlm"},
    {.name = "ca",
     .kind = BIND_TEXT,
     .offset = AT(authority),
     .about = "by winrm: file of the authority that signed its certificate; default: the system's"},
    {.name = "qmp",
     .kind = BIND_TEXT,
     .offset = AT(qmp),
     .about = "unix:PATH, the QEMU monitor of the virtual machine it is"},
    {.name = "qmp_dir",
     .kind = BIND_TEXT,
     .offset = AT(qmp_dir),
     .about = "where that hypervisor may write memory images"},
    {.name = "tags", .kind = BIND_TEXTS, .offset = AT(tags), .about = "for guard-rails and scopes"},
    {.name = "also",
     .kind = BIND_TEXTS,
     .offset = AT(also),
     .about = "further names and addresses of this machine"},
    {.name = "management",
     .kind = BIND_TEXTS,
     .offset = AT(management),
     .about = "our addresses as this host sees us"},
    {0}};
#undef AT
static const struct bind_table host_table = {"a host", sizeof(struct host_entry), host_keys};

struct place_entry {
    const char *kind;
    const char *url;
    const struct yaml_node *password;
    const struct yaml_node *rest; /* keys that this room only hands on */
};

#define AT(field) offsetof(struct place_entry, field)
static const struct bind_key directory_keys[] = {
    {.name = "kind",
     .kind = BIND_TEXT,
     .offset = AT(kind),
     .required = true,
     .about = "active_directory, openldap, ..."},
    {.name = "url", .kind = BIND_TEXT, .offset = AT(url), .required = true, .about = "ldaps://HOST"},
    {.name = "ca",
     .kind = BIND_NODE,
     .offset = AT(rest),
     .about = "file of the authority that signed its certificate"},
    {.name = "bind_dn", .kind = BIND_NODE, .offset = AT(rest), .about = "who logs in"},
    {.name = "password",
     .kind = BIND_SCALAR,
     .offset = AT(password),
     .about = "a reference: env:NAME, file:PATH"},
    {.name = "base", .kind = BIND_NODE, .offset = AT(rest), .about = "where users are searched"},
    {.name = "domain",
     .kind = BIND_NODE,
     .offset = AT(rest),
     .schema = "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"type\": "
               "\"string\"}}]}",
     .about = "what stands before \\ or after @ of its users' names: CORP, or a list; also the DNS form of "
              "`base`"},
    {.name = "start_tls",
     .kind = BIND_NODE,
     .offset = AT(rest),
     .about = "true for ldap:// that turns to TLS"},
    {.name = "tags", .kind = BIND_NODE, .offset = AT(rest)},
    {0}};
#undef AT
static const struct bind_table directory_table = {"a directory", sizeof(struct place_entry), directory_keys};

struct inventory {
    struct bind_array hosts;
    struct bind_array directories;
    struct bind_array services;
    struct bind_texts management;
};

#define AT(field) offsetof(struct inventory, field)
static const struct bind_key inventory_keys[] = {
    {.name = "hosts",
     .kind = BIND_MAP_OF,
     .offset = AT(hosts),
     .table = &host_table,
     .about = "machines by name"},
    {.name = "directories", .kind = BIND_MAP_OF, .offset = AT(directories), .table = &directory_table},
    {.name = "services", .kind = BIND_MAP_OF, .offset = AT(services), .table = &service_table},
    {.name = "management",
     .kind = BIND_TEXTS,
     .offset = AT(management),
     .about = "our addresses as targets see us"},
    {0}};
#undef AT
static const struct bind_table inventory_table = {"an inventory", sizeof(struct inventory), inventory_keys};

const struct bind_table *site_inventory_table(void)
{
    return &inventory_table;
}

static const char *spelled(struct arena *arena, const struct yaml_node *node, const char *what,
                           struct diag_list *diags)
{
    struct spelling spelling = spelling_of(arena, node->text);
    if (spelling.kind == SPELLING_NONE) {
        diag_error(diags, node->line, node->col, "%s: expected a host's name or an address, found '%.60s'",
                   what, node->text);
        return node->text;
    }
    return spelling.as_name != NULL ? spelling.as_name : spelling.text;
}

static const char *reference(struct arena *arena, const struct yaml_node *node, const char *what,
                             const char *file, struct diag_list *diags)
{
    if (node == NULL || !secret_check(node, what, diags)) {
        return NULL;
    }
    return secret_beside(arena, file, node->text);
}

/* An authority's key, or a vault that signs. */
static const char *authority(struct arena *arena, const struct yaml_node *node, const char *file,
                             struct diag_list *diags)
{
    struct site_vault_ref ref;
    struct soar_err err = {0};
    if (node == NULL || !site_in_vault(node->text)) {
        return reference(arena, node, "certificate_authority", file, diags);
    }
    if (site_vault_ref(arena, node->text, true, &ref, &err) != 0) {
        diag_error(diags, node->line, node->col, "'certificate_authority': %s", err.text);
    }
    return node->text;
}

static bool read_sudo(const struct yaml_node *node, const char *user, struct arena *arena,
                      struct diag_list *diags)
{
    if (node == NULL) {
        return user != NULL && strcmp(user, "root") != 0;
    }
    struct value value = yaml_value(arena, node);
    if (value.kind != VALUE_BOOL) {
        diag_error(diags, node->line, node->col, "'sudo': expected true or false, found %s",
                   bind_found(node));
        return false;
    }
    return value.boolean;
}

static void check_list(struct arena *arena, const struct bind_texts *texts, const char *what, bool addresses,
                       struct diag_list *diags)
{
    for (size_t i = 0; i < texts->count; i++) {
        const struct yaml_node *node = texts->node->items[i];
        enum spelling_kind kind = spelling_of(arena, node->text).kind;
        if (kind == SPELLING_NONE || (addresses && kind != SPELLING_ADDRESS)) {
            diag_error(diags, node->line, node->col, "'%s': expected %s, found '%.60s'", what,
                       addresses ? "an address" : "a host's name or an address", node->text);
        }
    }
}

/* What an SSH server is sent must open nothing else: a password is given away to whoever the server is. */
static void check_log_in(const struct site_host *host, const struct host_entry *entry,
                         struct diag_list *diags)
{
    const struct yaml_node *at = entry->password;
    bool ssh = strcmp(host->via, "ssh") == 0;
    if (ssh && at != NULL) {
        diag_error(diags, at->line, at->col,
                   "'password': an SSH host would be sent it, and may use it elsewhere; "
                   "log in by `key` or `certificate_authority`");
    }
    at = entry->ca;
    if (at != NULL && (!ssh || entry->key != NULL)) {
        diag_error(diags, at->line, at->col, "'certificate_authority' is %s",
                   ssh ? "in the place of `key`: one of the two" : "for hosts that are reached by ssh");
    }
}

static void read_host(struct arena *arena, const struct host_entry *entry, const struct yaml_node *name,
                      const char *file, struct site_host *host, struct diag_list *diags)
{
    host->name = name->text;
    host->line = name->line;
    host->key = arena_printf(arena, "host:%s", spelled(arena, name, "the host's name", diags));
    if (name->len > LIMIT_NAME_BYTES) {
        diag_error(diags, name->line, name->col, "a host's name has at most %d bytes", LIMIT_NAME_BYTES);
    }
    host->os = systems[entry->os];
    host->via = entry->via != NULL ? entry->via : strcmp(host->os, "windows") == 0 ? "winrm" : "ssh";
    host->user = entry->user;
    host->port = (int)entry->port;
    host->address = name->text;
    if (entry->address != NULL) {
        spelled(arena, entry->address, "'address'", diags);
        host->address = entry->address->text;
    }
    if (entry->fqdn != NULL) {
        host->fqdn = spelled(arena, entry->fqdn, "'fqdn'", diags);
    }
    host->secret_key = reference(arena, entry->key, "key", file, diags);
    host->secret_password = reference(arena, entry->password, "password", file, diags);
    host->known_hosts = entry->known_hosts == NULL ? NULL : file_beside(arena, file, entry->known_hosts);
    host->secret_ca = authority(arena, entry->ca, file, diags);
    host->principal = entry->principal;
    check_log_in(host, entry, diags);
    host->login = login_read(entry->login, entry->user, diags);
    host->ca = entry->authority == NULL ? NULL : file_beside(arena, file, entry->authority);
    host->qmp = entry->qmp;
    host->qmp_dir = entry->qmp_dir;
    host->sudo = read_sudo(entry->sudo, entry->user, arena, diags);
    check_list(arena, &entry->also, "also", false, diags);
    check_list(arena, &entry->management, "management", true, diags);
    host->tag_count = entry->tags.count;
    host->tags = entry->tags.items;
    host->also_count = entry->also.count;
    host->also = entry->also.items;
    host->management_count = entry->management.count;
    host->management = entry->management.items;
}

/* Two names that are one when spelled canonically would be one target with two ways to it. */
static void refuse_twins(const struct site *site, const struct bind_array *array, struct diag_list *diags)
{
    for (size_t i = 1; i < site->host_count; i++) {
        bool many = false;
        site_find_host(site, site->hosts[i].name, &many);
        for (size_t j = 0; many && j < i; j++) {
            if (strcmp(site->hosts[i].key, site->hosts[j].key) == 0) {
                diag_error(diags, array->names[i]->line, array->names[i]->col,
                           "host '%s' stands twice; the first is on line %d", site->hosts[i].name,
                           site->hosts[j].line);
                many = false;
            }
        }
    }
}

static void warn_shared(const struct site *site, const struct bind_array *array, struct diag_list *diags)
{
    for (size_t i = 0; i < site->host_count; i++) {
        const struct yaml_node *address = yaml_get(array->nodes[i], "address");
        bool many = false;
        if (address != NULL && address->kind == YAML_SCALAR) {
            site_find_host(site, address->text, &many);
        }
        if (many) {
            diag_warning(diags, address->line, address->col,
                         "another host has the address %s, too: an alert that names it alone is refused",
                         address->text);
        }
    }
}

/* References and paths inside an entry (auth.oauth2.secret, ca) are made absolute wherever they stand. */
static struct value absolute(struct arena *arena, const struct value *value, const char *key,
                             const char *file)
{
    if (value->kind == VALUE_STRING) {
        bool path = key != NULL && (strcmp(key, "ca") == 0 || strcmp(key, "cert") == 0);
        return value_text(arena, path ? file_beside(arena, file, value->text)
                                      : secret_beside(arena, file, value->text));
    }
    if (value->kind != VALUE_LIST && value->kind != VALUE_MAP) {
        return *value;
    }
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < value_count(value); i++) {
        if (value->kind == VALUE_LIST) {
            value_push(&builder, absolute(arena, value_at(value, i), NULL, file));
        } else {
            const struct value *name = &value->map->keys[i];
            value_put(&builder, *name, absolute(arena, &value->map->values[i], name->text, file));
        }
    }
    return value->kind == VALUE_LIST ? value_end_list(&builder) : value_end_map(&builder);
}

static const struct site_place *read_places(struct arena *arena, const struct bind_array *array,
                                            const char *file, struct diag_list *diags)
{
    struct site_place *places = arena_array(arena, array->count, sizeof *places);
    const struct place_entry *entries = array->items;
    for (size_t i = 0; i < array->count; i++) {
        if (entries[i].password != NULL) {
            secret_check(entries[i].password, "password", diags);
        }
        struct value entry = yaml_value(arena, array->nodes[i]);
        places[i] = (struct site_place){.name = array->names[i]->text,
                                        .kind = entries[i].kind,
                                        .url = entries[i].url,
                                        .entry = absolute(arena, &entry, NULL, file),
                                        .line = array->names[i]->line};
    }
    return places;
}

/* A task's place is one name: a directory, a service, or a host where an account is. */
static void refuse_same_place(const struct site *site, const struct bind_array *array, const char *what,
                              struct diag_list *diags)
{
    for (size_t i = 0; i < array->count; i++) {
        const struct yaml_node *name = array->names[i];
        const struct site_host *host = site_find_host(site, name->text, NULL);
        if (host != NULL && text_same_fold(host->name, name->text)) {
            diag_error(diags, name->line, name->col,
                       "%s '%.60s' has the name of the host on line %d: give it a name of its own", what,
                       name->text, host->line);
        }
        for (size_t j = 0; j < i; j++) {
            if (text_same_fold(array->names[j]->text, name->text)) {
                diag_error(diags, name->line, name->col, "%s '%.60s' stands twice (case doesn't count)", what,
                           name->text);
            }
        }
    }
}

static void refuse_service_directory(const struct site *site, const struct bind_array *services,
                                     struct diag_list *diags)
{
    for (size_t i = 0; i < services->count; i++) {
        const struct site_place *other = site_find_directory(site, services->names[i]->text);
        if (other != NULL) {
            diag_error(diags, services->names[i]->line, services->names[i]->col,
                       "service '%.60s' has the name of the directory on line %d: give it a name of its own",
                       other->name, other->line);
        }
    }
}

static void check_domains(const struct bind_array *array, struct diag_list *diags)
{
    for (size_t i = 0; i < array->count; i++) {
        const struct yaml_node *domain = yaml_get(array->nodes[i], "domain");
        bool good = domain == NULL || domain->kind == YAML_SCALAR || domain->kind == YAML_LIST;
        for (size_t j = 0; good && domain != NULL && domain->kind == YAML_LIST && j < domain->count; j++) {
            good = domain->items[j]->kind == YAML_SCALAR;
        }
        if (!good) {
            diag_error(diags, domain->line, domain->col,
                       "'domain': expected a name like CORP, or a list of them");
        }
    }
}

void inventory_read(struct arena *arena, const struct yaml_node *root, const char *file, struct site *site,
                    struct diag_list *diags)
{
    struct inventory inventory = {0};
    bind_map(arena, root, &inventory_table, &inventory, diags);
    struct site_host *hosts = arena_array(arena, inventory.hosts.count, sizeof *hosts);
    const struct host_entry *entries = inventory.hosts.items;
    for (size_t i = 0; i < inventory.hosts.count; i++) {
        read_host(arena, &entries[i], inventory.hosts.names[i], file, &hosts[i], diags);
    }
    site->host_count = inventory.hosts.count;
    site->hosts = hosts;
    site->index = site_index_make(arena, site);
    refuse_twins(site, &inventory.hosts, diags);
    warn_shared(site, &inventory.hosts, diags);
    site->directory_count = inventory.directories.count;
    site->directories = read_places(arena, &inventory.directories, file, diags);
    services_read(arena, &inventory.services, file, site, diags);
    logins_check(arena, &inventory.hosts, site, diags);
    vault_check(root, site, diags);
    refuse_same_place(site, &inventory.directories, "directory", diags);
    refuse_same_place(site, &inventory.services, "service", diags);
    refuse_service_directory(site, &inventory.services, diags);
    check_domains(&inventory.directories, diags);
    check_domains(&inventory.services, diags);
    check_list(arena, &inventory.management, "management", true, diags);
    if (inventory.management.count > 0) {
        site->management_count = inventory.management.count;
        site->management = inventory.management.items;
    }
}
