/* Lines on a descriptor, bounded, wiped. */
#ifndef CONNECTORS_WORKER_LINE_H
#define CONNECTORS_WORKER_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "soar/err.h"

struct line_reader {
    int fd;
    char *data;
    size_t start; /* of the next line */
    size_t len;
    size_t size;
    size_t max; /* of one line, its newline included */
};

void line_reader_init(struct line_reader *reader, int fd, size_t max);
void line_reader_done(struct line_reader *reader);

/* 1: a line without its newline, valid until the next call, and wiped by it; 0:
 * none yet (only when not waiting); -1: end of input (err untouched), or an
 * error. */
int line_read(struct line_reader *reader, bool wait, const char **ret_text, size_t *ret_len,
              struct soar_err *err);

/* All of it; if nobody reads any more, the process ends: a worker without an
 * engine has no business to go on.
 */
void line_write(int fd, const char *bytes, size_t len);

#endif
