/* Bytes of a far side as text of an answer. */
#ifndef CONNECTORS_WORKER_TEXT_H
#define CONNECTORS_WORKER_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/limits.h"
#include "engine/base/value.h"

/* Both texts of an answer, escaped as JSON, must fit one line of the protocol. */
enum { WORKER_OUT_BYTES = LIMIT_LINE_BYTES * 5 / 8, WORKER_ERR_BYTES = LIMIT_LINE_BYTES * 2 / 8 };

/* What is not UTF-8, and NUL, is shown as U+FFFD, and *raw (which may be NULL) becomes true; what is over
 * `budget` is added to *cut. */
struct value worker_text(struct arena *arena, const char *bytes, size_t len, size_t budget, uint64_t *cut,
                         bool *raw);

#endif
