/* What the front says, a line at a time, checked; and how it is answered. Pure. */
#ifndef SOARD_FRONT_WIRE_H
#define SOARD_FRONT_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

enum front_kind { FRONT_READY, FRONT_FAILED, FRONT_DOCUMENT, FRONT_API, FRONT_COUNT, FRONT_KIND_COUNT };

struct front_message {
    enum front_kind kind;
    const char *address; /* ready */
    int64_t port;
    const char *why;    /* failed */
    uint64_t id;        /* document, api */
    const char *source; /* document */
    const char *request;
    int64_t sent_ms;
    const char *from;    /* document, api */
    const char *content; /* document: "json" or "ndjson"; api: the body's type */
    const char *method;  /* api */
    const char *path;
    const char *query;
    const char *token;
    size_t bytes;       /* of the body that follows */
    struct value whole; /* count: all of it */
};

/* INVALID: the line is none of the contract's (include/soar/front.h); err says what is wrong and never quotes
 * it. Texts live in the arena. */
int front_wire_read(struct arena *arena, const char *line, size_t len, struct front_message *ret_message,
                    struct soar_err *err) __attribute__((warn_unused_result));

struct front_reply {
    uint64_t id; /* as the front knows it */
    int status;
    const char *content;
    int retry_after_s; /* 0: not said */
    const char *allow; /* or NULL */
    bool repeated;
    size_t len;
};
/* The line of an answer; the body follows it. */
void front_wire_reply(struct buf *out, const struct front_reply *reply);
void front_wire_state(struct buf *out, bool accepting, const char *why); /* why: "" when it is */

/* An RFC 9457 problem document: {"type", "title", "status", "detail"}. */
void front_wire_problem(struct buf *out, int status, const char *detail);
#define FRONT_PROBLEM_TYPE "application/problem+json"

#endif
