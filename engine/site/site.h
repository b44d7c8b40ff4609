/* The site: what the operator's files say of machines, services, secrets and rules. Read once, then constant.
 *
 * site_load() reads an inventory, and a configuration if there is one; both are data of the operator, never
 * of an alert. Names of hosts are compared without regard to case and to a trailing dot. The policy is kept
 * as a tree here and made into rules by engine/policy. */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include "engine/base/value.h"
#include "engine/site/site_listen.h"
#include "engine/site/site_source.h"
#include "engine/site/site_service.h"
#include "engine/yaml/yaml.h"
#include "soar/err.h"

struct site_host {
    const char *name;    /* as the inventory calls it: the canonical key is "host:NAME" in lower case */
    const char *key;     /* "host:web-01" */
    const char *fqdn;    /* or NULL */
    const char *address; /* an IP or a name */
    int port;            /* of `via`; 0: its default (ssh: 22) */
    const char *os;      /* "linux", "windows", "macos" */
    const char *via;     /* connector: "ssh" */
    const char *user;
    const char *secret_key;      /* reference: "file:keys/id_ed25519" */
    const char *secret_password; /* reference, or NULL */
    const char *known_hosts;     /* a path, made absolute beside the inventory */
    const char *login;           /* by winrm: "ntlm", "kerberos", "basic" */
    const char *ca;              /* by winrm: a path, or NULL */
    bool sudo;                   /* the user isn't root: scripts go through sudo */
    const char *secret_ca; /* reference to an SSH CA's private key: each log-in gets a certificate of its
                              own, signed for this host and this hour; or NULL */
    const char *principal; /* the name in that certificate; default USER@NAME */
    const char *qmp;     /* "unix:/run/qemu/web-01.qmp": the monitor of the virtual machine it is, or NULL */
    const char *qmp_dir; /* where that hypervisor writes memory images, and this machine can read them */
    size_t tag_count;
    const char *const *tags;
    size_t also_count; /* further addresses and names that are this machine */
    const char *const *also;
    size_t management_count; /* our addresses as this host sees us; none: the site's */
    const char *const *management;
    int line;
};

struct site_place { /* a directory or a service */
    const char *name;
    const char *kind; /* "active_directory", "openldap", "defender" */
    const char *url;
    struct value entry; /* of a directory the whole entry as a map, secrets as references; of a service what
                           packs may see: domain, options, tags */
    const struct site_service *service; /* of a service (site_service.h), else NULL */
    int line;
};

struct site_trigger {
    const char *name;
    const char *when;    /* CEL text */
    size_t source_count; /* webhooks that may start it; none given: any */
    const char *const *sources;
    int line;
    int col;
};

struct site_index; /* of every spelling of every host (engine/site/site_find.c) */

/* `evidence:` where it is kept, and how much. */
struct site_evidence {
    const char *dir; /* NULL: `evidence` in the state directory */
    const char *key; /* the file of the key that signs; NULL: signing.key in there */
    int64_t reserve_bytes;
    int64_t at_most_bytes;
};

struct site {
    const char *inventory_file;
    const char *config_file; /* or NULL */
    char inventory_digest[65];
    char config_digest[65]; /* "" without one */
    size_t host_count;
    const struct site_host *hosts;
    const struct site_index *index; /* made by site_load(); NULL: a lookup makes one for itself */
    size_t directory_count;
    const struct site_place *directories;
    size_t service_count;
    const struct site_place *services;
    size_t management_count;
    const char *const *management; /* our addresses as targets see them */
    size_t trigger_count;
    const struct site_trigger *triggers;
    const char *state;     /* directory, or NULL */
    size_t pack_dir_count; /* `packs:` further directories of packs */
    const char *const *pack_dirs;
    size_t playbook_dir_count;
    const char *const *playbook_dirs;
    size_t source_count;
    const struct site_source *sources; /* repositories of playbooks */
    const char *plugins;               /* directory of plugin programs, or NULL */
    size_t intake_dir_count;           /* `intake:` further directories of mapping files */
    const char *const *intake_dirs;
    const char *socket; /* where soarctl finds soard, or NULL: soard.sock in the state directory */
    const struct site_listen *listen; /* or NULL */
    size_t webhook_count;
    const struct site_webhook *webhooks;
    size_t person_count;
    const struct site_person *people;
    const struct site_evidence *evidence; /* or NULL: as site_evidence_of() says */
    bool log_json;                        /* `log: {format: json}` */
    const struct yaml_node *policy;       /* `policy:` or NULL; lives as long as the arena */
    const struct yaml_node *config;       /* the whole configuration, for rooms that read more of it */
    bool text_secrets;                    /* of site_read_stand_in() alone */
};

/* Either file may be NULL (but not both where hosts are needed). Mistakes go to diags; -1 if there are
 * errors. */
int site_load(struct arena *arena, const char *inventory_file, const char *config_file,
              struct site **ret_site, struct diag_list *diags) __attribute__((warn_unused_result));

/* An inventory that stands inside another file (a playbook's test). `file`: that file, for paths in it. */
int site_read_inventory(struct arena *arena, const struct yaml_node *root, const char *file,
                        struct site **ret_site, struct diag_list *diags) __attribute__((warn_unused_result));

/* The same for services that are stand-ins, as a pack's contract has them: their secrets may be
 * "text:SECRET". Nothing real is ever read so. */
#define SITE_TEXT_SECRET "text:"
int site_read_stand_in(struct arena *arena, const struct yaml_node *root, const char *file,
                       struct site **ret_site, struct diag_list *diags) __attribute__((warn_unused_result));

/* What is configured, or the defaults; site may be NULL. state: the state directory in use; dir of what is
 * returned is never NULL. */
struct site_evidence site_evidence_of(const struct site *site, const char *state, struct arena *arena);

/* Which machine is meant by a spelling from outside: name, fqdn, another case, trailing dot, punycode or
 * Unicode of a name, address in any form (IPv4-mapped, decimal, with leading zeros refused). NULL: none. Two
 * machines: NULL and *ret_many true. */
const struct site_host *site_find_host(const struct site *site, const char *spelling, bool *ret_many);

/* A trigger that is there without any configuration; a configuration may give the name another condition. */
extern const char site_built_in_trigger[];
/* The configuration's trigger of a name, without regard to case, or NULL. */
const struct site_trigger *site_find_trigger(const struct site *site, const char *name);

/* A repository of playbooks by its name; NULL: there is none. */
const struct site_source *site_find_source(const struct site *site, const char *name);

/* A directory by its name, without regard to case; NULL: there is none. */
const struct site_place *site_find_directory(const struct site *site, const char *name);

const struct site_place *site_find_service(const struct site *site, const char *name);

/* A directory or service as expressions see it: name, kind, url, domain, domains, tags; of a directory base,
 * of a service options. */
struct value site_place_value(struct arena *arena, const struct site_place *place);

/* A host as expressions see it under `target`: key, name, fqdn, os, address, port, via, qmp, tags. */
struct value site_host_value(struct arena *arena, const struct site_host *host);

/* Reads a secret by its reference ("env:NAME", "file:PATH" beside the file that names it, "credential:NAME").
 * The caller wipes and frees with site_secret_done(). The error never holds a piece of the secret. */
struct site_secret {
    char *bytes; /* NUL-terminated */
    size_t len;
};
int site_secret_read(const struct site *site, const char *reference, struct site_secret *ret_secret,
                     struct soar_err *err) __attribute__((warn_unused_result));
void site_secret_done(struct site_secret *secret);

/* Secrets in a vault (site_vault.c): site_secret_read() can't read those, for it never waits. */
struct site_vault_ref {
    const char *path;  /* of its API: "/v1/kv/data/hosts/web-01", "/v1/ssh/sign/soar" */
    const char *field; /* of what it answers there; NULL: a signer */
};
bool site_in_vault(const char *reference); /* it begins with vault:; NULL doesn't */
int site_vault_ref(struct arena *arena, const char *reference, bool signer, struct site_vault_ref *ret_ref,
                   struct soar_err *err) __attribute__((warn_unused_result));
/* The service of kind vault; NULL: there is none, or more than one. */
const struct site_place *site_vault(const struct site *site);

/* What an inventory and a configuration may hold, for `soarctl schema` (engine/yaml/bind.h). */
struct bind_table;
const struct bind_table *site_inventory_table(void);
const struct bind_table *site_config_table(void);

#endif
