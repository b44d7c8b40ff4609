/* A certificate that somebody else made, taken apart as far as we must know what it is. Its signature is not
 * looked at: the server that it is for does that.
 *
 * Every length is checked against what is left before it is believed. */
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/ssh_certificate.h"

enum { TEXT_BYTES_MAX = 16 * 1024, USER_CERTIFICATE = 1 };

static const char cert_type[] = "ssh-ed25519-cert-v01@openssh.com";

struct reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

static uint64_t take_number(struct reader *reader, size_t bytes)
{
    uint64_t number = 0;
    if (reader->left < bytes) {
        reader->failed = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | *reader->at++;
    reader->left -= bytes;
    return number;
}

static struct reader take_string(struct reader *reader)
{
    struct reader inner = {0};
    uint64_t len = take_number(reader, 4);
    if (reader->failed || len > reader->left) {
        reader->failed = true;
        return inner;
    }
    inner = (struct reader){.at = reader->at, .left = (size_t)len};
    reader->at += len;
    reader->left -= (size_t)len;
    return inner;
}

static bool take_bytes(struct reader *reader, uint8_t *ret_bytes, size_t len)
{
    struct reader inner = take_string(reader);
    if (inner.at == NULL || inner.left != len)
        reader->failed = true;
    else
        memcpy(ret_bytes, inner.at, len);
    return !reader->failed;
}

/* One name; none, several, or one with a NUL: NULL. */
static const char *only_name(struct arena *arena, struct reader list, size_t *ret_count)
{
    const char *name = NULL;
    for (*ret_count = 0; list.left > 0 && !list.failed; ++*ret_count) {
        struct reader one = take_string(&list);
        name = one.left > 0 && !memchr(one.at, '\0', one.left) ? arena_copy(arena, one.at, one.left) : NULL;
    }
    return *ret_count == 1 && !list.failed ? name : NULL;
}

static int take_fields(struct reader *reader, struct arena *arena, struct ssh_certificate_seen *ret_seen)
{
    struct reader type = take_string(reader);
    if (type.left != sizeof cert_type - 1 || memcmp(type.at, cert_type, type.left) != 0)
        return -1;
    take_string(reader); /* nonce */
    if (!take_bytes(reader, ret_seen->public, sizeof ret_seen->public))
        return -1;
    ret_seen->serial = take_number(reader, 8);
    ret_seen->user = take_number(reader, 4) == USER_CERTIFICATE;
    take_string(reader); /* its name in logs */
    ret_seen->principal = only_name(arena, take_string(reader), &ret_seen->principal_count);
    ret_seen->from_s = take_number(reader, 8);
    ret_seen->to_s = take_number(reader, 8);
    for (int i = 0; i < 5; i++)
        take_string(reader); /* options, extensions, reserved, the signer, its signature */
    return reader->failed || reader->left > 0 ? -1 : 0;
}

int ssh_certificate_read(struct arena *arena, const char *line, size_t len,
                         struct ssh_certificate_seen *ret_seen, struct soar_err *err)
{
    size_t begin = sizeof cert_type; /* with the blank behind it */
    const char *base64 = line + begin;
    *ret_seen = (struct ssh_certificate_seen){0};
    if (len > TEXT_BYTES_MAX || len <= begin || memcmp(line, cert_type, begin - 1) != 0 ||
        line[begin - 1] != ' ')
        return soar_err_set(err, SOAR_INVALID, "it is no certificate of an Ed25519 key");
    size_t text = 0;
    while (begin + text < len && base64[text] != ' ' && base64[text] != '\r' && base64[text] != '\n')
        text++;
    uint8_t *bytes = arena_alloc(arena, text / 4 * 3 + 4);
    int got =
        text > 0 && text % 4 == 0 ? EVP_DecodeBlock(bytes, (const unsigned char *)base64, (int)text) : -1;
    for (size_t i = text; got > 0 && base64[i - 1] == '='; i--)
        got--;
    struct reader reader = {.at = bytes, .left = got > 0 ? (size_t)got : 0};
    if (take_fields(&reader, arena, ret_seen))
        return soar_err_set(err, SOAR_INVALID, "the certificate can't be read");
    return 0;
}
