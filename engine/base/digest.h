/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), on OpenSSL. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX   65 /* with its NUL */

void digest_sha256(const void *bytes, size_t len, uint8_t ret_digest[DIGEST_BYTES]);
void digest_hex(const uint8_t digest[DIGEST_BYTES], char ret_hex[DIGEST_HEX]);
void digest_sha256_hex(const void *bytes, size_t len, char ret_hex[DIGEST_HEX]);

void digest_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
                 uint8_t ret_digest[DIGEST_BYTES]);

/* Many pieces, each as its length in 4 bytes (big-endian) and its bytes: two lists of pieces never meet in
 * one digest. */
struct digest;
struct digest *digest_new(void) __attribute__((warn_unused_result));
void digest_piece(struct digest *digest, const void *bytes, size_t len);
void digest_raw(struct digest *digest, const void *bytes, size_t len);    /* without the length */
void digest_end(struct digest *digest, uint8_t ret_digest[DIGEST_BYTES]); /* and frees */

#endif
