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
    int64_t offline_ms;
    int64_t offline_every_ms;
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
void names_add_user(struct names *names, const char *text);

/* The pattern that matches, or NULL. Patterns of hosts may be globs, addresses or prefixes. */
const char *names_match_host(const struct names *names, const struct bind_texts *patterns);
const char *names_match_user(const struct names *names, const struct bind_texts *patterns);
bool names_have(const struct names *names, const char *text);

/* Does the rule speak of this target? *ret_what: "hosts 'dc-*'". */
bool selector_matches(const struct selector *selector, const struct policy *policy,
                      const struct policy_request *request, struct arena *arena, const char **ret_what);

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
    const char *why;
};

struct limit_entry {
    const struct yaml_node *at_most;
    int64_t kept_for_people;
    int over;
};

struct offline_entry {
    int64_t keep_trying_ms;
    int64_t every_ms;
};

struct policy_entry {
    const struct yaml_node *protect;
    const struct yaml_node *never;
    const struct yaml_node *two_people;
    const struct yaml_node *ask;
    struct bind_array limits;
    struct offline_entry offline;
    const struct yaml_node *rest;
};

extern const struct bind_table policy_entry_table;
extern const struct bind_table policy_selector_table;
extern const struct bind_table policy_named_table;

#endif
