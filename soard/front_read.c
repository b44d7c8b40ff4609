/* What the front says: lines, some with a body behind them, some on its standard error. Nothing is taken
 * before it is whole, and of what comes at once only so much that others have their turn. */
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/world.h"
#include "soar/front.h"
#include "soard/api.h"
#include "soard/daemon.h"
#include "soard/document.h"
#include "soard/front_part.h"

enum { NOISE_BYTES = 4096, NOISE_LINES = 20 }; /* of one line; in one second */

static void on_ready(struct front_link *link, const struct front_message *message)
{
    const struct world *world = world_system();
    const char *colon = strrchr(message->address, ':');
    const char *bracket = strrchr(message->address, ']');
    size_t host = colon && (!bracket || colon > bracket) ? (size_t)(colon - message->address)
                                                         : strlen(message->address);

    link->ready = true;
    link->ready_at_ms = world->boot_ms(world->arg);
    link->failure[0] = '\0';
    evtimer_del(link->timer);
    snprintf(link->address, sizeof link->address, "%.*s:%d", (int)host, message->address, (int)message->port);
    log_info("webhooks are served at %s%s",
             link->daemon->now->site->listen->tls_cert ? "https://" : "http://", link->address);
}

static void on_failed(struct front_link *link, const struct front_message *message)
{
    link->ready = false;
    snprintf(link->failure, sizeof link->failure, "%s", message->why);
    log_error("no webhooks are served: %s", link->failure);
}

static void on_document(struct front_link *link, const struct front_message *message, const char *body)
{
    struct document document = {.id = front_slot_take(link, message),
                                .source = message->source,
                                .request = message->request,
                                .from = message->from,
                                .text = body,
                                .len = message->bytes};

    if (document.id)
        document_take(link->daemon, &document);
    else
        front_breach(link, "it sent more requests than may wait");
}

static void on_api(struct front_link *link, const struct front_message *message, const char *body)
{
    struct api_request request = {.id = front_slot_take(link, message),
                                  .method = message->method,
                                  .path = message->path,
                                  .query = message->query,
                                  .token = message->token,
                                  .from = message->from,
                                  .content = message->content,
                                  .body = body,
                                  .len = message->bytes};

    if (request.id)
        api_handle(link->daemon, &request);
    else
        front_breach(link, "it sent more requests than may wait");
}

static void on_count(struct front_link *link, const struct front_message *message)
{
    arena_free(link->counts_arena);
    link->counts_arena = arena_new();
    link->counts = value_copy(link->counts_arena, &message->whole);
}

/* message and body live until it returns, whatever becomes of the link. */
static void take(struct front_link *link, const struct front_message *message, const char *body)
{
    switch (message->kind) {
    case FRONT_READY:
        on_ready(link, message);
        break;
    case FRONT_FAILED:
        on_failed(link, message);
        break;
    case FRONT_DOCUMENT:
        on_document(link, message, body);
        break;
    case FRONT_API:
        on_api(link, message, body);
        break;
    case FRONT_COUNT:
        on_count(link, message);
        break;
    case FRONT_KIND_COUNT:
        break;
    }
}

/* The next line, if it is whole; false: not yet, or the front is gone by what it says. */
static bool read_line(struct front_link *link, struct evbuffer *input)
{
    size_t len = 0;
    struct soar_err err = {0};
    char *line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);

    if (!line && evbuffer_get_length(input) > FRONT_LINE_BYTES)
        front_breach(link, "it wrote a line that doesn't end");
    if (!line)
        return false;
    link->message_arena = arena_new();
    int answer = front_wire_read(link->message_arena, line, len, &link->message, &err);
    free(line);
    if (answer)
        front_breach(link, err.text);
    return answer == 0;
}

/* One message with its body, if both are there. */
static bool read_one(struct front_link *link)
{
    struct evbuffer *input = bufferevent_get_input(link->stream);

    if (!link->message_arena && !read_line(link, input))
        return false;
    if (evbuffer_get_length(input) < link->message.bytes)
        return false;
    ARENA_SCOPED arena = link->message_arena;
    struct front_message message = link->message;
    link->message_arena = NULL;
    char *body = arena_alloc(arena, message.bytes + 1);
    evbuffer_remove(input, body, message.bytes);
    take(link, &message, body);
    return link->stream != NULL;
}

void front_read(struct bufferevent *stream, void *arg)
{
    struct front_link *link = arg;

    for (int i = 0; i < FRONT_MESSAGES_AT_ONCE; i++)
        if (!read_one(link))
            return;
    bufferevent_trigger(stream, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

/* A front that was taken over can't fill the log, nor drown in it what others say. */
static bool may_tell(struct front_link *link)
{
    const struct world *world = world_system();
    int64_t now_s = world->boot_ms(world->arg) / 1000;

    if (now_s != link->noise_s) {
        if (link->noise_left_out)
            log_warning("front: %zu more lines of it were left out", link->noise_left_out);
        link->noise_s = now_s;
        link->noise_lines = 0;
        link->noise_left_out = 0;
    }
    if (link->noise_lines++ < NOISE_LINES)
        return true;
    link->noise_left_out++;
    return false;
}

static void tell_noise(struct front_link *link)
{
    static const char prefix[] = "soar: ";
    const char *line = buf_string(&link->noise_line);

    if (strncmp(line, prefix, strlen(prefix)) == 0)
        line += strlen(prefix);
    if (*line && may_tell(link))
        log_warning("front: %s", line);
    buf_clear(&link->noise_line);
}

void front_read_noise(evutil_socket_t fd, short what, void *arg)
{
    struct front_link *link = arg;
    char bytes[NOISE_BYTES];
    ssize_t got = read(fd, bytes, sizeof bytes);

    (void)what;
    if (got == 0) /* closed: nothing more will come */
        event_del(link->noise);
    for (ssize_t i = 0; i < got; i++)
        if (bytes[i] == '\n' || link->noise_line.len >= NOISE_BYTES)
            tell_noise(link);
        else
            buf_char(&link->noise_line, bytes[i]);
}
