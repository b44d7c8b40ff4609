/* The key that signs the manifest: of soar-evidence alone, made at the first use. */
#ifndef STATE_EVIDENCE_KEY_H
#define STATE_EVIDENCE_KEY_H

#include "engine/base/digest.h"
#include "engine/base/ed25519.h"
#include "state/evidence_dir.h"

/* path: NULL for signing.key in the directory. With make one that isn't there is made, unless the directory
 * has a public key already: then it was lost, and another one would only hide that. Two who make one at once
 * get the same. */
int evidence_key_load(const struct evidence_dir *dir, const char *path, bool make, struct ed25519 **ret_key,
                      struct soar_err *err) __attribute__((warn_unused_result));

/* signing.pub. */
int evidence_key_public(const struct evidence_dir *dir, uint8_t ret_public[ED25519_PUBLIC_BYTES],
                        struct soar_err *err) __attribute__((warn_unused_result));

/* How a record names its key: SHA-256 of the public key in DER, as `openssl pkey -outform DER` has it. */
void evidence_key_name(const uint8_t public[ED25519_PUBLIC_BYTES], char ret_hex[DIGEST_HEX]);

#endif
