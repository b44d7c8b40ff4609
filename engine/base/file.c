/* Reading whole files. The maximum is checked while reading, not by the size a file claims to have: pipes and
 * /proc claim none. It must not follow what a file says, nor write anything. */
#include "engine/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"

enum { BLOCK_BYTES = 16 * 1024 };

static int fail(const char *name, int error, struct soar_err *err)
{
    enum soar_class class = error == ENOENT || error == ENOTDIR ? SOAR_ABSENT
                            : error == EACCES || error == EPERM ? SOAR_DENIED
                                                                : SOAR_PERMANENT;
    return soar_err_set(err, class, "%s: %s", name, strerror(error));
}

static int read_all(int fd, const char *name, struct buf *text, struct soar_err *err)
{
    char block[BLOCK_BYTES];
    for (;;) {
        ssize_t got = read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(name, errno, err);
        }
        if (got == 0) {
            return 0;
        }
        buf_add(text, block, (size_t)got);
        if (text->failed || text->len > text->max - 1) {
            return soar_err_set(err, SOAR_INVALID, "%s: larger than %zu bytes", name, text->max - 1);
        }
    }
}

int file_read(struct arena *arena, const char *path, size_t max, char **ret_text, size_t *ret_len,
              struct soar_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return fail(name, errno, err);
    }
    BUF_SCOPED text;
    buf_init(&text, max + 1); /* one more than allowed, so that a full buffer isn't yet an error */
    int result = read_all(fd, name, &text, err);
    if (!standard) {
        close(fd);
    }
    if (result == 0) {
        *ret_text = arena_copy(arena, buf_string(&text), text.len);
        *ret_len = text.len;
    }
    return result;
}

char *file_beside(struct arena *arena, const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    if (path[0] == '/' || slash == NULL) {
        return arena_string(arena, path);
    }
    return arena_printf(arena, "%.*s%s", (int)(slash - file + 1), file, path);
}

/* root's group, or the group of an ordinary user's own files (many systems give each user one). */
static bool is_own_group(const struct stat *st)
{
    return st->st_gid == 0 || (geteuid() != 0 && st->st_uid == geteuid() && st->st_gid == getegid());
}

int file_only_ours(const char *path, struct soar_err *err)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        return fail(path, errno, err);
    }
    if (st.st_uid != 0 && st.st_uid != geteuid()) {
        return soar_err_set(err, SOAR_DENIED,
                            "it belongs to uid %u: only root, or who runs this, may write there",
                            (unsigned)st.st_uid);
    }
    if ((st.st_mode & S_IWOTH) != 0 || ((st.st_mode & S_IWGRP) != 0 && !is_own_group(&st))) {
        return soar_err_set(err, SOAR_DENIED,
                            "others than its owner may write there, and what it says runs on hosts: "
                            "chmod go-w");
    }
    return 0;
}
