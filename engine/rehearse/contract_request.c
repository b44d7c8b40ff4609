/* One request held against one operation: method, path as it was sent, query, headers, body. The first
 * difference is told. */
#include <string.h>
#include <strings.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/rehearse/contract.h"
#include "engine/rehearse/contract_match.h"

/* A client sends these by itself; a contract may still name them. */
static const char *const usual_headers[] = {"host",           "accept",     "user-agent",      "content-type",
                                            "content-length", "connection", "accept-encoding", NULL};

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* -1: a percent sign without two digits, or what is no text. */
static int decode(struct arena *arena, const char *text, size_t len, bool plus, struct value *ret_value)
{
    char *out = arena_alloc(arena, len + 1);
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] != '%') {
            out[used++] = (char)(plus && text[i] == '+' ? ' ' : text[i]);
            continue;
        }
        if (len - i < 3 || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0)
            return -1;
        out[used++] = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
        i += 2;
    }
    if (!text_is_utf8(out, used) || memchr(out, '\0', used))
        return -1;
    *ret_value = value_string(arena, out, used);
    return 0;
}

static const struct value *so_far(const struct value_builder *map, const struct value *key)
{
    for (size_t i = 0; i < map->count; i++)
        if (value_equal(&map->keys[i], key))
            return &map->values[i];
    return NULL;
}

static void put_pair(struct value_builder *map, struct value key, struct value item)
{
    const struct value *before = so_far(map, &key);
    struct value_builder list;

    if (!before) {
        value_put(map, key, item);
        return;
    }
    value_build(&list, map->arena);
    for (size_t i = 0; before->kind == VALUE_LIST && i < value_count(before); i++)
        value_push(&list, *value_at(before, i));
    if (before->kind != VALUE_LIST)
        value_push(&list, *before);
    value_push(&list, item);
    value_put(map, key, value_end_list(&list));
}

/* "a=b&c=d" as a map; a name that stands twice has a list. -1: it is none. */
static int pairs(struct arena *arena, const char *text, size_t len, struct value *ret_map)
{
    struct value_builder map;
    const char *end = text + len;

    value_build(&map, arena);
    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        const char *equals;
        struct value key;
        struct value item;

        stop = stop ? stop : end;
        equals = memchr(text, '=', (size_t)(stop - text));
        if (!equals || decode(arena, text, (size_t)(equals - text), true, &key) ||
            decode(arena, equals + 1, (size_t)(stop - equals - 1), true, &item))
            return -1;
        put_pair(&map, key, item);
        text = stop + 1;
    }
    *ret_map = value_end_map(&map);
    return 0;
}

static bool is_path(const struct contract_operation *operation, const struct contract_request *request)
{
    const char *at = request->target;
    size_t len = strcspn(at, "?");
    const char *end = at + len;

    for (size_t i = 0; i < operation->segment_count; i++) {
        const char *stop;

        if (at == end || *at++ != '/')
            return false;
        stop = memchr(at, '/', (size_t)(end - at));
        stop = stop ? stop : end;
        if (!operation->segments[i] ? stop == at
                                    : strlen(operation->segments[i]) != (size_t)(stop - at) ||
                                          memcmp(operation->segments[i], at, (size_t)(stop - at)) != 0)
            return false;
        at = stop;
    }
    return at == end;
}

bool contract_asked(const struct contract_operation *operation, const struct contract_request *request)
{
    return strcmp(operation->method, request->method) == 0 && is_path(operation, request);
}

const struct contract_operation *contract_meant(const struct contract *contract,
                                                const struct contract_request *request)
{
    for (size_t i = 0; i < contract->operation_count; i++)
        if (contract_asked(&contract->operations[i], request))
            return &contract->operations[i];
    return NULL;
}

void contract_request_print(const struct contract_request *request, struct buf *out)
{
    text_visible(out, request->method, strlen(request->method));
    buf_char(out, ' ');
    text_visible(out, request->target, strlen(request->target));
}

/* The named segments, decoded; the path fits already. */
static bool segments_fit(const struct contract_operation *operation, const struct match *match,
                         const struct contract_request *request, struct arena *arena, struct buf *why)
{
    struct value_builder map;
    const char *at = request->target;

    value_build(&map, arena);
    for (size_t i = 0; i < operation->segment_count; i++) {
        size_t len = strcspn(++at, "/?");
        struct value value;

        if (operation->names[i]) {
            if (decode(arena, at, len, false, &value)) {
                buf_printf(why, "path.%s: it is no text, percent-encoded", operation->names[i]);
                return false;
            }
            value_put_text(&map, operation->names[i], value);
        }
        at += len;
    }
    struct value named = value_end_map(&map);

    return !match || match_fits(match, &named, "path", why);
}

static bool query_fits(const struct match *match, const struct contract_request *request, struct arena *arena,
                       struct buf *why)
{
    const char *query = strchr(request->target, '?');
    struct value map;

    if (pairs(arena, query ? query + 1 : "", query ? strlen(query + 1) : 0, &map)) {
        buf_printf(why, "query: it is no list of name=value, percent-encoded: %s", query + 1);
        return false;
    }
    if (!match && query) {
        buf_printf(why, "query: expected none, found ?");
        text_visible(why, query + 1, strlen(query + 1));
        return false;
    }
    return !match || match_fits(match, &map, "query", why);
}

static bool is_usual(const char *name)
{
    for (size_t i = 0; usual_headers[i]; i++)
        if (strcasecmp(name, usual_headers[i]) == 0)
            return true;
    return false;
}

static const char *header(const struct contract_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].text;
    return NULL;
}

static bool headers_fit(const struct match *match, const struct contract_request *request,
                        struct arena *arena, struct buf *why)
{
    struct value_builder map;

    value_build(&map, arena);
    for (size_t i = 0; i < request->header_count; i++) {
        const struct contract_header *one = &request->headers[i];

        if (match_has(match, one->name) || !is_usual(one->name))
            put_pair(&map, value_text(arena, one->name), value_text(arena, one->text));
    }
    struct value all = value_end_map(&map);

    if (match)
        return match_fits(match, &all, "headers", why);
    if (value_count(&all) == 0)
        return true;
    buf_text(why, "headers.");
    text_visible(why, all.map->keys[0].text, all.map->keys[0].len);
    buf_text(why, ": it is not in the contract");
    return false;
}

static bool ends_with(const char *text, size_t len, const char *end)
{
    size_t size = strlen(end);

    return len >= size && strncasecmp(text + len - size, end, size) == 0;
}

static bool is_type(enum contract_body kind, const char *type)
{
    size_t len = strcspn(type, "; \t");

    switch (kind) {
    case BODY_JSON:
        return (len == 16 && ends_with(type, len, "application/json")) || ends_with(type, len, "+json");
    case BODY_FORM:
        return len == 33 && ends_with(type, len, "application/x-www-form-urlencoded");
    case BODY_XML:
        return (len == 15 && ends_with(type, len, "application/xml")) ||
               (len == 8 && ends_with(type, len, "text/xml")) || ends_with(type, len, "+xml");
    case BODY_NONE:
    case BODY_TEXT:
    case BODY_COUNT:
        break;
    }
    return true;
}

static bool type_fits(const struct contract_operation *operation, const struct contract_request *request,
                      struct buf *why)
{
    static const char *const expected[BODY_COUNT] = {[BODY_JSON] = "application/json",
                                                     [BODY_FORM] = "application/x-www-form-urlencoded",
                                                     [BODY_XML] = "application/xml"};
    const char *type = header(request, "content-type");

    if (match_has(operation->parts.headers, "content-type") ||
        is_type(operation->parts.kind, type ? type : ""))
        return true;
    buf_printf(why, "headers.content-type: expected %s, found ", expected[operation->parts.kind]);
    text_visible(why, type ? type : "nothing", strlen(type ? type : "nothing"));
    return false;
}

static bool json_fits(const struct match *match, const struct contract_request *request, struct arena *arena,
                      struct buf *why)
{
    struct soar_err err = {0};
    struct value body;

    if (json_parse(arena, request->body, request->len, &body, &err) == 0)
        return match_fits(match, &body, "json", why);
    buf_printf(why, "json: the body is none: %s", err.text);
    return false;
}

static bool form_fits(const struct match *match, const struct contract_request *request, struct arena *arena,
                      struct buf *why)
{
    struct value body;

    if (pairs(arena, request->body, request->len, &body) == 0)
        return match_fits(match, &body, "form", why);
    buf_text(why, "form: the body is no list of name=value, percent-encoded");
    return false;
}

static bool body_fits(enum contract_body kind, const struct match *match,
                      const struct contract_request *request, struct arena *arena, struct buf *why)
{
    struct value text;

    switch (kind) {
    case BODY_JSON:
        return json_fits(match, request, arena, why);
    case BODY_FORM:
        return form_fits(match, request, arena, why);
    case BODY_XML:
        if (request->xml)
            return match_fits(match, request->xml, "xml", why);
        buf_text(why, "xml: the body is none");
        return false;
    case BODY_TEXT:
        text = value_string(arena, request->body, request->len);
        return match_fits(match, &text, "text", why);
    case BODY_NONE:
        if (request->len == 0)
            return true;
        buf_printf(why, "body: expected none, found %zu bytes", request->len);
        return false;
    case BODY_COUNT:
        break;
    }
    return false;
}

static bool where_fits(const struct contract_operation *operation, const struct contract_parts *where,
                       const struct contract_request *request, struct arena *arena, struct buf *why)
{
    return (!where->query || query_fits(where->query, request, arena, why)) &&
           (!where->headers || headers_fit(where->headers, request, arena, why)) &&
           (!where->segments || segments_fit(operation, where->segments, request, arena, why)) &&
           (where->kind == BODY_NONE || body_fits(where->kind, where->body, request, arena, why));
}

bool contract_fits(const struct contract_operation *operation, const struct contract_parts *where,
                   const struct contract_request *request, struct arena *arena, struct buf *why)
{
    const struct contract_parts *parts = &operation->parts;

    if (!contract_asked(operation, request)) {
        buf_printf(why, "expected %s %s, found ", operation->method, operation->path);
        contract_request_print(request, why);
        return false;
    }
    return segments_fit(operation, parts->segments, request, arena, why) &&
           query_fits(parts->query, request, arena, why) &&
           headers_fit(parts->headers, request, arena, why) &&
           (parts->kind == BODY_NONE || type_fits(operation, request, why)) &&
           body_fits(parts->kind, parts->body, request, arena, why) &&
           (!where || where_fits(operation, where, request, arena, why));
}
