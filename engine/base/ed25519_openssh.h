/* OpenSSH's container of a private key ("openssh-key-v1"), as far as ed25519.c needs it. */
#ifndef BASE_ED25519_OPENSSH_H
#define BASE_ED25519_OPENSSH_H

#include <stddef.h>
#include <stdint.h>

#include "soar/err.h"

enum { OPENSSH_SEED_BYTES = 32 };

/* bytes: the container, out of its base64. The caller wipes the seed. */
int openssh_key_read(const uint8_t *bytes, size_t len, uint8_t ret_seed[OPENSSH_SEED_BYTES],
                     uint8_t ret_public[32], struct soar_err *err) __attribute__((warn_unused_result));

#endif
