/* The Unix socket at which soarctl finds soard. */
#ifndef SOARD_SOCKET_H
#define SOARD_SOCKET_H

#include <stdbool.h>

#include "soar/err.h"

struct daemon;

int socket_open(struct daemon *daemon, struct soar_err *err) __attribute__((warn_unused_result));
/* After each turn of the loop: sessions that wait for something look whether it has come. True: something was
 * begun that wants another turn. */
bool socket_turned(struct daemon *daemon);
void socket_close(struct daemon *daemon);

#endif
