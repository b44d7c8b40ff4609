/* Base64 (RFC 4648, section 4) of bytes that go into a text, and back. */
#ifndef CONNECTORS_WORKER_BASE64_H
#define CONNECTORS_WORKER_BASE64_H

#include <stddef.h>

#include "engine/base/buf.h"
#include "soar/err.h"

void base64_encode(struct buf *out, const void *bytes, size_t len);

/* Appends the bytes; blanks and line ends between the letters are stepped over. INVALID, and nothing appended
 * that counts, if it is anything else. */
int base64_decode(struct buf *out, const char *text, size_t len, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
