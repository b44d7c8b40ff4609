/* Digests by OpenSSL's EVP. SHA-256 is fetched once: a fetch by name at each digest costs more than hashing
 * an event. A digest that can't be had ends the process: nothing of ours is right without it. */
#include "engine/base/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>

static EVP_MD *sha256;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static const EVP_MD *sha256_get(void)
{
    pthread_once(&fetched, fetch);
    if (sha256 == NULL) {
        abort();
    }
    return sha256;
}

static void must(int done)
{
    if (done != 1) {
        abort();
    }
}

void digest_sha256(const void *bytes, size_t len, uint8_t ret_digest[DIGEST_BYTES])
{
    must(EVP_Digest(bytes, len, ret_digest, NULL, sha256_get(), NULL));
}

void digest_hex(const uint8_t digest[DIGEST_BYTES], char ret_hex[DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        ret_hex[2 * i] = digits[digest[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest[i] & 15];
    }
    ret_hex[DIGEST_HEX - 1] = '\0';
}

void digest_sha256_hex(const void *bytes, size_t len, char ret_hex[DIGEST_HEX])
{
    uint8_t digest[DIGEST_BYTES];
    digest_sha256(bytes, len, digest);
    digest_hex(digest, ret_hex);
}

void digest_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
                 uint8_t ret_digest[DIGEST_BYTES])
{
    assert(key_len <= INT32_MAX);
    const void *some_key = key_len > 0 ? key : ""; /* NULL would mean "the key of the last call" */
    must(HMAC(sha256_get(), some_key, (int)key_len, bytes, len, ret_digest, NULL) != NULL);
}

/* struct digest is never defined: it is OpenSSL's context under our name. */
static EVP_MD_CTX *context_of(struct digest *digest)
{
    return (EVP_MD_CTX *)(void *)digest;
}

struct digest *digest_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL && EVP_DigestInit_ex2(context, sha256_get(), NULL));
    return (struct digest *)(void *)context;
}

void digest_piece(struct digest *digest, const void *bytes, size_t len)
{
    assert(len <= UINT32_MAX);
    const uint8_t prefix[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    must(EVP_DigestUpdate(context_of(digest), prefix, sizeof prefix));
    digest_raw(digest, bytes, len);
}

void digest_raw(struct digest *digest, const void *bytes, size_t len)
{
    must(EVP_DigestUpdate(context_of(digest), bytes, len));
}

void digest_end(struct digest *digest, uint8_t ret_digest[DIGEST_BYTES])
{
    must(EVP_DigestFinal_ex(context_of(digest), ret_digest, NULL));
    EVP_MD_CTX_free(context_of(digest));
}
