/* Counts for Prometheus: the text format, version 0.0.4. Labels are names of the configuration and words of
 * ours; nothing that a sender chose. */
#ifndef SOARD_METRICS_H
#define SOARD_METRICS_H

#include "engine/base/buf.h"

struct daemon;

void metrics_print(const struct daemon *daemon, struct buf *out);

#endif
