/* exchange: one request logs in and is answered with a token, which stands in a header of every other (Wazuh,
 * Vault's AppRole, ...). fields: path (behind the service's url) or url, method (POST), user (then basic,
 * with the secret `password`), json or form (constants of the body), answer (where the token is:
 * "data.token", or "header:NAME"), name and prefix of the header that carries it (Authorization, "Bearer "),
 * life (ms). A secret "secrets.FIELD" is a further field of the body. */
#include <inttypes.h>
#include <string.h>

#include "connectors/http/auth.h"
#include "engine/base/json.h"
#include "engine/base/text.h"

#define SECRET_FIELD  "secrets."
#define ANSWER_HEADER "header:"

enum { BODY_BYTES_MAX = 64 * 1024, HEADER_NAME_MAX = 128 };

static int check(const struct value *fields, struct soar_err *err)
{
    const char *path = value_get_string(fields, "path", NULL), *url = value_get_string(fields, "url", NULL),
               *name = value_get_string(fields, "name", "Authorization"), *answer, *user;

    if ((path == NULL) == (url == NULL))
        return soar_err_set(err, SOAR_INVALID, "expected one of `path` and `url`: where to log in");
    if (path && *path != '/')
        return soar_err_set(err, SOAR_INVALID, "`path` begins with '/'");
    if (auth_field(fields, "answer", &answer, err))
        return -1;
    if (value_get(fields, "user") && auth_field(fields, "user", &user, err))
        return -1;
    if (value_get(fields, "json") && value_get(fields, "form"))
        return soar_err_set(err, SOAR_INVALID, "a request has one body: `json` or `form`");
    if (*name == '\0' || strlen(name) > HEADER_NAME_MAX || !text_is_word(name, strlen(name)))
        return soar_err_set(err, SOAR_INVALID, "`name` is no header's name");
    if (!http_header_value(value_get_string(fields, "prefix", "")))
        return soar_err_set(err, SOAR_INVALID, "`prefix` can't stand in a header");
    return 0;
}

/* Constants and the secrets that belong into the body; *ret_map is null if there are neither. */
static int body_map(const struct value *fields, const struct value *secrets, struct http_request *request,
                    struct value *ret_map, struct soar_err *err)
{
    const struct value *form = value_get(fields, "form"), *json = value_get(fields, "json");
    const struct value *constants = form ? form : json;
    size_t begin = strlen(SECRET_FIELD);
    struct value_builder all;

    if (constants && constants->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "`%s` is no map", form ? "form" : "json");
    value_build(&all, request->arena);
    for (size_t i = 0; constants && i < value_count(constants); i++)
        value_put(&all, constants->map->keys[i], constants->map->values[i]);
    for (size_t i = 0; secrets && i < value_count(secrets); i++) {
        const char *name = secrets->map->keys[i].text, *secret = NULL;
        if (strncmp(name, SECRET_FIELD, begin) != 0)
            continue;
        if (auth_secret(secrets, name, &secret, err))
            return -1;
        http_request_hide(request, secret);
        value_put_text(&all, name + begin, value_text(request->arena, secret));
    }
    *ret_map = constants || all.count ? value_end_map(&all) : value_null();
    return 0;
}

static int add_form(struct buf *body, const struct value *map, struct soar_err *err)
{
    for (size_t i = 0; i < value_count(map); i++) {
        const struct value *item = &map->map->values[i];
        BUF_SCOPED text;
        buf_init(&text, BODY_BYTES_MAX);
        if (item->kind == VALUE_LIST || item->kind == VALUE_MAP)
            return soar_err_set(err, SOAR_INVALID, "`form`: %s is no text", map->map->keys[i].text);
        if (item->kind == VALUE_STRING)
            buf_add(&text, item->text, item->len);
        else
            json_print(&text, item);
        http_form_add(body, map->map->keys[i].text, buf_string(&text));
    }
    return 0;
}

static int add_body(const struct value *fields, const struct value *secrets, struct http_request *request,
                    struct soar_err *err)
{
    struct value map;
    bool form = value_get(fields, "form") != NULL;
    BUF_SCOPED body;

    buf_init(&body, BODY_BYTES_MAX);
    if (body_map(fields, secrets, request, &map, err))
        return -1;
    if (map.kind == VALUE_NULL)
        return 0;
    if (form && add_form(&body, &map, err))
        return -1;
    if (!form)
        json_print(&body, &map);
    if (body.failed)
        return soar_err_set(err, SOAR_INVALID, "the body has more than %d bytes", BODY_BYTES_MAX);
    http_request_body(request, form ? "application/x-www-form-urlencoded" : "application/json",
                      buf_string(&body), body.len);
    return 0;
}

static int ask(const struct value *fields, const struct value *secrets, struct http_request *request,
               struct soar_err *err)
{
    const char *path = value_get_string(fields, "path", NULL), *url = value_get_string(fields, "url", NULL),
               *user = value_get_string(fields, "user", NULL), *password;

    if (path ? http_request_path(request, path, err) : http_request_url(request, url, err))
        return -1;
    request->method = value_get_string(fields, "method", "POST");
    if (user &&
        (auth_secret(secrets, "password", &password, err) || auth_act_basic(request, user, password, err)))
        return -1;
    return add_body(fields, secrets, request, err);
}

/* "data.token" in a tree. */
static const struct value *found_at(const struct value *tree, const char *path)
{
    char name[128];

    while (tree && *path) {
        size_t len = strcspn(path, ".");
        if (len == 0 || len >= sizeof name)
            return NULL;
        memcpy(name, path, len);
        name[len] = '\0';
        tree = value_get(tree, name);
        path += len + (path[len] == '.');
    }
    return tree;
}

static const struct value *found_header(const struct value *headers, const char *name)
{
    for (size_t i = 0; i < value_count(headers); i++)
        if (text_same_fold(headers->map->keys[i].text, name))
            return &headers->map->values[i];
    return NULL;
}

static int take(const struct value *fields, const struct http_answer *answer, struct auth_token *ret_token,
                struct soar_err *err)
{
    const char *where = value_get_string(fields, "answer", "");
    size_t begin = strlen(ANSWER_HEADER);
    const struct value *token = strncmp(where, ANSWER_HEADER, begin) == 0
                                    ? found_header(&answer->headers, where + begin)
                                    : found_at(&answer->body, where);

    if (auth_take_text(token, ret_token, err))
        return soar_err_wrap(err, "%s", where);
    ret_token->life_ms = value_get_int(fields, "life", 0);
    return 0;
}

static int act(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err)
{
    (void)secrets;
    return http_request_header(
        request, value_get_string(fields, "name", "Authorization"),
        arena_printf(request->arena, "%s%s", value_get_string(fields, "prefix", "Bearer "), token), err);
}

const struct auth_kind auth_exchange = {
    .name = "exchange", .check = check, .ask = ask, .take = take, .act = act};
