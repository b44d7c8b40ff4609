/* The peer as the engine describes it, checked once, when the worker is bound.
 *
 * There is no key that switches encryption or the check of the certificate off. */
#include <inttypes.h>
#include <string.h>

#include "connectors/winrm/winrm.h"
#include "engine/base/text.h"

enum { CA_BYTES_MAX = 256 * 1024 }; /* a hundred certificates; the largest company's chain has a few */

static int text_key(const struct value *peer, const char *key, const char *otherwise, const char **ret,
                    struct soar_err *err)
{
    const struct value *value = value_get(peer, key);
    if (value == NULL || value->kind == VALUE_NULL) {
        if (otherwise == NULL) {
            soar_err_set(err, SOAR_INVALID, "winrm: the peer has no %s", key);
            return -1;
        }
        *ret = otherwise;
        return 0;
    }
    if (value->kind != VALUE_STRING || value->len == 0 || strlen(value->text) != value->len ||
        !text_is_utf8(value->text, value->len))
        return soar_err_set(err, SOAR_INVALID, "winrm: the peer's %s is not a text", key);
    *ret = value->text;
    return 0;
}

/* A name or an address, as it stands in a URL. */
static bool is_host(const char *text)
{
    return text_is_word(text, strlen(text)) && strpbrk(text, "/@+_") == NULL;
}

static int login_of(const char *word, enum winrm_login *ret, struct soar_err *err)
{
    static const char *const words[] = {"ntlm", "kerberos", "basic"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            *ret = (enum winrm_login)i;
            return 0;
        }
    }
    return soar_err_set(err, SOAR_INVALID, "winrm: the peer's login is none of ntlm, kerberos, basic");
}

int winrm_peer_parse(struct arena *arena, const struct value *peer, struct winrm_peer *ret_peer,
                     struct soar_err *err)
{
    const char *name = "", *address = "", *host = "", *user = "", *login = "", *ca = "";
    int64_t port = value_get_int(peer, "port", 5986);
    struct winrm_peer made = {0};
    if (peer->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "winrm: the peer is not a map");
    if (text_key(peer, "address", NULL, &address, err) || text_key(peer, "name", address, &name, err) ||
        text_key(peer, "host", address, &host, err) || text_key(peer, "user", NULL, &user, err) ||
        text_key(peer, "login", NULL, &login, err) || text_key(peer, "ca", "", &ca, err) ||
        login_of(login, &made.login, err))
        return -1;
    if (!is_host(address) || !is_host(host))
        return soar_err_set(err, SOAR_INVALID, "winrm: the peer's address is no name and no address");
    if (port < 1 || port > 65535)
        return soar_err_set(err, SOAR_INVALID, "winrm: the peer's port %" PRId64 " is none", port);
    if (*ca != '\0' && (strlen(ca) > CA_BYTES_MAX || strstr(ca, "-----BEGIN CERTIFICATE-----") == NULL))
        return soar_err_set(err, SOAR_INVALID, "winrm: the peer's ca holds no certificate in PEM form");
    bool six = strchr(host, ':') != NULL;
    made.name = arena_string(arena, name);
    made.host = arena_string(arena, host);
    made.address = arena_string(arena, address);
    made.port = arena_printf(arena, "%" PRId64, port);
    made.user = arena_string(arena, user);
    made.ca = *ca ? arena_string(arena, ca) : NULL;
    made.url =
        arena_printf(arena, "https://%s%s%s:%s/wsman", six ? "[" : "", host, six ? "]" : "", made.port);
    *ret_peer = made;
    return 0;
}
