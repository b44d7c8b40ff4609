/* soar-qmp inside: one virtual machine's monitor, and the directory its memory is dumped to.
 *
 * As it goes: qmp_command() connects when it must, negotiates, sends one command with an id of ours and reads
 * until its answer; events come in between. A dump is written by the machine into a file that we made and
 * handed over open (SCM_RIGHTS): it needs no right in our directory, can overwrite nothing, and goes on when
 * we die. That file is found again by its name, and whether it is whole its own headers say.
 *
 * As it goes wrong: whoever broke out of the guest speaks for the monitor, so its lines are bounded, and the
 * first one that makes no sense ends the connection. Classes: TRANSIENT unless it is known to be worse;
 * qmp_main makes UNKNOWN of it if a dump may have begun. */
#ifndef CONNECTORS_QMP_QMP_H
#define CONNECTORS_QMP_QMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connectors/qmp/qmp_line.h"
#include "connectors/worker/worker.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

struct qmp_peer {
    const char *name;   /* the inventory's, for people */
    const char *socket; /* an absolute path */
    const char *dir;    /* an absolute path, or NULL */
    uint64_t reserve;   /* bytes of its disk that no dump may have */
};

struct qmp {
    struct qmp_peer peer;
    int fd; /* the monitor, or -1 */
    struct buf in;
    uint64_t commands; /* sent so far: the next one's id */
    int64_t deadline_ms;
    const char *version; /* "7.2.22", of the greeting, in `arena` */
    char failed[256];    /* what the last DUMP_COMPLETED said went wrong, or "" */
    struct arena *arena; /* the peer's */
};

/* qmp_peer.c */
int qmp_peer_parse(struct arena *arena, const struct value *peer, struct qmp_peer *ret_peer,
                   struct soar_err *err) __attribute__((warn_unused_result));

/* qmp_monitor.c. arguments: JSON or NULL; pass: a descriptor that goes along, or -1. *ret_refused (may be
 * NULL): the monitor understood and said no, so nothing has begun. */
int qmp_open(struct qmp *qmp, struct soar_err *err) __attribute__((warn_unused_result));
int qmp_command(struct qmp *qmp, struct arena *arena, const char *command, const char *arguments, int pass,
                struct value *ret_reply, bool *ret_refused, struct soar_err *err)
    __attribute__((warn_unused_result));
void qmp_close(struct qmp *qmp);

/* qmp_dir.c. A name is one segment of a path, of letters, digits and . _ : @ + - %, not first '.' or '-'. */
int qmp_dir_open(const struct qmp_peer *peer, int *ret_fd, struct soar_err *err)
    __attribute__((warn_unused_result));
int qmp_dir_name(const struct value *given, const char *what, const char **ret_name, struct soar_err *err)
    __attribute__((warn_unused_result));
int qmp_dir_list(const struct qmp_peer *peer, const char *prefix, struct arena *arena,
                 struct value *ret_result, struct soar_err *err) __attribute__((warn_unused_result));
int qmp_dir_create(const struct qmp_peer *peer, const char *name, int *ret_fd, struct soar_err *err)
    __attribute__((warn_unused_result));
int qmp_dir_read(const struct qmp_peer *peer, const char *name, int *ret_fd, uint64_t *ret_bytes,
                 struct soar_err *err) __attribute__((warn_unused_result));
int qmp_dir_remove(const struct qmp_peer *peer, const char *name, struct soar_err *err);

/* qmp_elf.c: are all bytes there that its headers speak of? */
bool qmp_elf_whole(int fd, uint64_t bytes);

/* qmp_collect.c: the file to descriptor 3, which is closed. */
int qmp_collect(const struct qmp_peer *peer, struct worker_call *call, struct value *ret_result,
                struct soar_err *err) __attribute__((warn_unused_result));

#endif
