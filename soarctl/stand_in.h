/* The stand-in: a small HTTP/1.1 server on loopback that reads each request whole, as it was sent, and
 * answers what it is told to (engine/rehearse/contract.h).
 *
 * stand_in_new() listens at a port of its own; stand_in_play() says who hears requests from now on. A request
 * is heard once it is there to its last byte. What is no HTTP/1.1 is answered by 400 and never heard.
 *
 * No TLS and no name but 127.0.0.1: nothing outside this machine can speak to it, nor it to anybody. */
#ifndef SOARCTL_STAND_IN_H
#define SOARCTL_STAND_IN_H

#include "engine/rehearse/contract.h"

struct event_base;
struct stand_in;

struct stand_in_play {
    /* What to answer; NULL: 500. The request is valid until it returns. */
    const struct contract_answer *(*hear)(void *arg, const struct contract_request *request);
    void (*bad)(void *arg, const char *why); /* bytes came that are no request */
    void *arg;
};

struct stand_in *stand_in_new(struct event_base *base, struct soar_err *err)
    __attribute__((warn_unused_result));
void stand_in_free(struct stand_in *server);

const char *stand_in_url(const struct stand_in *server); /* "http://127.0.0.1:41234" */
/* Ends all connections; a new case begins. play NULL: nobody hears. */
void stand_in_play(struct stand_in *server, const struct stand_in_play *play);
/* Somebody waits for an answer that never comes. */
bool stand_in_hangs(const struct stand_in *server);

/* stand_in_http.c: 1: a whole request, of ret_used bytes; 0: more is to come; -1: it is none, and why says
 * so. *ret_continue: its sender waits for "100 Continue" before it sends the body. */
int stand_in_read(struct arena *arena, const char *bytes, size_t len, struct contract_request *ret_request,
                  size_t *ret_used, bool *ret_continue, const char **ret_why);
void stand_in_print(const struct contract_answer *answer, struct buf *out); /* NULL: 500 */

#endif
