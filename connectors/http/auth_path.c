/* path: a piece of the URL is the secret, as in the webhooks of chats. secret: value, the piece, which stands
 * between the service's url and the call's path; with or without a '/' before it. It may end with a query
 * ("…/invoke?sig=…"), which then stands before the call's own.
 *
 * It is sent as it is given, so it must be a path already, and must not lead out of the service's url. */
#include <string.h>

#include "connectors/http/auth.h"

static bool leads_out(const char *path)
{
    for (const char *at = path; at; at = strchr(at + 1, '/')) {
        size_t len = strcspn(at + 1, "/");
        if (len == 0 || (at[1] == '.' && (len == 1 || (len == 2 && at[2] == '.'))))
            return true;
    }
    return false;
}

/* Each value of the query is hidden alone, too: a far side may say one of them back. */
static int add_query(struct http_request *request, const char *query, struct soar_err *err)
{
    enum { HIDDEN_MIN = 8 };
    struct arena *arena = request->arena;
    for (const char *at = query; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f || *at == '#')
            return soar_err_set(err, SOAR_INVALID,
                                "the secret `value`: its query is not percent-encoded, or has a '#'");
    request->query =
        *request->query ? arena_printf(arena, "%s&%s", query, request->query) : arena_string(arena, query);
    if (*query)
        http_request_hide(request, arena_string(arena, query));
    for (const char *at = query; *at; at += strcspn(at, "&"), at += *at == '&') {
        size_t name = strcspn(at, "=&"), len = strcspn(at, "&");
        if (at[name] == '=' && len - name - 1 >= HIDDEN_MIN)
            http_request_hide(request, arena_copy(arena, at + name + 1, len - name - 1));
    }
    return 0;
}

static int act(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err)
{
    (void)fields, (void)token;
    const char *value, *rest = request->path + request->prefix_len;
    if (auth_secret(secrets, "value", &value, err))
        return -1;
    size_t len = strcspn(value, "?");
    const char *piece = arena_printf(request->arena, "%s%.*s", *value == '/' ? "" : "/", (int)len, value);
    if (leads_out(piece))
        return soar_err_set(err, SOAR_INVALID, "the secret `value` is no piece of a path");
    request->path = arena_printf(request->arena, "%.*s", (int)request->prefix_len, request->path);
    if (http_request_path(request, piece, err))
        return soar_err_wrap(err, "the secret `value`");
    http_request_hide(request, piece + 1);
    request->path = arena_printf(request->arena, "%s%s", request->path, strcmp(rest, "/") ? rest : "");
    return value[len] ? add_query(request, value + len + 1, err) : 0;
}

const struct auth_kind auth_path = {.name = "path", .act = act};
