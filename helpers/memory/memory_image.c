/* Copies memory from /proc/kcore part by part: never more of that file than the tables name, in blocks of a
 * mebibyte, a page that can't be read as zeros and counted. The machine goes on meanwhile, so the image is of
 * no single moment: that is in the nature of it, and told. */
#include "helpers/memory/memory_image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "helpers/memory/memory_io.h"
#include "helpers/memory/memory_kcore.h"

enum { UNSUPPORTED = 20, PARTS_TOLD = 32 };

static struct memory_ranges ranges;
static struct memory_segments segments;
static unsigned char block[MEMORY_BLOCK_BYTES];
static char iomem[MEMORY_BLOCK_BYTES];

void memory_lime_header(unsigned char ret_header[LIME_HEADER_BYTES], uint64_t start, uint64_t end)
{
    const uint64_t words[] = {(uint64_t)1 << 32 | 0x4C694D45, start, end - 1, 0};
    for (size_t i = 0; i < LIME_HEADER_BYTES; i++)
        ret_header[i] = (unsigned char)(words[i / 8] >> i % 8 * 8);
}

static const char *why_closed(int code)
{
    switch (code) {
    case ENOENT:
        return "this kernel has no /proc/kcore";
    case EPERM:
        return "the kernel is locked down, or root has no CAP_SYS_RAWIO: /proc/kcore can't be read";
    case EACCES:
        return "only root may read /proc/kcore";
    default:
        return "/proc/kcore can't be opened";
    }
}

/* Opens kcore and reads both tables. Its descriptor, or -1 and why. */
static int open_memory(int proc, const char **ret_why)
{
    bool cut;
    ssize_t len = memory_read_file(proc, "iomem", iomem, sizeof iomem, &cut);
    if (len < 0 || cut) {
        *ret_why = cut ? "/proc/iomem is longer than a mebibyte" : "/proc/iomem can't be read";
        return -1;
    }
    if (memory_ranges_parse(iomem, (size_t)len, &ranges, ret_why))
        return -1;
    int kcore = openat(proc, "kcore", O_RDONLY | O_CLOEXEC);
    if (kcore < 0) {
        *ret_why = why_closed(errno);
        return -1;
    }
    ssize_t head = pread(kcore, block, KCORE_HEADER_BYTES, 0);
    size_t need = memory_kcore_head(block, head > 0 ? (size_t)head : 0, ret_why), got = 0;
    while (need > got && (head = pread(kcore, block + got, need - got, (off_t)got)) > 0)
        got += (size_t)head;
    if (need == 0 || memory_kcore_parse(block, got, &ranges, &segments, ret_why)) {
        close(kcore);
        return -1;
    }
    return kcore;
}

static uint64_t planned(void)
{
    uint64_t sum = 0;
    struct memory_plan plan = {.ranges = &ranges, .segments = &segments};
    struct memory_segment part;
    while (memory_plan_next(&plan, &part))
        sum += LIME_HEADER_BYTES + (part.end - part.start);
    return sum;
}

int memory_image_size(int proc, uint64_t *ret_bytes, const char **ret_why)
{
    int kcore = open_memory(proc, ret_why);
    if (kcore < 0)
        return -1;
    close(kcore);
    *ret_bytes = planned();
    return 0;
}

/* One part, header and bytes; *holes grows by its unreadable pages. -1: the reader is gone. */
static int copy_part(int kcore, int out, const struct memory_segment *part, uint64_t *holes)
{
    unsigned char header[LIME_HEADER_BYTES];
    memory_lime_header(header, part->start, part->end);
    if (memory_write(out, header, sizeof header))
        return -1;
    for (uint64_t at = part->start; at < part->end;) {
        size_t len = part->end - at < sizeof block ? (size_t)(part->end - at) : sizeof block;
        *holes += memory_read_holes(kcore, part->offset + (at - part->start), block, len);
        if (memory_write(out, block, len))
            return -1;
        at += len;
    }
    return 0;
}

static void tell_begin(uint64_t expected)
{
    struct utsname kernel;
    char now[32], release[256];
    bool known = uname(&kernel) == 0;
    memory_tell("{\"image\": \"lime\", \"begin\": \"%s\", \"kernel\": %s, \"expected_bytes\": %" PRIu64 "}",
                memory_now(now), memory_json(known ? kernel.release : "", release, sizeof release), expected);
}

static int copy_all(int kcore, int out)
{
    struct memory_plan plan = {.ranges = &ranges, .segments = &segments};
    struct memory_segment part;
    uint64_t holes = 0, bytes = 0;
    int parts = 0;
    char now[32];
    while (memory_plan_next(&plan, &part)) {
        uint64_t before = holes;
        if (copy_part(kcore, out, &part, &holes)) {
            memory_tell("{\"why\": \"broken off: %s\", \"bytes\": %" PRIu64 "}",
                        errno == EPIPE ? "nobody reads" : "it can't be written", bytes);
            return 1;
        }
        bytes += LIME_HEADER_BYTES + (part.end - part.start);
        if (parts++ < PARTS_TOLD)
            memory_tell("{\"range\": \"%" PRIx64 "-%" PRIx64 "\", \"unreadable_pages\": %" PRIu64 "}",
                        part.start, part.end - 1, holes - before);
    }
    memory_tell("{\"end\": \"%s\", \"ranges\": %d, \"bytes\": %" PRIu64 ", \"unreadable_pages\": %" PRIu64
                "}",
                memory_now(now), parts, bytes, holes);
    return holes > 0 && holes >= (bytes - (uint64_t)parts * LIME_HEADER_BYTES) /
                                     MEMORY_PAGE_BYTES; /* not one page could be read */
}

int memory_image_write(int proc, int out)
{
    const char *why = NULL;
    char quoted[256];
    int kcore = open_memory(proc, &why);
    uint64_t expected = kcore < 0 ? 0 : planned();
    if (expected == 0) {
        if (kcore >= 0)
            close(kcore);
        memory_tell("{\"why\": %s}",
                    memory_json(why ? why : "/proc/kcore has none of the memory", quoted, sizeof quoted));
        return UNSUPPORTED;
    }
    tell_begin(expected);
    int code = copy_all(kcore, out);
    close(kcore);
    return code;
}
