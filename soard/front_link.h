/* soard's end of the front (include/soar/front.h): starts the program, keeps it alive, speaks with it.
 *
 * The front isn't trusted: what it says is bounded and checked, and a breach ends it. One that dies is
 * started again, after 1 s, doubling to 30 s while it doesn't live; nothing that was durable is lost with it.
 * An answer to a request whose front is gone is dropped: its sender asks again. */
#ifndef SOARD_FRONT_LINK_H
#define SOARD_FRONT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/value.h"
#include "soar/err.h"

struct daemon;
struct front_link;
struct site;

/* Without `listen:` in the site it starts nothing. -1: the program isn't there, or a secret can't be read. */
int front_open(struct daemon *daemon, struct soar_err *err) __attribute__((warn_unused_result));
/* To be called before the daemon takes this site: tells the front, or starts or stops it. -1: a secret can't
 * be read; nothing is changed then. */
int front_reload(struct daemon *daemon, const struct site *site, struct soar_err *err)
    __attribute__((warn_unused_result));
void front_drain(struct front_link *link);       /* takes no more; answers still go out */
bool front_quiet(const struct front_link *link); /* each document has its answer, and it is sent */
void front_close(struct daemon *daemon);

/* Answers a request: `content` is the body's type. An id is answered once; one that no front knows is
 * ignored. */
void front_answer(struct front_link *link, uint64_t id, int status, const char *content, const char *body,
                  size_t len);
/* The same with headers of their own, for those that need one: Retry-After, Allow (0, NULL: none). */
void front_answer_with(struct front_link *link, uint64_t id, int status, int retry_after_s, const char *allow,
                       const char *content, const char *body, size_t len);
/* To a webhook: JSON, or a problem document from 400 on; repeated: as it was answered the first time. */
void front_answer_document(struct front_link *link, uint64_t id, int status, bool repeated, const char *body,
                           size_t len);
enum { FRONT_RETRY_AFTER_S = 5 }; /* what a 503 asks for */
/* An RFC 9457 problem document; a 503 says when to try again. */
void front_problem(struct front_link *link, uint64_t id, int status, const char *detail);

/* Tells the front whether new work is taken, if that has changed. */
void front_state(struct daemon *daemon);

struct front_status {
    bool wanted;                /* `listen:` is there */
    bool ready;                 /* it has bound its address */
    const char *address;        /* as bound, with its port; "" before */
    const char *failure;        /* why it isn't ready; "" */
    int64_t restarts;           /* in this life */
    size_t unanswered;          /* requests that wait for the engine */
    const struct value *counts; /* its last `count` message: totals since it was started; NULL: none yet */
};
void front_status(const struct front_link *link, struct front_status *ret_status);

#endif
