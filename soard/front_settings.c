/* From `listen:` and `webhooks:` to the message that makes a front of a program. Files and secrets are read
 * here and anew for each front; the message has its room from the beginning, so that no copy of a secret is
 * left behind by a buffer that grew. */
#include "soard/front_settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "soar/front.h"

/* Documents without an answer: enough that one sync of the journal serves many, few enough that a stalled
 * journal is felt at once. Their bytes lie in the front. */
enum { WINDOW = 1024, WINDOW_BYTES = 64 * 1024 * 1024, PEM_BYTES = 128 * 1024 };

static void put_quoted(struct buf *out, const char *key, const char *text)
{
    buf_printf(out, "\"%s\":", key);
    json_quote(out, text, strlen(text));
}

static int put_file(struct buf *out, const char *key, const char *path, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    char *text = NULL;
    size_t len = 0;

    if (file_read(arena, path, PEM_BYTES, &text, &len, err))
        return soar_err_wrap(err, "listen");
    buf_printf(out, "\"%s\":", key);
    json_quote(out, text, len);
    return 0;
}

static int put_secret(struct buf *out, const struct site *site, const char *key, const char *reference,
                      struct soar_err *err)
{
    struct site_secret secret = {0};

    if (site_secret_read(site, reference, &secret, err))
        return -1;
    buf_printf(out, "\"%s\":", key);
    json_quote(out, secret.bytes, secret.len);
    site_secret_done(&secret);
    return 0;
}

/* Digests of the secrets that were put, one a webhook: the secrets themselves aren't kept. */
struct secrets {
    const struct site *site;
    uint8_t (*digests)[DIGEST_BYTES];
    bool *put;
};

/* Who has one webhook's secret has that one's scope and budget: two with the same bytes would be one, however
 * they are referred to. */
static int put_own_secret(struct buf *out, struct secrets *secrets, size_t index, struct soar_err *err)
{
    const struct site_webhook *webhooks = secrets->site->webhooks;
    struct site_secret secret = {0};

    if (site_secret_read(secrets->site, webhooks[index].secret, &secret, err))
        return -1;
    digest_sha256(secret.bytes, secret.len, secrets->digests[index]);
    buf_text(out, "\"secret\":");
    json_quote(out, secret.bytes, secret.len);
    site_secret_done(&secret);
    for (size_t i = 0; i < index; i++)
        if (secrets->put[i] && memcmp(secrets->digests[i], secrets->digests[index], DIGEST_BYTES) == 0)
            return soar_err_set(err, SOAR_INVALID,
                                "its secret is that of webhook %s: each needs one of its own",
                                webhooks[i].name);
    secrets->put[index] = true;
    return 0;
}

static void put_texts(struct buf *out, const char *key, const char *const *texts, size_t count)
{
    buf_printf(out, "\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        buf_text(out, i > 0 ? "," : "");
        json_quote(out, texts[i], strlen(texts[i]));
    }
    buf_char(out, ']');
}

static int put_listen(struct buf *out, const struct site *site, struct soar_err *err)
{
    const struct site_listen *listen = site->listen;

    put_quoted(out, "address", listen->address);
    buf_char(out, ',');
    put_texts(out, "proxies", listen->proxies, listen->proxy_count);
    buf_printf(out,
               ",\"limits\":{\"connections\":%" PRId64 ",\"per_address\":%" PRId64 ",\"header_ms\":%" PRId64
               ",\"body_ms\":%" PRId64 ",\"idle_ms\":%" PRId64 ",\"window\":%d,\"window_bytes\":%d}",
               listen->connections, listen->per_address, listen->header_ms, listen->body_ms, listen->idle_ms,
               WINDOW, WINDOW_BYTES);
    if (!listen->tls_cert)
        return 0;
    buf_text(out, ",\"tls\":{");
    if (put_file(out, "cert", listen->tls_cert, err))
        return -1;
    buf_char(out, ',');
    if (put_secret(out, site, "key", listen->tls_key, err))
        return soar_err_wrap(err, "listen");
    if (listen->tls_client_ca) {
        buf_char(out, ',');
        if (put_file(out, "client_ca", listen->tls_client_ca, err))
            return -1;
    }
    buf_char(out, '}');
    return 0;
}

static void put_hmac(struct buf *out, const struct site_webhook *webhook)
{
    buf_char(out, ',');
    put_quoted(out, "header", webhook->header);
    buf_printf(out, ",\"encoding\":\"%s\",", webhook->base64 ? "base64" : "hex");
    put_quoted(out, "prefix", webhook->prefix ? webhook->prefix : "");
    if (webhook->timestamp) {
        buf_char(out, ',');
        put_quoted(out, "timestamp", webhook->timestamp);
        buf_char(out, ',');
        put_quoted(out, "separator", webhook->separator ? webhook->separator : ".");
    }
    buf_printf(out, ",\"window_ms\":%" PRId64, webhook->window_ms);
}

static int put_auth(struct buf *out, struct secrets *secrets, size_t index, struct soar_err *err)
{
    const struct site_webhook *webhook = &secrets->site->webhooks[index];
    static const char *const names[AUTH_COUNT] = {[AUTH_HMAC_SHA256] = "hmac_sha256",
                                                  [AUTH_BEARER] = "bearer",
                                                  [AUTH_BASIC] = "basic",
                                                  [AUTH_HEADER] = "header",
                                                  [AUTH_MUTUAL_TLS] = "mutual_tls"};

    buf_printf(out, "\"auth\":{\"%s\":{", names[webhook->auth]);
    if (webhook->auth == AUTH_MUTUAL_TLS)
        put_texts(out, "names", webhook->sans, webhook->san_count);
    else if (put_own_secret(out, secrets, index, err))
        return soar_err_wrap(err, "webhook %s", webhook->name);
    if (webhook->auth == AUTH_HMAC_SHA256)
        put_hmac(out, webhook);
    if (webhook->auth == AUTH_BASIC) {
        buf_char(out, ',');
        put_quoted(out, "user", webhook->user);
    }
    if (webhook->auth == AUTH_HEADER) {
        buf_char(out, ',');
        put_quoted(out, "name", webhook->header);
    }
    buf_text(out, "}}");
    return 0;
}

static int put_webhook(struct buf *out, struct secrets *secrets, size_t index, struct soar_err *err)
{
    const struct site_webhook *webhook = &secrets->site->webhooks[index];

    buf_char(out, '{');
    put_quoted(out, "name", webhook->name);
    buf_char(out, ',');
    put_quoted(out, "path", webhook->path);
    buf_char(out, ',');
    put_quoted(out, "verify", webhook->verify ? webhook->verify : "");
    buf_printf(out, ",\"rate\":%" PRId64 ",\"rate_ms\":%" PRId64 ",\"body\":%" PRId64 ",", webhook->rate,
               webhook->rate_ms, webhook->body_bytes);
    if (put_auth(out, secrets, index, err))
        return -1;
    buf_char(out, '}');
    return 0;
}

static int put_all(struct buf *out, const struct site *site, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct secrets secrets = {.site = site,
                              .digests = arena_array(arena, site->webhook_count, DIGEST_BYTES),
                              .put = arena_array(arena, site->webhook_count, sizeof *secrets.put)};

    buf_text(out, "{\"type\":\"config\",");
    if (put_listen(out, site, err))
        return -1;
    buf_text(out, ",\"webhooks\":[");
    for (size_t i = 0; i < site->webhook_count; i++) {
        buf_text(out, i > 0 ? "," : "");
        if (put_webhook(out, &secrets, i, err))
            return -1;
    }
    buf_text(out, "]}\n");
    return out->failed || out->len > FRONT_LINE_BYTES
               ? soar_err_set(err, SOAR_INVALID, "the webhooks' configuration is larger than %d bytes",
                              FRONT_LINE_BYTES)
               : 0;
}

/* The whole room at once: a buffer that grows leaves its old memory behind as it was. */
static void make_room(struct buf *out)
{
    char *zeros = calloc(1, FRONT_LINE_BYTES);

    if (!zeros)
        abort();
    buf_init(out, 2 * FRONT_LINE_BYTES);
    buf_add(out, zeros, FRONT_LINE_BYTES);
    buf_clear(out);
    free(zeros);
}

int front_settings_read(const struct site *site, struct front_settings *ret_settings, struct soar_err *err)
{
    struct buf out;

    make_room(&out);
    int answer = put_all(&out, site, err);
    struct front_settings settings = {.line = out.data, .len = out.len};
    if (answer)
        front_settings_done(&settings);
    else
        *ret_settings = settings;
    return answer;
}

void front_settings_done(struct front_settings *settings)
{
    if (settings->line)
        explicit_bzero(settings->line, settings->len);
    free(settings->line);
    *settings = (struct front_settings){0};
}
