/* JSON (RFC 8259) to values and back, by jansson, within limits.
 *
 * A number without fraction or exponent that fits int64 is an int; any other is a double (an integer beyond
 * int64 too). A key that stands twice, a lone surrogate, bytes that are no UTF-8, and a depth beyond
 * LIMIT_DEPTH are errors. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

int json_parse(struct arena *arena, const char *text, size_t len, struct value *ret_value,
               struct soar_err *err) __attribute__((warn_unused_result));

/* From now on what the reader throws away is overwritten: for a program whose documents hold secrets. Once,
 * before the first document. */
void json_wipe_freed(void);

/* One line, keys in the order of the map. Bytes become base64, times RFC 3339, spans "1.5s", an ip its text,
 * unknown
 * {"unknown": "on what"}. NaN and infinities become strings. Any key that is no string is printed as one. */
void json_print(struct buf *out, const struct value *value);
/* The same with two blanks of indentation: for people. */
void json_pretty(struct buf *out, const struct value *value);
char *json_text(struct arena *arena, const struct value *value);
void json_quote(struct buf *out, const char *text,
                size_t len); /* one string with its quotes (json_string is jansson's) */

#endif
