/* An allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS): whose signatures count.
 *
 * A line is PRINCIPALS [OPTIONS] TYPE KEY; of the options namespaces=, valid-after= and valid-before= are
 * understood. cert-authority, and whatever else isn't, makes the whole file INVALID: a line that is passed
 * over could be the one that was meant to forbid. */
#ifndef BASE_SIGNERS_H
#define BASE_SIGNERS_H

#include "engine/base/sshsig.h"

struct signer {
    const char *principals; /* "ana@corp.example", as it stands in the file */
    const char *namespaces; /* "git,file"; NULL: any */
    struct sshsig_piece key;
    int64_t after_s, before_s; /* since 1970; INT64_MIN, INT64_MAX: not bounded */
    int line;
};

struct signers {
    size_t count;
    const struct signer *items;
};

/* The error names the line. An empty file is INVALID, too: nobody could sign. */
int signers_parse(struct arena *arena, const char *text, size_t len, struct signers *ret_signers,
                  struct soar_err *err) __attribute__((warn_unused_result));

/* The signer with this key for this namespace, valid at each of the two times; DENIED: there is none, and
 * why. */
const struct signer *signers_find(const struct signers *signers, struct sshsig_piece key,
                                  const char *namespace, int64_t signed_s, int64_t now_s,
                                  struct soar_err *err);

/* A commit as git stores it, taken apart: what was signed, with what, and when its committer says. */
struct signed_commit {
    const char *payload; /* the commit without its signature */
    size_t payload_len;
    const char *signature; /* armoured; NULL: it is not signed */
    size_t signature_len;
    int64_t committed_s;
};
int signers_commit(struct arena *arena, const char *commit, size_t len, struct signed_commit *ret_commit,
                   struct soar_err *err) __attribute__((warn_unused_result));

/* All of it: who signed this commit; NULL: DENIED, INVALID or UNSUPPORTED, and why it doesn't count. The
 * key's fingerprint is there as soon as a signature could be read, else "". */
const struct signer *signers_check(const struct signers *signers, const char *commit, size_t len,
                                   int64_t now_s, char ret_key[KNOWN_FINGERPRINT_BYTES],
                                   struct soar_err *err);

#endif
