/* The `config` message, taken apart. The engine has checked a person's mistakes; what is checked here is what
 * this program relies on. A secret leaves the message only as a key or as a digest, and its text is wiped in
 * the message as soon as it was read. */
#include "soard/front/front_config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "soar/front.h"
#include "soard/front/front_tls.h"

enum { WEBHOOKS_MAX = 4096, PROXIES_MAX = 256, DAY_MS = 24 * 3600 * 1000 };

/* The message is ours to wipe: its arena is thrown away after this. */
static void wipe(const struct value *text)
{
    if (text != NULL && text->kind == VALUE_STRING)
        explicit_bzero((char *)(uintptr_t)text->text, text->len);
}

static const char *take_text(struct arena *arena, const struct value *map, const char *key)
{
    const struct value *value = value_get(map, key);
    if (value == NULL || value->kind != VALUE_STRING || strlen(value->text) != value->len)
        return NULL;
    return arena_copy(arena, value->text, value->len);
}

static const char *take_lower(struct arena *arena, const struct value *map, const char *key)
{
    char *text = (char *)(uintptr_t)take_text(arena, map, key); /* a copy of our own */
    for (char *at = text; at != NULL && *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return text;
}

static int take_number(const struct value *map, const char *key, int64_t least, int64_t most,
                       int64_t *ret_number, struct soar_err *err)
{
    int64_t number = value_get_int(map, key, INT64_MIN);
    if (number < least || number > most)
        return soar_err_set(err, SOAR_INVALID, "%s is missing or out of its bounds", key);
    *ret_number = number;
    return 0;
}

/* The secret as a digest, with what comes before it on the wire. */
static int take_digest(struct front_webhook *hook, const char *before, const struct value *secret,
                       struct soar_err *err)
{
    if (secret == NULL || secret->kind != VALUE_STRING || secret->len == 0)
        return soar_err_set(err, SOAR_INVALID, "an empty secret");
    struct digest *digest = digest_new();
    digest_raw(digest, before, strlen(before));
    digest_raw(digest, secret->text, secret->len);
    digest_end(digest, hook->digest);
    wipe(secret);
    return 0;
}

static int read_hmac(struct arena *arena, const struct value *auth, struct front_webhook *hook,
                     struct soar_err *err)
{
    const struct value *secret = value_get(auth, "secret");
    if (secret == NULL || secret->kind != VALUE_STRING || secret->len == 0)
        return soar_err_set(err, SOAR_INVALID, "an empty secret");
    hook->key = malloc(secret->len);
    if (hook->key == NULL)
        abort();
    memcpy(hook->key, secret->text, secret->len);
    hook->key_len = secret->len;
    wipe(secret);
    hook->header = take_lower(arena, auth, "header");
    hook->timestamp = take_lower(arena, auth, "timestamp");
    if (hook->timestamp != NULL && *hook->timestamp == '\0')
        hook->timestamp = NULL;
    hook->separator = take_text(arena, auth, "separator");
    hook->separator = hook->separator != NULL ? hook->separator : ".";
    hook->prefix = take_text(arena, auth, "prefix");
    hook->prefix = hook->prefix != NULL ? hook->prefix : "";
    const char *encoding = value_get_string(auth, "encoding", "");
    hook->base64 = strcmp(encoding, "base64") == 0;
    if (hook->header == NULL || (!hook->base64 && strcmp(encoding, "hex") != 0))
        return soar_err_set(err, SOAR_INVALID, "hmac_sha256 needs a header and an encoding");
    if (hook->timestamp == NULL)
        return 0;
    return take_number(auth, "window_ms", 1, DAY_MS, &hook->window_ms, err);
}

static int read_bearer(struct arena *arena, const struct value *auth, struct front_webhook *hook,
                       struct soar_err *err)
{
    (void)arena;
    return take_digest(hook, "", value_get(auth, "secret"), err);
}

static int read_basic(struct arena *arena, const struct value *auth, struct front_webhook *hook,
                      struct soar_err *err)
{
    const char *user = value_get_string(auth, "user", "");
    if (*user == '\0' || strchr(user, ':') != NULL)
        return soar_err_set(err, SOAR_INVALID, "basic needs a user without a colon");
    return take_digest(hook, arena_printf(arena, "%s:", user), value_get(auth, "secret"), err);
}

static int read_header(struct arena *arena, const struct value *auth, struct front_webhook *hook,
                       struct soar_err *err)
{
    hook->header = take_lower(arena, auth, "name");
    if (hook->header == NULL || *hook->header == '\0')
        return soar_err_set(err, SOAR_INVALID, "header needs a name");
    return take_digest(hook, "", value_get(auth, "secret"), err);
}

static int read_mutual_tls(struct arena *arena, const struct value *auth, struct front_webhook *hook,
                           struct soar_err *err)
{
    const struct value *names = value_get(auth, "names");
    hook->san_count = value_count(names);
    hook->sans = arena_array(arena, hook->san_count, sizeof *hook->sans);
    for (size_t i = 0; i < hook->san_count; i++) {
        const struct value *name = value_at(names, i);
        if (name == NULL || name->kind != VALUE_STRING || strlen(name->text) != name->len)
            return soar_err_set(err, SOAR_INVALID, "mutual_tls: a name that is no text");
        hook->sans[i] = arena_copy(arena, name->text, name->len);
    }
    return hook->san_count > 0 ? 0 : soar_err_set(err, SOAR_INVALID, "mutual_tls needs names");
}

static const struct {
    const char *name;
    int (*read)(struct arena *arena, const struct value *auth, struct front_webhook *hook,
                struct soar_err *err);
} auths[FRONT_AUTH_COUNT] = {
    [FRONT_HMAC] = {"hmac_sha256", read_hmac},
    [FRONT_BEARER] = {"bearer", read_bearer},
    [FRONT_BASIC] = {"basic", read_basic},
    [FRONT_HEADER] = {"header", read_header},
    [FRONT_MUTUAL_TLS] = {"mutual_tls", read_mutual_tls},
};

static int read_auth(struct arena *arena, const struct value *webhook, struct front_webhook *hook,
                     struct soar_err *err)
{
    const struct value *auth = value_get(webhook, "auth");
    for (int i = 0; i < FRONT_AUTH_COUNT; i++) {
        const struct value *one = value_get(auth, auths[i].name);
        if (one != NULL) {
            hook->auth = (enum front_auth)i;
            return auths[i].read(arena, one, hook, err);
        }
    }
    return soar_err_set(err, SOAR_INVALID, "no way to authenticate that is known here");
}

static int read_webhook(struct arena *arena, const struct value *webhook, struct front_webhook *hook,
                        struct soar_err *err)
{
    hook->name = take_text(arena, webhook, "name");
    hook->path = take_text(arena, webhook, "path");
    if (hook->name == NULL || hook->path == NULL || hook->path[0] != '/')
        return soar_err_set(err, SOAR_INVALID, "a webhook needs a name and a path");
    const char *verify = value_get_string(webhook, "verify", "");
    hook->verify = strcmp(verify, "okta") == 0        ? FRONT_VERIFY_OKTA
                   : strcmp(verify, "microsoft") == 0 ? FRONT_VERIFY_MICROSOFT
                                                      : FRONT_VERIFY_NONE;
    if (hook->verify == FRONT_VERIFY_NONE && *verify != '\0')
        return soar_err_set(err, SOAR_INVALID, "verify is okta, microsoft or nothing");
    if (read_auth(arena, webhook, hook, err) != 0 ||
        take_number(webhook, "rate", 0, INT32_MAX, &hook->bucket.count, err) != 0 ||
        take_number(webhook, "rate_ms", 0, DAY_MS, &hook->bucket.period_ms, err) != 0 ||
        take_number(webhook, "body", 1, FRONT_BODY_BYTES, &hook->body_max, err) != 0)
        return -1;
    return 0;
}

static int read_webhooks(const struct value *message, struct front_config *config, struct soar_err *err)
{
    const struct value *webhooks = value_get(message, "webhooks");
    size_t count = value_count(webhooks);
    if (count > WEBHOOKS_MAX)
        return soar_err_set(err, SOAR_INVALID, "more than %d webhooks", WEBHOOKS_MAX);
    config->webhooks = arena_array(config->arena, count, sizeof *config->webhooks);
    for (size_t i = 0; i < count; i++) {
        config->webhook_count = i + 1; /* what a half-read one holds is wiped, too */
        struct front_webhook *hook = &config->webhooks[i];
        if (read_webhook(config->arena, value_at(webhooks, i), hook, err) != 0)
            return soar_err_wrap(err, "webhook %s", hook->name != NULL ? hook->name : "without a name");
        if (front_config_find(config, hook->path) != hook)
            return soar_err_set(err, SOAR_INVALID, "webhook %s: another has the same path", hook->name);
    }
    return 0;
}

static int read_proxies(const struct value *message, struct front_config *config, struct soar_err *err)
{
    const struct value *proxies = value_get(message, "proxies");
    size_t count = value_count(proxies);
    if (count > PROXIES_MAX)
        return soar_err_set(err, SOAR_INVALID, "more than %d proxies", PROXIES_MAX);
    config->proxies = arena_array(config->arena, count, sizeof *config->proxies);
    for (size_t i = 0; i < count; i++) {
        const struct value *prefix = value_at(proxies, i);
        if (prefix->kind != VALUE_STRING || !from_prefix_parse(prefix->text, &config->proxies[i]))
            return soar_err_set(err, SOAR_INVALID, "a proxy that is no address and no prefix");
        config->proxy_count++;
    }
    return 0;
}

static int read_limits(const struct value *message, struct front_limits *limits, struct soar_err *err)
{
    const struct value *map = value_get(message, "limits");
    const struct {
        const char *name;
        int64_t least, most;
        int64_t *number;
    } all[] = {
        {"connections", 1, 100000, &limits->connections},
        {"per_address", 1, 100000, &limits->per_address},
        {"header_ms", 1, DAY_MS, &limits->header_ms},
        {"body_ms", 1, DAY_MS, &limits->body_ms},
        {"idle_ms", 1, DAY_MS, &limits->idle_ms},
        {"window", 1, 100000, &limits->window},
        {"window_bytes", 1, INT32_MAX, &limits->window_bytes},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (take_number(map, all[i].name, all[i].least, all[i].most, all[i].number, err) != 0)
            return soar_err_wrap(err, "limits");
    }
    return 0;
}

static int read_tls(const struct value *message, struct front_config *config, struct soar_err *err)
{
    const struct value *tls = value_get(message, "tls");
    if (tls == NULL || tls->kind == VALUE_NULL)
        return 0;
    const struct value *key = value_get(tls, "key");
    struct front_tls_texts texts = {
        .cert = value_get_string(tls, "cert", ""),
        .key = value_get_string(tls, "key", ""),
        .client_ca = value_get_string(tls, "client_ca", NULL),
    };
    int result = front_tls_new(&texts, &config->tls, err);
    wipe(key);
    return result;
}

/* A reload is no way to get a full bucket. */
static void keep_rates(struct front_config *config, const struct front_config *before)
{
    for (size_t i = 0; before != NULL && i < config->webhook_count; i++) {
        for (size_t j = 0; j < before->webhook_count; j++) {
            if (strcmp(config->webhooks[i].name, before->webhooks[j].name) == 0)
                config->webhooks[i].bucket.full_us = before->webhooks[j].bucket.full_us;
        }
    }
}

/* Every text of it, whether it was known here or not: what is needed has been copied. */
static void wipe_all(const struct value *message)
{
    wipe(message);
    for (size_t i = 0; message->kind == VALUE_LIST && i < message->list->count; i++)
        wipe_all(&message->list->items[i]);
    for (size_t i = 0; message->kind == VALUE_MAP && i < message->map->count; i++)
        wipe_all(&message->map->values[i]);
}

int front_config_read(const struct value *message, const struct front_config *before,
                      struct front_config **ret_config, struct soar_err *err)
{
    struct arena *arena = arena_new();
    struct front_config *config = arena_alloc(arena, sizeof *config);
    config->arena = arena;
    config->users = 1;
    config->address = take_text(arena, message, "address");
    int result = config->address != NULL ? 0 : soar_err_set(err, SOAR_INVALID, "no address");
    if (result != 0 || read_limits(message, &config->limits, err) != 0 ||
        read_proxies(message, config, err) != 0 || read_webhooks(message, config, err) != 0 ||
        read_tls(message, config, err) != 0)
        result = -1;
    wipe_all(message);
    if (result != 0) {
        front_config_drop(config);
        return -1;
    }
    keep_rates(config, before);
    *ret_config = config;
    return 0;
}

struct front_config *front_config_use(struct front_config *config)
{
    config->users++;
    return config;
}

void front_config_drop(struct front_config *config)
{
    if (config == NULL || --config->users > 0)
        return;
    for (size_t i = 0; i < config->webhook_count; i++) {
        struct front_webhook *hook = &config->webhooks[i];
        if (hook->key != NULL)
            explicit_bzero(hook->key, hook->key_len);
        free(hook->key);
    }
    front_tls_free(config->tls);
    arena_free(config->arena);
}

struct front_webhook *front_config_find(struct front_config *config, const char *path)
{
    for (size_t i = 0; i < config->webhook_count; i++) {
        if (strcmp(config->webhooks[i].path, path) == 0)
            return &config->webhooks[i];
    }
    return NULL;
}
