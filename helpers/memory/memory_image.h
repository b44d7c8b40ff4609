/* The image of a machine's memory in the LiME format, as AVML and LiME write it and Volatility 3 reads it:
 * for each part 32 bytes (magic, version 1, first and last physical address, 8 bytes reserved), then its
 * bytes. */
#ifndef HELPERS_MEMORY_IMAGE_H
#define HELPERS_MEMORY_IMAGE_H

#include <stdint.h>

enum { LIME_HEADER_BYTES = 32 };

void memory_lime_header(unsigned char ret_header[LIME_HEADER_BYTES], uint64_t start, uint64_t end);

/* How long the image will be, by the tables of this machine. -1 and why: there can be none. */
int memory_image_size(int proc, uint64_t *ret_bytes, const char **ret_why)
    __attribute__((warn_unused_result));

/* Writes it to `out`, tells on standard error what it did. 0, 1 (broken off) or 20 (this kernel gives none).
 */
int memory_image_write(int proc, int out) __attribute__((warn_unused_result));

#endif
