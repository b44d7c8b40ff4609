/* A tar stream (ustar), written as it comes. An error sticks: after the first, nothing more is written. */
#ifndef HELPERS_MEMORY_TAR_H
#define HELPERS_MEMORY_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory_tar {
    int out;
    int64_t now; /* the time of all members */
    uint64_t bytes;
    uint64_t left; /* of the member that was begun */
    size_t pad;
    bool failed;
};

void memory_tar_file(struct memory_tar *tar, const char *name, const void *bytes, size_t len);
void memory_tar_begin(struct memory_tar *tar, const char *name,
                      uint64_t size); /* then exactly that many bytes */
void memory_tar_add(struct memory_tar *tar, const void *bytes, size_t len);
int memory_tar_end(struct memory_tar *tar)
    __attribute__((warn_unused_result)); /* -1: not all of it was written */

#endif
