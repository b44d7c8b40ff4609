/* Repositories of playbooks: which commit of each is in use, and whether another may take its place.
 *
 * As it should go: sources_fetch() has a repository asked; a commit that goes forward from the one in use, is
 * signed where signers are named, and whose playbooks have no mistake, is used at once or waits for
 * sources_promote(), as the configuration says. changed() comes when another is in use; it is durable by
 * then, and in the journal.
 *
 * As it goes wrong: the commit in use stays, whole, and the state says what is wrong since when; that goes
 * into the journal once. A repository that can't be reached takes nothing away. */
#ifndef VERBS_SOURCES_H
#define VERBS_SOURCES_H

#include "engine/loop/fetch.h"
#include "engine/loop/loop.h"

struct sources;

struct sources_config {
    struct soar_caller *caller; /* its own from now on */
    const struct world *world;
    const char *state;
    struct loop *loop; /* of the journal */
    void (*changed)(void *arg, const char *name);
    void *arg;
};

struct sources *sources_new(const struct sources_config *config) __attribute__((warn_unused_result));
void sources_free(struct sources *sources);

/* From now on these repositories, and these to hold a playbook against; to outlive the next call. What is in
 * use of each is noted in the journal, by whom. */
struct sources_site {
    const struct site *site;
    const struct policy *policy;
    const struct pack_shelf *shelf;
};
void sources_use(struct sources *sources, const struct sources_site *with, const char *by);

/* name NULL: all of them. INVALID: there is none. One that is out already is not asked twice. */
int sources_fetch(struct sources *sources, const char *name, const char *by, struct soar_err *err)
    __attribute__((warn_unused_result));
bool sources_busy(const struct sources *sources, const char *name); /* NULL: any of them */

/* The commit that waits, by its id or the first 8 or more digits of it. */
int sources_promote(struct sources *sources, const char *name, const char *commit, const char *by,
                    struct soar_err *err) __attribute__((warn_unused_result));

/* [{source, url, ref, promote, commit?, signed_by?, subject?, state, why?, since?, next? …}]. */
struct value sources_value(const struct sources *sources, const char *name, struct arena *arena);

/* When one is to be asked again, of the boot clock (INT64_MAX: never); asks those whose time has come. */
int64_t sources_due(const struct sources *sources);
void sources_turn(struct sources *sources);

void sources_wait(struct sources *sources, struct event_base *base, const volatile int *stop);

#endif
