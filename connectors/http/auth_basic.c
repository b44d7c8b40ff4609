/* basic: user and password with each request (RFC 7617). fields: user; secret: password. */
#include <openssl/evp.h>
#include <string.h>

#include "connectors/http/auth.h"

enum { BASIC_BYTES_MAX = 4096 };

int auth_act_basic(struct http_request *request, const char *user, const char *password, struct soar_err *err)
{
    if (strchr(user, ':'))
        return soar_err_set(err, SOAR_INVALID, "`user` holds a ':', which basic can't send");
    const char *pair = arena_printf(request->arena, "%s:%s", user, password);
    size_t len = strlen(pair);
    if (len > BASIC_BYTES_MAX)
        return soar_err_set(err, SOAR_INVALID, "user and password have more than %d bytes", BASIC_BYTES_MAX);
    unsigned char *base64 = arena_alloc(request->arena, len / 3 * 4 + 8);
    EVP_EncodeBlock(base64, (const unsigned char *)pair, (int)len);
    http_request_hide(request, (const char *)base64);
    http_request_hide(request, password);
    return http_request_header(request, "authorization", arena_printf(request->arena, "Basic %s", base64),
                               err);
}

static int check(const struct value *fields, struct soar_err *err)
{
    const char *user;
    if (auth_field(fields, "user", &user, err))
        return -1;
    return strchr(user, ':') ? soar_err_set(err, SOAR_INVALID, "`user` holds a ':'") : 0;
}

static int act(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err)
{
    (void)token;
    const char *user, *password;
    if (auth_field(fields, "user", &user, err) || auth_secret(secrets, "password", &password, err))
        return -1;
    return auth_act_basic(request, user, password, err);
}

const struct auth_kind auth_basic = {.name = "basic", .check = check, .act = act};
