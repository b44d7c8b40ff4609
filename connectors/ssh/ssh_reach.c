/* ssh.reach: a new connection to the peer, which wants nothing but the server's greeting.
 *
 * Nothing is sent, so whatever fails here is TRANSIENT. */
#include "connectors/ssh/ssh.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connectors/worker/dial.h"
#include "engine/base/text.h"

enum { GREETING_BYTES = 8192 };

static int wait_readable(int fd, int64_t deadline_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    for (;;) {
        int64_t left = deadline_ms - worker_now_ms();
        int rc = left > 0 ? poll(&wait, 1, (int)(left < INT32_MAX ? left : INT32_MAX)) : 0;
        if (rc > 0)
            return 0;
        if (rc == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        if (errno != EINTR)
            return -1;
    }
}

/* The greeting's line stands in read; NULL: not yet. Other lines may come before it (RFC 4253, 4.2). */
static const char *greeting_line(struct buf *read, size_t *ret_len)
{
    for (size_t start = 0; start < read->len;) {
        char *end = memchr(read->data + start, '\n', read->len - start);
        if (end == NULL)
            return NULL;
        if (!strncmp(read->data + start, "SSH-", 4)) {
            *ret_len = (size_t)(end - read->data) - start;
            while (*ret_len > 0 && read->data[start + *ret_len - 1] == '\r')
                --*ret_len;
            return read->data + start;
        }
        start = (size_t)(end - read->data) + 1;
    }
    return NULL;
}

static int read_greeting(int fd, int64_t deadline_ms, struct buf *ret_greeting, struct soar_err *err)
{
    BUF_SCOPED read;
    buf_init(&read, GREETING_BYTES);
    for (;;) {
        char chunk[512];
        if (wait_readable(fd, deadline_ms))
            return soar_err_set(err, SOAR_TRANSIENT, "no greeting: %s", strerror(errno));
        ssize_t got = recv(fd, chunk, sizeof chunk, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            return soar_err_set(err, SOAR_TRANSIENT, "no greeting: %s",
                                got ? strerror(errno) : "the connection was closed");
        buf_add(&read, chunk, (size_t)got);
        if (read.failed)
            return soar_err_set(err, SOAR_TRANSIENT, "no greeting in the first %d bytes", GREETING_BYTES);
        size_t len;
        const char *line = greeting_line(&read, &len);
        if (line) {
            text_visible(ret_greeting, line, len < 255 ? len : 255);
            return 0;
        }
    }
}

int ssh_reach(const struct ssh_peer *peer, int64_t deadline_ms, struct buf *ret_greeting,
              struct soar_err *err)
{
    int fd = worker_dial(peer->address, peer->port, deadline_ms, err);
    if (fd < 0)
        return -1;
    int rc = read_greeting(fd, deadline_ms, ret_greeting, err);
    close(fd);
    return rc;
}
