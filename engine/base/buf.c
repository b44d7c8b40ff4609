/* The growing buffer. The one thing to know: after the first addition that did not fit nothing more is added,
 * so a caller looks at `failed` once, at the end. It must not abort: how much is added is often decided by
 * input. */
#include "engine/base/buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 128, PRINTF_TRY = 256 };

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_done(struct buf *buf)
{
    if (buf->secret && buf->data != NULL) {
        explicit_bzero(buf->data, buf->size);
    }
    free(buf->data);
    *buf = (struct buf){.max = buf->max, .secret = buf->secret};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

/* As realloc(), but nothing stays where it was. */
static char *move_secret(const struct buf *buf, size_t size)
{
    char *data = malloc(size);
    if (data != NULL && buf->data != NULL) {
        memcpy(data, buf->data, buf->len);
        explicit_bzero(buf->data, buf->size);
        free(buf->data);
    }
    return data;
}

/* Makes room for len more bytes and the NUL. */
static bool reserve(struct buf *buf, size_t len)
{
    size_t max = buf->max > 0 && buf->max < PTRDIFF_MAX ? buf->max : PTRDIFF_MAX - 1;
    if (buf->failed || len > max - buf->len) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->len + len + 1;
    if (need <= buf->size) {
        return true;
    }
    size_t size = buf->size > 0 ? buf->size : SIZE_FIRST;
    while (size < need) {
        size = size <= SIZE_MAX / 2 ? size * 2 : need;
    }
    if (size > max) {
        size = max + 1;
    }
    char *data = buf->secret ? move_secret(buf, size) : realloc(buf->data, size);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->size = size;
    return true;
}

void buf_reserve(struct buf *buf, size_t len)
{
    if (reserve(buf, len)) {
        buf->data[buf->len] = '\0';
    }
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (len == 0 || !reserve(buf, len)) {
        return;
    }
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    char first[PRINTF_TRY];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(first, sizeof first, format, args);
    va_end(args);
    assert(len >= 0);
    if ((size_t)len < sizeof first) {
        buf_add(buf, first, (size_t)len);
        return;
    }
    if (!reserve(buf, (size_t)len)) {
        return;
    }
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void buf_drop_front(struct buf *buf, size_t len)
{
    assert(len <= buf->len);
    if (len == 0) {
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len + 1);
    buf->len -= len;
    if (buf->secret) {
        explicit_bzero(buf->data + buf->len, len);
    }
}

const char *buf_string(const struct buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}
