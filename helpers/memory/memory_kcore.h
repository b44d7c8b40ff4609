/* Where in /proc/kcore a machine's memory is to be read.
 *
 * /proc/kcore is an ELF file over the kernel's whole address space, far larger than any memory, with holes
 * that must not be read. Its program headers say which physical address lies where in it; kernels before 4.11
 * leave that out, and there it follows from the one offset at which all of the memory's ranges have a segment
 * of their size. memory_plan walks what both tables have: the parts to copy, in order of their addresses. */
#ifndef HELPERS_MEMORY_KCORE_H
#define HELPERS_MEMORY_KCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helpers/memory/memory_limits.h"
#include "helpers/memory/memory_ranges.h"

enum { KCORE_HEADER_BYTES = 64, KCORE_ENTRY_BYTES = 56 };

struct memory_segment {
    uint64_t start; /* physical */
    uint64_t end;
    uint64_t offset; /* of start in the file */
};

struct memory_segments {
    size_t count;
    struct memory_segment items[MEMORY_SEGMENTS_MAX];
};

/* How many bytes of its front hold all of its headers; 0 and why if this is no such file. */
size_t memory_kcore_head(const unsigned char *bytes, size_t len, const char **ret_why)
    __attribute__((warn_unused_result));

/* `bytes` hold the whole head. 0, or -1 and why. */
int memory_kcore_parse(const unsigned char *bytes, size_t len, const struct memory_ranges *ranges,
                       struct memory_segments *ret_segments, const char **ret_why)
    __attribute__((warn_unused_result));

struct memory_plan {
    const struct memory_ranges *ranges;
    const struct memory_segments *segments;
    size_t range; /* where it stands */
    uint64_t at;
};

struct memory_part {
    uint64_t start;
    uint64_t end;
    uint64_t offset;                  /* of start in the file */
    bool there;                       /* else it is nowhere in the file */
    const struct memory_range *opens; /* it is the first of this range, or NULL */
};

/* The next part, or false: that was all. Together they are exactly the ranges. */
bool memory_plan_next(struct memory_plan *plan, struct memory_part *ret_part);

#endif
