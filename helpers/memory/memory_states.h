/* What can be had of a machine whose kernel gives nobody its memory: the state of the system and of each
 * process, and the memory of each process, as a tar.
 *
 *   system/NAME                     files of /proc: version, modules, mounts …; `processes`, a list of them
 *   network/NAMESPACE/NAME          sockets, routes, neighbours, once for each network namespace
 *   process/PID/NAME                status, maps, cmdline, environ, cgroup …, `links` (exe, cwd, root,
 * namespaces, files) process/PID/memory/START-END    pages that were there, by their addresses in that
 * process report.json                     what was taken; unread.txt: what was not, and why
 *
 * The states of all come first, since they are quick; memory after them. Who ends meanwhile is left out. */
#ifndef HELPERS_MEMORY_STATES_H
#define HELPERS_MEMORY_STATES_H

#include <stdint.h>

struct memory_wish {
    uint64_t region_bytes; /* of one region at most, or of what processes share, in all of them together */
    uint64_t total_bytes;  /* of all memory at most; 0: no limit */
    const char *input;     /* standard input becomes this member of system/, or NULL */
};

/* 0, or 1: broken off. */
int memory_states_write(int proc, int out, const struct memory_wish *wish)
    __attribute__((warn_unused_result));

#endif
