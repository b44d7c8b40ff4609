/* What an answer looks like on the wire. */
#ifndef FRONT_RESPONSE_H
#define FRONT_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"

struct response {
    int status;
    const char *content; /* media type; NULL: application/json */
    const char *body;
    size_t len;
    int64_t retry_after_s; /* 0: not said */
    const char *allow;     /* NULL: not said */
    const char *challenge; /* of WWW-Authenticate; NULL: not said */
    bool repeated;         /* answered as the first time */
    bool close;
    bool headless; /* the request was HEAD: no body follows */
    bool tls;
    int64_t now_ms; /* wall clock */
};

void response_write(struct buf *out, const struct response *response);

/* A text that may stand in a header: visible ASCII and blanks, 256 bytes at most. */
bool response_text_fine(const char *text);

#endif
