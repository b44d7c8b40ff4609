/* The desk: what people ask of soard, each from its request to its answer, while the loop goes on.
 *
 * As it should go: desk_begin() takes a verb with its request; in the next turns the verb is called, waited
 * for, and what it decided becomes durable; then done() is called, once, never from within desk_begin().
 * Verbs that plan get a loop of their own over a journal in memory with the ledger's rows, and workers that
 * only read.
 *
 * As it goes wrong: who may not ask gets DENIED, and nothing is opened. Somebody who goes away is
 * desk_leave()d: what was begun goes on, and nobody is told. Beyond DESK_CASES_MAX at once a request is
 * refused, TRANSIENT. */
#ifndef SOARD_DESK_H
#define SOARD_DESK_H

#include "engine/report/report_style.h"
#include "engine/verbs/verb.h"

struct daemon;
struct desk_case;

enum { DESK_CASES_MAX = 256 }; /* each holds an arena; people and scripts ask one after the other */

struct desk_answer { /* valid until done() returns */
    const struct value *answer;
    int exit;
    const char *mistakes;       /* of files, lines; "" */
    const struct soar_err *err; /* class SOAR_DONE: answered */
};

struct desk_request {
    const struct verb *verb;
    bool preview;         /* its preview is asked, not itself */
    struct value request; /* in `arena` */
    struct arena *arena;  /* taken: it lives as long as the run that was begun */
    const char *by;       /* "ana (uid 1004)"; in `arena` */
    unsigned roles;
    struct report_style style;                             /* of live lines */
    bool begun;                                            /* it is enough that it has begun */
    bool terminal;                                         /* they may move the cursor */
    void (*live)(void *arg, const char *text, size_t len); /* NULL: no live lines are wanted */
    void (*done)(void *arg, const struct desk_answer *answer);
    void *arg;
};

struct desk_case *desk_begin(struct daemon *daemon, const struct desk_request *request);
void desk_leave(struct desk_case *asked);

int desk_open(struct daemon *daemon, struct soar_err *err) __attribute__((warn_unused_result));
/* After each turn of the loop. True: something was begun that wants another turn. */
bool desk_turned(struct daemon *daemon);
/* After the loop has gone, and those who asked: what its runs pointed into goes last. */
void desk_close(struct daemon *daemon);

#endif
