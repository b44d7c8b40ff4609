/* The list of a file's mistakes. Everything is kept in the arena, at most LIMIT_DIAGS of them: the counts go
 * on. It is printed in the order of lines, since passes find their mistakes in an order of their own, and as
 * a person may safely see it. */
#include "engine/yaml/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"

void diag_init(struct diag_list *list, struct arena *arena, const char *file)
{
    *list = (struct diag_list){.arena = arena, .file = file};
    list->last = &list->first;
}

__attribute__((format(printf, 5, 0))) static void add(struct diag_list *list, enum diag_level level, int line,
                                                      int col, const char *format, va_list args)
{
    size_t *count = level == DIAG_ERROR ? &list->errors : &list->warnings;
    (*count)++;
    if (list->errors + list->warnings > LIMIT_DIAGS) {
        return;
    }
    struct diag *diag = arena_alloc(list->arena, sizeof *diag);
    diag->level = level;
    diag->file = list->file;
    diag->line = line;
    diag->col = col;
    diag->text = arena_vprintf(list->arena, format, args);
    *list->last = diag;
    list->last = &diag->next;
}

void diag_error(struct diag_list *list, int line, int col, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(list, DIAG_ERROR, line, col, format, args);
    va_end(args);
}

void diag_warning(struct diag_list *list, int line, int col, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(list, DIAG_WARNING, line, col, format, args);
    va_end(args);
}

struct place {
    const struct diag *diag;
    size_t order;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    if (a->diag->line != b->diag->line) {
        return a->diag->line < b->diag->line ? -1 : 1;
    }
    if (a->diag->col != b->diag->col) {
        return a->diag->col < b->diag->col ? -1 : 1;
    }
    return a->order < b->order ? -1 : 1;
}

static void print_one(const struct diag *diag, struct buf *out)
{
    buf_printf(out, "%s:", diag->file);
    if (diag->line > 0) {
        buf_printf(out, "%d:%d:", diag->line, diag->col);
    }
    buf_text(out, diag->level == DIAG_ERROR ? " error: " : " warning: ");
    text_visible(out, diag->text, strlen(diag->text));
    buf_char(out, '\n');
}

void diag_print(const struct diag_list *list, struct buf *out)
{
    struct place places[LIMIT_DIAGS];
    size_t count = 0;
    for (const struct diag *diag = list->first; diag != NULL && count < LIMIT_DIAGS; diag = diag->next) {
        places[count] = (struct place){.diag = diag, .order = count};
        count++;
    }
    qsort(places, count, sizeof places[0], compare_places);
    for (size_t i = 0; i < count; i++) {
        print_one(places[i].diag, out);
    }
    size_t all = list->errors + list->warnings;
    if (all > count) {
        buf_printf(out, "%s: and %zu more\n", list->file, all - count);
    }
}
