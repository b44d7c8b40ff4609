/* Bytes of a service to what a pack sees of them.
 *
 * What a body is, its bytes say and not its type: services call JSON text/html. Everything is bounded so that
 * the answer fits one line of the protocol whatever was sent. A service was told our secrets and may say them
 * back: they are struck out of all that leaves here. */
#include "connectors/http/http_answer.h"

#include <string.h>

#include "connectors/http/http_spelled.h"
#include "connectors/worker/worker_text.h"
#include "connectors/worker/xml_tree.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

enum {
    TEXT_JSON_BYTES = LIMIT_LINE_BYTES * 3 / 8, /* of the line: text, */
    BODY_JSON_BYTES = LIMIT_LINE_BYTES * 4 / 8, /* tree; headers have the rest */
    SECRET_BYTES_MIN = 4,
    SECRET_LINE_BYTES = 16 /* a line of a private key that an error could quote */
};

static bool is_field(const char *line, size_t len, const char **ret_colon)
{
    *ret_colon = memchr(line, ':', len);
    if (*ret_colon == NULL || *ret_colon == line)
        return false;
    for (const char *at = line; at < *ret_colon; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
            return false;
    return true;
}

static struct value lower(struct arena *arena, const char *name, size_t len)
{
    char *copy = arena_copy(arena, name, len);
    for (size_t i = 0; i < len; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] + ('a' - 'A'));
    return value_string(arena, copy, len);
}

static void add_field(struct arena *arena, struct value_builder *map, const char *line, size_t len)
{
    const char *colon;
    uint64_t cut = 0;
    if (!is_field(line, len, &colon))
        return;
    struct value name = lower(arena, line, (size_t)(colon - line));
    const char *from = colon + 1, *to = line + len;
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
        to--;
    struct value text = worker_text(arena, from, (size_t)(to - from), TEXT_JSON_BYTES, &cut, NULL);
    if (value_is_string(&name, "set-cookie"))
        return;
    for (size_t i = 0; i < map->count; i++) {
        if (value_is_string(&map->keys[i], name.text)) {
            map->values[i] = value_text(arena, arena_printf(arena, "%s, %s", map->values[i].text, text.text));
            return;
        }
    }
    value_put(map, name, text);
}

struct value http_answer_headers(struct arena *arena, const char *lines, size_t len)
{
    struct value_builder map;
    value_build(&map, arena);
    for (size_t start = 0, end; start < len; start = end + 1) {
        const char *newline = memchr(lines + start, '\n', len - start);
        end = newline ? (size_t)(newline - lines) : len;
        add_field(arena, &map, lines + start, end - start);
    }
    return value_end_map(&map);
}

static bool too_deep(const struct value *value, unsigned left)
{
    size_t count = value_count(value);
    if (count == 0)
        return false;
    if (left == 0)
        return true;
    const struct value *items = value->kind == VALUE_LIST ? value->list->items : value->map->values;
    for (size_t i = 0; i < count; i++)
        if (too_deep(&items[i], left - 1))
            return true;
    return false;
}

static bool fits(const struct value *tree, size_t bytes)
{
    if (too_deep(tree, LIMIT_ANSWER_DEPTH))
        return false;
    if (bytes < BODY_JSON_BYTES / 16) /* no number grows so much */
        return true;
    BUF_SCOPED printed;
    buf_init(&printed, BODY_JSON_BYTES);
    json_print(&printed, tree);
    return !printed.failed;
}

static struct value as_tree(struct arena *arena, const struct value *headers, const char *bytes, size_t len)
{
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark, as .NET writes it */
        bytes += 3;
        len -= 3;
    }
    size_t lead = 0;
    while (lead < len && strchr(" \t\r\n", bytes[lead]) && bytes[lead])
        lead++;
    if (lead == len)
        return value_null();
    struct value tree = value_null();
    char first = bytes[lead];
    bool declared = strstr(value_get_string(headers, "content-type", ""), "json") != NULL;
    int rc = -1;
    if (first == '<')
        rc = xml_parse(arena, bytes + lead, len - lead, &tree, NULL);
    else if (first == '{' || first == '[' || declared)
        rc = json_parse(arena, bytes + lead, len - lead, &tree, NULL);
    return rc == 0 && fits(&tree, len) ? tree : value_null();
}

struct http_answer http_answer_make(struct arena *arena, int64_t status, const struct buf *head,
                                    const struct buf *body, uint64_t cut)
{
    struct http_answer answer = {.status = status, .cut = cut};
    answer.headers = http_answer_headers(arena, buf_string(head), head->len);
    answer.body = cut ? value_null() : as_tree(arena, &answer.headers, buf_string(body), body->len);
    answer.text = worker_text(arena, buf_string(body), body->len, TEXT_JSON_BYTES, &answer.cut, NULL);
    return answer;
}

void http_hide(struct arena *arena, struct http_hidden *hidden, const char *text)
{
    if (strlen(text) < SECRET_BYTES_MIN)
        return;
    hidden->texts = arena_grow(arena, hidden->texts, hidden->count, &hidden->size, sizeof *hidden->texts);
    hidden->texts[hidden->count++] = arena_string(arena, text);
}

/* A value that has lines (a private key) is hidden line by line, too. */
void http_hide_secrets(struct arena *arena, struct http_hidden *hidden, const struct value *secrets)
{
    if (secrets == NULL)
        return;
    if (secrets->kind == VALUE_STRING) {
        http_hide(arena, hidden, secrets->text);
        for (size_t start = 0, len; strpbrk(secrets->text, "\r\n") && start < secrets->len;
             start += len + 1) {
            len = strcspn(secrets->text + start, "\r\n");
            if (len >= SECRET_LINE_BYTES)
                http_hide(arena, hidden, arena_copy(arena, secrets->text + start, len));
        }
    }
    for (size_t i = 0; secrets->kind == VALUE_MAP && i < secrets->map->count; i++)
        http_hide_secrets(arena, hidden, &secrets->map->values[i]);
    for (size_t i = 0; secrets->kind == VALUE_LIST && i < secrets->list->count; i++)
        http_hide_secrets(arena, hidden, &secrets->list->items[i]);
}

/* NULL: nowhere; kind SPELLED_COUNT: as it is. */
static const char *find_secret(const char *from, size_t len, const char *secret, enum spelling_kind kind,
                               size_t *ret_len)
{
    if (kind != SPELLED_COUNT)
        return http_spelled(from, len, secret, kind, ret_len);
    *ret_len = strlen(secret);
    return memmem(from, len, secret, *ret_len);
}

static struct value strike_one(struct arena *arena, struct value text, const char *secret,
                               enum spelling_kind kind)
{
    BUF_SCOPED out;
    size_t len;
    const char *from = text.text, *end = text.text + text.len;
    buf_init(&out, 0);
    for (const char *at; (at = find_secret(from, (size_t)(end - from), secret, kind, &len)) != NULL;
         from = at + len) {
        buf_add(&out, from, (size_t)(at - from));
        buf_text(&out, "[secret]");
    }
    if (from == text.text)
        return text;
    buf_add(&out, from, (size_t)(end - from));
    return value_string(arena, buf_string(&out), out.len);
}

/* As it is, and as forms, JSON and HTML write it. */
static struct value strike_text(struct arena *arena, const struct http_hidden *hidden, struct value text)
{
    for (size_t i = 0; i < hidden->count; i++)
        for (int kind = SPELLED_COUNT; kind >= 0; kind--)
            text = strike_one(arena, text, hidden->texts[i], (enum spelling_kind)kind);
    return text;
}

struct value http_strike(struct arena *arena, const struct http_hidden *hidden, struct value value)
{
    struct value_builder builder;
    size_t count = value_count(&value);
    if (value.kind == VALUE_STRING)
        return strike_text(arena, hidden, value);
    if (count == 0 || hidden->count == 0)
        return value;
    value_build(&builder, arena);
    for (size_t i = 0; i < count; i++) {
        if (value.kind == VALUE_LIST)
            value_push(&builder, http_strike(arena, hidden, value.list->items[i]));
        else
            value_put(&builder, strike_text(arena, hidden, value.map->keys[i]),
                      http_strike(arena, hidden, value.map->values[i]));
    }
    return value.kind == VALUE_LIST ? value_end_list(&builder) : value_end_map(&builder);
}

struct value http_answer_value(struct arena *arena, const struct http_hidden *hidden,
                               const struct http_answer *answer, int64_t retry_after_ms)
{
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "status", value_int(answer->status));
    value_put_text(&map, "headers", http_strike(arena, hidden, answer->headers));
    value_put_text(&map, "text", http_strike(arena, hidden, answer->text));
    value_put_text(&map, "body", http_strike(arena, hidden, answer->body));
    value_put_text(&map, "cut", value_int((int64_t)answer->cut));
    if (retry_after_ms >= 0)
        value_put_text(&map, "retry_after_ms", value_int(retry_after_ms));
    return value_end_map(&map);
}
