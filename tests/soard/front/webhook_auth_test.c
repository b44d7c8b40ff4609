/* Property: what the sender's documentation signs is let in, and nothing that differs from it by a byte; a
 * claim that has no form is told apart from a wrong one. Method: the published examples of GitHub and RFC
 * 7617, heads through the real reader; every byte of a credential changed once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "soard/front/webhook_auth.h"

static const char github_body[] = "Hello, World!";
static const char github_key[] = "It's a Secret to Everybody";
static const char github_mac[] = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

static struct front_webhook hmac_hook(void)
{
    return (struct front_webhook){.name = "siem",
                                  .auth = FRONT_HMAC,
                                  .key = (char *)(uintptr_t)github_key,
                                  .key_len = strlen(github_key),
                                  .header = "x-hub-signature-256",
                                  .separator = ".",
                                  .prefix = "sha256=",
                                  .window_ms = 300000};
}

static struct http *head(const char *fields)
{
    struct http *http = http_new();
    BUF_SCOPED text;
    size_t used;
    buf_init(&text, 0);
    buf_printf(&text, "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
    assert_int_equal(http_step(http, text.data, text.len, &used), HTTP_HEAD);
    return http;
}

/* Header and body together; `now_s` is ours. */
static enum refusal judge(const struct front_webhook *hook, const char *fields, const char *body,
                          int64_t now_s)
{
    struct http *http = head(fields);
    struct auth_claim claim;
    enum refusal refusal = webhook_auth_head(hook, http, now_s * 1000, &claim);
    http_free(http);
    return refusal != REFUSAL_NONE ? refusal : webhook_auth_body(hook, &claim, body, strlen(body));
}

static void github_s_example_is_let_in(void **state)
{
    (void)state;
    const struct front_webhook hook = hmac_hook();
    char fields[200], upper[80];
    snprintf(fields, sizeof fields, "X-Hub-Signature-256: sha256=%s\r\n", github_mac);
    assert_int_equal(judge(&hook, fields, github_body, 0), REFUSAL_NONE);
    assert_int_equal(judge(&hook, fields, "Hello, World?", 0), REFUSAL_CREDENTIALS);
    assert_int_equal(judge(&hook, fields, "", 0), REFUSAL_CREDENTIALS);
    for (size_t i = 0; github_mac[i] != '\0'; i++) {
        strcpy(upper, github_mac);
        upper[i] = upper[i] == '0' ? '1' : '0';
        snprintf(fields, sizeof fields, "X-Hub-Signature-256: sha256=%s\r\n", upper);
        assert_int_equal(judge(&hook, fields, github_body, 0), REFUSAL_CREDENTIALS);
    }
}

static void what_is_no_signature_is_none(void **state)
{
    (void)state;
    const struct front_webhook hook = hmac_hook();
    static const char *const bad[] = {
        "",
        "sha256=",
        "sha1=757107ea0eb2509fc211221cce984b8a37570b6d",
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17 ,",
        "sha256=g57107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"};
    char fields[200];
    assert_int_equal(judge(&hook, "", github_body, 0), REFUSAL_NO_CREDENTIALS);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(fields, sizeof fields, "X-Hub-Signature-256: %s\r\n", bad[i]);
        assert_int_equal(judge(&hook, fields, github_body, 0), REFUSAL_NO_CREDENTIALS);
    }
}

/* printf '1700000000.{}' | openssl dgst -sha256 -hmac key, and with ':' between. */
static const char dot_mac[] = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae";
static const char colon_mac[] = "048e005f489e39cc19cda2cf96316b3b7492e7cd54393e76d145abd15e239bec";

static enum refusal judge_time(const char *separator, const char *mac, const char *time, int64_t now_s)
{
    struct front_webhook hook = hmac_hook();
    hook.key = (char *)(uintptr_t) "key";
    hook.key_len = 3;
    hook.timestamp = "x-time";
    hook.separator = separator;
    char fields[300];
    snprintf(fields, sizeof fields, "X-Hub-Signature-256: sha256=%s\r\nX-Time: %s\r\n", mac, time);
    return judge(&hook, fields, "{}", now_s);
}

static void the_time_is_signed_and_near(void **state)
{
    (void)state;
    static const char at[] = "1700000000";
    assert_int_equal(judge_time(".", dot_mac, at, 1700000000), REFUSAL_NONE);
    assert_int_equal(judge_time(".", dot_mac, at, 1700000300), REFUSAL_NONE);
    assert_int_equal(judge_time(".", dot_mac, at, 1699999700), REFUSAL_NONE);
    assert_int_equal(judge_time(".", dot_mac, at, 1700000301), REFUSAL_TIME);
    assert_int_equal(judge_time(".", dot_mac, at, 1699999699), REFUSAL_TIME);
    assert_int_equal(judge_time(":", colon_mac, at, 1700000000), REFUSAL_NONE);
    assert_int_equal(judge_time(":", dot_mac, at, 1700000000), REFUSAL_CREDENTIALS);
    assert_int_equal(judge_time(".", dot_mac, "1700000001", 1700000000), REFUSAL_CREDENTIALS);
    assert_int_equal(judge_time(".", dot_mac, "01700000000", 1700000000), REFUSAL_CREDENTIALS);
    static const char *const bad[] = {
        "", "a", "-1700000000", "1700000000.5", "0x1", "170000000000000", "2023-11-14T22:13:20Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(judge_time(".", dot_mac, bad[i], 1700000000), REFUSAL_NO_CREDENTIALS);
}

static void milliseconds_are_known_by_their_digits(void **state)
{
    (void)state;
    struct front_webhook hook = hmac_hook();
    hook.timestamp = "x-time";
    char fields[300];
    snprintf(fields, sizeof fields, "X-Hub-Signature-256: sha256=%s\r\nX-Time: 1700000000123\r\n",
             github_mac);
    struct http *http = head(fields);
    struct auth_claim claim;
    assert_int_equal(webhook_auth_head(&hook, http, 1700000000000, &claim), REFUSAL_NONE);
    assert_int_equal(claim.sent_ms, 1700000000123);
    assert_string_equal(claim.time_text, "1700000000123");
    http_free(http);
}

static void base64_is_another_way_to_write_it(void **state)
{
    (void)state;
    struct front_webhook hook = hmac_hook();
    hook.base64 = true;
    hook.prefix = "";
    static const char good[] = "X-Hub-Signature-256: dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc=\r\n";
    assert_int_equal(judge(&hook, good, github_body, 0), REFUSAL_NONE);
    static const char *const bad[] = {
        "dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc", "dXEH6g6yUJ_CESIczphLijdXC211hsIsRvQ3nIsEPhc=",
        "dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPg==", "=XEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc="};
    char fields[200];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(fields, sizeof fields, "X-Hub-Signature-256: %s\r\n", bad[i]);
        assert_int_equal(judge(&hook, fields, github_body, 0), REFUSAL_NO_CREDENTIALS);
    }
}

static struct front_webhook secret_hook(enum front_auth auth, const char *secret)
{
    struct front_webhook hook = {.name = "siem", .auth = auth, .header = "x-key"};
    digest_sha256(secret, strlen(secret), hook.digest);
    return hook;
}

static void basic_is_as_rfc_7617_writes_it(void **state)
{
    (void)state;
    const struct front_webhook hook = secret_hook(FRONT_BASIC, "Aladdin:open sesame");
    static const char good[] = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";
    assert_int_equal(judge(&hook, good, "", 0), REFUSAL_NONE);
    assert_int_equal(judge(&hook, "Authorization: basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n", "", 0),
                     REFUSAL_NONE);
    assert_int_equal(judge(&hook, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZg==\r\n", "", 0),
                     REFUSAL_CREDENTIALS);
    assert_int_equal(judge(&hook, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ\r\n", "", 0),
                     REFUSAL_NO_CREDENTIALS);
    assert_int_equal(judge(&hook, "Authorization: BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n", "", 0),
                     REFUSAL_NO_CREDENTIALS);
    assert_int_equal(judge(&hook, "Authorization: Basic ====\r\n", "", 0), REFUSAL_NO_CREDENTIALS);
}

static void secrets_are_compared_as_a_whole(void **state)
{
    (void)state;
    const struct front_webhook bearer = secret_hook(FRONT_BEARER, "t0ken"),
                               key = secret_hook(FRONT_HEADER, "t0ken");
    assert_int_equal(judge(&bearer, "Authorization: Bearer t0ken\r\n", "", 0), REFUSAL_NONE);
    assert_int_equal(judge(&bearer, "Authorization: Bearer t0ke\r\n", "", 0), REFUSAL_CREDENTIALS);
    assert_int_equal(judge(&bearer, "Authorization: Bearer t0kenn\r\n", "", 0), REFUSAL_CREDENTIALS);
    assert_int_equal(judge(&bearer, "Authorization: Token t0ken\r\n", "", 0), REFUSAL_NO_CREDENTIALS);
    assert_int_equal(judge(&bearer, "", "", 0), REFUSAL_NO_CREDENTIALS);
    assert_int_equal(judge(&key, "X-Key:\tt0ken \r\n", "", 0), REFUSAL_NONE);
    assert_int_equal(judge(&key, "X-Key: T0ken\r\n", "", 0), REFUSAL_CREDENTIALS);
    assert_int_equal(judge(&key, "X-Key: t0ken\r\nX-Key: t0ken\r\n", "", 0), REFUSAL_NO_CREDENTIALS);
}

static void every_way_has_a_challenge(void **state)
{
    (void)state;
    for (int i = 0; i < FRONT_AUTH_COUNT; i++) {
        const struct front_webhook hook = {.auth = (enum front_auth)i};
        assert_non_null(webhook_auth_challenge(&hook));
    }
}

static void a_token_is_a_visible_text(void **state)
{
    (void)state;
    struct http *http = head("Authorization: bearer abc-123._~+/=\r\n");
    assert_string_equal(webhook_auth_token(http), "abc-123._~+/=");
    http_free(http);
    static const char *const bad[] = {"", "Authorization: Bearer\r\n", "Authorization: Bearer a b\r\n",
                                      "Authorization: Bearer \xc3\xa4\r\n", "Authorization: Basic abc\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        http = head(bad[i]);
        assert_null(webhook_auth_token(http));
        http_free(http);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(github_s_example_is_let_in),
        cmocka_unit_test(what_is_no_signature_is_none),
        cmocka_unit_test(the_time_is_signed_and_near),
        cmocka_unit_test(milliseconds_are_known_by_their_digits),
        cmocka_unit_test(base64_is_another_way_to_write_it),
        cmocka_unit_test(basic_is_as_rfc_7617_writes_it),
        cmocka_unit_test(secrets_are_compared_as_a_whole),
        cmocka_unit_test(every_way_has_a_challenge),
        cmocka_unit_test(a_token_is_a_visible_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
