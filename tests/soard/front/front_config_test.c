/* Property: a configuration is read whole or refused with the webhook's name; whichever it was, no secret is
 * left in the message, and none is in what is said about it. Method: messages as soard writes them, and each
 * with one thing wrong; the message's own memory is searched afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "soard/front/front_config.h"

#define SECRET "correct-horse-battery"
#define LIMITS                                                                                               \
    "\"limits\":{\"connections\":10,\"per_address\":5,\"header_ms\":1,\"body_ms\":2,\"idle_ms\":3,"          \
    "\"window\":4,\"window_bytes\":5}"
#define HOOK(name, auth)                                                                                     \
    "{\"name\":\"" name "\",\"path\":\"/" name                                                               \
    "\",\"verify\":\"\",\"rate\":2,\"rate_ms\":1000,\"body\":100,"                                           \
    "\"auth\":" auth "}"
#define HMAC                                                                                                 \
    "{\"hmac_sha256\":{\"secret\":\"" SECRET "\",\"header\":\"X-Sig\",\"encoding\":\"hex\","                 \
    "\"prefix\":\"v0=\",\"timestamp\":\"X-Time\",\"separator\":\":\",\"window_ms\":5}}"
#define BEARER "{\"bearer\":{\"secret\":\"" SECRET "\"}}"
#define BASIC  "{\"basic\":{\"user\":\"u\",\"secret\":\"" SECRET "\"}}"
#define HEADER "{\"header\":{\"name\":\"X-Key\",\"secret\":\"" SECRET "\"}}"
#define MUTUAL "{\"mutual_tls\":{\"names\":[\"a\",\"b\"]}}"
#define WITH(address, hooks)                                                                                 \
    "{\"address\":\"" address "\",\"proxies\":[\"10.0.0.0/8\"]," LIMITS ",\"webhooks\":[" hooks "]}"

static bool holds_secret(const struct value *value)
{
    if (value->kind == VALUE_STRING)
        return memmem(value->text, value->len, SECRET, strlen(SECRET)) != NULL;
    for (size_t i = 0; value->kind == VALUE_LIST && i < value->list->count; i++) {
        if (holds_secret(&value->list->items[i]))
            return true;
    }
    for (size_t i = 0; value->kind == VALUE_MAP && i < value->map->count; i++) {
        if (holds_secret(&value->map->values[i]))
            return true;
    }
    return false;
}

static int read_config(const char *text, const struct front_config *before, struct front_config **ret_config,
                       struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct value message;
    assert_int_equal(json_parse(arena, text, strlen(text), &message, err), 0);
    int result = front_config_read(&message, before, ret_config, err);
    assert_false(holds_secret(&message));
    return result;
}

static void everything_is_read(void **state)
{
    (void)state;
    struct front_config *config;
    struct soar_err err;
    static const char text[] =
        WITH("a:1", HOOK("hmac", HMAC) "," HOOK("bearer", BEARER) "," HOOK("basic", BASIC) "," HOOK(
                        "header", HEADER) "," HOOK("mutual", MUTUAL));
    assert_int_equal(read_config(text, NULL, &config, &err), 0);
    assert_string_equal(config->address, "a:1");
    assert_int_equal(config->limits.window_bytes, 5);
    assert_int_equal(config->proxy_count, 1);
    assert_int_equal(config->webhook_count, 5);
    const struct front_webhook *hook = front_config_find(config, "/hmac");
    assert_int_equal(hook->auth, FRONT_HMAC);
    assert_int_equal(hook->key_len, strlen(SECRET));
    assert_memory_equal(hook->key, SECRET, strlen(SECRET));
    assert_string_equal(hook->header, "x-sig");
    assert_string_equal(hook->timestamp, "x-time");
    assert_string_equal(hook->separator, ":");
    assert_string_equal(hook->prefix, "v0=");
    assert_int_equal(front_config_find(config, "/mutual")->san_count, 2);
    assert_null(front_config_find(config, "/hma"));
    assert_null(front_config_find(config, "/HMAC"));
    front_config_drop(config);
}

static void one_thing_wrong_refuses_it_and_wipes_it_all_the_same(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"webhooks\":[" HOOK("a", HMAC) "]}",
        "{\"address\":\"a:1\",\"proxies\":[],\"webhooks\":[" HOOK("a", HMAC) "]}",
        WITH("a:1", HOOK("a", HMAC) "," HOOK("b", "{\"magic\":{\"secret\":\"" SECRET "\"}}")),
        WITH("a:1", HOOK("a", HMAC) "," HOOK("a", BEARER)),
        WITH("a:1", HOOK("a", "{\"hmac_sha256\":{\"secret\":\"" SECRET
                              "\",\"header\":\"X\",\"encoding\":\"rot13\"}}")),
        WITH("a:1",
             HOOK("a", "{\"hmac_sha256\":{\"secret\":\"\",\"header\":\"X\",\"encoding\":\"hex\"}}") "," HOOK(
                 "b", BASIC)),
        WITH("a:1", HOOK("a", "{\"bearer\":{}}") "," HOOK("b", HEADER)),
        WITH("a:1", HOOK("a", "{\"basic\":{\"user\":\"a:b\",\"secret\":\"" SECRET "\"}}")),
        WITH("a:1", HOOK("a", "{\"header\":{\"name\":\"\",\"secret\":\"" SECRET "\"}}")),
        WITH("a:1", HOOK("a", "{\"mutual_tls\":{\"names\":[]}}")),
        WITH("a:1",
             "{\"name\":\"a\",\"path\":\"a\",\"rate\":0,\"rate_ms\":0,\"body\":1,\"auth\":" BEARER "}"),
        WITH("a:1", "{\"name\":\"a\",\"path\":\"/a\",\"rate\":0,\"rate_ms\":0,\"auth\":" BEARER "}"),
        WITH("a:1", "{\"name\":\"a\",\"path\":\"/"
                    "a\",\"verify\":\"x\",\"rate\":0,\"rate_ms\":0,\"body\":1,\"auth\":" BEARER "}"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct front_config *config;
        struct soar_err err = {0};
        if (read_config(bad[i], NULL, &config, &err) == 0)
            fail_msg("let pass: %s", bad[i]);
        assert_true(strlen(err.text) > 0);
        assert_null(strstr(err.text, SECRET));
    }
}

static void a_reload_fills_no_bucket(void **state)
{
    (void)state;
    struct front_config *before, *after;
    struct soar_err err;
    int64_t wait_ms;
    assert_int_equal(read_config(WITH("a:1", HOOK("a", BEARER) "," HOOK("b", BEARER)), NULL, &before, &err),
                     0);
    assert_true(bucket_take(&before->webhooks[0].bucket, 1000, &wait_ms));
    assert_true(bucket_take(&before->webhooks[0].bucket, 1000, &wait_ms));
    assert_int_equal(read_config(WITH("a:1", HOOK("b", BEARER) "," HOOK("a", HMAC)), before, &after, &err),
                     0);
    assert_false(bucket_take(&front_config_find(after, "/a")->bucket, 1000, &wait_ms));
    assert_true(bucket_take(&front_config_find(after, "/b")->bucket, 1000, &wait_ms));
    front_config_drop(before);
    front_config_drop(after);
}

static void the_last_user_s_drop_frees(void **state)
{
    (void)state;
    struct front_config *config;
    struct soar_err err;
    assert_int_equal(read_config(WITH("a:1", HOOK("a", HMAC)), NULL, &config, &err), 0);
    assert_ptr_equal(front_config_use(config), config);
    front_config_drop(config);
    assert_memory_equal(config->webhooks[0].key, SECRET, strlen(SECRET));
    front_config_drop(config);
    front_config_drop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(one_thing_wrong_refuses_it_and_wipes_it_all_the_same),
        cmocka_unit_test(a_reload_fills_no_bucket),
        cmocka_unit_test(the_last_user_s_drop_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
