/* What the front gives up before it reads its first line. */
#ifndef FRONT_FRONT_HARDEN_H
#define FRONT_FRONT_HARDEN_H

#include "soar/err.h"

enum { FRONT_ADDRESS_SPACE_MIB = 4096 };

/* No new privileges, no core, not dumpable, killed with its parent, no children, as many descriptors as the
 * hard limit allows, a bounded address space (not under a sanitizer), nothing inherited but standard input,
 * output and error; freed memory is overwritten. */
int front_harden(struct soar_err *err) __attribute__((warn_unused_result));

#endif
