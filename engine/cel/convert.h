/* What string() makes of a value. */
#ifndef CEL_CONVERT_H
#define CEL_CONVERT_H

#include "engine/base/buf.h"
#include "engine/base/value.h"

/* False if the value has no text: a list, a map, null, bytes that are no UTF-8. */
bool convert_text(struct buf *out, const struct value *value);

#endif
