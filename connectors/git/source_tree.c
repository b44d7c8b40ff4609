/* The playbooks of a commit: its files whose names end in .yaml or .yml, in the subfolder and below. Links
 * and submodules are passed over and told; a name that means something else on some machine (.., .git, equal
 * but for case) refuses the whole: nobody makes those by accident. */
#include <string.h>
#include <strings.h>

#include "connectors/git/source.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

struct walk {
    struct source *source;
    struct arena *arena;
    struct value_builder files, ignored, trees;
    size_t file_count, ignored_count, entries, tree_bytes;
    const char *refused;
    size_t text_bytes;
    bool broken; /* an object is missing, or isn't what it says */
};

const char *source_name_refused(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return "a name that is empty, . or ..";
    if (strncasecmp(name, ".git", 4) == 0 && strspn(name + 4, ". ") == len - 4)
        return "the name .git";
    if (strncasecmp(name, "git~", 4) == 0)
        return "a name that is .git on some file systems";
    if (len > SOURCE_PATH_BYTES_MAX || !text_is_utf8(name, len))
        return "a name that is too long, or no UTF-8";
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        if (*c < 0x20 || *c == 0x7f || *c == '/' || *c == '\\')
            return "a name with a slash or a control character";
    return "";
}

static void refuse(struct walk *walk, const char *path, const char *why)
{
    BUF_SCOPED shown;
    buf_init(&shown, 1024);
    text_visible(&shown, path, strlen(path));
    if (!walk->refused)
        walk->refused = arena_printf(walk->arena, "%s: %s", buf_string(&shown), why);
}

static void ignore(struct walk *walk, const char *path, const char *why)
{
    if (++walk->ignored_count <= SOURCE_IGNORED_MAX)
        value_push(&walk->ignored, value_static(arena_printf(walk->arena, "%s: %s", path, why)));
}

static bool is_yaml(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static void take_file(struct walk *walk, const char *path, const git_oid *id)
{
    git_odb *odb = NULL;
    git_object_t type = GIT_OBJECT_INVALID;
    size_t size = 0;
    if (git_repository_odb(&odb, walk->source->store) || git_odb_read_header(&size, &type, odb, id)) {
        walk->broken = true;
    } else if (type != GIT_OBJECT_BLOB) {
        refuse(walk, path, "it says that it is a file, and is none");
    } else if (size > SOURCE_FILE_BYTES_MAX) {
        refuse(
            walk, path,
            arena_printf(walk->arena, "%zu bytes; a playbook has at most %d", size, SOURCE_FILE_BYTES_MAX));
    } else if (++walk->file_count > SOURCE_FILES_MAX) {
        refuse(walk, path, arena_printf(walk->arena, "more than %d playbooks", SOURCE_FILES_MAX));
    } else if ((walk->text_bytes += size) > LIMIT_COMMIT_TEXTS) {
        refuse(walk, path,
               arena_printf(walk->arena, "the playbooks have more than %d MiB together",
                            LIMIT_COMMIT_TEXTS / 1024 / 1024));
    } else {
        struct value_builder file;
        value_build(&file, walk->arena);
        value_put_text(&file, "path", value_static(path));
        value_put_text(&file, "size", value_int((int64_t)size));
        value_push(&walk->files, value_end_map(&file));
    }
    git_odb_free(odb);
}

static void walk_tree(struct walk *walk, const git_oid *id, const char *folder, int depth);

static void take_entry(struct walk *walk, const git_tree_entry *entry, const char *path, int depth)
{
    switch ((int)git_tree_entry_filemode_raw(entry)) {
    case GIT_FILEMODE_TREE:
        walk_tree(walk, git_tree_entry_id(entry), path, depth + 1);
        break;
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_BLOB_EXECUTABLE:
    case 0100664: /* of old gits */
        if (is_yaml(git_tree_entry_name(entry)))
            take_file(walk, path, git_tree_entry_id(entry));
        break;
    case GIT_FILEMODE_LINK:
        ignore(walk, path, "a link is not followed");
        break;
    case GIT_FILEMODE_COMMIT:
        ignore(walk, path, "a submodule is not fetched");
        break;
    default:
        refuse(walk, path, "it is neither a file nor a folder");
    }
}

/* A map of names in lower case would be as well; folders are small, and hostile ones are bounded. */
static bool stands_twice(const git_tree *tree, size_t at)
{
    const char *name = git_tree_entry_name(git_tree_entry_byindex(tree, at));
    for (size_t i = 0; i < at; i++)
        if (text_same_fold(git_tree_entry_name(git_tree_entry_byindex(tree, i)), name))
            return true;
    return false;
}

static void walk_entries(struct walk *walk, const git_tree *tree, const char *folder, int depth)
{
    size_t count = git_tree_entrycount(tree);
    for (size_t i = 0; i < count && !walk->refused && !walk->broken; i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        const char *name = git_tree_entry_name(entry);
        const char *path = arena_printf(walk->arena, "%s%s%s", folder, *folder ? "/" : "", name);
        if (++walk->entries > SOURCE_ENTRIES_MAX)
            refuse(walk, path, arena_printf(walk->arena, "more than %d files", SOURCE_ENTRIES_MAX));
        else if (source_name_refused(name)[0])
            refuse(walk, path, source_name_refused(name));
        else if (strlen(path) > SOURCE_PATH_BYTES_MAX)
            refuse(walk, path, "a path that is too long");
        else if (stands_twice(tree, i))
            refuse(walk, path, "two names that are equal but for case");
        else
            take_entry(walk, entry, path, depth);
    }
}

/* The tree as it stands goes to the engine, which counts for itself. */
static void keep_tree(struct walk *walk, const git_oid *id, const char *folder)
{
    git_odb_object *object = source_object(walk->source, id, GIT_OBJECT_TREE, SOURCE_TREE_BYTES_MAX);
    if (!object) {
        walk->broken = true;
        return;
    }
    walk->tree_bytes += git_odb_object_size(object);
    if (walk->tree_bytes > SOURCE_TREES_BYTES_MAX)
        refuse(walk, folder, "the folders hold too many names");
    else
        value_push(&walk->trees,
                   value_bytes(walk->arena, git_odb_object_data(object), git_odb_object_size(object)));
    git_odb_object_free(object);
}

static void walk_tree(struct walk *walk, const git_oid *id, const char *folder, int depth)
{
    git_tree *tree = NULL;
    if (depth > SOURCE_DEPTH_MAX)
        refuse(walk, folder, "folders lie too deep");
    else
        keep_tree(walk, id, folder);
    if (walk->refused || walk->broken)
        return;
    if (git_tree_lookup(&tree, walk->source->store, id))
        walk->broken = true;
    else
        walk_entries(walk, tree, folder, depth);
    git_tree_free(tree);
}

/* From a tree to the one of this name in it: by names alone, without links. */
static int step_into(struct walk *walk, git_oid *id, const char *name)
{
    git_tree *tree = NULL;
    keep_tree(walk, id, name);
    if (walk->broken || walk->refused || git_tree_lookup(&tree, walk->source->store, id))
        return -1;
    const git_tree_entry *entry = git_tree_entry_byname(tree, name);
    bool found = entry && git_tree_entry_filemode_raw(entry) == GIT_FILEMODE_TREE;
    if (found)
        *id = *git_tree_entry_id(entry);
    git_tree_free(tree);
    return found ? 0 : -1;
}

static int enter(struct walk *walk, const git_oid *commit, git_oid *ret_tree, struct soar_err *err)
{
    const char *path = walk->source->peer.path;
    git_commit *it = NULL;
    if (git_commit_lookup(&it, walk->source->store, commit))
        return soar_err_set(err, SOAR_TRANSIENT, "the commit's files are not all there");
    *ret_tree = *git_commit_tree_id(it);
    git_commit_free(it);
    for (const char *at = path; *at; at += strcspn(at, "/"), at += *at == '/')
        if (step_into(walk, ret_tree, arena_copy(walk->arena, at, strcspn(at, "/"))))
            return walk->broken ? soar_err_set(err, SOAR_TRANSIENT, "the commit's files are not all there")
                                : soar_err_set(err, SOAR_ABSENT, "the commit has no folder %s", path);
    return 0;
}

int source_tree(struct source *source, const git_oid *commit, struct arena *arena,
                struct source_tree *ret_tree, struct soar_err *err)
{
    struct walk walk = {.source = source, .arena = arena};
    git_oid top;
    value_build(&walk.files, arena);
    value_build(&walk.ignored, arena);
    value_build(&walk.trees, arena);
    if (enter(&walk, commit, &top, err))
        return -1;
    walk_tree(&walk, &top, "", 0);
    if (walk.broken)
        return soar_err_set(err, SOAR_TRANSIENT, "the commit's files are not all there");
    if (walk.ignored_count > SOURCE_IGNORED_MAX)
        value_push(&walk.ignored, value_static(arena_printf(arena, "and %zu more",
                                                            walk.ignored_count - SOURCE_IGNORED_MAX)));
    struct value files = value_end_list(&walk.files);
    *ret_tree = (struct source_tree){.files = walk.refused ? value_null() : files,
                                     .trees = value_end_list(&walk.trees),
                                     .ignored = value_end_list(&walk.ignored),
                                     .refused = walk.refused ? walk.refused : ""};
    return 0;
}
