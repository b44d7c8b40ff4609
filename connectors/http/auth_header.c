/* header: a key that the service gave, in a header of its own. fields: name, prefix ("SSWS ", default none);
 * secret: value. */
#include <string.h>

#include "connectors/http/auth.h"
#include "engine/base/text.h"

static int check(const struct value *fields, struct soar_err *err)
{
    const char *name, *prefix = value_get_string(fields, "prefix", "");
    if (auth_field(fields, "name", &name, err))
        return -1;
    if (strpbrk(name, ":/@+") || !text_is_word(name, strlen(name)) ||
        (http_header_reserved(name) && !text_same_fold(name, "authorization") &&
         !text_same_fold(name, "cookie")))
        return soar_err_set(err, SOAR_INVALID, "`name` is no header for a log-in");
    return http_header_value(prefix) ? 0
                                     : soar_err_set(err, SOAR_INVALID, "`prefix` can't stand in a header");
}

static int act(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err)
{
    (void)token;
    const char *name, *value;
    if (auth_field(fields, "name", &name, err) || auth_secret(secrets, "value", &value, err))
        return -1;
    return http_request_header(
        request, name, arena_printf(request->arena, "%s%s", value_get_string(fields, "prefix", ""), value),
        err);
}

const struct auth_kind auth_header = {.name = "header", .check = check, .act = act};
