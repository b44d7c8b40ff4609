/* One ref's commit, brought into the store. The server's list says what the ref is; only what that needs is
 * asked for, no tag beside it, and no more of it is taken than the limits say. A ref of ours remembers what
 * was fetched last, so that the next time only the rest comes. */
#include <string.h>

#include "connectors/git/source.h"

const char source_fetched[] = "refs/soar/fetched";

static int progress(const git_indexer_progress *at, void *arg)
{
    struct source *source = arg;
    if (at->received_bytes > SOURCE_PACK_BYTES_MAX)
        soar_err_set(&source->refused, SOAR_PERMANENT,
                     "it sends more than %d MiB: is this a repository of playbooks?",
                     SOURCE_PACK_BYTES_MAX / 1024 / 1024);
    else if (at->total_objects > SOURCE_OBJECTS_MAX)
        soar_err_set(&source->refused, SOAR_PERMANENT,
                     "it has more than %d objects: is this a repository of playbooks?", SOURCE_OBJECTS_MAX);
    return source->refused.class == SOAR_DONE ? 0 : GIT_EUSER;
}

int source_fail(struct source *source, const char *doing, struct soar_err *err)
{
    const git_error *last = git_error_last();
    if (source->refused.class != SOAR_DONE)
        return soar_err_set(err, source->refused.class, "%s", source->refused.text);
    enum soar_class class = last && last->klass == GIT_ERROR_SSL ? SOAR_DENIED : SOAR_TRANSIENT;
    soar_err_set(err, class, "%s: %s%s", doing, last && last->message ? last->message : "failed",
                 class == SOAR_DENIED
                     ? " (it must name the host, be valid now, and be signed by `ca`, or by an "
                       "authority that this machine trusts)"
                     : "");
    for (char *end = err->text; (end = strchr(end, '\n'));) /* a line for each fault of a certificate */
        *end = ';';
    return -1;
}

struct found {
    const char *name;
    git_oid id;
};

static bool find(const git_remote_head *const *heads, size_t count, const char *name, struct found *ret_found)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(heads[i]->name, name) == 0) {
            *ret_found = (struct found){name, heads[i]->oid};
            return true;
        }
    return false;
}

static int choose(struct source *source, const git_remote_head *const *heads, size_t count,
                  struct arena *arena, struct found *ret_found, struct soar_err *err)
{
    const char *ref = source->peer.ref;
    struct found tag;
    if (strncmp(ref, "refs/", 5) == 0) {
        if (find(heads, count, ref, ret_found))
            return 0;
        return soar_err_set(err, SOAR_ABSENT, "the repository has no %s", ref);
    }
    bool is_tag = find(heads, count, arena_printf(arena, "refs/tags/%s", ref), &tag);
    bool is_branch = find(heads, count, arena_printf(arena, "refs/heads/%s", ref), ret_found);
    if (is_tag && is_branch)
        return soar_err_set(err, SOAR_INVALID, "%s is a branch and a tag: say refs/heads/%s or refs/tags/%s",
                            ref, ref, ref);
    if (is_tag)
        *ret_found = tag;
    if (is_tag || is_branch)
        return 0;
    return soar_err_set(err, SOAR_ABSENT, "the repository has no branch and no tag %s", ref);
}

/* A commit by its id is asked for by the ref that is it, if there is one: not every server gives out others.
 */
static void choose_id(struct source *source, const git_remote_head *const *heads, size_t count,
                      struct found *ret_found)
{
    *ret_found = (struct found){.name = source->peer.ref};
    git_oid_fromstr(&ret_found->id, source->peer.ref);
    for (size_t i = 0; i < count; i++)
        if (git_oid_equal(&heads[i]->oid, &ret_found->id))
            ret_found->name = heads[i]->name;
}

static int peel(struct source *source, const struct found *found, git_oid *ret_commit, struct soar_err *err)
{
    git_object *object = NULL, *commit = NULL;
    int rc = git_object_lookup(&object, source->store, &found->id, GIT_OBJECT_ANY);
    if (rc == 0)
        rc = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    if (rc == 0)
        *ret_commit = *git_object_id(commit);
    else
        soar_err_set(err, SOAR_PERMANENT, "%s is no commit", found->name);
    git_object_free(commit);
    git_object_free(object);
    return rc ? -1 : 0;
}

static int remember(struct source *source, const git_oid *commit, struct soar_err *err)
{
    git_reference *ref = NULL;
    if (git_reference_create(&ref, source->store, source_fetched, commit, true, NULL))
        return source_fail(source, source_fetched, err);
    git_reference_free(ref);
    return 0;
}

static int with_remote(struct source *source, git_remote *remote, struct arena *arena,
                       struct found *ret_found, struct soar_err *err)
{
    git_remote_connect_options connect;
    git_fetch_options options;
    const git_remote_head **heads = NULL;
    size_t count = 0;
    git_remote_connect_options_init(&connect, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    connect.callbacks.certificate_check = source_certificate;
    connect.callbacks.credentials = source_credential;
    connect.callbacks.transfer_progress = progress;
    connect.callbacks.payload = source;
    connect.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.callbacks = connect.callbacks;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.update_fetchhead = 0;
    if (git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &connect) ||
        git_remote_ls(&heads, &count, remote))
        return source_fail(source, "connect", err);
    bool by_id = source_is_id(source->peer.ref);
    if (by_id)
        choose_id(source, heads, count, ret_found);
    else if (choose(source, heads, count, arena, ret_found, err))
        return -1;
    ret_found->name = arena_string(arena, ret_found->name);
    char *spec = arena_string(arena, ret_found->name);
    git_strarray specs = {&spec, 1};
    return git_remote_download(remote, &specs, &options) ? source_fail(source, "fetch", err) : 0;
}

/* What is pinned by its id and here already needs nobody's answer. */
static bool is_here(struct source *source, git_oid *ret_commit)
{
    git_commit *commit = NULL;
    bool here = source_is_id(source->peer.ref) && git_oid_fromstr(ret_commit, source->peer.ref) == 0 &&
                git_commit_lookup(&commit, source->store, ret_commit) == 0;
    git_commit_free(commit);
    return here;
}

int source_fetch(struct source *source, struct arena *arena, git_oid *ret_commit, const char **ret_ref,
                 struct soar_err *err)
{
    git_remote *remote = NULL;
    struct found found = {0};
    source->refused = (struct soar_err){0};
    source->log_ins = 0;
    *ret_ref = source->peer.ref;
    if (is_here(source, ret_commit))
        return 0;
    if (source_trust(source, err))
        return -1;
    if (git_remote_create_anonymous(&remote, source->store, source->peer.url))
        return source_fail(source, "url", err);
    int rc = with_remote(source, remote, arena, &found, err);
    git_remote_free(remote);
    *ret_ref = found.name;
    return rc || peel(source, &found, ret_commit, err) || remember(source, ret_commit, err) ? -1 : 0;
}
