/* A signed JSON Web Token (RFC 7519) in compact form (RFC 7515), by RS256 or ES256 (RFC 7518).
 *
 * Pure: claims are given. The key is a private one in PEM without a passphrase, of the kind the algorithm
 * wants: RSA of 2048 bits or more, or P-256. Google's key file (JSON) is taken for the PEM in it. */
#ifndef CONNECTORS_HTTP_JWT_H
#define CONNECTORS_HTTP_JWT_H

#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

/* head: further members of the header beside alg and typ (kid, x5t#S256), or NULL. The error holds no piece
 * of the key. */
int jwt_sign(const char *algorithm, const char *key, size_t key_len, const struct value *head,
             const struct value *claims, struct buf *out, struct soar_err *err)
    __attribute__((warn_unused_result));

/* The SHA-256 of a certificate as `openssl x509 -fingerprint -sha256` shows it (with or without colons) in
 * the form of x5t#S256; NULL: it is none. */
const char *jwt_thumbprint(struct arena *arena, const char *text);

#endif
