/* The worker's pipe to its engine, as lines.
 *
 * One buffer, used from the front; what was read is wiped as soon as the next
 * line is asked for, because a call's line holds its secrets. It must never
 * hand out a line that was cut. */
#include "connectors/worker/worker_line.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void line_reader_init(struct line_reader *reader, int fd, size_t max)
{
    *reader = (struct line_reader){.fd = fd, .max = max};
}

void line_reader_done(struct line_reader *reader)
{
    if (reader->data)
        explicit_bzero(reader->data, reader->size);
    free(reader->data);
    *reader = (struct line_reader){.fd = -1};
}

static void drop_read(struct line_reader *reader)
{
    memmove(reader->data, reader->data + reader->start, reader->len - reader->start);
    explicit_bzero(reader->data + reader->len - reader->start, reader->start);
    reader->len -= reader->start;
    reader->start = 0;
}

static void grow(struct line_reader *reader)
{
    size_t size = reader->size ? reader->size * 2 : 4096;
    if (size > reader->max)
        size = reader->max;
    char *data = calloc(1, size); /* not realloc: the old copy must be wiped */
    if (data == NULL)
        abort();
    if (reader->data) {
        memcpy(data, reader->data, reader->len);
        explicit_bzero(reader->data, reader->size);
        free(reader->data);
    }
    reader->data = data;
    reader->size = size;
}

static bool readable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, 0) > 0;
}

int line_read(struct line_reader *reader, bool wait, const char **ret_text, size_t *ret_len,
              struct soar_err *err)
{
    if (reader->start)
        drop_read(reader);
    size_t seen = 0;
    for (;;) {
        char *end = reader->len > seen ? memchr(reader->data + seen, '\n', reader->len - seen) : NULL;
        if (end) {
            *end = '\0';
            *ret_text = reader->data;
            *ret_len = (size_t)(end - reader->data);
            reader->start = *ret_len + 1;
            return 1;
        }
        seen = reader->len;
        if (reader->len == reader->max)
            return soar_err_set(err, SOAR_INVALID, "a line is longer than %zu bytes", reader->max);
        if (reader->len == reader->size)
            grow(reader);
        if (!wait && !readable(reader->fd))
            return 0;
        ssize_t got = read(reader->fd, reader->data + reader->len, reader->size - reader->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return soar_err_set(err, SOAR_PERMANENT, "cannot read from the engine: %s", strerror(errno));
        if (got == 0)
            return -1;
        reader->len += (size_t)got;
    }
}

void line_write(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            _exit(1);
        bytes += put;
        len -= (size_t)put;
    }
}
