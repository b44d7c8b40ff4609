/* Every comparison is one of two digests of 32 bytes, in constant time: neither a length nor a first
 * difference shows in how long it takes. What is no credential in form at all is told apart from a wrong one;
 * that is visible to whoever sent it anyway. */
#include "soard/front/webhook_auth.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAC_BASE64 = 44, BASIC_MAX = 4096, TOKEN_MAX = 4096, TIME_DIGITS_MAX = 14, SECONDS_DIGITS_MAX = 11 };

static int hex_value(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static bool decode_hex(const char *text, uint8_t ret_mac[DIGEST_BYTES])
{
    if (strlen(text) != (size_t)2 * DIGEST_BYTES || strspn(text, "0123456789abcdefABCDEF") != strlen(text))
        return false;
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        ret_mac[i] = (uint8_t)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
    return true;
}

/* Standard alphabet, padded; *ret_bytes holds len / 4 * 3 bytes. */
static bool decode_base64(const char *text, size_t len, unsigned char *ret_bytes, size_t *ret_len)
{
    size_t pads = len > 0 && text[len - 1] == '=' ? 1U + (len > 1 && text[len - 2] == '=') : 0;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (len == 0 || len % 4 != 0 || strspn(text, digits) != len - pads)
        return false;
    int count = EVP_DecodeBlock(ret_bytes, (const unsigned char *)text, (int)len);
    if (count < 0)
        return false;
    *ret_len = (size_t)count - pads;
    return true;
}

static bool decode_mac(const struct front_webhook *hook, const char *text, uint8_t ret_mac[DIGEST_BYTES])
{
    size_t prefix = strlen(hook->prefix);
    if (strncmp(text, hook->prefix, prefix) != 0)
        return false;
    text += prefix;
    if (!hook->base64)
        return decode_hex(text, ret_mac);
    unsigned char bytes[MAC_BASE64 / 4 * 3];
    size_t len;
    if (strlen(text) != MAC_BASE64 || !decode_base64(text, MAC_BASE64, bytes, &len) || len != DIGEST_BYTES)
        return false;
    memcpy(ret_mac, bytes, DIGEST_BYTES);
    return true;
}

/* Seconds since 1970, or milliseconds: the number of digits tells until the year 5138. */
static bool parse_time(const char *text, int64_t *ret_ms)
{
    size_t digits = strlen(text);
    if (digits == 0 || digits > TIME_DIGITS_MAX || strspn(text, "0123456789") != digits)
        return false;
    int64_t number = strtoll(text, NULL, 10);
    *ret_ms = digits <= SECONDS_DIGITS_MAX ? number * 1000 : number;
    return true;
}

static enum refusal claim_hmac(const struct front_webhook *hook, const struct http *http, int64_t now_ms,
                               struct auth_claim *claim)
{
    const char *mac = http_field(http, hook->header, NULL);
    if (mac == NULL || !decode_mac(hook, mac, claim->mac))
        return REFUSAL_NO_CREDENTIALS;
    if (hook->timestamp == NULL)
        return REFUSAL_NONE;
    const char *time = http_field(http, hook->timestamp, NULL);
    if (time == NULL || !parse_time(time, &claim->sent_ms))
        return REFUSAL_NO_CREDENTIALS;
    memcpy(claim->time_text, time, strlen(time) + 1);
    int64_t away_ms = claim->sent_ms > now_ms ? claim->sent_ms - now_ms : now_ms - claim->sent_ms;
    return away_ms <= hook->window_ms ? REFUSAL_NONE : REFUSAL_TIME;
}

static enum refusal compare_secret(const struct front_webhook *hook, const void *given, size_t len)
{
    uint8_t digest[DIGEST_BYTES];
    digest_sha256(given, len, digest);
    return CRYPTO_memcmp(digest, hook->digest, DIGEST_BYTES) == 0 ? REFUSAL_NONE : REFUSAL_CREDENTIALS;
}

/* What follows the scheme in the only Authorization field; NULL: there is none of that scheme. */
static const char *authorization(const struct http *http, const char *scheme)
{
    const char *text = http_field(http, "authorization", NULL);
    size_t len = strlen(scheme);
    if (text == NULL || strncasecmp(text, scheme, len) != 0 || text[len] != ' ')
        return NULL;
    text += len + strspn(text + len, " ");
    return *text != '\0' ? text : NULL;
}

const char *webhook_auth_token(const struct http *http)
{
    const char *token = authorization(http, "Bearer");
    for (const char *at = token; at != NULL && *at != '\0'; at++) {
        if (*at <= ' ' || *at >= 0x7f)
            return NULL;
    }
    return token != NULL && strlen(token) <= TOKEN_MAX ? token : NULL;
}

static enum refusal check_basic(const struct front_webhook *hook, const struct http *http)
{
    const char *text = authorization(http, "Basic");
    unsigned char plain[BASIC_MAX / 4 * 3];
    size_t len;
    if (text == NULL || strlen(text) > BASIC_MAX || !decode_base64(text, strlen(text), plain, &len))
        return REFUSAL_NO_CREDENTIALS;
    enum refusal refusal = compare_secret(hook, plain, len);
    explicit_bzero(plain, sizeof plain);
    return refusal;
}

enum refusal webhook_auth_head(const struct front_webhook *hook, const struct http *http, int64_t now_ms,
                               struct auth_claim *ret_claim)
{
    *ret_claim = (struct auth_claim){0};
    const char *given = NULL;
    switch (hook->auth) {
    case FRONT_HMAC:
        return claim_hmac(hook, http, now_ms, ret_claim);
    case FRONT_BASIC:
        return check_basic(hook, http);
    case FRONT_BEARER:
        given = authorization(http, "Bearer");
        break;
    case FRONT_HEADER:
        given = http_field(http, hook->header, NULL);
        break;
    case FRONT_MUTUAL_TLS:
    case FRONT_AUTH_COUNT:
        return REFUSAL_NONE;
    }
    return given != NULL ? compare_secret(hook, given, strlen(given)) : REFUSAL_NO_CREDENTIALS;
}

/* One pass over the parts: the time and the body are never copied together. */
static void sign(const struct front_webhook *hook, const char *time, const char *body, size_t len,
                 uint8_t ret_mac[DIGEST_BYTES])
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                                 OSSL_PARAM_construct_end()};
    size_t size;
    if (context == NULL ||
        EVP_MAC_init(context, (const unsigned char *)hook->key, hook->key_len, params) != 1)
        abort();
    const char *between = hook->timestamp != NULL ? hook->separator : "";
    if (EVP_MAC_update(context, (const unsigned char *)time, strlen(time)) != 1 ||
        EVP_MAC_update(context, (const unsigned char *)between, strlen(between)) != 1 ||
        EVP_MAC_update(context, (const unsigned char *)body, len) != 1 ||
        EVP_MAC_final(context, ret_mac, &size, DIGEST_BYTES) != 1 || size != DIGEST_BYTES)
        abort();
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(hmac);
}

enum refusal webhook_auth_body(const struct front_webhook *hook, const struct auth_claim *claim,
                               const char *body, size_t len)
{
    if (hook->auth != FRONT_HMAC)
        return REFUSAL_NONE;
    uint8_t mac[DIGEST_BYTES];
    sign(hook, claim->time_text, body, len, mac);
    return CRYPTO_memcmp(mac, claim->mac, DIGEST_BYTES) == 0 ? REFUSAL_NONE : REFUSAL_CREDENTIALS;
}

const char *webhook_auth_challenge(const struct front_webhook *hook)
{
    static const char *const challenges[FRONT_AUTH_COUNT] = {
        [FRONT_HMAC] = "HMAC-SHA256 realm=\"soar\"",
        [FRONT_BEARER] = "Bearer realm=\"soar\"",
        [FRONT_BASIC] = "Basic realm=\"soar\", charset=\"UTF-8\"",
        [FRONT_HEADER] = "Secret realm=\"soar\"",
        [FRONT_MUTUAL_TLS] = "Mutual realm=\"soar\"",
    };
    return challenges[hook->auth];
}

void webhook_auth_request(const struct front_webhook *hook, const struct auth_claim *claim, const char *body,
                          size_t len, char ret_hex[DIGEST_HEX])
{
    struct digest *digest = digest_new();
    uint8_t bytes[DIGEST_BYTES];
    digest_piece(digest, hook->name, strlen(hook->name));
    digest_piece(digest, claim->time_text, strlen(claim->time_text));
    digest_piece(digest, body, len);
    digest_end(digest, bytes);
    digest_hex(bytes, ret_hex);
}
