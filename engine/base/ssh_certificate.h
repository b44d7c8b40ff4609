/* A user certificate of OpenSSH (PROTOCOL.certkeys, ssh-ed25519-cert-v01@openssh.com): a public key, signed
 * by an authority that a server trusts, for one name and a span of time.
 *
 * It permits nothing that a script has no need of: no terminal, no forwarding, no rc files. */
#ifndef BASE_SSH_CERTIFICATE_H
#define BASE_SSH_CERTIFICATE_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/ed25519.h"

enum { SSH_CERTIFICATE_NONCE_BYTES = 32 };

struct ssh_certificate {
    uint8_t public[ED25519_PUBLIC_BYTES];
    uint8_t nonce[SSH_CERTIFICATE_NONCE_BYTES]; /* random */
    uint64_t serial;
    const char *id;        /* what the server's log calls it */
    const char *principal; /* the one name it is for */
    int64_t from_s, to_s;  /* since 1970; not before, not from then on */
    const char *sources;   /* "10.0.0.5,fd00::5": the addresses it may come from; "": any */
};

/* One line as in id_ed25519-cert.pub, without a newline. */
void ssh_certificate_sign(const struct ssh_certificate *it, const struct ed25519 *authority, struct buf *out);

/* One that somebody else signed, as far as it says what it is good for. */
struct ssh_certificate_seen {
    uint8_t public[ED25519_PUBLIC_BYTES];
    uint64_t serial;
    bool user; /* not a host's */
    size_t principal_count;
    const char *principal; /* where it is the only one; else NULL */
    uint64_t from_s, to_s;
};

/* line: as in id_ed25519-cert.pub, with or without a comment and a newline. INVALID: it is none, of an
 * Ed25519 key. */
int ssh_certificate_read(struct arena *arena, const char *line, size_t len,
                         struct ssh_certificate_seen *ret_seen, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
