/* The Unix socket at which soarctl finds soard.
 *
 * A connection is one request: a line of JSON, SOCKET_LINE_BYTES at most,
 *   {"verb": "stop", "request": {…}, "preview"?: true, "style"?: {"offset_s", "color", "tool", "terminal",
 *    "live"}}
 * and as answers any number of lines {"live": TEXT}, then one of
 *   {"answer", "exit", "mistakes"?}      {"error", "class", "mistakes"?}
 * Who asks is the peer's uid, as the kernel knows it. One who goes away stops nothing. */
#ifndef SOARD_SOCKET_H
#define SOARD_SOCKET_H

#include "soar/err.h"

struct daemon;

enum { SOCKET_LINE_BYTES = 1024 * 1024 }; /* a request holds an alert and a playbook at most */

int socket_open(struct daemon *daemon, struct soar_err *err) __attribute__((warn_unused_result));
void socket_close(struct daemon *daemon);

#endif
