/* One connection: what it is waiting for, and until when. */
#ifndef FRONT_CONN_H
#define FRONT_CONN_H

#include "soard/front/exchange.h"
#include "soard/front/response.h"
#include "soard/front/server.h"

struct bufferevent;
struct ssl_st;

enum conn_state {
    CONN_HANDSHAKE,
    CONN_IDLE, /* before the first byte of a request */
    CONN_HEAD,
    CONN_BODY,
    CONN_ENGINE, /* handed over */
    CONN_ANSWER, /* being written */
    CONN_LINGER  /* written and shut; the client's rest is thrown away */
};

struct conn {
    struct server *server;
    struct bufferevent *bev;
    struct ssl_st *ssl; /* NULL: plain */
    struct event *deadline;
    struct from_address peer;
    bool proxied; /* the peer is one of our proxies: it is not counted as an address */
    enum conn_state state;
    struct exchange *exchange; /* from a request's first byte to its answer's last */
    bool close;                /* after this answer */
    size_t thrown;
    struct conn_list *list; /* the one it is in */
    TAILQ_ENTRY(conn) link;
    TAILQ_ENTRY(conn) body_link;
    bool in_bodies;
};

/* Takes the descriptor over; when all is full, whoever waits longest without a whole request makes room. */
void conn_accept(struct server *server, int fd, const struct sockaddr *address);
void conn_free(struct conn *conn);
void conn_drain(struct server *server); /* the idle ones are closed, the others after their answer */
void conn_end(struct server *server);   /* no answer of soard's will come any more */
bool conn_evict(struct server *server, const struct from_address *only); /* only: of this address; or NULL */

/* The present request's answer. Nothing of it may be used afterwards but by the connection itself. */
void conn_answer(struct conn *conn, struct response *response);
/* detail: NULL for the table's own words. retry_ms: 0 for none. */
void conn_refuse(struct conn *conn, enum refusal refusal, const char *detail, int64_t retry_ms);
void conn_await_engine(struct conn *conn, int64_t id); /* before the body is taken from the exchange */
void conn_continue(struct conn *conn);                 /* 100 */

/* soard's answer to what was handed over. */
void conn_answered(struct conn *conn, const struct value *message, const char *body, size_t len);

#endif
