/* soar-git: one repository that playbooks come from, and our own bare copy of what was fetched.
 *
 * As it should go: source_open() takes the store for this process alone and tidies what a killed one left;
 * source_fetch() brings one ref's commit into it; source_tree() lists its playbooks; source_read() reads one.
 * As it goes wrong: a server that hangs is nobody's concern here: the engine kills the process. A store that
 * makes no sense is thrown away, for it is a cache.
 *
 * Nothing is ever checked out: commits, trees and blobs are read from the object store, so no link, no
 * filter, no hook and no submodule has any power. */
#ifndef CONNECTORS_GIT_SOURCE_H
#define CONNECTORS_GIT_SOURCE_H

#include <git2.h>

#include "connectors/worker/worker.h"
#include "engine/base/buf.h"
#include "engine/base/sshsig.h"

enum {
    SOURCE_FILES_MAX = 500,             /* playbooks of one repository */
    SOURCE_FILE_BYTES_MAX = 256 * 1024, /* of one: its text fits a line to the engine, escaped */
    SOURCE_ENTRIES_MAX = 10000,         /* looked at, whatever they are */
    SOURCE_DEPTH_MAX = 16,              /* of folders */
    SOURCE_PATH_BYTES_MAX = 512,
    SOURCE_IGNORED_MAX = 20,             /* told one by one; the rest is counted */
    SOURCE_COMMIT_BYTES_MAX = 64 * 1024, /* a person wrote its message */
    SOURCE_TREE_BYTES_MAX = 256 * 1024,
    SOURCE_TREES_BYTES_MAX = 384 * 1024,       /* all of them go to the engine in one line, in base64 */
    SOURCE_WAY_BYTES_MAX = 256 * 1024,         /* of commits in one answer, in base64, too */
    SOURCE_PACK_BYTES_MAX = 256 * 1024 * 1024, /* received in one fetch */
    SOURCE_OBJECTS_MAX = 1000000,
    SOURCE_OBJECT_BYTES_MAX = 64 * 1024 * 1024, /* as a packed object says of itself: it is held in memory */
};

struct source_peer {
    const char *name;
    const char *url;
    const char *ref;         /* branch, tag, refs/…, or a commit's whole id */
    const char *path;        /* a folder of the repository; "" the whole */
    const char *store;       /* absolute */
    const char *ca;          /* PEM, or NULL: the system's */
    const char *known_hosts; /* lines, or NULL */
    const char *user;
    bool ssh;
    const char *host, *port; /* out of the URL */
};

struct source {
    struct source_peer peer;
    struct arena *arena; /* of the peer */
    git_repository *store;
    int lock;
    const struct value *secrets; /* of the call that is out */
    int log_ins;                 /* how often the server asked */
    struct soar_err refused;     /* what one of our callbacks said no to; DONE: nothing */
};

/* source_peer.c */
int source_peer_parse(struct arena *arena, const struct value *peer, struct source_peer *ret_peer,
                      struct soar_err *err) __attribute__((warn_unused_result));
bool source_is_id(const char *text); /* 40 hex digits */

/* source_store.c: for a fetch, alone; to read, beside others. */
int source_open(struct source *source, bool alone, int64_t deadline_ms, struct soar_err *err)
    __attribute__((warn_unused_result));
void source_close(struct source *source);
void source_throw_away(struct source *source); /* what is in the store; it must be open, alone */
int source_write_file(const char *dir, const char *name, const char *text, struct soar_err *err)
    __attribute__((warn_unused_result));

extern const char source_fetched[]; /* the ref that remembers what was fetched last */

/* source_fetch.c: ret_ref: the name it was found under, in `arena`. */
int source_fetch(struct source *source, struct arena *arena, git_oid *ret_commit, const char **ret_ref,
                 struct soar_err *err) __attribute__((warn_unused_result));
/* The library's words, as TRANSIENT; what a callback of ours refused stands before them. */
int source_fail(struct source *source, const char *doing, struct soar_err *err);

/* source_trust.c: who is at the far end, and who we are. */
int source_trust(struct source *source, struct soar_err *err) __attribute__((warn_unused_result));
int source_certificate(git_cert *cert, int valid, const char *host, void *arg);
int source_credential(git_credential **ret, const char *url, const char *user, unsigned allowed, void *arg);

/* source_tree.c: the playbooks of a commit. *ret_refused: "", or why none of it may be used. */
struct source_tree {
    struct value files;   /* [{path, size}] */
    struct value trees;   /* [bytes]: of the folders on the way there, and of all below */
    struct value ignored; /* [text] */
    const char *refused;
};
int source_tree(struct source *source, const git_oid *commit, struct arena *arena,
                struct source_tree *ret_tree, struct soar_err *err) __attribute__((warn_unused_result));
/* The rules for one name in a tree, "" or why not. */
const char *source_name_refused(const char *name);

/* source_commit.c */
/* The object, whole, to be freed; NULL: it isn't there, is another kind, or is larger than that. */
git_odb_object *source_object(struct source *source, const git_oid *id, git_object_t want, size_t most);
int source_commit(struct source *source, const git_oid *commit, const char *live, struct value_builder *out,
                  struct soar_err *err) __attribute__((warn_unused_result));
/* source_way.c: commits as they stand in the store, each a parent of the one before it, from this one on
 * towards `live`: as many as a line holds. */
int source_way(struct source *source, const char *commit, const char *live, struct arena *arena,
               struct value *ret_way, struct soar_err *err) __attribute__((warn_unused_result));
int source_read(struct source *source, const char *commit, const char *path, struct arena *arena,
                struct value *ret_text, struct soar_err *err) __attribute__((warn_unused_result));

#endif
