/* From events to lines of the log: alerts taken, runs begun and ended, what is refused or waits for people.
 * The rest is in the journal, where it belongs. */
#include "soard/tell.h"

#include <string.h>

#include "soard/daemon.h"

static void tell_line(enum log_level level, const char *text, int len)
{
    if (level == LOG_ERROR_LEVEL)
        log_error("%.*s", len, text);
    else if (level == LOG_WARNING_LEVEL)
        log_warning("%.*s", len, text);
    else
        log_info("%.*s", len, text);
}

void tell_lines(enum log_level level, const struct buf *lines)
{
    for (const char *at = buf_string(lines); *at;) {
        size_t len = strcspn(at, "\n");

        if (len > 0)
            tell_line(level, at, (int)len);
        at += len + (at[len] == '\n');
    }
}

/* The mistakes themselves were told when the files were read. */
void tell_broken(const struct daemon *daemon)
{
    const struct wiring *now = daemon->now;

    if (now->broken_count > 0)
        log_error("%zu of %zu playbooks are not used: they have mistakes", now->broken_count,
                  now->broken_count + now->playbook_count);
    for (size_t i = 0; i < now->broken_count; i++) {
        BUF_SCOPED why = {0};

        buf_printf(&why, "a playbook is not used: %s", now->broken[i]);
        loop_reload_failed(daemon->loop, "soard", buf_string(&why));
    }
}

void tell_ready(const struct daemon *daemon)
{
    const struct wiring *now = daemon->now;

    tell_broken(daemon);
    log_info("ready: %zu playbooks, %zu webhooks, %zu hosts; %zu runs go on; the record is in %s",
             now->playbook_count, now->site->webhook_count, now->site->host_count,
             loop_run_count(daemon->loop), daemon->state_dir);
}

/* "Contain", "a recheck of web-01", "a release of web-01 and 2 more" */
static void put_what(struct buf *out, const struct run *run)
{
    const struct run_input *input = &run->input;

    if (input->playbook) {
        buf_text(out, input->playbook->name);
        return;
    }
    buf_printf(out, "a %s", run_kind_name(input->kind));
    if (input->about_count > 0)
        buf_printf(out, " of %s", input->about[0].name);
    if (input->about_count > 1)
        buf_printf(out, " and %zu more", input->about_count - 1);
}

static void tell_started(const struct run *run, const struct event *event)
{
    const struct log_keys keys = {.run = run->id, .alert = value_get_string(&event->body, "alert", NULL)};
    BUF_SCOPED what = {0};

    put_what(&what, run);
    log_with(LOG_INFO_LEVEL, &keys, "run begun: %s, by %s", buf_string(&what),
             value_get_string(&event->body, "by", "nobody"));
}

static void tell_ended(const struct run *run, const struct event *event)
{
    const char *result = value_get_string(&event->body, "result", "");
    const struct log_keys keys = {.run = run->id};
    bool done = strcmp(result, "completed") == 0;

    log_with(done ? LOG_INFO_LEVEL : LOG_WARNING_LEVEL, &keys, "run ended: %s", result);
}

void tell_event(const struct daemon *daemon, const struct run *run, const struct event *event)
{
    (void)daemon;
    switch ((int)event->kind) {
    case EVENT_RUN_STARTED:
        if (run)
            tell_started(run, event);
        break;
    case EVENT_RUN_ENDED:
        if (run)
            tell_ended(run, event);
        break;
    case EVENT_ASK_OPENED:
        log_warning("question %s waits for people: %s (soarctl waiting)",
                    value_get_string(&event->body, "ask", ""), value_get_string(&event->body, "text", ""));
        break;
    default:
        break;
    }
}
