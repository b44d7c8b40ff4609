/* What a commit is, and how it stands to the one in use; and the text of one of its files. Objects are read
 * by their header first: what says that it is larger than it may be is not unpacked. */
#include <string.h>

#include "connectors/git/source.h"
#include "engine/base/text.h"

git_odb_object *source_object(struct source *source, const git_oid *id, git_object_t want, size_t most)
{
    git_odb *odb = NULL;
    git_odb_object *object = NULL;
    git_object_t type = GIT_OBJECT_INVALID;
    size_t size = 0;
    if (git_repository_odb(&odb, source->store) == 0 && git_odb_read_header(&size, &type, odb, id) == 0 &&
        type == want && size <= most && git_odb_read(&object, odb, id))
        object = NULL;
    git_odb_free(odb);
    return object;
}

static const char *change_of(struct source *source, const git_oid *commit, const char *live)
{
    git_oid old;
    git_commit *before = NULL;
    if (!live || live[0] == '\0')
        return "first";
    if (git_oid_fromstr(&old, live))
        return "forced";
    if (git_oid_equal(&old, commit))
        return "same";
    bool known = git_commit_lookup(&before, source->store, &old) == 0;
    git_commit_free(before);
    return known && git_graph_descendant_of(source->store, commit, &old) == 1 ? "forward" : "forced";
}

static void put_count(struct source *source, const git_oid *commit, const char *live,
                      struct value_builder *out)
{
    git_oid old;
    size_t ahead = 0, behind = 0;
    if (live && live[0] && git_oid_fromstr(&old, live) == 0 &&
        git_graph_ahead_behind(&ahead, &behind, source->store, commit, &old) == 0)
        value_put_text(out, "commits", value_int((int64_t)ahead));
}

/* The first line of the message: a stranger's words. */
static void put_subject(const char *text, size_t len, struct value_builder *out)
{
    enum { SUBJECT_BYTES_MAX = 120 };
    const char *body = memmem(text, len, "\n\n", 2);
    if (!body)
        return;
    body += 2;
    size_t most = (size_t)(text + len - body), subject = 0;
    while (subject < most && body[subject] != '\n' && subject < SUBJECT_BYTES_MAX)
        subject++;
    for (int cut = 0; cut < 3 && subject > 0 && !text_is_utf8(body, subject); cut++) /* inside a character */
        subject--;
    if (text_is_utf8(body, subject))
        value_put_text(out, "subject", value_string(out->arena, body, subject));
}

int source_commit(struct source *source, const git_oid *commit, const char *live, struct value_builder *out,
                  struct soar_err *err)
{
    char id[GIT_OID_HEXSZ + 1];
    git_odb_object *object = source_object(source, commit, GIT_OBJECT_COMMIT, SOURCE_COMMIT_BYTES_MAX);
    if (!object)
        return soar_err_set(err, SOAR_PERMANENT, "the commit is larger than %d bytes, or damaged",
                            SOURCE_COMMIT_BYTES_MAX);
    const char *text = git_odb_object_data(object);
    size_t len = git_odb_object_size(object);
    git_oid_tostr(id, sizeof id, commit);
    value_put_text(out, "commit", value_text(out->arena, id));
    value_put_text(out, "change", value_static(change_of(source, commit, live)));
    put_count(source, commit, live, out);
    value_put_text(out, "object", value_bytes(out->arena, text, len));
    put_subject(text, len, out);
    git_odb_object_free(object);
    return 0;
}

static int find_blob(struct source *source, const git_oid *commit, const char *path, git_oid *ret_blob)
{
    git_commit *it = NULL;
    git_tree *tree = NULL;
    git_tree_entry *entry = NULL;
    int rc = git_commit_lookup(&it, source->store, commit);
    rc = rc ? rc : git_commit_tree(&tree, it);
    rc = rc ? rc : git_tree_entry_bypath(&entry, tree, path);
    if (rc == 0 && git_tree_entry_filemode_raw(entry) == GIT_FILEMODE_LINK)
        rc = -1;
    if (rc == 0)
        *ret_blob = *git_tree_entry_id(entry);
    git_tree_entry_free(entry);
    git_tree_free(tree);
    git_commit_free(it);
    return rc;
}

int source_read(struct source *source, const char *commit, const char *path, struct arena *arena,
                struct value *ret_text, struct soar_err *err)
{
    git_oid id, blob;
    const char *whole = source->peer.path[0] ? arena_printf(arena, "%s/%s", source->peer.path, path) : path;
    if (!source_is_id(commit) || git_oid_fromstr(&id, commit))
        return soar_err_set(err, SOAR_INVALID, "commit: expected 40 hex digits");
    git_odb_object *object = find_blob(source, &id, whole, &blob)
                                 ? NULL
                                 : source_object(source, &blob, GIT_OBJECT_BLOB, SOURCE_FILE_BYTES_MAX);
    if (!object)
        return soar_err_set(err, SOAR_ABSENT, "%s is no file of commit %.12s, or larger than %d bytes", path,
                            commit, SOURCE_FILE_BYTES_MAX);
    const char *text = git_odb_object_data(object);
    size_t len = git_odb_object_size(object);
    bool good = text_is_utf8(text, len) && !memchr(text, '\0', len);
    if (good)
        *ret_text = value_string(arena, text, len);
    git_odb_object_free(object);
    return good ? 0 : soar_err_set(err, SOAR_INVALID, "%s is no text in UTF-8", path);
}
