/* soar-git: the worker that fetches playbooks from one repository. This file joins the functions of
 * table_git.c to what does them.
 *
 * The library is given no configuration of the machine, of a user, or of the repository's own making. */
#include <string.h>
#include <sys/stat.h>

#include "connectors/git/source.h"
#include "connectors/table/table_list.h"

static int bind_peer(void *state, const struct value *peer, struct soar_err *err)
{
    struct source *source = state;
    source->arena = arena_new();
    return source_peer_parse(source->arena, peer, &source->peer, err);
}

static int start_library(struct soar_err *err)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                 GIT_CONFIG_LEVEL_GLOBAL};
    static bool started;
    if (started)
        return 0;
    if (git_libgit2_init() < 0)
        return soar_err_set(err, SOAR_PERMANENT, "libgit2 doesn't start");
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, (size_t)SOURCE_OBJECT_BYTES_MAX);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)16 * 1024 * 1024);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)64 * 1024 * 1024);
    started = true;
    return 0;
}

static int fetch(struct source *source, struct worker_call *call, struct value *ret_result,
                 struct soar_err *err)
{
    git_oid commit;
    const char *ref = NULL;
    struct source_tree tree;
    struct value_builder out;
    value_build(&out, call->arena);
    if (source_fetch(source, call->arena, &commit, &ref, err) ||
        source_commit(source, &commit, value_get_string(call->args, "live", NULL), &out, err))
        return -1;
    if (source_tree(source, &commit, call->arena, &tree, err)) {
        if (err->class == SOAR_TRANSIENT)
            source_throw_away(source); /* the next fetch brings all of it */
        return -1;
    }
    value_put_text(&out, "ref", value_text(call->arena, ref));
    value_put_text(&out, "refused", value_static(tree.refused));
    value_put_text(&out, "files", tree.files);
    value_put_text(&out, "trees", tree.trees);
    value_put_text(&out, "ignored", tree.ignored);
    *ret_result = value_end_map(&out);
    return 0;
}

static int file(struct source *source, struct worker_call *call, struct value *ret_result,
                struct soar_err *err)
{
    struct value text;
    struct value_builder out;
    if (source_read(source, value_get_string(call->args, "commit", ""),
                    value_get_string(call->args, "path", ""), call->arena, &text, err))
        return -1;
    value_build(&out, call->arena);
    value_put_text(&out, "text", text);
    *ret_result = value_end_map(&out);
    return 0;
}

static int way(struct source *source, struct worker_call *call, struct value *ret_result,
               struct soar_err *err)
{
    struct value commits;
    struct value_builder out;
    if (source_way(source, value_get_string(call->args, "commit", ""),
                   value_get_string(call->args, "live", ""), call->arena, &commits, err))
        return -1;
    value_build(&out, call->arena);
    value_put_text(&out, "way", commits);
    *ret_result = value_end_map(&out);
    return 0;
}

static int call(void *state, struct worker_call *call, struct value *ret_result, struct soar_err *err)
{
    struct source *source = state;
    bool fetches = strcmp(call->function->name, "git.fetch") == 0;
    if (start_library(err))
        return -1;
    source->secrets = call->secrets;
    source->refused = (struct soar_err){0};
    int rc = source_open(source, fetches, call->deadline_ms, err);
    bool leads = strcmp(call->function->name, "git.way") == 0;
    rc = rc ? rc : (fetches ? fetch : leads ? way : file)(source, call, ret_result, err);
    source_close(source);
    source->secrets = NULL;
    return rc;
}

static void done(void *state)
{
    struct source *source = state;
    arena_free(source->arena);
    git_libgit2_shutdown();
}

int main(void)
{
    struct source source = {.lock = -1};
    umask(077); /* the store is ours alone */
    struct worker_program program = {
        .connector = &connector_git,
        .calls = 1,
        .bind = bind_peer,
        .call = call,
        .done = done,
        .state = &source,
    };
    return worker_main(&program);
}
