/* Every maximum of the helper, with its reason. It runs on somebody's sick machine: what it needs must be
 * known before, and small. */
#ifndef HELPERS_MEMORY_LIMITS_H
#define HELPERS_MEMORY_LIMITS_H

enum {
    MEMORY_BLOCK_BYTES =
        1024 * 1024,          /* of one read: less made /proc/kcore over ssh slower, more didn't help */
    MEMORY_PAGE_BYTES = 4096, /* what is given up when a read fails; no kernel has smaller pages */
    MEMORY_TEXT_BYTES = 8 * 1024 * 1024, /* of one file of /proc: 65,530 mappings are 7 MiB of maps */
    MEMORY_RANGES_MAX = 4096,            /* of memory in /proc/iomem; large machines have some hundred */
    MEMORY_SEGMENTS_MAX = 8192,          /* in /proc/kcore: one for each range, and a dozen */
    MEMORY_NETWORKS_MAX = 1024,          /* network namespaces: about one for each container */
    MEMORY_OBJECTS_MAX = 4096,           /* pieces of memory that processes share; a database has tens */
    MEMORY_TOLD_BYTES = 1024 * 1024,     /* of the list of what could not be read */
};

/* Of one region of a process, or of what processes share, unless it is told otherwise: heaps of databases are
 * larger, and are cut. A tar's header has room for 8 GiB. */
#define MEMORY_REGION_BYTES     ((uint64_t)1 << 30)
#define MEMORY_REGION_BYTES_MAX (((uint64_t)8 << 30) - 4096)
/* Address space that is looked through for pages: a sanitizer reserves 16 TiB, of which nothing is there. */
#define MEMORY_REGION_SPAN ((uint64_t)1 << 40)

#endif
