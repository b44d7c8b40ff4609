/* Reads maps and pagemap. The names in maps are the process's own choice, and end up in no name of a file.
 *
 * Only pages that are there are read: to touch the others would make the kernel fetch them from a disk, or
 * from a handler in the process, that may never answer. */
#include "helpers/memory/memory_maps.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "helpers/memory/memory_limits.h"
#include "helpers/memory/memory_ranges.h"

static bool take(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return false;
    ++*at;
    return true;
}

/* "START-END RIGHTS OFFSET MAJOR:MINOR INODE NAME" */
static bool read_line(const char *at, const char *end, struct memory_region *ret)
{
    uint64_t ignored;
    if (!memory_hex(&at, end, &ret->start) || !take(&at, end, '-') || !memory_hex(&at, end, &ret->end) ||
        !take(&at, end, ' ') || end - at < 5 || ret->end <= ret->start)
        return false;
    memcpy(ret->rights, at, 4);
    ret->rights[4] = '\0';
    at += 4;
    uint64_t major, minor;
    if (!take(&at, end, ' ') || !memory_hex(&at, end, &ignored) || !take(&at, end, ' ') ||
        !memory_hex(&at, end, &major) || !take(&at, end, ':') || !memory_hex(&at, end, &minor) ||
        !take(&at, end, ' '))
        return false;
    ret->device = major << 32 | (minor & UINT32_MAX);
    uint64_t inode = 0;
    const char *digits = at;
    for (; at < end && *at >= '0' && *at <= '9' && inode < UINT64_MAX / 16; at++)
        inode = inode * 10 + (uint64_t)(*at - '0');
    ret->inode = inode;
    while (at < end && *at == ' ')
        at++;
    ret->name = at;
    ret->name_len = (size_t)(end - at);
    return at > digits;
}

bool memory_maps_next(const char **at, const char *end, struct memory_region *ret_region, uint64_t *bad)
{
    while (*at < end) {
        const char *line = *at, *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        *at = newline ? newline + 1 : end;
        if (read_line(line, stop, ret_region))
            return true;
        ++*bad;
    }
    return false;
}

static bool begins(const struct memory_region *region, const char *text)
{
    size_t len = strlen(text);
    return region->name_len >= len && memcmp(region->name, text, len) == 0;
}

static bool is_deleted(const struct memory_region *region)
{
    static const char mark[] = " (deleted)";
    size_t len = sizeof mark - 1;
    return region->name_len > len && memcmp(region->name + region->name_len - len, mark, len) == 0;
}

bool memory_region_wanted(const struct memory_region *region)
{
    if (region->rights[0] != 'r' || begins(region, "[v")) /* [vvar], [vdso], [vsyscall]: the kernel's */
        return false;
    if (begins(region, "/dev/") && !begins(region, "/dev/shm/") && !begins(region, "/dev/zero"))
        return false; /* to read a device's registers is to work it */
    return region->rights[1] == 'w' || region->inode == 0 || is_deleted(region);
}

bool memory_pages_next(int pagemap, uint64_t page, uint64_t *at, uint64_t end, uint64_t *ret_start,
                       uint64_t *ret_end)
{
    enum { ENTRIES = 8192 };
    static uint64_t entries[ENTRIES];
    const uint64_t there = (uint64_t)3 << 62; /* present, or swapped out */
    uint64_t start = end, from = *at;
    *at = end;
    if (pagemap < 0) {
        *ret_start = from;
        *ret_end = end;
        return from < end;
    }
    while (from < end) {
        size_t want = (end - from) / page < ENTRIES ? (size_t)((end - from) / page) : ENTRIES;
        ssize_t n =
            pread(pagemap, entries, want * sizeof entries[0], (off_t)(from / page * sizeof entries[0]));
        if (n < 0 && errno == EINTR)
            continue;
        size_t count = n > 0 ? (size_t)n / sizeof entries[0] : 0;
        if (count == 0)
            break;
        for (size_t i = 0; i < count; i++, from += page) {
            bool is_there = entries[i] & there;
            if (is_there && start == end)
                start = from;
            if (is_there || start == end)
                continue;
            *at = *ret_end = from;
            *ret_start = start;
            return true;
        }
    }
    *ret_start = start;
    *ret_end = from;
    return start < from;
}
