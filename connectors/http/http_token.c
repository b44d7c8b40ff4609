/* A service's token: got by a request of its own, kept in memory for its life less a margin, wiped.
 *
 * What its request fails with is told as a log-in that failed, never as the call: nothing of that was sent.
 */
#include <stdlib.h>
#include <string.h>

#include "connectors/http/http_service.h"
#include "engine/base/text.h"

enum {
    LIFE_MS_DEFAULT = 5 * 60 * 1000, /* of a token whose service doesn't say; a 401 renews it anyway */
    LIFE_MS_MAX = 24 * 3600 * 1000,
    MARGIN_MS = 60 * 1000, /* of a call that begins with it: but a fifth of its life at most */
    WORDS_BYTES = 200
};

const struct http_auth *http_token_auth(const struct http_service *service)
{
    for (size_t i = 0; i < service->auth_count; i++)
        if (service->auths[i].kind->ask)
            return &service->auths[i];
    return NULL;
}

bool http_token_valid(const struct http_service *service, int64_t now_ms)
{
    return service->token && now_ms < service->token_until_ms;
}

void http_token_drop(struct http_service *service)
{
    if (service->token)
        explicit_bzero(service->token, strlen(service->token));
    free(service->token);
    service->token = NULL;
}

int http_token_request(const struct http_service *service, struct http_exchange *exchange,
                       struct soar_err *err)
{
    const struct http_auth *auth = http_token_auth(service);
    struct worker_call *call = exchange->call;
    struct http_request request = {
        .arena = call->arena, .method = "POST", .wall_ms = exchange->request.wall_ms};
    if (http_request_url(&request, service->url, err) ||
        auth->kind->ask(auth->fields, call->secrets, &request, err))
        return soar_err_wrap(err, "auth: %s", auth->kind->name);
    if (http_request_get_header(&request, "accept") == NULL &&
        http_request_header(&request, "accept", "application/json", err))
        return -1;
    /* a client's certificate stands beside the log-in: it is shown where the token is asked for, too */
    for (size_t i = 0; i < service->auth_count; i++) {
        const struct http_auth *beside = &service->auths[i];
        if (beside != auth && beside->kind->act(beside->fields, call->secrets, NULL, &request, err))
            return soar_err_wrap(err, "auth: %s", beside->kind->name);
    }
    exchange->request = request;
    return 0;
}

static const char *shown(struct arena *arena, const char *text)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    size_t len = strnlen(text, WORDS_BYTES);
    text_visible(&out, text, len);
    return arena_string(arena, buf_string(&out));
}

/* In words: RFC 6749's, or what others call them. Of a body that is a tree nothing else is shown: there may
 * be a token in it. */
static const char *refusal(const struct http_answer *answer, struct arena *arena)
{
    static const char *const names[] = {"error_description", "message", "detail", "error_summary"};
    const struct value *body = &answer->body, *error = value_get(body, "error");
    const char *code = error && error->kind == VALUE_STRING ? error->text : "", *words = "";
    for (size_t i = 0; i < sizeof names / sizeof *names && *words == '\0'; i++) {
        words = value_get_string(body, names[i], "");
        if (*words == '\0' && error)
            words = value_get_string(error, names[i], "");
    }
    const struct value *first = value_at(value_get(body, "errors"), 0); /* as Vault has them */
    if (*words == '\0' && first && first->kind == VALUE_STRING)
        words = first->text;
    if (body->kind == VALUE_NULL)
        words = answer->text.text;
    return arena_printf(arena, "%s%s%s%s", *code ? ": " : "", shown(arena, code), *words ? ": " : "",
                        shown(arena, words));
}

static int refused(const struct http_answer *answer, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    int64_t status = answer->status;
    enum soar_class class = status == 400 || status == 401 || status == 403   ? SOAR_DENIED
                            : status == 408 || status == 429 || status >= 500 ? SOAR_TRANSIENT
                                                                              : SOAR_PERMANENT;
    return soar_err_set(err, class, "status %d%s", (int)status, refusal(answer, arena));
}

int http_token_take(struct http_service *service, const struct http_answer *answer, int64_t now_ms,
                    struct soar_err *err)
{
    const struct http_auth *auth = http_token_auth(service);
    struct auth_token token = {0};
    if (answer->status < 200 || answer->status > 299)
        return refused(answer, err);
    if (auth->kind->take(auth->fields, answer, &token, err))
        return -1;
    int64_t life = token.life_ms <= 0            ? LIFE_MS_DEFAULT
                   : token.life_ms > LIFE_MS_MAX ? LIFE_MS_MAX
                                                 : token.life_ms;
    int64_t margin = life / 5 < MARGIN_MS ? life / 5 : MARGIN_MS;
    http_token_drop(service);
    service->token = strdup(token.text);
    if (service->token == NULL)
        abort();
    service->token_until_ms = now_ms + life - margin;
    service->tokens++;
    return 0;
}
