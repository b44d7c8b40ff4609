/* `listen:`: where soard's HTTP face binds, and how much it takes at once. Without TLS it is refused beyond
 * loopback: webhooks carry secrets, and what they say starts containments. */
#include "engine/site/site_parts.h"

#include <arpa/inet.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/site/spelling.h"

#define SECOND INT64_C(1000)
enum { CONNECTIONS = 1024, PER_ADDRESS = 256, HEADER_S = 10, BODY_S = 30, IDLE_S = 60 }; /* defaults */
enum { CONNECTIONS_MAX = 100000, WAIT_S_MAX = 600, PORT_MAX = 65535 };

#define AT(field) offsetof(struct tls_entry, field)
static const struct bind_key tls_keys[] = {{.name = "cert",
                                            .kind = BIND_TEXT,
                                            .offset = AT(cert),
                                            .required = true,
                                            .about = "file of the certificate and what it is signed by"},
                                           {.name = "key",
                                            .kind = BIND_SCALAR,
                                            .offset = AT(key),
                                            .required = true,
                                            .about = "file of its key, or a reference: credential:NAME"},
                                           {.name = "client_ca",
                                            .kind = BIND_TEXT,
                                            .offset = AT(client_ca),
                                            .about = "file of the authority of senders with mutual_tls"},
                                           {0}};
#undef AT
static const struct bind_table tls_table = {"'tls'", sizeof(struct tls_entry), tls_keys};

#define AT(field) offsetof(struct listen_limits_entry, field)
#define COUNT     .kind = BIND_INT, .min = 1, .max = CONNECTIONS_MAX
#define WAIT      .kind = BIND_DURATION, .min = SECOND, .max = WAIT_S_MAX * SECOND
static const struct bind_key limits_keys[] = {
    {.name = "connections", COUNT, .offset = AT(connections), .about = "at once; default 1024"},
    {.name = "per_address", COUNT, .offset = AT(per_address), .about = "of one address; default 256"},
    {.name = "header", WAIT, .offset = AT(header_ms), .about = "to send the headers; default 10s"},
    {.name = "body", WAIT, .offset = AT(body_ms), .about = "to send the body; default 30s"},
    {.name = "idle", WAIT, .offset = AT(idle_ms), .about = "between two requests; default 60s"},
    {0}};
#undef COUNT
#undef WAIT
#undef AT
static const struct bind_table limits_table = {"'limits'", sizeof(struct listen_limits_entry), limits_keys};

#define AT(field) offsetof(struct listen_entry, field)
static const struct bind_key listen_keys[] = {
    {.name = "address",
     .kind = BIND_SCALAR,
     .offset = AT(address),
     .required = true,
     .about = "ADDRESS:PORT"},
    {.name = "tls",
     .kind = BIND_MAP,
     .offset = AT(tls),
     .table = &tls_table,
     .about = "without it only on loopback"},
    {.name = "proxies",
     .kind = BIND_TEXTS,
     .offset = AT(proxies),
     .about = "prefixes whose X-Forwarded-For is believed"},
    {.name = "limits", .kind = BIND_MAP, .offset = AT(limits), .table = &limits_table},
    {.name = "open_metrics",
     .kind = BIND_BOOL,
     .offset = AT(open_metrics),
     .about = "/metrics needs no token; default false"},
    {0}};
#undef AT
const struct bind_table listen_table = {"'listen'", sizeof(struct listen_entry), listen_keys};

void listen_defaults(struct listen_entry *entry)
{
    entry->limits = (struct listen_limits_entry){.connections = CONNECTIONS,
                                                 .per_address = PER_ADDRESS,
                                                 .header_ms = HEADER_S * SECOND,
                                                 .body_ms = BODY_S * SECOND,
                                                 .idle_ms = IDLE_S * SECOND};
}

static bool is_port(const char *text)
{
    size_t len = strlen(text);
    long port = 0;
    for (const char *c = text; *c >= '0' && *c <= '9' && c - text < 6; c++) {
        port = port * 10 + (*c - '0');
    }
    return len > 0 && len < 6 && strspn(text, "0123456789") == len && port <= PORT_MAX;
}

static bool is_loopback(int family, const void *bytes)
{
    const unsigned char *octets = bytes;
    static const unsigned char one[16] = {[15] = 1};
    return family == AF_INET ? octets[0] == 127 : memcmp(octets, one, sizeof one) == 0;
}

/* "127.0.0.1:8443", "[::1]:8443"; a port of 0 means any. Names are no addresses: who listens must know where.
 */
static bool parse_address(const char *text, bool *ret_loopback)
{
    struct in6_addr bytes;
    char address[INET6_ADDRSTRLEN];
    bool bracket = text[0] == '[';
    const char *end = bracket ? strchr(text, ']') : strrchr(text, ':');
    const char *colon = end == NULL || !bracket ? end : end + 1;
    if (end == NULL || *colon != ':' || !is_port(colon + 1)) {
        return false;
    }
    size_t len = (size_t)(end - text) - bracket;
    if (len >= sizeof address) {
        return false;
    }
    memcpy(address, text + bracket, len);
    address[len] = '\0';
    int family = bracket ? AF_INET6 : AF_INET;
    if (inet_pton(family, address, &bytes) != 1) {
        return false;
    }
    *ret_loopback = is_loopback(family, &bytes);
    return true;
}

/* A path as people write it, or a reference; what looks like the key itself is told without showing it. */
static const char *key_reference(struct arena *arena, const struct yaml_node *node, const char *file,
                                 struct diag_list *diags)
{
    static const char *const schemes[] = {"env:", "file:", "credential:", "vault:"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncmp(node->text, schemes[i], strlen(schemes[i])) == 0) {
            return secret_check_now(node, "key", diags) ? secret_beside(arena, file, node->text) : NULL;
        }
    }
    if (strpbrk(node->text, "\r\n") != NULL || strstr(node->text, "-----") != NULL) {
        diag_error(diags, node->line, node->col,
                   "'key': expected a file or a reference to the key, not the key itself");
        return NULL;
    }
    return arena_printf(arena, "file:%s", file_beside(arena, file, node->text));
}

static void read_tls(struct arena *arena, const struct tls_entry *entry, const char *file,
                     struct site_listen *listen, struct diag_list *diags)
{
    listen->tls_cert = entry->cert == NULL ? NULL : file_beside(arena, file, entry->cert);
    listen->tls_key = entry->key == NULL ? NULL : key_reference(arena, entry->key, file, diags);
    listen->tls_client_ca = entry->client_ca == NULL ? NULL : file_beside(arena, file, entry->client_ca);
}

static void check_proxies(const struct bind_texts *texts, struct diag_list *diags)
{
    for (size_t i = 0; i < texts->count; i++) {
        const struct yaml_node *node = texts->node->items[i];
        if (!spelling_is_prefix(node->text)) {
            diag_error(diags, node->line, node->col,
                       "'proxies': expected an address or a prefix like 10.0.0.0/24, found '%.60s'",
                       node->text);
        }
    }
}

void listen_read(struct arena *arena, const struct yaml_node *node, const struct listen_entry *entry,
                 const char *file, struct site *site, struct diag_list *diags)
{
    const struct yaml_node *address = entry->address;
    bool loopback = false;
    if (node == NULL || address == NULL) {
        return;
    }
    struct site_listen *listen = arena_alloc(arena, sizeof *listen);
    *listen = (struct site_listen){.address = address->text,
                                   .proxy_count = entry->proxies.count,
                                   .proxies = entry->proxies.items,
                                   .connections = entry->limits.connections,
                                   .per_address = entry->limits.per_address,
                                   .header_ms = entry->limits.header_ms,
                                   .body_ms = entry->limits.body_ms,
                                   .idle_ms = entry->limits.idle_ms,
                                   .open_metrics = entry->open_metrics,
                                   .line = node->line};
    check_proxies(&entry->proxies, diags);
    read_tls(arena, &entry->tls, file, listen, diags);
    if (!parse_address(address->text, &loopback)) {
        diag_error(diags, address->line, address->col,
                   "'address': expected an address and a port like 127.0.0.1:8443 or [::1]:8443, found "
                   "'%.60s'",
                   address->text);
    } else if (!loopback && yaml_get(node, "tls") == NULL) {
        diag_error(diags, address->line, address->col,
                   "'address': %s is no loopback address, so 'listen' needs 'tls': {cert, key}",
                   address->text);
    }
    site->listen = listen;
}
