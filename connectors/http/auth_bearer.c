/* bearer: a token that the service gave once and for long (RFC 6750). fields: none; secret: token. */
#include "connectors/http/auth.h"

static int act(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err)
{
    if (auth_secret(secrets, "token", &token, err))
        return -1;
    if (!http_header_value(token))
        return soar_err_set(err, SOAR_INVALID, "the secret `token` can't stand in a header");
    return auth_act_token(fields, secrets, token, request, err);
}

const struct auth_kind auth_bearer = {.name = "bearer", .act = act};
