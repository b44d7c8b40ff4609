/* One process owns a state directory: it holds a lock on the file owner.lock in it for as long as it lives.
 *
 * The lock belongs to the open file (F_OFD_SETLK): no other close() in this process drops it, the kernel does
 * when the process ends, however it ends. The file says who it is; it is not removed, since removing it would
 * race. */
#ifndef STATE_JOURNAL_OWNER_H
#define STATE_JOURNAL_OWNER_H

#include "soar/err.h"

/* Creates the directory (0700) if need be. Held by another: -1, TRANSIENT, with its pid and host. */
int journal_owner_take(const char *dir, int *ret_fd, struct soar_err *err)
    __attribute__((warn_unused_result));

/* fsync of a directory, so that the names in it last. */
int journal_sync_dir(const char *dir, struct soar_err *err) __attribute__((warn_unused_result));

#endif
