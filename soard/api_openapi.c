/* The OpenAPI document: paths of the routes' table, parameters of the verbs', schemas of answers by hand. */
#include <string.h>

#include "engine/base/json.h"
#include "soard/api_routes.h"

static struct value pair(struct arena *arena, const char *key, struct value item)
{
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, key, item);
    return value_end_map(&map);
}

static struct value reference(struct arena *arena, const char *name)
{
    return pair(arena, "$ref", value_text(arena, arena_printf(arena, "#/components/schemas/%s", name)));
}

static struct value content(struct arena *arena, const char *type, struct value schema)
{
    return pair(arena, type, pair(arena, "schema", schema));
}

static struct value schema_of(const struct verb_param *param, struct arena *arena)
{
    struct value_builder map;
    bool list = param->kind == PARAM_TEXTS || param->kind == PARAM_PLACES;
    bool object = param->kind == PARAM_DOCUMENT || strcmp(param->name, "var") == 0;

    value_build(&map, arena);
    value_put_text(&map, "description", value_static(param->about));
    value_put_text(&map, "type",
                   value_static(object                      ? "object"
                                : list                      ? "array"
                                : param->kind == PARAM_FLAG ? "boolean"
                                                            : "string"));
    if (list && !object) {
        value_put_text(&map, "items", pair(arena, "type", value_static("string")));
        value_put_text(&map, "minItems", value_int(1));
    }
    return value_end_map(&map);
}

static bool is_in_path(const struct api_route *route, const char *name, struct arena *arena)
{
    return strstr(route->path, arena_printf(arena, "{%s}", name)) != NULL;
}

static struct value parameters(const struct api_route *route, struct arena *arena)
{
    struct value_builder list, one;

    value_build(&list, arena);
    for (const struct verb_param *param = api_params(route); param->name; param++) {
        const char *name = api_param_name(param, arena);
        bool path = is_in_path(route, name, arena);

        if (!api_offers(route, param) || !(path || strcmp(route->method, "GET") == 0))
            continue;
        value_build(&one, arena);
        value_put_text(&one, "name", value_text(arena, name));
        value_put_text(&one, "in", value_static(path ? "path" : "query"));
        value_put_text(&one, "required", value_bool(path));
        value_put_text(&one, "schema", schema_of(param, arena));
        value_push(&list, value_end_map(&one));
    }
    return value_end_list(&list);
}

static struct value body_of(const struct api_route *route, struct arena *arena)
{
    struct value_builder schema, properties, required, body;

    value_build(&properties, arena);
    value_build(&required, arena);
    for (const struct verb_param *param = api_params(route); param->name; param++) {
        const char *name = api_param_name(param, arena);

        if (!api_offers(route, param) || is_in_path(route, name, arena))
            continue;
        value_put_text(&properties, name, schema_of(param, arena));
        if (param->required)
            value_push(&required, value_text(arena, name));
    }
    bool any = required.count > 0;
    value_build(&schema, arena);
    value_put_text(&schema, "type", value_static("object"));
    value_put_text(&schema, "properties", value_end_map(&properties));
    value_put_text(&schema, "additionalProperties", value_bool(false));
    if (any)
        value_put_text(&schema, "required", value_end_list(&required));
    value_build(&body, arena);
    value_put_text(&body, "required", value_bool(any));
    value_put_text(&body, "content", content(arena, "application/json", value_end_map(&schema)));
    return value_end_map(&body);
}

static void put_answer(struct value_builder *answers, int status, const char *about, struct value content_of)
{
    struct value_builder one;

    value_build(&one, answers->arena);
    value_put_text(&one, "description", value_static(about));
    value_put_text(&one, "content", content_of);
    value_put_text(answers, arena_printf(answers->arena, "%d", status), value_end_map(&one));
}

static struct value answers(const struct api_route *route, struct arena *arena)
{
    struct value problem = content(arena, "application/problem+json", reference(arena, "Problem"));
    struct value_builder map;

    value_build(&map, arena);
    put_answer(&map, route->status, "done, and durable",
               content(arena, "application/json", reference(arena, route->answer)));
    put_answer(&map, 400, "it can't be read", problem);
    put_answer(&map, 401, "no token, or one that soard doesn't know", problem);
    put_answer(&map, 403, "it needs another role", problem);
    if (strchr(route->path, '{'))
        put_answer(&map, 404, "there is no such resource", problem);
    if (route->refused == 409)
        put_answer(&map, 409, "it is not so any more, or not yet", problem);
    put_answer(&map, 422, "it is read, and can't be meant", problem);
    put_answer(&map, 503, "not now: try again", problem);
    return value_end_map(&map);
}

static const char *role_of(const struct api_route *route)
{
    static const char *const names[] = {"viewer", "operator", "approver", "admin"};
    const struct verb *verb = route->verb ? verb_find(route->verb) : NULL;

    for (size_t i = 0; verb && i < sizeof names / sizeof names[0]; i++)
        if (verb->role == 1U << i)
            return names[i];
    return verb || !route->verb ? "viewer" : "approver; of a call in doubt, operator";
}

static struct value operation(const struct api_route *route, struct arena *arena)
{
    const struct verb *verb = route->verb ? verb_find(route->verb) : NULL;
    struct value_builder map;
    struct value given = parameters(route, arena);

    value_build(&map, arena);
    value_put_text(&map, "summary", value_static(route->about ? route->about : verb ? verb->about : ""));
    value_put_text(&map, "description", value_text(arena, arena_printf(arena, "Role: %s", role_of(route))));
    if (value_count(&given) > 0)
        value_put_text(&map, "parameters", given);
    if (strcmp(route->method, "POST") == 0)
        value_put_text(&map, "requestBody", body_of(route, arena));
    value_put_text(&map, "responses", answers(route, arena));
    return value_end_map(&map);
}

static const char *lower(const char *method)
{
    return strcmp(method, "GET") == 0 ? "get" : strcmp(method, "POST") == 0 ? "post" : "delete";
}

static bool is_first(const struct api_route *route)
{
    for (const struct api_route *other = api_routes; other != route; other++)
        if (strcmp(other->path, route->path) == 0)
            return false;
    return true;
}

static struct value paths(struct arena *arena)
{
    struct value_builder map, path;

    value_build(&map, arena);
    for (const struct api_route *route = api_routes; route->method; route++) {
        if (!is_first(route))
            continue;
        value_build(&path, arena);
        for (const struct api_route *same = route; same->method; same++)
            if (strcmp(same->path, route->path) == 0)
                value_put_text(&path, lower(same->method), operation(same, arena));
        value_put_text(&map, arena_printf(arena, API_BASE "%s", route->path), value_end_map(&path));
    }
    return value_end_map(&map);
}

static struct value components(struct arena *arena)
{
    struct value_builder map, token;
    struct value schemas;

    if (json_parse(arena, api_schemas, strlen(api_schemas), &schemas, NULL))
        schemas = value_null(); /* its test says so */
    value_build(&token, arena);
    value_put_text(&token, "type", value_static("http"));
    value_put_text(&token, "scheme", value_static("bearer"));
    value_build(&map, arena);
    value_put_text(&map, "schemas", schemas);
    value_put_text(&map, "securitySchemes", pair(arena, "token", value_end_map(&token)));
    return value_end_map(&map);
}

struct value api_openapi(struct arena *arena)
{
    struct value_builder map, info, list, no_scopes;

    value_build(&info, arena);
    value_put_text(&info, "title", value_static("soard"));
    value_put_text(&info, "version", value_static(SOAR_VERSION));
    value_build(&no_scopes, arena);
    value_build(&list, arena);
    value_push(&list, pair(arena, "token", value_end_list(&no_scopes)));
    value_build(&map, arena);
    value_put_text(&map, "openapi", value_static("3.1.0"));
    value_put_text(&map, "info", value_end_map(&info));
    value_put_text(&map, "security", value_end_list(&list));
    value_put_text(&map, "paths", paths(arena));
    value_put_text(&map, "components", components(arena));
    return value_end_map(&map);
}
