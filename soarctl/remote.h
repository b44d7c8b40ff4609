/* soard, asked in place of a record of one's own.
 *
 * As it should go: remote_find() looks where a soard would listen: --socket, SOAR_SOCKET; else the state
 * directory that was named, or that of the configuration that was named; else the usual places. Where one
 * listens, remote_call() asks it for the verb, and what comes back is what the verb itself would have
 * answered here.
 *
 * As it goes wrong: where none listens the command is done here, on the record itself, unless the socket was
 * named. A soard that may not be asked is an error: its record is not somebody else's. */
#ifndef SOARCTL_REMOTE_H
#define SOARCTL_REMOTE_H

#include "engine/report/report_style.h"
#include "soarctl/args.h"

struct remote {
    int fd; /* connected; -1: no soard is asked */
    const char *path;
};

/* Which socket is it, if any? -1: it was named and can't be reached, or may not be used. What is worth a
 * warning goes to `mistakes`. */
int remote_find(const struct args *args, struct arena *arena, struct remote *ret_remote, struct buf *mistakes,
                struct soar_err *err) __attribute__((warn_unused_result));

/* One question is one connection: asking again connects again. */
struct remote_answer {
    struct value answer;
    int exit;
    const char *mistakes; /* "": none */
};
int remote_call(struct remote *remote, const struct args *args, struct arena *arena, bool preview, bool live,
                const struct report_style *style, struct remote_answer *ret_answer, struct soar_err *err)
    __attribute__((warn_unused_result));
void remote_close(struct remote *remote);

#endif
