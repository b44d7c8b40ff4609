/* What soard told the front to be: read from one message, counted by those who still use it. */
#ifndef FRONT_FRONT_CONFIG_H
#define FRONT_FRONT_CONFIG_H

#include <stdint.h>

#include "engine/base/value.h"
#include "soar/err.h"
#include "soard/front/bucket.h"
#include "soard/front/from_address.h"

enum front_auth { FRONT_HMAC, FRONT_BEARER, FRONT_BASIC, FRONT_HEADER, FRONT_MUTUAL_TLS, FRONT_AUTH_COUNT };
enum front_verify { FRONT_VERIFY_NONE, FRONT_VERIFY_OKTA, FRONT_VERIFY_MICROSOFT };

struct front_webhook {
    const char *name;
    const char *path;
    enum front_auth auth;
    enum front_verify verify;
    char *key; /* of HMAC: wiped with the configuration */
    size_t key_len;
    uint8_t digest[32];    /* of what BEARER, BASIC and HEADER must carry: the secret itself is not kept */
    const char *header;    /* lower case: of the signature, or of HEADER */
    const char *timestamp; /* lower case; NULL: the body alone is signed */
    const char *separator; /* between the signed time and the body */
    const char *prefix;
    bool base64;
    int64_t window_ms;
    size_t san_count;
    const char **sans;
    int64_t body_max;
    struct bucket bucket;
};

struct front_limits {
    int64_t connections;
    int64_t per_address;
    int64_t header_ms;
    int64_t body_ms;
    int64_t idle_ms;
    int64_t window; /* documents without an answer */
    int64_t window_bytes;
};

struct ssl_ctx_st;

struct front_config {
    struct arena *arena;
    const char *address;
    struct ssl_ctx_st *tls; /* NULL: plain */
    struct front_limits limits;
    size_t proxy_count;
    struct from_prefix *proxies;
    size_t webhook_count;
    struct front_webhook *webhooks;
    unsigned users;
};

/* Secrets in the message are wiped on the way, also when it fails. `before`, if any, hands on how far its
 * webhooks' rates are used up. */
int front_config_read(const struct value *message, const struct front_config *before,
                      struct front_config **ret_config, struct soar_err *err)
    __attribute__((warn_unused_result));
struct front_config *front_config_use(struct front_config *config);
void front_config_drop(struct front_config *config); /* the last user's drop frees; NULL is fine */

struct front_webhook *front_config_find(struct front_config *config, const char *path);

#endif
