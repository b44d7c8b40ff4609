/* Reading keeps one buffer, wiped from the front as it is used. Writing queues: how much may wait is bounded
 * by the window, not here. It must never block on soard, and never hand out a message whose body isn't there.
 */
#include "soard/front/link.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "soar/front.h"

enum { SIZE_FIRST = 16 * 1024, SIZE_KEPT = 256 * 1024, READ_ONCE = 64 * 1024, FLUSH_MS = 2000 };

static void wipe_used(struct link *link, size_t used)
{
    memmove(link->data, link->data + used, link->len - used);
    explicit_bzero(link->data + link->len - used, used);
    link->len -= used;
}

static void resize(struct link *link, size_t size)
{
    char *data = calloc(1, size); /* not realloc: the old copy is to be wiped */
    if (data == NULL)
        abort();
    if (link->data != NULL) {
        memcpy(data, link->data, link->len);
        explicit_bzero(link->data, link->size);
        free(link->data);
    }
    link->data = data;
    link->size = size;
}

static void make_room(struct link *link)
{
    size_t size = link->size > 0 ? link->size : SIZE_FIRST;
    while (size - link->len < READ_ONCE / 4)
        size *= 2;
    if (size != link->size)
        resize(link, size);
}

/* One whole message at the front of the buffer: 1 taken, 0 not whole, -1 it is none (told to `end`). */
static int take_message(struct link *link)
{
    const char *end = link->len > 0 ? memchr(link->data, '\n', link->len) : NULL;
    if (end == NULL && link->len <= FRONT_LINE_BYTES)
        return 0;
    size_t line = end != NULL ? (size_t)(end - link->data) : link->len;
    ARENA_SCOPED arena = arena_new();
    struct value message;
    struct soar_err err;
    if (line > FRONT_LINE_BYTES || json_parse(arena, link->data, line, &message, &err) != 0) {
        link->end(link->arg, "soard sent a line that is no message");
        return -1;
    }
    int64_t bytes = value_get_int(&message, "bytes", 0);
    if (bytes < 0 || bytes > FRONT_BODY_BYTES) {
        link->end(link->arg, "soard sent a message with a body that is too long");
        return -1;
    }
    if (link->len - line - 1 < (size_t)bytes)
        return 0;
    link->message(link->arg, &message, link->data + line + 1, (size_t)bytes);
    wipe_used(link, line + 1 + (size_t)bytes);
    return 1;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    (void)what;
    make_room(link);
    ssize_t got = read(fd, link->data + link->len, link->size - link->len);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        link->end(link->arg, got == 0 || errno == ECONNRESET ? NULL : strerror(errno));
        return;
    }
    link->len += (size_t)got;
    while (take_message(link) > 0)
        continue;
    if (link->len == 0 && link->size > SIZE_KEPT)
        resize(link, SIZE_FIRST);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    (void)what;
    int put = evbuffer_write(link->output, fd);
    if (put < 0 && errno != EAGAIN && errno != EINTR) {
        link->end(link->arg, NULL); /* nobody reads: soard has gone */
        return;
    }
    if (evbuffer_get_length(link->output) > 0)
        event_add(link->writable, NULL);
}

int link_open(struct link *link, struct event_base *base, int in, int out, struct soar_err *err)
{
    link->in = in;
    link->out = out;
    if (evutil_make_socket_nonblocking(in) != 0 || evutil_make_socket_nonblocking(out) != 0)
        return soar_err_set(err, SOAR_PERMANENT, "cannot read without waiting: %s", strerror(errno));
    link->readable = event_new(base, in, EV_READ | EV_PERSIST, on_readable, link);
    link->writable = event_new(base, out, EV_WRITE, on_writable, link);
    link->output = evbuffer_new();
    if (link->readable == NULL || link->writable == NULL || link->output == NULL ||
        event_add(link->readable, NULL) != 0)
        return soar_err_set(err, SOAR_PERMANENT,
                            "cannot watch standard input: it must be a socket or a pipe");
    return 0;
}

void link_close(struct link *link)
{
    if (link->readable != NULL)
        event_free(link->readable);
    if (link->writable != NULL)
        event_free(link->writable);
    if (link->output != NULL)
        evbuffer_free(link->output);
    if (link->data != NULL)
        explicit_bzero(link->data, link->size);
    free(link->data);
}

static void wiped(const void *data, size_t len, void *arg)
{
    (void)arg;
    explicit_bzero((void *)(uintptr_t)data, len);
    free((void *)(uintptr_t)data);
}

/* By reference: a body is not copied once more. */
static void queue(struct link *link, struct buf *text)
{
    if (text->failed ||
        (text->len > 0 && evbuffer_add_reference(link->output, text->data, text->len, wiped, NULL) != 0))
        abort();
    if (text->len == 0)
        buf_done(text);
    *text = (struct buf){.max = text->max};
}

void link_mute(struct link *link)
{
    event_del(link->readable);
    event_del(link->writable);
}

void link_send(struct link *link, struct buf *line, struct buf *body)
{
    queue(link, line);
    if (body != NULL)
        queue(link, body);
    event_add(link->writable, NULL);
}

void link_flush(struct link *link)
{
    while (evbuffer_get_length(link->output) > 0) {
        struct pollfd wait = {.fd = link->out, .events = POLLOUT};
        if (poll(&wait, 1, FLUSH_MS) <= 0 || (evbuffer_write(link->output, link->out) < 0 && errno != EAGAIN))
            return;
    }
}
