/* Is this the host we know? Strictly: there is no way to say yes but a line in known_hosts.
 *
 * A line counts for the inventory's name or for the address, plain or hashed, as [host]:port unless the port
 * is 22. A different key under either of the two, or a @revoked line with this key, is refused. Patterns and
 * @cert-authority lines are not understood, and so never match. */
#include "connectors/ssh/ssh.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"

struct key_type {
    int bit; /* LIBSSH2_KNOWNHOST_KEY_… */
    const char *method;
    const char *scan; /* ssh-keyscan's name for it */
};

/* In the order in which we like them. */
static const struct key_type key_types[] = {
    {LIBSSH2_KNOWNHOST_KEY_ED25519, "ssh-ed25519", "ed25519"},
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_256, "ecdsa-sha2-nistp256", "ecdsa"},
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_384, "ecdsa-sha2-nistp384", "ecdsa"},
    {LIBSSH2_KNOWNHOST_KEY_ECDSA_521, "ecdsa-sha2-nistp521", "ecdsa"},
    {LIBSSH2_KNOWNHOST_KEY_SSHRSA, "ssh-rsa", "rsa"},
};
enum { KEY_TYPES = sizeof key_types / sizeof *key_types };

/* "SHA256:" and the digest as ssh-keygen -l prints it. */
static void fingerprint(const void *key, size_t len, char ret[64])
{
    uint8_t digest[DIGEST_BYTES];
    unsigned char base64[48];
    digest_sha256(key, len, digest);
    int put = EVP_EncodeBlock(base64, digest, DIGEST_BYTES);
    while (put > 0 && base64[put - 1] == '=')
        put--;
    snprintf(ret, 64, "SHA256:%.*s", put, (const char *)base64);
}

/* The library compares names with regard to case, and cuts off a key's last letter where no newline follows.
 */
static void read_line(LIBSSH2_KNOWNHOSTS *known, const char *line, size_t len)
{
    BUF_SCOPED copy;
    buf_init(&copy, 0);
    bool names = line[0] != '|';
    for (size_t i = 0; i < len; i++) {
        names = names && line[i] != ' ' && line[i] != '\t';
        buf_char(&copy, names ? (char)tolower((unsigned char)line[i]) : line[i]);
    }
    buf_char(&copy, '\n'); /* a line it can't read is a host we don't know */
    (void)libssh2_knownhost_readline(known, copy.data, copy.len, LIBSSH2_KNOWNHOST_FILE_OPENSSH);
}

static LIBSSH2_KNOWNHOSTS *read_lines(struct ssh *ssh)
{
    LIBSSH2_KNOWNHOSTS *known = libssh2_knownhost_init(ssh->session);
    if (known == NULL)
        abort();
    for (const char *line = ssh->peer.known_hosts; *line;) {
        size_t len = strcspn(line, "\n");
        if (len > 0 && line[0] != '#' && line[0] != '@')
            read_line(known, line, len);
        line += len + (line[len] == '\n');
    }
    return known;
}

static void entry_name(const struct ssh_peer *peer, const char *host, struct buf *ret)
{
    bool usual = !strcmp(peer->port, "22");
    if (!usual)
        buf_char(ret, '[');
    for (; *host; host++)
        buf_char(ret, (char)tolower((unsigned char)*host));
    if (!usual)
        buf_printf(ret, "]:%s", peer->port);
}

static int look(LIBSSH2_KNOWNHOSTS *known, const struct ssh_peer *peer, const char *host, const char *key,
                size_t len, int type, struct libssh2_knownhost **ret_entry)
{
    BUF_SCOPED name;
    buf_init(&name, 0);
    entry_name(peer, host, &name);
    return libssh2_knownhost_checkp(known, buf_string(&name), -1, key, len,
                                    LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW | type,
                                    ret_entry);
}

/* Asked with a key that is nobody's, the library says MISMATCH if it has one of this type for the host. */
static bool has_type(LIBSSH2_KNOWNHOSTS *known, const struct ssh_peer *peer, int type)
{
    struct libssh2_knownhost *entry;
    return look(known, peer, peer->name, "?", 1, type, &entry) == LIBSSH2_KNOWNHOST_CHECK_MISMATCH ||
           look(known, peer, peer->address, "?", 1, type, &entry) == LIBSSH2_KNOWNHOST_CHECK_MISMATCH;
}

int ssh_known_prefer(struct ssh *ssh, struct soar_err *err)
{
    LIBSSH2_KNOWNHOSTS *known = read_lines(ssh);
    BUF_SCOPED methods;
    buf_init(&methods, 0);
    for (int round = 0; round < 2;
         round++) /* first the types we know a key of: the server then shows that one */
        for (size_t i = 0; i < KEY_TYPES; i++)
            if (has_type(known, &ssh->peer, key_types[i].bit) == (round == 0))
                buf_printf(&methods, "%s%s", methods.len ? "," : "", key_types[i].method);
    libssh2_knownhost_free(known);
    if (libssh2_session_method_pref(ssh->session, LIBSSH2_METHOD_HOSTKEY, buf_string(&methods)))
        return ssh_fail(ssh, "host key types", err);
    return 0;
}

/* The key's blob begins with the length and name of its type. */
static const struct key_type *type_of(const char *key, size_t len)
{
    for (size_t i = 0; i < KEY_TYPES; i++) {
        size_t n = strlen(key_types[i].method);
        if (len > 4 + n && (unsigned char)key[3] == n && !memcmp(key + 4, key_types[i].method, n))
            return &key_types[i];
    }
    return NULL;
}

/* A @revoked line with this key, for whatever host: nobody may show it. */
static bool revoked(const struct ssh_peer *peer, const char *key, size_t len)
{
    BUF_SCOPED text;
    buf_init(&text, 0);
    unsigned char *base64 = calloc(1, len * 2 + 8);
    if (base64 == NULL)
        abort();
    EVP_EncodeBlock(base64, (const unsigned char *)key, (int)len);
    buf_printf(&text, " %s", (const char *)base64);
    free(base64);
    bool found = false;
    for (const char *line = peer->known_hosts; *line && !found;) {
        size_t n = strcspn(line, "\n");
        found = !strncmp(line, "@revoked", 8) && memmem(line, n, text.data, text.len);
        line += n + (line[n] == '\n');
    }
    return found;
}

static int refuse_other(const struct libssh2_knownhost *entry, const char *shown, struct soar_err *err)
{
    char known[64] = "";
    size_t len = strlen(entry->key);
    unsigned char *raw = calloc(1, len + 4);
    if (raw == NULL)
        abort();
    int got = EVP_DecodeBlock(raw, (const unsigned char *)entry->key, (int)len);
    for (size_t i = len; i > 0 && entry->key[i - 1] == '='; i--)
        got--;
    if (got > 0)
        fingerprint(raw, (size_t)got, known);
    free(raw);
    return soar_err_set(
        err, SOAR_DENIED,
        "host key is %s, and known_hosts has %s: set up anew, or somebody else; nothing was sent", shown,
        known);
}

int ssh_known_check(struct ssh *ssh, struct soar_err *err)
{
    const struct ssh_peer *peer = &ssh->peer;
    size_t len = 0;
    int library_type;
    const char *key = libssh2_session_hostkey(ssh->session, &len, &library_type);
    const struct key_type *type = key ? type_of(key, len) : NULL;
    if (type == NULL)
        return soar_err_set(err, SOAR_DENIED, "the host key is of a type we don't know");
    char shown[64];
    fingerprint(key, len, shown);
    if (revoked(peer, key, len))
        return soar_err_set(err, SOAR_DENIED, "host key %s is revoked in known_hosts", shown);
    LIBSSH2_KNOWNHOSTS *known = read_lines(ssh);
    struct libssh2_knownhost *entries[2] = {NULL, NULL};
    int name = look(known, peer, peer->name, key, len, type->bit, &entries[0]);
    int address = look(known, peer, peer->address, key, len, type->bit, &entries[1]);
    int rc = 0;
    if (name == LIBSSH2_KNOWNHOST_CHECK_MISMATCH || address == LIBSSH2_KNOWNHOST_CHECK_MISMATCH)
        rc = refuse_other(entries[name == LIBSSH2_KNOWNHOST_CHECK_MISMATCH ? 0 : 1], shown, err);
    else if (name != LIBSSH2_KNOWNHOST_CHECK_MATCH && address != LIBSSH2_KNOWNHOST_CHECK_MATCH)
        rc = soar_err_set(err, SOAR_DENIED,
                          "host key is not in known_hosts (%s); compare it at the host, then add it with "
                          "ssh-keyscan -p %s -t %s %s",
                          shown, peer->port, type->scan, peer->address);
    libssh2_knownhost_free(known);
    return rc;
}
