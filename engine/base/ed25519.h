/* Ed25519 (RFC 8032), on OpenSSL: the keys that sign what must stand up later.
 *
 * A private key is read from either of the two forms people have: PKCS#8 in PEM (`openssl genpkey -algorithm
 * ed25519`) or OpenSSH's (`ssh-keygen -t ed25519 -N ''`). One with a passphrase is refused: nobody is there
 * to type it. A public key is its 32 bytes. The private one is overwritten when it is freed. */
#ifndef BASE_ED25519_H
#define BASE_ED25519_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "soar/err.h"

enum { ED25519_PUBLIC_BYTES = 32, ED25519_SIGNATURE_BYTES = 64 };

struct ed25519; /* a private key, and its public one */

int ed25519_make(struct ed25519 **ret_key, struct soar_err *err) __attribute__((warn_unused_result));
int ed25519_load(const char *text, size_t len, struct ed25519 **ret_key, struct soar_err *err)
    __attribute__((warn_unused_result));
void ed25519_free(struct ed25519 *key);
void ed25519_freep(struct ed25519 **key); /* for __attribute__((cleanup)) */

void ed25519_sign(const struct ed25519 *key, const void *bytes, size_t len,
                  uint8_t ret_signature[ED25519_SIGNATURE_BYTES]);
const uint8_t *ed25519_public(const struct ed25519 *key); /* ED25519_PUBLIC_BYTES; lives as long as the key */
void ed25519_private_pem(const struct ed25519 *key, struct buf *out); /* PKCS#8; the caller wipes it */

bool ed25519_verify(const uint8_t public[ED25519_PUBLIC_BYTES], const void *bytes, size_t len,
                    const uint8_t signature[ED25519_SIGNATURE_BYTES]);
int ed25519_public_load(const char *pem, size_t len, uint8_t ret_public[ED25519_PUBLIC_BYTES],
                        struct soar_err *err) __attribute__((warn_unused_result));
void ed25519_public_pem(const uint8_t public[ED25519_PUBLIC_BYTES], struct buf *out);
/* One line as in authorized_keys: "ssh-ed25519 AAAA… comment"; without a newline. */
void ed25519_public_ssh(const uint8_t public[ED25519_PUBLIC_BYTES], const char *comment, struct buf *out);

#endif
