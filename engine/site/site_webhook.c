/* `webhooks:`: the sources that may send alerts, each with its path, its form, its one secret and its limits.
 * No two share a secret or a path: what one of them signed must never be taken for another's. */
#include "engine/site/site_parts.h"

#include <assert.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "soar/front.h"

#define SECOND INT64_C(1000)
#define DAY    (24 * 60 * 60 * SECOND)
#define KIB    INT64_C(1024)
enum { RATE = 600, PATH_BYTES_MAX = 128 };

static const char *const verifies[] = {"none", "okta", "microsoft", NULL};

#define AT(field) offsetof(struct webhook_entry, field)
static const struct bind_key webhook_keys[] = {
    {.name = "path", .kind = BIND_SCALAR, .offset = AT(path), .required = true, .about = "/webhook/NAME"},
    {.name = "format",
     .kind = BIND_SCALAR,
     .offset = AT(format),
     .about = "whose alerts they are: a mapping file's source; default soar"},
    {.name = "auth",
     .kind = BIND_MAP,
     .offset = AT(auth),
     .table = &webhook_auth_table,
     .required = true,
     .about = "{hmac_sha256: {...}}"},
    {.name = "verify",
     .kind = BIND_CHOICE,
     .offset = AT(verify),
     .words = verifies,
     .about = "how the sender asks once whether the endpoint is ours; default: by format"},
    {.name = "rate", .kind = BIND_SCALAR, .offset = AT(rate), .about = "requests; default 600/1m"},
    {.name = "body",
     .kind = BIND_SCALAR,
     .offset = AT(body),
     .about = "bytes of one request: 512KiB, at most 16MiB; default 1MiB"},
    {.name = "repeat",
     .kind = BIND_DURATION,
     .offset = AT(repeat_ms),
     .min = 60 * SECOND,
     .max = 30 * DAY,
     .about = "how long a byte-identical request is answered as the first time; default 24h, where the time "
              "is signed twice its window"},
    {.name = "dedup", .kind = BIND_MAP, .offset = AT(dedup), .table = &webhook_dedup_table},
    {.name = "scope",
     .kind = BIND_MAP,
     .offset = AT(scope),
     .table = &webhook_scope_table,
     .about = "triggers it may start, hosts it may name, and how sure it may be"},
    {.name = "budget",
     .kind = BIND_NODE,
     .offset = AT(budget),
     .schema = webhook_budget_schema,
     .about = "how many in what time, by the beginning of an action's name: {isolate: 5/1h}"},
    {0}};
#undef AT
const struct bind_table webhook_table = {"a webhook", sizeof(struct webhook_entry), webhook_keys};

/* soar's own form; Grafana's HMAC settings of a webhook contact point; Okta's event hooks. */
static const struct webhook_custom customs[] = {
    {.format = "soar",
     .header = "X-Soar-Signature",
     .timestamp = "X-Soar-Timestamp",
     .separator = ".",
     .verify = ""},
    {.format = "grafana", .header = "X-Grafana-Alerting-Signature", .separator = ":", .verify = ""},
    {.format = "okta", .separator = ".", .verify = "okta"},
    {.format = NULL, .separator = ".", .verify = ""},
};

const struct webhook_custom *webhook_custom(const char *format)
{
    const struct webhook_custom *custom = customs;
    while (custom->format != NULL && !text_same_fold(custom->format, format)) {
        custom++;
    }
    return custom;
}

/* One or more segments of plain characters behind /webhook/; none is "." or "..". */
static bool is_path(const char *path)
{
    static const char root[] = "/webhook/";
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (strncmp(path, root, sizeof root - 1) != 0 || strlen(path) > PATH_BYTES_MAX) {
        return false;
    }
    for (const char *segment = path + sizeof root - 1;; segment++) {
        size_t len = strspn(segment, plain);
        bool dots = strspn(segment, ".") == len;
        segment += len;
        if (len == 0 || dots || (*segment != '/' && *segment != '\0')) {
            return false;
        }
        if (*segment == '\0') {
            return true;
        }
    }
}

/* "1MiB", "512KiB", "65536" */
static bool read_size(const char *text, int64_t *ret_bytes)
{
    enum { DIGITS_MAX = 9 };
    size_t digits = strspn(text, "0123456789");
    int64_t bytes = 0;
    for (size_t i = 0; i < digits && i < DIGITS_MAX; i++) {
        bytes = bytes * 10 + (text[i] - '0');
    }
    const char *unit = text + digits;
    int64_t factor = *unit == '\0'              ? 1
                     : strcmp(unit, "KiB") == 0 ? KIB
                     : strcmp(unit, "MiB") == 0 ? KIB * KIB
                                                : 0;
    *ret_bytes = bytes * factor;
    return digits > 0 && digits <= DIGITS_MAX && factor > 0;
}

static void read_limits(const struct webhook_entry *entry, struct site_webhook *webhook,
                        struct diag_list *diags)
{
    const struct yaml_node *rate = entry->rate;
    const struct yaml_node *body = entry->body;
    webhook->rate = RATE;
    webhook->rate_ms = 60 * SECOND;
    webhook->body_bytes = LIMIT_ALERT_BYTES;
    if (rate != NULL && (!site_rate(rate->text, &webhook->rate, &webhook->rate_ms) || webhook->rate == 0)) {
        diag_error(diags, rate->line, rate->col,
                   "'rate': expected a number and a time like 600/1m, found '%.60s'", rate->text);
    }
    if (body != NULL && (!read_size(body->text, &webhook->body_bytes) || webhook->body_bytes < KIB ||
                         webhook->body_bytes > FRONT_BODY_BYTES)) {
        diag_error(diags, body->line, body->col, "'body': expected a size from 1KiB to 16MiB, found '%.60s'",
                   body->text);
    }
}

static void read_path(const struct yaml_node *path, const struct site *site, struct site_webhook *webhook,
                      struct diag_list *diags)
{
    if (path == NULL) {
        return;
    }
    assert(path->text && "a bound text is a scalar");
    webhook->path = path->text;
    if (!is_path(path->text)) {
        diag_error(diags, path->line, path->col,
                   "'path': expected /webhook/NAME of letters, digits, '.', '_' and '-', found '%.60s'",
                   path->text);
    }
    for (size_t i = 0; i < site->webhook_count; i++) {
        if (site->webhooks[i].path != NULL && strcmp(site->webhooks[i].path, path->text) == 0) {
            diag_error(diags, path->line, path->col, "'path': %s is webhook '%s''s, too", path->text,
                       site->webhooks[i].name);
        }
    }
}

/* A request signed for one source must be nothing at another's path. */
static void refuse_shared_secret(const struct yaml_node *auth, const struct site *site,
                                 const struct site_webhook *webhook, struct diag_list *diags)
{
    for (size_t i = 0; webhook->secret != NULL && i < site->webhook_count; i++) {
        const struct site_webhook *other = &site->webhooks[i];
        if (other->secret != NULL && strcmp(other->secret, webhook->secret) == 0) {
            diag_error(diags, auth->line, auth->col,
                       "'auth': the secret is webhook '%s''s, too: what one source sends could be sent again "
                       "as the other's; give each its own",
                       other->name);
        }
    }
}

/* "scope.gone" and "pause.all" are rules: no source can be called so. */
static void check_name(const struct yaml_node *name, const struct site *site, struct diag_list *diags)
{
    if (!config_name(name, "a webhook's name", "._-", diags)) {
        return;
    }
    const struct site_webhook *twin = site_find_webhook(site, name->text);
    if (text_same_fold(name->text, "gone") || text_same_fold(name->text, "all")) {
        diag_error(diags, name->line, name->col, "a webhook can't be called '%s'", name->text);
    } else if (twin != NULL) {
        diag_error(diags, name->line, name->col, "webhook '%s' stands twice (case doesn't count)",
                   name->text);
    }
}

/* Where the time is signed, a request is refused once its time is over: it need not be known for longer, and
 * must not for less, or it could be sent again meanwhile. */
static void choose_repeat(const struct webhook_entry *entry, struct site_webhook *webhook)
{
    int64_t alive_ms = webhook->timestamp ? 2 * webhook->window_ms : 0;

    webhook->repeat_ms = entry->repeat_ms > 0 ? entry->repeat_ms : alive_ms > 0 ? alive_ms : DAY;
    if (webhook->repeat_ms < alive_ms)
        webhook->repeat_ms = alive_ms;
}

static void read_webhook(struct arena *arena, const struct webhook_entry *entry, const struct yaml_node *node,
                         const char *file, const struct site *site, struct site_webhook *webhook,
                         struct diag_list *diags)
{
    const struct yaml_node *auth = yaml_get(node, "auth");
    read_path(entry->path, site, webhook, diags);
    webhook->format = entry->format == NULL ? "soar" : entry->format->text;
    if (entry->format != NULL) {
        webhook->format_line = entry->format->line;
        webhook->format_col = entry->format->col;
    }
    webhook->verify = webhook_custom(webhook->format)->verify;
    if (yaml_get(node, "verify") != NULL) {
        webhook->verify = entry->verify == 0 ? "" : verifies[entry->verify];
    }
    read_limits(entry, webhook, diags);
    if (auth != NULL) {
        webhook_auth_read(arena, auth, &entry->auth, file, webhook, diags);
        refuse_shared_secret(auth, site, webhook, diags);
        if (webhook->auth == AUTH_MUTUAL_TLS &&
            (site->listen == NULL || site->listen->tls_client_ca == NULL)) {
            diag_error(diags, auth->line, auth->col,
                       "'mutual_tls' needs 'client_ca' in 'tls' of 'listen': who signs the senders?");
        }
    }
    choose_repeat(entry, webhook);
    webhook_scope_read(arena, node, entry, site, webhook, diags);
}

void webhooks_read(struct arena *arena, const struct bind_array *array, const char *file, struct site *site,
                   struct diag_list *diags)
{
    const struct webhook_entry *entries = array->items;
    struct site_webhook *webhooks = arena_array(arena, array->count, sizeof *webhooks);
    site->webhooks = webhooks;
    if (array->count > LIMIT_WEBHOOKS) {
        diag_error(diags, array->names[0]->line, array->names[0]->col, "there are at most %d webhooks",
                   LIMIT_WEBHOOKS);
        return;
    }
    for (size_t i = 0; i < array->count; i++) {
        const struct yaml_node *name = array->names[i];
        struct site_webhook *webhook = &webhooks[i];
        check_name(name, site, diags);
        *webhook = (struct site_webhook){
            .name = name->text, .line = name->line, .format_line = name->line, .format_col = name->col};
        if (array->nodes[i]->kind == YAML_MAP) {
            read_webhook(arena, &entries[i], array->nodes[i], file, site, webhook, diags);
        }
        site->webhook_count++;
    }
}

const struct site_webhook *site_find_webhook(const struct site *site, const char *name)
{
    for (size_t i = 0; i < site->webhook_count; i++) {
        if (text_same_fold(site->webhooks[i].name, name)) {
            return &site->webhooks[i];
        }
    }
    return NULL;
}
