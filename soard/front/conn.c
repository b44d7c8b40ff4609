/* The life of a connection: bytes to the reader, the reader's events to the exchange, answers to the wire,
 * and one deadline for whatever is awaited. The one thing to know: within a callback a connection is freed
 * only as its last deed, and another's only when it waits. */
#include "soard/front/conn.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_AHEAD = 64 * 1024 };

static void move_to(struct conn *conn, struct conn_list *list, bool first)
{
    if (conn->list != NULL)
        TAILQ_REMOVE(conn->list, conn, link);
    conn->list = list;
    if (list != NULL && first)
        TAILQ_INSERT_HEAD(list, conn, link);
    else if (list != NULL)
        TAILQ_INSERT_TAIL(list, conn, link);
}

static void set_deadline(struct conn *conn, int64_t ms)
{
    const struct timeval after = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    evtimer_add(conn->deadline, &after);
}

/* The body that was read so far stops counting: it is handed over, or thrown away. */
static void leave_bodies(struct conn *conn)
{
    if (!conn->in_bodies)
        return;
    TAILQ_REMOVE(&conn->server->bodies, conn, body_link);
    conn->in_bodies = false;
    conn->server->reading_bytes -= conn->exchange->body.len;
}

static void end_exchange(struct conn *conn)
{
    struct exchange *exchange = conn->exchange;
    if (exchange == NULL)
        return;
    leave_bodies(conn);
    if (exchange->id != 0)
        pending_forget(&conn->server->pending, exchange->id);
    if (exchange->from_counted)
        address_remove(conn->server->addresses, &exchange->from);
    exchange_free(exchange);
    conn->exchange = NULL;
}

void conn_free(struct conn *conn)
{
    struct server *server = conn->server;
    end_exchange(conn);
    move_to(conn, NULL, false);
    if (!conn->proxied)
        address_remove(server->addresses, &conn->peer);
    server->open--;
    event_free(conn->deadline);
    bufferevent_free(conn->bev);
    free(conn);
    server_closed(server);
}

/* A place is needed. Counted for whoever it was, not answered. */
bool conn_evict(struct server *server, const struct from_address *only)
{
    struct conn *conn;
    TAILQ_FOREACH(conn, &server->waiting, link)
    {
        if (only == NULL || (!conn->proxied && address_same(&conn->peer, only)))
            break;
    }
    if (conn == NULL)
        return false;
    counts_refused(&server->counts, exchange_source(conn->exchange), REFUSAL_EVICTED);
    conn_free(conn);
    return true;
}

void conn_drain(struct server *server)
{
    for (struct conn *conn = TAILQ_FIRST(&server->waiting), *next; conn != NULL; conn = next) {
        next = TAILQ_NEXT(conn, link);
        if (conn->state == CONN_IDLE || conn->state == CONN_HANDSHAKE)
            conn_free(conn);
    }
}

void conn_end(struct server *server)
{
    struct conn *conn, *next;
    for (conn = TAILQ_FIRST(&server->waiting); conn != NULL; conn = next) {
        next = TAILQ_NEXT(conn, link);
        if (conn->state != CONN_LINGER)
            conn_free(conn);
    }
    for (conn = TAILQ_FIRST(&server->busy); conn != NULL; conn = next) {
        next = TAILQ_NEXT(conn, link);
        if (conn->state == CONN_ENGINE)
            conn_refuse(conn, REFUSAL_CLOSED, NULL, SERVER_END_MS);
    }
}

static void begin_request(struct conn *conn)
{
    conn->exchange = exchange_new(conn->server->config);
    conn->state = CONN_HEAD;
    set_deadline(conn, conn->exchange->config->limits.header_ms);
}

static void take_head(struct conn *conn)
{
    conn->state = CONN_BODY;
    TAILQ_INSERT_TAIL(&conn->server->bodies, conn, body_link);
    conn->in_bodies = true;
    set_deadline(conn, conn->exchange->config->limits.body_ms);
    exchange_head(conn);
}

/* All bodies together have a limit; the one that has been coming in for the longest makes room. */
static void take_piece(struct conn *conn)
{
    struct server *server = conn->server;
    struct exchange *exchange = conn->exchange;
    buf_add(&exchange->body, exchange->http->piece, exchange->http->piece_len);
    server->reading_bytes += exchange->http->piece_len;
    struct conn *oldest = TAILQ_FIRST(&server->bodies);
    while (server->reading_bytes > SERVER_READING_BYTES && oldest != NULL) {
        struct conn *next = TAILQ_NEXT(oldest, body_link);
        if (oldest != conn) {
            counts_refused(&server->counts, exchange_source(oldest->exchange), REFUSAL_EVICTED);
            conn_free(oldest);
        }
        oldest = next;
    }
}

static void take_bad(struct conn *conn)
{
    const struct http *http = conn->exchange->http;
    struct response response = {.status = http->status};
    BUF_SCOPED body;
    buf_init(&body, 0);
    problem_write(&body, http->status, http->why);
    response.content = "application/problem+json";
    response.body = body.data;
    response.len = body.len;
    counts_refused(&conn->server->counts, exchange_source(conn->exchange),
                   http->status == 413 ? REFUSAL_SIZE : REFUSAL_SYNTAX);
    conn_answer(conn, &response);
}

/* One step of the reader on what has come in; false: it needs more, or no more now. */
static bool read_step(struct conn *conn, struct evbuffer *input)
{
    struct evbuffer_iovec piece = {0};
    bool some = evbuffer_peek(input, -1, NULL, &piece, 1) > 0;
    const char *bytes = some ? piece.iov_base : "";
    size_t len = some ? piece.iov_len : 0, used;
    if (conn->state == CONN_IDLE) {
        if (len == 0)
            return false;
        begin_request(conn);
    }
    enum http_event event = http_step(conn->exchange->http, bytes, len, &used);
    if (event == HTTP_PIECE)
        take_piece(conn);
    evbuffer_drain(input, used);
    if (event == HTTP_HEAD)
        take_head(conn);
    else if (event == HTTP_END)
        exchange_end(conn);
    else if (event == HTTP_BAD)
        take_bad(conn);
    else if (event == HTTP_MORE)
        return len > 0;
    return true;
}

static bool is_reading(const struct conn *conn)
{
    return conn->state == CONN_IDLE || conn->state == CONN_HEAD || conn->state == CONN_BODY;
}

static void throw_away(struct conn *conn)
{
    struct evbuffer *input = bufferevent_get_input(conn->bev);
    conn->thrown += evbuffer_get_length(input);
    evbuffer_drain(input, evbuffer_get_length(input));
    if (conn->thrown > SERVER_LINGER_BYTES)
        conn_free(conn);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct conn *conn = arg;
    if (conn->state == CONN_LINGER) {
        throw_away(conn);
        return;
    }
    while (is_reading(conn) && read_step(conn, bufferevent_get_input(bev)))
        continue;
}

/* A hasty close would reset the connection, and the client might never read the answer. */
static void linger(struct conn *conn)
{
    conn->state = CONN_LINGER;
    move_to(conn, &conn->server->waiting, true);
    set_deadline(conn, SERVER_LINGER_MS);
    if (conn->ssl != NULL)
        SSL_shutdown(conn->ssl);
    shutdown(bufferevent_getfd(conn->bev), SHUT_WR);
    bufferevent_enable(conn->bev, EV_READ);
    on_read(conn->bev, conn);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct conn *conn = arg;
    if (conn->state != CONN_ANSWER || evbuffer_get_length(bufferevent_get_output(bev)) > 0)
        return;
    end_exchange(conn);
    if (conn->close || conn->server->draining) {
        linger(conn);
        return;
    }
    conn->state = CONN_IDLE;
    move_to(conn, &conn->server->waiting, false);
    set_deadline(conn, conn->server->config->limits.idle_ms);
    bufferevent_enable(bev, EV_READ);
    on_read(bev, conn);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct conn *conn = arg;
    (void)bev;
    if (what & BEV_EVENT_CONNECTED) {
        conn->state = CONN_IDLE;
        set_deadline(conn, conn->server->config->limits.idle_ms);
        return;
    }
    if (conn->state == CONN_HANDSHAKE)
        counts_refused(&conn->server->counts, "-", REFUSAL_HANDSHAKE);
    conn_free(conn);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;
    (void)fd, (void)what;
    switch (conn->state) {
    case CONN_HEAD:
        conn_refuse(conn, REFUSAL_SLOW_HEAD, NULL, 0);
        return;
    case CONN_BODY:
        conn_refuse(conn, REFUSAL_SLOW_BODY, NULL, 0);
        return;
    case CONN_ENGINE:
        pending_forget(&conn->server->pending, conn->exchange->id);
        conn->exchange->id = 0;
        conn_refuse(conn, REFUSAL_NO_ANSWER, NULL, 1000);
        return;
    case CONN_HANDSHAKE:
        counts_refused(&conn->server->counts, "-", REFUSAL_HANDSHAKE);
        break;
    case CONN_IDLE:
    case CONN_ANSWER:
    case CONN_LINGER:
        break;
    }
    conn_free(conn);
}

/* Nothing of the request is left on the wire: the next one may follow. */
static bool is_whole(const struct http *http)
{
    return http->stage == HTTP_ENDED || (http->stage == HTTP_IN_LENGTH && http->left == 0);
}

void conn_answer(struct conn *conn, struct response *response)
{
    struct exchange *exchange = conn->exchange;
    const struct http *http = exchange->http;
    leave_bodies(conn);
    conn->close = http->close || !is_whole(http) || conn->server->draining;
    response->close = conn->close;
    response->headless = http->method != NULL && strcmp(http->method, "HEAD") == 0;
    response->tls = conn->ssl != NULL;
    response->now_ms = server_wall_ms();
    BUF_SCOPED out;
    buf_init(&out, 0);
    response_write(&out, response);
    counts_answered(&conn->server->counts, response->status);
    conn->state = CONN_ANSWER;
    move_to(conn, &conn->server->busy, false);
    set_deadline(conn, SERVER_WRITE_MS);
    bufferevent_disable(conn->bev, EV_READ);
    if (bufferevent_write(conn->bev, buf_string(&out), out.len) != 0)
        abort();
}

void conn_refuse(struct conn *conn, enum refusal refusal, const char *detail, int64_t retry_ms)
{
    struct exchange *exchange = conn->exchange;
    struct response response = {.status = refusal_status(refusal), .content = "application/problem+json"};
    BUF_SCOPED body;
    buf_init(&body, 0);
    problem_write(&body, response.status, detail != NULL ? detail : refusal_detail(refusal));
    response.body = body.data;
    response.len = body.len;
    response.retry_after_s = (retry_ms + 999) / 1000;
    if (response.status == 401 && exchange->hook != NULL)
        response.challenge = webhook_auth_challenge(exchange->hook);
    if (refusal == REFUSAL_METHOD)
        response.allow = exchange_allow(exchange);
    counts_refused(&conn->server->counts, exchange_source(exchange), refusal);
    conn_answer(conn, &response);
}

void conn_await_engine(struct conn *conn, int64_t id)
{
    leave_bodies(conn);
    conn->exchange->id = id;
    conn->state = CONN_ENGINE;
    move_to(conn, &conn->server->busy, false);
    set_deadline(conn, SERVER_ANSWER_MS);
    bufferevent_disable(conn->bev, EV_READ);
}

void conn_continue(struct conn *conn)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    bufferevent_write(conn->bev, text, sizeof text - 1);
}

void conn_answered(struct conn *conn, const struct value *message, const char *body, size_t len)
{
    int64_t status = value_get_int(message, "status", 0);
    const char *content = value_get_string(message, "content", "application/json");
    const char *allow = value_get_string(message, "allow", "");
    int64_t retry_s = value_get_int(message, "retry_after", 0);
    conn->exchange->id = 0;
    struct response response = {
        .status = status >= 200 && status <= 599 ? (int)status : 500,
        .content = response_text_fine(content) ? content : "application/json",
        .body = body,
        .len = len,
        .retry_after_s = retry_s > 0 ? retry_s : 0,
        .allow = response_text_fine(allow) ? allow : NULL,
        .repeated = value_get_bool(message, "repeated", false),
    };
    BUF_SCOPED problem;
    buf_init(&problem, 0);
    if (len == 0 && response.status >= 400) {
        problem_write(&problem, response.status, status_reason(response.status));
        response.content = "application/problem+json";
        response.body = problem.data;
        response.len = problem.len;
    }
    if (response.status == 401)
        response.challenge = "Bearer realm=\"soar\"";
    conn_answer(conn, &response);
}

static struct bufferevent *open_bev(struct server *server, int fd, struct ssl_st **ret_ssl)
{
    *ret_ssl = NULL;
    if (server->config->tls == NULL)
        return bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
    SSL *ssl = SSL_new(server->config->tls);
    if (ssl == NULL)
        return NULL;
    struct bufferevent *bev = bufferevent_openssl_socket_new(server->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                             BEV_OPT_CLOSE_ON_FREE);
    if (bev == NULL) {
        SSL_free(ssl);
        return NULL;
    }
    *ret_ssl = ssl;
    return bev;
}

static void open_conn(struct server *server, int fd, const struct from_address *peer, bool proxied)
{
    struct ssl_st *ssl;
    struct bufferevent *bev = open_bev(server, fd, &ssl);
    if (bev == NULL) {
        close(fd);
        return;
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL)
        abort();
    *conn = (struct conn){.server = server, .bev = bev, .ssl = ssl, .peer = *peer, .proxied = proxied};
    conn->deadline = evtimer_new(server->base, on_deadline, conn);
    if (conn->deadline == NULL)
        abort();
    conn->state = ssl != NULL ? CONN_HANDSHAKE : CONN_IDLE;
    const struct front_limits *limits = &server->config->limits;
    set_deadline(conn, ssl != NULL ? limits->header_ms : limits->idle_ms);
    move_to(conn, &server->waiting, false);
    if (!proxied)
        address_add(server->addresses, peer);
    server->open++;
    server->counts.connections++;
    server->counts.changed = true;
    bufferevent_setcb(bev, on_read, on_written, on_event, conn);
    bufferevent_setwatermark(bev, EV_READ, 0, READ_AHEAD);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}

void conn_accept(struct server *server, int fd, const struct sockaddr *address)
{
    const struct front_config *config = server->config;
    struct from_address peer = from_socket(address);
    bool proxied = from_within(&peer, config->proxies, config->proxy_count);
    bool room = true;
    if (!proxied && address_count(server->addresses, &peer) >= (size_t)config->limits.per_address)
        room = conn_evict(server, &peer);
    if (room && server->open >= server->open_max)
        room = conn_evict(server, NULL);
    if (!room) {
        counts_refused(&server->counts, "-", REFUSAL_BUSY);
        close(fd);
        return;
    }
    open_conn(server, fd, &peer, proxied);
}
