/* Handing over to soard: one line that says what it is, and the body as it came. From here on the request
 * waits for one answer, and the window for the engine. A person's token passes through unread. */
#include <inttypes.h>
#include <string.h>

#include "engine/base/json.h"
#include "soard/front/conn.h"

enum {
    LINE_ROOM = 512, /* what every line says; an API's request adds its texts, each byte escaped at worst */
    LINE_MAX_BYTES = 64 * 1024 /* twice that is more than all of it */
};

static void write_text(struct buf *line, const char *name, const char *text)
{
    buf_printf(line, ",\"%s\":", name);
    json_quote(line, text, strlen(text));
}

static void write_begin(struct buf *line, const char *type, int64_t id, size_t room)
{
    buf_init(line, (size_t)2 * LINE_MAX_BYTES);
    buf_reserve(line, room);
    buf_printf(line, "{\"type\":\"%s\",\"id\":%" PRId64, type, id);
}

static void hand_over(struct conn *conn, struct buf *line)
{
    struct exchange *exchange = conn->exchange;
    char from[FROM_TEXT];
    from_text(&exchange->from, from);
    write_text(line, "from", from);
    buf_printf(line, ",\"bytes\":%zu}\n", exchange->body.len);
    link_send(&conn->server->link, line, &exchange->body);
}

void handover_document(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    const struct buf *body = &exchange->body;
    char request[DIGEST_HEX];
    webhook_auth_request(exchange->hook, &exchange->claim, body->data, body->len, request);
    int64_t id = pending_add(&conn->server->pending, conn, body->len, false);
    conn_await_engine(conn, id);
    struct buf line;
    write_begin(&line, "document", id, LINE_ROOM);
    write_text(&line, "source", exchange->hook->name);
    buf_printf(&line, ",\"request\":\"%s\",\"sent_ms\":%" PRId64 ",\"content\":\"%s\"", request,
               exchange->claim.sent_ms, exchange->lines ? "ndjson" : "json");
    hand_over(conn, &line);
}

void handover_api(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    const struct http *http = exchange->http;
    const char *token = webhook_auth_token(http);
    int64_t id = pending_add(&conn->server->pending, conn, exchange->body.len, true);
    conn_await_engine(conn, id);
    struct buf line;
    write_begin(&line, "api", id, LINE_ROOM + 6 * http->head.len);
    write_text(&line, "method", http->method);
    write_text(&line, "path", http->path);
    write_text(&line, "query", http->query);
    write_text(&line, "token", token != NULL ? token : "");
    write_text(&line, "content", exchange->body.len == 0 ? "" : exchange->lines ? "ndjson" : "json");
    hand_over(conn, &line);
}
