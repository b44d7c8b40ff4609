/* The front's lines, which may be an attacker's once it was taken over: every field has its kind and its
 * length, and nothing of a line that breaks the contract is quoted. */
#include "soard/front_wire.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/json.h"
#include "soar/front.h"

enum { TEXT_MAX = 16 * 1024, SHORT_MAX = 256, DIGEST_LETTERS = 64, ADDRESS_LETTERS = 45 };

static int fail(struct soar_err *err, const char *what)
{
    return soar_err_set(err, SOAR_INVALID, "%s", what);
}

/* A text without NUL, at most so long; NULL: it isn't one. */
static const char *text(const struct value *line, const char *key, size_t max)
{
    const struct value *value = value_get(line, key);

    if (!value || value->kind != VALUE_STRING || value->len > max || strlen(value->text) != value->len)
        return NULL;
    return value->text;
}

/* It becomes part of who is on the record as having done something: an address, and never a name. */
static const char *address(const struct value *line, const char *key)
{
    const char *from = text(line, key, ADDRESS_LETTERS);

    return from && from[strspn(from, "0123456789abcdef.:")] == '\0' ? from : NULL;
}

static int read_request(const struct value *line, struct front_message *message, struct soar_err *err)
{
    const struct value *id = value_get(line, "id");
    int64_t bytes = value_get_int(line, "bytes", -1);

    if (!id || id->kind != VALUE_INT || id->integer < 0)
        return fail(err, "it sent a request without an id");
    if (bytes < 0 || bytes > FRONT_BODY_BYTES)
        return fail(err, "it sent a request with an impossible length");
    message->id = (uint64_t)id->integer;
    message->bytes = (size_t)bytes;
    message->from = address(line, "from");
    message->content = text(line, "content", SHORT_MAX);
    return message->from && message->content ? 0 : fail(err, "it sent a request without sender or type");
}

static int read_document(const struct value *line, struct front_message *message, struct soar_err *err)
{
    if (read_request(line, message, err))
        return -1;
    message->source = text(line, "source", SHORT_MAX);
    message->request = text(line, "request", DIGEST_LETTERS);
    message->sent_ms = value_get_int(line, "sent_ms", 0);
    if (!message->source || !message->request || strlen(message->request) != DIGEST_LETTERS ||
        strspn(message->request, "0123456789abcdef") != DIGEST_LETTERS)
        return fail(err, "it sent a document without source or digest");
    return 0;
}

static int read_api(const struct value *line, struct front_message *message, struct soar_err *err)
{
    if (read_request(line, message, err))
        return -1;
    message->method = text(line, "method", SHORT_MAX);
    message->path = text(line, "path", TEXT_MAX);
    message->query = text(line, "query", TEXT_MAX);
    message->token = text(line, "token", TEXT_MAX);
    return message->method && message->path && message->query && message->token
               ? 0
               : fail(err, "it sent a request of the API that lacks something");
}

static int read_ready(const struct value *line, struct front_message *message, struct soar_err *err)
{
    message->address = text(line, "address", SHORT_MAX);
    message->port = value_get_int(line, "port", 0);
    return message->address ? 0 : fail(err, "it is ready and doesn't say where");
}

static int read_failed(const struct value *line, struct front_message *message, struct soar_err *err)
{
    message->why = text(line, "why", TEXT_MAX);
    return message->why ? 0 : fail(err, "it failed and doesn't say why");
}

static int read_count(const struct value *line, struct front_message *message, struct soar_err *err)
{
    (void)err;
    message->whole = *line;
    return 0;
}

static const struct {
    const char *type;
    int (*read)(const struct value *line, struct front_message *message, struct soar_err *err);
} kinds[FRONT_KIND_COUNT] = {
    [FRONT_READY] = {"ready", read_ready},          [FRONT_FAILED] = {"failed", read_failed},
    [FRONT_DOCUMENT] = {"document", read_document}, [FRONT_API] = {"api", read_api},
    [FRONT_COUNT] = {"count", read_count},
};

int front_wire_read(struct arena *arena, const char *line, size_t len, struct front_message *ret_message,
                    struct soar_err *err)
{
    struct value tree;
    bool whole = len <= FRONT_LINE_BYTES && json_parse(arena, line, len, &tree, NULL) == 0;
    const char *type = whole ? text(&tree, "type", SHORT_MAX) : NULL;

    if (!type)
        return fail(err, "it wrote a line that is no message");
    for (int kind = 0; kind < FRONT_KIND_COUNT; kind++)
        if (strcmp(type, kinds[kind].type) == 0) {
            struct front_message message = {.kind = (enum front_kind)kind};

            if (kinds[kind].read(&tree, &message, err))
                return -1;
            *ret_message = message;
            return 0;
        }
    return fail(err, "it wrote a message of a type that it doesn't have");
}

static void put_text(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, ",\"%s\":", key);
    json_quote(out, value, strlen(value));
}

void front_wire_reply(struct buf *out, const struct front_reply *reply)
{
    buf_printf(out, "{\"type\":\"answer\",\"id\":%" PRIu64 ",\"status\":%d", reply->id, reply->status);
    if (reply->content)
        put_text(out, "content", reply->content);
    if (reply->retry_after_s > 0)
        buf_printf(out, ",\"retry_after\":%d", reply->retry_after_s);
    if (reply->allow)
        put_text(out, "allow", reply->allow);
    if (reply->repeated)
        buf_text(out, ",\"repeated\":true");
    buf_printf(out, ",\"bytes\":%zu}\n", reply->len);
}

void front_wire_state(struct buf *out, bool accepting, const char *why)
{
    const char *word = accepting ? "true" : "false";

    buf_printf(out, "{\"type\":\"state\",\"accepting\":%s,\"ready\":%s", word, word);
    put_text(out, "why", why);
    buf_text(out, "}\n");
}

static const char *title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "Bad Request"},       {401, "Unauthorized"},           {403, "Forbidden"},
        {404, "Not Found"},         {405, "Method Not Allowed"},     {409, "Conflict"},
        {413, "Content Too Large"}, {415, "Unsupported Media Type"}, {422, "Unprocessable Content"},
        {429, "Too Many Requests"}, {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

void front_wire_problem(struct buf *out, int status, const char *detail)
{
    buf_printf(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d", title(status), status);
    put_text(out, "detail", detail);
    buf_text(out, "}\n");
}
