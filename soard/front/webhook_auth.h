/* Is this request one of the webhook's sender? In two looks: at the header, before any body is let in, and at
 * the body, where it is signed. */
#ifndef FRONT_WEBHOOK_AUTH_H
#define FRONT_WEBHOOK_AUTH_H

#include "engine/base/digest.h"
#include "soard/front/front_config.h"
#include "soard/front/http.h"
#include "soard/front/refusal.h"

enum { AUTH_TIME_TEXT = 24 };

/* What a signed request claims, until its body is there. */
struct auth_claim {
    uint8_t mac[DIGEST_BYTES];
    char time_text[AUTH_TIME_TEXT]; /* as sent: it is signed so; "" where none is signed */
    int64_t sent_ms;                /* 0: no signed time */
};

/* The header alone. now_ms: the wall clock, which is what senders sign. For mutual TLS the connection knows
 * more: this says NONE. */
enum refusal webhook_auth_head(const struct front_webhook *hook, const struct http *http, int64_t now_ms,
                               struct auth_claim *ret_claim) __attribute__((nonnull, warn_unused_result));

/* The whole. NONE for anything but HMAC, which the header has decided. */
enum refusal webhook_auth_body(const struct front_webhook *hook, const struct auth_claim *claim,
                               const char *body, size_t len) __attribute__((warn_unused_result));

/* For WWW-Authenticate. */
const char *webhook_auth_challenge(const struct front_webhook *hook);

/* The identity of a request: hex SHA-256 over source, signed time and body, each with its length. */
void webhook_auth_request(const struct front_webhook *hook, const struct auth_claim *claim, const char *body,
                          size_t len, char ret_hex[DIGEST_HEX]);

/* The token of `Authorization: Bearer TOKEN`; NULL: none, or not of that form: visible ASCII of a bounded
 * length, so that it is a text to whoever reads it next. */
const char *webhook_auth_token(const struct http *http);

#endif
