/* Reading the files of /proc, and writing without losing a byte. */
#ifndef HELPERS_MEMORY_IO_H
#define HELPERS_MEMORY_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* -1 (errno) if not all of it could be written. */
int memory_write(int fd, const void *bytes, size_t len) __attribute__((warn_unused_result));

/* A file below a directory, up to `max` bytes of it; -1 (errno) if it can't be opened. What can't be read any
 * further ends there; *ret_cut if there was more. */
ssize_t memory_read_file(int dir, const char *path, void *ret_bytes, size_t max, bool *ret_cut);

/* From a file whose holes can't be read: all `len` bytes at `offset`, zeros where a page can't be had.
 * Returns how many pages those are. */
uint64_t memory_read_holes(int fd, uint64_t offset, unsigned char *ret_bytes, size_t len);

/* Lines of JSON on standard error: what a person or the manifest is to know. */
void memory_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *memory_json(const char *text, char *ret_quoted,
                        size_t size);      /* "…" with what JSON wants escaped */
const char *memory_now(char ret_text[32]); /* by this host's clock, UTC */

#endif
