/* jwt: what we sign ourselves is exchanged for a token (RFC 7523). fields: token (URL), issuer, subject,
 * audience (the token's URL), scope, algorithm (RS256), key_id, life (ms, of what we sign), as: assertion
 * (the grant itself, as Google has it; subject is then whom the service account stands for) or
 * client_assertion (who the client is, with `client`; as Entra and Okta have it), thumbprint (SHA-256 of the
 * certificate that the other side knows the key by). Secret: key, PEM or Google's key file. */
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/http/auth.h"
#include "connectors/http/jwt.h"

#define BY_ASSERTION "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define BY_CLIENT    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

enum {
    EARLIER_S = 30,   /* what we sign is as of then: clocks differ, and nobody takes what is of the future */
    LIFE_MS = 300000, /* used at once, so this is for clocks again; nobody takes more than an hour */
    LIFE_MS_MIN = 60000,
    TOKEN_BYTES_MAX = 64 * 1024
};

static bool is_client(const struct value *fields)
{
    return value_is_string(value_get(fields, "as"), "client_assertion");
}

static int check(const struct value *fields, struct soar_err *err)
{
    static const char *const optional[] = {"subject", "audience", "scope", "key_id", "client"};
    const char *text, *algorithm = value_get_string(fields, "algorithm", "RS256"),
                      *as = value_get_string(fields, "as", "assertion"),
                      *thumbprint = value_get_string(fields, "thumbprint", NULL);

    if (auth_field(fields, "token", &text, err) || auth_field(fields, "issuer", &text, err))
        return -1;
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        if (value_get(fields, optional[i]) && auth_field(fields, optional[i], &text, err))
            return -1;
    if (strcmp(as, "assertion") != 0 && strcmp(as, "client_assertion") != 0)
        return soar_err_set(err, SOAR_INVALID, "`as` is neither assertion nor client_assertion");
    if (is_client(fields) && auth_field(fields, "client", &text, err))
        return -1;
    if (strcmp(algorithm, "RS256") != 0 && strcmp(algorithm, "ES256") != 0)
        return soar_err_set(err, SOAR_INVALID, "`algorithm` is neither RS256 nor ES256");
    if (value_get_int(fields, "life", LIFE_MS) < LIFE_MS_MIN)
        return soar_err_set(err, SOAR_INVALID, "`life` is shorter than a minute: clocks differ");
    ARENA_SCOPED arena = arena_new();
    if (thumbprint && jwt_thumbprint(arena, thumbprint) == NULL)
        return soar_err_set(err, SOAR_INVALID,
                            "`thumbprint` is not what `openssl x509 -noout -fingerprint -sha256` shows");
    return 0;
}

static struct value head_of(const struct value *fields, struct arena *arena)
{
    const char *key = value_get_string(fields, "key_id", NULL),
               *thumbprint = value_get_string(fields, "thumbprint", NULL);
    struct value_builder head;

    value_build(&head, arena);
    if (key)
        value_put_text(&head, "kid", value_static(key));
    if (thumbprint)
        value_put_text(&head, "x5t#S256", value_static(jwt_thumbprint(arena, thumbprint)));
    return value_end_map(&head);
}

/* No two are the same: a server may refuse what it has seen. */
static const char *new_id(struct arena *arena)
{
    unsigned char bytes[16];
    BUF_SCOPED text;

    buf_init(&text, 0);
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        abort();
    for (size_t i = 0; i < sizeof bytes; i++)
        buf_printf(&text, "%02x", bytes[i]);
    return arena_string(arena, buf_string(&text));
}

static struct value claims_of(const struct value *fields, const struct http_request *request)
{
    int64_t from_s = request->wall_ms / 1000 - EARLIER_S;
    const char *subject = value_get_string(fields, "subject",
                                           is_client(fields) ? value_get_string(fields, "client", "") : NULL);
    const char *scope = is_client(fields) ? NULL : value_get_string(fields, "scope", NULL);
    struct value_builder claims;

    value_build(&claims, request->arena);
    value_put_text(&claims, "iss", value_static(value_get_string(fields, "issuer", "")));
    if (subject)
        value_put_text(&claims, "sub", value_static(subject));
    value_put_text(&claims, "aud",
                   value_static(value_get_string(fields, "audience", value_get_string(fields, "token", ""))));
    if (scope)
        value_put_text(&claims, "scope", value_static(scope));
    value_put_text(&claims, "iat", value_int(from_s));
    value_put_text(&claims, "exp", value_int(from_s + value_get_int(fields, "life", LIFE_MS) / 1000));
    if (is_client(fields)) {
        value_put_text(&claims, "nbf", value_int(from_s));
        value_put_text(&claims, "jti", value_static(new_id(request->arena)));
    }
    return value_end_map(&claims);
}

static void add_form(struct buf *form, const struct value *fields, const char *assertion)
{
    const char *scope = value_get_string(fields, "scope", NULL);

    if (!is_client(fields)) {
        http_form_add(form, "grant_type", BY_ASSERTION);
        http_form_add(form, "assertion", assertion);
        return;
    }
    http_form_add(form, "grant_type", "client_credentials");
    http_form_add(form, "client_id", value_get_string(fields, "client", ""));
    if (scope)
        http_form_add(form, "scope", scope);
    http_form_add(form, "client_assertion_type", BY_CLIENT);
    http_form_add(form, "client_assertion", assertion);
}

static int ask(const struct value *fields, const struct value *secrets, struct http_request *request,
               struct soar_err *err)
{
    const char *key;
    struct value head = head_of(fields, request->arena), claims = claims_of(fields, request);
    BUF_SCOPED token;
    BUF_SCOPED form;

    buf_init(&token, TOKEN_BYTES_MAX);
    buf_init(&form, TOKEN_BYTES_MAX);
    if (auth_secret(secrets, "key", &key, err) ||
        http_request_url(request, value_get_string(fields, "token", ""), err))
        return -1;
    if (jwt_sign(value_get_string(fields, "algorithm", "RS256"), key, strlen(key), &head, &claims, &token,
                 err))
        return soar_err_wrap(err, "jwt");
    add_form(&form, fields, buf_string(&token));
    if (token.failed || form.failed)
        return soar_err_set(err, SOAR_INVALID, "jwt: the claims are too long");
    http_request_hide(request, buf_string(&token));
    http_request_body(request, "application/x-www-form-urlencoded", buf_string(&form), form.len);
    return 0;
}

const struct auth_kind auth_jwt = {
    .name = "jwt", .check = check, .ask = ask, .take = auth_take_oauth, .act = auth_act_token};
