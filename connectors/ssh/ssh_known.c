/* Is this the host we know? Strictly: there is no way to say yes but a line in known_hosts.
 *
 * A line counts for the inventory's name or for the address, plain or hashed, as [host]:port unless the port
 * is 22. A different key under either of the two, or a @revoked line with this key, is refused. Patterns and
 * @cert-authority lines are not understood, and so never match. */
#include "connectors/ssh/ssh.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/digest.h"

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
enum { KEY_TYPES = sizeof key_types / sizeof *key_types, SHA1_BYTES = 20, FINGERPRINT_BYTES = 64 };

struct piece {
    const char *text;
    size_t len;
};

struct line {
    struct piece marker, names, type, key; /* the key as base64; the marker is empty where there is none */
};

static struct piece word(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        ++*at;
    struct piece piece = {.text = *at};
    while (*at < end && **at != ' ' && **at != '\t' && **at != '\r')
        ++*at;
    piece.len = (size_t)(*at - piece.text);
    return piece;
}

/* The next line with all its fields; false: the end. A line that can't be read is a host we don't know. */
static bool next_line(const char **text, struct line *ret_line)
{
    while (**text) {
        const char *at = *text, *end = at + strcspn(at, "\n");
        *text = end + (*end == '\n');
        *ret_line = (struct line){.marker = {.text = at}};
        if (*at == '#')
            continue;
        if (*at == '@')
            ret_line->marker = word(&at, end);
        ret_line->names = word(&at, end);
        ret_line->type = word(&at, end);
        ret_line->key = word(&at, end);
        if (ret_line->key.len > 0)
            return true;
    }
    return false;
}

static bool is(struct piece piece, const char *text)
{
    return piece.len == strlen(text) && memcmp(piece.text, text, piece.len) == 0;
}

/* The bytes that base64 stands for; caller frees. NULL: it is none. */
static unsigned char *decode(struct piece base64, size_t *ret_len)
{
    unsigned char *bytes = calloc(1, base64.len + 4);
    if (bytes == NULL)
        abort();
    int got = EVP_DecodeBlock(bytes, (const unsigned char *)base64.text, (int)base64.len);
    for (size_t i = base64.len; i > 0 && got > 0 && base64.text[i - 1] == '='; i--)
        got--;
    if (got > 0) {
        *ret_len = (size_t)got;
        return bytes;
    }
    free(bytes);
    return NULL;
}

/* "SHA256:" and the digest as ssh-keygen -l prints it. */
static void fingerprint(struct piece key, char ret[FINGERPRINT_BYTES])
{
    uint8_t digest[DIGEST_BYTES];
    unsigned char base64[48];
    size_t len = 0;
    unsigned char *bytes = decode(key, &len);
    digest_sha256(bytes ? bytes : base64, len, digest);
    free(bytes);
    int put = EVP_EncodeBlock(base64, digest, DIGEST_BYTES);
    while (put > 0 && base64[put - 1] == '=')
        put--;
    snprintf(ret, FINGERPRINT_BYTES, "SHA256:%.*s", put, (const char *)base64);
}

/* |1|SALT|HMAC-SHA1(SALT, host) */
static bool hashed_as(struct piece names, const char *host)
{
    const char *middle = names.len > 3 ? memchr(names.text + 3, '|', names.len - 3) : NULL;
    if (middle == NULL || strncmp(names.text, "|1|", 3) != 0)
        return false;
    size_t salt_len = 0, hash_len = 0;
    unsigned mac_len = 0;
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned char *salt =
        decode((struct piece){names.text + 3, (size_t)(middle - names.text) - 3}, &salt_len);
    unsigned char *hash =
        decode((struct piece){middle + 1, names.len - (size_t)(middle - names.text) - 1}, &hash_len);
    bool same =
        salt && hash && hash_len == SHA1_BYTES &&
        HMAC(EVP_sha1(), salt, (int)salt_len, (const unsigned char *)host, strlen(host), mac, &mac_len) &&
        mac_len == SHA1_BYTES && memcmp(mac, hash, SHA1_BYTES) == 0;
    free(salt);
    free(hash);
    return same;
}

static bool names_host(struct piece names, const char *host)
{
    if (names.text[0] == '|')
        return hashed_as(names, host);
    size_t want = strlen(host);
    for (const char *at = names.text, *end = at + names.len; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t len = (size_t)((comma ? comma : end) - at);
        if (len == want && strncasecmp(at, host, len) == 0)
            return true;
        at += len + 1;
    }
    return false;
}

static void entry_name(const struct ssh_peer *peer, const char *host, struct buf *ret)
{
    bool usual = !strcmp(peer->port, "22");
    if (!usual)
        buf_char(ret, '[');
    for (; *host; host++) /* as it is hashed */
        buf_char(ret, *host >= 'A' && *host <= 'Z' ? (char)(*host - 'A' + 'a') : *host);
    if (!usual)
        buf_printf(ret, "]:%s", peer->port);
}

enum found { FOUND_NONE, FOUND_OTHER, FOUND_SAME };

/* Is a key of this type known for the host, and is it this one? key NULL: any is another. */
static enum found look(const struct ssh_peer *peer, const char *host, const char *type, const char *key,
                       struct piece *ret_other)
{
    BUF_SCOPED name;
    buf_init(&name, 0);
    entry_name(peer, host, &name);
    enum found found = FOUND_NONE;
    struct line line;
    for (const char *text = peer->known_hosts; found != FOUND_SAME && next_line(&text, &line);) {
        if (line.marker.len > 0 || !is(line.type, type) || !names_host(line.names, buf_string(&name)))
            continue;
        found = key && is(line.key, key) ? FOUND_SAME : FOUND_OTHER;
        *ret_other = line.key;
    }
    return found;
}

static bool has_type(const struct ssh_peer *peer, const char *type)
{
    struct piece other;
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

/* A @revoked line with this key, for whatever host: nobody may show it. */
static bool revoked(const struct ssh_peer *peer, const char *key)
{
    struct line line;
    for (const char *text = peer->known_hosts; next_line(&text, &line);)
        if (is(line.marker, "@revoked") && is(line.key, key))
            return true;
    return false;
}

static int check(const struct ssh_peer *peer, const struct key_type *type, const char *key,
                 struct soar_err *err)
{
    char shown[FINGERPRINT_BYTES], known[FINGERPRINT_BYTES];
    fingerprint((struct piece){key, strlen(key)}, shown);
    if (revoked(peer, key))
        return soar_err_set(err, SOAR_DENIED, "host key %s is revoked in known_hosts", shown);
    struct piece by_name, by_address;
    enum found name = look(peer, peer->name, type->name, key, &by_name),
               address = look(peer, peer->address, type->name, key, &by_address);
    if (name == FOUND_OTHER || address == FOUND_OTHER) {
        fingerprint(name == FOUND_OTHER ? by_name : by_address, known);
        return soar_err_set(
            err, SOAR_DENIED,
            "host key is %s, and known_hosts has %s: set up anew, or somebody else; nothing was sent", shown,
            known);
    }
    if (name == FOUND_NONE && address == FOUND_NONE)
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
