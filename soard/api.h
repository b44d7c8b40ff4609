/* The API: requests of people, from the front, as text. Who asks is found out here, by their token. */
#ifndef SOARD_API_H
#define SOARD_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct daemon;

struct api_request { /* valid until api_handle() returns */
    uint64_t id;     /* for front_answer() */
    const char *method;
    const char *path;    /* as sent, without the query: "/api/v1/runs" */
    const char *query;   /* behind the '?', or "" */
    const char *token;   /* of Authorization: Bearer, or "" */
    const char *from;    /* the client's address */
    const char *content; /* the body's type, or "" */
    const char *body;    /* NUL-terminated behind its last byte */
    size_t len;
};

/* Answers by front_answer(), now or later, once. */
void api_handle(struct daemon *daemon, const struct api_request *request);

void api_close(struct daemon *daemon);

#endif
