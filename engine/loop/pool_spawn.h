/* Starts one of our own programs, or a plugin, with nothing but a socket: for the pool, and for soard's
 * front.
 */
#ifndef LOOP_POOL_SPAWN_H
#define LOOP_POOL_SPAWN_H

#include <sys/types.h>

#include "soar/err.h"

struct pool_child {
    pid_t pid;
    int fd;     /* our end of its standard input and output; doesn't block */
    int errors; /* what it writes to standard error; the same */
};

/* "ssh": soar-ssh in libexec, else in the plugins' directory (NULL: none). descriptor: its third, which stays
 * the caller's, too; 0: none. */
int pool_spawn(const char *libexec, const char *plugins, const char *connector, int descriptor,
               struct pool_child *ret_child, struct soar_err *err) __attribute__((warn_unused_result));

/* `given`, else $SOAR_LIBEXEC, else ../libexec/soar beside the running binary's directory; malloc'ed. */
char *pool_libexec(const char *given);

#endif
