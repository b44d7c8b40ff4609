/* A worker is the process that meets the hostile machine: what it doesn't have
 * can't be taken from it.
 *
 * The order doesn't matter, but all of it happens before the first byte from
 * outside is read. It must stay free of anything that needs a file: there may
 * be none (empty environment, no descriptors). */
#include "connectors/worker/harden.h"

#include <errno.h>
#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* jansson keeps short strings, and glibc's cache of small blocks escapes
 * M_PERTURB: they are wiped here. */
static void free_wiped(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

/* Descriptor 3 is a call's pipe, if the engine gave one: evidence goes there, or comes from there. */
static unsigned first_foreign(void)
{
    struct stat st;
    return fstat(3, &st) == 0 && S_ISFIFO(st.st_mode) ? 4 : 3;
}

int worker_harden_inherited(struct soar_err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return soar_err_set(err, SOAR_PERMANENT, "cannot give up new privileges: %s", strerror(errno));
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
        return soar_err_set(err, SOAR_PERMANENT, "cannot tie this process to its parent: %s",
                            strerror(errno));
    if (limit(RLIMIT_CORE, 0, "core files", err) || limit(RLIMIT_NOFILE, 64, "descriptors", err))
        return -1;
    if (!SANITIZED && limit(RLIMIT_AS, (rlim_t)512 * 1024 * 1024, "memory", err))
        return -1;
    if (close_range(first_foreign(), ~0U, 0))
        return soar_err_set(err, SOAR_PERMANENT, "cannot close inherited descriptors: %s", strerror(errno));
    return 0;
}

int worker_harden(struct soar_err *err)
{
    if (worker_harden_inherited(err))
        return -1;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        return soar_err_set(err, SOAR_PERMANENT, "cannot become undumpable: %s", strerror(errno));
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_PERTURB, 0x5a);
    json_set_alloc_funcs(malloc, free_wiped);
    return 0;
}
