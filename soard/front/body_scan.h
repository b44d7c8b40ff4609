/* A look at a body before it is handed over: cheap, and enough to keep out what would cost the engine dear.
 */
#ifndef FRONT_BODY_SCAN_H
#define FRONT_BODY_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/limits.h"

/* A batch and the envelopes around it: what an alert's own depth doesn't count. */
enum { BODY_DEPTH = LIMIT_ALERT_DEPTH + 4 };

/* NULL: UTF-8, one JSON object or array (with `lines`: one a line, at least one), nested at most BODY_DEPTH
 * deep, brackets and strings closed. Else what is wrong, without quoting it. The grammar in between is the
 * engine's to check. */
const char *body_scan(const char *bytes, size_t len, bool lines);

#endif
