/* The table of routes, and the way from a request's text to a verb's request. Names are the verbs' own with
 * '_' for '-'; three are called otherwise here. */
#include "soard/api_routes.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"

/* A person's answer to any question: which verb it is depends on the question. */
static const struct verb_param answer_params[] = {
    {"ask", PARAM_PLACE, "ASK", true, "the question, as /waiting shows it"},
    {"answer", PARAM_TEXT, "ANSWER", true,
     "yes or no to a hold or an end; done, again or not to a call in doubt"},
    {"digest", PARAM_TEXT, "DIGEST", false, "of what was looked at: nothing is done if it has changed"},
    {"reason", PARAM_TEXT, "TEXT", false, "why, for the record"},
    {NULL, PARAM_KIND_COUNT, NULL, false, NULL},
};

const struct api_route api_routes[] = {
    {"GET", "/status", "status", NULL, NULL, "", NULL, "Status", 200, 500},
    {"GET", "/runs", "runs", NULL, NULL, "", NULL, "Runs", 200, 422},
    {"POST", "/runs", "run", "begins a run of a loaded playbook; it goes on by itself", NULL,
     "dry-run no-wait no-ends", NULL, "Run", 201, 422},
    {"GET", "/runs/{run}", "show", "a run with its steps and targets", NULL, "", NULL, "Run", 200, 404},
    {"POST", "/runs/{run}/stop", "stop", NULL, NULL, "", NULL, "Run", 200, 409},
    {"POST", "/runs/{run}/retry", "retry", NULL, NULL, "no-wait", NULL, "Run", 200, 409},
    {"GET", "/contained", "contained", NULL, NULL, "check", NULL, "Contained", 200, 500},
    {"POST", "/releases", "release", "undoes what holds a target, or what a run holds", NULL, "", NULL, "Run",
     201, 422},
    {"GET", "/waiting", "waiting", NULL, NULL, "ask", NULL, "Waiting", 200, 500},
    {"POST", "/waiting/{ask}", "answer", "a person's answer to a question", answer_params, "", NULL,
     "Answered", 200, 409},
    {"POST", "/pauses", "pause", NULL, NULL, "end", NULL, "Pause", 201, 422},
    {"DELETE", "/pauses/all", "pause", "ends the pause of everything", NULL, "what for reason all end", "all",
     "Pause", 200, 409},
    {"DELETE", "/pauses/{what}", "pause", "ends the pause of a playbook or source", NULL,
     "for reason all end", NULL, "Pause", 200, 409},
    {"GET", "/playbooks", "playbooks", NULL, NULL, "", NULL, "Playbooks", 200, 500},
    {"GET", "/alerts/{alert}", "alert", NULL, NULL, "", NULL, "Alert", 200, 404},
    {"GET", "/openapi.json", NULL, "this document", NULL, "", NULL, "Document", 200, 500},
    {.method = NULL},
};

static int digit(char c)
{
    const char *hex = "0123456789abcdef";
    const char *at = c ? strchr(hex, tolower((unsigned char)c)) : NULL;

    return at ? (int)(at - hex) : -1;
}

/* With its %XX; -1: it is no text. */
static int unescape(const char *text, size_t len, struct arena *arena, const char **ret_text)
{
    char *out = arena_alloc(arena, len + 1);
    size_t to = 0;

    for (size_t i = 0; i < len; i++) {
        int byte = (unsigned char)text[i];
        if (byte == '%') {
            int high = i + 2 < len ? digit(text[i + 1]) : -1;
            int low = high >= 0 ? digit(text[i + 2]) : -1;
            if (low < 0)
                return -1;
            byte = high * 16 + low;
            i += 2;
        }
        if (byte == 0)
            return -1;
        out[to++] = (char)byte;
    }
    *ret_text = out;
    return text_is_utf8(out, to) ? 0 : -1;
}

/* Segment by segment; the places that fit are put. */
static bool fits(const char *pattern, const char *path, struct arena *arena, struct value_builder *places)
{
    while (*pattern && *path) {
        size_t theirs = strcspn(path + 1, "/");
        size_t ours = strcspn(pattern + 1, "/");
        const char *text = NULL;

        if (*path != '/')
            return false;
        if (pattern[1] == '{') {
            if (theirs == 0 || unescape(path + 1, theirs, arena, &text))
                return false;
            value_put_text(places, arena_copy(arena, pattern + 2, ours - 2), value_text(arena, text));
        } else if (ours != theirs || strncmp(pattern + 1, path + 1, ours) != 0) {
            return false;
        }
        path += theirs + 1;
        pattern += ours + 1;
    }
    return !*pattern && !*path;
}

const struct api_route *api_route_find(const char *method, const char *path, struct arena *arena,
                                       struct value_builder *places, const char **ret_allow)
{
    *ret_allow = NULL;
    if (strncmp(path, API_BASE, strlen(API_BASE)) != 0)
        return NULL;
    for (const struct api_route *route = api_routes; route->method; route++) {
        value_build(places, arena);
        if (!fits(route->path, path + strlen(API_BASE), arena, places))
            continue;
        if (strcmp(route->method, method) == 0)
            return route;
        *ret_allow = *ret_allow ? arena_printf(arena, "%s, %s", *ret_allow, route->method) : route->method;
    }
    return NULL;
}

const struct verb_param *api_params(const struct api_route *route)
{
    static const struct verb_param none[] = {{NULL, PARAM_KIND_COUNT, NULL, false, NULL}};

    if (route->params)
        return route->params;
    return route->verb ? verb_find(route->verb)->params : none;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; (at = strstr(at, word)); at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

bool api_offers(const struct api_route *route, const struct verb_param *param)
{
    return !has_word(route->without, param->name);
}

const char *api_param_name(const struct verb_param *param, struct arena *arena)
{
    if (strcmp(param->name, "host") == 0 || strcmp(param->name, "var") == 0)
        return arena_printf(arena, "%ss", param->name);
    if (strcmp(param->name, "only") == 0)
        return "state"; /* on a command line that is the directory */
    char *name = arena_string(arena, param->name);

    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : *c;
    return name;
}

static const struct verb_param *offered(const struct api_route *route, const char *name, size_t len,
                                        struct arena *arena)
{
    for (const struct verb_param *param = api_params(route); param->name; param++) {
        const char *ours = api_param_name(param, arena);
        if (api_offers(route, param) && strlen(ours) == len && strncmp(ours, name, len) == 0)
            return param;
    }
    return NULL;
}

static const char *verb_key(const struct verb_param *param, struct arena *arena)
{
    char *key = arena_string(arena, param->name);

    for (char *c = key; *c; c++)
        *c = *c == '-' ? '_' : *c;
    return key;
}

static int take_query(const struct api_route *route, const char *query, struct arena *arena,
                      struct value_builder *request, struct soar_err *err)
{
    while (*query) {
        size_t len = strcspn(query, "&");
        size_t name = strcspn(query, "=&");
        const char *text = NULL;
        const struct verb_param *param = offered(route, query, name, arena);

        if (!param || param->kind != PARAM_TEXT)
            return soar_err_set(err, SOAR_INVALID, "query: nothing here is called '%.*s'",
                                name < 40 ? (int)name : 40, query);
        if (name == len || unescape(query + name + 1, len - name - 1, arena, &text))
            return soar_err_set(err, SOAR_INVALID, "query: %s: expected a text, percent-encoded",
                                param->name);
        value_put_text(request, verb_key(param, arena), value_text(arena, text));
        query += len + (query[len] == '&');
    }
    return 0;
}

/* Variables are a map here, and NAME=VALUE with a value in JSON there. */
static struct value vars_of(const struct value *map, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < value_count(map); i++) {
        BUF_SCOPED text = {0};
        if (map->map->keys[i].kind != VALUE_STRING)
            continue;
        buf_printf(&text, "%s=", map->map->keys[i].text);
        json_print(&text, &map->map->values[i]);
        value_push(&list, value_text(arena, buf_string(&text)));
    }
    return value_end_list(&list);
}

static int take_member(const struct api_route *route, const struct value *key, const struct value *value,
                       struct arena *arena, struct value_builder *request, struct soar_err *err)
{
    const struct verb_param *param = offered(route, key->text, key->len, arena);
    const char *name = param ? verb_key(param, arena) : NULL;
    bool map = param && (param->kind == PARAM_DOCUMENT || strcmp(param->name, "var") == 0);
    BUF_SCOPED text = {0};

    if (!param || strstr(route->path, arena_printf(arena, "{%s}", name)))
        return soar_err_set(err, SOAR_INVALID, "the body: nothing here is called '%.40s'", key->text);
    if (map && (value->kind != VALUE_MAP || (value_count(value) == 0 && param->kind != PARAM_DOCUMENT)))
        return soar_err_set(err, SOAR_INVALID, "%s: expected an object", api_param_name(param, arena));
    if (!map) {
        value_put_text(request, name, *value);
    } else if (param->kind == PARAM_DOCUMENT) {
        json_print(&text, value);
        value_put_text(request, name, value_text(arena, buf_string(&text)));
    } else {
        value_put_text(request, name, vars_of(value, arena));
    }
    return 0;
}

static int take_body(const struct api_route *route, const char *body, size_t len, struct arena *arena,
                     struct value_builder *request, int *ret_status, struct soar_err *err)
{
    struct value document;

    if (len == 0)
        return 0;
    *ret_status = 400;
    if (strcmp(route->method, "POST") != 0)
        return soar_err_set(err, SOAR_INVALID, "%s takes no body", route->method);
    if (json_parse(arena, body, len, &document, err))
        return soar_err_wrap(err, "the body");
    *ret_status = 422;
    if (document.kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "the body: expected an object");
    for (size_t i = 0; i < value_count(&document); i++)
        if (document.map->keys[i].kind != VALUE_STRING ||
            take_member(route, &document.map->keys[i], &document.map->values[i], arena, request, err))
            return -1;
    return 0;
}

int api_request_value(const struct api_route *route, const char *query, const char *body, size_t len,
                      struct arena *arena, struct value_builder *ret_request, int *ret_status,
                      struct soar_err *err)
{
    if (take_body(route, body, len, arena, ret_request, ret_status, err))
        return -1;
    *ret_status = 400;
    if (*query && strcmp(route->method, "GET") != 0)
        return soar_err_set(err, SOAR_INVALID, "%s takes no query", route->method);
    if (take_query(route, query, arena, ret_request, err))
        return -1;
    if (strcmp(route->method, "DELETE") == 0)
        value_put_text(ret_request, "end", value_bool(true));
    if (route->always)
        value_put_text(ret_request, route->always, value_bool(true));
    return 0;
}
