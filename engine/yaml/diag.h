/* The mistakes of a file, all of them, each with its place: what `soarctl lint` prints.
 *
 * A reader goes on after a mistake where it can, so that one look shows everything. Diagnostics live in an
 * arena. */
#ifndef YAML_DIAG_H
#define YAML_DIAG_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag {
    enum diag_level level;
    const char *file;
    int line; /* from 1; 0: the file as a whole */
    int col;  /* from 1, in characters */
    const char *text;
    struct diag *next;
};

struct diag_list {
    struct arena *arena;
    const char *file;
    struct diag *first;
    struct diag **last;
    size_t errors;
    size_t warnings;
};

void diag_init(struct diag_list *list, struct arena *arena, const char *file);
void diag_error(struct diag_list *list, int line, int col, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_warning(struct diag_list *list, int line, int col, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* "file:line:col: error: text\n" for each, in the order of lines. */
void diag_print(const struct diag_list *list, struct buf *out);

#endif
