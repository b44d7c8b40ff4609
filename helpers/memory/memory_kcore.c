/* Reads the ELF headers of /proc/kcore and lays them beside the ranges of /proc/iomem.
 *
 * The bytes come from the kernel of a machine that may be the attacker's: each number is checked before it is
 * used, and what the headers don't cover is left out, never guessed. */
#include "helpers/memory/memory_kcore.h"

#include <string.h>

static const char not_elf[] = "/proc/kcore is no ELF file of 64 bits, little-endian";
static const char too_many[] = "/proc/kcore has more segments than any known kernel's";

static uint64_t number(const unsigned char *at, int bytes)
{
    uint64_t n = 0;
    for (int i = bytes; i-- > 0;)
        n = n << 8 | at[i];
    return n;
}

size_t memory_kcore_head(const unsigned char *bytes, size_t len, const char **ret_why)
{
    static const unsigned char magic[] = {0x7f, 'E', 'L', 'F', 2, 1};
    if (len < KCORE_HEADER_BYTES || memcmp(bytes, magic, sizeof magic) != 0 ||
        number(bytes + 54, 2) != KCORE_ENTRY_BYTES) {
        *ret_why = not_elf;
        return 0;
    }
    uint64_t table = number(bytes + 32, 8), count = number(bytes + 56, 2);
    if (count == 0 || table < KCORE_HEADER_BYTES || table > MEMORY_BLOCK_BYTES / 2) {
        *ret_why = not_elf;
        return 0;
    }
    if (count > MEMORY_SEGMENTS_MAX) {
        *ret_why = too_many;
        return 0;
    }
    return (size_t)(table + count * KCORE_ENTRY_BYTES);
}

struct entry { /* of the program headers: a piece of the address space */
    uint64_t offset;
    uint64_t virtual;
    uint64_t physical;
    uint64_t size;
};

/* False: it is of another kind, empty, or its numbers run over. */
static bool read_entry(const unsigned char *at, struct entry *ret_entry)
{
    enum { LOAD = 1 };
    struct entry entry = {number(at + 8, 8), number(at + 16, 8), number(at + 24, 8), number(at + 32, 8)};
    if (number(at, 4) != LOAD || entry.size == 0 || entry.offset > INT64_MAX ||
        entry.size > INT64_MAX - entry.offset || entry.virtual > UINT64_MAX - entry.size)
        return false;
    *ret_entry = entry;
    return true;
}

static bool tells_places(const unsigned char *table, size_t count)
{
    struct entry entry;
    for (size_t i = 0; i < count; i++)
        if (read_entry(table + i * KCORE_ENTRY_BYTES, &entry) && entry.physical != 0 &&
            entry.physical != UINT64_MAX)
            return true;
    return false;
}

static uint64_t up(uint64_t address, uint64_t page)
{
    return (address + page - 1) / page * page;
}

/* Does every range that is more than a scrap have a segment at this distance? */
static bool fits(const unsigned char *table, size_t count, const struct memory_ranges *ranges,
                 uint64_t distance)
{
    enum { SCRAP = 4 * 65536 }; /* some kernels leave out the first page, and what is no whole page */
    for (size_t r = 0; r < ranges->count; r++) {
        uint64_t start = up(ranges->items[r].start, 65536), end = ranges->items[r].end / 65536 * 65536;
        bool there = end < start || end - start < SCRAP;
        struct entry entry;
        for (size_t i = 0; i < count && !there; i++)
            there = read_entry(table + i * KCORE_ENTRY_BYTES, &entry) && entry.virtual - distance <= start &&
                    entry.virtual - distance + entry.size >= end;
        if (!there)
            return false;
    }
    return true;
}

/* The distance between virtual and physical addresses in the kernel's direct map, by the largest range: one
 * segment has its size. */
static bool find_distance(const unsigned char *table, size_t count, const struct memory_ranges *ranges,
                          uint64_t *ret_distance)
{
    static const uint64_t pages[] = {4096, 16384, 65536};
    const struct memory_range *largest = &ranges->items[0];
    for (size_t r = 1; r < ranges->count; r++)
        if (ranges->items[r].end - ranges->items[r].start > largest->end - largest->start)
            largest = &ranges->items[r];
    bool found = false;
    for (size_t i = 0; i < count * 3; i++) {
        uint64_t page = pages[i % 3], start = up(largest->start, page), end = largest->end / page * page;
        struct entry entry;
        if (!read_entry(table + i / 3 * KCORE_ENTRY_BYTES, &entry) || end <= start ||
            entry.size != end - start || entry.virtual < start ||
            !fits(table, count, ranges, entry.virtual - start))
            continue;
        if (found && *ret_distance != entry.virtual - start)
            return false;
        found = true;
        *ret_distance = entry.virtual - start;
    }
    return found;
}

int memory_kcore_parse(const unsigned char *bytes, size_t len, const struct memory_ranges *ranges,
                       struct memory_segments *ret_segments, const char **ret_why)
{
    size_t head = memory_kcore_head(bytes, len, ret_why);
    if (head == 0)
        return -1;
    if (head > len) {
        *ret_why = "/proc/kcore ends within its own headers";
        return -1;
    }
    size_t count = number(bytes + 56, 2);
    const unsigned char *table = bytes + number(bytes + 32, 8);
    uint64_t distance = 0;
    bool told = tells_places(table, count);
    if (!told && !find_distance(table, count, ranges, &distance)) {
        *ret_why = "/proc/kcore doesn't tell where in it the memory lies";
        return -1;
    }
    ret_segments->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct entry entry;
        if (!read_entry(table + i * KCORE_ENTRY_BYTES, &entry))
            continue;
        uint64_t start = told ? entry.physical : entry.virtual - distance;
        if ((told && start == UINT64_MAX) || (!told && entry.virtual < distance) ||
            start > UINT64_MAX - entry.size)
            continue;
        ret_segments->items[ret_segments->count++] =
            (struct memory_segment){start, start + entry.size, entry.offset};
    }
    return 0;
}

/* Of the segments at an address the one that goes on longest; or where the next one begins. */
static const struct memory_segment *segment_at(const struct memory_segments *segments, uint64_t at,
                                               uint64_t *ret_next)
{
    const struct memory_segment *best = NULL;
    *ret_next = UINT64_MAX;
    for (size_t i = 0; i < segments->count; i++) {
        const struct memory_segment *segment = &segments->items[i];
        if (segment->start <= at && at < segment->end && (best == NULL || segment->end > best->end))
            best = segment;
        if (segment->start > at && segment->start < *ret_next)
            *ret_next = segment->start;
    }
    return best;
}

bool memory_plan_next(struct memory_plan *plan, struct memory_part *ret_part)
{
    while (plan->range < plan->ranges->count && plan->at >= plan->ranges->items[plan->range].end)
        plan->range++;
    if (plan->range == plan->ranges->count)
        return false;
    const struct memory_range *range = &plan->ranges->items[plan->range];
    bool opens = plan->at <= range->start;
    uint64_t at = opens ? range->start : plan->at, next;
    const struct memory_segment *segment = segment_at(plan->segments, at, &next);
    uint64_t end = segment ? segment->end : next;
    *ret_part = (struct memory_part){.start = at,
                                     .end = end < range->end ? end : range->end,
                                     .offset = segment ? segment->offset + (at - segment->start) : 0,
                                     .there = segment != NULL,
                                     .opens = opens ? range : NULL};
    plan->at = ret_part->end;
    return true;
}
