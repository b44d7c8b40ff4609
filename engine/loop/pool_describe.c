/* Asking a connector for its table, once, blocking, without a pool: what lint and `soarctl connectors` need.
 *
 * The program gets no peer, so it must not connect anywhere, and it is killed as soon as it has said its
 * hello. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "engine/loop/pool_part.h"

static const char binding[] = "{\"peer\":null,\"mode\":\"all\"}\n";

static int read_line(int fd, struct buf *line, int64_t until_ms, const struct world *world,
                     struct soar_err *err)
{
    while (line->len == 0 || memchr(line->data, '\n', line->len) == NULL) {
        char chunk[4096];
        int64_t left = until_ms - world->boot_ms(world->arg);
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&wait, 1, (int)left) == 0)
            return soar_err_set(err, SOAR_TRANSIENT, "it said no hello");
        ssize_t got = recv(fd, chunk, sizeof chunk, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            return soar_err_set(err, SOAR_PERMANENT, "it ended before its hello");
        buf_add(line, chunk, (size_t)got);
        if (line->failed)
            return soar_err_set(err, SOAR_PERMANENT, "it wrote a line longer than one may be");
    }
    return 0;
}

static int ask(int fd, int64_t until_ms, const struct world *world, struct arena *arena,
               struct wire_message *ret_message, struct soar_err *err)
{
    BUF_SCOPED line;
    buf_init(&line, LIMIT_LINE_BYTES);
    if (send(fd, binding, sizeof binding - 1, MSG_NOSIGNAL) != sizeof binding - 1)
        return soar_err_set(err, SOAR_TRANSIENT, "it doesn't listen");
    if (read_line(fd, &line, until_ms, world, err))
        return -1;
    size_t len = (size_t)((char *)memchr(line.data, '\n', line.len) - line.data);
    if (wire_parse(arena, line.data, len, ret_message, err))
        return -1;
    if (ret_message->kind != WIRE_HELLO)
        return soar_err_set(err, SOAR_PERMANENT, "its first line is no hello");
    return 0;
}

int pool_describe(const struct pool_options *options, const char *connector, struct arena *arena,
                  struct value *ret_hello, struct soar_err *err)
{
    const struct world *world = options->world ? options->world : world_system();
    char *libexec = pool_libexec(options->libexec);
    struct pool_child child = {0};
    int rc = pool_spawn(libexec, options->plugins, connector, 0, &child, err);
    free(libexec);
    if (rc)
        return -1;
    struct wire_message message = {.name = ""};
    int64_t until = world->boot_ms(world->arg) + (options->hello_ms ? options->hello_ms : 10000);
    rc = ask(child.fd, until, world, arena, &message, err);
    if (rc == 0 && strcmp(message.name, connector) != 0)
        rc = soar_err_set(err, SOAR_PERMANENT, "its hello has another connector's name");
    kill(-child.pid, SIGKILL);
    waitpid(child.pid, NULL, 0);
    close(child.fd);
    close(child.errors);
    if (rc)
        return soar_err_wrap(err, "soar-%s", connector);
    *ret_hello = message.hello;
    return 0;
}
