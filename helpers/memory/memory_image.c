/* Copies memory from /proc/kcore part by part: never more of that file than the tables name, in blocks of a
 * mebibyte. What can't be read is zeros, and counted, so that the length is known before. The machine goes on
 * meanwhile, so the image is of no single moment: that is in the nature of it, and told. */
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

enum { BROKEN_OFF = 1, UNSUPPORTED = 20, RANGES_TOLD = 32 };

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

struct sum {
    uint64_t bytes;   /* of the image */
    uint64_t nowhere; /* bytes of memory that /proc/kcore doesn't have */
    uint64_t holes;   /* pages that it has, and that can't be read */
    int ranges;
};

static struct sum planned(void)
{
    struct sum sum = {0};
    struct memory_plan plan = {.ranges = &ranges, .segments = &segments};
    struct memory_part part;
    while (memory_plan_next(&plan, &part)) {
        sum.bytes += (part.opens ? LIME_HEADER_BYTES : 0) + (part.end - part.start);
        sum.nowhere += part.there ? 0 : part.end - part.start;
    }
    return sum;
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
    bool usable = need > 0 && memory_kcore_parse(block, got, &ranges, &segments, ret_why) == 0;
    if (usable && planned().nowhere > planned().bytes / 8) {
        *ret_why = "/proc/kcore has less than seven eighths of the memory";
        usable = false;
    }
    if (!usable)
        close(kcore);
    return usable ? kcore : -1;
}

int memory_image_size(int proc, uint64_t *ret_bytes, const char **ret_why)
{
    int kcore = open_memory(proc, ret_why);
    if (kcore < 0)
        return -1;
    close(kcore);
    *ret_bytes = planned().bytes;
    return 0;
}

/* -1: the reader is gone. */
static int copy_part(int kcore, int out, const struct memory_part *part, struct sum *sum)
{
    unsigned char header[LIME_HEADER_BYTES];
    if (part->opens) {
        memory_lime_header(header, part->opens->start, part->opens->end);
        if (memory_write(out, header, sizeof header))
            return -1;
        sum->bytes += sizeof header;
        sum->ranges++;
    }
    if (!part->there)
        memset(block, 0, sizeof block);
    for (uint64_t at = part->start; at < part->end;) {
        size_t len = part->end - at < sizeof block ? (size_t)(part->end - at) : sizeof block;
        if (part->there)
            sum->holes += memory_read_holes(kcore, part->offset + (at - part->start), block, len);
        if (memory_write(out, block, len))
            return -1;
        at += len;
        sum->bytes += len;
        sum->nowhere += part->there ? 0 : len;
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
    struct memory_part part;
    struct sum sum = {0};
    char now[32];
    while (memory_plan_next(&plan, &part)) {
        uint64_t before = sum.holes;
        if (copy_part(kcore, out, &part, &sum)) {
            memory_tell("{\"why\": \"broken off: %s\", \"bytes\": %" PRIu64 "}",
                        errno == EPIPE ? "nobody reads" : "it can't be written", sum.bytes);
            return BROKEN_OFF;
        }
        if (part.there && sum.ranges <= RANGES_TOLD)
            memory_tell("{\"range\": \"%" PRIx64 "-%" PRIx64 "\", \"unreadable_pages\": %" PRIu64 "}",
                        part.start, part.end - 1, sum.holes - before);
    }
    memory_tell("{\"end\": \"%s\", \"ranges\": %d, \"bytes\": %" PRIu64 ", \"unreadable_pages\": %" PRIu64
                ", \"bytes_nowhere\": %" PRIu64 "}",
                memory_now(now), sum.ranges, sum.bytes, sum.holes, sum.nowhere);
    return sum.holes > 0 && sum.holes >= sum.bytes / MEMORY_PAGE_BYTES / 2 ? BROKEN_OFF
                                                                           : 0; /* that is no image */
}

int memory_image_write(int proc, int out)
{
    const char *why = NULL;
    char quoted[256];
    int kcore = open_memory(proc, &why);
    if (kcore < 0) {
        memory_tell("{\"why\": %s}", memory_json(why, quoted, sizeof quoted));
        return UNSUPPORTED;
    }
    tell_begin(planned().bytes);
    int code = copy_all(kcore, out);
    close(kcore);
    return code;
}
