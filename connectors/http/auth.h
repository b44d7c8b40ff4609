/* How a service is logged in to: one auth_kind for each key that may stand under `auth`.
 *
 * As it goes, kinds without a token (basic, bearer, header, path, mtls, aws): before a request of a call goes
 * out, act() writes the log-in into it, last of all: method, url, headers and body are final.
 *
 * Kinds with a token (oauth2, exchange, jwt): a kind that has ask() gets one. When there is none, or its life
 * is over, ask() fills in a request of its own. It finds there method POST, the service's url with no path
 * behind it, and no header (accept: application/json is added behind it, if it sets none);
 * http_request_path() or http_request_url() says where to. The worker sends it (one at a time: other calls
 * wait for it) within the call's deadline and follows no redirect. A status 2xx is handed to take(), which
 * finds the token in it and how long it lives; any other is told by the worker, with RFC 6749's `error` and
 * `error_description` where the answer has them: 400, 401, 403 are DENIED, 429 and 5xx TRANSIENT, others
 * PERMANENT. The worker keeps the token in memory for its life less a margin, and hands it to act() with each
 * request. When a request is answered by 401, the token is thrown away, a new one is got and the request is
 * sent once more, with the new one: once a call, and only if the token was not got for this very call.
 *
 * As it goes wrong: a secret that isn't there, or can't stand in its place, is INVALID and says which;
 * nothing quotes a secret. Nothing was sent of the call's own request then, so an error of a token's request
 * is never UNKNOWN.
 *
 * `fields` is what the peer has under the kind's name (public); `secrets` is the call's flat map, and
 * whatever is taken from it lives no longer than the call. */
#ifndef CONNECTORS_HTTP_AUTH_H
#define CONNECTORS_HTTP_AUTH_H

#include "connectors/http/http_answer.h"
#include "connectors/http/http_request.h"

struct auth_token {
    const char *text;
    int64_t life_ms; /* from now; 0: the service didn't say, so a few minutes */
};

struct auth_kind {
    const char *name;
    /* Once, when the worker is bound: INVALID if a field is missing or makes no sense. May be NULL. */
    int (*check)(const struct value *fields, struct soar_err *err);
    /* Both or none. */
    int (*ask)(const struct value *fields, const struct value *secrets, struct http_request *request,
               struct soar_err *err);
    int (*take)(const struct value *fields, const struct http_answer *answer, struct auth_token *ret_token,
                struct soar_err *err);
    /* Of a kind whose log-in says what time it is: by how much the answer, which refused it, says that our
     * clock is wrong, in ms; 0: it doesn't say that. The request is sent once more by the right time, and so
     * are those that follow. May be NULL. */
    int64_t (*off)(const struct http_answer *answer, int64_t wall_ms);
    /* token: of ask() and take(), else NULL. */
    int (*act)(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err);
};

extern const struct auth_kind auth_aws, auth_basic, auth_bearer, auth_exchange, auth_header, auth_jwt,
    auth_mtls, auth_oauth2, auth_path;

extern const struct auth_kind *const auth_kinds[]; /* ends with NULL; auth.c */
const struct auth_kind *auth_find(const char *name);

/* A field that must be there, a text without control characters. */
int auth_field(const struct value *fields, const char *name, const char **ret_text, struct soar_err *err)
    __attribute__((warn_unused_result));
/* A secret that must be there, not empty, without NUL. */
int auth_secret(const struct value *secrets, const char *name, const char **ret_text, struct soar_err *err)
    __attribute__((warn_unused_result));
/* The token's text must be fit for a header: else PERMANENT. */
int auth_take_text(const struct value *token, struct auth_token *ret_token, struct soar_err *err)
    __attribute__((warn_unused_result));

/* Authorization: Basic, of RFC 7617; both base64 and password are hidden. */
int auth_act_basic(struct http_request *request, const char *user, const char *password, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Authorization: Bearer TOKEN: an act() for kinds with a token. */
int auth_act_token(const struct value *fields, const struct value *secrets, const char *token,
                   struct http_request *request, struct soar_err *err);
/* access_token and expires_in of RFC 6749, 5.1: a take() for kinds whose answer is an OAuth one. */
int auth_take_oauth(const struct value *fields, const struct http_answer *answer,
                    struct auth_token *ret_token, struct soar_err *err);

#endif
