/* The front's two descriptors to soard: lines with bodies behind them, never waited for. */
#ifndef FRONT_LINK_H
#define FRONT_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

struct event_base;
struct event;
struct evbuffer;

/* A message and the bytes behind it; both are gone after the call. */
typedef void link_message_fn(void *arg, const struct value *message, const char *body, size_t len);
typedef void link_end_fn(void *arg, const char *why); /* why: NULL at a proper end */

struct link {
    int in, out;
    char *data; /* wiped when used: a configuration holds secrets */
    size_t len, size;
    struct event *readable;
    struct event *writable;
    struct evbuffer *output;
    link_message_fn *message;
    link_end_fn *end;
    void *arg;
};

int link_open(struct link *link, struct event_base *base, int in, int out, struct soar_err *err)
    __attribute__((warn_unused_result));
void link_close(struct link *link);

/* Takes both texts over (leaving them empty), and wipes the line once it is sent. body may be NULL. */
void link_send(struct link *link, struct buf *line, struct buf *body);

void link_mute(struct link *link); /* nothing more is read or written */

/* What waits to be written is written, waiting for it: for the last word before an end. */
void link_flush(struct link *link);

#endif
