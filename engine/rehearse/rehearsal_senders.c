/* Senders of alerts: each sends its request until it is told that it is taken, and once more after each
 * death, since it can't know what became of it. When it is told, the disk must hold what it was told. */
#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/rehearse/rehearsal_parts.h"

static void breaks(struct rehearsal *rehearsal, const struct sent *sent, const char *what)
{
    if (!*rehearsal->broken)
        snprintf(rehearsal->broken, sizeof rehearsal->broken, "request %s of %s: %s", sent->intake.request,
                 sent->intake.source, what);
}

static int events_with(const struct rehearsal *rehearsal, const char *kind, const char *run, const char *with)
{
    int count = 0;

    for (size_t i = 0; i < memory_disk_event_count(rehearsal->disk); i++) {
        const struct soar_event *event = memory_disk_event(rehearsal->disk, i);

        count += strcmp(event->kind, kind) == 0 && (!run || strcmp(event->run, run) == 0) &&
                 strstr(event->body, with) != NULL;
    }
    return count;
}

static const char *run_started(const struct value *verdict, size_t index)
{
    return value_get_string(value_at(value_get(verdict, "starts"), index), "run", "");
}

/* Promise 1, at the moment of the 2xx. */
static bool is_on_disk(const struct rehearsal *rehearsal, const struct value *verdict)
{
    char with[80];

    snprintf(with, sizeof with, "\"alert\":\"%s\"", value_get_string(verdict, "alert", ""));
    if (events_with(rehearsal, "alert.received", "-", with) != 1)
        return false;
    for (size_t i = 0; i < value_count(value_get(verdict, "starts")); i++)
        if (events_with(rehearsal, "run.started", run_started(verdict, i), "") != 1)
            return false;
    return true;
}

static void told(void *arg, const struct value *verdicts, bool repeated, const struct soar_err *err)
{
    struct sent *sent = arg;
    struct rehearsal *rehearsal = sent->rehearsal;

    if (err->class != SOAR_DONE)
        return; /* the engine died: it is sent again */
    for (size_t i = 0; i < value_count(verdicts); i++)
        if (!is_on_disk(rehearsal, value_at(verdicts, i)))
            breaks(rehearsal, sent, "it was answered before it was durable");
    if (sent->told && !(repeated && value_equal(verdicts, &sent->verdicts)))
        breaks(rehearsal, sent, "sent again, it was answered otherwise than the first time");
    if (!sent->told)
        sent->verdicts = value_copy(rehearsal->arena, verdicts);
    sent->told = true;
}

static int send(struct rehearsal *rehearsal, struct sent *sent, struct soar_err *err)
{
    return loop_receive(rehearsal->loop, &sent->intake, err);
}

int rehearsal_send(struct rehearsal *rehearsal, const struct loop_intake *intake, struct soar_err *err)
{
    struct sent *sent = &rehearsal->sent[rehearsal->sent_count];

    if (rehearsal->sent_count == SENT_MAX)
        return soar_err_set(err, SOAR_INVALID, "more than %d requests in one rehearsal", SENT_MAX);
    if (rehearsal_ready(rehearsal, err))
        return -1;
    *sent = (struct sent){.rehearsal = rehearsal, .intake = *intake};
    sent->intake.done = told;
    sent->intake.arg = sent;
    rehearsal->sent_count++;
    return send(rehearsal, sent, err);
}

int senders_again(struct rehearsal *rehearsal, struct soar_err *err)
{
    for (size_t i = 0; i < rehearsal->sent_count; i++)
        if (send(rehearsal, &rehearsal->sent[i], err))
            return -1;
    return 0;
}

static bool is_first_of_request(const struct rehearsal *rehearsal, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(rehearsal->sent[i].intake.request, rehearsal->sent[index].intake.request) == 0)
            return false;
    return true;
}

/* However often a request was sent: each of its alerts once, with the runs that were told, and no others. */
static int once(const struct rehearsal *rehearsal, size_t index, int *runs, struct soar_err *err)
{
    const struct sent *sent = &rehearsal->sent[index];
    char with[120];

    snprintf(with, sizeof with, "\"request\":\"%s\"", sent->intake.request);
    int count = events_with(rehearsal, "alert.received", "-", with);

    if (count != (int)sent->intake.item_count)
        return soar_err_set(err, SOAR_PERMANENT, "request %s: %d alerts were sent, %d are in the journal",
                            sent->intake.request, (int)sent->intake.item_count, count);
    for (size_t i = 0; i < value_count(&sent->verdicts); i++) {
        const struct value *verdict = value_at(&sent->verdicts, i);

        for (size_t r = 0; r < value_count(value_get(verdict, "starts")); r++, (*runs)++)
            if (events_with(rehearsal, "run.started", run_started(verdict, r), "") != 1)
                return soar_err_set(err, SOAR_PERMANENT, "request %s was told of %s, which is not there",
                                    sent->intake.request, run_started(verdict, r));
    }
    return 0;
}

int senders_true(const struct rehearsal *rehearsal, struct soar_err *err)
{
    int runs = 0;

    for (size_t i = 0; i < rehearsal->sent_count; i++) {
        if (!rehearsal->sent[i].told)
            return soar_err_set(err, SOAR_PERMANENT, "request %s was never answered",
                                rehearsal->sent[i].intake.request);
        if (is_first_of_request(rehearsal, i) && once(rehearsal, i, &runs, err))
            return -1;
    }
    int started = events_with(rehearsal, "run.started", NULL, "\"by\":\"webhook ");

    if (started != runs)
        return soar_err_set(err, SOAR_PERMANENT, "senders were told of %d runs, %d were started", runs,
                            started);
    return 0;
}
