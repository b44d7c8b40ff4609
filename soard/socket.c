/* The socket itself: where it lies, who may open it (its mode: the owner and the group), how many at once. A
 * socket file that a soard left behind is taken away: whoever has the record's lock is the only soard here.
 */
#include "soard/socket.h"

#include <errno.h>
#include <event2/listener.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "soarctl/files.h"
#include "soard/socket_parts.h"

enum { BACKLOG = 64, DIR_MODE = 0755, SOCKET_MODE = 0660 };

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len,
                      void *arg)
{
    struct socket_server *server = arg;

    (void)listener;
    (void)address;
    (void)len;
    if (server->count >= SOCKET_SESSIONS_MAX) {
        log_warning("socket %s: %d are connected: one more was refused", server->path, SOCKET_SESSIONS_MAX);
        close(fd);
        return;
    }
    session_begin(server, fd);
}

/* The last directory may be ours to make: others must be able to pass through it, the socket's own mode says
 * who may enter. */
static int make_dir(const char *path, struct arena *arena, struct soar_err *err)
{
    char *dir = arena_string(arena, path);
    char *slash = strrchr(dir, '/');

    if (!slash || slash == dir)
        return 0;
    *slash = '\0';
    if (mkdir(dir, DIR_MODE) == 0) {
        if (chmod(dir, DIR_MODE) == 0)
            return 0;
    } else if (errno == EEXIST) {
        return 0;
    }
    return soar_err_set(err, SOAR_PERMANENT, "socket %s: %s: %s", path, dir, strerror(errno));
}

static int bind_to(const char *path, struct soar_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return soar_err_set(err, SOAR_INVALID, "socket %s: the path is longer than %zu bytes (`socket:`)",
                            path, sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return soar_err_set(err, SOAR_PERMANENT, "socket %s: %s", path, strerror(errno));
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && chmod(path, SOCKET_MODE) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    soar_err_set(err, SOAR_PERMANENT, "socket %s: %s", path, strerror(errno));
    close(fd);
    return -1;
}

/* soarctl looks in the state directory when it was told that alone. */
static void make_link(struct socket_server *server, const char *usual)
{
    if (strcmp(server->path, usual) == 0)
        return;
    unlink(usual);
    if (symlink(server->path, usual))
        log_warning("socket: %s can't be made (%s): soarctl --state won't find it", usual, strerror(errno));
    else
        server->link = usual;
}

int socket_open(struct daemon *daemon, struct soar_err *err)
{
    struct socket_server *server = arena_alloc(daemon->arena, sizeof *server);
    const char *usual = arena_printf(daemon->arena, "%s/soard.sock", daemon->state_dir);
    const char *wanted = daemon->now->site->socket;

    *server = (struct socket_server){.daemon = daemon,
                                     .path = wanted ? arena_string(daemon->arena, wanted) : usual};
    if (make_dir(server->path, daemon->arena, err))
        return -1;
    int fd = bind_to(server->path, err);
    if (fd < 0)
        return -1;
    server->listener = evconnlistener_new(daemon->base, on_accept, server,
                                          LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
    if (!server->listener) {
        close(fd);
        return soar_err_set(err, SOAR_PERMANENT, "socket %s: it can't be listened to", server->path);
    }
    make_link(server, usual);
    daemon->socket = server;
    return 0;
}

void socket_close(struct daemon *daemon)
{
    struct socket_server *server = daemon->socket;

    if (!server)
        return;
    while (server->sessions)
        session_end(server->sessions);
    evconnlistener_free(server->listener);
    unlink(server->path);
    if (server->link)
        unlink(server->link);
    daemon->socket = NULL;
}
