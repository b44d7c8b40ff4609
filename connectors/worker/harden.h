/* What a worker gives up before it reads its first line. */
#ifndef CONNECTORS_WORKER_HARDEN_H
#define CONNECTORS_WORKER_HARDEN_H

#include "soar/err.h"

/* No new privileges, no core, not dumpable (so no ptrace by others of this
 * user), killed when the engine dies, few descriptors, 512 MiB of address space
 * (not under a sanitizer), every descriptor beyond standard error closed (but
 * for a pipe that the engine gave as descriptor 3: evidence), freed memory
 * overwritten. */
int worker_harden(struct soar_err *err) __attribute__((warn_unused_result));

/* The part of it that lives on across exec: for the launcher of plugins. */
int worker_harden_inherited(struct soar_err *err) __attribute__((warn_unused_result));

#endif
