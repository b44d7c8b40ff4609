/* This machine's clock and chance. The only place of the engine that asks for them; the simulator brings its
 * own. */
#include "engine/base/world.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { BOOT_ID_CHARS = 36 }; /* a UUID */

static char boot_id_text[BOOT_ID_CHARS + 1];
static pthread_once_t boot_id_read = PTHREAD_ONCE_INIT;

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        abort();
    }
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t wall_ms(void *arg)
{
    (void)arg;
    return clock_ms(CLOCK_REALTIME);
}

static int64_t boot_ms(void *arg)
{
    (void)arg;
    return clock_ms(CLOCK_BOOTTIME);
}

static void random_bytes(void *arg, void *ret_bytes, size_t len)
{
    (void)arg;
    unsigned char *bytes = ret_bytes;
    while (len > 0) {
        ssize_t got = getrandom(bytes, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            abort();
        }
        bytes += got;
        len -= (size_t)got;
    }
}

/* Where /proc is missing each process is a boot of its own: two boots must never be taken for one. */
static void read_boot_id(void)
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, boot_id_text, BOOT_ID_CHARS) : -1;
    if (fd >= 0) {
        close(fd);
    }
    if (got != BOOT_ID_CHARS) {
        uint32_t chance[4];
        random_bytes(NULL, chance, sizeof chance);
        snprintf(boot_id_text, sizeof boot_id_text, "%08x%08x%08x%08x", chance[0], chance[1], chance[2],
                 chance[3]);
    }
}

static const char *boot_id(void *arg)
{
    (void)arg;
    pthread_once(&boot_id_read, read_boot_id);
    return boot_id_text;
}

const struct world *world_system(void)
{
    static const struct world world = {
        .wall_ms = wall_ms,
        .boot_ms = boot_ms,
        .boot_id = boot_id,
        .random = random_bytes,
    };
    return &world;
}
