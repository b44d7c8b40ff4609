/* From a document to its answer. What is refused here was not taken: the sender is told, the log says it, and
 * the journal, which holds what was taken, does not. */
#include "soard/document.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/log.h"
#include "soard/daemon.h"
#include "soard/front_link.h"

/* Who waits for the journal. */
struct waiting {
    struct daemon *daemon;
    uint64_t id;
    char *source;
};

static void refuse(struct daemon *daemon, const struct document *document, int status,
                   const struct soar_err *err)
{
    const struct log_keys keys = {.source = document->source};

    log_with(LOG_WARNING_LEVEL, &keys, "a document of %s is answered %d: %s", document->from, status,
             err->text);
    front_problem(daemon->front, document->id, status, err->text);
}

static void tell_taken(const struct waiting *waiting, const struct value *verdict)
{
    const struct value *starts = value_get(verdict, "starts");
    const char *refused = value_get_string(verdict, "refused", NULL);
    const struct log_keys keys = {.source = waiting->source, .alert = value_get_string(verdict, "alert", "")};
    BUF_SCOPED runs = {0};

    for (size_t i = 0; i < value_count(starts); i++)
        buf_printf(&runs, "%s%s", i > 0 ? ", " : " starts ",
                   value_get_string(value_at(starts, i), "run", ""));
    if (refused)
        log_with(LOG_WARNING_LEVEL, &keys, "alert refused: %s", refused);
    else
        log_with(LOG_INFO_LEVEL, &keys, "alert taken:%s", runs.len ? buf_string(&runs) : " starts nothing");
}

static void on_durable(void *arg, const struct value *verdicts, bool repeated, const struct soar_err *err)
{
    struct waiting *waiting = arg;
    struct daemon *daemon = waiting->daemon;
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED body = {0};

    if (err && err->class != SOAR_DONE) {
        front_problem(daemon->front, waiting->id, 503, "The record can't be written; nothing was taken.");
    } else {
        int status = document_answer(verdicts, arena, &body);
        front_answer_document(daemon->front, waiting->id, status, repeated, buf_string(&body), body.len);
        for (size_t i = 0; !repeated && i < value_count(verdicts); i++)
            tell_taken(waiting, value_at(verdicts, i));
    }
    free(waiting->source);
    free(waiting);
}

/* The whole document where it is one alert, as it came; else the part that is this alert's. */
static void put_body(struct loop_item *item, const struct document *document, size_t count,
                     struct arena *arena)
{
    const struct value *raw = item->alert ? value_get(item->alert, "raw") : NULL;

    item->body = count == 1 ? document->text : raw ? json_text(arena, raw) : "";
    item->len = count == 1 ? document->len : strlen(item->body);
}

static struct loop_item *items_of(const struct intake_alerts *alerts, const struct document *document,
                                  struct arena *arena)
{
    struct loop_item *items = arena_array(arena, alerts->count + 1, sizeof *items);

    for (size_t i = 0; i < alerts->count; i++) {
        const struct intake_alert *alert = &alerts->items[i];
        items[i].refused = alert->refused;
        items[i].alert = alert->refused ? NULL : &alert->alert;
        put_body(&items[i], document, alerts->count, arena);
    }
    return items;
}

static void hand_over(struct daemon *daemon, const struct document *document,
                      const struct site_webhook *webhook, const struct intake_alerts *alerts,
                      struct arena *arena)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    struct soar_err err = {0};

    if (!waiting)
        abort();
    *waiting = (struct waiting){.daemon = daemon, .id = document->id, .source = strdup(webhook->name)};
    if (!waiting->source)
        abort();
    struct loop_intake intake = {
        .source = webhook->name,
        .from = document->from,
        .request = document->request,
        .repeat_ms = webhook->repeat_ms,
        .webhook = webhook,
        .item_count = alerts->count,
        .items = items_of(alerts, document, arena),
        .playbook_count = daemon->now->playbook_count,
        .playbooks = daemon->now->playbooks,
        .done = on_durable,
        .arg = waiting,
    };
    if (loop_receive(daemon->loop, &intake, &err) == 0)
        return;
    free(waiting->source);
    free(waiting);
    refuse(daemon, document, err.class == SOAR_TRANSIENT ? 503 : 422, &err);
}

void document_take(struct daemon *daemon, const struct document *document)
{
    const struct site_webhook *webhook = site_find_webhook(daemon->now->site, document->source);
    const struct intake_source *source = webhook ? intake_find(daemon->now->intake, webhook->format) : NULL;
    const char *not_ready = daemon_not_ready(daemon);
    ARENA_SCOPED arena = arena_new();
    struct intake_alerts alerts = {0};
    struct value payload;
    struct soar_err err = {0};

    if (!source) {
        soar_err_set(&err, SOAR_ABSENT, "There is no such webhook any more.");
        refuse(daemon, document, 404, &err);
    } else if (not_ready) {
        soar_err_set(&err, SOAR_TRANSIENT, "%s", not_ready);
        refuse(daemon, document, 503, &err);
    } else if (intake_parse(arena, document->text, document->len, &payload, &err)) {
        refuse(daemon, document, 400, &err);
    } else if (intake_map(source, &payload, arena, &alerts, &err)) {
        refuse(daemon, document, 422, &err);
    } else if (alerts.count == 0) {
        front_answer_document(daemon->front, document->id, 202, false, "{\"alerts\":[]}\n", 14);
    } else {
        hand_over(daemon, document, webhook, &alerts, arena);
    }
}
