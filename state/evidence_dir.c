/* The evidence directory, by descriptors: what is opened once can't be exchanged for a link afterwards.
 *
 * The one thing to know: nothing here ever opens an object for writing, and no name is ever replaced but that
 * of a note beside a part. */
#include "state/evidence_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/base/limits.h"

int evidence_fail(struct soar_err *err, const char *path, const char *what, int error)
{
    enum soar_class class = error == ENOENT                                         ? SOAR_ABSENT
                            : error == EACCES || error == EPERM || error == EROFS   ? SOAR_DENIED
                            : error == ENOSPC || error == EDQUOT || error == EAGAIN ? SOAR_TRANSIENT
                                                                                    : SOAR_PERMANENT;
    return soar_err_set(err, class, "%s: %s: %s", path, what, strerror(error));
}

static int open_below(int at, const char *path, bool make, int *ret_fd, struct soar_err *err)
{
    if (make && mkdirat(at, path, 0700) && errno != EEXIST)
        return evidence_fail(err, path, "cannot make the directory", errno);
    *ret_fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == AT_FDCWD ? 0 : O_NOFOLLOW));
    return *ret_fd < 0 ? evidence_fail(err, path, "cannot open the directory", errno) : 0;
}

/* The last of them stands for all: they are made in order. */
static int make_objects(const struct evidence_dir *dir, struct soar_err *err)
{
    char name[3] = "ff";
    if (faccessat(dir->objects, name, F_OK, 0) == 0)
        return 0;
    for (unsigned i = 0; i < 256; i++) {
        snprintf(name, sizeof name, "%02x", i);
        if (mkdirat(dir->objects, name, 0700) && errno != EEXIST)
            return evidence_fail(err, dir->path, "cannot make a directory of the objects", errno);
    }
    if (fsync(dir->objects) || fsync(dir->fd))
        return evidence_fail(err, dir->path, "cannot sync the directory", errno);
    return 0;
}

int evidence_dir_open(const char *path, bool make, struct evidence_dir *ret_dir, struct soar_err *err)
{
    struct evidence_dir dir = {.path = strdup(path), .fd = -1, .objects = -1, .parts = -1};
    if (dir.path == NULL)
        abort();
    if (open_below(AT_FDCWD, path, make, &dir.fd, err) == 0) {
        if (open_below(dir.fd, "objects", make, &dir.objects, err) ||
            open_below(dir.fd, "parts", make, &dir.parts, err))
            soar_err_wrap(err, "%s", path);
        else if (!make || make_objects(&dir, err) == 0) {
            *ret_dir = dir;
            return 0;
        }
    }
    evidence_dir_close(&dir);
    return -1;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void evidence_dir_close(struct evidence_dir *dir)
{
    close_fd(&dir->parts);
    close_fd(&dir->objects);
    close_fd(&dir->fd);
    free(dir->path);
    dir->path = NULL;
}

bool evidence_is_id(const char *id)
{
    size_t digits = strncmp(id, "E-", 2) == 0 ? strspn(id + 2, "0123456789") : 0;
    return digits > 0 && digits + 2 <= EVIDENCE_ID_MAX && id[digits + 2] == '\0';
}

uint64_t evidence_dir_room(const struct evidence_dir *dir, uint64_t reserve)
{
    struct statvfs st;
    if (fstatvfs(dir->fd, &st))
        return 0;
    uint64_t free_bytes = (uint64_t)st.f_bavail * st.f_frsize;
    return free_bytes > reserve ? free_bytes - reserve : 0;
}

/* Whoever writes a part holds a lock that goes with his process; 0: it is ours. */
static int lock_part(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock);
}

int evidence_part_new(const struct evidence_dir *dir, const char *id, int *ret_fd, struct soar_err *err)
{
    int fd = openat(dir->parts, id, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return soar_err_set(err, SOAR_INVALID, "%s was begun already: what is there of it is to be salvaged",
                            id);
    if (fd < 0)
        return evidence_fail(err, dir->path, "cannot make a part", errno);
    if (lock_part(fd) == 0 && fsync(dir->parts) == 0) {
        *ret_fd = fd;
        return 0;
    }
    evidence_fail(err, dir->path, "cannot lock or sync a part", errno);
    close(fd);
    return -1;
}

int evidence_part_open(const struct evidence_dir *dir, const char *id, int *ret_fd, struct soar_err *err)
{
    int fd = openat(dir->parts, id, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == EACCES) /* it was made an object's: read-only, and whole */
        fd = openat(dir->parts, id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return evidence_fail(err, id, "cannot open the part", errno);
    if (lock_part(fd) == 0 || errno == EBADF) {
        *ret_fd = fd;
        return 0;
    }
    close(fd);
    return soar_err_set(err, SOAR_TRANSIENT, "%s: another writer has it still", id);
}

static void note_name(char *name, size_t size, const char *id, const char *what, const char *rest)
{
    snprintf(name, size, "%s.%s%s", id, what, rest);
}

int evidence_write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t put = write(fd, at, len);
        if (put < 0 && errno != EINTR)
            return -1;
        if (put > 0) {
            at += put;
            len -= (size_t)put;
        }
    }
    return 0;
}

int evidence_part_note(const struct evidence_dir *dir, const char *id, const char *what, const char *text,
                       size_t len, struct soar_err *err)
{
    char name[64], new[64];
    note_name(name, sizeof name, id, what, "");
    note_name(new, sizeof new, id, what, ".new");
    int fd = openat(dir->parts, new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return evidence_fail(err, name, "cannot be made", errno);
    int failed = evidence_write_all(fd, text, len) || fsync(fd) ? errno : 0;
    close(fd);
    if (failed == 0 && (renameat(dir->parts, new, dir->parts, name) || fsync(dir->parts)))
        failed = errno;
    if (failed)
        unlinkat(dir->parts, new, 0);
    return failed ? evidence_fail(err, name, "cannot be written", failed) : 0;
}

int evidence_part_noted(const struct evidence_dir *dir, const char *id, const char *what, char **ret_text,
                        size_t *ret_len, struct soar_err *err)
{
    char name[64];
    note_name(name, sizeof name, id, what, "");
    int fd = openat(dir->parts, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return evidence_fail(err, name, "cannot be opened", errno);
    char *text = malloc(LIMIT_EVIDENCE_RECORD_BYTES + 1);
    if (text == NULL)
        abort();
    ssize_t got = read(fd, text, LIMIT_EVIDENCE_RECORD_BYTES);
    close(fd);
    if (got < 0) {
        free(text);
        return evidence_fail(err, name, "cannot be read", errno);
    }
    text[got] = '\0';
    *ret_text = text;
    *ret_len = (size_t)got;
    return 0;
}

int evidence_part_drop(const struct evidence_dir *dir, const char *id, struct soar_err *err)
{
    static const char *const notes[] = {"json", "json.new", "seal", "seal.new"};
    char name[64];
    if (unlinkat(dir->parts, id, 0) && errno != ENOENT)
        return evidence_fail(err, id, "cannot be removed from the parts", errno);
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        note_name(name, sizeof name, id, notes[i], "");
        unlinkat(dir->parts, name, 0);
    }
    return 0;
}

void evidence_object_name(const char *sha256, unsigned n, char ret_name[EVIDENCE_OBJECT_MAX])
{
    char again[16] = "";
    if (n > 1)
        snprintf(again, sizeof again, ".%u", n);
    snprintf(ret_name, EVIDENCE_OBJECT_MAX, "objects/%.2s/%.64s%s.zst", sha256, sha256, again);
}

/* Of the directory that the object's name stands in. */
static int sync_holder(const struct evidence_dir *dir, const char *object)
{
    char holder[16];
    snprintf(holder, sizeof holder, "%.10s", object); /* "objects/ab" */
    int fd = openat(dir->fd, holder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    int failed = fsync(fd) ? errno : 0;
    close(fd);
    errno = failed;
    return failed ? -1 : 0;
}

static bool is_same_file(const struct evidence_dir *dir, const char *object, int part)
{
    struct stat one, other;
    return fstatat(dir->fd, object, &one, AT_SYMLINK_NOFOLLOW) == 0 && fstat(part, &other) == 0 &&
           one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

int evidence_object_link(const struct evidence_dir *dir, const char *id, int part, const char *object,
                         struct soar_err *err)
{
    if (fchmod(part, 0400) || fsync(part))
        return evidence_fail(err, id, "cannot be made read-only and synced", errno);
    if (linkat(dir->parts, id, dir->fd, object, 0) && errno != EEXIST)
        return evidence_fail(err, object, "cannot be made", errno);
    if (!is_same_file(dir, object, part))
        return 1;
    return sync_holder(dir, object) ? evidence_fail(err, object, "cannot sync its directory", errno) : 0;
}

int evidence_object_open(const struct evidence_dir *dir, const char *object, int *ret_fd,
                         struct soar_err *err)
{
    *ret_fd = openat(dir->fd, object, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return *ret_fd < 0 ? evidence_fail(err, object, "cannot be opened", errno) : 0;
}
