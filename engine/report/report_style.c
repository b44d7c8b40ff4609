/* Clocks, columns and colours of what people read. Times are shown on the clock of the screen's reader;
 * everything else about time stays in milliseconds. Nothing here knows what a run is. */
#include "engine/report/report_style.h"

#include <string.h>
#include <time.h>

#include "engine/base/text.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

static struct tm local(const struct report_style *style, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000 + style->offset_s);
    struct tm tm = {0};
    gmtime_r(&seconds, &tm);
    return tm;
}

static int64_t local_day(const struct report_style *style, int64_t ms)
{
    return (ms + (int64_t)style->offset_s * 1000) / DAY_MS;
}

void report_clock(struct buf *out, const struct report_style *style, int64_t ms)
{
    struct tm tm = local(style, ms);
    buf_printf(out, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void report_when(struct buf *out, const struct report_style *style, int64_t ms)
{
    struct tm tm = local(style, ms);
    int64_t days = local_day(style, ms) - local_day(style, style->now_ms);

    if (days != 0 && days > -7 && days < 7)
        buf_printf(out, "%s ", weekdays[tm.tm_wday % 7]);
    else if (days != 0)
        buf_printf(out, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    buf_printf(out, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

char *report_when_text(struct arena *arena, const struct report_style *style, int64_t ms)
{
    if (ms <= 0)
        return arena_string(arena, "-");
    BUF_SCOPED out;
    buf_init(&out, 0);
    report_when(&out, style, ms);
    return arena_string(arena, buf_string(&out));
}

void report_offset(struct buf *out, const struct report_style *style)
{
    int minutes = (style->offset_s < 0 ? -style->offset_s : style->offset_s) / 60;
    buf_printf(out, "UTC%c%02d:%02d", style->offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

void report_text(struct buf *out, const char *text)
{
    text_visible(out, text, strlen(text));
}

char *report_outside(struct arena *arena, const char *text)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    report_text(&out, text ? text : "");
    return arena_string(arena, buf_string(&out));
}

void report_wrapped(struct buf *out, const char *text, size_t column, size_t indent)
{
    ARENA_SCOPED arena = arena_new();
    char *shown = report_outside(arena, text);
    char *rest = NULL;
    bool first = true;

    for (char *word = strtok_r(shown, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        size_t width = text_length(word, strlen(word));
        size_t blank = first ? 0 : 1;
        if (column > indent && column + blank + width > REPORT_COLUMNS) {
            while (out->len > 0 && out->data[out->len - 1] == ' ')
                out->data[--out->len] = '\0'; /* no blanks at the end of a line */
            buf_char(out, '\n');
            for (column = 0; column < indent; column++)
                buf_char(out, ' ');
            blank = 0;
        }
        buf_printf(out, "%s%s", blank ? " " : "", word);
        column += blank + width;
        first = false;
    }
}

void report_alarm(struct buf *out, const struct report_style *style, const char *text, bool alarm)
{
    bool color = alarm && style->color && *text;
    buf_printf(out, "%s%s%s", color ? "\x1b[1;31m" : "", text, color ? "\x1b[0m" : "");
}

char *report_called(struct arena *arena, const struct value *of)
{
    return report_outside(arena, value_get_string(of, "called", value_get_string(of, "target", "")));
}

const char *report_why(const char *why, const char *target)
{
    size_t len = strlen(target);

    return len > 0 && strncmp(why, target, len) == 0 && strncmp(why + len, ": ", 2) == 0 ? why + len + 2
                                                                                         : why;
}

char *report_shell_word(struct arena *arena, const char *word)
{
    if (text_is_word(word, strlen(word)))
        return arena_string(arena, word);
    BUF_SCOPED out;
    buf_init(&out, 0);
    buf_char(&out, '\'');
    for (const char *at = word; *at; at++) {
        if (*at == '\'')
            buf_text(&out, "'\\''");
        else
            buf_char(&out, *at);
    }
    buf_char(&out, '\'');
    return report_outside(arena, buf_string(&out));
}

void report_table_init(struct report_table *table, struct arena *arena, size_t columns)
{
    *table = (struct report_table){.arena = arena, .columns = columns};
}

void report_cell(struct report_table *table, const char *text)
{
    report_cell_alarm(table, text, false);
}

void report_cell_alarm(struct report_table *table, const char *text, bool alarm)
{
    if (table->count == table->size) {
        size_t size = table->size ? table->size * 2 : 64;
        const char **cells = arena_array(table->arena, size, sizeof *cells);
        bool *alarms = arena_array(table->arena, size, sizeof *alarms);
        for (size_t i = 0; i < table->count; i++) {
            cells[i] = table->cells[i];
            alarms[i] = table->alarms[i];
        }
        table->cells = cells;
        table->alarms = alarms;
        table->size = size;
    }
    table->cells[table->count] = text;
    table->alarms[table->count++] = alarm;
}

static size_t width_of(const char *text)
{
    return text_length(text, strlen(text));
}

static size_t *widths_of(const struct report_table *table)
{
    size_t *widths = arena_array(table->arena, table->columns, sizeof *widths);

    for (size_t i = 0; i < table->count; i++) {
        size_t width = width_of(table->cells[i]);
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
    return widths;
}

enum { LAST_COLUMNS_MIN = 30 }; /* a last column narrower than this is not worth wrapping */

size_t report_table_width(const struct report_table *table)
{
    const size_t *widths = widths_of(table);
    size_t last = widths[table->columns - 1];
    size_t width = last < LAST_COLUMNS_MIN ? last : LAST_COLUMNS_MIN;

    for (size_t i = 0; i + 1 < table->columns; i++)
        width += widths[i] + 2;
    return width;
}

/* The last cell of a row: wrapped below itself where that leaves room to read. */
static void print_last(const struct report_style *style, const char *text, bool alarm, size_t column,
                       struct buf *out)
{
    BUF_SCOPED wrapped = {0};
    size_t indent = column + LAST_COLUMNS_MIN <= REPORT_COLUMNS ? column : 4;

    report_wrapped(&wrapped, text, column, indent);
    report_alarm(out, style, buf_string(&wrapped), alarm);
    buf_char(out, '\n');
}

static void print_row(const struct report_table *table, size_t row, const size_t *widths,
                      const struct report_style *style, const char *indent, struct buf *out)
{
    size_t last = table->columns;
    size_t column = strlen(indent);

    while (last > 1 && !*table->cells[row + last - 1])
        last--; /* no blanks at the end of a line */
    buf_text(out, indent);
    for (size_t i = 0; i + 1 < last; i++) {
        size_t width = width_of(table->cells[row + i]);
        report_alarm(out, style, table->cells[row + i], table->alarms[row + i]);
        for (size_t j = width; j < widths[i] + 2; j++)
            buf_char(out, ' ');
        column += widths[i] + 2;
    }
    print_last(style, table->cells[row + last - 1], table->alarms[row + last - 1], column, out);
}

void report_table_print(const struct report_table *table, const struct report_style *style,
                        const char *indent, struct buf *out)
{
    const size_t *widths = widths_of(table);

    for (size_t row = 0; row + table->columns <= table->count; row += table->columns)
        print_row(table, row, widths, style, indent, out);
}
