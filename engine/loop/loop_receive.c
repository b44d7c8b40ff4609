/* Alerts in: the receipt of each, the verdict on it and the runs it starts are one batch; the sender hears of
 * it when that is durable.
 *
 * A request that was heard before is answered with the verdicts of then, also while those are on their way to
 * the disk. A request's events never fill more than one batch, so that no crash can leave half of it. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/loop/loop_parts.h"
#include "engine/trigger/trigger.h"

struct answering { /* whoever sent it, until it is durable */
    struct arena *arena;
    struct value verdicts;
    bool repeated;
    void (*done)(void *arg, const struct value *verdicts, bool repeated, const struct soar_err *err);
    void *arg;
};

static void answer_now(void *arg, const struct soar_err *err)
{
    struct answering *answering = arg;
    struct arena *arena = answering->arena;

    answering->done(answering->arg, &answering->verdicts, answering->repeated, err);
    arena_free(arena);
}

static void answer(struct loop *loop, const struct loop_intake *intake, const struct value *verdicts,
                   bool repeated)
{
    struct arena *arena = arena_new();
    struct answering *answering = arena_alloc(arena, sizeof *answering);

    *answering = (struct answering){.arena = arena,
                                    .verdicts = value_copy(arena, verdicts),
                                    .repeated = repeated,
                                    .done = intake->done,
                                    .arg = intake->arg};
    loop_when_durable(loop, answer_now, answering);
}

/* ---- who was heard when
 * --------------------------------------------------------------------------------------- */

struct heard_source {
    const char *name;
    int64_t at_ms;
    struct heard_source *next;
};

static void note_source(struct loop *loop, const char *name)
{
    struct heard_source *source = loop->sources;

    while (source && strcmp(source->name, name) != 0)
        source = source->next;
    if (!source) {
        source = arena_alloc(loop->arena, sizeof *source);
        *source = (struct heard_source){.name = arena_string(loop->arena, name), .next = loop->sources};
        loop->sources = source;
    }
    source->at_ms = loop->counts.last_alert_ms = loop_now(loop);
}

int64_t loop_source_seen_ms(const struct loop *loop, const char *name)
{
    for (const struct heard_source *source = loop->sources; source; source = source->next)
        if (strcmp(source->name, name) == 0)
            return source->at_ms;
    return 0;
}

/* ---- one alert
 * ------------------------------------------------------------------------------------------------ */

struct receiving {
    struct loop *loop;
    const struct loop_intake *intake;
    struct arena *scratch;
    const struct trigger_answer *answers; /* of this item, side by side with the playbooks */
    const struct loop_item *item;
    const char *id;
    struct value_builder starts;
    struct value_builder passed; /* playbooks that it does not start, and why */
    struct starting *starting;
    size_t starting_count;
};

static int severity_of(const struct value *alert)
{
    static const char *const words[] = {"", "informational", "low", "medium", "high", "critical"};
    const char *said = alert ? value_get_string(alert, "severity", "") : "";

    for (int rank = 1; rank < (int)(sizeof words / sizeof *words); rank++)
        if (strcmp(words[rank], said) == 0)
            return rank;
    return 0;
}

/* As it was received; what is no text is written so that it is one. */
static const char *keep_body(struct receiving *receiving)
{
    const struct loop_item *item = receiving->item;
    struct arena *arena = batch_arena(receiving->loop);
    bool is_text = !memchr(item->body, '\0', item->len) && text_is_utf8(item->body, item->len);
    BUF_SCOPED shown = {0};
    const char *body;

    if (!is_text)
        text_visible(&shown, item->body, item->len);
    body = is_text ? arena_copy(arena, item->body, item->len) : arena_string(arena, buf_string(&shown));
    char *digest = arena_alloc(arena, DIGEST_HEX);

    digest_sha256_hex(body, strlen(body), digest);
    batch_alert(receiving->loop,
                &(struct soar_alert){.id = receiving->id,
                                     .received_at_ms = loop_now(receiving->loop),
                                     .source = arena_string(arena, receiving->intake->source),
                                     .digest = digest,
                                     .body = body});
    return digest;
}

static void say_not(struct receiving *receiving, const struct playbook *playbook, const char *why,
                    const char *duplicate_of)
{
    struct arena *arena = batch_arena(receiving->loop);
    struct value_builder one;

    value_build(&one, arena);
    value_put_text(&one, "playbook", value_text(arena, playbook->name));
    value_put_text(&one, "why", value_text(arena, why));
    if (duplicate_of)
        value_put_text(&one, "duplicate_of", value_text(arena, duplicate_of));
    value_push(&receiving->passed, value_end_map(&one));
}

static void say_starts(struct receiving *receiving, const struct playbook *playbook,
                       const struct trigger_answer *matched, const char *run)
{
    struct arena *arena = batch_arena(receiving->loop);
    struct value_builder one;

    value_build(&one, arena);
    value_put_text(&one, "playbook", value_text(arena, playbook->name));
    value_put_text(&one, "run", value_static(run));
    value_put_text(&one, "severity", value_int(matched->severity));
    if (*matched->dedup) {
        value_put_text(&one, "dedup", value_text(arena, matched->dedup));
        value_put_text(&one, "until", value_int(loop_now(receiving->loop) + matched->dedup_ms));
    } else if (*matched->dedup_why) {
        value_put_text(&one, "dedup_why", value_text(arena, matched->dedup_why));
    }
    value_push(&receiving->starts, value_end_map(&one));
}

static void offer(struct receiving *receiving, const struct playbook *playbook,
                  const struct trigger_answer *matched)
{
    struct loop *loop = receiving->loop;
    const struct loop_intake *intake = receiving->intake;
    struct arena *arena = batch_arena(loop);
    struct loop_request *request = arena_alloc(receiving->scratch, sizeof *request);
    struct starting *starting = &receiving->starting[receiving->starting_count];
    const char *taken_by = NULL;
    struct soar_err err = {0};

    if (!matched->starts) {
        say_not(receiving, playbook, matched->why, NULL);
        return;
    }
    if (*matched->dedup)
        taken_by = ledger_duplicate(loop->ledger, intake->source, playbook->name, matched->dedup,
                                    matched->severity, loop_now(loop));
    if (taken_by) {
        say_not(receiving, playbook, arena_printf(arena, "a duplicate: %s was started for it", taken_by),
                taken_by);
        loop->counts.duplicates++;
        return;
    }
    *request = (struct loop_request){.playbook = playbook,
                                     .alert = receiving->item->alert,
                                     .by = arena_printf(arena, "webhook %s", intake->source)};
    *starting = (struct starting){.request = request,
                                  .id = loop_new_id(loop, 'R', arena),
                                  .alert_id = receiving->id,
                                  .source = intake->source,
                                  .from = intake->from};
    if (starting_make(loop, starting, &err)) {
        say_not(receiving, playbook, err.text, NULL);
        return;
    }
    receiving->starting_count++;
    say_starts(receiving, playbook, matched, starting->id);
}

static struct value verdict(struct receiving *receiving, const char *digest, size_t part)
{
    const struct loop_intake *intake = receiving->intake;
    struct arena *arena = batch_arena(receiving->loop);
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "alert", value_static(receiving->id));
    value_put_text(&body, "source", value_text(arena, intake->source));
    value_put_text(&body, "from", value_text(arena, intake->from ? intake->from : ""));
    value_put_text(&body, "digest", value_static(digest));
    if (*intake->request) {
        value_put_text(&body, "request", value_text(arena, intake->request));
        value_put_text(&body, "repeat_until", value_int(loop_now(receiving->loop) + intake->repeat_ms));
    }
    value_put_text(&body, "of", value_int((int64_t)intake->item_count));
    value_put_text(&body, "part", value_int((int64_t)part));
    value_put_text(&body, "severity", value_int(severity_of(receiving->item->alert)));
    if (!receiving->item->alert)
        value_put_text(&body, "refused", value_text(arena, receiving->item->refused));
    value_put_text(&body, "starts", value_end_list(&receiving->starts));
    value_put_text(&body, "not", value_end_list(&receiving->passed));
    return value_end_map(&body);
}

/* Its key is taken by its event, before the next item of the request is looked at. */
static struct value take(struct loop *loop, const struct loop_intake *intake,
                         const struct trigger_answer *answers, size_t part)
{
    ARENA_SCOPED scratch = arena_new();
    struct receiving receiving = {
        .loop = loop,
        .intake = intake,
        .scratch = scratch,
        .item = &intake->items[part],
        .id = loop_new_id(loop, 'A', batch_arena(loop)),
        .starting = arena_array(scratch, intake->playbook_count + 1, sizeof(struct starting)),
    };
    struct effect received = {.kind = EFFECT_EVENT, .event = EVENT_ALERT_RECEIVED};
    const char *digest = keep_body(&receiving);

    value_build(&receiving.starts, batch_arena(loop));
    value_build(&receiving.passed, batch_arena(loop));
    for (size_t i = 0; receiving.item->alert && i < intake->playbook_count; i++)
        offer(&receiving, intake->playbooks[i], &answers[i]);
    received.body = verdict(&receiving, digest, part);
    loop_emit(loop, NULL, &received);
    for (size_t i = 0; i < receiving.starting_count; i++)
        starting_begin(loop, &receiving.starting[i]);
    loop->counts.alerts++;
    loop->counts.refused += !receiving.item->alert;
    return received.body;
}

/* ---- a request
 * ------------------------------------------------------------------------------------------------ */

/* Which playbook each alert would start, as if it were alone; returns how many runs that would be. */
static size_t match_all(struct loop *loop, const struct loop_intake *intake, struct arena *arena,
                        struct trigger_answer *answers)
{
    size_t starts = 0;

    for (size_t i = 0; i < intake->item_count; i++)
        for (size_t p = 0; intake->items[i].alert && p < intake->playbook_count; p++) {
            struct trigger_answer *one = &answers[i * intake->playbook_count + p];

            trigger_match(intake->playbooks[p], loop->config.site, intake->webhook, intake->items[i].alert,
                          arena, one);
            starts += one->starts;
        }
    return starts;
}

static int may_receive(const struct loop *loop, struct soar_err *err)
{
    if (loop->failed || loop_stalled(loop))
        return soar_err_set(err, SOAR_TRANSIENT, "the journal can't be written now: no alert is taken");
    return loop->ending ? soar_err_set(err, SOAR_TRANSIENT, "the engine is about to end: no alert is taken")
                        : 0;
}

int loop_receive(struct loop *loop, const struct loop_intake *intake, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *heard;
    struct trigger_answer *answers;
    struct value_builder verdicts;

    if (may_receive(loop, err))
        return -1;
    note_source(loop, intake->source);
    heard =
        *intake->request ? ledger_heard(loop->ledger, intake->source, intake->request, loop_now(loop)) : NULL;
    if (heard) {
        loop->counts.repeats++;
        answer(loop, intake, heard, true);
        return 0;
    }
    answers = arena_array(arena, intake->item_count * intake->playbook_count + 1, sizeof *answers);
    size_t events = intake->item_count + match_all(loop, intake, arena, answers);

    if (intake->item_count > LIMIT_ALERTS || events > LIMIT_BATCH_EVENTS)
        return soar_err_set(
            err, SOAR_INVALID,
            "%zu alerts that would start %zu runs are more than one request may bring (%d, and %d "
            "with their runs): send fewer at once",
            intake->item_count, events - intake->item_count, LIMIT_ALERTS, LIMIT_BATCH_EVENTS);
    batch_reserve(loop, events);
    value_build(&verdicts, arena);
    for (size_t i = 0; i < intake->item_count; i++) {
        struct value body = take(loop, intake, answers + i * intake->playbook_count, i);

        value_push(&verdicts, body);
    }
    struct value list = value_end_list(&verdicts);

    answer(loop, intake, &list, false);
    return 0;
}
