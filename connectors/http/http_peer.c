/* The service as the engine describes it, checked once, when the worker is bound: what is wrong with an
 * inventory is said here, with its name, before any connection.
 *
 * There is no key that switches off encryption or the check of the certificate. */
#include "connectors/http/http_service.h"

#include <string.h>
#include <strings.h>

#include "engine/base/text.h"

enum {
    CA_BYTES_MAX = 256 * 1024, /* a hundred certificates; the largest company's chain has a few */
    RATE_CALLS_MAX = 100000,   /* each costs 8 bytes */
    RATE_MS_MAX = 24 * 3600 * 1000
};

static int text_key(const struct value *peer, const char *key, const char *otherwise, const char **ret,
                    struct soar_err *err)
{
    const struct value *value = value_get(peer, key);
    if (value == NULL || value->kind == VALUE_NULL) {
        *ret = otherwise;
        return otherwise ? 0 : soar_err_set(err, SOAR_INVALID, "the service has no %s", key);
    }
    if (value->kind != VALUE_STRING || strlen(value->text) != value->len ||
        !text_is_utf8(value->text, value->len))
        return soar_err_set(err, SOAR_INVALID, "the service's %s is not a text", key);
    *ret = value->text;
    return 0;
}

static int parse_rate(struct http_service *service, const struct value *peer, struct soar_err *err)
{
    const struct value *rate = value_get(peer, "rate");
    if (rate == NULL || rate->kind == VALUE_NULL)
        return 0;
    int64_t calls = value_get_int(rate, "calls", 0), per_ms = value_get_int(rate, "per_ms", 0);
    if (calls < 1 || calls > RATE_CALLS_MAX || per_ms < 1 || per_ms > RATE_MS_MAX)
        return soar_err_set(err, SOAR_INVALID,
                            "the service's rate makes no sense: 1 to %d calls in 1 ms to 24 h",
                            RATE_CALLS_MAX);
    http_rate_init(&service->rate, service->arena, (size_t)calls, per_ms);
    return 0;
}

static int parse_headers(struct http_service *service, const struct value *peer, struct soar_err *err)
{
    const struct value *headers = value_get(peer, "headers");
    struct http_request scratch = {.arena = service->arena};
    if (headers == NULL || headers->kind == VALUE_NULL)
        return 0;
    if (headers->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "the service's headers are not a map");
    for (size_t i = 0; i < headers->map->count; i++) {
        const struct value *name = &headers->map->keys[i], *value = &headers->map->values[i];
        if (name->kind != VALUE_STRING || value->kind != VALUE_STRING || strlen(value->text) != value->len)
            return soar_err_set(err, SOAR_INVALID, "the service's headers are not texts");
        if (http_header_reserved(name->text))
            return soar_err_set(err, SOAR_INVALID, "the service's headers: %s is not theirs to set",
                                name->text);
        if (http_request_header(&scratch, name->text, value->text, err))
            return soar_err_wrap(err, "the service's headers");
    }
    service->headers = value_copy(service->arena, headers);
    return 0;
}

static int parse_auth(struct http_service *service, const struct value *peer, struct soar_err *err)
{
    const struct value *auth = value_get(peer, "auth");
    if (auth == NULL || auth->kind == VALUE_NULL)
        return 0;
    if (auth->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "the service's auth is not a map");
    bool mtls = value_get(auth, "mtls") != NULL;
    if (auth->map->count > 1 + (size_t)mtls)
        return soar_err_set(err, SOAR_INVALID, "the service's auth has one kind, and perhaps mtls beside it");
    for (size_t i = 0; i < auth->map->count; i++) {
        const struct value *name = &auth->map->keys[i];
        const struct auth_kind *kind = name->kind == VALUE_STRING ? auth_find(name->text) : NULL;
        if (kind == NULL)
            return soar_err_set(err, SOAR_INVALID, "auth: there is no kind %s",
                                name->kind == VALUE_STRING ? name->text : "of this name");
        struct value *fields = arena_alloc(service->arena, sizeof *fields);
        *fields = value_copy(service->arena, &auth->map->values[i]);
        if (kind->check && kind->check(fields, err))
            return soar_err_wrap(err, "auth: %s", kind->name);
        service->auths[service->auth_count++] = (struct http_auth){kind, fields};
    }
    return 0;
}

int http_peer_parse(struct arena *arena, const struct value *peer, struct http_service *ret_service,
                    struct soar_err *err)
{
    const char *name = "", *url = "", *ca = "";
    struct http_request scratch = {.arena = arena};
    if (peer->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "the service is not a map");
    if (text_key(peer, "url", NULL, &url, err) || text_key(peer, "name", url, &name, err) ||
        text_key(peer, "ca", "", &ca, err))
        return -1;
    struct http_service made = {
        .arena = arena, .name = arena_string(arena, name), .url = arena_string(arena, url)};
    made.headers = value_null();
    made.timeless = value_get_bool(peer, "timeless", false);
    if (http_request_url(&scratch, url, err))
        return soar_err_wrap(err, "the service's url");
    if (*ca != '\0' && (strlen(ca) > CA_BYTES_MAX || strstr(ca, "-----BEGIN CERTIFICATE-----") == NULL))
        return soar_err_set(err, SOAR_INVALID, "the service's ca holds no certificate in PEM form");
    if (*ca != '\0') {
        made.ca = arena_string(arena, ca);
        made.ca_len = strlen(ca);
    }
    if (parse_rate(&made, peer, err) || parse_headers(&made, peer, err) || parse_auth(&made, peer, err))
        return -1;
    *ret_service = made;
    return 0;
}
