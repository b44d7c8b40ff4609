/* What soard says of itself, and what people changed about it: for people. All that may come from outside is
 * made visible first. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"

static const char *shown(struct arena *arena, const struct value *map, const char *key)
{
    return report_outside(arena, value_get_string(map, key, ""));
}

static long long number(const struct value *map, const char *key)
{
    return (long long)value_get_int(map, key, 0);
}

static void span(struct buf *out, int64_t ms)
{
    text_duration(out, ms < 1000 ? 0 : ms / 1000 * 1000);
}

/* The label of a line, in one column with all others. */
static void label(struct buf *out, const char *text)
{
    buf_printf(out, "%-12s ", text);
}

static void print_soard(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *soard = value_get(answer, "soard");
    int64_t away = value_get_int(answer, "away_ms", 0);
    int64_t since = value_get_int(soard, "since", 0);

    if (!soard) {
        buf_text(out, "no soard here: this is what the record says\n");
        return;
    }
    buf_printf(out, "soard %s on %s, up ", shown(arena, soard, "version"), shown(arena, soard, "host"));
    span(out, value_get_int(soard, "up_ms", 0));
    if (away > 0) {
        buf_printf(out, "; away %s to ", report_when_text(arena, style, since - away));
        buf_printf(out, "%s: ask your sources for alerts of that time",
                   report_when_text(arena, style, since));
    }
    buf_char(out, '\n');
    if (!value_get_bool(soard, "ready", true)) {
        report_alarm(out, style, "NOT READY", true);
        buf_printf(out, "    %s\n", shown(arena, soard, "why_not"));
    }
}

static void print_sources(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *sources = value_get(answer, "sources");

    if (value_count(sources) == 0)
        return;
    label(out, "last alert");
    for (size_t i = 0; i < value_count(sources); i++) {
        const struct value *one = value_at(sources, i);

        buf_printf(out, "%s%s ", i ? " · " : "", shown(arena, one, "source"));
        if (!value_get(one, "last")) {
            buf_text(out, "none yet");
            continue;
        }
        buf_printf(out, "%s, ", report_when_text(arena, style, value_get_int(one, "last", 0)));
        span(out, value_get_int(one, "silent_ms", 0));
        buf_text(out, " ago");
    }
    buf_char(out, '\n');
}

static void print_pauses(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *pauses = value_get(answer, "pauses");

    for (size_t i = 0; i < value_count(pauses); i++) {
        const struct value *one = value_at(pauses, i);

        report_alarm(out, style, "PAUSED", true);
        buf_printf(out, "       %s %s to %s by %s: %s\n", shown(arena, one, "what"),
                   shown(arena, one, "name"), report_when_text(arena, style, value_get_int(one, "until", 0)),
                   shown(arena, one, "by"), shown(arena, one, "reason"));
    }
}

static void print_front(const struct value *front, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();

    if (!value_get_bool(front, "wanted", false))
        return;
    label(out, "front");
    if (value_get_bool(front, "ready", false))
        buf_printf(out, "listens at %s", shown(arena, front, "address"));
    else
        report_alarm(out, style, "DOES NOT LISTEN", true);
    if (*value_get_string(front, "failure", ""))
        buf_printf(out, ": %s", shown(arena, front, "failure"));
    if (number(front, "restarts") > 0)
        buf_printf(out, "; started again %lld times", number(front, "restarts"));
    buf_char(out, '\n');
}

static void print_playbooks(const struct value *playbooks, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *broken = value_get(playbooks, "broken");

    if (!playbooks)
        return;
    label(out, "playbooks");
    buf_printf(out, "%lld in use\n", number(playbooks, "count"));
    for (size_t i = 0; i < value_count(broken); i++) {
        report_alarm(out, style, "NOT USED", true);
        buf_printf(out, "     %s\n", report_outside(arena, value_at(broken, i)->text));
    }
}

/* One line each: the whole of it is in `soarctl playbooks`. */
static void print_repositories(const struct value *list, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();

    for (size_t i = 0; i < value_count(list); i++) {
        const struct value *one = value_at(list, i), *next = value_get(one, "next");
        const char *why = value_get_string(one, "why", "");

        label(out, i == 0 ? "from git" : "");
        buf_printf(out, "%s: ", shown(arena, one, "repository"));
        buf_printf(out, "%.12s", value_get(one, "commit") ? shown(arena, one, "commit") : "nothing yet");
        if (next)
            buf_printf(out, "; %.12s waits for a promote", shown(arena, next, "commit"));
        if (*why) {
            buf_text(out, "; ");
            report_alarm(out, style, shown(arena, one, "state"), true);
            buf_printf(out, " since %s: %s", report_when_text(arena, style, value_get_int(one, "since", 0)),
                       report_outside(arena, why));
        }
        buf_char(out, '\n');
    }
}

static void print_record(const struct value *record, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();

    label(out, "record");
    if (value_get_bool(record, "writable", true)) {
        buf_printf(out, "written; %lld events in this life\n", number(record, "events"));
        return;
    }
    report_alarm(out, style, "NOT WRITABLE", true);
    buf_text(out, " for ");
    span(out, value_get_int(record, "for_ms", 0));
    buf_printf(out, ", so nothing is done: %s\n", shown(arena, record, "why"));
}

void verb_print_status(const struct value *answer, const struct report_style *style, struct buf *out)
{
    const struct value *runs = value_get(answer, "runs");
    const struct value *people = value_get(answer, "people");
    const struct value *held = value_get(answer, "containment");

    print_soard(answer, style, out);
    print_pauses(answer, style, out);
    label(out, "runs");
    buf_printf(out, "%lld live; %lld went on at the start; %lld calls are out\n", number(runs, "live"),
               number(runs, "resumed"), number(runs, "calls_out"));
    print_sources(answer, style, out);
    label(out, "people");
    buf_printf(out, "%lld holds (%lld targets), %lld in doubt, %lld whose time has come   %s waiting\n",
               number(people, "holds"), number(people, "held"), number(people, "in_doubt"),
               number(people, "ends"), style->tool);
    label(out, "containment");
    buf_printf(out, "%lld in force, %lld perhaps, ", number(held, "in_force"), number(held, "perhaps"));
    buf_printf(out, "%lld ", number(held, "broken"));
    report_alarm(out, style, number(held, "broken") ? "BROKEN" : "broken", number(held, "broken") > 0);
    buf_printf(out, ", %lld not ours, %lld not yet   %s contained\n", number(held, "others"),
               number(held, "not_yet"), style->tool);
    print_playbooks(value_get(answer, "playbooks"), style, out);
    print_repositories(value_get(answer, "repositories"), style, out);
    print_front(value_get(answer, "front"), style, out);
    print_record(value_get(answer, "record"), style, out);
}

void verb_print_pause(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const char *what = shown(arena, answer, "what");
    const char *name = shown(arena, answer, "name");

    if (!value_get_bool(answer, "paused", false)) {
        buf_printf(out, "%s%s%s goes on.\n", what, *name ? " " : "", name);
        return;
    }
    buf_printf(out, "%s%s%s is paused to %s: alerts are kept and matched, nothing is done for them.\n", what,
               *name ? " " : "", name, report_when_text(arena, style, value_get_int(answer, "until", 0)));
    buf_printf(out, "      go on before: %s pause %s --end\n", style->tool,
               *name ? report_shell_word(arena, name) : "--all");
}

void verb_print_extend(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *extended = value_get(answer, "extended");
    int64_t until = value_get_int(answer, "until", 0);

    for (size_t i = 0; i < value_count(extended); i++) {
        const struct value *one = value_at(extended, i);

        buf_printf(out, "%s  %s  held by %s ", shown(arena, one, "target"), shown(arena, one, "action"),
                   shown(arena, one, "run"));
        if (until > 0)
            buf_printf(out, "to %s\n", report_when_text(arena, style, until));
        else
            buf_text(out, "without an end\n");
    }
}

void verb_print_ends(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const char *id = shown(arena, answer, "ask");

    if (value_get_bool(answer, "changed", false)) {
        buf_printf(out, "%s is not what you looked at: it says %s now. Nothing is done.\n", id,
                   shown(arena, answer, "digest"));
        buf_printf(out, "      look: %s waiting %s\n", style->tool, report_shell_word(arena, id));
        return;
    }
    buf_printf(out, "%s answered: %s\n", id, shown(arena, answer, "answer"));
}

void verb_print_reload(const struct value *answer, const struct report_style *style, struct buf *out)
{
    (void)answer;
    (void)style;
    buf_text(out, "soard uses its files as they are now. Runs under way keep their playbooks.\n");
}
