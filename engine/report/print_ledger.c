/* The lines of `contained` and `waiting`. Capitals stand only beside what is not surely contained or needs a
 * person. */
#include <string.h>

#include "engine/report/print_run.h"
#include "engine/report/report_ledger.h"

enum { MEMBERS_SHOWN = 12, HOLDERS_SHOWN = 2 };

static const char *outside(struct arena *arena, const struct value *map, const char *key,
                           const char *otherwise)
{
    return report_outside(arena, value_get_string(map, key, otherwise));
}

/* "R-198 R-204 and 3 more", and the latest end: a target is free only when the last holder ends; without
 * soard a person ends it. */
static const char *holders_text(const struct value *row, const struct report_style *style, size_t shown,
                                struct arena *arena, const char **ret_ends)
{
    const struct value *holders = value_get(row, "holders");
    BUF_SCOPED out = {0};
    int64_t latest = 0;
    bool endless = value_count(holders) == 0;

    for (size_t i = 0; i < value_count(holders); i++) {
        const struct value *holder = value_at(holders, i);
        int64_t until = value_get_int(holder, "until", 0);
        if (i < shown)
            buf_printf(&out, "%s%s", i ? " " : "", value_get_string(holder, "run", ""));
        endless = endless || until == 0;
        latest = until > latest ? until : latest;
    }
    if (value_count(holders) > shown)
        buf_printf(&out, " and %zu more", value_count(holders) - shown);
    const char *when = report_when_text(arena, style, latest);
    bool over = !endless && latest <= style->now_ms;
    *ret_ends = endless ? "no end"
                : over  ? arena_printf(arena, "OVER since %s", when)
                        : arena_printf(arena, "%s, %s", when, value_get_string(row, "then", "by hand"));
    return report_outside(arena, out.len ? buf_string(&out) : "-");
}

/* Nobody has seen it for two rechecks: it may be otherwise by now. */
static const char *seen_text(const struct value *row, const struct report_style *style, struct arena *arena)
{
    const char *seen = report_when_text(arena, style, value_get_int(row, "seen", 0));

    return value_get_bool(row, "stale", false) ? arena_printf(arena, "%s, stale", seen) : seen;
}

static void contained_rows(const struct value *rows, const struct report_style *style, size_t holders_shown,
                           struct report_table *table)
{
    struct arena *arena = table->arena;

    for (size_t i = 0; i < value_count(rows); i++) {
        const struct value *row = value_at(rows, i);
        const char *state = value_get_string(row, "state", "");
        const char *place = value_get_string(row, "place", "");
        const char *target = outside(arena, row, "target", "");
        const char *check = value_get_string(row, "check", NULL);
        const char *ends = "-";
        const char *holders = holders_text(row, style, holders_shown, arena, &ends);
        bool alarm = strcmp(state, "perhaps") == 0 || value_get_bool(row, "broken", false);
        const char *seen = seen_text(row, style, arena);
        report_cell(table,
                    *place ? arena_printf(arena, "%s@%s", target, report_outside(arena, place)) : target);
        report_cell_alarm(table, outside(arena, row, "says", ""), alarm);
        report_cell(table, report_when_text(arena, style, value_get_int(row, "since", 0)));
        report_cell(table, holders);
        report_cell(table, strcmp(state, "others") == 0 ? "not known" : ends);
        report_cell(table, check ? report_outside(arena, arena_printf(arena, "%s %s", seen, check)) : seen);
    }
}

static void not_yet_rows(const struct value *rows, const struct report_style *style,
                         struct report_table *table)
{
    struct arena *arena = table->arena;

    for (size_t i = 0; i < value_count(rows); i++) {
        const struct value *row = value_at(rows, i);
        int64_t until = value_get_int(row, "until", 0);
        const char *ask = value_get_string(row, "ask", "");
        report_cell(table, report_called(arena, row));
        report_cell_alarm(table, outside(arena, row, "says", ""), true);
        report_cell(table, "-");
        report_cell(table, outside(arena, row, "run", ""));
        report_cell(table, until > 0
                               ? arena_printf(arena, "tried to %s", report_when_text(arena, style, until))
                           : *ask ? report_outside(arena, arena_printf(arena, "waits for %s", ask))
                                  : "-");
        report_cell(table, report_outside(arena, report_why(value_get_string(row, "why", ""),
                                                            value_get_string(row, "target", ""))));
    }
}

static void contained_table(const struct value *answer, const struct report_style *style,
                            size_t holders_shown, struct report_table *table)
{
    static const char *const heads[] = {"TARGET", "STATE", "SINCE", "HELD BY", "ENDS", "LAST SEEN"};

    report_table_init(table, table->arena, 6);
    for (size_t i = 0; i < 6; i++)
        report_cell(table, heads[i]);
    contained_rows(value_get(answer, "containments"), style, holders_shown, table);
    not_yet_rows(value_get(answer, "not_yet"), style, table);
}

void print_contained(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    struct report_table table = {.arena = arena};
    const struct value *rows = value_get(answer, "containments");
    const struct value *open = value_get(answer, "not_yet");
    const struct value *counts = value_get(answer, "counts");

    if (value_count(rows) + value_count(open) == 0) {
        buf_text(out, "Nothing is contained by soar.\n");
        return;
    }
    contained_table(answer, style, HOLDERS_SHOWN, &table);
    if (report_table_width(&table) > REPORT_COLUMNS)
        contained_table(answer, style, 1, &table);
    report_table_print(&table, style, "", out);
    buf_printf(out, "%lld in force, ", (long long)value_get_int(counts, "held", 0));
    if (value_get_int(counts, "broken", 0) && !value_get(counts, "silent"))
        buf_printf(out, "%lld BROKEN, ", (long long)value_get_int(counts, "broken", 0));
    buf_printf(out, "%lld perhaps, %lld not ours, %zu not yet",
               (long long)value_get_int(counts, "perhaps", 0), (long long)value_get_int(counts, "others", 0),
               value_count(open));
    if (value_get(counts, "silent"))
        buf_printf(out, "; asked now: %lld BROKEN, %lld without an answer",
                   (long long)value_get_int(counts, "broken", 0),
                   (long long)value_get_int(counts, "silent", 0));
    else
        buf_printf(out, ".   ask all of them now: %s contained --check", style->tool);
    buf_char(out, '\n');
}

static void print_answers(const struct value *ask, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const char *id = report_shell_word(arena, value_get_string(ask, "ask", ""));
    const char *digest = report_shell_word(arena, value_get_string(ask, "digest", ""));

    if (strcmp(value_get_string(ask, "kind", ""), "hold") == 0) {
        buf_printf(out, "      %s override %s %s --reason \"...\"   does it to exactly these\n", style->tool,
                   id, digest);
        buf_printf(out, "      %s drop %s --reason \"...\"%*s   leaves them alone; their runs end in part\n",
                   style->tool, id, (int)(strlen(digest) + strlen("override ") - strlen("drop")), "");
        return;
    }
    if (strcmp(value_get_string(ask, "kind", ""), "ends") == 0) {
        buf_printf(out, "      %s approve %s %s   frees it\n", style->tool, id, digest);
        buf_printf(out, "      %s deny %s %s      it stays, without an end\n", style->tool, id, digest);
        return;
    }
    buf_printf(out, "      %s decide %s done     you saw that it is so; it is kept for undo\n", style->tool,
               id);
    buf_printf(out, "      %s decide %s again    do it once more\n", style->tool, id);
    buf_printf(out, "      %s decide %s not      it is not so and shall stay so; the run ends in part\n",
               style->tool, id);
}

static void print_members(const struct value *members, struct buf *out)
{
    size_t count = value_count(members);

    buf_text(out, "      ");
    for (size_t i = 0; i < count && i < MEMBERS_SHOWN; i++) {
        const struct value *member = value_at(members, i);
        buf_text(out, i ? ", " : "");
        report_text(out, value_get_string(member, "target", ""));
        buf_text(out, " (");
        report_text(out, value_get_string(member, "run", ""));
        buf_text(out, ")");
    }
    if (count > MEMBERS_SHOWN)
        buf_printf(out, " and %zu more", count - MEMBERS_SHOWN);
    buf_char(out, '\n');
}

static void print_ask(const struct value *ask, const struct report_style *style, struct buf *out)
{
    const char *kind = value_get_string(ask, "kind", "");
    const char *says = strcmp(kind, "hold") == 0   ? "HELD"
                       : strcmp(kind, "ends") == 0 ? "IS OVER"
                                                   : "IN DOUBT";
    size_t from = out->len;
    size_t count = value_count(value_get(ask, "members"));

    report_text(out, value_get_string(ask, "ask", ""));
    buf_text(out, "  ");
    report_alarm(out, style, says, true);
    if (*value_get_string(ask, "rule", "")) {
        buf_text(out, " by ");
        report_text(out, value_get_string(ask, "rule", ""));
    }
    buf_printf(out, ": %zu %s since ", count, count == 1 ? "target" : "targets");
    report_when(out, style, value_get_int(ask, "opened", 0));
    buf_text(out, ". ");
    report_wrapped(out, value_get_string(ask, "text", ""), out->len - from, 6);
    buf_char(out, '\n');
    print_members(value_get(ask, "members"), out);
    print_answers(ask, style, out);
}

void print_waiting(const struct value *answer, const struct report_style *style, struct buf *out)
{
    const struct value *asks = value_get(answer, "asks");

    for (size_t i = 0; i < value_count(asks); i++)
        print_ask(value_at(asks, i), style, out);
    if (value_count(asks) == 0)
        buf_text(out, "Nothing waits for a person.\n");
}
