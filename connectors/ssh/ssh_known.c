/* Is this the host we know? Strictly: there is no way to say yes but a line in known_hosts.
 *
 * A line counts for the inventory's name or for the address. A different key under either of the two, or a
 * @revoked line with this key, is refused. */
#include "connectors/ssh/ssh.h"

#include <string.h>

#include "engine/base/known_hosts.h"

struct key_type {
    const char *name;    /* in known_hosts */
    const char *methods; /* to ask the server for */
    const char *scan;    /* ssh-keyscan's name for it */
};

/* In the order in which we like them. */
static const struct key_type key_types[] = {
    {"ssh-ed25519", "ssh-ed25519", "ed25519"},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "ecdsa"},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "ecdsa"},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "ecdsa"},
    {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256", "rsa"},
};
enum { KEY_TYPES = sizeof key_types / sizeof *key_types };

static enum known_found look(const struct ssh_peer *peer, const char *host, const char *type, const char *key,
                             struct known_key *ret_other)
{
    return known_hosts_look(peer->known_hosts, host, peer->port, type, key, ret_other);
}

static bool has_type(const struct ssh_peer *peer, const char *type)
{
    struct known_key other;
    return look(peer, peer->name, type, NULL, &other) || look(peer, peer->address, type, NULL, &other);
}

int ssh_known_prefer(struct ssh *ssh, struct soar_err *err)
{
    BUF_SCOPED methods;
    buf_init(&methods, 0);
    for (int round = 0; round < 2;
         round++) /* first the types we know a key of: the server then shows that one */
        for (size_t i = 0; i < KEY_TYPES; i++)
            if (has_type(&ssh->peer, key_types[i].name) == (round == 0))
                buf_printf(&methods, "%s%s", methods.len ? "," : "", key_types[i].methods);
    if (ssh_options_set(ssh->session, SSH_OPTIONS_HOSTKEYS, buf_string(&methods)) < 0)
        return ssh_fail(ssh, "host key types", err);
    return 0;
}

static const struct key_type *type_of(const char *name)
{
    for (size_t i = 0; name && i < KEY_TYPES; i++)
        if (!strcmp(name, key_types[i].name))
            return &key_types[i];
    return NULL;
}

static int check(const struct ssh_peer *peer, const struct key_type *type, const char *key,
                 struct soar_err *err)
{
    char shown[KNOWN_FINGERPRINT_BYTES], known[KNOWN_FINGERPRINT_BYTES];
    known_hosts_fingerprint((struct known_key){key, strlen(key)}, shown);
    if (known_hosts_revoked(peer->known_hosts, key))
        return soar_err_set(err, SOAR_DENIED, "host key %s is revoked in known_hosts", shown);
    struct known_key by_name, by_address;
    enum known_found name = look(peer, peer->name, type->name, key, &by_name),
                     address = look(peer, peer->address, type->name, key, &by_address);
    if (name == KNOWN_OTHER || address == KNOWN_OTHER) {
        known_hosts_fingerprint(name == KNOWN_OTHER ? by_name : by_address, known);
        return soar_err_set(
            err, SOAR_DENIED,
            "host key is %s, and known_hosts has %s: set up anew, or somebody else; nothing was sent", shown,
            known);
    }
    if (name == KNOWN_NONE && address == KNOWN_NONE)
        return soar_err_set(err, SOAR_DENIED,
                            "host key is not in known_hosts (%s); compare it at the host, then add it with "
                            "ssh-keyscan -p %s -t %s %s",
                            shown, peer->port, type->scan, peer->address);
    return 0;
}

int ssh_known_check(struct ssh *ssh, struct soar_err *err)
{
    ssh_key key = NULL;
    char *base64 = NULL;
    const struct key_type *type = NULL;
    if (ssh_get_server_publickey(ssh->session, &key) == SSH_OK &&
        ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK)
        type = type_of(ssh_key_type_to_char(ssh_key_type(key)));
    int rc = type ? check(&ssh->peer, type, base64, err)
                  : soar_err_set(err, SOAR_DENIED, "the host key is of a type we don't know");
    ssh_string_free_char(base64);
    ssh_key_free(key);
    return rc;
}
