/* soar-http inside: one service, and the calls that are under way to it.
 *
 * As it goes: http_main binds the service (http_peer.c) and runs the loop (http_multi.c), which waits for the
 * engine's lines and the library's sockets at once. Each call is an exchange (http_exchange.c): its arguments
 * become a request (http_args.c); it waits for its turn (http_rate.c); if its log-in needs a token and there
 * is none, a request for one goes first (http_token.c); then its own (http_transfer.c), and what comes back
 * is judged: a 401 gets a new token once, a 429 waits as long as the service said, if the call's time allows.
 * The answer (http_answer.c) goes to the engine.
 *
 * As it goes wrong: until the first byte of the call's own request is handed to a connection, all is
 * TRANSIENT (INVALID, PERMANENT or DENIED where trying again can't help). From then on a write that got no
 * whole answer is UNKNOWN, and is never sent again by itself, on whatever connection. */
#ifndef CONNECTORS_HTTP_SERVICE_H
#define CONNECTORS_HTTP_SERVICE_H

#include <curl/curl.h>

#include "connectors/http/auth.h"
#include "connectors/http/http_answer.h"
#include "connectors/http/http_rate.h"
#include "connectors/http/http_request.h"
#include "connectors/worker/worker.h"

enum {
    HTTP_CALLS = 8,                        /* at once */
    HTTP_HEAD_BYTES_MAX = 32 * 1024,       /* of an answer, 1xx and trailers included */
    HTTP_DRAIN_BYTES_MAX = 4 * 1024 * 1024 /* read on to keep the connection; beyond it is cut */
};

struct http_auth {
    const struct auth_kind *kind;
    const struct value *fields;
};

struct http_service {
    struct arena *arena; /* the peer's */
    const char *name;    /* the inventory's, for people */
    const char *url;
    const char *ca; /* PEM, or NULL: the system's authorities */
    size_t ca_len;
    struct value headers; /* constant ones: a map of texts, or null */
    struct http_auth auths[2];
    size_t auth_count;
    struct http_rate rate;
    bool timeless; /* a stand-in: neither its rate nor Retry-After is waited for, since time is made up there
                    */

    CURLM *multi;
    int64_t closed_until_ms; /* it said Retry-After */
    int64_t clock_off_ms;    /* by how much its clock is ahead of ours, as far as that matters */
    char *token;             /* or NULL */
    int64_t token_until_ms;
    uint64_t tokens;                 /* got so far: which one this is */
    struct http_exchange *asking;    /* who gets a token just now */
    struct http_exchange *exchanges; /* under way, in the order they came */
    struct worker_call *held;        /* read while as many were under way as may be, or NULL */
};

/* One request on its way. */
struct http_transfer {
    CURL *easy; /* NULL: none */
    struct curl_slist *headers;
    char words[CURL_ERROR_SIZE];
    struct buf head, body;
    size_t head_bytes; /* of all heads: 1xx, too */
    uint64_t seen;     /* of the body */
    bool head_ended;   /* the empty line behind the answer's headers came */
    bool went_out;
    bool once;           /* must not go out a second time by itself */
    const char *stopped; /* why we ended it, or NULL */
    bool enough;         /* we ended it: the rest of the body is only counted */
    struct worker_call *sending;
};

enum http_state {
    HTTP_WAITS_TURN,  /* until wake_ms */
    HTTP_WAITS_TOKEN, /* for another call's */
    HTTP_ASKS_TOKEN,
    HTTP_SENT,
    HTTP_STATE_COUNT
};

struct http_exchange {
    struct http_service *service;
    struct worker_call *call;
    struct http_exchange *next;
    enum http_state state;
    int64_t wake_ms;
    bool turn;                  /* has its place in the rate */
    uint64_t token;             /* the number of the one it was sent with */
    bool renewed, fresh, timed; /* a new token, the first one, the right time: each once */
    bool dropped;               /* nobody waits for it: it is not sent, or not again */
    unsigned repeats;
    struct http_hidden hidden;
    struct http_request request;
    struct http_transfer transfer;
};

/* http_peer.c */
int http_peer_parse(struct arena *arena, const struct value *peer, struct http_service *ret_service,
                    struct soar_err *err) __attribute__((warn_unused_result));

/* http_args.c: the call's own request, without the log-in. */
int http_args(const struct http_service *service, struct worker_call *call, int64_t wall_ms,
              struct http_request *ret_request, struct soar_err *err) __attribute__((warn_unused_result));

/* http_transfer.c. `sending` is told before the first byte, if it isn't NULL; once: a write. */
int http_transfer_begin(struct http_transfer *transfer, struct http_service *service,
                        const struct http_request *request, int64_t left_ms, struct worker_call *sending,
                        bool once, void *owner, struct soar_err *err) __attribute__((warn_unused_result));
/* 0: an answer came, whole or cut by us. */
int http_transfer_result(struct http_transfer *transfer, const struct http_request *request,
                         const struct http_service *service, CURLcode code, struct arena *arena,
                         struct http_answer *ret_answer, struct soar_err *err)
    __attribute__((warn_unused_result));
void http_transfer_end(struct http_transfer *transfer, CURLM *multi);
struct http_exchange *http_transfer_owner(CURL *easy);

/* http_token.c */
const struct http_auth *http_token_auth(const struct http_service *service); /* NULL: no token needed */
bool http_token_valid(const struct http_service *service, int64_t now_ms);
int http_token_request(const struct http_service *service, struct http_exchange *exchange,
                       struct soar_err *err) __attribute__((warn_unused_result));
int http_token_take(struct http_service *service, const struct http_answer *answer, int64_t now_ms,
                    struct soar_err *err) __attribute__((warn_unused_result));
void http_token_drop(struct http_service *service);

/* http_exchange.c */
void http_exchange_begin(struct http_service *service, struct worker_call *call);
void http_exchange_done(struct http_exchange *exchange, CURLcode code); /* its transfer has ended */
void http_exchange_drop(struct http_service *service, uint64_t number); /* what was not sent never is */
void http_exchange_wake(struct http_service *service);                  /* those whose turn has come */
int64_t http_exchange_next_ms(const struct http_service *service);      /* INT64_MAX: nobody waits */

/* http_multi.c: until the end of input. */
int http_multi_run(struct http_service *service, const struct worker_program *program, struct soar_err *err);

#endif
