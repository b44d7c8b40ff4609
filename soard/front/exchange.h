/* One request and what is known of it so far: where it goes, whose it is, whether it may. */
#ifndef FRONT_EXCHANGE_H
#define FRONT_EXCHANGE_H

#include "soard/front/front_config.h"
#include "soard/front/http.h"
#include "soard/front/webhook_auth.h"

struct conn;

enum exchange_goal { GOAL_NONE, GOAL_HEALTH, GOAL_READY, GOAL_API, GOAL_WEBHOOK };

struct exchange {
    struct http *http;
    struct front_config *config; /* the one in force when it began */
    struct front_webhook *hook;  /* of GOAL_WEBHOOK */
    enum exchange_goal goal;
    struct auth_claim claim;
    struct from_address from;
    bool from_counted; /* by the address its proxy vouches for */
    bool lines;        /* NDJSON */
    bool verifying;    /* a one-time verification instead of a document */
    struct buf body;
    int64_t id; /* at the engine; 0: it isn't there */
};

struct exchange *exchange_new(struct front_config *config);
void exchange_free(struct exchange *exchange);

/* The header is whole: refuses, answers, or lets the body in. */
void exchange_head(struct conn *conn);
/* The body is whole: refuses, answers, or hands it over. */
void exchange_end(struct conn *conn);
/* For counting: a webhook's name, "api" or "-". */
const char *exchange_source(const struct exchange *exchange);
const char *exchange_allow(const struct exchange *exchange);

/* exchange_check.c: what a body says it is. */
enum refusal exchange_check_body(struct exchange *exchange);

/* verify.c: the one-time requests by which a vendor asks whether the endpoint is ours. */
bool verify_microsoft(struct conn *conn); /* true: it was one, and is answered */
void verify_okta(struct conn *conn);

/* handover.c */
void handover_document(struct conn *conn);
void handover_api(struct conn *conn);

#endif
