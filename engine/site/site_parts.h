/* What the sources of this room share; nobody else includes it. */
#ifndef SITE_SITE_PARTS_H
#define SITE_SITE_PARTS_H

#include "engine/site/site.h"
#include "engine/yaml/bind.h"

/* Each reads one tree into the site; mistakes go to diags (whose file is the tree's). `file` is an absolute
 * path: what the text says of paths is relative to it. */
void inventory_read(struct arena *arena, const struct yaml_node *root, const char *file, struct site *site,
                    struct diag_list *diags);
void config_read(struct arena *arena, const struct yaml_node *root, const char *file, struct site *site,
                 struct diag_list *diags);
/* The configuration's `inventory:` beside it, or NULL. */
const char *config_inventory(struct arena *arena, const struct yaml_node *root, const char *file);

/* The parts of a configuration: entries as they are bound, and what makes the site of them. */
struct tls_entry {
    const char *cert;
    const struct yaml_node *key;
    const char *client_ca;
};

struct listen_limits_entry {
    int64_t connections;
    int64_t per_address;
    int64_t header_ms;
    int64_t body_ms;
    int64_t idle_ms;
};

struct listen_entry {
    const struct yaml_node *address;
    struct tls_entry tls;
    struct bind_texts proxies;
    struct listen_limits_entry limits;
    bool open_metrics;
};
extern const struct bind_table listen_table;
void listen_defaults(struct listen_entry *entry);
void listen_read(struct arena *arena, const struct yaml_node *node, const struct listen_entry *entry,
                 const char *file, struct site *site, struct diag_list *diags);

struct secret_entry { /* of bearer, basic, header */
    const struct yaml_node *secret;
    const struct yaml_node *user;
    const struct yaml_node *name;
};

struct hmac_entry {
    const struct yaml_node *secret;
    const struct yaml_node *header;
    const struct yaml_node *timestamp;
    const char *separator;
    const char *prefix;
    int encoding;
    int64_t window_ms;
};

struct mutual_entry {
    struct bind_texts names;
};

struct auth_entry {
    struct hmac_entry hmac;
    struct secret_entry bearer;
    struct secret_entry basic;
    struct secret_entry header;
    struct mutual_entry mutual;
};

struct webhook_dedup_entry {
    struct bind_texts key;
    int64_t window_ms;
};

struct scope_entry {
    struct bind_texts triggers;
    const struct yaml_node *hosts; /* a list, or {names, tags} */
    struct bind_texts tags;
    int64_t confidence_max;
};

struct webhook_entry {
    const struct yaml_node *path;
    const struct yaml_node *format;
    struct auth_entry auth;
    int verify;
    const struct yaml_node *rate;
    const struct yaml_node *body;
    int64_t repeat_ms;
    struct webhook_dedup_entry dedup;
    struct scope_entry scope;
    const struct yaml_node *budget;
};
extern const struct bind_table webhook_table;
/* After the triggers: a scope names them. */
void webhooks_read(struct arena *arena, const struct bind_array *array, const char *file, struct site *site,
                   struct diag_list *diags);

/* How a source of this format signs and verifies, where its own documentation says so; else defaults. */
struct webhook_custom {
    const char *format;
    const char *header;    /* NULL: the configuration must say it */
    const char *timestamp; /* NULL: none, unless the configuration says one */
    const char *separator;
    const char *verify;
};
const struct webhook_custom *webhook_custom(const char *format);

/* site_webhook_auth.c: `auth:` of the map `node`. */
extern const struct bind_table webhook_auth_table;
void webhook_auth_read(struct arena *arena, const struct yaml_node *node, const struct auth_entry *entry,
                       const char *file, struct site_webhook *webhook, struct diag_list *diags);

/* site_scope.c: what a source is believed. `node` is the webhook's map. */
extern const struct bind_table webhook_dedup_table;
extern const struct bind_table webhook_scope_table;
extern const char webhook_budget_schema[];
void webhook_scope_read(struct arena *arena, const struct yaml_node *node, const struct webhook_entry *entry,
                        const struct site *site, struct site_webhook *webhook, struct diag_list *diags);

struct person_entry {
    int64_t uid;
    struct bind_texts roles;
    const struct yaml_node *token;
    const char *key;
};
extern const struct bind_table person_table;
void people_read(struct arena *arena, const struct bind_array *array, struct site *site,
                 struct diag_list *diags);

/* site_source.c */
struct playbooks_entry {
    const char *dir;
    const struct yaml_node *git;
    const struct yaml_node *name;
    const struct yaml_node *ref;
    const char *path;
    int64_t every_ms;
    int64_t deadline_ms;
    const struct yaml_node *signers;
    int promote;
    const char *user;
    const struct yaml_node *key;
    const char *known_hosts;
    const struct yaml_node *password;
    const struct yaml_node *token;
    const char *ca;
};
extern const struct bind_table playbooks_table;
void playbooks_read(struct arena *arena, const struct bind_array *array, const char *file, struct site *site,
                    struct diag_list *diags);

/* site_evidence.c */
struct evidence_entry {
    const char *dir;
    const char *key;
    const struct yaml_node *reserve;
    const struct yaml_node *at_most;
};
extern const struct bind_table evidence_table;
void evidence_read(struct arena *arena, const struct yaml_node *node, const struct evidence_entry *entry,
                   const char *file, struct site *site, struct diag_list *diags);

/* site_service.c; site->text_secrets says what may be a secret. */
extern const struct bind_table service_table;
void services_read(struct arena *arena, const struct bind_array *array, const char *file, struct site *site,
                   struct diag_list *diags);

/* site_login.c: at hosts. After the directories. */
const char *login_read(const struct yaml_node *node, const char *user, struct diag_list *diags);
void logins_check(struct arena *arena, const struct bind_array *array, const struct site *site,
                  struct diag_list *diags);

/* config_words.c: what several keys have in common. */
/* Letters and digits, and of `also` but not first; at most LIMIT_NAME_BYTES. Tells if it isn't. */
bool config_name(const struct yaml_node *node, const char *what, const char *also, struct diag_list *diags);
/* An expression over `alert` alone. */
void config_expression(struct arena *arena, const struct yaml_node *node, const char *what,
                       struct diag_list *diags);
bool site_is_header_name(const char *text);
const char *config_lower(struct arena *arena, const char *text);
const char **config_paths(struct arena *arena, const struct bind_texts *texts, const char *file);

const struct site_index *site_index_make(struct arena *arena, const struct site *site);

int site_host_port(const struct site_host *host); /* its own, or the default of `via` */

/* "file:keys/x" with its path made absolute beside `file`; other references are copied. */
const char *secret_beside(struct arena *arena, const char *file, const char *reference);
/* Tells what is no reference at all (without showing it: it may be a secret). */
bool secret_check(const struct yaml_node *node, const char *what, struct diag_list *diags);
/* The same for one that is read at once, when soard starts: it can't lie in a vault. */
bool secret_check_now(const struct yaml_node *node, const char *what, struct diag_list *diags);
/* site_vault.c: references to a vault need one vault. */
void vault_check(const struct yaml_node *root, const struct site *site, struct diag_list *diags);

#endif
