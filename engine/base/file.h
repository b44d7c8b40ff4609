/* Whole files, bounded, with errors that name the file. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include "engine/base/arena.h"
#include "soar/err.h"

/* Reads at most max bytes; a larger file is an error. "-" is standard input. The text has a NUL behind it. */
int file_read(struct arena *arena, const char *path, size_t max, char **ret_text, size_t *ret_len,
              struct soar_err *err) __attribute__((warn_unused_result));

/* A file or directory whose contents we act by: it must belong to root or to us, and nobody else may write
 * there. */
int file_only_ours(const char *path, struct soar_err *err) __attribute__((warn_unused_result));

/* A path written in a file is relative to that file: joins; an absolute path is copied. */
char *file_beside(struct arena *arena, const char *file, const char *path);

#endif
