/* `show` and `plan`: a run on one screen, once as what it is and once as what it would be. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/report/report_evidence.h"
#include "engine/report/print_run.h"
#include "engine/report/report_words.h"
#include "engine/run/run.h"

enum { LABEL_COLUMNS = 12, REMAINS_NAMES = 3 };

typedef void (*task_fn)(void *arg, const struct value *step, const struct value *task);

static void each_task(const struct value *run, task_fn fn, void *arg)
{
    const struct value *steps = value_get(run, "steps");

    for (size_t i = 0; i < value_count(steps); i++) {
        const struct value *tasks = value_get(value_at(steps, i), "tasks");
        if (value_count(tasks) == 0)
            fn(arg, value_at(steps, i), NULL);
        for (size_t j = 0; j < value_count(tasks); j++)
            fn(arg, value_at(steps, i), value_at(tasks, j));
    }
}

struct screen {
    struct arena *arena;
    const struct report_style *style;
    struct report_table table;
    struct buf *out;
    size_t changes;
    size_t already;
    size_t held;
    size_t refused;
    size_t skipped;
    bool asked; /* the targets were */
    int lines;  /* of a section: 0 before its first */
};

static char *outside(struct screen *screen, const struct value *map, const char *key, const char *otherwise)
{
    return report_outside(screen->arena, value_get_string(map, key, otherwise));
}

/* Digests are for machines; a person compares the beginning. */
static void print_digest(const char *digest, struct buf *out)
{
    if (*digest)
        buf_printf(out, ", %.12s", digest);
}

/* Of a playbook that came from a repository, as its file is called there. */
static void print_commit(struct screen *screen, const struct value *run)
{
    const char *commit = value_get_string(run, "commit", "");

    if (*commit)
        buf_printf(screen->out, ", %s@%.12s", outside(screen, run, "repository", ""), commit);
}

static char *why_of(struct screen *screen, const struct value *task)
{
    BUF_SCOPED why = {0};

    buf_text(&why, report_why(value_get_string(task, "why", ""), value_get_string(task, "target", "")));
    report_evidence_text(&why, task);
    return report_outside(screen->arena, buf_string(&why));
}

static void show_head(struct screen *screen, const struct value *run)
{
    struct buf *out = screen->out;
    int64_t started = value_get_int(run, "started", 0);
    int64_t ended = value_get_int(run, "ended", 0);
    const char *by = value_get_string(run, "by", "");
    const char *reason = value_get_string(run, "reason", "");
    const char *words[] = {"case", "alert"};

    buf_printf(out, "%s  %s", outside(screen, run, "run", ""), outside(screen, run, "playbook", ""));
    print_digest(value_get_string(run, "digest", ""), out);
    print_commit(screen, run);
    buf_printf(out, "   %s   ", value_get_string(run, "says", ""));
    report_when(out, screen->style, started);
    buf_char(out, ' ');
    report_offset(out, screen->style);
    buf_text(out, ", ");
    text_duration(out, (ended > 0 ? ended : screen->style->now_ms) - started);
    buf_text(out, "\nwhy         ");
    report_text(out, *by ? by : "-");
    for (size_t i = 0; i < 2; i++)
        if (*value_get_string(run, words[i], ""))
            buf_printf(out, ", %s %s", words[i], outside(screen, run, words[i], ""));
    if (*reason)
        buf_printf(out, ": \"%s\"", report_outside(screen->arena, reason));
    buf_char(out, '\n');
}

static void show_row(void *arg, const struct value *step, const struct value *task)
{
    struct screen *screen = arg;
    struct report_table *table = &screen->table;
    int64_t at = task ? value_get_int(task, "ended", value_get_int(task, "opened", 0)) : 0;
    const char *result = value_get_string(step, "result", "");

    report_cell(table, outside(screen, step, "label", ""));
    if (!task) {
        bool bad = strcmp(result, "failed") == 0 || strcmp(result, "refused") == 0;
        report_cell(table, "-");
        report_cell_alarm(table, *result ? result : value_get_string(step, "state", ""), bad);
        report_cell(table, "");
        report_cell(table, "");
        report_cell(table, outside(screen, step, "why", ""));
        return;
    }
    const char *provider = value_get_string(task, "provider", "-");
    const char *place = value_get_string(task, "place", "");
    report_cell(table, report_called(screen->arena, task));
    report_cell_alarm(table, outside(screen, task, "says", ""), value_get_bool(task, "alarm", false));
    report_cell(table, report_when_text(screen->arena, screen->style, at));
    report_cell(table,
                *place && !value_get(task, "called")
                    ? report_outside(screen->arena, arena_printf(screen->arena, "%s, %s", provider, place))
                    : report_outside(screen->arena, provider));
    report_cell(table, why_of(screen, task));
}

static void section(struct screen *screen, const char *name)
{
    buf_printf(screen->out, "%-12s", screen->lines++ == 0 ? name : "");
}

static void show_waits(void *arg, const struct value *step, const struct value *task)
{
    struct screen *screen = arg;
    int64_t next = task ? value_get_int(task, "next_try", 0) : 0;
    int64_t until = task ? value_get_int(task, "until", 0) : 0;
    const char *ask = task ? value_get_string(task, "ask", "") : "";

    (void)step;
    if (next == 0 && !*ask)
        return;
    section(screen, "waits for");
    buf_printf(screen->out, "%s", report_called(screen->arena, task));
    if (*ask)
        buf_printf(screen->out, ": a person, %s", report_outside(screen->arena, ask));
    if (next > 0) {
        buf_text(screen->out, ": next try ");
        report_clock(screen->out, screen->style, next);
    }
    if (until > 0)
        buf_printf(screen->out, ", until %s", report_when_text(screen->arena, screen->style, until));
    buf_char(screen->out, '\n');
}

/* The same is left open on every host that a pack was used on: it is said once. */
struct remain {
    const char *what;
    const char *until; /* "" or " until …" */
    struct buf names;
    size_t count;
};

struct remains {
    struct screen *screen;
    bool images; /* of tasks that took evidence: what it lacks is no way in; of `proved`: those that are */
    struct remain *items;
    size_t count;
    size_t size;
};

static struct remain *find_remain(struct remains *remains, const char *what, const char *until)
{
    struct arena *arena = remains->screen->arena;

    for (size_t i = 0; i < remains->count; i++)
        if (strcmp(remains->items[i].what, what) == 0 && strcmp(remains->items[i].until, until) == 0)
            return &remains->items[i];
    if (remains->count == remains->size) {
        size_t size = remains->size ? remains->size * 2 : 16;
        struct remain *items = arena_array(arena, size, sizeof *items);
        for (size_t i = 0; i < remains->count; i++)
            items[i] = remains->items[i];
        remains->items = items;
        remains->size = size;
    }
    remains->items[remains->count] = (struct remain){.what = what, .until = until};
    return &remains->items[remains->count++];
}

static void add_remain(struct remains *remains, const struct value *task, const char *what, const char *until)
{
    struct remain *remain = find_remain(remains, what, until);

    if (remain->count++ < REMAINS_NAMES)
        buf_printf(&remain->names, "%s%s", remain->count > 1 ? ", " : "",
                   report_called(remains->screen->arena, task));
}

static void gather_remains(void *arg, const struct value *step, const struct value *task)
{
    struct remains *gathered = arg;
    struct screen *screen = gathered->screen;
    const struct value *remains = task ? value_get(task, "remains") : NULL;

    (void)step;
    if (task && (value_count(value_get(task, "evidence")) > 0) != gathered->images)
        return;
    for (size_t i = 0; i < value_count(remains); i++) {
        const struct value *one = value_at(remains, i);
        int64_t at = value_get_int(one, "until", 0);
        const char *until = "";
        if (at > 0)
            until =
                arena_printf(screen->arena, " until %s", report_when_text(screen->arena, screen->style, at));
        add_remain(gathered, task, outside(screen, one, "what", ""), until);
    }
}

static void show_gathered(struct screen *screen, struct remains *gathered, const char *label)
{
    screen->lines = 0;
    for (size_t i = 0; i < gathered->count; i++) {
        struct remain *one = &gathered->items[i];
        if (one->count > REMAINS_NAMES)
            buf_printf(&one->names, " and %zu more", one->count - REMAINS_NAMES);
        section(screen, label);
        report_wrapped(
            screen->out,
            arena_printf(screen->arena, "%s: %s%s", buf_string(&one->names), one->what, one->until),
            LABEL_COLUMNS, LABEL_COLUMNS);
        buf_char(screen->out, '\n');
        buf_done(&one->names);
    }
}

static void show_remains(struct screen *screen, const struct value *run, bool images)
{
    struct remains gathered = {.screen = screen, .images = images};

    each_task(run, gather_remains, &gathered);
    show_gathered(screen, &gathered, images ? "its limits" : "still open");
}

/* On what the providers were proved that would act here. */
static void gather_proved(void *arg, const struct value *step, const struct value *task)
{
    struct remains *gathered = arg;
    struct screen *screen = gathered->screen;
    const char *proved = task ? value_get_string(task, "proved", "") : "";
    const char *rest;

    (void)step;
    if (!*proved || value_get_bool(task, "passed_over", false) ||
        strcmp(value_get_string(task, "count", ""), "refused") == 0 ||
        report_is_proved(proved, &rest) != gathered->images)
        return;
    const char *what =
        arena_printf(screen->arena, gathered->images ? "%s, on %s" : "%s, on the real product%s%s",
                     outside(screen, task, "provider", ""),
                     gathered->images ? report_outside(screen->arena, rest)
                     : *rest          ? "; "
                                      : "",
                     report_outside(screen->arena, rest));
    add_remain(gathered, task, what, "");
}

static void show_proved(struct screen *screen, const struct value *run)
{
    struct remains not_proved = {.screen = screen};
    struct remains proved = {.screen = screen, .images = true};

    each_task(run, gather_proved, &not_proved);
    show_gathered(screen, &not_proved, "NOT PROVED");
    each_task(run, gather_proved, &proved);
    show_gathered(screen, &proved, "proved");
}

static void gather_no_way_back(void *arg, const struct value *step, const struct value *task)
{
    struct remains *gathered = arg;
    const struct value *cannot = task ? value_get(task, "cannot_undo") : NULL;

    (void)step;
    for (size_t i = 0; i < value_count(cannot); i++)
        add_remain(gathered, task, report_outside(gathered->screen->arena, value_at(cannot, i)->text), "");
}

static void show_no_way_back(struct screen *screen, const struct value *run)
{
    struct remains gathered = {.screen = screen};

    each_task(run, gather_no_way_back, &gathered);
    show_gathered(screen, &gathered, "no way back");
}

/* All but this very screen. */
static void show_next(struct screen *screen, const struct value *run)
{
    const struct value *next = value_get(run, "next");
    size_t lines = 0;

    for (size_t i = 0; i < value_count(next); i++) {
        if (value_is_string(value_at(value_at(next, i), 0), "show"))
            continue;
        buf_printf(screen->out, "%-12s", lines++ == 0 ? "next" : "");
        print_command(value_at(next, i), screen->style, screen->out);
        buf_char(screen->out, '\n');
    }
}

void print_show(const struct value *run, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    struct screen screen = {.arena = arena, .style = style, .out = out};

    show_head(&screen, run);
    report_table_init(&screen.table, arena, 6);
    static const char *const heads[] = {"STEP", "TARGET", "IS", "SINCE", "BY", ""};
    for (size_t i = 0; i < 6; i++)
        report_cell(&screen.table, heads[i]);
    each_task(run, show_row, &screen);
    report_table_print(&screen.table, style, "", out);
    screen.lines = 0;
    each_task(run, show_waits, &screen);
    show_remains(&screen, run, false);
    show_remains(&screen, run, true);
    screen.lines = 0;
    show_no_way_back(&screen, run);
    show_next(&screen, run);
}

static const char *is_now(const struct value *task, bool asked, struct arena *arena)
{
    const char *verdict = value_get_string(task, "verdict", "");
    const char *verb = value_get_string(task, "verb", "done");

    if (strcmp(value_get_string(task, "pending", ""), "offline") == 0)
        return "no answer";
    if (strcmp(verdict, "so") == 0)
        return verb;
    if (strcmp(verdict, "clear") == 0)
        return arena_printf(arena, "not %s", verb);
    if (strcmp(verdict, "partly") == 0)
        return arena_printf(arena, "%s in part", verb);
    if (strcmp(verdict, "underway") == 0)
        return "underway";
    return asked && value_get_int(task, "tries", 0) > 0 ? "not known" : "not asked";
}

static const char *would_be(struct screen *screen, const struct value *task, bool *ret_alarm)
{
    const char *count = value_get_string(task, "count", "");
    const char *verb = value_get_string(task, "would_be", value_get_string(task, "verb", "done"));
    const char *why = why_of(screen, task);
    const char *outcome = value_get_string(task, "outcome", "");
    bool skipped = value_get_bool(task, "passed_over", false);
    bool held = strcmp(count, "held") == 0;
    bool stopped = held || strcmp(count, "refused") == 0 || strcmp(outcome, "unsupported") == 0 ||
                   strcmp(outcome, "failed") == 0;

    *ret_alarm = stopped;
    if (held)
        screen->held++;
    else if (stopped)
        screen->refused++;
    else if (strcmp(count, "already") == 0)
        screen->already++;
    else if (skipped)
        screen->skipped++;
    else
        screen->changes++;
    if (held && strncmp(why, RUN_WOULD_BE_HELD, strlen(RUN_WOULD_BE_HELD)) == 0)
        return arena_printf(screen->arena, "HELD by %s", why + strlen(RUN_WOULD_BE_HELD));
    if (stopped)
        return arena_printf(screen->arena, "%s%s%s", value_get_string(task, "says", ""), *why ? ": " : "",
                            why);
    if (strcmp(count, "already") == 0)
        return arena_printf(screen->arena, "already%s%s", *why ? ", " : "", why);
    if (skipped)
        return arena_printf(screen->arena, "skipped%s%s", *why ? ": " : "", why);
    if (strcmp(value_get_string(task, "pending", ""), "offline") == 0)
        return arena_printf(screen->arena, "%s when it answers: %s", verb, why);
    return verb;
}

static void plan_row(void *arg, const struct value *step, const struct value *task)
{
    struct screen *screen = arg;
    struct report_table *table = &screen->table;
    bool alarm = false;

    report_cell(table, outside(screen, step, "label", ""));
    if (!task) {
        bool skipped = strcmp(value_get_string(step, "result", ""), "skipped") == 0;
        bool ended = strcmp(value_get_string(step, "state", ""), "ended") == 0;
        report_cell(table, "-");
        report_cell(table, "-");
        report_cell(table, "-");
        report_cell_alarm(table,
                          arena_printf(screen->arena, "%s: %s",
                                       skipped ? "skipped"
                                       : ended ? "NOT DONE"
                                               : "not begun",
                                       outside(screen, step, "why", "its turn did not come")),
                          ended && !skipped);
        screen->skipped += skipped;
        screen->refused += ended && !skipped;
        return;
    }
    report_cell(table, report_called(screen->arena, task));
    report_cell(table, outside(screen, task, "provider", "-"));
    report_cell(table, report_outside(screen->arena, is_now(task, screen->asked, screen->arena)));
    const char *text = report_outside(screen->arena, would_be(screen, task, &alarm));
    report_cell_alarm(table, text, alarm);
}

void print_plan(const struct value *run, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    struct screen screen = {.arena = arena, .style = style, .out = out};
    static const char *const heads[] = {"STEP", "TARGET", "BY", "NOW", "WOULD BE"};
    screen.asked = strcmp(value_get_string(run, "mode", ""), "plan") != 0;

    buf_text(out, outside(&screen, run, "playbook", ""));
    print_digest(value_get_string(run, "digest", ""), out);
    print_commit(&screen, run);
    if (*value_get_string(run, "alert", ""))
        buf_printf(out, "   alert %s", outside(&screen, run, "alert", ""));
    buf_printf(out, "   targets %sasked ", screen.asked ? "" : "not ");
    report_clock(out, style, style->now_ms);
    buf_char(out, ' ');
    report_offset(out, style);
    buf_char(out, '\n');
    report_table_init(&screen.table, arena, 5);
    for (size_t i = 0; i < 5; i++)
        report_cell(&screen.table, heads[i]);
    each_task(run, plan_row, &screen);
    report_table_print(&screen.table, style, "", out);
    screen.lines = 0;
    show_no_way_back(&screen, run);
    show_proved(&screen, run);
    buf_printf(out,
               "%zu would change or wait, %zu already, %zu held, %zu refused or failed, %zu skipped. Nothing "
               "was changed.",
               screen.changes, screen.already, screen.held, screen.refused, screen.skipped);
    buf_printf(out, "   exit %lld\n", (long long)value_get_int(run, "exit", 0));
}
