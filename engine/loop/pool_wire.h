/* The engine's side of the worker protocol: one line of a worker, checked. Pure: this is what the fuzzer
 * feeds. */
#ifndef LOOP_POOL_WIRE_H
#define LOOP_POOL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "soar/err.h"

#define WIRE_PROTOCOL 1

enum wire_kind { WIRE_HELLO, WIRE_SENDING, WIRE_PROGRESS, WIRE_ANSWER, WIRE_KIND_COUNT };

struct wire_function {
    const char *name;
    bool writes;
};

struct wire_message {
    enum wire_kind kind;
    uint64_t number;       /* of the call, but for hello */
    const char *name;      /* hello: the connector */
    unsigned calls;        /* hello: how many at once */
    bool drops;            /* hello: it can be told to drop a call */
    size_t function_count; /* hello */
    const struct wire_function *functions;
    struct value hello;    /* hello: all of it */
    const char *json;      /* progress: the line, printed anew */
    enum soar_class class; /* answer */
    const char *result;    /* answer: JSON, printed anew */
    const char *why;       /* answer: cut to what a person reads */
};

/* INVALID: the line is none of the protocol's; err says what is wrong with it, and never quotes it. */
int wire_parse(struct arena *arena, const char *line, size_t len, struct wire_message *ret_message,
               struct soar_err *err) __attribute__((warn_unused_result));

/* text with every string of secrets (JSON, may be NULL) struck out: whole values, and long lines of them. */
char *wire_strike(struct arena *arena, const char *text, const char *secrets);

#endif
