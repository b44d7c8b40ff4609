/* A request before it goes out: what a call, or an auth kind, writes into it.
 *
 * Everything lives in the call's arena. Path and query are as they will stand on the wire; nothing is encoded
 * or folded behind this struct, so that what is signed is what is sent. */
#ifndef CONNECTORS_HTTP_REQUEST_H
#define CONNECTORS_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

struct http_header {
    const char *name; /* as it was given; compared without regard to case */
    const char *value;
};

struct http_request {
    struct arena *arena;
    const char *method; /* "GET" */
    const char *origin; /* "https://host" or "https://host:8443" */
    const char *host;   /* the header Host as it will be: "host", "host:8443" */
    const char *path;   /* begins with '/'; the service's own prefix included */
    size_t prefix_len;  /* of the url that path begins with */
    const char *query;  /* without '?'; "" if there is none */
    struct http_header *headers;
    size_t header_count, header_size;
    const char *body; /* NULL: none */
    size_t body_len;
    const char *certificate, *key; /* PEM, both or none: the client's own (mtls) */
    const char **hidden;           /* texts that must never be seen again: http_request_hide() */
    size_t hidden_count, hidden_size;
    int64_t wall_ms; /* now, since 1970: for signatures */
};

/* Where to. The URL is absolute: https, or http to this machine itself; no user, query or fragment in it. The
 * path of a service's url stands before every path of a call: a '/' at its end is dropped. */
int http_request_url(struct http_request *request, const char *url, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Puts `path`, which begins with '/', behind the path that is there. */
int http_request_path(struct http_request *request, const char *path, struct soar_err *err)
    __attribute__((warn_unused_result));
/* A header of this name takes the place of an earlier one. INVALID if the value is not visible ASCII. */
int http_request_header(struct http_request *request, const char *name, const char *value,
                        struct soar_err *err) __attribute__((warn_unused_result));
const char *http_request_get_header(const struct http_request *request, const char *name); /* or NULL */
/* Copied. A content-type that was set before stays. */
void http_request_body(struct http_request *request, const char *content_type, const char *bytes, size_t len);
/* A text made of a secret (base64 of a password, an assertion): struck out wherever it comes back. The values
 * of the call's secrets, and a token, are hidden without it. */
void http_request_hide(struct http_request *request, const char *text);

/* name=value with '&' before it where needed, both percent-encoded (RFC 3986: all but unreserved). */
void http_form_add(struct buf *form, const char *name, const char *value);
void http_percent(struct buf *out, const char *text, size_t len);
/* Visible ASCII and blanks between: what may stand in a header. */
bool http_header_value(const char *value);
/* Whether a header is not for packs and inventories to set: what says where a message ends, or who we are. */
bool http_header_reserved(const char *name);

#endif
