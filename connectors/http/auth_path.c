/* path: a piece of the URL is the secret, as in the webhooks of chats. secret: value, the piece, which stands
 * between the service's url and the call's path; with or without a '/' before it.
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

static int act(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err)
{
    (void)fields, (void)token;
    const char *value, *rest = request->path + request->prefix_len;
    if (auth_secret(secrets, "value", &value, err))
        return -1;
    const char *piece = arena_printf(request->arena, "%s%s", *value == '/' ? "" : "/", value);
    if (leads_out(piece))
        return soar_err_set(err, SOAR_INVALID, "the secret `value` is no piece of a path");
    request->path = arena_printf(request->arena, "%.*s", (int)request->prefix_len, request->path);
    if (http_request_path(request, piece, err))
        return soar_err_wrap(err, "the secret `value`");
    http_request_hide(request, piece + 1);
    request->path = arena_printf(request->arena, "%s%s", request->path, strcmp(rest, "/") ? rest : "");
    return 0;
}

const struct auth_kind auth_path = {.name = "path", .act = act};
