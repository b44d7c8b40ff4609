/* `auth:` of a service: how the worker shows there who it is. The public fields become one value, as the
 * worker is told them; each secret is a reference with the name by which the worker finds it among a call's
 * secrets. What a worker then does with them is no business of this room. */
#include <string.h>

#include "engine/site/site_service_parts.h"

enum { LIFE_MS_MIN = 10 * 1000, LIFE_MS_MAX = 24 * 3600 * 1000, FIELD_BYTES = 2048 };

union slot { /* every key binds to it: bind_map() checks, the tree is read after */
    const struct yaml_node *node;
    int choice;
    int64_t number;
};

static const char *const sends[] = {"form", "basic", NULL};
static const char *const methods[] = {"POST", "GET", "PUT", NULL};
static const char *const algorithms[] = {"RS256", "ES256", NULL};
static const char *const assertions[] = {"assertion", "client_assertion", NULL};
static const char constants_schema[] = "{\"type\": \"object\"}";
static const char references_schema[] =
    "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}}";

#define TEXT(key, need, say)                                                                                 \
    {                                                                                                        \
        .name = key, .kind = BIND_SCALAR, .required = need, .about = say                                     \
    }
#define SECRET(key, need) TEXT(key, need, "a reference to a secret")
/* The one that may be empty: a token may stand bare in its header. */
#define PREFIX(say)                                                                                          \
    {                                                                                                        \
        .name = "prefix", .kind = BIND_NODE, .schema = "{\"type\": \"string\"}", .about = say                \
    }
#define CHOICE(key, of, say)                                                                                 \
    {                                                                                                        \
        .name = key, .kind = BIND_CHOICE, .words = of, .about = say                                          \
    }
#define LIFE(say)                                                                                            \
    {                                                                                                        \
        .name = "life", .kind = BIND_DURATION, .min = LIFE_MS_MIN, .max = LIFE_MS_MAX, .about = say          \
    }
#define TOKEN_URL TEXT("token", true, "the URL where a token is asked for")
#define SCOPE     TEXT("scope", false, "what the token is to be good for")
#define AUDIENCE  TEXT("audience", false, "whom the token is for")

static const struct bind_key basic_keys[] = {TEXT("user", true, NULL), SECRET("password", true), {0}};
static const struct bind_key bearer_keys[] = {SECRET("token", true), {0}};
static const struct bind_key header_keys[] = {
    TEXT("name", true, "of the header"), PREFIX("what stands before the secret"), SECRET("value", true), {0}};
static const struct bind_key path_keys[] = {
    {.name = "value",
     .kind = BIND_SCALAR,
     .required = true,
     .about = "a reference: the secret piece of the URL, behind `url`"},
    {0}};
static const struct bind_key oauth2_keys[] = {
    TOKEN_URL,
    TEXT("client", true, NULL),
    SECRET("secret", true),
    SCOPE,
    AUDIENCE,
    CHOICE("send", sends, "where client and secret stand: in the form (default), or as basic"),
    {0}};
static const struct bind_key exchange_keys[] = {
    CHOICE("method", methods, "default POST"),
    TEXT("path", false, "behind the service's url; or `url`"),
    TEXT("url", false, "where to log in, if that is elsewhere"),
    TEXT("user", false, "with `password`: basic"),
    SECRET("password", false),
    {.name = "json", .kind = BIND_NODE, .schema = constants_schema, .about = "constants of the body"},
    {.name = "form", .kind = BIND_NODE, .schema = constants_schema, .about = "constants of the body"},
    {.name = "secrets",
     .kind = BIND_NODE,
     .schema = references_schema,
     .about = "field of the body → a reference to a secret"},
    TEXT("answer", true, "where the token stands: data.token, or header:NAME"),
    TEXT("name", false, "the header that brings it; default Authorization"),
    PREFIX("default 'Bearer '"),
    LIFE("how long a token is good"),
    {0}};
static const struct bind_key jwt_keys[] = {
    TOKEN_URL,
    TEXT("issuer", true, NULL),
    TEXT("subject", false, NULL),
    AUDIENCE,
    SCOPE,
    CHOICE("algorithm", algorithms, "default RS256"),
    TEXT("key_id", false, NULL),
    TEXT("thumbprint", false, "SHA-256 of the certificate that the other side knows our key by, in hex"),
    LIFE("of what we sign"),
    CHOICE("as", assertions, "the grant itself (default), or who the client is"),
    TEXT("client", false, "with `as: client_assertion`"),
    SECRET("key", true),
    {0}};
static const struct bind_key aws_keys[] = {
    TEXT("access_key", true, NULL), TEXT("region", true, NULL), TEXT("service", true, "iam, sts, ec2, ..."),
    SECRET("secret", true),         SECRET("session", false),   {0}};
static const struct bind_key mtls_keys[] = {
    TEXT("certificate", true, "the file with ours"), SECRET("key", true), {0}};

#define KIND(kind)                                                                                           \
    static const struct bind_table kind##_table = {"'" #kind "'", sizeof(union slot), kind##_keys}
KIND(basic);
KIND(bearer);
KIND(header);
KIND(path);
KIND(oauth2);
KIND(exchange);
KIND(jwt);
KIND(aws);
KIND(mtls);

#define ENTRY(of, say)                                                                                       \
    {                                                                                                        \
        .name = #of, .kind = BIND_MAP, .table = &of##_table, .about = say                                    \
    }
static const struct bind_key auth_keys[] = {
    ENTRY(basic, "user and password"),
    ENTRY(bearer, "a token"),
    ENTRY(header, "a secret in a header of the service's own"),
    ENTRY(path, "a secret piece of the URL, as chat webhooks have it"),
    ENTRY(oauth2, "client credentials for a token"),
    ENTRY(exchange, "log in at one place for a token"),
    ENTRY(jwt, "a signed assertion for a token"),
    ENTRY(aws, "signature version 4"),
    ENTRY(mtls, "a certificate of ours; may stand beside another"),
    {0}};
const struct bind_table service_auth_table = {"'auth'", sizeof(union slot), auth_keys};

/* What is said of a field beyond its table. */
enum form { FORM_TEXT, FORM_SECRET, FORM_SECRETS, FORM_CONSTANTS, FORM_URL, FORM_HEADER, FORM_FILE };
static const struct {
    const char *kind; /* NULL: of each */
    const char *field;
    enum form form;
    const char *as; /* the secret's name at the worker; NULL: the field's */
} forms[] = {{"basic", "password", FORM_SECRET, NULL},    {"bearer", "token", FORM_SECRET, NULL},
             {"header", "value", FORM_SECRET, NULL},      {"header", "name", FORM_HEADER, NULL},
             {"path", "value", FORM_SECRET, NULL},        {"oauth2", "secret", FORM_SECRET, NULL},
             {"exchange", "password", FORM_SECRET, NULL}, {"exchange", "secrets", FORM_SECRETS, NULL},
             {"exchange", "json", FORM_CONSTANTS, NULL},  {"exchange", "form", FORM_CONSTANTS, NULL},
             {"exchange", "url", FORM_URL, NULL},         {"exchange", "name", FORM_HEADER, NULL},
             {"jwt", "key", FORM_SECRET, NULL},           {"aws", "secret", FORM_SECRET, NULL},
             {"aws", "session", FORM_SECRET, NULL},       {"mtls", "key", FORM_SECRET, "mtls_key"},
             {"mtls", "certificate", FORM_FILE, NULL},    {NULL, "token", FORM_URL, NULL}};

static enum form form_of(const char *kind, const char *field, const char **ret_as)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if ((forms[i].kind == NULL || strcmp(forms[i].kind, kind) == 0) &&
            strcmp(forms[i].field, field) == 0) {
            *ret_as = forms[i].as != NULL ? forms[i].as : field;
            return forms[i].form;
        }
    }
    return FORM_TEXT;
}

static void add_secret(struct service_reading *reading, const char *name, const struct yaml_node *node)
{
    const char *reference = service_reference(reading, node, name);
    if (reference == NULL) {
        return;
    }
    struct site_service_secret *secrets =
        arena_array(reading->arena, reading->service->secret_count + 1, sizeof *secrets);
    for (size_t i = 0; i < reading->service->secret_count; i++) {
        secrets[i] = reading->service->secrets[i];
    }
    secrets[reading->service->secret_count++] =
        (struct site_service_secret){.name = name, .reference = reference};
    reading->service->secrets = secrets;
}

static void add_secrets(struct service_reading *reading, const struct yaml_node *map)
{
    if (map->kind != YAML_MAP) {
        diag_error(reading->diags, map->line, map->col,
                   "'secrets': expected a map of names to references, found %s", bind_found(map));
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        const char *name = arena_printf(reading->arena, "secrets.%s", map->keys[i]->text);
        if (map->items[i]->kind == YAML_SCALAR) {
            add_secret(reading, name, map->items[i]);
        } else {
            diag_error(reading->diags, map->items[i]->line, map->items[i]->col,
                       "'%s': expected a reference to a secret, found %s", name, bind_found(map->items[i]));
        }
    }
}

static struct value read_text(struct service_reading *reading, const struct yaml_node *node, const char *what)
{
    if (node->len > 0 || strcmp(what, "prefix") != 0 || node->plain) {
        service_plain(reading, node, what, FIELD_BYTES);
    }
    return value_text(reading->arena, node->text);
}

/* The word or number that bind_map() has seen is one. */
static struct value read_bound(struct arena *arena, const struct bind_key *key, const struct yaml_node *node)
{
    if (key->kind == BIND_DURATION) {
        return value_int(text_duration_ms(node->text, node->len));
    }
    for (size_t i = 0; key->words[i] != NULL; i++) {
        if (text_same_fold(key->words[i], node->text)) {
            return value_static(key->words[i]);
        }
    }
    return value_text(arena, node->text);
}

static void read_field(struct service_reading *reading, const char *kind, const struct bind_key *key,
                       const struct yaml_node *node, struct value_builder *public)
{
    const char *as = key->name;
    enum form form = form_of(kind, key->name, &as);
    bool scalar = node->kind == YAML_SCALAR;
    if (key->kind == BIND_CHOICE || key->kind == BIND_DURATION) {
        if (scalar) {
            value_put_text(public, key->name, read_bound(reading->arena, key, node));
        }
    } else if (form == FORM_SECRETS) {
        add_secrets(reading, node);
    } else if (form == FORM_CONSTANTS) {
        value_put_text(public, key->name, service_constants(reading, node, key->name, true));
    } else if (!scalar) {
        if (key->kind == BIND_NODE) { /* else it was said already */
            diag_error(reading->diags, node->line, node->col, "'%s': expected a text, found %s", key->name,
                       bind_found(node));
        }
    } else if (form == FORM_SECRET) {
        add_secret(reading, as, node);
    } else if (form == FORM_FILE) {
        reading->service->certificate = file_beside(reading->arena, reading->file, node->text);
    } else {
        if (form == FORM_URL) {
            service_url(reading, node, key->name, true);
        } else if (form == FORM_HEADER) {
            service_header_name(reading, node, key->name);
        }
        value_put_text(public, key->name, read_text(reading, node, key->name));
    }
}

static const struct bind_table *table_of(const char *kind)
{
    for (const struct bind_key *key = auth_keys; key->name != NULL; key++) {
        if (strcmp(key->name, kind) == 0) {
            return key->table;
        }
    }
    return NULL;
}

static struct value read_kind(struct service_reading *reading, const char *kind, const struct yaml_node *map)
{
    const struct bind_table *table = table_of(kind);
    struct value_builder public;
    value_build(&public, reading->arena);
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        for (const struct bind_key *key = table->keys; key->name != NULL; key++) {
            if (strcmp(key->name, map->keys[i]->text) == 0) {
                read_field(reading, kind, key, map->items[i], &public);
            }
        }
    }
    return value_end_map(&public);
}

/* What belongs together, beyond what a table says. */
static void check_pairs(struct service_reading *reading, const struct yaml_node *auth)
{
    const struct yaml_node *exchange = yaml_get(auth, "exchange");
    const struct yaml_node *jwt = yaml_get(auth, "jwt");
    if (exchange != NULL && exchange->kind == YAML_MAP) {
        if ((yaml_get(exchange, "path") != NULL) == (yaml_get(exchange, "url") != NULL)) {
            diag_error(reading->diags, exchange->line, exchange->col,
                       "'exchange' needs one of 'path' and 'url': where to log in");
        }
        if ((yaml_get(exchange, "user") != NULL) != (yaml_get(exchange, "password") != NULL)) {
            diag_error(reading->diags, exchange->line, exchange->col,
                       "'exchange': 'user' and 'password' stand together");
        }
        if (yaml_get(exchange, "json") != NULL && yaml_get(exchange, "form") != NULL) {
            diag_error(reading->diags, exchange->line, exchange->col,
                       "'exchange' has one body: 'json' or 'form'");
        }
        const struct yaml_node *path = yaml_get(exchange, "path");
        if (path != NULL && path->kind == YAML_SCALAR && path->text[0] != '/') {
            diag_error(reading->diags, path->line, path->col, "'path': expected one that begins with /");
        }
    }
    if (jwt != NULL && jwt->kind == YAML_MAP) {
        const struct yaml_node *as = yaml_get(jwt, "as");
        bool client = as != NULL && as->kind == YAML_SCALAR && text_same_fold(as->text, "client_assertion");
        if (client != (yaml_get(jwt, "client") != NULL)) {
            diag_error(reading->diags, jwt->line, jwt->col,
                       "'jwt': 'client' and 'as: client_assertion' stand together");
        }
    }
}

/* Whose account it is there: the guard-rails keep it from being locked by ourselves. */
static const char *log_in_of(const struct value *fields)
{
    static const char *const names[] = {"user", "client", "issuer"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *found = value_get_string(fields, names[i], NULL);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

void service_auth_read(struct service_reading *reading, const struct yaml_node *auth)
{
    struct value_builder public;
    size_t kinds = 0;
    value_build(&public, reading->arena);
    for (size_t i = 0; auth->kind == YAML_MAP && i < auth->count; i++) {
        const char *kind = auth->keys[i]->text;
        if (table_of(kind) == NULL) {
            kinds++; /* which one was meant is said already */
            continue;
        }
        struct value fields = read_kind(reading, kind, auth->items[i]);
        value_put_text(&public, kind, fields);
        if (strcmp(kind, "mtls") != 0) {
            reading->service->auth = kind;
            reading->service->log_in = log_in_of(&fields);
            kinds++;
        }
    }
    if (auth->kind == YAML_MAP && (kinds > 1 || auth->count == 0)) {
        diag_error(reading->diags, auth->line, auth->col,
                   "'auth': expected one of basic, bearer, header, path, oauth2, exchange, jwt and aws, and "
                   "mtls beside it or alone");
    }
    check_pairs(reading, auth);
    reading->service->auth_public = value_end_map(&public);
}
