/* A commit of playbooks as a file of the state directory: one JSON document, written beside and renamed, so
 * that there is the old one or the new one and never a piece. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/sshsig.h"
#include "engine/site/site_source.h"

enum { FORMAT = 1, COMMIT_BYTES_MAX = 8 * LIMIT_COMMIT_TEXTS }; /* escaped, at worst */

static const char *path_of(struct arena *arena, const char *state, const char *name, enum source_kept kept)
{
    return arena_printf(arena, "%s/git/%s.%s.json", state, name, kept == SOURCE_LIVE ? "live" : "next");
}

static const struct source_file *read_files(struct arena *arena, const struct value *list)
{
    struct source_file *files = arena_array(arena, value_count(list) + 1, sizeof *files);
    for (size_t i = 0; i < value_count(list); i++) {
        const struct value *text = value_get(value_at(list, i), "text");
        files[i].path = value_get_string(value_at(list, i), "path", "");
        files[i].text = text && text->kind == VALUE_STRING ? text->text : "";
        files[i].len = text && text->kind == VALUE_STRING ? text->len : 0;
    }
    return files;
}

/* Its bytes, for whoever checks its signature again. */
static void read_object(struct arena *arena, const struct value *map, struct source_commit *commit)
{
    const char *text = value_get_string(map, "object", "");
    commit->object = (const char *)sshsig_base64(arena, text, strlen(text), &commit->object_len);
}

int source_commit_read(struct arena *arena, const char *state, const char *name, enum source_kept kept,
                       struct source_commit **ret_commit, struct soar_err *err)
{
    const char *path = path_of(arena, state, name, kept);
    char *text = NULL;
    size_t len = 0;
    struct value map;
    *ret_commit = NULL;
    if (access(path, F_OK) && errno == ENOENT)
        return 0;
    if (file_read(arena, path, COMMIT_BYTES_MAX, &text, &len, err))
        return -1;
    if (json_parse(arena, text, len, &map, err) || value_get_int(&map, "format", 0) != FORMAT)
        return soar_err_set(err, SOAR_PERMANENT,
                            "%s can't be read; if it is removed, the next fetch counts as the first", path);
    const struct value *files = value_get(&map, "files");
    struct source_commit *commit = arena_alloc(arena, sizeof *commit);
    *commit = (struct source_commit){.url = value_get_string(&map, "url", ""),
                                     .ref = value_get_string(&map, "ref", ""),
                                     .path = value_get_string(&map, "path", ""),
                                     .commit = value_get_string(&map, "commit", ""),
                                     .by = value_get_string(&map, "by", ""),
                                     .subject = value_get_string(&map, "subject", ""),
                                     .time_ms = value_get_int(&map, "time_ms", 0),
                                     .fetched_ms = value_get_int(&map, "fetched_ms", 0),
                                     .file_count = value_count(files),
                                     .files = read_files(arena, files)};
    read_object(arena, &map, commit);
    *ret_commit = commit;
    return 0;
}

static struct value commit_value(struct arena *arena, const struct source_commit *commit)
{
    struct value_builder map, files;
    value_build(&files, arena);
    for (size_t i = 0; i < commit->file_count; i++) {
        struct value_builder file;
        value_build(&file, arena);
        value_put_text(&file, "path", value_static(commit->files[i].path));
        value_put_text(&file, "text", value_string(arena, commit->files[i].text, commit->files[i].len));
        value_push(&files, value_end_map(&file));
    }
    value_build(&map, arena);
    value_put_text(&map, "format", value_int(FORMAT));
    value_put_text(&map, "url", value_static(commit->url));
    value_put_text(&map, "ref", value_static(commit->ref));
    value_put_text(&map, "path", value_static(commit->path));
    value_put_text(&map, "commit", value_static(commit->commit));
    value_put_text(&map, "by", value_static(commit->by));
    value_put_text(&map, "subject", value_static(commit->subject));
    value_put_text(&map, "time_ms", value_int(commit->time_ms));
    value_put_text(&map, "fetched_ms", value_int(commit->fetched_ms));
    if (commit->object)
        value_put_text(&map, "object", value_bytes(arena, commit->object, commit->object_len));
    value_put_text(&map, "files", value_end_list(&files));
    return value_end_map(&map);
}

/* Bytes, then the name, then the directory: each durable before the next. */
static int write_durably(const char *beside, const char *path, const char *dir, const char *text)
{
    size_t len = strlen(text), put = 0;
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -1;
    while (put < len) {
        ssize_t step = write(fd, text + put, len - put);
        if (step < 0 && errno != EINTR)
            break;
        put += step > 0 ? (size_t)step : 0;
    }
    int rc = put == len ? fsync(fd) : -1;
    close(fd);
    if (rc || rename(beside, path))
        return -1;
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc = folder < 0 ? -1 : fsync(folder);
    if (folder >= 0)
        close(folder);
    return rc;
}

int source_commit_write(const char *state, const char *name, enum source_kept kept,
                        const struct source_commit *commit, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    const char *dir = arena_printf(arena, "%s/git", state), *path = path_of(arena, state, name, kept);
    struct value map = commit_value(arena, commit);
    if (mkdir(dir, 0700) && errno != EEXIST)
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", dir, strerror(errno));
    if (write_durably(arena_printf(arena, "%s.new", path), path, dir, json_text(arena, &map)))
        return soar_err_set(err, SOAR_TRANSIENT, "%s: %s", path, strerror(errno));
    return 0;
}

void source_commit_drop(const char *state, const char *name, enum source_kept kept)
{
    ARENA_SCOPED arena = arena_new();
    unlink(path_of(arena, state, name, kept));
}

bool source_commit_fits(const struct source_commit *commit, const struct site_source *source)
{
    return strcmp(commit->url, source->url) == 0 && strcmp(commit->ref, source->ref) == 0 &&
           strcmp(commit->path, source->path) == 0;
}
