/* Reads known_hosts a line at a time. A line that can't be read is a host we don't know: nothing here says
 * yes by accident. */
#include "engine/base/known_hosts.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/buf.h"
#include "engine/base/digest.h"

enum { SHA1_BYTES = 20 };

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

void known_hosts_fingerprint(struct known_key key, char ret[KNOWN_FINGERPRINT_BYTES])
{
    const struct piece piece = {key.base64, key.len};
    uint8_t digest[DIGEST_BYTES];
    unsigned char base64[48];
    size_t len = 0;
    unsigned char *bytes = decode(piece, &len);
    digest_sha256(bytes ? bytes : base64, len, digest);
    free(bytes);
    int put = EVP_EncodeBlock(base64, digest, DIGEST_BYTES);
    while (put > 0 && base64[put - 1] == '=')
        put--;
    snprintf(ret, KNOWN_FINGERPRINT_BYTES, "SHA256:%.*s", put, (const char *)base64);
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

static void entry_name(const char *host, const char *port, struct buf *ret)
{
    bool usual = !strcmp(port, "22");
    if (!usual)
        buf_char(ret, '[');
    for (; *host; host++) /* as it is hashed */
        buf_char(ret, *host >= 'A' && *host <= 'Z' ? (char)(*host - 'A' + 'a') : *host);
    if (!usual)
        buf_printf(ret, "]:%s", port);
}

enum known_found known_hosts_look(const char *text, const char *host, const char *port, const char *type,
                                  const char *key, struct known_key *ret_other)
{
    BUF_SCOPED name;
    buf_init(&name, 0);
    entry_name(host, port, &name);
    enum known_found found = KNOWN_NONE;
    struct line line;
    while (found != KNOWN_SAME && next_line(&text, &line)) {
        if (line.marker.len > 0 || !is(line.type, type) || !names_host(line.names, buf_string(&name)))
            continue;
        found = key && is(line.key, key) ? KNOWN_SAME : KNOWN_OTHER;
        *ret_other = (struct known_key){line.key.text, line.key.len};
    }
    return found;
}

bool known_hosts_revoked(const char *text, const char *key)
{
    struct line line;
    while (next_line(&text, &line))
        if (is(line.marker, "@revoked") && is(line.key, key))
            return true;
    return false;
}
