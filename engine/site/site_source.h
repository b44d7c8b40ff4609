/* Playbooks from git: where they come from, as the configuration says, and the commits of it that we keep.
 *
 * The commit in use is a file of ours in the state directory, with the texts of its playbooks: starting needs
 * no repository, no worker and no network, and nothing that happens to the store takes playbooks away. A
 * second one is the commit that waits for a person. Both are replaced as a whole. */
#ifndef SITE_SITE_SOURCE_H
#define SITE_SITE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "soar/err.h"

struct site_source {
    const char *name; /* a word: of its files, and for people */
    const char *url;
    const char *ref;
    const char *path;             /* "" the whole repository */
    const char *user;             /* or NULL */
    const char *ca, *known_hosts; /* files, or NULL */
    const char *signers_file;     /* or NULL: commits needn't be signed */
    const char *signers;          /* its text, as it was when the configuration was read */
    const char *secret_key, *secret_password, *secret_token; /* references, or NULL */
    int64_t every_ms;
    int64_t deadline_ms;
    bool by_person; /* a commit is used when a person has promoted it */
    int line;
};

struct source_file {
    const char *path; /* in the subfolder */
    const char *text;
    size_t len;
};

struct source_commit {
    const char *url, *ref, *path; /* of the source, when it was fetched */
    const char *commit;
    const char *by;      /* who signed it; "": nobody was asked */
    const char *subject; /* the first line of its message: a stranger's words */
    const char *object;  /* its bytes, as git stores them, or NULL */
    size_t object_len;
    int64_t time_ms;    /* as the commit says */
    int64_t fetched_ms; /* of the wall clock */
    size_t file_count;
    const struct source_file *files;
};

enum source_kept { SOURCE_LIVE, SOURCE_NEXT };

/* *ret_commit NULL: there is none. What can't be read is an error: whoever goes on without it would take an
 * older commit for a new one. */
int source_commit_read(struct arena *arena, const char *state, const char *name, enum source_kept kept,
                       struct source_commit **ret_commit, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Durable when it returns. */
int source_commit_write(const char *state, const char *name, enum source_kept kept,
                        const struct source_commit *commit, struct soar_err *err)
    __attribute__((warn_unused_result));
void source_commit_drop(const char *state, const char *name, enum source_kept kept);

/* Is it of the repository, ref and folder that the configuration names now? */
bool source_commit_fits(const struct source_commit *commit, const struct site_source *source);

#endif
