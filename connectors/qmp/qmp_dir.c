/* The directory of dumps, held by a descriptor: no name leads out of it, and no link is followed.
 *
 * It and the files in it must be ours and nobody else's to write: a file that somebody else put there would
 * become evidence. The machine needs no right here: it is handed files open. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "connectors/qmp/qmp.h"

enum { NAME_MAX_BYTES = 250, FILES_MAX = 200 };

int qmp_dir_name(const struct value *given, const char *what, const char **ret_name, struct soar_err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@+-%";
    if (given == NULL || given->kind != VALUE_STRING || given->len == 0 ||
        strspn(given->text, allowed) != given->len || given->text[0] == '.' || given->text[0] == '-')
        return soar_err_set(
            err, SOAR_INVALID,
            "the %s is no name of a file: letters, digits and . _ : @ + - %%, not first . or -", what);
    if (given->len > NAME_MAX_BYTES)
        return soar_err_set(err, SOAR_INVALID, "the %s is longer than %d bytes", what, NAME_MAX_BYTES);
    *ret_name = given->text;
    return 0;
}

static int failed(const struct qmp_peer *peer, const char *name, const char *doing, struct soar_err *err)
{
    int number = errno;
    enum soar_class class = number == ENOENT                      ? SOAR_ABSENT
                            : number == EACCES || number == EPERM ? SOAR_DENIED
                                                                  : SOAR_PERMANENT;
    return soar_err_set(err, class, "cannot %s %s%s%s: %s", doing, peer->dir, *name ? "/" : "", name,
                        strerror(number));
}

static bool is_ours(const struct stat *st)
{
    return (st->st_uid == geteuid() || st->st_uid == 0) && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int qmp_dir_open(const struct qmp_peer *peer, int *ret_fd, struct soar_err *err)
{
    struct stat st;
    if (peer->dir == NULL)
        return soar_err_set(err, SOAR_UNSUPPORTED, "the inventory has no qmp_dir for its memory");
    int fd = open(peer->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        failed(peer, "", "open", err);
        if (err && err->class == SOAR_ABSENT)
            err->class = SOAR_PERMANENT; /* a mistake of the operator's, not of the host */
        return -1;
    }
    if (fstat(fd, &st) || !is_ours(&st)) {
        close(fd);
        return soar_err_set(
            err, SOAR_DENIED,
            "%s: whoever may write there could plant evidence: it must belong to the user soar "
            "runs as, mode 0700",
            peer->dir);
    }
    *ret_fd = fd;
    return 0;
}

/* O_NONBLOCK: a pipe of that name must not hold us up. */
static int open_dump(int dir, const char *name, struct stat *ret_st)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, ret_st) || !S_ISREG(ret_st->st_mode) || !is_ours(ret_st))) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

int qmp_dir_read(const struct qmp_peer *peer, const char *name, int *ret_fd, uint64_t *ret_bytes,
                 struct soar_err *err)
{
    struct stat st;
    int dir;
    if (qmp_dir_open(peer, &dir, err))
        return -1;
    *ret_fd = open_dump(dir, name, &st);
    int number = errno;
    close(dir);
    errno = number;
    if (*ret_fd < 0)
        return failed(peer, name, "read", err);
    *ret_bytes = (uint64_t)st.st_size;
    return 0;
}

int qmp_dir_create(const struct qmp_peer *peer, const char *name, int *ret_fd, struct soar_err *err)
{
    int dir;
    if (qmp_dir_open(peer, &dir, err))
        return -1;
    *ret_fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int number = errno;
    close(dir);
    errno = number;
    return *ret_fd < 0 ? failed(peer, name, "make", err) : 0;
}

int qmp_dir_remove(const struct qmp_peer *peer, const char *name, struct soar_err *err)
{
    int dir;
    if (qmp_dir_open(peer, &dir, err))
        return -1;
    int rc = unlinkat(dir, name, 0) && errno != ENOENT ? failed(peer, name, "remove", err) : 0;
    close(dir);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names first: sorted, and no more than an answer holds. */
static int names_of(DIR *entries, const char *prefix, struct arena *arena, const char **names,
                    size_t *ret_count, struct soar_err *err)
{
    struct dirent *entry;
    *ret_count = 0;
    while ((entry = readdir(entries)) != NULL) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        if (*ret_count == FILES_MAX)
            return soar_err_set(err, SOAR_PERMANENT, "more than %d files begin with %s", FILES_MAX, prefix);
        names[(*ret_count)++] = arena_string(arena, entry->d_name);
    }
    qsort(names, *ret_count, sizeof *names, by_name);
    return 0;
}

static void add_file(int dir, const char *name, struct arena *arena, struct value_builder *files)
{
    struct value_builder file;
    struct stat st;
    int fd = open_dump(dir, name, &st);
    if (fd < 0)
        return;
    value_build(&file, arena);
    value_put_text(&file, "name", value_static(name));
    value_put_text(&file, "bytes", value_int(st.st_size));
    value_put_text(&file, "whole", value_bool(qmp_elf_whole(fd, (uint64_t)st.st_size)));
    value_push(files, value_end_map(&file));
    close(fd);
}

int qmp_dir_list(const struct qmp_peer *peer, const char *prefix, struct arena *arena,
                 struct value *ret_result, struct soar_err *err)
{
    const char **names = arena_array(arena, FILES_MAX, sizeof *names);
    struct value_builder files, result;
    struct statvfs room;
    size_t count = 0;
    int dir;
    if (qmp_dir_open(peer, &dir, err))
        return -1;
    DIR *entries = fdopendir(dir);
    if (entries == NULL || fstatvfs(dir, &room)) {
        failed(peer, "", "list", err);
        entries ? closedir(entries) : close(dir);
        return -1;
    }
    int rc = names_of(entries, prefix, arena, names, &count, err);
    value_build(&files, arena);
    for (size_t i = 0; rc == 0 && i < count; i++)
        add_file(dir, names[i], arena, &files);
    closedir(entries);
    if (rc)
        return -1;
    value_build(&result, arena);
    value_put_text(&result, "files", value_end_list(&files));
    uint64_t left = (uint64_t)room.f_bavail * room.f_frsize;
    value_put_text(&result, "free", value_int(left > peer->reserve ? (int64_t)(left - peer->reserve) : 0));
    *ret_result = value_end_map(&result);
    return 0;
}
