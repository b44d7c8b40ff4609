/* The listening side of a configuration: who may send alerts and what they are believed, who may ask what. */
#ifndef SITE_SITE_LISTEN_H
#define SITE_SITE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct site_listen {           /* `listen:`; NULL in the site: soard serves its socket alone */
    const char *address;       /* "127.0.0.1:8443", "[::1]:8443" */
    const char *tls_cert;      /* a path; NULL: no TLS, which is refused beyond loopback */
    const char *tls_key;       /* a reference to a secret */
    const char *tls_client_ca; /* a path, or NULL */
    size_t proxy_count;        /* prefixes whose X-Forwarded-For is believed */
    const char *const *proxies;
    int64_t connections; /* at once; defaults are in site_listen.c */
    int64_t per_address;
    int64_t header_ms;
    int64_t body_ms;
    int64_t idle_ms;
    bool open_metrics; /* /metrics needs no token */
    int line;
};

enum webhook_auth { AUTH_HMAC_SHA256, AUTH_BEARER, AUTH_BASIC, AUTH_HEADER, AUTH_MUTUAL_TLS, AUTH_COUNT };

struct site_budget {
    const char *name; /* "isolate": as in the policy */
    int64_t at_most;
    int64_t window_ms;
};

struct site_webhook {
    const char *name;   /* the source, as people and the journal call it */
    const char *path;   /* "/webhook/siem" */
    const char *format; /* a mapping's name (engine/trigger/intake.h); "soar" */
    enum webhook_auth auth;
    const char *secret;    /* a reference; NULL for mutual TLS */
    const char *header;    /* of the signature, or of AUTH_HEADER */
    const char *timestamp; /* header of the signed time; NULL: the body alone is signed */
    const char *separator; /* between the signed time and the body: ".", Grafana's ":" */
    const char *prefix;    /* before the signature: "sha256=", or "" */
    bool base64;
    int64_t window_ms; /* how far the signed time may be from ours */
    const char *user;  /* of AUTH_BASIC */
    size_t san_count;  /* of AUTH_MUTUAL_TLS: names in the client's certificate */
    const char *const *sans;
    const char *verify; /* "", "okta", "microsoft" */
    int64_t rate;       /* requests in rate_ms */
    int64_t rate_ms;
    int64_t body_bytes;
    int64_t repeat_ms; /* how long a byte-identical request is answered as the first time */

    size_t dedup_count; /* expressions over the alert; 0: the playbook's own, or none */
    const char *const *dedup;
    int64_t dedup_ms;

    bool scoped;          /* `scope:` is there */
    size_t trigger_count; /* it may start these; none given: any */
    const char *const *triggers;
    size_t host_count; /* names, globs, prefixes */
    const char *const *hosts;
    size_t tag_count;
    const char *const *tags;
    int64_t confidence_max; /* 100: no ceiling */
    size_t budget_count;
    const struct site_budget *budgets;
    int line;        /* of its name */
    int format_line; /* of `format`, or of the name */
    int format_col;
};

/* Roles of people, as bits. Who has none may nothing. */
enum site_role { ROLE_VIEWER = 1, ROLE_OPERATOR = 2, ROLE_APPROVER = 4, ROLE_ADMIN = 8 };

struct site_person {
    const char *name;
    int64_t uid;              /* of the socket; -1: none. Never 0 */
    unsigned roles;           /* operator, approver and admin are viewers, too; admin is not approver */
    const char *token_sha256; /* hex, of the API's bearer token; NULL: none */
    int line;
};

struct site;
/* By name, without regard to case. */
const struct site_webhook *site_find_webhook(const struct site *site, const char *name); /* or NULL */
const struct site_person *site_person_of_uid(const struct site *site, int64_t uid);      /* or NULL */
const struct site_person *site_person_of_token(const struct site *site,
                                               const char *token); /* constant time; or NULL */

/* "20/1h": how many in what time; false if it isn't one. */
bool site_rate(const char *text, int64_t *ret_at_most, int64_t *ret_window_ms);

#endif
