/* The memory of one process, from /proc/PID/mem, page by page that is there. The process isn't stopped: a
 * stopped one is noticed, and one that we forget is an outage. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/memory/memory_io.h"
#include "helpers/memory/memory_maps.h"
#include "helpers/memory/memory_states_own.h"

static unsigned char block[MEMORY_BLOCK_BYTES];

/* A database's hundred processes map the same gigabytes: what is shared has one limit for all of them. */
struct object {
    uint64_t device;
    uint64_t inode;
    uint64_t taken;
};
static struct object objects[MEMORY_OBJECTS_MAX];
static size_t object_count;

struct source {
    int mem;
    int pagemap; /* -1: this kernel has none */
    uint64_t page;
    const char *pid;
};

static uint64_t allowed(const struct states *states, uint64_t taken, uint64_t want)
{
    uint64_t left = states->wish->region_bytes - taken;
    if (states->wish->total_bytes) {
        uint64_t total = states->wish->total_bytes;
        uint64_t rest = states->memory_bytes < total ? total - states->memory_bytes : 0;
        left = rest < left ? rest : left;
    }
    return want < left ? want : left / MEMORY_PAGE_BYTES * MEMORY_PAGE_BYTES;
}

static void take_pages(struct states *states, const struct source *source, uint64_t start, uint64_t end)
{
    char member[96];
    uint64_t holes = 0;
    snprintf(member, sizeof member, "process/%s/memory/%" PRIx64 "-%" PRIx64, source->pid, start, end);
    memory_tar_begin(&states->tar, member, end - start);
    for (uint64_t at = start; at < end && !states->tar.failed;) {
        size_t len = end - at < sizeof block ? (size_t)(end - at) : sizeof block;
        holes += memory_read_holes(source->mem, at, block, len);
        memory_tar_add(&states->tar, block, len);
        at += len;
    }
    states->memory_bytes += end - start;
    states->pages_unread += holes;
    if (holes > 0)
        text_add(&states->unread, "%s: %" PRIu64 " of its pages are zeros here: they could not be read\n",
                 member, holes);
}

/* How much was taken of it: a count of its own, or the object's. */
static uint64_t *taken_of(const struct memory_region *region, uint64_t *own)
{
    if (region->rights[3] != 's' || region->inode == 0)
        return own;
    for (size_t i = 0; i < object_count; i++)
        if (objects[i].device == region->device && objects[i].inode == region->inode)
            return &objects[i].taken;
    if (object_count == MEMORY_OBJECTS_MAX)
        return own;
    objects[object_count] = (struct object){region->device, region->inode, 0};
    return &objects[object_count++].taken;
}

static void take_region(struct states *states, const struct source *source,
                        const struct memory_region *region)
{
    uint64_t at = region->start, own = 0, *taken = taken_of(region, &own), start, end;
    states->regions++;
    while (!states->tar.failed &&
           memory_pages_next(source->pagemap, source->page, &at, region->end, &start, &end)) {
        uint64_t fits = allowed(states, *taken, end - start);
        if (fits > 0)
            take_pages(states, source, start, start + fits);
        *taken += fits;
        if (fits < end - start) {
            states->cut++;
            text_add(&states->unread,
                     "process/%s: %" PRIx64 "-%" PRIx64 " from %" PRIx64 " on: over the limit\n", source->pid,
                     region->start, region->end, start + fits);
            return;
        }
    }
}

static void take_regions(struct states *states, const struct source *source, const char *maps, size_t len)
{
    const char *at = maps, *end = maps + len;
    struct memory_region region;
    uint64_t bad = 0;
    while (!states->tar.failed && memory_maps_next(&at, end, &region, &bad)) {
        if (!memory_region_wanted(&region))
            continue;
        if (region.end > INT64_MAX)
            bad++;
        else if (region.end - region.start <= MEMORY_REGION_SPAN)
            take_region(states, source, &region);
        else {
            states->cut++;
            text_add(&states->unread, "process/%s: %" PRIx64 "-%" PRIx64 ": too large to look through\n",
                     source->pid, region.start, region.end);
        }
    }
    if (bad > 0)
        text_add(&states->unread, "process/%s: %" PRIu64 " lines of its maps can't be understood\n",
                 source->pid, bad);
}

void states_memory_begin(void)
{
    object_count = 0;
}

void states_memory(struct states *states, int dir, const char *pid)
{
    bool cut;
    ssize_t len = memory_read_file(dir, "maps", states->room, MEMORY_TEXT_BYTES, &cut);
    if (len <= 0)
        return; /* a thread of the kernel's, or it has ended */
    long page = sysconf(_SC_PAGESIZE);
    struct source source = {.mem = openat(dir, "mem", O_RDONLY | O_CLOEXEC),
                            .pagemap = openat(dir, "pagemap", O_RDONLY | O_CLOEXEC),
                            .page = page > 0 ? (uint64_t)page : MEMORY_PAGE_BYTES,
                            .pid = pid};
    if (source.mem >= 0)
        take_regions(states, &source, states->room, (size_t)len);
    else if (errno != ENOENT && errno != ESRCH)
        text_add(&states->unread, "process/%s/memory: %s\n", pid, strerror(errno));
    if (cut)
        text_add(&states->unread, "process/%s/memory: it has more mappings than fit\n", pid);
    if (source.mem >= 0)
        close(source.mem);
    if (source.pagemap >= 0)
        close(source.pagemap);
}
