/* How we log in at hosts: what an endpoint is given must open no other (threat model, T11).
 *
 * By `basic` a host is sent the password itself, by `ntlm` an answer that another one would take, too: either
 * is right only for an account of that host's own with a password of its own. By `kerberos` it gets a ticket
 * for itself. So the same reference at two hosts is a mistake, and a domain's account logs in by Kerberos. */
#include "engine/site/site_parts.h"

#include <string.h>

#include "engine/base/text.h"
#include "engine/site/spelling.h"

const char *login_read(const struct yaml_node *node, const char *user, struct diag_list *diags)
{
    static const char *const words[] = {"ntlm", "kerberos", "basic", NULL};
    for (size_t i = 0; node != NULL && words[i] != NULL; i++) {
        if (strcmp(node->text, words[i]) == 0) {
            return words[i];
        }
    }
    if (node != NULL) {
        diag_error(diags, node->line, node->col, "'login': expected ntlm, kerberos or basic, found '%.60s'",
                   node->text);
    }
    return user != NULL && strchr(user, '@') != NULL ? "kerberos" : "ntlm";
}

static bool is_kerberos(const struct site_host *host)
{
    return host->login != NULL && strcmp(host->login, "kerberos") == 0;
}

/* "DOMAIN\name" where DOMAIN is this host, or '.': an account of its own. */
static bool is_own_account(struct arena *arena, const struct site_host *host)
{
    const char *slash = strchr(host->user, '\\');
    if (strchr(host->user, '@') != NULL) {
        return false;
    }
    if (slash == NULL) {
        return true;
    }
    const char *domain = arena_copy(arena, host->user, (size_t)(slash - host->user));
    size_t first = strcspn(host->name, ".");
    return strcmp(domain, ".") == 0 || text_same_fold(domain, host->name) ||
           text_same_fold(domain, arena_copy(arena, host->name, first));
}

static void check_account(struct arena *arena, const struct site_host *host, const struct yaml_node *node,
                          struct diag_list *diags)
{
    const struct yaml_node *user = yaml_get(node, "user");
    if (user == NULL) {
        return;
    }
    if (!is_kerberos(host)) {
        if (!is_own_account(arena, host)) {
            diag_error(diags, user->line, user->col,
                       "'user': a domain's account opens other hosts, and by %s this one could use it there: "
                       "`login: kerberos`, or an account of this host's own",
                       host->login);
        }
        return;
    }
    if (strchr(host->user, '@') == NULL) {
        diag_error(diags, user->line, user->col, "'user': for Kerberos it is USER@REALM");
    }
    if (host->fqdn == NULL && spelling_of(arena, host->address).kind == SPELLING_ADDRESS) {
        diag_error(diags, user->line, user->col, "Kerberos needs the host's name: say its `fqdn`");
    }
}

static const struct yaml_node *given(const struct yaml_node *node, const char *key)
{
    const struct yaml_node *value = node->kind == YAML_MAP ? yaml_get(node, key) : NULL;
    return value != NULL && value->kind == YAML_SCALAR ? value : NULL;
}

/* Somebody before who has the same password: a host, a directory. NULL: nobody. */
static const char *shared_with(const struct site *site, size_t index, struct arena *arena)
{
    const struct site_host *host = &site->hosts[index];
    for (size_t i = 0; i < index; i++) {
        const struct site_host *other = &site->hosts[i];
        if (other->secret_password != NULL && strcmp(other->secret_password, host->secret_password) == 0 &&
            !(is_kerberos(host) && is_kerberos(other))) {
            return arena_printf(arena, "host '%s' on line %d", other->name, other->line);
        }
    }
    for (size_t i = 0; i < site->directory_count && !is_kerberos(host); i++) {
        const struct site_place *place = &site->directories[i];
        if (strcmp(value_get_string(&place->entry, "password", ""), host->secret_password) == 0) {
            return arena_printf(arena, "directory '%s' on line %d", place->name, place->line);
        }
    }
    return NULL;
}

void logins_check(struct arena *arena, const struct bind_array *array, const struct site *site,
                  struct diag_list *diags)
{
    for (size_t i = 0; i < site->host_count; i++) {
        const struct site_host *host = &site->hosts[i];
        const struct yaml_node *node = array->nodes[i], *password = given(node, "password");
        if (strcmp(host->via, "winrm") != 0) {
            static const char *const only[] = {"login", "ca"};
            for (size_t k = 0; k < sizeof only / sizeof only[0]; k++) {
                const struct yaml_node *at = given(node, only[k]);
                if (at != NULL) {
                    diag_error(diags, at->line, at->col, "'%s' is for hosts that are reached by winrm",
                               only[k]);
                }
            }
            continue;
        }
        check_account(arena, host, node, diags);
        const char *other = host->secret_password == NULL ? NULL : shared_with(site, i, arena);
        if (other != NULL && password != NULL) {
            diag_error(diags, password->line, password->col,
                       "'password': %s has the same, and whoever holds the one host could log in there: give "
                       "each its own, or `login: kerberos` to both",
                       other);
        }
    }
}
