/* The owner's lock of a state directory.
 *
 * The one thing to know: an open-file lock survives a fork, so whoever forks must exec; the descriptor is
 * close-on-exec. Nothing here opens the database. */
#include "state/journal_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWNER_MAX = 320 }; /* "PID HOST\n" */

static int make_dir(const char *dir, struct soar_err *err);
static int refuse(int fd, const char *dir, struct soar_err *err);
static int say_who(int fd, const char *path, struct soar_err *err);

int journal_owner_take(const char *dir, int *ret_fd, struct soar_err *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/owner.lock", dir) >= (int)sizeof(path))
        return soar_err_set(err, SOAR_INVALID, "%s: the path is too long", dir);
    if (make_dir(dir, err) < 0)
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", path, strerror(errno));
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &whole) < 0) {
        if (errno == EAGAIN || errno == EACCES)
            refuse(fd, dir, err);
        else
            soar_err_set(err, SOAR_PERMANENT, "%s: lock: %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    if (say_who(fd, path, err) < 0) {
        close(fd);
        return -1;
    }
    *ret_fd = fd;
    return 0;
}

static int make_dir(const char *dir, struct soar_err *err)
{
    if (mkdir(dir, 0700) == 0) {
        char parent[PATH_MAX];
        snprintf(parent, sizeof(parent), "%s/..", dir);
        return journal_sync_dir(parent, err);
    }
    struct stat status;
    if (errno != EEXIST)
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", dir, strerror(errno));
    if (stat(dir, &status) < 0 || !S_ISDIR(status.st_mode))
        return soar_err_set(err, SOAR_INVALID, "%s: not a directory", dir);
    return 0;
}

static int refuse(int fd, const char *dir, struct soar_err *err)
{
    char who[OWNER_MAX] = "";
    ssize_t len = pread(fd, who, sizeof(who) - 1, 0);
    if (len < 0)
        len = 0;
    who[len] = '\0';
    who[strcspn(who, "\n")] = '\0';
    char *host = strchr(who, ' ');
    if (!host)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: in use by another process", dir);
    *host++ = '\0';
    return soar_err_set(err, SOAR_TRANSIENT, "%s: in use by process %s on %s", dir, who, host);
}

/* The full disk is no reason to refuse: the lock is what counts, the text is a courtesy. */
static int say_who(int fd, const char *path, struct soar_err *err)
{
    char host[HOST_NAME_MAX + 1] = "";
    char who[OWNER_MAX];
    if (gethostname(host, sizeof(host) - 1) < 0 || host[0] == '\0')
        snprintf(host, sizeof(host), "this host");
    int len = snprintf(who, sizeof(who), "%ld %s\n", (long)getpid(), host);
    if (ftruncate(fd, 0) < 0)
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", path, strerror(errno));
    if (pwrite(fd, who, (size_t)len, 0) < 0 && errno != ENOSPC && errno != EDQUOT)
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", path, strerror(errno));
    return 0;
}

int journal_sync_dir(const char *dir, struct soar_err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", dir, strerror(errno));
    int result = fsync(fd);
    if (result < 0)
        soar_err_set(err, SOAR_PERMANENT, "%s: sync: %s", dir, strerror(errno));
    close(fd);
    return result;
}
