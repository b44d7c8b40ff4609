/* soar-ssh inside: one peer, one connection, one script after the other.
 *
 * ssh_peer says who it is; ssh_open() connects, checks the host key and logs in; ssh_script_run() runs a
 * script there; ssh_close() ends the connection. Everything waits in ssh_wait(), which keeps the deadline
 * and, while a call is out, the connection alive.
 *
 * Classes: whatever fails is TRANSIENT here unless it is known to be worse; ssh_main makes UNKNOWN of it if a
 * writing call may have been sent. */
#ifndef CONNECTORS_SSH_SSH_H
#define CONNECTORS_SSH_SSH_H

#include <libssh/libssh.h>
#include <stdbool.h>
#include <stdint.h>

#include "connectors/ssh/ssh_loader.h"
#include "connectors/ssh/ssh_stream.h"
#include "connectors/worker/worker.h"
#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "soar/err.h"

struct ssh_peer {
    const char *name;    /* the inventory's, for people and for known_hosts */
    const char *address; /* numeric, or a name to resolve */
    const char *port;
    const char *user;
    const char *known_hosts; /* the lines themselves */
    bool sudo;
    bool windows;        /* its scripts are PowerShell (connectors/worker/powershell.h) */
    const char *scripts; /* a directory there with scripts under their digest, run by sudo; or NULL */
};

struct ssh {
    struct ssh_peer peer;
    int fd;
    ssh_session session;
    ssh_channel channel;             /* of the call that is out, or NULL */
    struct ssh_counter_struct heard; /* what the library has read */
    int64_t deadline_ms;             /* of the call that is out */
    int64_t kept_ms;                 /* when the last keep-alive went */
    bool open;                       /* logged in */
    int evidence;                    /* the pipe that the engine gave for what ssh.collect reads, or -1 */
};

/* ssh_peer.c */
int ssh_peer_parse(struct arena *arena, const struct value *peer, struct ssh_peer *ret_peer,
                   struct soar_err *err) __attribute__((warn_unused_result));

/* ssh_reach.c */
int ssh_reach(const struct ssh_peer *peer, int64_t deadline_ms, struct buf *ret_greeting,
              struct soar_err *err) __attribute__((warn_unused_result));

/* ssh_known.c: before the handshake, and after it. */
int ssh_known_prefer(struct ssh *ssh, struct soar_err *err) __attribute__((warn_unused_result));
int ssh_known_check(struct ssh *ssh, struct soar_err *err) __attribute__((warn_unused_result));

/* ssh_session.c */
int ssh_open(struct ssh *ssh, const struct value *secrets, struct soar_err *err)
    __attribute__((warn_unused_result));
void ssh_close(struct ssh *ssh);
int ssh_wait(struct ssh *ssh, const char *doing, struct soar_err *err) __attribute__((warn_unused_result));
/* Until fd takes more: nothing is read from the host meanwhile, and the connection is kept alive. */
int ssh_wait_room(struct ssh *ssh, int fd, struct soar_err *err) __attribute__((warn_unused_result));
/* TRANSIENT, with the library's words. */
int ssh_fail(struct ssh *ssh, const char *doing, struct soar_err *err);

/* ssh_args.c: what a call says of its script; borrowed from the call. */
int ssh_args_text(const struct worker_call *call, const char *name, const struct value **ret,
                  struct soar_err *err) __attribute__((warn_unused_result));
int ssh_args_script(const struct ssh_peer *peer, const struct worker_call *call,
                    struct ssh_script *ret_script, struct soar_err *err) __attribute__((warn_unused_result));
/* Where scripts are installed under their digest, what is sent is only which one to run. */
void ssh_args_installed(const struct ssh_peer *peer, struct arena *arena, struct ssh_script *script);

/* ssh_collect.c: ssh.collect. Whatever goes wrong has a class of its own: nothing was changed there. */
int ssh_collect(struct ssh *ssh, struct worker_call *call, struct value *ret_result, struct soar_err *err)
    __attribute__((warn_unused_result));

/* ssh_script.c: call->sent tells afterwards whether it may have started. */
int ssh_script_run(struct ssh *ssh, const struct ssh_script *script, struct worker_call *call,
                   struct ssh_stream *out, struct ssh_stream *errors, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
