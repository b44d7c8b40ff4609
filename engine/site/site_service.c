/* An entry of `services:`: where it is, whom to trust there, how often we may ask, what is constant in every
 * call, and what packs may know of it. Who logs in is `auth` (site_service_auth.c).
 *
 * Options and headers are public: they reach plans, journals and workers as they stand, so a reference to a
 * secret in one is a mistake. */
#include "engine/site/site_service_parts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/site/spelling.h"

enum { HEADER_BYTES_MAX = 64, TEXT_BYTES = 1024, URL_BYTES = 2048, PORT_MAX = 65535, PORT_DIGITS = 5 };

struct service_entry {
    const struct yaml_node *kind;
    const struct yaml_node *url;
    const char *ca;
    union {
        const struct yaml_node *node;
        int choice;
        int64_t number;
    } bound; /* what is below `auth`: read from the tree */
    const struct yaml_node *rate;
    const struct yaml_node *headers;
    const struct yaml_node *options;
    const struct yaml_node *domain;
    struct bind_texts tags;
};

#define AT(field) offsetof(struct service_entry, field)
static const struct bind_key service_keys[] = {
    {.name = "kind",
     .kind = BIND_SCALAR,
     .offset = AT(kind),
     .required = true,
     .about = "what packs ask for: defender, okta, slack, ..."},
    {.name = "url", .kind = BIND_SCALAR, .offset = AT(url), .required = true, .about = "https://HOST[/PATH]"},
    {.name = "ca",
     .kind = BIND_TEXT,
     .offset = AT(ca),
     .about = "file of the authority that signed its certificate; default: what the system trusts"},
    {.name = "auth",
     .kind = BIND_MAP,
     .offset = AT(bound),
     .table = &service_auth_table,
     .about = "how to log in: {bearer: {token: \"env:NAME\"}}, ..."},
    {.name = "rate", .kind = BIND_SCALAR, .offset = AT(rate), .about = "calls at most: 90/m"},
    {.name = "headers",
     .kind = BIND_NODE,
     .offset = AT(headers),
     .schema = "{\"type\": \"object\", \"additionalProperties\": {\"type\": [\"string\", \"number\", "
               "\"boolean\"]}}",
     .about = "constants of every call; no log-in"},
    {.name = "options",
     .kind = BIND_NODE,
     .offset = AT(options),
     .schema = "{\"type\": \"object\"}",
     .about = "what differs from site to site and is no secret: service.options of packs"},
    {.name = "domain",
     .kind = BIND_NODE,
     .offset = AT(domain),
     .schema = "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"type\": "
               "\"string\"}}]}",
     .about = "of accounts there: what stands before \\ or after @ of a name: corp.example, or a list"},
    {.name = "tags", .kind = BIND_TEXTS, .offset = AT(tags), .about = "words for the `when` of an action"},
    {0}};
#undef AT
const struct bind_table service_table = {"a service", sizeof(struct service_entry), service_keys};

static struct value no_map(struct arena *arena)
{
    struct value_builder map;
    value_build(&map, arena);
    return value_end_map(&map);
}

static bool looks_secret(const char *text)
{
    static const char *const schemes[] = {"env:", "credential:", "vault:", "file:"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncmp(text, schemes[i], strlen(schemes[i])) == 0) {
            return true;
        }
    }
    return false;
}

const char *service_reference(struct service_reading *reading, const struct yaml_node *node, const char *what)
{
    if (reading->site->text_secrets && strncmp(node->text, SITE_TEXT_SECRET, strlen(SITE_TEXT_SECRET)) == 0) {
        return node->text;
    }
    return secret_check(node, what, reading->diags) ? secret_beside(reading->arena, reading->file, node->text)
                                                    : NULL;
}

bool service_plain(struct service_reading *reading, const struct yaml_node *node, const char *what,
                   size_t most)
{
    bool plain = node->len > 0 && node->len <= most;
    for (size_t i = 0; plain && i < node->len; i++) {
        plain = node->text[i] >= ' ' && node->text[i] <= '~';
    }
    if (!plain) {
        diag_error(reading->diags, node->line, node->col, "'%s': expected 1 to %zu plain characters", what,
                   most);
    } else if (looks_secret(node->text)) {
        diag_error(reading->diags, node->line, node->col,
                   "'%s' is public: a secret belongs into a field of `auth` that is one", what);
        plain = false;
    }
    return plain;
}

void service_header_name(struct service_reading *reading, const struct yaml_node *node, const char *what)
{
    if (!site_is_header_name(node->text) || node->len > HEADER_BYTES_MAX) {
        diag_error(reading->diags, node->line, node->col,
                   "'%s': expected the name of a header, found '%.60s'", what, node->text);
    }
}

/* ":8443" or nothing. */
static bool is_port(const char *text, size_t len)
{
    size_t digits = len > 0 ? strspn(text + 1, "0123456789") : 0;
    long port = digits > 0 && digits <= PORT_DIGITS ? strtol(text + 1, NULL, 10) : 0;
    return len == 0 || (text[0] == ':' && digits + 1 == len && port > 0 && port <= PORT_MAX);
}

/* The host of HOST[:PORT], or [ADDRESS][:PORT]; NULL: it is neither. */
static const char *authority_host(struct arena *arena, const char *text, size_t len)
{
    const char *end = text[0] == '[' ? memchr(text, ']', len) : NULL;
    size_t host = text[0] == '[' ? (end == NULL ? 0 : (size_t)(end - text) + 1) : strcspn(text, ":/?#");
    if (host == 0 || host > len || !is_port(text + host, len - host)) {
        return NULL;
    }
    const char *name = arena_copy(arena, text, host);
    return strchr(name, '@') == NULL && spelling_of(arena, name).kind != SPELLING_NONE ? name : NULL;
}

static bool is_loopback(struct arena *arena, const char *host)
{
    struct spelling spelling = spelling_of(arena, host);
    return spelling.kind == SPELLING_ADDRESS &&
           (spelling_in_prefix(spelling.text, "127.0.0.0/8") || spelling_in_prefix(spelling.text, "::1/128"));
}

void service_url(struct service_reading *reading, const struct yaml_node *node, const char *what, bool query)
{
    static const char https[] = "https://";
    static const char http[] = "http://";
    bool safe = strncmp(node->text, https, strlen(https)) == 0;
    bool open = strncmp(node->text, http, strlen(http)) == 0;
    const char *rest = node->text + (safe ? strlen(https) : open ? strlen(http) : 0);
    size_t len = strcspn(rest, "/?#");
    const char *host = safe || open ? authority_host(reading->arena, rest, len) : NULL;
    bool path = strcspn(rest, query ? "# \\" : "?# \\") == strlen(rest);
    if (host == NULL || !path || node->len > URL_BYTES) {
        diag_error(reading->diags, node->line, node->col,
                   "'%s': expected https://HOST[:PORT][/PATH], found "
                   "'%.80s'",
                   what, node->text);
    } else if (open && !is_loopback(reading->arena, host)) {
        diag_error(reading->diags, node->line, node->col,
                   "'%s': http is for a loopback address like 127.0.0.1 alone: https://%s?", what, host);
    } else {
        service_plain(reading, node, what, URL_BYTES);
    }
}

static bool is_constant(struct service_reading *reading, const struct yaml_node *node, const char *what,
                        bool deep, bool inside)
{
    if (node->kind == YAML_SCALAR) {
        if (!looks_secret(node->text)) {
            return true;
        }
        diag_error(reading->diags, node->line, node->col,
                   "'%s' is public: a secret belongs into a field of `auth` that is one", what);
        return false;
    }
    bool good = deep || (node->kind == YAML_LIST && !inside);
    for (size_t i = 0; good && i < node->count; i++) {
        good = is_constant(reading, node->items[i], what, deep, true);
    }
    if (!deep && (node->kind == YAML_MAP || inside)) {
        diag_error(reading->diags, node->line, node->col,
                   "'%s': expected a text, a number, true, false, or a list of them, found %s", what,
                   bind_found(node));
    }
    return good;
}

struct value service_constants(struct service_reading *reading, const struct yaml_node *node,
                               const char *what, bool deep)
{
    bool good = node->kind == YAML_MAP;
    if (!good) {
        diag_error(reading->diags, node->line, node->col, "'%s': expected a map of constants, found %s", what,
                   bind_found(node));
    }
    for (size_t i = 0; node->kind == YAML_MAP && i < node->count; i++) {
        good = (deep || config_name(node->keys[i], what, "_", reading->diags)) && good;
        good = is_constant(reading, node->items[i], what, deep, false) && good;
    }
    return good ? yaml_value(reading->arena, node) : no_map(reading->arena);
}

/* What a call's own headers are, or what says who we are. */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {"authorization",
                                        "proxy-authorization",
                                        "cookie",
                                        "host",
                                        "content-length",
                                        "content-type",
                                        "connection",
                                        "te",
                                        "transfer-encoding",
                                        "upgrade",
                                        "expect",
                                        "accept-encoding"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (text_same_fold(names[i], name)) {
            return true;
        }
    }
    return false;
}

static struct value read_headers(struct service_reading *reading, const struct yaml_node *node)
{
    struct value_builder headers;
    value_build(&headers, reading->arena);
    if (node != NULL && node->kind != YAML_MAP) {
        diag_error(reading->diags, node->line, node->col, "'headers': expected a map of constants, found %s",
                   bind_found(node));
    }
    for (size_t i = 0; node != NULL && node->kind == YAML_MAP && i < node->count; i++) {
        const struct yaml_node *name = node->keys[i];
        const struct yaml_node *text = node->items[i];
        service_header_name(reading, name, "headers");
        if (is_reserved(name->text)) {
            diag_error(reading->diags, name->line, name->col,
                       "'headers': %s is made for each call; who logs in is `auth`'s", name->text);
        } else if (text->kind != YAML_SCALAR) {
            diag_error(reading->diags, text->line, text->col, "'headers': expected a text, found %s",
                       bind_found(text));
        } else if (service_plain(reading, text, name->text, TEXT_BYTES)) {
            value_put_text(&headers, name->text, value_text(reading->arena, text->text));
        }
    }
    return value_end_map(&headers);
}

/* 90/m is 90/1m. */
static void read_rate(struct service_reading *reading, const struct yaml_node *node)
{
    const char *slash = strchr(node->text, '/');
    bool bare = slash != NULL && strchr("smhd", slash[1]) != NULL && slash[1] != '\0';
    const char *text =
        bare ? arena_printf(reading->arena, "%.*s/1%s", (int)(slash - node->text), node->text, slash + 1)
             : node->text;
    struct site_service *service = reading->service;
    if (!site_rate(text, &service->calls, &service->per_ms) || service->calls == 0) {
        diag_error(reading->diags, node->line, node->col,
                   "'rate': expected a number and a time like 90/m, found '%.60s'", node->text);
    }
}

/* A vault that needs itself to be opened never is. */
static void check_vault(struct service_reading *reading, const struct site_place *place,
                        const struct yaml_node *name)
{
    for (size_t i = 0; strcmp(place->kind, "vault") == 0 && i < reading->service->secret_count; i++) {
        if (strncmp(reading->service->secrets[i].reference, "vault:", 6) == 0) {
            diag_error(reading->diags, name->line, name->col,
                       "service '%.60s': the vault's own secret can't lie in it: use env:, file: or "
                       "credential:",
                       name->text);
        }
    }
}

/* What site_place_value() is made of. */
static struct value public_entry(struct arena *arena, const struct service_entry *entry,
                                 const struct site_service *service)
{
    struct value_builder map;
    struct value_builder tags;
    value_build(&map, arena);
    value_build(&tags, arena);
    for (size_t i = 0; i < entry->tags.count; i++) {
        value_push(&tags, value_text(arena, entry->tags.items[i]));
    }
    value_put_text(&map, "tags", value_end_list(&tags));
    if (entry->domain != NULL) {
        value_put_text(&map, "domain", yaml_value(arena, entry->domain));
    }
    value_put_text(&map, "options", service->options);
    return value_end_map(&map);
}

static struct site_place read_service(struct service_reading *reading, const struct service_entry *entry,
                                      const struct yaml_node *node, const struct yaml_node *name)
{
    struct site_service *service = reading->service;
    const struct yaml_node *auth = node->kind == YAML_MAP ? yaml_get(node, "auth") : NULL;
    struct site_place place = {.name = name->text, .kind = "", .url = "", .line = name->line};
    config_name(name, "the service's name", "-_.", reading->diags);
    if (entry->kind != NULL) {
        place.kind = entry->kind->text;
        config_name(entry->kind, "'kind'", "-_", reading->diags);
    }
    if (entry->url != NULL) {
        place.url = entry->url->text;
        service_url(reading, entry->url, "url", false);
    }
    service->ca = entry->ca == NULL ? NULL : file_beside(reading->arena, reading->file, entry->ca);
    service->auth_public = no_map(reading->arena);
    if (auth != NULL) {
        service_auth_read(reading, auth);
    }
    if (entry->rate != NULL) {
        read_rate(reading, entry->rate);
    }
    service->headers = read_headers(reading, entry->headers);
    service->options = entry->options != NULL ? service_constants(reading, entry->options, "options", false)
                                              : no_map(reading->arena);
    check_vault(reading, &place, name);
    place.entry = public_entry(reading->arena, entry, service);
    place.service = service;
    return place;
}

void services_read(struct arena *arena, const struct bind_array *array, const char *file, struct site *site,
                   struct diag_list *diags)
{
    struct site_place *places = arena_array(arena, array->count, sizeof *places);
    const struct service_entry *entries = array->items;
    for (size_t i = 0; i < array->count; i++) {
        struct service_reading reading = {.arena = arena,
                                          .file = file,
                                          .site = site,
                                          .service = arena_alloc(arena, sizeof(struct site_service)),
                                          .diags = diags};
        places[i] = read_service(&reading, &entries[i], array->nodes[i], array->names[i]);
    }
    site->service_count = array->count;
    site->services = places;
}
