/* AWS Signature Version 4: what a request must carry so that AWS believes who sent it.
 *
 * Pure: the time is given. What is signed is what is sent: method, path and query as they stand in the
 * request line, the headers given here, the body. */
#ifndef CONNECTORS_HTTP_AWS_SIGN_H
#define CONNECTORS_HTTP_AWS_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"

struct aws_key {
    const char *access_key; /* "AKIA…": public */
    const char *secret;
    const char *session; /* token of a temporary key, or NULL */
    const char *region;  /* "eu-central-1" */
    const char *service; /* "iam" */
};

struct aws_header {
    const char *name; /* in any case */
    const char *value;
};

enum { AWS_HEADERS_MAX = 32 }; /* of one request, with those added; a pack has a handful */

struct aws_request {
    const char *method;
    const char *path;  /* begins with "/" */
    const char *query; /* without "?"; NULL or "": none */
    size_t header_count;
    const struct aws_header *headers; /* those to be signed, host among them; no name twice */
    const void *body;
    size_t body_len;
};

struct aws_signed { /* headers to be sent beside those that were given */
    size_t header_count;
    struct aws_header headers[4];
};

/* time_s: since 1970, as AWS sees it. Everything in the arena; -1: more headers than AWS_HEADERS_MAX. */
int aws_sign(struct arena *arena, const struct aws_key *key, const struct aws_request *request,
             int64_t time_s, struct aws_signed *ret_signed) __attribute__((warn_unused_result));

#endif
