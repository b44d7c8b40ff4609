/* sd_notify's protocol: datagrams of NAME=VALUE lines to the socket that NOTIFY_SOCKET names, a path or an
 * abstract name ('@'). Few lines, where the library would bring more of others. Never blocks, and a manager
 * that doesn't listen is none of our business. */
#include "soard/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 };

struct notify {
    int fd; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t address_len;
    int64_t watchdog_ms;
};

static void take_address(struct notify *notify, const char *path)
{
    size_t len = path ? strlen(path) : 0;

    if (len < 2 || len >= sizeof notify->address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, path, len);
    if (path[0] == '@')
        notify->address.sun_path[0] = '\0';
    notify->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* WATCHDOG_PID: whom it is about, if it is there. */
static int64_t watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    int64_t value = usec ? strtoll(usec, NULL, 10) : 0;

    if (pid && strtoll(pid, NULL, 10) != getpid())
        return 0;
    return value > 0 ? value / 2 / 1000 : 0;
}

struct notify *notify_new(void)
{
    struct notify *notify = calloc(1, sizeof *notify);

    if (!notify)
        abort();
    notify->fd = -1;
    take_address(notify, getenv("NOTIFY_SOCKET"));
    notify->watchdog_ms = watchdog_ms();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return notify;
}

void notify_free(struct notify *notify)
{
    if (notify && notify->fd >= 0)
        close(notify->fd);
    free(notify);
}

void notify_say(struct notify *notify, const char *format, ...)
{
    char text[LINE_BYTES];
    va_list args;

    if (!notify || notify->fd < 0)
        return;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len > 0)
        (void)!sendto(notify->fd, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1,
                      MSG_NOSIGNAL, (const struct sockaddr *)&notify->address, notify->address_len);
}

void notify_reloading(struct notify *notify)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    notify_say(notify, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading the configuration anew",
               (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

int64_t notify_watchdog_ms(const struct notify *notify)
{
    return notify ? notify->watchdog_ms : 0;
}
