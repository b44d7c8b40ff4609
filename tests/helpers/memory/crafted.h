/* A /proc of our own making, in a temporary folder: for tests of the helper that images memory. */
#ifndef TESTS_HELPERS_CRAFTED_H
#define TESTS_HELPERS_CRAFTED_H

#include <stddef.h>
#include <stdint.h>

struct crafted_entry { /* of kcore's program headers */
    uint32_t type;     /* 1: LOAD */
    uint64_t offset;
    uint64_t virtual;
    uint64_t physical;
    uint64_t size;
};

/* An ELF head as /proc/kcore has it; its length. */
size_t crafted_head(unsigned char *ret_bytes, const struct crafted_entry *entries, size_t count);

int crafted_dir(char *ret_path); /* its descriptor; `ret_path` has room for 64 */
void crafted_file(int dir, const char *path, const void *bytes, size_t len,
                  uint64_t at); /* folders on the way are made */
void crafted_text(int dir, const char *path, const char *text);
void crafted_remove(const char *path);
unsigned char *crafted_read(int fd,
                            size_t *ret_len); /* the whole file, from its beginning; the caller frees */

#endif
