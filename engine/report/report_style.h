/* How a screen looks: whose clock, colour or not, what the next command begins with; and the small pieces
 * lines are made of.
 *
 * What is printed comes from values (the answers of verbs), so that --json and the lines can't say two
 * things. Text from outside goes through report_text() or report_outside(), without exception: a host's
 * answer can't move a cursor. */
#ifndef REPORT_REPORT_STYLE_H
#define REPORT_REPORT_STYLE_H

#include <stdbool.h>
#include <stdint.h>
#include "engine/base/buf.h"
#include "engine/base/value.h"

struct report_style {
    size_t target_columns; /* of a line: at least so many; 0: as usual */
    int64_t now_ms;        /* since 1970 */
    int offset_s;          /* of local time to UTC */
    bool color;
    const char
        *tool; /* "soarctl", with the options that lead to the same state: next commands begin with it */
};

enum { REPORT_COLUMNS = 100 };

void report_clock(struct buf *out, const struct report_style *style, int64_t ms); /* 03:04:11 */
void report_when(struct buf *out, const struct report_style *style,
                 int64_t ms); /* 03:04, Sun 03:04, 2026-11-22 03:04 */
void report_offset(struct buf *out, const struct report_style *style);                     /* UTC+01:00 */
char *report_when_text(struct arena *arena, const struct report_style *style, int64_t ms); /* 0: "-" */

/* Text as a person may safely see it. */
void report_text(struct buf *out, const char *text);
char *report_outside(struct arena *arena, const char *text);

/* The same, wrapped at blanks so that no line passes the screen's columns; `column` is where the cursor
 * stands now. */
void report_wrapped(struct buf *out, const char *text, size_t column, size_t indent);

/* What a line calls the target of this map: "jdoe@corp-ad" where its name alone would not tell. */
char *report_called(struct arena *arena, const struct value *of);

/* A reason without the target's own name in front, where the line has said it already. */
const char *report_why(const char *why, const char *target);

/* Red for what needs a look, if the screen has colours; the words say it, too. */
void report_alarm(struct buf *out, const struct report_style *style, const char *text, bool alarm);

/* A word for the next command: quoted for a shell where it must be. */
char *report_shell_word(struct arena *arena, const char *word);

/* Columns that are as wide as their widest cell, two blanks apart. Cells are visible text and live until
 * printed. */
struct report_table {
    struct arena *arena;
    size_t columns;
    size_t count; /* cells */
    size_t size;
    const char **cells;
    bool *alarms;
};

void report_table_init(struct report_table *table, struct arena *arena, size_t columns);
void report_cell(struct report_table *table, const char *text);
void report_cell_alarm(struct report_table *table, const char *text, bool alarm);
/* The columns it takes, with room to read its last one. */
size_t report_table_width(const struct report_table *table);
/* `indent` stands before each row. The last column is wrapped at the screen's edge, below itself. */
void report_table_print(const struct report_table *table, const struct report_style *style,
                        const char *indent, struct buf *out);

#endif
