/* `auth:` of a webhook: exactly one way in which a source shows who it is. Secrets are references, and no two
 * webhooks share one (site_webhook.c looks at that). */
#include "engine/site/site_parts.h"

#include <string.h>

#define MINUTE INT64_C(60000)
enum { HEADER_BYTES_MAX = 64, AFFIX_BYTES_MAX = 32 };

static const char *const encodings[] = {"hex", "base64", NULL};

#define AT(field) offsetof(struct hmac_entry, field)
static const struct bind_key hmac_keys[] = {
    {.name = "secret", .kind = BIND_SCALAR, .offset = AT(secret), .required = true, .about = "a reference"},
    {.name = "header",
     .kind = BIND_SCALAR,
     .offset = AT(header),
     .about = "of the signature; default, for format soar: X-Soar-Signature"},
    {.name = "timestamp",
     .kind = BIND_SCALAR,
     .offset = AT(timestamp),
     .about = "header of the signed time; default, for format soar: X-Soar-Timestamp, else none"},
    {.name = "separator",
     .kind = BIND_TEXT,
     .offset = AT(separator),
     .about = "what is signed between time and body; default '.', for format grafana ':'"},
    {.name = "prefix", .kind = BIND_TEXT, .offset = AT(prefix), .about = "before the signature: sha256="},
    {.name = "encoding",
     .kind = BIND_CHOICE,
     .offset = AT(encoding),
     .words = encodings,
     .about = "of the signature; default hex"},
    {.name = "window",
     .kind = BIND_DURATION,
     .offset = AT(window_ms),
     .min = 1000,
     .max = 60 * MINUTE,
     .about = "how far the signed time may be from ours; default 5m"},
    {0}};
#undef AT
static const struct bind_table hmac_table = {"'hmac_sha256'", sizeof(struct hmac_entry), hmac_keys};

#define AT(field) offsetof(struct secret_entry, field)
#define SECRET                                                                                               \
    .name = "secret", .kind = BIND_SCALAR, .offset = AT(secret), .required = true, .about = "a reference"
static const struct bind_key bearer_keys[] = {{SECRET}, {0}};
static const struct bind_key basic_keys[] = {
    {.name = "user", .kind = BIND_SCALAR, .offset = AT(user), .required = true}, {SECRET}, {0}};
static const struct bind_key header_keys[] = {
    {.name = "name", .kind = BIND_SCALAR, .offset = AT(name), .required = true, .about = "of the header"},
    {SECRET},
    {0}};
#undef SECRET
#undef AT
static const struct bind_table bearer_table = {"'bearer'", sizeof(struct secret_entry), bearer_keys};
static const struct bind_table basic_table = {"'basic'", sizeof(struct secret_entry), basic_keys};
static const struct bind_table header_table = {"'header'", sizeof(struct secret_entry), header_keys};

static const struct bind_key mutual_keys[] = {{.name = "names",
                                               .kind = BIND_TEXTS,
                                               .offset = offsetof(struct mutual_entry, names),
                                               .required = true,
                                               .about = "in the client's certificate"},
                                              {0}};
static const struct bind_table mutual_table = {"'mutual_tls'", sizeof(struct mutual_entry), mutual_keys};

#define AT(field) offsetof(struct auth_entry, field)
static const struct bind_key auth_keys[] = {
    {.name = "hmac_sha256",
     .kind = BIND_MAP,
     .offset = AT(hmac),
     .table = &hmac_table,
     .about = "a signature"},
    {.name = "bearer", .kind = BIND_MAP, .offset = AT(bearer), .table = &bearer_table, .about = "a token"},
    {.name = "basic", .kind = BIND_MAP, .offset = AT(basic), .table = &basic_table, .about = "a password"},
    {.name = "header",
     .kind = BIND_MAP,
     .offset = AT(header),
     .table = &header_table,
     .about = "a secret in a header of the source's own"},
    {.name = "mutual_tls",
     .kind = BIND_MAP,
     .offset = AT(mutual),
     .table = &mutual_table,
     .about = "a certificate of the client"},
    {0}};
#undef AT
const struct bind_table webhook_auth_table = {"'auth'", sizeof(struct auth_entry), auth_keys};

struct reading {
    struct arena *arena;
    const char *file;
    struct site_webhook *webhook;
    struct diag_list *diags;
};

static const char *read_secret(struct reading *reading, const struct yaml_node *node)
{
    if (node == NULL || !secret_check_now(node, "secret", reading->diags)) {
        return NULL;
    }
    return secret_beside(reading->arena, reading->file, node->text);
}

static const char *read_header(struct reading *reading, const struct yaml_node *node, const char *what)
{
    if (node->len > HEADER_BYTES_MAX || !site_is_header_name(node->text)) {
        diag_error(reading->diags, node->line, node->col,
                   "'%s': expected the name of a header, found '%.60s'", what, node->text);
    }
    return node->text;
}

/* Text that a header may hold and a person can check by eye. */
static bool is_visible(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            return false;
        }
    }
    return true;
}

static void check_affix(struct reading *reading, const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = yaml_get(map, key);
    if (node != NULL && node->kind == YAML_SCALAR &&
        (node->len > AFFIX_BYTES_MAX || !is_visible(node->text))) {
        diag_error(reading->diags, node->line, node->col, "'%s': expected at most %d plain characters", key,
                   AFFIX_BYTES_MAX);
    }
}

static void read_hmac(struct reading *reading, const struct yaml_node *map, const struct hmac_entry *entry)
{
    struct site_webhook *webhook = reading->webhook;
    const struct webhook_custom *custom = webhook_custom(webhook->format);
    const struct yaml_node *window = yaml_get(map, "window");
    webhook->auth = AUTH_HMAC_SHA256;
    webhook->secret = read_secret(reading, entry->secret);
    webhook->header = custom->header;
    webhook->timestamp = custom->timestamp;
    webhook->separator = entry->separator != NULL ? entry->separator : custom->separator;
    webhook->prefix = entry->prefix != NULL ? entry->prefix : "";
    webhook->base64 = entry->encoding == 1;
    webhook->window_ms = entry->window_ms > 0 ? entry->window_ms : 5 * MINUTE;
    check_affix(reading, map, "separator");
    check_affix(reading, map, "prefix");
    if (entry->header != NULL) {
        webhook->header = read_header(reading, entry->header, "header");
    }
    if (entry->timestamp != NULL) {
        webhook->timestamp = read_header(reading, entry->timestamp, "timestamp");
    }
    if (webhook->header == NULL) {
        diag_error(reading->diags, map->line, map->col,
                   "'hmac_sha256' needs the key 'header': format '%s' has none of its own", webhook->format);
    }
    if (window != NULL && webhook->timestamp == NULL) {
        diag_error(reading->diags, window->line, window->col,
                   "'window' means nothing without 'timestamp': no time is signed");
    }
}

static void read_basic(struct reading *reading, const struct secret_entry *entry)
{
    const struct yaml_node *user = entry->user;
    reading->webhook->auth = AUTH_BASIC;
    reading->webhook->secret = read_secret(reading, entry->secret);
    if (user == NULL) {
        return;
    }
    reading->webhook->user = user->text;
    if (!is_visible(user->text) || strchr(user->text, ':') != NULL) {
        diag_error(reading->diags, user->line, user->col,
                   "'user': expected plain characters without ':', found '%.60s'", user->text);
    }
}

static void read_mutual(struct reading *reading, const struct bind_texts *names)
{
    reading->webhook->auth = AUTH_MUTUAL_TLS;
    reading->webhook->san_count = names->count;
    reading->webhook->sans = names->items;
    if (names->node != NULL && names->count == 0) {
        diag_error(reading->diags, names->node->line, names->node->col,
                   "'names': expected at least one name of the client's certificate");
    }
}

void webhook_auth_read(struct arena *arena, const struct yaml_node *node, const struct auth_entry *entry,
                       const char *file, struct site_webhook *webhook, struct diag_list *diags)
{
    struct reading reading = {.arena = arena, .file = file, .webhook = webhook, .diags = diags};
    const struct yaml_node *map = NULL;
    webhook->prefix = "";
    webhook->separator = "";
    if (node->kind != YAML_MAP) {
        return; /* said already */
    }
    if (node->count != 1) {
        diag_error(diags, node->line, node->col,
                   "'auth': expected exactly one of hmac_sha256, bearer, basic, header and mutual_tls");
        return;
    }
    if ((map = yaml_get(node, "hmac_sha256")) != NULL) {
        read_hmac(&reading, map, &entry->hmac);
    } else if (yaml_get(node, "bearer") != NULL) {
        webhook->auth = AUTH_BEARER;
        webhook->secret = read_secret(&reading, entry->bearer.secret);
    } else if (yaml_get(node, "basic") != NULL) {
        read_basic(&reading, &entry->basic);
    } else if (yaml_get(node, "header") != NULL) {
        webhook->auth = AUTH_HEADER;
        webhook->secret = read_secret(&reading, entry->header.secret);
        webhook->header =
            entry->header.name == NULL ? NULL : read_header(&reading, entry->header.name, "name");
    } else if (yaml_get(node, "mutual_tls") != NULL) {
        read_mutual(&reading, &entry->mutual.names);
    }
}
