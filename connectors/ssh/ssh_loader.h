/* How a script gets to a host: one constant command line, and everything else as counted bytes on its
 * standard input.
 *
 * The account's login shell (sh, bash, fish, tcsh, …) parses the command line, so that is the same text for
 * every call, and holds no quote but the two around the loader, no backslash, no `!`, no newline. The loader
 * reads from its input, in this order:
 *
 *     SECONDS \n                  how long the script may run, for timeout(1) where there is one
 *     N \n  N bytes               the second part of the loader: constant, too
 *     NONCE \n                    32 hex digits, new for each call
 *     N \n  N bytes               the script
 *     COUNT \n  COUNT × (N \n  N bytes)   its arguments
 *     N \n  N bytes               its standard input
 *     .                           the end
 *
 * and starts the script only when the end has been read. A script that collects may be fed a program: no
 * shell can hold the NULs in it, so then the standard input comes behind the end, and straight through. It
 * says NONCE\n on standard output and standard error right before the script starts, and NONCE EXIT\n
 * (without the blank) behind its last byte: what stands before is the login shell's own chatter, and an exit
 * status can't be forged or lost unseen. */
#ifndef CONNECTORS_SSH_LOADER_H
#define CONNECTORS_SSH_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

#define LOADER_NONCE_LEN 32

struct ssh_script {
    const char *text;
    size_t len;
    const struct value *args;   /* a list of strings, or NULL */
    const struct value *values; /* for PowerShell, instead of args and input: a map, or NULL */
    const char *input;          /* or NULL */
    size_t input_len;
    const char *helper; /* stands in front of the input; or NULL */
    size_t helper_len;
    bool straight; /* the input goes straight through: it may hold anything */
};

const char *ssh_loader_command(bool sudo);

void ssh_loader_nonce(char ret_nonce[LOADER_NONCE_LEN + 1]);

/* Everything for standard input; the byte at *ret_start lets the script start. INVALID if there is a NUL
 * anywhere but in an input that goes straight through. */
int ssh_loader_payload(struct buf *out, const struct ssh_script *script, const char *nonce, int64_t seconds,
                       size_t *ret_start, struct soar_err *err) __attribute__((warn_unused_result));

/* The sudoers fragment that lets `user` run exactly ssh_loader_command(true), escaped as sudoers wants it. */
void ssh_loader_sudoers(struct buf *out, const char *user);

#endif
