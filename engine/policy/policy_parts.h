/* What the sources of this room share; nobody else includes it. */
#ifndef POLICY_POLICY_PARTS_H
#define POLICY_POLICY_PARTS_H

#include "engine/policy/policy.h"
#include "engine/yaml/bind.h"

/* Which targets a rule is about: patterns of what they are called, canonical and in lower case. */
struct selector {
    struct bind_texts hosts;
    struct bind_texts tags;
    struct bind_texts users;
    struct bind_texts groups;
    struct bind_texts addresses;
    bool admins;
};

struct rule {
    const char *name; /* "never", "two_people", "ask" */
    enum policy_verdict verdict;
    struct selector selector;
    const char *why; /* the site's own words, or NULL */
};

struct budget {
    const char *name; /* "isolate": actions of this name, and those that begin with it and '_' */
    int64_t at_most;
    int64_t window_ms;
    int64_t kept_for_people; /* of at_most: only for runs that a person started */
    enum policy_verdict over;
};

/* A name of soar's own. */
struct own {
    const char *text; /* canonical */
    const char *why;
};

struct offline_entry {
    int64_t keep_trying_ms;
    int64_t every_ms;
};

enum { RECHECK_PUTS_BACK, RECHECK_TELLS };
struct recheck_entry {
    int64_t every_ms;
    int broken;
};

enum { EXPIRES_ASKS, EXPIRES_FREES };
struct expires_entry {
    int64_t at_least_ms;
    int64_t at_most_ms;
    int then;
};

enum { PRIVATE_ASK, PRIVATE_ALLOW, PRIVATE_NEVER };

struct policy {
    const struct site *site;
    size_t rule_count;
    struct rule *rules; /* in the order they are asked: never first */
    size_t budget_count;
    struct budget *budgets;
    size_t own_host_count;
    struct own *own_hosts;
    size_t own_user_count;
    struct own *own_users;
    struct offline_entry offline;
    struct recheck_entry recheck;
    struct expires_entry expires;
    int private_addresses;
    char digest[65];
};

/* All that a target is called, each in canonical form. */
struct names {
    struct arena *arena;
    size_t count;
    size_t size;
    const char **items;
};

void names_add(struct names *names, const char *text);
/* A machine: inventory, the request's own spelling, what find found. */
void names_of_host(struct names *names, const struct policy *policy, const struct policy_request *request);
/* A person: bare name, with and without domain, without accents, what find found. */
void names_of_user(struct names *names, const struct policy_request *request);
/* Without his mail addresses: many directories let people write their own, and nobody becomes root by one. */
void names_of_account(struct names *names, const struct policy_request *request);
void names_add_user(struct names *names, const char *text);
/* A machine of the inventory, by that alone. */
void names_of_known(struct names *names, const struct site_host *host);
/* A machine that the inventory doesn't know: by what find found, or by its key as long as nothing was. */
void names_of_stranger(struct names *names, const struct policy_request *request);

/* The pattern that matches, or NULL. Patterns of hosts may be globs, addresses or prefixes. */
const char *names_match_host(const struct names *names, const struct bind_texts *patterns);
const char *names_match_user(const struct names *names, const struct bind_texts *patterns);
bool names_have(const struct names *names, const char *text);

/* Does the rule speak of this target? *ret_what: "hosts 'dc-*'". */
bool selector_matches(const struct selector *selector, const struct policy *policy,
                      const struct policy_request *request, struct arena *arena, const char **ret_what);

/* Of a person's account at a host, what is asked about that host. */
struct policy_request place_request(const struct policy_request *request);
/* Is the task about a machine, by name or address? */
bool target_is_machine(const struct policy_request *request);
/* Does what find found bear one of these tags? */
bool fact_tags_match(const struct policy_request *request, const struct bind_texts *tags,
                     struct arena *arena);

/* "isolate" fits Isolate_Endpoint, not isolated. */
bool budget_fits(const char *budget, const char *action);

/* policy_address.c: an address that is to be blocked; true if the answer says no, or not yet. */
bool policy_address_never(const struct policy *policy, const struct policy_request *request,
                          struct arena *arena, struct policy_answer *ret_answer);
bool policy_address_private(const struct policy *policy, const struct policy_request *request,
                            struct arena *arena, struct policy_answer *ret_answer);

/* policy_scope.c: true if it holds, with the answer. */
bool policy_pause(const struct policy_request *request, struct arena *arena,
                  struct policy_answer *ret_answer);
bool policy_source_spent(const struct policy_request *request, struct arena *arena,
                         struct policy_answer *ret_answer);

extern const char policy_runs_there[]; /* why soar's own machines are refused */

const struct budget *policy_find_budget(const struct policy *policy, const char *action);

/* Text in lower case and without accents, as directories compare names. */
const char *fold_name(struct arena *arena, const char *text);

struct selector_entry {
    const struct yaml_node *hosts; /* a list, or {names, tags} */
    struct bind_texts tags;
    struct bind_texts users;
    struct bind_texts groups;
    struct bind_texts addresses;
    bool admins;
    const char *why;
};

struct limit_entry {
    const struct yaml_node *at_most;
    int64_t kept_for_people;
    int over;
};

struct release_entry { /* not used yet */
    struct bind_array two_people;
    int on_siem_closed;
};

struct promote_entry { /* not used yet */
    const char *live;
    const char *freeze;
};

struct policy_entry {
    struct bind_array protect;
    struct bind_array never;
    struct bind_array two_people;
    struct bind_array ask;
    struct bind_array limits;
    struct offline_entry offline;
    struct recheck_entry recheck;
    struct expires_entry expires;
    struct release_entry release;
    struct promote_entry playbooks;
    int private_addresses;
    int break_glass;
};

extern const struct bind_table policy_entry_table;
extern const struct bind_table policy_selector_table;
extern const struct bind_table policy_named_table;

#endif
