/* Answers that are neither a run nor the ledger, for people. All that may come from outside is made visible
 * first. */
#include <inttypes.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/report/print_run.h"
#include "engine/report/report_words.h"
#include "engine/verbs/verb_parts.h"

static const char *shown(struct arena *arena, const struct value *map, const char *key)
{
    return report_outside(arena, value_get_string(map, key, ""));
}

void verb_print_lint(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *mistakes = value_get(answer, "mistakes");
    size_t files = value_count(value_get(answer, "files"));

    for (size_t i = 0; i < value_count(mistakes); i++) {
        const struct value *one = value_at(mistakes, i);
        bool error = value_is_string(value_get(one, "level"), "error");
        buf_text(out, shown(arena, one, "file"));
        if (value_get_int(one, "line", 0) > 0)
            buf_printf(out, ":%lld:%lld", (long long)value_get_int(one, "line", 0),
                       (long long)value_get_int(one, "col", 0));
        buf_text(out, ": ");
        report_alarm(out, style, error ? "error" : "warning", error);
        buf_printf(out, ": %s\n", shown(arena, one, "text"));
    }
    buf_printf(out, "%zu %s, %lld errors, %lld warnings\n", files, files == 1 ? "file" : "files",
               (long long)value_get_int(answer, "errors", 0),
               (long long)value_get_int(answer, "warnings", 0));
}

/* A text as it is (a graph), or a map as JSON (a schema). */
void verb_print_text(const struct value *answer, const struct report_style *style, struct buf *out)
{
    const char *text = value_get_string(answer, "text", NULL);

    (void)style;
    if (text) {
        buf_text(out, text);
    } else if (answer->kind != VALUE_NULL) {
        json_pretty(out, answer);
        buf_char(out, '\n');
    }
}

/* A run's end as people call it; one that hasn't ended says what it is now. */
static const char *run_says(const struct value *run, struct arena *arena)
{
    const char *result = value_get_string(run, "result", "");

    if (strcmp(result, "partial") == 0)
        return "in part";
    if (strcmp(result, "cancelled") == 0)
        return "stopped";
    return *result ? report_outside(arena, result) : shown(arena, run, "says");
}

void verb_print_runs(const struct value *answer, const struct report_style *style, struct buf *out)
{
    static const char *const heads[] = {"RUN", "PLAYBOOK", "IS", "STARTED", "BY", "WHY"};
    ARENA_SCOPED arena = arena_new();
    const struct value *runs = value_get(answer, "runs");
    struct report_table table;

    if (value_count(runs) == 0) {
        buf_text(out, "No runs.\n");
        return;
    }
    report_table_init(&table, arena, 6);
    for (size_t i = 0; i < 6; i++)
        report_cell(&table, heads[i]);
    for (size_t i = 0; i < value_count(runs); i++) {
        const struct value *run = value_at(runs, i);
        const char *result = value_get_string(run, "result", "");
        const char *name = value_get_string(run, "playbook", "");
        bool partial = strcmp(result, "partial") == 0;
        report_cell(&table, shown(arena, run, "run"));
        report_cell(&table, *name ? report_outside(arena, name) : shown(arena, run, "kind"));
        report_cell_alarm(&table, run_says(run, arena), partial || strcmp(result, "failed") == 0);
        report_cell(&table, report_when_text(arena, style, value_get_int(run, "started", 0)));
        report_cell(&table, shown(arena, run, "by"));
        report_cell(&table, shown(arena, run, "reason"));
    }
    report_table_print(&table, style, "", out);
    if (value_get_bool(answer, "more", false))
        buf_printf(out, "There are more: --limit N, or those before these: --after %s\n",
                   shown(arena, value_at(runs, value_count(runs) - 1), "run"));
}

void verb_print_actions(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *actions = value_get(answer, "actions");
    struct report_table table;

    report_table_init(&table, arena, 3);
    for (size_t i = 0; i < value_count(actions); i++) {
        const struct value *action = value_at(actions, i);
        report_cell(&table, shown(arena, action, "action"));
        report_cell(&table, arena_printf(arena, "per %s", shown(arena, action, "per")));
        report_cell(&table, shown(arena, action, "summary"));
    }
    report_table_print(&table, style, "", out);
}

static void print_params(const struct value *params, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    struct report_table table;

    report_table_init(&table, arena, 4);
    for (size_t i = 0; i < value_count(params); i++) {
        const struct value *param = value_at(params, i);
        const struct value *otherwise = value_get(param, "default");
        report_cell(&table, shown(arena, param, "name"));
        report_cell(&table, shown(arena, param, "type"));
        report_cell(&table, otherwise ? report_outside(arena, json_text(arena, otherwise)) : "required");
        report_cell(&table, shown(arena, param, "about"));
    }
    buf_text(out, value_count(params) > 0 ? "with\n" : "takes no parameters\n");
    report_table_print(&table, style, "  ", out);
}

static void print_provider(const struct value *provider, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *phases = value_get(provider, "phases");
    const struct value *cannot = value_get(provider, "cannot_undo");
    const char *proved = shown(arena, provider, "proved");
    const char *service = shown(arena, provider, "service");
    const char *over = shown(arena, provider, "over");
    const char *when = shown(arena, provider, "when");
    const char *rest;

    buf_printf(out, "  %s, via %s", shown(arena, provider, "name"), shown(arena, provider, "via"));
    if (*over)
        buf_printf(out, ", over %s", over);
    if (*service)
        buf_printf(out, *over ? " of kind %s" : ", by the service of kind %s", service);
    if (*when)
        buf_printf(out, ", when %s", when);
    buf_text(out, "\n    phases ");
    for (size_t i = 0; i < value_count(phases); i++)
        buf_printf(out, "%s%s", i ? ", " : "", value_at(phases, i)->text);
    buf_char(out, '\n');
    bool is_proved = report_is_proved(proved, &rest);
    if (is_proved && *proved)
        buf_printf(out, "    proved on %s\n", rest);
    else if (!is_proved)
        buf_printf(out, "    NOT PROVED on the real product%s%s\n", *rest ? "; " : "", rest);
    for (size_t i = 0; i < value_count(cannot); i++)
        buf_printf(out, "    no way back: %s\n", report_outside(arena, value_at(cannot, i)->text));
}

void verb_print_action(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *providers = value_get(answer, "providers");

    buf_printf(out, "%s   %s\n", shown(arena, answer, "action"), shown(arena, answer, "summary"));
    buf_printf(out, "per %s, locks %s; done: %s; %s\n", shown(arena, answer, "per"),
               shown(arena, answer, "lock"), shown(arena, answer, "done"),
               value_get_bool(answer, "containment", false) ? "a containment: can be released"
                                                            : "can't be undone by soar");
    buf_printf(out, "from %s, %.12s\n", shown(arena, answer, "origin"),
               value_get_string(answer, "digest", ""));
    print_params(value_get(answer, "params"), style, out);
    buf_text(out, "providers, the first that fits\n");
    for (size_t i = 0; i < value_count(providers); i++)
        print_provider(value_at(providers, i), out);
}

/* What else is to be said of a playbook that starts: its key, and what would be held. */
static void print_more(const struct value *playbook, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *dedup = value_get(playbook, "dedup");
    const struct value *held = value_get(playbook, "held");
    const char *name = shown(arena, playbook, "playbook");

    if (dedup)
        buf_printf(out, "%s: starts nothing more for %s under %s\n", name, shown(arena, dedup, "window"),
                   report_outside(arena, json_text(arena, value_get(dedup, "values"))));
    if (value_get(playbook, "dedup_why"))
        buf_printf(out, "%s: no key to know it again by: %s\n", name, shown(arena, playbook, "dedup_why"));
    for (size_t i = 0; i < value_count(held); i++) {
        const struct value *one = value_at(held, i);
        buf_printf(out, "%s: %s would be HELD by %s: %s\n", name, shown(arena, one, "target"),
                   shown(arena, one, "rule"), shown(arena, one, "why"));
    }
}

static void print_starts(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *playbooks = value_get(answer, "playbooks");
    const struct value *notes = value_get(answer, "notes");
    struct report_table table;

    if (value_get(answer, "refused")) {
        report_alarm(out, style, "REFUSED", true);
        buf_printf(out, "  %s\n", shown(arena, answer, "refused"));
        return;
    }
    for (size_t i = 0; i < value_count(notes); i++)
        buf_printf(out, "note: %s\n", report_outside(arena, value_at(notes, i)->text));

    report_table_init(&table, arena, 3);
    for (size_t i = 0; i < value_count(playbooks); i++) {
        const struct value *one = value_at(playbooks, i);
        report_cell(&table, value_get_bool(one, "starts", false) ? "starts" : "not");
        report_cell(&table,
                    value_get(one, "playbook") ? shown(arena, one, "playbook") : shown(arena, one, "file"));
        report_cell(&table, shown(arena, one, "why"));
    }
    report_table_print(&table, style, "", out);
    for (size_t i = 0; i < value_count(playbooks); i++)
        print_more(value_at(playbooks, i), out);
    buf_printf(out, "It would start %lld of %zu. Nothing was started.\n",
               (long long)value_get_int(answer, "starts", 0), value_count(playbooks));
}

void verb_print_trigger(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *alerts = value_get(answer, "alerts");

    if (value_get(answer, "webhook"))
        buf_printf(out, "As if webhook %s had sent it, format %s.\n", shown(arena, answer, "webhook"),
                   shown(arena, answer, "source"));
    else if (value_get(answer, "source"))
        buf_printf(out, "Taken for an alert of %s.\n", shown(arena, answer, "source"));
    if (!alerts) {
        print_starts(answer, style, out);
        return;
    }
    for (size_t i = 0; i < value_count(alerts); i++) {
        buf_printf(out, "%salert %zu of %zu: %s\n", i ? "\n" : "", i + 1, value_count(alerts),
                   shown(arena, value_at(alerts, i), "id"));
        print_starts(value_at(alerts, i), style, out);
    }
    if (value_count(alerts) == 0)
        buf_text(out, "No alert is in it.\n");
}

void verb_print_eval(const struct value *answer, const struct report_style *style, struct buf *out)
{
    const struct value *result = value_get(answer, "value");
    BUF_SCOPED text = {0};

    (void)style;
    if (result)
        json_print(&text, result);
    report_text(out, buf_string(&text));
    buf_printf(out, "   %s\n", value_get_string(answer, "type", ""));
}

static bool print_reached(const struct value *of, const char *name, const struct report_style *style,
                          struct arena *arena, struct buf *out)
{
    buf_printf(out, "%s  ", name);
    if (value_get_bool(of, "reached", false))
        return true;
    report_alarm(out, style, "NOT REACHED", true);
    buf_printf(out, "  %s\n", shown(arena, of, "why"));
    return false;
}

static void print_monitor(const struct value *monitor, const struct report_style *style, struct arena *arena,
                          struct buf *out)
{
    if (!print_reached(monitor, "  its monitor", style, arena, out))
        return;
    buf_printf(out, "QEMU %s, the machine is %s; %" PRId64 " MiB free for its memory%s\n",
               shown(arena, monitor, "qemu"), shown(arena, monitor, "status"),
               value_get_int(monitor, "free", 0) >> 20,
               value_get_bool(monitor, "takes_files", false) ? "" : "; it takes NO FILES: forwarded?");
}

void verb_print_check(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    bool root = value_is_string(value_get(answer, "uid"), "0");
    bool sudo = value_get_bool(answer, "sudo", false);
    const struct value *monitor = value_get(answer, "monitor");

    if (value_get(answer, "service")) {
        if (print_reached(answer, shown(arena, answer, "service"), style, arena, out))
            verb_print_check_service(answer, out);
        return;
    }
    if (value_get(answer, "directory")) {
        if (print_reached(answer, shown(arena, answer, "directory"), style, arena, out))
            buf_printf(out, "reached at %s as %s\n", shown(arena, answer, "url"),
                       shown(arena, answer, "user"));
        return;
    }
    if (print_reached(answer, shown(arena, answer, "host"), style, arena, out))
        buf_printf(out, "reached by %s as %s, uid %s%s; %s; calls itself %s; nft is %s\n",
                   shown(arena, answer, "via"), shown(arena, answer, "user"), shown(arena, answer, "uid"),
                   root   ? " (root)"
                   : sudo ? ", through sudo"
                          : ", no root and no `sudo:` in the inventory",
                   shown(arena, answer, "system"), shown(arena, answer, "calls_itself"),
                   value_is_string(value_get(answer, "nft"), "nft") ? "there" : "not found");
    if (monitor)
        print_monitor(monitor, style, arena, out);
}

void verb_print_release(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *rows = value_get(answer, "release");
    const struct value *stays = value_get(answer, "stays_with");

    for (size_t i = 0; i < value_count(rows); i++) {
        const struct value *row = value_at(rows, i);
        const char *with = value_at(stays, i) ? report_outside(arena, value_at(stays, i)->text) : "";
        buf_printf(out, "  %s: %s since %s", shown(arena, row, "target"), shown(arena, row, "says"),
                   report_when_text(arena, style, value_get_int(row, "since", 0)));
        if (*with)
            buf_printf(out, "; STAYS so: %s holds it too\n", with);
        else
            buf_text(out, "; will be undone; no other run holds it\n");
    }
}

void verb_print_verify(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *problems = value_get(answer, "problems");
    int64_t count = value_get_int(answer, "problem_count", 0);

    for (size_t i = 0; i < value_count(problems); i++) {
        report_alarm(out, style, "BROKEN  ", true);
        buf_printf(out, "%s\n", report_outside(arena, value_at(problems, i)->text));
    }
    buf_printf(
        out,
        "%lld events of %lld runs, %lld alerts, %lld texts; %lld runs folded again, %lld rows compared: ",
        (long long)value_get_int(answer, "events", 0), (long long)value_get_int(answer, "runs", 0),
        (long long)value_get_int(answer, "alerts", 0), (long long)value_get_int(answer, "texts", 0),
        (long long)value_get_int(answer, "folded", 0), (long long)value_get_int(answer, "rows", 0));
    if (count == 0)
        buf_text(out, "whole and unchanged\n");
    else
        buf_printf(out, "%lld problems\n", (long long)count);
    buf_printf(out, "head %s at %lld (note it elsewhere; --head compares)\n", shown(arena, answer, "head"),
               (long long)value_get_int(answer, "seq", 0));
}

void verb_print_answered(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const char *id = shown(arena, answer, "ask");

    if (!value_get_bool(answer, "changed", false)) {
        print_run_end(answer, style, out);
        return;
    }
    buf_printf(out, "%s changed since you looked: it is about %lld now, %s came last. Nothing is done.\n", id,
               (long long)value_get_int(answer, "count", 0), shown(arena, answer, "latest"));
    buf_printf(out, "      now %s     look: %s waiting %s\n", shown(arena, answer, "digest"), style->tool,
               id);
}
