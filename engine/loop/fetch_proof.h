/* What soar-git hands over with a commit, counted by ourselves: the commit's bytes have its name, its trees
 * theirs, each file's text is the one that they hold, and from parent to parent it leads back to the one
 * in use. So whoever has taken the worker over can keep a commit from us, and can neither make one up nor
 * bring an older one back. engine/loop's own. */
#ifndef LOOP_FETCH_PROOF_H
#define LOOP_FETCH_PROOF_H

#include "engine/base/gitobj.h"
#include "engine/base/value.h"
#include "soar/err.h"

struct fetch_proof {
    const char *commit; /* its bytes */
    size_t commit_len;
    char tree[GITOBJ_ID_BYTES];
    size_t tree_count;
    struct fetch_tree *trees;
};

/* answer: of git.fetch. PERMANENT: it doesn't fit. */
int fetch_proof_open(struct arena *arena, const struct value *answer, struct fetch_proof *ret_proof,
                     struct soar_err *err) __attribute__((warn_unused_result));
/* The name of the blob that is the file PATH in FOLDER ("": the whole). */
int fetch_proof_file(const struct fetch_proof *proof, const char *folder, const char *path,
                     char ret_id[GITOBJ_ID_BYTES], struct soar_err *err) __attribute__((warn_unused_result));

/* The commits from `at` on, each a parent of the one before it: the next piece of the way back to `live`.
 * *ret_there: its last is a child of `live`; else `at` is that last one, and the way goes on from there. */
int fetch_proof_way(struct arena *arena, const struct value *commits, const char *live,
                    char at[GITOBJ_ID_BYTES], bool *ret_there, struct soar_err *err)
    __attribute__((warn_unused_result));

/* Are there so many YAML files in the folder and below? */
int fetch_proof_count(const struct fetch_proof *proof, const char *folder, size_t files, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
