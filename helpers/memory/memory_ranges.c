/* Reads /proc/iomem: lines of "START-END : NAME", indented where one lies in another.
 *
 * Memory that was plugged in later stands inside another resource, as "System RAM (kmem)", so the indentation
 * says nothing. Who may not see the addresses is shown zeros. */
#include "helpers/memory/memory_ranges.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

bool memory_hex(const char **at, const char *end, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *p = *at;
    for (; p < end; p++) {
        unsigned digit;
        if (*p >= '0' && *p <= '9')
            digit = (unsigned)(*p - '0');
        else if (*p >= 'a' && *p <= 'f')
            digit = (unsigned)(*p - 'a') + 10;
        else
            break;
        if (number >> 60)
            return false;
        number = number << 4 | digit;
    }
    if (p == *at)
        return false;
    *at = p;
    *ret_number = number;
    return true;
}

static bool is_memory(const char *name, size_t len)
{
    static const char memory[] = "System RAM";
    size_t own = sizeof memory - 1;
    return len >= own && memcmp(name, memory, own) == 0 && (len == own || name[own] == ' ');
}

/* "START-END" of a line of memory; false if it can't be understood. */
static bool read_span(const char *at, const char *end, struct memory_range *ret_range)
{
    while (at < end && *at == ' ')
        at++;
    uint64_t start, last;
    if (!memory_hex(&at, end, &start) || at == end || *at++ != '-' || !memory_hex(&at, end, &last) ||
        at != end)
        return false;
    if (last < start || last == UINT64_MAX)
        return false;
    *ret_range = (struct memory_range){start, last + 1};
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct memory_range *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static void merge(struct memory_ranges *ranges)
{
    qsort(ranges->items, ranges->count, sizeof ranges->items[0], by_start);
    size_t kept = 0;
    for (size_t i = 0; i < ranges->count; i++) {
        struct memory_range next = ranges->items[i];
        struct memory_range *last = kept ? &ranges->items[kept - 1] : NULL;
        if (last == NULL || next.start >= last->end)
            ranges->items[kept++] = next;
        else if (next.end > last->end)
            last->end = next.end;
    }
    ranges->count = kept;
}

int memory_ranges_parse(const char *text, size_t len, struct memory_ranges *ret_ranges, const char **ret_why)
{
    static const char between[] = " : ";
    const char *end = text + len;
    bool hidden = true;
    ret_ranges->count = 0;
    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        const char *colon = memmem(line, (size_t)(stop - line), between, sizeof between - 1);
        const char *name = colon ? colon + sizeof between - 1 : stop;
        if (is_memory(name, (size_t)(stop - name))) {
            if (ret_ranges->count == MEMORY_RANGES_MAX) {
                *ret_why = "/proc/iomem has more ranges of memory than any known machine";
                return -1;
            }
            struct memory_range *range = &ret_ranges->items[ret_ranges->count++];
            if (!read_span(line, colon, range)) {
                *ret_why = "a line of /proc/iomem can't be understood";
                return -1;
            }
            hidden = hidden && range->start == 0 && range->end == 1;
        }
        line = newline ? newline + 1 : end;
    }
    if (ret_ranges->count == 0 || hidden) {
        *ret_why =
            ret_ranges->count
                ? "the addresses in /proc/iomem are hidden: only root, outside of any container, sees them"
                : "/proc/iomem names no memory";
        return -1;
    }
    merge(ret_ranges);
    return 0;
}
