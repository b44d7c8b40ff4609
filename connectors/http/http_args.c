/* A call's arguments as a request: path, query, headers, body.
 *
 * The engine's sinks have encoded what stands in path, query and form; here nothing is encoded again. Where a
 * secret or a generated password may stand, its place is filled in here and the text is hidden from then on.
 */
#include "connectors/http/http_service.h"

#include <string.h>
#include <strings.h>

#include "connectors/worker/generate.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

static bool one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (!strcasecmp(word, *words))
            return true;
    return false;
}

/* {"secret": NAME} or {"generated": {...}} → its text. 1: it was one; 0: it is none. */
static int placeholder(const struct http_request *request, const struct worker_call *call,
                       const struct value *value, const char **ret_text, struct soar_err *err)
{
    if (value->kind != VALUE_MAP || value->map->count != 1)
        return 0;
    const struct value *name = value_get(value, "secret"), *how = value_get(value, "generated");
    if (name && name->kind == VALUE_STRING)
        return auth_secret(call->secrets, name->text, ret_text, err) ? -1 : 1;
    if (how == NULL || how->kind != VALUE_MAP)
        return 0;
    int64_t length = value_get_int(how, "length", 0);
    const char *form = value_get_string(how, "form", "plain");
    if (length < GENERATED_LENGTH_MIN || length > GENERATED_LENGTH_MAX || strcmp(form, "plain") != 0)
        return soar_err_set(err, SOAR_INVALID, "generated: expected length: 16 to 128, form: plain");
    struct generated password;
    if (worker_generate((size_t)length, false, &password, err))
        return -1;
    *ret_text = arena_copy(request->arena, password.bytes, password.len);
    worker_generate_wipe(&password);
    return 1;
}

static int fill(struct http_request *request, const struct worker_call *call, const struct value *value,
                struct value *ret_value, struct soar_err *err)
{
    struct value_builder builder;
    const char *text;
    size_t count = value_count(value);
    int found = placeholder(request, call, value, &text, err);
    if (found < 0)
        return -1;
    if (found) {
        http_request_hide(request, text);
        *ret_value = value_text(request->arena, text);
        return 0;
    }
    if (count == 0) {
        *ret_value = *value;
        return 0;
    }
    value_build(&builder, request->arena);
    for (size_t i = 0; i < count; i++) {
        struct value item;
        bool list = value->kind == VALUE_LIST;
        if (fill(request, call, list ? &value->list->items[i] : &value->map->values[i], &item, err))
            return -1;
        if (list)
            value_push(&builder, item);
        else
            value_put(&builder, value->map->keys[i], item);
    }
    *ret_value = value->kind == VALUE_LIST ? value_end_list(&builder) : value_end_map(&builder);
    return 0;
}

/* An argument that is a map of names to texts; *ret_map NULL: it isn't there. */
static int named(const struct worker_call *call, const char *arg, const struct value_map **ret_map,
                 struct soar_err *err)
{
    const struct value *value = value_get(call->args, arg);
    *ret_map = NULL;
    if (value == NULL || value->kind == VALUE_NULL)
        return 0;
    if (value->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "%s is not a map", arg);
    *ret_map = value->map;
    return 0;
}

/* Query or form: names and values are encoded; a secret's place is not. */
static int join(struct http_request *request, const struct worker_call *call, const char *arg,
                bool *ret_there, const char **ret_text, struct soar_err *err)
{
    const struct value_map *map;
    if (named(call, arg, &map, err))
        return -1;
    *ret_there = map != NULL;
    BUF_SCOPED out;
    buf_init(&out, LIMIT_LINE_BYTES);
    for (size_t i = 0; map && i < map->count; i++) {
        const char *text;
        int found = placeholder(request, call, &map->values[i], &text, err);
        if (found < 0)
            return -1;
        if (!found && map->values[i].kind != VALUE_STRING)
            return soar_err_set(err, SOAR_INVALID, "%s: %s is not a text", arg, map->keys[i].text);
        if (i > 0)
            buf_char(&out, '&');
        if (strpbrk(map->keys[i].text, "=&"))
            return soar_err_set(err, SOAR_INVALID, "%s: a name is not percent-encoded", arg);
        buf_text(&out, map->keys[i].text);
        buf_char(&out, '=');
        if (found) {
            http_request_hide(request, text);
            http_percent(&out, text, strlen(text));
        } else {
            buf_text(&out, map->values[i].text);
        }
    }
    *ret_text = arena_copy(request->arena, buf_string(&out), out.len);
    if (out.len > 0)
        explicit_bzero(out.data, out.len);
    return 0;
}

static int add_query(struct http_request *request, const struct worker_call *call, struct soar_err *err)
{
    bool there;
    if (join(request, call, "query", &there, &request->query, err))
        return -1;
    for (const char *at = request->query; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f || *at == '#')
            return soar_err_set(err, SOAR_INVALID, "query: a value is not percent-encoded");
    return 0;
}

/* What says where a message ends, or who we are, is not for a pack to say. */
bool http_header_reserved(const char *name)
{
    static const char *const reserved[] = {
        "host",   "content-length", "transfer-encoding", "connection",     "keep-alive",
        "te",     "trailer",        "upgrade",           "expect",         "proxy-authorization",
        "cookie", "authorization",  "proxy-connection",  "http2-settings", "accept-encoding",
        NULL};
    return one_of(name, reserved);
}

static int add_headers(struct http_request *request, const struct worker_call *call, struct soar_err *err)
{
    const struct value_map *map;
    if (named(call, "headers", &map, err))
        return -1;
    for (size_t i = 0; map && i < map->count; i++) {
        const char *text;
        int found = placeholder(request, call, &map->values[i], &text, err);
        if (found < 0)
            return -1;
        if (http_header_reserved(map->keys[i].text))
            return soar_err_set(err, SOAR_INVALID, "headers: %s is not for a pack to set", map->keys[i].text);
        if (!found &&
            (map->values[i].kind != VALUE_STRING || strlen(map->values[i].text) != map->values[i].len))
            return soar_err_set(err, SOAR_INVALID, "headers: %s is not a text", map->keys[i].text);
        if (found)
            http_request_hide(request, text);
        if (http_request_header(request, map->keys[i].text, found ? text : map->values[i].text, err))
            return -1;
    }
    return 0;
}

static const struct value *argument(const struct worker_call *call, const char *name)
{
    const struct value *value = value_get(call->args, name);
    return value && value->kind == VALUE_NULL ? NULL : value;
}

static int add_json(struct http_request *request, const struct worker_call *call, const struct value *given,
                    struct soar_err *err)
{
    struct value filled;
    if (fill(request, call, given, &filled, err))
        return -1;
    BUF_SCOPED out;
    buf_init(&out, LIMIT_LINE_BYTES);
    json_print(&out, &filled);
    if (out.failed)
        return soar_err_set(err, SOAR_INVALID, "json: longer than %d bytes", LIMIT_LINE_BYTES);
    http_request_body(request, "application/json", out.data, out.len);
    explicit_bzero(out.data, out.len);
    return 0;
}

static int add_body(struct http_request *request, const struct worker_call *call, struct soar_err *err)
{
    const struct value *json = argument(call, "json"), *xml = argument(call, "xml");
    bool form_there;
    const char *form;
    if (join(request, call, "form", &form_there, &form, err))
        return -1;
    if ((json != NULL) + (xml != NULL) + form_there > 1)
        return soar_err_set(err, SOAR_INVALID, "one body: json, form or xml");
    if (xml && xml->kind != VALUE_STRING)
        return soar_err_set(err, SOAR_INVALID, "xml is not a text");
    if (json && add_json(request, call, json, err))
        return -1;
    if (form_there)
        http_request_body(request, "application/x-www-form-urlencoded", form, strlen(form));
    if (xml)
        http_request_body(request, "application/xml", xml->text, xml->len);
    if (request->body && !strcmp(request->method, "GET"))
        return soar_err_set(err, SOAR_INVALID,
                            "a GET has no body: `method: POST` for a service that is asked so");
    return 0;
}

static int add_constant(const struct http_service *service, struct http_request *request,
                        struct soar_err *err)
{
    const struct value *headers = &service->headers;
    for (size_t i = 0; headers->kind == VALUE_MAP && i < headers->map->count; i++)
        if (http_request_header(request, headers->map->keys[i].text, headers->map->values[i].text, err))
            return -1;
    return 0;
}

int http_args(const struct http_service *service, struct worker_call *call, int64_t wall_ms,
              struct http_request *ret_request, struct soar_err *err)
{
    static const char *const reads[] = {"GET", "POST", NULL}, *const writes[] = {"POST", "PUT", "PATCH",
                                                                                 "DELETE", NULL};
    bool read = call->function->class == FUNCTION_READ;
    const char *method = value_get_string(call->args, "method", read ? "GET" : "");
    struct http_request made = {.arena = call->arena, .wall_ms = wall_ms};
    made.method = arena_string(call->arena, method);
    bool known = false;
    for (const char *const *word = read ? reads : writes; *word; word++)
        known = known || !strcmp(method, *word);
    if (!known)
        return soar_err_set(err, SOAR_INVALID, "%s does not do this method", call->function->name);
    if (http_request_url(&made, service->url, err) ||
        http_request_path(&made, value_get_string(call->args, "path", ""), err) ||
        add_query(&made, call, err) || add_constant(service, &made, err) || add_headers(&made, call, err) ||
        add_body(&made, call, err))
        return -1;
    *ret_request = made;
    return 0;
}
