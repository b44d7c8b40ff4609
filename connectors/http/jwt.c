/* Two texts in base64url, joined by a dot and signed, by OpenSSL's EVP.
 *
 * The one thing to know: OpenSSL gives an ECDSA signature as DER, and a JWT wants its two numbers as 32 bytes
 * each. */
#include "connectors/http/jwt.h"

#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"

enum { RSA_BITS_MIN = 2048, NUMBER_BYTES = 32, SIGNATURE_BYTES_MAX = 2048 /* RSA of 16384 bits */ };

static void add_base64url(struct buf *out, const void *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *in = bytes;

    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i < 3 ? len - i : 3;
        unsigned long group = (unsigned long)in[i] << 16 | (left > 1 ? (unsigned long)in[i + 1] << 8 : 0) |
                              (left > 2 ? in[i + 2] : 0);
        for (size_t digit = 0; digit <= left; digit++)
            buf_char(out, digits[group >> (18 - 6 * digit) & 63]);
    }
}

static void add_json(struct buf *out, const struct value *value)
{
    BUF_SCOPED text;

    buf_init(&text, 0);
    json_print(&text, value);
    add_base64url(out, buf_string(&text), text.len);
}

static void add_head(struct buf *out, const char *algorithm, const struct value *head)
{
    ARENA_SCOPED arena = arena_new();
    struct value_builder all;

    value_build(&all, arena);
    value_put_text(&all, "alg", value_static(algorithm));
    value_put_text(&all, "typ", value_static("JWT"));
    for (size_t i = 0; i < value_count(head); i++)
        value_put(&all, head->map->keys[i], head->map->values[i]);
    struct value map = value_end_map(&all);
    add_json(out, &map);
}

/* OpenSSL would ask the terminal for a passphrase; nobody is there. */
static int no_passphrase(char *buf, int size, int writes, void *arg)
{
    (void)buf;
    (void)size;
    (void)writes;
    *(bool *)arg = true;
    return -1;
}

static EVP_PKEY *load_pem(const char *text, size_t len, struct soar_err *err)
{
    bool locked = false;
    BIO *in = BIO_new_mem_buf(text, (int)len);
    EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, &locked) : NULL;

    BIO_free(in);
    if (key == NULL)
        soar_err_set(err, SOAR_INVALID, "%s",
                     locked ? "the key has a passphrase, and nobody is there to type it"
                            : "the key is no private key in PEM form");
    return key;
}

/* The file that Google hands out for a service account holds the key among other things. */
static EVP_PKEY *load(const char *text, size_t len, struct soar_err *err)
{
    if (len == 0 || *text != '{')
        return load_pem(text, len, err);
    ARENA_SCOPED arena = arena_new();
    struct value file = value_null();
    struct soar_err unsaid = {0}; /* its words could quote the key */
    const struct value *pem =
        json_parse(arena, text, len, &file, &unsaid) ? NULL : value_get(&file, "private_key");

    if (pem == NULL || pem->kind != VALUE_STRING) {
        soar_err_set(err, SOAR_INVALID, "the key is JSON, but without a private_key");
        return NULL;
    }
    EVP_PKEY *key = load_pem(pem->text, pem->len, err);
    explicit_bzero((char *)(uintptr_t)pem->text, pem->len); /* the arena is ours */
    return key;
}

static int check_kind(const EVP_PKEY *key, bool rsa, struct soar_err *err)
{
    char curve[32] = "";

    if (rsa && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
        return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN
                   ? 0
                   : soar_err_set(err, SOAR_INVALID, "the RSA key has fewer than %d bits", RSA_BITS_MIN);
    if (!rsa && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve, NULL) == 1 &&
        !strcmp(curve, "prime256v1"))
        return 0;
    return soar_err_set(err, SOAR_INVALID, "%s, and the key is another",
                        rsa ? "RS256 wants an RSA key" : "ES256 wants a key of the curve P-256");
}

/* DER to r || s, in place. */
static bool flatten(unsigned char *signature, size_t *len)
{
    const unsigned char *at = signature;
    ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &at, (long)*len);
    bool good = both && BN_bn2binpad(ECDSA_SIG_get0_r(both), signature, NUMBER_BYTES) == NUMBER_BYTES &&
                BN_bn2binpad(ECDSA_SIG_get0_s(both), signature + NUMBER_BYTES, NUMBER_BYTES) == NUMBER_BYTES;

    ECDSA_SIG_free(both);
    *len = 2 * (size_t)NUMBER_BYTES;
    return good;
}

static int add_signature(struct buf *out, EVP_PKEY *key, bool rsa, struct soar_err *err)
{
    unsigned char signature[SIGNATURE_BYTES_MAX];
    size_t len = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
                EVP_DigestSign(context, signature, &len, (const unsigned char *)out->data, out->len) == 1 &&
                (rsa || flatten(signature, &len));

    EVP_MD_CTX_free(context);
    if (!good)
        return soar_err_set(err, SOAR_PERMANENT, "the key can't sign");
    buf_char(out, '.');
    add_base64url(out, signature, len);
    return 0;
}

int jwt_sign(const char *algorithm, const char *key, size_t key_len, const struct value *head,
             const struct value *claims, struct buf *out, struct soar_err *err)
{
    bool rsa = !strcmp(algorithm, "RS256");
    EVP_PKEY *pair;

    if (!rsa && strcmp(algorithm, "ES256") != 0)
        return soar_err_set(err, SOAR_INVALID, "the algorithm %s is neither RS256 nor ES256", algorithm);
    if ((pair = load(key, key_len, err)) == NULL)
        return -1;
    BUF_SCOPED token = {0};
    add_head(&token, algorithm, head);
    buf_char(&token, '.');
    add_json(&token, claims);
    int rc = check_kind(pair, rsa, err) || add_signature(&token, pair, rsa, err) ? -1 : 0;
    EVP_PKEY_free(pair); /* which overwrites it */
    if (rc == 0)
        buf_add(out, token.data, token.len);
    if (token.data)
        explicit_bzero(token.data, token.len); /* who has it may be us for some minutes */
    return rc;
}

const char *jwt_thumbprint(struct arena *arena, const char *text)
{
    unsigned char digest[32];
    size_t digits = 0;

    for (const char *at = text; *at; at++) {
        static const char known[] = "0123456789abcdef";
        const char *found = strchr(known, tolower((unsigned char)*at));
        if (*at == ':' && digits > 0 && digits % 2 == 0)
            continue;
        if (found == NULL || digits == 2 * sizeof digest)
            return NULL;
        unsigned char half = (unsigned char)(found - known);
        digest[digits / 2] = (unsigned char)(digits % 2 ? digest[digits / 2] | half : half << 4);
        digits++;
    }
    if (digits != 2 * sizeof digest)
        return NULL;
    BUF_SCOPED out;
    buf_init(&out, 0);
    add_base64url(&out, digest, sizeof digest);
    return arena_string(arena, buf_string(&out));
}
