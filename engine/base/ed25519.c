/* Ed25519 by OpenSSL's EVP. PEM of both kinds is opened here; OpenSSH's own container, which OpenSSL doesn't
 * know, is read by ed25519_openssh.c. What OpenSSL can't do for want of memory ends the process, as a digest
 * does: a signature that is missing is no case to go on with. */
#include "engine/base/ed25519.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ed25519_openssh.h"

struct ed25519 {
    EVP_PKEY *pair;
    uint8_t public[ED25519_PUBLIC_BYTES];
};

static void must(bool done)
{
    if (!done)
        abort();
}

/* Takes the pair. */
static int take_pair(EVP_PKEY *pair, struct ed25519 **ret_key, struct soar_err *err)
{
    size_t len = ED25519_PUBLIC_BYTES;
    if (EVP_PKEY_get_base_id(pair) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(pair);
        return soar_err_set(
            err, SOAR_UNSUPPORTED,
            "the key is not an Ed25519 one; make one with: openssl genpkey -algorithm ed25519");
    }
    struct ed25519 *key = calloc(1, sizeof *key);
    must(key != NULL);
    key->pair = pair;
    must(EVP_PKEY_get_raw_public_key(pair, key->public, &len) == 1 && len == sizeof key->public);
    *ret_key = key;
    return 0;
}

int ed25519_make(struct ed25519 **ret_key, struct soar_err *err)
{
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (pair == NULL)
        return soar_err_set(err, SOAR_PERMANENT, "cannot make an Ed25519 key: no randomness to be had");
    return take_pair(pair, ret_key, err);
}

static int from_seed(const uint8_t *bytes, size_t len, struct ed25519 **ret_key, struct soar_err *err)
{
    uint8_t seed[OPENSSH_SEED_BYTES], public[ED25519_PUBLIC_BYTES];
    if (openssh_key_read(bytes, len, seed, public, err))
        return -1;
    EVP_PKEY *pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    explicit_bzero(seed, sizeof seed);
    must(pair != NULL);
    if (take_pair(pair, ret_key, err))
        return -1;
    if (memcmp(public, (*ret_key)->public, sizeof public) == 0)
        return 0;
    ed25519_free(*ret_key);
    *ret_key = NULL;
    return soar_err_set(err, SOAR_INVALID,
                        "the private key and the public key in the file are not of one pair");
}

static int from_block(const char *name, const uint8_t *bytes, long len, struct ed25519 **ret_key,
                      struct soar_err *err)
{
    if (!strcmp(name, "OPENSSH PRIVATE KEY"))
        return from_seed(bytes, (size_t)len, ret_key, err);
    if (!strcmp(name, "ENCRYPTED PRIVATE KEY"))
        return soar_err_set(err, SOAR_UNSUPPORTED, "the key has a passphrase, and nobody is here to type it");
    if (strcmp(name, "PRIVATE KEY") != 0)
        return soar_err_set(err, SOAR_INVALID, "it holds no private key, but a %s", name);
    const uint8_t *at = bytes;
    EVP_PKEY *pair = d2i_AutoPrivateKey(NULL, &at, len);
    ERR_clear_error();
    if (pair == NULL)
        return soar_err_set(err, SOAR_INVALID, "the private key can't be read: it is damaged");
    return take_pair(pair, ret_key, err);
}

/* The first block of the text; false: there is none. */
static bool pem_block(const char *text, size_t len, char **ret_name, uint8_t **ret_bytes, long *ret_len)
{
    char *header = NULL;
    must(len <= INT32_MAX);
    BIO *in = BIO_new_mem_buf(text, (int)len);
    must(in != NULL);
    bool found = PEM_read_bio(in, ret_name, &header, ret_bytes, ret_len) == 1;
    OPENSSL_free(header);
    BIO_free(in);
    ERR_clear_error();
    return found;
}

int ed25519_load(const char *text, size_t len, struct ed25519 **ret_key, struct soar_err *err)
{
    char *name = NULL;
    uint8_t *bytes = NULL;
    long bytes_len = 0;
    if (!pem_block(text, len, &name, &bytes, &bytes_len))
        return soar_err_set(err, SOAR_INVALID, "no private key: neither PEM nor OpenSSH's form");
    int rc = from_block(name, bytes, bytes_len, ret_key, err);
    OPENSSL_free(name);
    OPENSSL_clear_free(bytes, (size_t)bytes_len);
    return rc;
}

void ed25519_free(struct ed25519 *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pair); /* which overwrites it */
    free(key);
}

void ed25519_freep(struct ed25519 **key)
{
    ed25519_free(*key);
}

const uint8_t *ed25519_public(const struct ed25519 *key)
{
    return key->public;
}

void ed25519_sign(const struct ed25519 *key, const void *bytes, size_t len,
                  uint8_t ret_signature[ED25519_SIGNATURE_BYTES])
{
    size_t signed_len = ED25519_SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pair) == 1);
    must(EVP_DigestSign(context, ret_signature, &signed_len, bytes, len) == 1);
    EVP_MD_CTX_free(context);
}

bool ed25519_verify(const uint8_t public[ED25519_PUBLIC_BYTES], const void *bytes, size_t len,
                    const uint8_t signature[ED25519_SIGNATURE_BYTES])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, ED25519_PUBLIC_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(key != NULL && context != NULL);
    bool good = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, signature, ED25519_SIGNATURE_BYTES, bytes, len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}

/* Adds what was written to a memory BIO, and overwrites it there. */
static void take_bio(BIO *from, struct buf *out)
{
    char *text = NULL;
    long len = BIO_get_mem_data(from, &text);
    buf_add(out, text, (size_t)len);
    explicit_bzero(text, (size_t)len);
    BIO_free(from);
}

void ed25519_private_pem(const struct ed25519 *key, struct buf *out)
{
    BIO *to = BIO_new(BIO_s_mem());
    must(to != NULL && PEM_write_bio_PKCS8PrivateKey(to, key->pair, NULL, NULL, 0, NULL, NULL) == 1);
    take_bio(to, out);
}

void ed25519_public_pem(const uint8_t public[ED25519_PUBLIC_BYTES], struct buf *out)
{
    BIO *to = BIO_new(BIO_s_mem());
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, ED25519_PUBLIC_BYTES);
    must(to != NULL && key != NULL && PEM_write_bio_PUBKEY(to, key) == 1);
    EVP_PKEY_free(key);
    take_bio(to, out);
}

int ed25519_public_load(const char *pem, size_t len, uint8_t ret_public[ED25519_PUBLIC_BYTES],
                        struct soar_err *err)
{
    size_t public_len = ED25519_PUBLIC_BYTES;
    must(len <= INT32_MAX);
    BIO *in = BIO_new_mem_buf(pem, (int)len);
    must(in != NULL);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(in, NULL, NULL, NULL);
    BIO_free(in);
    bool good = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 &&
                EVP_PKEY_get_raw_public_key(key, ret_public, &public_len) == 1;
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good ? 0 : soar_err_set(err, SOAR_INVALID, "it holds no public Ed25519 key in PEM");
}

void ed25519_public_ssh(const uint8_t public[ED25519_PUBLIC_BYTES], const char *comment, struct buf *out)
{
    static const uint8_t head[] = "\0\0\0\013ssh-ed25519\0\0\0\040";
    uint8_t blob[sizeof head - 1 + ED25519_PUBLIC_BYTES];
    uint8_t text[4 * ((sizeof blob + 2) / 3) + 1];
    memcpy(blob, head, sizeof head - 1);
    memcpy(blob + sizeof head - 1, public, ED25519_PUBLIC_BYTES);
    EVP_EncodeBlock(text, blob, sizeof blob);
    buf_printf(out, "ssh-ed25519 %s%s%s", (const char *)text, comment && comment[0] ? " " : "",
               comment ? comment : "");
}
