/* What can be counted, from the loop, the ledger, the front and the process itself. */
#include "soard/metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "soard/daemon.h"
#include "soard/front_link.h"

static void head(struct buf *out, const char *name, const char *type, const char *about)
{
    buf_printf(out, "# HELP soar_%s %s\n# TYPE soar_%s %s\n", name, about, name, type);
}

static void one(struct buf *out, const char *name, const char *type, const char *about, int64_t value)
{
    head(out, name, type, about);
    buf_printf(out, "soar_%s %lld\n", name, (long long)value);
}

/* The format's own escapes, for a value between quotes. */
static void label(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            buf_char(out, '\\');
        if (*text == '\n')
            buf_text(out, "\\n");
        else
            buf_char(out, *text);
    }
}

static void labelled(struct buf *out, const char *name, const char *key, const char *text, int64_t value)
{
    buf_printf(out, "soar_%s{%s=\"", name, key);
    label(out, text);
    buf_printf(out, "\"} %lld\n", (long long)value);
}

static void print_loop(const struct daemon *daemon, const struct loop_counts *counts, struct buf *out)
{
    one(out, "alerts_total", "counter", "Alerts received.", counts->alerts);
    one(out, "alerts_duplicate_total", "counter", "Alerts that were duplicates of one with a run.",
        counts->duplicates);
    one(out, "alerts_repeated_total", "counter", "Requests answered as before.", counts->repeats);
    one(out, "alerts_refused_total", "counter", "Alerts that no mapping could read.", counts->refused);
    one(out, "runs_started_total", "counter", "Runs begun.", counts->runs_started);
    head(out, "runs_ended_total", "counter", "Runs ended, by result.");
    for (int i = 1; i < RESULT_COUNT; i++)
        labelled(out, "runs_ended_total", "result", run_result_name((enum run_result)i),
                 counts->runs_ended[i]);
    one(out, "runs_live", "gauge", "Runs that have not ended.", counts->runs_live);
    one(out, "calls_total", "counter", "Calls to targets.", counts->calls);
    one(out, "calls_unknown_total", "counter", "Calls that got no answer.", counts->calls_unknown);
    one(out, "calls_out", "gauge", "Calls without an answer yet.", counts->calls_out);
    one(out, "rechecks_total", "counter", "Looks at what is contained.", counts->rechecks);
    one(out, "broken_total", "counter", "Containments found open.", counts->broken);
    one(out, "put_back_total", "counter", "Containments put back.", counts->put_back);
    one(out, "journal_batches_total", "counter", "Batches written to the journal.", counts->batches);
    one(out, "journal_events_total", "counter", "Events written to the journal.", counts->events);
    head(out, "source_last_alert_seconds", "gauge", "When a source last sent, Unix time; 0: never.");
    for (size_t i = 0; i < daemon->now->site->webhook_count; i++) {
        const char *name = daemon->now->site->webhooks[i].name;
        labelled(out, "source_last_alert_seconds", "source", name,
                 loop_source_seen_ms(daemon->loop, name) / 1000);
    }
}

static void print_ledger(const struct ledger *ledger, struct buf *out)
{
    static const char *const kinds[] = {"hold", "doubt", "ends"};
    int64_t held = 0, perhaps = 0, broken = 0, others = 0;

    for (size_t i = 0; i < ledger_row_count(ledger); i++) {
        const struct ledger_row *row = ledger_row_at(ledger, i);

        others += !row->ours;
        broken += row->ours && row->broken_ms > 0;
        held += row->ours && row->held && row->broken_ms == 0;
        perhaps += row->ours && !row->held && row->broken_ms == 0;
    }
    head(out, "containments", "gauge", "What is contained, by state.");
    labelled(out, "containments", "state", "in_force", held);
    labelled(out, "containments", "state", "perhaps", perhaps);
    labelled(out, "containments", "state", "broken", broken);
    labelled(out, "containments", "state", "others", others);
    head(out, "asks_open", "gauge", "Questions that wait for people, by kind.");
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        int64_t open = 0;
        for (size_t i = 0; i < ledger_ask_count(ledger); i++)
            open += ledger_ask_at(ledger, i)->open && strcmp(ledger_ask_at(ledger, i)->kind, kinds[k]) == 0;
        labelled(out, "asks_open", "kind", kinds[k], open);
    }
    one(out, "pauses", "gauge", "Pauses in force or just over.", (int64_t)ledger_pause_count(ledger));
}

static void print_front(const struct daemon *daemon, struct buf *out)
{
    struct front_status status = {0};

    front_status(daemon->front, &status);
    one(out, "front_up", "gauge", "The front listens.", status.ready);
    one(out, "front_restarts_total", "counter", "The front was started again.", status.restarts);
    one(out, "front_unanswered", "gauge", "Requests that wait for the engine.", (int64_t)status.unanswered);
    one(out, "front_connections", "gauge", "Connections that are open.",
        value_get_int(status.counts, "open", 0));
    const struct value *answers = value_get(status.counts, "answers");

    head(out, "front_answers", "gauge", "Answers since the front was started, by status.");
    for (int code = 100; code < 600; code++) { /* the front isn't believed a name */
        char text[4];
        snprintf(text, sizeof text, "%d", code);
        if (value_get(answers, text))
            labelled(out, "front_answers", "status", text, value_get_int(answers, text, 0));
    }
}

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long long all = 0, resident = 0;

    if (file && fscanf(file, "%lld %lld", &all, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static int64_t open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int64_t count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count > 3 ? count - 3 : 0; /* ., .., and the directory itself */
}

void metrics_print(const struct daemon *daemon, struct buf *out)
{
    struct loop_counts counts;

    loop_counts(daemon->loop, &counts);
    head(out, "info", "gauge", "The version.");
    labelled(out, "info", "version", SOAR_VERSION, 1);
    one(out, "ready", "gauge", "New work can be taken.", !daemon_not_ready(daemon));
    one(out, "start_time_seconds", "gauge", "Unix time of the start.", daemon->started_wall_ms / 1000);
    one(out, "playbooks", "gauge", "Playbooks in use.", (int64_t)daemon->now->playbook_count);
    one(out, "playbooks_broken", "gauge", "Playbooks with a mistake, not used.",
        (int64_t)daemon->now->broken_count);
    print_loop(daemon, &counts, out);
    print_ledger(loop_ledger(daemon->loop), out);
    print_front(daemon, out);
    one(out, "resident_memory_bytes", "gauge", "Memory that is resident.", resident_bytes());
    one(out, "open_files", "gauge", "Open file descriptors.", open_files());
}
