/* The kinds of log-in there are, and what several of them share: fields, secrets, tokens.
 *
 * An error here names the field and never its value: a secret in the wrong field is a mistake people make. */
#include "connectors/http/auth.h"

#include <string.h>

#include "engine/base/text.h"

enum { TOKEN_BYTES_MAX = 16 * 1024 }; /* those of large organisations have 4 KiB */

const struct auth_kind *const auth_kinds[] = {&auth_aws,    &auth_basic, &auth_bearer, &auth_exchange,
                                              &auth_header, &auth_jwt,   &auth_mtls,   &auth_oauth2,
                                              &auth_path,   NULL};

const struct auth_kind *auth_find(const char *name)
{
    for (size_t i = 0; auth_kinds[i]; i++)
        if (!strcmp(auth_kinds[i]->name, name))
            return auth_kinds[i];
    return NULL;
}

int auth_field(const struct value *fields, const char *name, const char **ret_text, struct soar_err *err)
{
    const struct value *field = value_get(fields, name);
    if (field == NULL || field->kind != VALUE_STRING || field->len == 0)
        return soar_err_set(err, SOAR_INVALID, "there is no `%s`", name);
    if (!text_is_utf8(field->text, field->len))
        return soar_err_set(err, SOAR_INVALID, "`%s` is no text", name);
    for (size_t i = 0; i < field->len; i++)
        if ((unsigned char)field->text[i] < ' ' || field->text[i] == 0x7f)
            return soar_err_set(err, SOAR_INVALID, "`%s` holds a control character", name);
    *ret_text = field->text;
    return 0;
}

int auth_secret(const struct value *secrets, const char *name, const char **ret_text, struct soar_err *err)
{
    const struct value *secret = secrets ? value_get(secrets, name) : NULL;
    if (secret == NULL || secret->kind != VALUE_STRING || secret->len == 0)
        return soar_err_set(err, SOAR_INVALID, "there is no secret `%s`, or it is empty", name);
    if (strlen(secret->text) != secret->len || !text_is_utf8(secret->text, secret->len))
        return soar_err_set(err, SOAR_INVALID, "the secret `%s` is no text", name);
    *ret_text = secret->text;
    return 0;
}

int auth_take_text(const struct value *token, struct auth_token *ret_token, struct soar_err *err)
{
    if (token == NULL || token->kind != VALUE_STRING || token->len == 0)
        return soar_err_set(err, SOAR_PERMANENT, "the answer holds no token");
    if (token->len > TOKEN_BYTES_MAX || strlen(token->text) != token->len || !http_header_value(token->text))
        return soar_err_set(err, SOAR_PERMANENT, "the token in the answer can't stand in a header");
    ret_token->text = token->text;
    return 0;
}

int auth_act_token(const struct value *fields, const struct value *secrets, const char *token,
                   struct http_request *request, struct soar_err *err)
{
    (void)fields, (void)secrets;
    return http_request_header(request, "authorization", arena_printf(request->arena, "Bearer %s", token),
                               err);
}

/* expires_in is a number; some write it as a text. */
static int64_t life_ms(const struct value *body)
{
    const struct value *life = value_get(body, "expires_in");
    double seconds = 0;
    if (life && life->kind == VALUE_INT)
        seconds = (double)life->integer;
    else if (life && life->kind == VALUE_DOUBLE)
        seconds = life->real;
    else if (life && life->kind == VALUE_STRING && life->len > 0 && life->len < 10 &&
             strspn(life->text, "0123456789") == life->len)
        for (size_t i = 0; i < life->len; i++)
            seconds = seconds * 10 + (life->text[i] - '0');
    return seconds > 0 && seconds < 1e9 ? (int64_t)(seconds * 1000) : 0;
}

int auth_take_oauth(const struct value *fields, const struct http_answer *answer,
                    struct auth_token *ret_token, struct soar_err *err)
{
    (void)fields;
    const char *type = value_get_string(&answer->body, "token_type", "bearer");
    if (!text_same_fold(type, "bearer"))
        return soar_err_set(err, SOAR_PERMANENT, "the token is not of the type Bearer");
    if (auth_take_text(value_get(&answer->body, "access_token"), ret_token, err))
        return -1;
    ret_token->life_ms = life_ms(&answer->body);
    return 0;
}
