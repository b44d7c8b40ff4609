/* From a commit's name down to a file's, by names alone: each object is known by what its bytes hash to,
 * never by what it was called. */
#include "engine/loop/fetch_proof.h"

#include <string.h>

#include "engine/base/sshsig.h"

struct fetch_tree {
    const uint8_t *bytes;
    size_t len;
    char id[GITOBJ_ID_BYTES];
};

static int no_fit(const char *what, struct soar_err *err)
{
    return soar_err_set(err, SOAR_PERMANENT, "soar-git says what its objects don't: %s", what);
}

static const uint8_t *decode(struct arena *arena, const struct value *text, size_t *ret_len)
{
    if (!text || text->kind != VALUE_STRING)
        return NULL;
    if (text->len == 0) { /* the tree that holds nothing */
        *ret_len = 0;
        return (const uint8_t *)"";
    }
    return sshsig_base64(arena, text->text, text->len, ret_len);
}

int fetch_proof_open(struct arena *arena, const struct value *answer, struct fetch_proof *ret_proof,
                     struct soar_err *err)
{
    const struct value *trees = value_get(answer, "trees");
    struct fetch_proof *to = ret_proof;
    char id[GITOBJ_ID_BYTES];
    const uint8_t *commit = decode(arena, value_get(answer, "object"), &to->commit_len);

    to->commit = (const char *)commit;
    if (!commit)
        return no_fit("the commit", err);
    gitobj_id("commit", commit, to->commit_len, id);
    if (strcmp(id, value_get_string(answer, "commit", "")) != 0 ||
        !gitobj_commit_tree(to->commit, to->commit_len, to->tree))
        return no_fit("the commit", err);
    to->tree_count = value_count(trees);
    to->trees = arena_array(arena, to->tree_count + 1, sizeof *to->trees);
    for (size_t i = 0; i < to->tree_count; i++) {
        struct fetch_tree *tree = &to->trees[i];

        tree->bytes = decode(arena, value_at(trees, i), &tree->len);
        if (!tree->bytes)
            return no_fit("a tree", err);
        gitobj_id("tree", tree->bytes, tree->len, tree->id);
    }
    return 0;
}

static const struct fetch_tree *find(const struct fetch_proof *proof, const char *id)
{
    for (size_t i = 0; i < proof->tree_count; i++)
        if (strcmp(proof->trees[i].id, id) == 0)
            return &proof->trees[i];
    return NULL;
}

/* Through each folder of the path; the last name is a file if `file`, else a folder, too. */
static bool walk(const struct fetch_proof *proof, const char *path, bool file, char id[GITOBJ_ID_BYTES])
{
    for (const char *at = path; *at;) {
        const struct fetch_tree *tree = find(proof, id);
        size_t len = strcspn(at, "/");
        bool last = at[len] == '\0';
        struct gitobj_entry entry;

        if (!tree || !gitobj_tree_find(tree->bytes, tree->len, at, len, &entry) ||
            !(last && file ? entry.file : entry.folder))
            return false;
        memcpy(id, entry.id, GITOBJ_ID_BYTES);
        at += len + !last;
    }
    return true;
}

int fetch_proof_file(const struct fetch_proof *proof, const char *folder, const char *path,
                     char ret_id[GITOBJ_ID_BYTES], struct soar_err *err)
{
    memcpy(ret_id, proof->tree, GITOBJ_ID_BYTES);
    return *path && walk(proof, folder, false, ret_id) && walk(proof, path, true, ret_id) ? 0
                                                                                          : no_fit(path, err);
}

static bool is_yaml(const struct gitobj_entry *entry)
{
    const char *dot = entry->file ? strrchr(entry->name, '.') : NULL;

    return dot && dot != entry->name && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

enum { DEPTH_MAX = 32, ENTRIES_MAX = 20000 }; /* more than the worker lists */

/* false: a tree is missing, or there is more than anybody wrote. */
static bool count(const struct fetch_proof *proof, const char *id, int depth, size_t *entries, size_t *files)
{
    const struct fetch_tree *tree = depth < DEPTH_MAX ? find(proof, id) : NULL;
    struct gitobj_entry entry;
    size_t offset = 0;

    if (!tree)
        return false;
    while (gitobj_tree_next(tree->bytes, tree->len, &offset, &entry)) {
        *files += is_yaml(&entry);
        if (++*entries > ENTRIES_MAX || (entry.folder && !count(proof, entry.id, depth + 1, entries, files)))
            return false;
    }
    return true;
}

int fetch_proof_count(const struct fetch_proof *proof, const char *folder, size_t files, struct soar_err *err)
{
    char id[GITOBJ_ID_BYTES];
    size_t entries = 0, found = 0;

    memcpy(id, proof->tree, GITOBJ_ID_BYTES);
    return walk(proof, folder, false, id) && count(proof, id, 0, &entries, &found) && found == files
               ? 0
               : no_fit("how many playbooks there are", err);
}

static bool is_parent(const uint8_t *commit, size_t len, const char *id)
{
    char parent[GITOBJ_ID_BYTES];

    for (size_t i = 0; gitobj_commit_parent((const char *)commit, len, i, parent); i++)
        if (strcmp(parent, id) == 0)
            return true;
    return false;
}

int fetch_proof_way(struct arena *arena, const struct value *commits, const char *live,
                    char at[GITOBJ_ID_BYTES], bool *ret_there, struct soar_err *err)
{
    static const char what[] = "that the commit follows the one in use";
    const uint8_t *before = NULL;
    size_t count = value_count(commits), before_len = 0;

    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        const uint8_t *commit = decode(arena, value_at(commits, i), &len);
        char id[GITOBJ_ID_BYTES];

        if (!commit)
            return no_fit(what, err);
        gitobj_id("commit", commit, len, id);
        if (before ? !is_parent(before, before_len, id) : strcmp(id, at) != 0)
            return no_fit(what, err);
        memcpy(at, id, GITOBJ_ID_BYTES);
        before = commit;
        before_len = len;
    }
    *ret_there = before && is_parent(before, before_len, live);
    return *ret_there || count > 1 ? 0 : no_fit(what, err);
}
