/* What comes from outside the loop's own business: signals, and the watchdog's beat. */
#ifndef SOARD_SIGNALS_H
#define SOARD_SIGNALS_H

#include "soar/err.h"

struct daemon;

int signals_open(struct daemon *daemon, struct soar_err *err) __attribute__((warn_unused_result));
void signals_close(struct daemon *daemon);

#endif
