/* A TCP connection to the peer: each of its addresses in turn, until the deadline.
 *
 * Everything here fails before a byte was sent, so everything is TRANSIENT. */
#include "connectors/worker/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connectors/worker/worker.h"

/* 0 or an errno. */
static int await_connected(int fd, int64_t deadline_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int failed = 0;
    socklen_t len = sizeof failed;
    for (;;) {
        int64_t left = deadline_ms - worker_now_ms();
        int rc = left > 0 ? poll(&wait, 1, (int)(left < INT32_MAX ? left : INT32_MAX)) : 0;
        if (rc == 0)
            return ETIMEDOUT;
        if (rc > 0)
            return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) ? errno : failed;
        if (errno != EINTR)
            return errno;
    }
}

/* A connected socket, or -1 with errno. */
static int try_address(const struct addrinfo *to, int64_t deadline_ms)
{
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int on = 1, failed = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a call is a few small packets */
    if (connect(fd, to->ai_addr, to->ai_addrlen))
        failed = errno == EINPROGRESS ? await_connected(fd, deadline_ms) : errno;
    if (failed == 0)
        return fd;
    close(fd);
    errno = failed;
    return -1;
}

int worker_dial(const char *host, const char *port, int64_t deadline_ms, struct soar_err *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list = NULL;
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc)
        return soar_err_set(err, SOAR_TRANSIENT, "cannot resolve %s: %s", host,
                            rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    int fd = -1;
    for (const struct addrinfo *to = list; to && fd < 0; to = to->ai_next)
        fd = try_address(to, deadline_ms);
    if (fd < 0)
        soar_err_set(err, SOAR_TRANSIENT, "connect to %s port %s: %s", host, port, strerror(errno));
    freeaddrinfo(list);
    return fd;
}
