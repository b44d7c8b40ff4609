/* The encoders of the sinks: each appends a value's text in the grammar of its place, or says why it can't
 * stand there. */
#ifndef ACTION_SINK_ENCODE_H
#define ACTION_SINK_ENCODE_H

#include <stddef.h>
#include "engine/base/buf.h"
#include "soar/err.h"

typedef int (*sink_encode_fn)(struct buf *out, const char *text, size_t len, struct soar_err *err);

int encode_plain(struct buf *out, const char *text, size_t len, struct soar_err *err); /* UTF-8 without NUL */
int encode_word(struct buf *out, const char *text, size_t len, struct soar_err *err);  /* a word, as it is */
int encode_segment(struct buf *out, const char *text, size_t len,
                   struct soar_err *err); /* one segment of a URL's path */
int encode_percent(struct buf *out, const char *text, size_t len,
                   struct soar_err *err); /* RFC 3986: all but unreserved */
int encode_header(struct buf *out, const char *text, size_t len,
                  struct soar_err *err); /* visible ASCII, no line's end */
int encode_xml(struct buf *out, const char *text, size_t len,
               struct soar_err *err); /* XML 1.0, text or attribute */
int encode_filter(struct buf *out, const char *text, size_t len,
                  struct soar_err *err);                                            /* RFC 4515, a value */
int encode_dn(struct buf *out, const char *text, size_t len, struct soar_err *err); /* RFC 4514, a value */

#endif
