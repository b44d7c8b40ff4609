/* Answers on their way back: which request is meant, and that it is answered once. */
#include <event2/buffer.h>
#include <string.h>

#include "engine/base/log.h"
#include "soard/daemon.h"
#include "soard/front_part.h"

uint64_t front_slot_take(struct front_link *link, const struct front_message *message)
{
    bool document = message->kind == FRONT_DOCUMENT;

    if (message->bytes > FRONT_HELD_BYTES - link->held_bytes)
        return 0;
    for (size_t tried = 0; tried < FRONT_SLOTS; tried++) {
        uint64_t id = ++link->next_id;
        struct front_slot *slot = &link->slots[id % FRONT_SLOTS];

        if (slot->id)
            continue;
        *slot = (struct front_slot){
            .id = id, .theirs = message->id, .document = document, .bytes = message->bytes};
        link->held_bytes += message->bytes;
        link->unanswered++;
        link->documents += document;
        return id;
    }
    return 0;
}

void front_slots_clear(struct front_link *link)
{
    memset(link->slots, 0, sizeof link->slots);
    link->unanswered = 0;
    link->documents = 0;
    link->held_bytes = 0;
}

void front_send(struct front_link *link, const char *bytes, size_t len)
{
    if (!link->stream)
        return;
    bufferevent_write(link->stream, bytes, len);
    if (evbuffer_get_length(bufferevent_get_output(link->stream)) > FRONT_UNREAD_BYTES)
        front_breach(link, "it doesn't read what it is told");
}

static void reply(struct front_link *link, uint64_t id, struct front_reply *reply, const char *body)
{
    struct front_slot *slot = link && id ? &link->slots[id % FRONT_SLOTS] : NULL;
    BUF_SCOPED line = {0};

    if (!slot || slot->id != id)
        return;
    reply->id = slot->theirs;
    link->unanswered--;
    link->documents -= slot->document;
    link->held_bytes -= slot->bytes;
    *slot = (struct front_slot){0};
    front_wire_reply(&line, reply);
    buf_add(&line, body, reply->len);
    front_send(link, buf_string(&line), line.len);
}

void front_answer(struct front_link *link, uint64_t id, int status, const char *content, const char *body,
                  size_t len)
{
    front_answer_with(link, id, status, 0, NULL, content, body, len);
}

void front_answer_with(struct front_link *link, uint64_t id, int status, int retry_after_s, const char *allow,
                       const char *content, const char *body, size_t len)
{
    struct front_reply message = {
        .status = status, .content = content, .retry_after_s = retry_after_s, .allow = allow, .len = len};

    reply(link, id, &message, body);
}

void front_answer_document(struct front_link *link, uint64_t id, int status, bool repeated, const char *body,
                           size_t len)
{
    struct front_reply message = {.status = status,
                                  .content = status < 400 ? "application/json" : FRONT_PROBLEM_TYPE,
                                  .repeated = repeated,
                                  .len = len};

    reply(link, id, &message, body);
}

void front_problem(struct front_link *link, uint64_t id, int status, const char *detail)
{
    BUF_SCOPED body = {0};

    front_wire_problem(&body, status, detail);
    front_answer_with(link, id, status, status == 503 ? FRONT_RETRY_AFTER_S : 0, NULL, FRONT_PROBLEM_TYPE,
                      buf_string(&body), body.len);
}

void front_state(struct daemon *daemon)
{
    struct front_link *link = daemon->front;
    const char *why = link && link->stream ? daemon_not_ready(daemon) : NULL;
    BUF_SCOPED line = {0};

    if (!link || !link->stream || (link->told_once && link->told_accepting == !why))
        return;
    link->told_once = true;
    link->told_accepting = !why;
    if (why)
        log_warning("alerts are answered 503: %s", why);
    front_wire_state(&line, !why, why ? why : "");
    front_send(link, buf_string(&line), line.len);
}
