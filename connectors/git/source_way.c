/* The way from a commit back to one of its ancestors, so that the engine can see it for itself. Where history
 * has one parent there is nothing to choose; at a merge the first that has the ancestor is taken. */
#include <string.h>

#include "connectors/git/source.h"

/* *ret_next: the parent that is `live`, or comes after it. false: none does. */
static bool step(struct source *source, git_commit *commit, const git_oid *live, git_oid *ret_next)
{
    unsigned count = git_commit_parentcount(commit);
    for (unsigned i = 0; i < count; i++)
        if (git_oid_equal(git_commit_parent_id(commit, i), live)) {
            *ret_next = *live;
            return true;
        }
    for (unsigned i = 0; i < count; i++) {
        *ret_next = *git_commit_parent_id(commit, i);
        if (count == 1 || git_graph_descendant_of(source->store, ret_next, live) == 1)
            return true;
    }
    return false;
}

/* One more of them; 0: `live` is next, or the answer is full; 1: go on from *at; -1: it leads nowhere. */
static int take(struct source *source, git_oid *at, const git_oid *live, size_t *left,
                struct value_builder *way)
{
    git_commit *commit = NULL;
    git_oid next;
    git_odb_object *object = source_object(source, at, GIT_OBJECT_COMMIT, SOURCE_COMMIT_BYTES_MAX);
    if (!object)
        return -1;
    size_t len = git_odb_object_size(object);
    bool fits = len <= *left;
    if (fits)
        value_push(way, value_bytes(way->arena, git_odb_object_data(object), len));
    git_odb_object_free(object);
    if (!fits)
        return 0;
    *left -= len;
    bool leads = git_commit_lookup(&commit, source->store, at) == 0 && step(source, commit, live, &next);
    git_commit_free(commit);
    if (!leads)
        return -1;
    *at = next;
    return git_oid_equal(&next, live) ? 0 : 1;
}

int source_way(struct source *source, const char *commit, const char *live, struct arena *arena,
               struct value *ret_way, struct soar_err *err)
{
    git_oid at, end;
    struct value_builder way;
    size_t left = SOURCE_WAY_BYTES_MAX;
    int more = 1;
    if (!source_is_id(commit) || !source_is_id(live) || git_oid_fromstr(&at, commit) ||
        git_oid_fromstr(&end, live))
        return soar_err_set(err, SOAR_INVALID, "commit, live: expected 40 hex digits");
    value_build(&way, arena);
    while (more > 0)
        more = take(source, &at, &end, &left, &way);
    *ret_way = value_end_list(&way);
    return more == 0
               ? 0
               : soar_err_set(err, SOAR_PERMANENT, "no way leads from commit %.12s to %.12s", commit, live);
}
