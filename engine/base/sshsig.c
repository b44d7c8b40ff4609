/* The container of a signature: armour, base64, and strings with their lengths. All of it comes from whoever
 * wrote the commit: nothing is read beyond what is there, and what is left over is an error. */
#include "engine/base/sshsig.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/digest.h"

static const char begin[] = "-----BEGIN SSH SIGNATURE-----";
static const char end[] = "-----END SSH SIGNATURE-----";
static const char magic[] = "SSHSIG";
enum { VERSION = 1, ARMOUR_BYTES_MAX = 16 * 1024 }; /* an RSA key of 16384 bits takes 8 KiB */

bool sshsig_take(struct sshsig_piece *from, struct sshsig_piece *ret_string)
{
    const uint8_t *at = from->bytes;
    if (from->len < 4)
        return false;
    size_t len = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    if (len > from->len - 4)
        return false;
    *ret_string = (struct sshsig_piece){at + 4, len};
    *from = (struct sshsig_piece){at + 4 + len, from->len - 4 - len};
    return true;
}

bool sshsig_is(struct sshsig_piece piece, const char *text)
{
    return piece.len == strlen(text) && memcmp(piece.bytes, text, piece.len) == 0;
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

uint8_t *sshsig_base64(struct arena *arena, const char *text, size_t len, size_t *ret_len)
{
    size_t pad = 0;
    while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
        pad++;
    if (len == 0 || len % 4 != 0)
        return NULL;
    uint8_t *bytes = arena_alloc(arena, len / 4 * 3 + 1);
    size_t put = 0;
    unsigned held = 0;
    for (size_t i = 0; i < len; i++) {
        int value = i < len - pad ? digit(text[i]) : 0;
        if (value < 0)
            return NULL;
        held = (held << 6 | (unsigned)value) & 0xffffffU;
        if (i % 4 == 3) {
            bytes[put++] = (uint8_t)(held >> 16);
            bytes[put++] = (uint8_t)(held >> 8);
            bytes[put++] = (uint8_t)held;
        }
    }
    for (size_t i = 0; i < pad; i++) /* bits that stand for nothing must be none */
        if (bytes[--put] != 0)
            return NULL;
    *ret_len = put;
    return bytes;
}

void sshsig_fingerprint(struct sshsig_piece key, char ret[KNOWN_FINGERPRINT_BYTES])
{
    uint8_t digest[DIGEST_BYTES];
    unsigned char base64[48];
    digest_sha256(key.bytes, key.len, digest);
    int put = EVP_EncodeBlock(base64, digest, DIGEST_BYTES);
    while (put > 0 && base64[put - 1] == '=')
        put--;
    snprintf(ret, KNOWN_FINGERPRINT_BYTES, "SHA256:%.*s", put, (const char *)base64);
}

/* The base64 between the two lines, without its line ends. */
static int unarmour(struct arena *arena, const char *text, size_t len, struct sshsig_piece *ret,
                    struct soar_err *err)
{
    BUF_SCOPED inner;
    buf_init(&inner, 0);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    if (len > ARMOUR_BYTES_MAX)
        return soar_err_set(err, SOAR_INVALID, "the signature has more than %d bytes", ARMOUR_BYTES_MAX);
    if (len < sizeof begin + sizeof end - 2 || memcmp(text, begin, sizeof begin - 1) != 0 ||
        memcmp(text + len - (sizeof end - 1), end, sizeof end - 1) != 0)
        return soar_err_set(err, SOAR_INVALID, "it is not between '%s' and '%s'", begin, end);
    for (size_t i = sizeof begin - 1; i < len - (sizeof end - 1); i++)
        if (text[i] != '\n' && text[i] != '\r')
            buf_char(&inner, text[i]);
    ret->bytes = sshsig_base64(arena, buf_string(&inner), inner.len, &ret->len);
    return ret->bytes ? 0 : soar_err_set(err, SOAR_INVALID, "the signature is not base64");
}

static bool take_version(struct sshsig_piece *from)
{
    static const uint8_t version[] = {0, 0, 0, VERSION};
    size_t head = sizeof magic - 1 + sizeof version;
    bool good = from->len >= head && memcmp(from->bytes, magic, sizeof magic - 1) == 0 &&
                memcmp(from->bytes + sizeof magic - 1, version, sizeof version) == 0;
    if (good)
        *from = (struct sshsig_piece){from->bytes + head, from->len - head};
    return good;
}

int sshsig_parse(struct arena *arena, const char *text, size_t len, struct sshsig *ret_sshsig,
                 struct soar_err *err)
{
    struct sshsig_piece rest, signature;
    struct sshsig *to = ret_sshsig;
    if (unarmour(arena, text, len, &rest, err))
        return -1;
    if (!take_version(&rest))
        return soar_err_set(err, SOAR_INVALID, "it is no SSH signature of version %d", VERSION);
    if (!sshsig_take(&rest, &to->key) || !sshsig_take(&rest, &to->namespace) ||
        !sshsig_take(&rest, &to->reserved) || !sshsig_take(&rest, &to->hash) ||
        !sshsig_take(&rest, &signature) || rest.len > 0)
        return soar_err_set(err, SOAR_INVALID, "the signature's parts don't add up");
    if (!sshsig_take(&signature, &to->type))
        return soar_err_set(err, SOAR_INVALID, "the signature has no type");
    if (sshsig_is(to->type, "ssh-ed25519") || !memchr(to->type.bytes, '@', to->type.len)) {
        if (!sshsig_take(&signature, &to->signature) || signature.len > 0)
            return soar_err_set(err, SOAR_INVALID, "the signature's parts don't add up");
        return 0;
    }
    return soar_err_set(err, SOAR_UNSUPPORTED, "signatures of type %.*s are not supported",
                        (int)(to->type.len < 60 ? to->type.len : 60), (const char *)to->type.bytes);
}

static void put_string(struct buf *out, const void *bytes, size_t len)
{
    const char length[] = {(char)(len >> 24), (char)(len >> 16), (char)(len >> 8), (char)len};
    buf_add(out, length, sizeof length);
    buf_add(out, bytes, len);
}

int sshsig_verify(const struct sshsig *sshsig, const char *namespace, const void *bytes, size_t len,
                  struct soar_err *err)
{
    const EVP_MD *hash = sshsig_is(sshsig->hash, "sha512")   ? EVP_sha512()
                         : sshsig_is(sshsig->hash, "sha256") ? EVP_sha256()
                                                             : NULL;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    BUF_SCOPED all;
    buf_init(&all, 0);
    if (!hash)
        return soar_err_set(err, SOAR_UNSUPPORTED,
                            "the signature is over another hash than SHA-256 or SHA-512");
    if (!sshsig_is(sshsig->namespace, namespace))
        return soar_err_set(err, SOAR_DENIED, "the signature was made for something else than %s", namespace);
    if (EVP_Digest(bytes, len, digest, &digest_len, hash, NULL) != 1)
        abort();
    buf_add(&all, magic, sizeof magic - 1);
    put_string(&all, sshsig->namespace.bytes, sshsig->namespace.len);
    put_string(&all, sshsig->reserved.bytes, sshsig->reserved.len);
    put_string(&all, sshsig->hash.bytes, sshsig->hash.len);
    put_string(&all, digest, digest_len);
    return sshsig_key_verify(sshsig->key, sshsig->type, sshsig->signature, buf_string(&all), all.len, err);
}
