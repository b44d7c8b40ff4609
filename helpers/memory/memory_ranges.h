/* Where a machine's memory lies, by /proc/iomem: physical addresses, in order, none twice. */
#ifndef HELPERS_MEMORY_RANGES_H
#define HELPERS_MEMORY_RANGES_H

#include <stddef.h>
#include <stdint.h>

#include "helpers/memory/memory_limits.h"

struct memory_range {
    uint64_t start;
    uint64_t end; /* the first address behind it */
};

struct memory_ranges {
    size_t count;
    struct memory_range items[MEMORY_RANGES_MAX];
};

/* 0, or -1 and why: there is none, they are hidden from us, a line can't be understood. */
int memory_ranges_parse(const char *text, size_t len, struct memory_ranges *ret_ranges, const char **ret_why)
    __attribute__((warn_unused_result));

/* A hexadecimal number at *at, which moves behind it. False: there is none, or it has more than 64 bits. */
_Bool memory_hex(const char **at, const char *end, uint64_t *ret_number);

#endif
