/* Objects of git as they stand in its store, named by their SHA-1: to tell that a text is the one that a
 * commit holds, whoever says so. Nothing here opens a repository. */
#ifndef BASE_GITOBJ_H
#define BASE_GITOBJ_H

#include <stdbool.h>
#include <stddef.h>

enum { GITOBJ_ID_BYTES = 41 }; /* 40 hex digits and the NUL */

/* kind: "blob", "tree", "commit". */
void gitobj_id(const char *kind, const void *bytes, size_t len, char ret_id[GITOBJ_ID_BYTES]);

/* The tree of a commit; false: it is none. */
bool gitobj_commit_tree(const char *commit, size_t len, char ret_id[GITOBJ_ID_BYTES]);

/* Its parents, from index 0 on; false: it has no more. */
bool gitobj_commit_parent(const char *commit, size_t len, size_t index, char ret_id[GITOBJ_ID_BYTES]);

/* The entries of a tree in their order, from *offset 0 on; false: the end, or no sense. A link or a submodule
 * is neither folder nor file. */
struct gitobj_entry {
    const char *name; /* with a NUL behind it */
    size_t name_len;
    bool folder, file;
    char id[GITOBJ_ID_BYTES];
};
bool gitobj_tree_next(const void *tree, size_t len, size_t *offset, struct gitobj_entry *ret_entry);
bool gitobj_tree_find(const void *tree, size_t len, const char *name, size_t name_len,
                      struct gitobj_entry *ret_entry);

#endif
