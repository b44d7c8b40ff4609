/* HTTP/1.1 requests, read strictly and a piece at a time: RFC 9112 without what it only tolerates.
 *
 * Bytes go in as they come, one event comes out of each step; nothing here knows a socket or a clock. The
 * order of events is HEAD, PIECE (none or many), END, and then the next request; MORE says that all bytes
 * were used and more are needed; BAD is final, with a status and a reason that quotes nothing of what was
 * sent. However the bytes are cut, the events say the same.
 *
 * After HEAD the caller sets `body_max`: until then no body is let in. */
#ifndef FRONT_HTTP_H
#define FRONT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

enum {
    HTTP_HEAD_BYTES = 16 * 1024,  /* request line and fields: 431 beyond; browsers' cookies fit */
    HTTP_FIELDS = 64,             /* proxies in a row add ten */
    HTTP_METHOD_BYTES = 16,       /* the longest we know has 7 */
    HTTP_CHUNK_DIGITS = 8,        /* 4 GiB: beyond any body_max */
    HTTP_EXTENSION_BYTES = 1024,  /* of all chunks of one body: nobody we know sends any */
    HTTP_TRAILER_BYTES = 4 * 1024 /* read, checked, dropped */
};

struct http_field {
    const char *name;  /* lower case */
    const char *value; /* without blanks around it; no NUL inside */
};

enum http_stage {
    HTTP_IN_HEAD,
    HTTP_IN_LENGTH, /* a body of a known length */
    HTTP_IN_SIZE,   /* a chunk's size, then its extension, then LF */
    HTTP_IN_EXTENSION,
    HTTP_IN_SIZE_LF,
    HTTP_IN_CHUNK,
    HTTP_IN_CHUNK_CR,
    HTTP_IN_CHUNK_LF,
    HTTP_IN_TRAILER,
    HTTP_ENDED,
    HTTP_BROKEN
};

struct http {
    /* After HEAD; texts live as long as this object. */
    const char *method;
    const char *path;  /* as sent, checked: it begins with '/', no empty or dotted segment, no %2f */
    const char *query; /* as sent; "" */
    bool one_one;      /* HTTP/1.1, else 1.0 */
    bool close;        /* the client wants no further answer on this connection; always with 1.0 */
    bool chunked;
    bool expects;   /* "100-continue" */
    int64_t length; /* of the body; -1: not said */
    size_t field_count;
    struct http_field fields[HTTP_FIELDS];

    int64_t body_max; /* set it after HEAD */

    /* After PIECE: a part of what was given to this step. */
    const char *piece;
    size_t piece_len;

    /* After BAD. */
    int status;
    const char *why;

    /* Its own. */
    enum http_stage stage;
    struct buf head;
    char last;      /* byte of the head or trailer */
    size_t line;    /* bytes of the present line, without CR */
    bool began;     /* one empty line before the request line was let pass */
    int64_t body;   /* bytes so far, those announced by a chunk included */
    uint64_t left;  /* of the body or the chunk */
    int digits;     /* of the chunk's size */
    size_t extras;  /* bytes of extensions */
    size_t trailer; /* bytes of trailers */
    bool named;     /* the present trailer's colon was seen */
};

enum http_event { HTTP_MORE, HTTP_HEAD, HTTP_PIECE, HTTP_END, HTTP_BAD };

struct http *http_new(void) __attribute__((warn_unused_result));
void http_free(struct http *http); /* wipes the head: it may hold a token */

enum http_event http_step(struct http *http, const char *bytes, size_t len, size_t *ret_used)
    __attribute__((nonnull, warn_unused_result));

/* The value of the only field of that name (in lower case); NULL if there is none, or there are several:
 * *ret_count tells. */
const char *http_field(const struct http *http, const char *name, size_t *ret_count);

/* For the reader's own parts: sets status and reason, and returns -1. */
int http_bad(struct http *http, int status, const char *why);
int http_head_parse(struct http *http); /* http_head.c: the whole head, in place */
bool http_is_token(char c);
bool http_path_fine(const char *path); /* http_path.c */

#endif
