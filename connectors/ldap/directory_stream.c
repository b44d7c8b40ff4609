/* The bytes of the connection, between the library and the socket.
 *
 * The library's own layer would do, but under GnuTLS it spins while a server is silent in the middle of the
 * handshake. This one waits, and no longer than the call's deadline: then the read or write fails. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connectors/ldap/directory.h"

/* True if the socket is ready before the deadline. */
static bool wait_for(const struct directory *directory, short events)
{
    struct pollfd wait = {.fd = directory->fd, .events = events};
    for (;;) {
        int64_t left = directory->deadline_ms - worker_now_ms();
        int rc = left > 0 ? poll(&wait, 1, (int)(left < INT32_MAX ? left : INT32_MAX)) : 0;
        if (rc > 0)
            return true;
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc == 0)
            errno = ETIMEDOUT;
        return false;
    }
}

static int setup(Sockbuf_IO_Desc *io, void *arg)
{
    io->sbiod_pvt = arg;
    return 0;
}

static int forget(Sockbuf_IO_Desc *io)
{
    io->sbiod_pvt = NULL;
    return 0;
}

static int control(Sockbuf_IO_Desc *io, int option, void *arg)
{
    (void)io;
    (void)option;
    (void)arg;
    return 0;
}

static ber_slen_t take(Sockbuf_IO_Desc *io, void *bytes, ber_len_t len)
{
    struct directory *directory = io->sbiod_pvt;
    for (;;) {
        ssize_t got = recv(directory->fd, bytes, len, 0);
        if (got >= 0 || (errno != EAGAIN && errno != EINTR))
            return got;
        if (!wait_for(directory, POLLIN))
            return -1;
    }
}

static ber_slen_t give(Sockbuf_IO_Desc *io, void *bytes, ber_len_t len)
{
    struct directory *directory = io->sbiod_pvt;
    for (;;) {
        ssize_t put = send(directory->fd, bytes, len, MSG_NOSIGNAL);
        if (put >= 0 || (errno != EAGAIN && errno != EINTR))
            return put;
        if (!wait_for(directory, POLLOUT))
            return -1;
    }
}

static int end(Sockbuf_IO_Desc *io)
{
    struct directory *directory = io->sbiod_pvt;
    close(directory->fd);
    directory->fd = -1;
    return 0;
}

int directory_stream(struct directory *directory, Sockbuf *socket)
{
    static Sockbuf_IO layer = {
        .sbi_setup = setup,
        .sbi_remove = forget,
        .sbi_ctrl = control,
        .sbi_read = take,
        .sbi_write = give,
        .sbi_close = end,
    };
    return ber_sockbuf_add_io(socket, &layer, LBER_SBIOD_LEVEL_PROVIDER, directory);
}
