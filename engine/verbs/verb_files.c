/* Files a person names: one, or the YAML files of a directory, in the order of their names. Nothing here
 * follows a link out of a directory's depth; what is in the files is others' business. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/verbs/verb_parts.h"
#include "engine/verbs/verb_rules.h"

enum { DIR_DEPTH_MAX = 8, DIR_ENTRIES_MAX = 10000 };

struct walk {
    struct arena *arena;
    verb_file_fn fn;
    void *arg;
    struct soar_err *err;
};

static int walk_path(struct walk *walk, const char *path, int depth);

int verb_read(struct arena *arena, const char *path, char **ret_text, size_t *ret_len, struct soar_err *err)
{
    if (file_read(arena, path, LIMIT_FILE_BYTES, ret_text, ret_len, err) == 0)
        return 0;
    if (err)
        err->class = SOAR_INVALID;
    return -1;
}

static int take_file(struct walk *walk, const char *path)
{
    char *text = NULL;
    size_t len = 0;

    if (verb_read(walk->arena, path, &text, &len, walk->err))
        return -1;
    return walk->fn(walk->arg, path, text, len);
}

static bool is_yaml(const char *name)
{
    const char *dot = strrchr(name, '.');
    return name[0] != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names worth a look, sorted; -1 with an error. */
static long list_dir(struct walk *walk, const char *path, char ***ret_names)
{
    DIR *dir = opendir(path);
    size_t count = 0;

    if (!dir) {
        soar_err_set(walk->err, SOAR_INVALID, "%s: %s", path, strerror(errno));
        return -1;
    }
    char **names = arena_array(walk->arena, DIR_ENTRIES_MAX, sizeof *names);
    for (struct dirent *entry; (entry = readdir(dir)) && count < DIR_ENTRIES_MAX;)
        if (entry->d_name[0] != '.' && (entry->d_type != DT_REG || is_yaml(entry->d_name)))
            names[count++] = arena_string(walk->arena, entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    *ret_names = names;
    return (long)count;
}

static int walk_dir(struct walk *walk, const char *path, int depth)
{
    char **names = NULL;
    long count = list_dir(walk, path, &names);
    int answer = count < 0 ? -1 : 0;

    for (long i = 0; i < count && answer == 0; i++) {
        char *inner = arena_printf(walk->arena, "%s/%s", path, names[i]);
        struct stat info;
        if (stat(inner, &info) == 0 &&
            ((S_ISDIR(info.st_mode) && depth < DIR_DEPTH_MAX) || is_yaml(names[i])))
            answer = walk_path(walk, inner, depth + 1);
    }
    return answer;
}

static int walk_path(struct walk *walk, const char *path, int depth)
{
    struct stat info;

    if (strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return walk_dir(walk, path, depth);
    return take_file(walk, path);
}

int verb_each_file(struct arena *arena, const char *path, verb_file_fn fn, void *arg, struct soar_err *err)
{
    struct walk walk = {arena, fn, arg, err};
    return walk_path(&walk, path, 0);
}

int verb_each_fetched(const struct verb_context *context, verb_fetched_fn fn, void *arg)
{
    struct arena *arena = context->arena;
    int answer = 0;

    for (size_t i = 0; context->state && context->site && i < context->site->source_count; i++) {
        const char *name = context->site->sources[i].name;
        struct source_commit *commit = NULL;
        struct soar_err err = {0};

        if (source_commit_read(arena, context->state, name, SOURCE_LIVE, &commit, &err))
            buf_printf(context->mistakes, "error: playbooks of %s: %s\n", name, err.text);
        for (size_t k = 0; commit && k < commit->file_count && answer == 0; k++) {
            const struct verb_fetched file = {
                verb_source_label(arena, name, commit->commit, commit->files[k].path), commit->files[k].text,
                commit->files[k].len, name, commit->commit};
            answer = fn(arg, &file);
        }
    }
    return answer;
}

const char *const *verb_playbook_dirs(const struct verb_context *context)
{
    size_t count = context->site ? context->site->playbook_dir_count : 0;
    const char **dirs = arena_array(context->arena, count + 2, sizeof *dirs);

    for (size_t i = 0; i < count; i++)
        dirs[i] = context->site->playbook_dirs[i];
    if (count == 0 && !(context->site && context->site->source_count > 0))
        dirs[0] = "playbooks";
    return dirs;
}

const char *verb_yaml_key(struct arena *arena, const char *text, size_t len, const char *key)
{
    struct diag_list diags;
    diag_init(&diags, arena, "");
    const struct yaml_node *root = yaml_parse(arena, text, len, &diags);
    const struct yaml_node *node = root && root->kind == YAML_MAP ? yaml_get(root, key) : NULL;
    return node && node->kind == YAML_SCALAR ? node->text : node ? "" : NULL;
}
