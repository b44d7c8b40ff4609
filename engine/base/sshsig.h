/* A signature that `ssh-keygen -Y sign` made (PROTOCOL.sshsig), as git puts it into a commit.
 *
 * sshsig_parse() takes the armoured text apart; sshsig_verify() says whether the key that it holds made it,
 * of these bytes and for this namespace. Whether that key may sign is another question: signers.h. Ed25519,
 * ECDSA on NIST's curves, RSA of at least 2048 bits with SHA-2; keys of a token (sk-…) and certificates are
 * UNSUPPORTED. What is parsed points into the arena. */
#ifndef BASE_SSHSIG_H
#define BASE_SSHSIG_H

#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/known_hosts.h"
#include "soar/err.h"

struct sshsig_piece {
    const uint8_t *bytes;
    size_t len;
};

struct sshsig {
    struct sshsig_piece key;       /* the public key as it stands in a .pub file */
    struct sshsig_piece namespace; /* what it was made for: "git" */
    struct sshsig_piece reserved;
    struct sshsig_piece hash; /* "sha256", "sha512" */
    struct sshsig_piece type; /* "ssh-ed25519", "rsa-sha2-512" … */
    struct sshsig_piece signature;
};

int sshsig_parse(struct arena *arena, const char *text, size_t len, struct sshsig *ret_sshsig,
                 struct soar_err *err) __attribute__((warn_unused_result));
int sshsig_verify(const struct sshsig *sshsig, const char *namespace, const void *bytes, size_t len,
                  struct soar_err *err) __attribute__((warn_unused_result));

/* "SHA256:…" of a public key's bytes. */
void sshsig_fingerprint(struct sshsig_piece key, char ret[KNOWN_FINGERPRINT_BYTES]);

/* Strict base64 with its padding, without white space; NULL: it is none. */
uint8_t *sshsig_base64(struct arena *arena, const char *text, size_t len, size_t *ret_len);

/* A string of SSH: its length in 4 bytes and its bytes. Moves `from` behind it; false: it ends before. */
bool sshsig_take(struct sshsig_piece *from, struct sshsig_piece *ret_string);
bool sshsig_is(struct sshsig_piece piece, const char *text);

/* sshsig_key.c: did this key sign these bytes? */
int sshsig_key_verify(struct sshsig_piece key, struct sshsig_piece type, struct sshsig_piece signature,
                      const void *bytes, size_t len, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
