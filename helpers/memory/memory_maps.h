/* What a process has in its address space, by /proc/PID/maps and /proc/PID/pagemap. */
#ifndef HELPERS_MEMORY_MAPS_H
#define HELPERS_MEMORY_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory_region {
    uint64_t start;
    uint64_t end;
    char rights[5]; /* "rw-p" */
    uint64_t device;
    uint64_t inode;
    const char *name; /* in the text: a path, "[heap]", or empty */
    size_t name_len;
};

/* The next line of maps from *at; false at the end. A line that can't be understood is passed over and
 * counted. */
bool memory_maps_next(const char **at, const char *end, struct memory_region *ret_region, uint64_t *bad);

/* Is it worth taking: what the process has written, or runs though no file on the disk has it? */
bool memory_region_wanted(const struct memory_region *region);

/* Pages that are there, in memory or swapped out, from *at on: a stretch of them. `pagemap` < 0: nobody
 * knows, so all of them. False: none up to `end`. */
bool memory_pages_next(int pagemap, uint64_t page, uint64_t *at, uint64_t end, uint64_t *ret_start,
                       uint64_t *ret_end);

#endif
