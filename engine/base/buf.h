/* A growing byte buffer with a maximum and a sticky error: build in prose, look once at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* NUL-terminated once anything was added; NULL before */
    size_t len;
    size_t size;
    size_t max;  /* 0: no maximum but memory */
    bool failed; /* something did not fit; everything added since was dropped */
    bool secret; /* what it held is overwritten where it grew, where it was drained, and at its end */
};

#define BUF_SCOPED __attribute__((cleanup(buf_done))) struct buf

void buf_init(struct buf *buf, size_t max);
void buf_done(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps the memory */

void buf_reserve(struct buf *buf, size_t len); /* for so much more at once: no copy stays where it grew */
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_text(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_drop_front(struct buf *buf, size_t len); /* consumed by a reader */

const char *buf_string(const struct buf *buf); /* "" when empty; borrowed */

#endif
