/* What is said while a run moves and when it comes to rest. Reads values only, so that the same lines come
 * from a run in this process and from one told by JSON. Every name and reason in them may be an attacker's
 * text. */
#include "engine/report/print_run.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/report/report_evidence.h"

enum { LABEL_COLUMNS = 8, TARGET_COLUMNS = 10, SAYS_COLUMNS = 16, TIME_COLUMNS = 10, NAME_COLUMNS_MAX = 24 };

/* Adds a cell and the blanks up to its column's end; a longer one pushes the rest. Returns the columns used.
 */
static size_t cell(struct buf *out, const struct report_style *style, const char *text, bool alarm,
                   size_t columns)
{
    ARENA_SCOPED arena = arena_new();
    const char *shown = report_outside(arena, text);
    size_t width = text_length(shown, strlen(shown));

    report_alarm(out, style, shown, alarm);
    size_t pad = (width < columns ? columns - width : 0) + 2;
    for (size_t i = 0; i < pad; i++)
        buf_char(out, ' ');
    return width + pad;
}

static void trim_right(struct buf *out, size_t from)
{
    while (out->len > from && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
}

/* What lives on for a while. What has no end is the action's own limit: `show` has it. */
static void add_remains(struct buf *why, const struct value *task, const struct report_style *style)
{
    const struct value *remains = value_get(task, "remains");

    for (size_t i = 0; i < value_count(remains); i++) {
        const struct value *one = value_at(remains, i);
        int64_t until = value_get_int(one, "until", 0);
        if (until == 0)
            continue;
        buf_printf(why, "%sstill open: %s until ", why->len ? "; " : "", value_get_string(one, "what", ""));
        report_when(why, style, until);
    }
}

/* Of a release that undid something: what is not as it was before, since nothing can give it back. */
static void add_lost(struct buf *why, const struct value *task)
{
    const struct value *cannot = value_get(task, "cannot_undo");
    bool undone = strcmp(value_get_string(task, "way", ""), "undo") == 0 &&
                  strcmp(value_get_string(task, "outcome", ""), "changed") == 0;

    for (size_t i = 0; undone && i < value_count(cannot); i++)
        buf_printf(why, "%s%s",
                   i > 0      ? "; "
                   : why->len ? "; no way back: "
                              : "no way back: ",
                   value_at(cannot, i)->text);
}

static void why_of(struct buf *why, const struct value *task, const struct report_style *style)
{
    const char *ask = value_get_string(task, "ask", "");
    int64_t until = value_get_int(task, "until", 0);

    if (*ask)
        buf_printf(why, "%s: ", ask);
    buf_text(why, report_why(value_get_string(task, "why", ""), value_get_string(task, "target", "")));
    report_evidence_text(why, task);
    add_remains(why, task, style);
    add_lost(why, task);
    if (until > 0) {
        buf_printf(why, "%strying until ", why->len ? "; " : "");
        report_when(why, style, until);
    }
}

/* What stands in the column of time: how long it took, or what kind of wait it is. */
static void took_of(struct buf *took, const struct value *task)
{
    int64_t opened = value_get_int(task, "opened", 0);
    int64_t ended = value_get_int(task, "ended", 0);

    if (ended > 0)
        text_duration(took, ended > opened ? ended - opened : 0);
    else
        buf_text(took, value_get_string(task, "pending", ""));
}

void print_task_line(const struct value *task, const char *label, int64_t at_ms,
                     const struct report_style *style, struct buf *out)
{
    BUF_SCOPED why = {0};
    BUF_SCOPED took = {0};
    size_t from = out->len;
    size_t column = 10;

    why_of(&why, task, style);
    took_of(&took, task);
    report_clock(out, style, at_ms);
    buf_text(out, "  ");
    column += cell(out, style, label, false, LABEL_COLUMNS);
    column += cell(out, style, value_get_string(task, "called", value_get_string(task, "target", "")), false,
                   style->target_columns > TARGET_COLUMNS ? style->target_columns : TARGET_COLUMNS);
    column += cell(out, style, value_get_string(task, "says", ""), value_get_bool(task, "alarm", false),
                   SAYS_COLUMNS);
    column += cell(out, style, buf_string(&took), false, TIME_COLUMNS);
    report_wrapped(out, buf_string(&why), column, 12);
    trim_right(out, from);
    buf_char(out, '\n');
}

void print_step_line(const struct value *step, int64_t at_ms, const struct report_style *style,
                     struct buf *out)
{
    const char *result = value_get_string(step, "result", "");
    bool well = strcmp(result, "succeeded") == 0 || strcmp(result, "skipped") == 0;
    size_t from = out->len;
    size_t column = 10;

    report_clock(out, style, at_ms);
    buf_text(out, "  ");
    column += cell(out, style, value_get_string(step, "label", ""), false, LABEL_COLUMNS);
    column += cell(out, style, "-", false, TARGET_COLUMNS);
    column += cell(out, style,
                   well                             ? "skipped"
                   : strcmp(result, "refused") == 0 ? "REFUSED"
                                                    : "NOT DONE",
                   !well, SAYS_COLUMNS);
    column += cell(out, style, "", false, TIME_COLUMNS);
    report_wrapped(out, value_get_string(step, "why", ""), column, 12);
    trim_right(out, from);
    buf_char(out, '\n');
}

void print_command(const struct value *words, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();

    buf_text(out, style->tool);
    for (size_t i = 0; i < value_count(words); i++) {
        const struct value *word = value_at(words, i);
        if (word->kind == VALUE_STRING)
            buf_printf(out, " %s", report_shell_word(arena, word->text));
    }
}

struct sum {
    const char *name;
    const char *people;
    bool always;
};

static void print_counts(const struct value *counts, struct buf *out)
{
    static const struct sum sums[] = {
        {"done", "done", true},
        {"already", "already", true},
        {"partial", "in part", false},
        {"pending", "still tried", true},
        {"held", "held", true},
        {"failed", "failed", true},
        {"refused", "refused", false},
        {"in_doubt", "in doubt", true},
        {"skipped", "skipped", false},
        {"moving", "half done", false},
        {"waiting", "not begun", false},
        {"steps_failed", "steps not done", false},
        {"steps_waiting", "steps not begun", false},
    };
    bool first = true;

    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        int64_t count = value_get_int(counts, sums[i].name, 0);
        if (count == 0 && !sums[i].always)
            continue;
        buf_printf(out, "%s%lld %s", first ? "" : ", ", (long long)count, sums[i].people);
        first = false;
    }
}

static void print_open(const struct value *run, const struct report_style *style, struct buf *out)
{
    const struct value *open = value_get(run, "open");
    bool live = value_get_int(run, "ended", 0) == 0;

    for (size_t i = 0; i < value_count(open); i++) {
        const struct value *one = value_at(open, i);
        size_t from = out->len;
        ARENA_SCOPED arena = arena_new();
        buf_text(out, "  ");
        report_alarm(
            out, style,
            arena_printf(arena, "%s %s", report_called(arena, one), value_get_string(one, "says", "")), true);
        buf_text(out, ".");
        const char *why = report_why(value_get_string(one, "why", ""), value_get_string(one, "target", ""));
        if (*why) {
            buf_char(out, ' ');
            report_wrapped(out, why, out->len - from, 4);
        }
        buf_char(out, '\n');
    }
    if (live && value_count(open) > 0)
        buf_text(out, value_get_bool(run, "driven", false)
                          ? "  soard goes on trying; resume tries now.\n"
                          : "  Nothing goes on by itself: what isn't ended goes on with resume.\n");
}

void print_run_end(const struct value *run, const struct report_style *style, struct buf *out)
{
    const struct value *next = value_get(run, "next");
    const char *stop = value_get_string(run, "stop_why", "");

    report_text(out, value_get_string(run, "run", ""));
    buf_printf(out, " %s: ", value_get_string(run, "says", ""));
    print_counts(value_get(run, "counts"), out);
    buf_printf(out, "   exit %lld\n", (long long)value_get_int(run, "exit", 0));
    if (*stop) {
        buf_text(out, "  ");
        report_text(out, stop);
        buf_char(out, '\n');
    }
    print_open(run, style, out);
    for (size_t i = 0; i < value_count(next); i++) {
        buf_text(out, i == 0 ? "  next  " : "        ");
        print_command(value_at(next, i), style, out);
        buf_char(out, '\n');
    }
}

struct moment {
    int64_t at_ms;
    const struct value *task; /* or NULL */
    const struct value *step;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *left = a;
    const struct moment *right = b;
    return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

/* The columns that both fit in, unless it is one long name that would push all the rest. */
static size_t wider(size_t columns, const char *name)
{
    size_t len = text_length(name, strlen(name));
    return len > columns && len <= NAME_COLUMNS_MAX ? len : columns;
}

void print_watch(const struct value *run, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *steps = value_get(run, "steps");
    struct report_style wide = *style;
    size_t labels = 0;
    size_t count = 0;

    for (size_t i = 0; i < value_count(steps); i++)
        count += value_count(value_get(value_at(steps, i), "tasks"));
    struct moment *moments = arena_array(arena, count + 1, sizeof *moments);
    count = 0;
    for (size_t i = 0; i < value_count(steps); i++) {
        const struct value *tasks = value_get(value_at(steps, i), "tasks");
        for (size_t j = 0; j < value_count(tasks); j++) {
            const struct value *task = value_at(tasks, j);
            int64_t at = value_get_int(task, "ended", value_get_int(task, "opened", 0));
            labels = wider(labels, value_get_string(value_at(steps, i), "label", ""));
            wide.target_columns = wider(wide.target_columns, report_called(arena, task));
            moments[count++] = (struct moment){at, task, value_at(steps, i)};
        }
    }
    qsort(moments, count, sizeof *moments, by_time);
    for (size_t i = 0; i < count; i++)
        print_task_line(
            moments[i].task,
            arena_printf(arena, "%-*s", (int)labels, value_get_string(moments[i].step, "label", "")),
            moments[i].at_ms, &wide, out);
    print_run_end(run, style, out);
}
