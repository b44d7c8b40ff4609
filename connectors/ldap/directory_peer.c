/* The peer as the engine describes it, checked once, when the worker is bound.
 *
 * There is no key that switches encryption or the check of the certificate off, and a URL that would have the
 * password sent in clear is refused here, before any connection. */
#include <inttypes.h>
#include <string.h>

#include "connectors/ldap/directory.h"
#include "engine/base/text.h"

enum { CA_BYTES_MAX = 256 * 1024 }; /* a hundred certificates; the largest company's chain has a few */

static int text_key(const struct value *peer, const char *key, const char *otherwise, const char **ret,
                    struct soar_err *err)
{
    const struct value *value = value_get(peer, key);
    if (value == NULL || value->kind == VALUE_NULL) {
        if (otherwise == NULL) {
            soar_err_set(err, SOAR_INVALID, "ldap: the directory has no %s", key);
            return -1;
        }
        *ret = otherwise;
        return 0;
    }
    if (value->kind != VALUE_STRING || strlen(value->text) != value->len ||
        !text_is_utf8(value->text, value->len))
        return soar_err_set(err, SOAR_INVALID, "ldap: the directory's %s is not a text", key);
    *ret = value->text;
    return 0;
}

/* ldaps://HOST[:PORT] or ldap://HOST[:PORT], an IPv6 address in brackets, and nothing behind it but a slash.
 */
static int parse_url(struct arena *arena, const char *url, struct directory_peer *peer, struct soar_err *err)
{
    bool tls = !strncmp(url, "ldaps://", 8);
    if (!tls && strncmp(url, "ldap://", 7) != 0)
        return soar_err_set(err, SOAR_INVALID,
                            "ldap: url: expected ldaps://HOST or ldap://HOST with start_tls");
    if (tls && peer->start_tls)
        return soar_err_set(err, SOAR_INVALID,
                            "ldap: start_tls is for ldap://: ldaps:// is encrypted already");
    if (!tls && !peer->start_tls)
        return soar_err_set(
            err, SOAR_INVALID,
            "ldap: ldap:// without start_tls would send the password in clear: write ldaps://, or "
            "start_tls: true");
    const char *at = url + (tls ? 8 : 7);
    bool bracket = *at == '[';
    size_t len = bracket ? strcspn(at, "]") : strcspn(at, ":/");
    const char *host = arena_printf(arena, "%.*s", (int)(len - bracket), at + bracket);
    at += len + (bracket && at[len] == ']');
    const char *port = tls ? "636" : "389";
    if (*at == ':') {
        len = strspn(at + 1, "0123456789");
        port = arena_printf(arena, "%.*s", (int)len, at + 1);
        at += 1 + len;
        if (len == 0 || len > 5)
            return soar_err_set(err, SOAR_INVALID, "ldap: url: expected a port behind the ':'");
    }
    if ((*at != '\0' && strcmp(at, "/") != 0) || *host == '\0' || !text_is_word(host, strlen(host)))
        return soar_err_set(err, SOAR_INVALID, "ldap: url: expected a host and perhaps a port, nothing else");
    peer->host = host;
    peer->port = port;
    bool six = strchr(host, ':') != NULL;
    peer->url = arena_printf(arena, "%s://%s%s%s:%s", tls ? "ldaps" : "ldap", six ? "[" : "", host,
                             six ? "]" : "", port);
    return 0;
}

int directory_peer_parse(struct arena *arena, const struct value *peer, struct directory_peer *ret_peer,
                         struct soar_err *err)
{
    const char *name = "", *url = "", *ca = "", *bind_dn = "", *base = "";
    if (peer->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "ldap: the directory is not a map");
    if (text_key(peer, "url", NULL, &url, err) || text_key(peer, "name", url, &name, err) ||
        text_key(peer, "ca", "", &ca, err) || text_key(peer, "bind_dn", NULL, &bind_dn, err) ||
        text_key(peer, "base", "", &base, err))
        return -1;
    const struct value *start_tls = value_get(peer, "start_tls");
    if (start_tls && start_tls->kind != VALUE_BOOL && start_tls->kind != VALUE_NULL)
        return soar_err_set(err, SOAR_INVALID, "ldap: start_tls is neither true nor false");
    if (*bind_dn == '\0')
        return soar_err_set(err, SOAR_INVALID, "ldap: the directory's bind_dn is empty");
    if (*ca != '\0' && (strlen(ca) > CA_BYTES_MAX || strstr(ca, "-----BEGIN CERTIFICATE-----") == NULL))
        return soar_err_set(err, SOAR_INVALID, "ldap: the directory's ca holds no certificate in PEM form");
    struct directory_peer made = {
        .name = arena_string(arena, name),
        .ca = *ca ? arena_string(arena, ca) : NULL,
        .bind_dn = arena_string(arena, bind_dn),
        .base = arena_string(arena, base),
        .start_tls = value_get_bool(peer, "start_tls", false),
    };
    if (parse_url(arena, url, &made, err))
        return -1;
    *ret_peer = made;
    return 0;
}
