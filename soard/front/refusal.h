/* Why a request is not let through: one table of names (as counted), statuses and words. */
#ifndef FRONT_REFUSAL_H
#define FRONT_REFUSAL_H

#include "engine/base/buf.h"

enum refusal {
    REFUSAL_NONE,
    REFUSAL_SYNTAX, /* the reader's own status and reason */
    REFUSAL_PATH,
    REFUSAL_METHOD,
    REFUSAL_NO_CREDENTIALS,
    REFUSAL_CREDENTIALS,
    REFUSAL_TIME,
    REFUSAL_NO_CERTIFICATE,
    REFUSAL_CERTIFICATE,
    REFUSAL_TYPE,
    REFUSAL_ENCODING,
    REFUSAL_NO_LENGTH,
    REFUSAL_SIZE,
    REFUSAL_EMPTY,
    REFUSAL_BODY, /* the scan's reason */
    REFUSAL_SLOW_HEAD,
    REFUSAL_SLOW_BODY,
    REFUSAL_RATE,
    REFUSAL_BUSY,
    REFUSAL_CLOSED,
    REFUSAL_NO_ANSWER,
    REFUSAL_EVICTED, /* no answer: it made room for another connection */
    REFUSAL_HANDSHAKE,
    REFUSAL_COUNT
};

const char *refusal_name(enum refusal refusal); /* "credentials": in `count` and in metrics */
int refusal_status(enum refusal refusal);
const char *refusal_detail(enum refusal refusal);

const char *status_reason(int status); /* "Not Found"; "Status" for one that isn't in the table */

/* RFC 9457, type about:blank. `detail` is ours, never the sender's. */
void problem_write(struct buf *out, int status, const char *detail);

#endif
