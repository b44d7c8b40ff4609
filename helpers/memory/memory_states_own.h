/* Inside of memory_states_*.c: the one stock of buffers and counts that the passes share. */
#ifndef HELPERS_MEMORY_STATES_OWN_H
#define HELPERS_MEMORY_STATES_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "helpers/memory/memory_limits.h"
#include "helpers/memory/memory_states.h"
#include "helpers/memory/memory_tar.h"

struct text {
    size_t len;
    size_t max;
    bool cut;
    char *bytes;
};

struct states {
    int proc;
    const struct memory_wish *wish;
    struct memory_tar tar;
    long self;          /* our own process, which is left out */
    struct text list;   /* of the processes */
    struct text unread; /* what could not be taken */
    uint64_t processes;
    uint64_t vanished;
    uint64_t regions;
    uint64_t memory_bytes;
    uint64_t pages_unread;
    uint64_t cut; /* regions of which only a part was taken, or nothing */
    size_t network_count;
    unsigned long long networks[MEMORY_NETWORKS_MAX];
    char *room; /* MEMORY_TEXT_BYTES, for one file of /proc */
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A file of /proc as a member of the same content; false if there was none. */
bool states_take(struct states *states, const char *path, const char *member);

void states_system(struct states *states);                   /* system/ */
void states_network(struct states *states, const char *pid); /* network/, if this process's is a new one */
void states_process(struct states *states, int dir, const char *pid); /* process/PID/ without its memory */
void states_memory_begin(void);
void states_memory(struct states *states, int dir, const char *pid); /* process/PID/memory/ */

#endif
