/* Property: whatever a machine's /proc says, the plan of an image is the ranges and nothing else, no part of
 * it reads outside of what a segment names, and no line of maps makes a region that isn't one. Method:
 * libFuzzer; the first byte chooses, the next two say how much of the input is iomem, the rest is kcore or
 * maps. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/memory/memory_kcore.h"
#include "helpers/memory/memory_maps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory_ranges ranges;
static struct memory_segments segments;

static bool is_within_a_segment(const struct memory_part *part)
{
    for (size_t i = 0; i < segments.count; i++) {
        const struct memory_segment *segment = &segments.items[i];
        if (segment->start <= part->start && part->end <= segment->end &&
            part->offset == segment->offset + (part->start - segment->start))
            return true;
    }
    return false;
}

static void walk(void)
{
    struct memory_plan plan = {.ranges = &ranges, .segments = &segments};
    struct memory_part part;
    size_t range = 0;
    uint64_t at = 0;
    while (memory_plan_next(&plan, &part)) {
        if (part.opens) {
            assert(part.opens == &ranges.items[range] && (range == 0 || at == ranges.items[range - 1].end));
            at = ranges.items[range++].start;
        }
        assert(part.start == at && part.end > at);
        assert(!part.there || is_within_a_segment(&part));
        at = part.end;
    }
    assert(range == ranges.count && at == ranges.items[range - 1].end);
}

static void image(const uint8_t *data, size_t size)
{
    const char *why = NULL;
    if (size < 2)
        return;
    size_t text = (size_t)(data[0] << 8 | data[1]) % (size - 1);
    if (memory_ranges_parse((const char *)data + 2, text, &ranges, &why)) {
        assert(why != NULL);
        return;
    }
    for (size_t i = 0; i < ranges.count; i++)
        assert(ranges.items[i].start < ranges.items[i].end &&
               (i == 0 || ranges.items[i - 1].end <= ranges.items[i].start));
    if (memory_kcore_parse(data + 2 + text, size - 2 - text, &ranges, &segments, &why))
        assert(why != NULL);
    else
        walk();
}

static void maps(const char *text, size_t len)
{
    const char *at = text;
    struct memory_region region;
    uint64_t bad = 0;
    while (memory_maps_next(&at, text + len, &region, &bad)) {
        assert(region.start < region.end && strlen(region.rights) <= 4);
        assert(region.name >= text && region.name + region.name_len <= text + len);
        (void)memory_region_wanted(&region);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint8_t *copy = malloc(size - 1); /* so that the sanitizer sees a read behind its end */
    assert(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    if (data[0] % 2 == 0)
        image(copy, size - 1);
    else
        maps((const char *)copy, size - 1);
    free(copy);
    return 0;
}
