/* The front meets every stranger of the network: what it doesn't have can't be taken from it. Like a worker's
 * hardening, but it needs many descriptors, and it must outlive the signals that are meant for soard: it ends
 * when its input ends, after soard has said its last word. */
#include "soard/front/front_harden.h"

#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/json.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* What came in lies in libevent's buffers before it is ours; glibc's cache of small blocks escapes M_PERTURB.
 */
static void free_wiped(void *memory)
{
    if (memory != NULL)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static int limit(int resource, rlim_t most, const char *name, struct soar_err *err)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) == 0 && now.rlim_max < most)
        most = now.rlim_max;
    struct rlimit new = {.rlim_cur = most, .rlim_max = most};
    if (setrlimit((__rlimit_resource_t)resource, &new))
        return soar_err_set(err, SOAR_PERMANENT, "cannot limit %s: %s", name, strerror(errno));
    return 0;
}

static int limits(struct soar_err *err)
{
    if (limit(RLIMIT_CORE, 0, "core files", err) != 0 ||
        limit(RLIMIT_NOFILE, RLIM_INFINITY, "descriptors", err) != 0 ||
        limit(RLIMIT_NPROC, 0, "processes", err) != 0)
        return -1;
    return SANITIZED ? 0 : limit(RLIMIT_AS, (rlim_t)FRONT_ADDRESS_SPACE_MIB * 1024 * 1024, "memory", err);
}

int front_harden(struct soar_err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return soar_err_set(err, SOAR_PERMANENT, "cannot give up new privileges: %s", strerror(errno));
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
        return soar_err_set(err, SOAR_PERMANENT, "cannot tie this process to its parent: %s",
                            strerror(errno));
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        return soar_err_set(err, SOAR_PERMANENT, "cannot become undumpable: %s", strerror(errno));
    if (close_range(3, ~0U, 0))
        return soar_err_set(err, SOAR_PERMANENT, "cannot close inherited descriptors: %s", strerror(errno));
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    mallopt(M_PERTURB, 0x5a);
    event_set_mem_functions(malloc, realloc, free_wiped);
    json_wipe_freed();
    return limits(err);
}
