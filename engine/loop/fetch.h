/* Fetching playbooks: a repository's commit, by the worker soar-git, without ever waiting for it.
 *
 * As it should go: fetch_begin() has the worker bring the ref's commit into the store and tell what it is;
 * unless it is the one in use, or refused, each of its files is read; then done() is called, once, and later.
 *
 * As it goes wrong: whatever happens, done() comes with an error that says what it was about. A server that
 * hangs costs the worker its life at the deadline, and nothing else: a fetch has callers of its own, so no
 * run's worker waits for it. What the worker says a commit holds, and what it follows, is counted again
 * (fetch_proof.h). */
#ifndef LOOP_FETCH_H
#define LOOP_FETCH_H

#include "engine/base/world.h"
#include "engine/site/site.h"
#include "soar/call.h"

struct fetcher;
struct event_base;

struct fetched {                /* valid until done() returns */
    const struct value *answer; /* of git.fetch: {commit, ref, change, subject, refused, ignored …} */
    const char *peer;           /* what it was asked with, as fetch_peer() says it */
    const char *live;           /* the commit that was in use then; NULL: none */
    bool same;                  /* it is that one */
    bool follows;               /* that one is among its ancestors, as its objects say; or there is none */
    const char *commit; /* its bytes, which have the name that it says; NULL: it is refused, or in use */
    size_t commit_len;
    size_t file_count;
    const struct source_file *files;
};

typedef void (*fetch_done_fn)(void *arg, const char *name, const struct fetched *fetched,
                              const struct soar_err *err); /* fetched NULL: err says why */

/* The caller is its own from now on: freed with it. */
struct fetcher *fetcher_new(struct soar_caller *caller, const struct world *world)
    __attribute__((warn_unused_result));
void fetcher_free(struct fetcher *fetcher); /* who still waits hears nothing */

/* live: the commit in use, or NULL. -1: done() doesn't come. */
int fetch_begin(struct fetcher *fetcher, const struct site *site, const struct site_source *source,
                const char *state, const char *live, fetch_done_fn done, void *arg, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Until nothing is out: for a program that serves nobody else. */
void fetcher_wait(struct fetcher *fetcher, struct event_base *base, const volatile int *stop);
bool fetch_is_out(const struct fetcher *fetcher, const char *name);

/* What the worker is told of the repository, without secrets. -1: a file that it names can't be read. */
int fetch_peer(const struct site_source *source, const char *state, struct arena *arena, char **ret_peer,
               struct soar_err *err) __attribute__((warn_unused_result));

#endif
