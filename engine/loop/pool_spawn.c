/* From a connector's name to a running process with nothing but a socket, and the one descriptor it is given.
 *
 * Programs of ours come from libexec and harden themselves; those of the plugin directory must belong to
 * root, or to us, be writable by nobody else, and are started through soar-launch, which hardens for them. A
 * name never holds a slash. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/loop/pool_part.h"

enum { GIVEN = 3 }; /* the descriptor a worker is given by a call */

char *pool_libexec(const char *given)
{
    char self[4096], *path = NULL;
    if (given == NULL)
        given = secure_getenv("SOAR_LIBEXEC");
    if (given)
        path = strdup(given);
    else {
        ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
        self[len > 0 ? len : 0] = '\0';
        if (asprintf(&path, "%s/../libexec/soar", dirname(self)) < 0)
            path = NULL;
    }
    if (path == NULL)
        abort();
    return path;
}

static bool is_name(const char *connector)
{
    size_t len = strspn(connector, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return len > 0 && len <= 32 && connector[len] == '\0' && connector[0] != '-';
}

static int check_owner(const char *path, mode_t kind, struct soar_err *err)
{
    struct stat st;
    if (lstat(path, &st))
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", path, strerror(errno));
    if ((st.st_mode & S_IFMT) != kind)
        return soar_err_set(err, SOAR_PERMANENT, "%s is not a plain %s", path,
                            kind == S_IFDIR ? "directory" : "file");
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return soar_err_set(err, SOAR_PERMANENT, "%s belongs to uid %u, not to root", path,
                            (unsigned)st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return soar_err_set(err, SOAR_PERMANENT, "%s can be written by others than its owner", path);
    return 0;
}

/* *ret_plugin: it is one. Ours stand first: what is built in can't be replaced by a file. */
static int find_program(const char *libexec, const char *plugins, const char *connector, struct buf *path,
                        bool *ret_plugin, struct soar_err *err)
{
    if (!is_name(connector))
        return soar_err_set(err, SOAR_INVALID, "a connector's name is made of a-z, 0-9, _ and -");
    buf_printf(path, "%s/soar-%s", libexec, connector);
    *ret_plugin = false;
    if (access(buf_string(path), X_OK) == 0 && strcmp(connector, "launch") != 0)
        return 0;
    if (plugins) {
        buf_clear(path);
        buf_printf(path, "%s/soar-%s", plugins, connector);
        *ret_plugin = true;
        if (access(buf_string(path), F_OK) == 0)
            return check_owner(plugins, S_IFDIR, err) || check_owner(buf_string(path), S_IFREG, err) ? -1 : 0;
    }
    return soar_err_set(err, SOAR_PERMANENT, "there is no program soar-%s in %s%s%s", connector, libexec,
                        plugins ? " or " : "", plugins ? plugins : "");
}

static int start(char *const args[], int socket, int errors, int descriptor, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, all;
    char *const environment[] = {NULL};
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    int rc = posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
    rc = rc ? rc : posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO);
    rc = rc ? rc : posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (descriptor) /* the last: what it replaces has been used by now */
        rc = rc ? rc : posix_spawn_file_actions_adddup2(&actions, descriptor, GIVEN);
    rc = rc ? rc : posix_spawn_file_actions_addclosefrom_np(&actions, descriptor ? GIVEN + 1 : GIVEN);
    rc = rc ? rc : posix_spawnattr_setsigmask(&attr, &none);
    rc = rc ? rc : posix_spawnattr_setsigdefault(&attr, &all);
    rc = rc ? rc : posix_spawnattr_setpgroup(&attr, 0); /* what a plugin starts is killed with it */
    rc = rc ? rc
            : posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                  POSIX_SPAWN_SETPGROUP);
    rc = rc ? rc : posix_spawn(ret_pid, args[0], &actions, &attr, args, environment);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static void close_pair(const int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

static int start_wired(char *const args[], int descriptor, struct pool_child *ret_child, struct soar_err *err)
{
    int line[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line))
        return soar_err_set(err, SOAR_TRANSIENT, "cannot make a socket: %s", strerror(errno));
    if (pipe2(errors, O_CLOEXEC)) {
        soar_err_set(err, SOAR_TRANSIENT, "cannot make a pipe: %s", strerror(errno));
        close_pair(line);
        return -1;
    }
    pid_t pid;
    int rc = start(args, line[1], errors[1], descriptor, &pid);
    if (rc) {
        soar_err_set(err, rc == EAGAIN || rc == ENOMEM ? SOAR_TRANSIENT : SOAR_PERMANENT,
                     "cannot start %s: %s", args[0], strerror(rc));
        close_pair(line);
        close_pair(errors);
        return -1;
    }
    close(line[1]);
    close(errors[1]);
    fcntl(line[0], F_SETFL, O_NONBLOCK); /* our ends only: a worker's block */
    fcntl(errors[0], F_SETFL, O_NONBLOCK);
    *ret_child = (struct pool_child){.pid = pid, .fd = line[0], .errors = errors[0]};
    return 0;
}

int pool_spawn(const char *libexec, const char *plugins, const char *connector, int descriptor,
               struct pool_child *ret_child, struct soar_err *err)
{
    BUF_SCOPED path;
    BUF_SCOPED launch;
    buf_init(&path, 0);
    buf_init(&launch, 0);
    bool plugin = false;
    if (find_program(libexec, plugins, connector, &path, &plugin, err))
        return -1;
    buf_printf(&launch, "%s/soar-launch", libexec);
    char *const direct[] = {path.data, NULL}, *const launched[] = {launch.data, path.data, NULL};
    return start_wired(plugin ? launched : direct, descriptor, ret_child, err);
}
