/* When a service says to come again. */
#ifndef CONNECTORS_HTTP_RETRY_H
#define CONNECTORS_HTTP_RETRY_H

#include <stdint.h>

#include "engine/base/value.h"

/* Milliseconds from now, at least 1 s and at most an hour; -1 if the headers don't say. */
int64_t http_retry_after(const struct value *headers, int64_t wall_ms);

#endif
