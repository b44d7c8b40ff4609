/* What a request is for and whether it may go on, decided as early as it can be known: path, method, state,
 * credentials, type, length, and only then a byte of the body. The order is the point: nobody without
 * credentials learns more than that a path exists, or costs more than a header. */
#include "soard/front/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "soard/front/body_scan.h"
#include "soard/front/conn.h"
#include "soard/front/front_tls.h"

enum { RETRY_BUSY_MS = 1000, RETRY_CLOSED_MS = 5000 };

struct exchange *exchange_new(struct front_config *config)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        abort();
    exchange->http = http_new();
    exchange->config = front_config_use(config);
    buf_init(&exchange->body, 0);
    return exchange;
}

void exchange_free(struct exchange *exchange)
{
    if (exchange == NULL)
        return;
    http_free(exchange->http);
    front_config_drop(exchange->config);
    buf_done(&exchange->body);
    free(exchange);
}

const char *exchange_source(const struct exchange *exchange)
{
    if (exchange != NULL && exchange->hook != NULL)
        return exchange->hook->name;
    return exchange != NULL && exchange->goal == GOAL_API ? "api" : "-";
}

const char *exchange_allow(const struct exchange *exchange)
{
    switch (exchange->goal) {
    case GOAL_HEALTH:
    case GOAL_READY:
        return "GET, HEAD";
    case GOAL_API:
        return strcmp(exchange->http->path, "/metrics") == 0 ? "GET" : "GET, POST, DELETE";
    case GOAL_WEBHOOK:
        return exchange->hook->verify == FRONT_VERIFY_OKTA ? "GET, POST" : "POST";
    case GOAL_NONE:
        break;
    }
    return "";
}

static void find_goal(struct exchange *exchange)
{
    const char *path = exchange->http->path;
    exchange->hook = front_config_find(exchange->config, path);
    if (strcmp(path, "/healthz") == 0)
        exchange->goal = GOAL_HEALTH;
    else if (strcmp(path, "/readyz") == 0)
        exchange->goal = GOAL_READY;
    else if (strcmp(path, "/metrics") == 0 || strncmp(path, "/api/", 5) == 0)
        exchange->goal = GOAL_API;
    else if (exchange->hook != NULL)
        exchange->goal = GOAL_WEBHOOK;
    if (exchange->goal != GOAL_WEBHOOK)
        exchange->hook = NULL;
}

/* Is the method one word of the list? */
static bool method_fine(const struct exchange *exchange)
{
    const char *at = exchange_allow(exchange), *method = exchange->http->method;
    size_t len = strlen(method);
    while ((at = strstr(at, method)) != NULL) {
        if (at[len] == '\0' || at[len] == ',')
            return true;
        at += len;
    }
    return false;
}

static bool has_body(const struct http *http)
{
    return http->chunked || http->length > 0;
}

/* How many requests one address behind a proxy may have going: what per_address is for the others. */
static bool take_place(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    const struct front_config *config = exchange->config;
    exchange->from = from_forwarded(exchange->http, &conn->peer, config->proxies, config->proxy_count);
    if (!conn->proxied)
        return true;
    if (address_count(conn->server->addresses, &exchange->from) >= (size_t)config->limits.per_address)
        return false;
    address_add(conn->server->addresses, &exchange->from);
    exchange->from_counted = true;
    return true;
}

static enum refusal check_certificate(const struct conn *conn, const struct front_webhook *hook)
{
    if (hook->auth != FRONT_MUTUAL_TLS)
        return REFUSAL_NONE;
    struct ssl_ctx_st *now = conn->exchange->config->tls;
    if (!front_tls_has_client(conn->ssl, now))
        return REFUSAL_NO_CERTIFICATE;
    return front_tls_client_is(conn->ssl, now, hook->sans, hook->san_count) ? REFUSAL_NONE
                                                                            : REFUSAL_CERTIFICATE;
}

static enum refusal check_size(struct exchange *exchange, int64_t most)
{
    struct http *http = exchange->http;
    if (http->length > most)
        return REFUSAL_SIZE;
    http->body_max = most;
    return REFUSAL_NONE;
}

static enum refusal check_document(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    const struct http *http = exchange->http;
    if (!http->chunked && http->length < 0)
        return REFUSAL_NO_LENGTH;
    if (!has_body(http))
        return REFUSAL_EMPTY;
    enum refusal refusal = exchange_check_body(exchange);
    if (refusal != REFUSAL_NONE)
        return refusal;
    return check_size(exchange, exchange->hook->body_max);
}

static bool window_full(const struct conn *conn)
{
    const struct pending_use *use = &conn->server->pending.documents;
    const struct front_limits *limits = &conn->exchange->config->limits;
    return use->count >= (size_t)limits->window || use->bytes >= (size_t)limits->window_bytes;
}

static void webhook_head(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    const struct front_webhook *hook = exchange->hook;
    if (exchange->hook->verify == FRONT_VERIFY_MICROSOFT && verify_microsoft(conn))
        return;
    if (conn->server->draining || !conn->server->accepting) {
        conn_refuse(conn, REFUSAL_CLOSED, NULL, RETRY_CLOSED_MS);
        return;
    }
    enum refusal refusal = check_certificate(conn, hook);
    if (refusal == REFUSAL_NONE)
        refusal = webhook_auth_head(hook, exchange->http, server_wall_ms(), &exchange->claim);
    exchange->verifying = strcmp(exchange->http->method, "GET") == 0;
    if (refusal == REFUSAL_NONE && !exchange->verifying)
        refusal = check_document(conn);
    if (refusal == REFUSAL_NONE && !exchange->verifying && window_full(conn)) {
        conn_refuse(conn, REFUSAL_BUSY, NULL, RETRY_BUSY_MS);
        return;
    }
    if (refusal != REFUSAL_NONE)
        conn_refuse(conn, refusal, NULL, 0);
    else if (exchange->http->expects && has_body(exchange->http))
        conn_continue(conn);
}

static bool api_window_full(const struct conn *conn)
{
    const struct pending_use *use = &conn->server->pending.api;
    return use->count >= SERVER_API_WINDOW || use->bytes >= SERVER_API_BYTES;
}

static void api_head(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    int64_t wait_ms;
    if (!address_api_take(conn->server->addresses, &exchange->from, server_boot_ms(), &wait_ms)) {
        conn_refuse(conn, REFUSAL_RATE, NULL, wait_ms);
        return;
    }
    if (conn->server->draining || api_window_full(conn)) {
        conn_refuse(conn, REFUSAL_BUSY, NULL, RETRY_BUSY_MS);
        return;
    }
    enum refusal refusal = has_body(exchange->http) ? exchange_check_body(exchange) : REFUSAL_NONE;
    if (refusal == REFUSAL_NONE && has_body(exchange->http))
        refusal = check_size(exchange, SERVER_API_BODY);
    if (refusal != REFUSAL_NONE)
        conn_refuse(conn, refusal, NULL, 0);
    else if (exchange->http->expects && has_body(exchange->http))
        conn_continue(conn);
}

void exchange_head(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    find_goal(exchange);
    if (!take_place(conn))
        conn_refuse(conn, REFUSAL_RATE, NULL, RETRY_BUSY_MS);
    else if (exchange->goal == GOAL_NONE)
        conn_refuse(conn, REFUSAL_PATH, NULL, 0);
    else if (!method_fine(exchange))
        conn_refuse(conn, REFUSAL_METHOD, NULL, 0);
    else if (has_body(exchange->http) && strcmp(exchange->http->method, "POST") != 0)
        conn_refuse(conn, REFUSAL_SYNTAX, "only a POST has a body here", 0);
    else if (exchange->goal == GOAL_WEBHOOK)
        webhook_head(conn);
    else if (exchange->goal == GOAL_API)
        api_head(conn);
}

static void answer_health(struct conn *conn)
{
    static const char ok[] = "{\"status\":\"ok\"}\n";
    bool fine = conn->exchange->goal == GOAL_HEALTH || (conn->server->ready && !conn->server->draining);
    struct response response = {.status = 200, .body = ok, .len = sizeof ok - 1};
    if (fine)
        conn_answer(conn, &response);
    else
        conn_refuse(conn, REFUSAL_CLOSED, conn->server->why, RETRY_CLOSED_MS);
}

static void webhook_end(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    struct front_webhook *hook = exchange->hook;
    const struct buf *body = &exchange->body;
    int64_t wait_ms;
    enum refusal refusal = webhook_auth_body(hook, &exchange->claim, buf_string(body), body->len);
    const char *why = NULL;
    if (refusal == REFUSAL_NONE && !exchange->verifying)
        why = body_scan(buf_string(body), body->len, exchange->lines);
    if (why != NULL)
        refusal = body->len > 0 ? REFUSAL_BODY : REFUSAL_EMPTY;
    if (refusal != REFUSAL_NONE)
        conn_refuse(conn, refusal, why, 0);
    else if (!bucket_take(&hook->bucket, server_boot_ms(), &wait_ms))
        conn_refuse(conn, REFUSAL_RATE, NULL, wait_ms);
    else if (exchange->verifying)
        verify_okta(conn);
    else if (window_full(conn))
        conn_refuse(conn, REFUSAL_BUSY, NULL, RETRY_BUSY_MS);
    else
        handover_document(conn);
}

static void api_end(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    const struct buf *body = &exchange->body;
    const char *why = body->len > 0 ? body_scan(buf_string(body), body->len, false) : NULL;
    if (why != NULL)
        conn_refuse(conn, REFUSAL_BODY, why, 0);
    else if (api_window_full(conn)) /* others came while this body did */
        conn_refuse(conn, REFUSAL_BUSY, NULL, RETRY_BUSY_MS);
    else
        handover_api(conn);
}

void exchange_end(struct conn *conn)
{
    if (conn->exchange->goal == GOAL_WEBHOOK)
        webhook_end(conn);
    else if (conn->exchange->goal == GOAL_API)
        api_end(conn);
    else
        answer_health(conn);
}
