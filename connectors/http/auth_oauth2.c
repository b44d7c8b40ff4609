/* oauth2: client credentials for a token (RFC 6749, 4.4). fields: token (URL), client, scope, audience, send:
 * form (default: client_id and client_secret in the body) or basic; secret: secret. */
#include <string.h>

#include "connectors/http/auth.h"

enum { FORM_BYTES_MAX = 32 * 1024 };

static bool by_basic(const struct value *fields)
{
    return value_is_string(value_get(fields, "send"), "basic");
}

static int check(const struct value *fields, struct soar_err *err)
{
    const char *text, *send = value_get_string(fields, "send", "form");
    ARENA_SCOPED arena = arena_new();
    struct http_request scratch = {.arena = arena};
    if (auth_field(fields, "token", &text, err) || http_request_url(&scratch, text, err))
        return soar_err_wrap(err, "token");
    if (auth_field(fields, "client", &text, err))
        return -1;
    if (strcmp(send, "form") != 0 && strcmp(send, "basic") != 0)
        return soar_err_set(err, SOAR_INVALID, "`send` is neither form nor basic");
    return 0;
}

static void add(struct buf *form, const struct value *fields, const char *name)
{
    const char *text = value_get_string(fields, name, "");
    if (*text)
        http_form_add(form, name, text);
}

/* RFC 6749, 2.3.1: both are form-encoded before they become a basic log-in. */
static int add_basic(struct http_request *request, const char *client, const char *secret,
                     struct soar_err *err)
{
    BUF_SCOPED user;
    BUF_SCOPED password;
    buf_init(&user, 0);
    buf_init(&password, 0);
    http_percent(&user, client, strlen(client));
    http_percent(&password, secret, strlen(secret));
    int rc = auth_act_basic(request, buf_string(&user), buf_string(&password), err);
    explicit_bzero(password.data, password.len);
    return rc;
}

static int ask(const struct value *fields, const struct value *secrets, struct http_request *request,
               struct soar_err *err)
{
    const char *url, *client, *secret;
    BUF_SCOPED form;
    buf_init(&form, FORM_BYTES_MAX);
    if (auth_field(fields, "token", &url, err) || auth_field(fields, "client", &client, err) ||
        auth_secret(secrets, "secret", &secret, err) || http_request_url(request, url, err))
        return -1;
    http_form_add(&form, "grant_type", "client_credentials");
    if (by_basic(fields)) {
        if (add_basic(request, client, secret, err))
            return -1;
    } else {
        buf_reserve(&form, strlen(client) * 3 + strlen(secret) * 3 + 64);
        http_form_add(&form, "client_id", client);
        http_form_add(&form, "client_secret", secret);
    }
    add(&form, fields, "scope");
    add(&form, fields, "audience");
    if (form.failed)
        return soar_err_set(err, SOAR_INVALID, "the log-in has more than %d bytes", FORM_BYTES_MAX);
    http_request_body(request, "application/x-www-form-urlencoded", form.data, form.len);
    explicit_bzero(form.data, form.len);
    return 0;
}

const struct auth_kind auth_oauth2 = {
    .name = "oauth2", .check = check, .ask = ask, .take = auth_take_oauth, .act = auth_act_token};
