/* The pool: the call contract (soar/call.h) met by worker processes.
 *
 * As it should go: the first call of a session starts its worker (posix_spawn from this thread, empty
 * environment, the socket as standard input and output), tells it its peer, and waits for its hello; calls go
 * out as many at once as that allows, the others wait in order. A session that is closed, or idle for
 * idle_ms, lets its worker end by itself.
 *
 * As it goes wrong: more sessions than workers_max wait their turn, first come, first served; the worker that
 * has been idle longest makes room. A call whose deadline passes has its worker killed, when that carries one
 * call at a time; else only the call is given up. A worker that dies is heard to its last word before its
 * calls are answered, so a writing call is UNKNOWN only if `sending` was said, or if the worker broke the
 * protocol, which makes its words worth nothing.
 *
 * It never blocks, but in free(). Its children are reaped by pid: nobody else's are touched. Threads:
 * one, which must be the one that lives as long as the process (workers are killed when it ends). */
#ifndef LOOP_POOL_H
#define LOOP_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "engine/base/world.h"
#include "soar/call.h"
#include "soar/err.h"

struct event_base;

struct pool_options {
    struct event_base *base;
    const struct world *world; /* NULL: world_system() */
    const char *libexec; /* NULL: $SOAR_LIBEXEC, else ../libexec/soar beside the running binary's directory */
    const char *plugins; /* a directory only its owner can write, with more programs soar-NAME; NULL: none */
    size_t workers_max;  /* 0: LIMIT_WORKERS */
    int64_t idle_ms;     /* 0: a minute */
    int64_t hello_ms;    /* 0: 10 s */
};

struct soar_caller *pool_new(const struct pool_options *options, struct soar_err *err)
    __attribute__((warn_unused_result));

/* What a connector says of itself: starts it with no peer, and waits for its hello at most hello_ms. For
 * lint, which needs a plugin's table; blocks. *ret_hello is the map {protocol, name, calls, functions:
 * [{name, class, params}]}. */
int pool_describe(const struct pool_options *options, const char *connector, struct arena *arena,
                  struct value *ret_hello, struct soar_err *err) __attribute__((warn_unused_result));

#endif
