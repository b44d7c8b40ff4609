/* A TCP connection to the peer, within the call's deadline. */
#ifndef CONNECTORS_WORKER_DIAL_H
#define CONNECTORS_WORKER_DIAL_H

#include <stdint.h>

#include "soar/err.h"

/* A connected socket that doesn't block, or -1: TRANSIENT, nothing was sent. The deadline is on the clock of
 * worker_now_ms(). */
int worker_dial(const char *host, const char *port, int64_t deadline_ms, struct soar_err *err);

#endif
