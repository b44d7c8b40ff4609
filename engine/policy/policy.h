/* Guard-rails: what may never be touched, what needs people, how much at once. Pure: no clock, no I/O.
 *
 * policy_load() makes rules of the configuration's `policy:` and adds what was found at start: soar's own
 * machine and its way to the targets are `never`. policy_judge() looks at one task, by what was *resolved*,
 * twice: by name before the first call, and in the same turn as the intent, by what find found, with the
 * budget as it stands then. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "engine/site/site.h"

enum policy_verdict { POLICY_ALLOW, POLICY_HOLD, POLICY_REFUSE };

struct policy; /* arena-owned, immutable */

/* What soar itself is, seen at start by the program that wires the rooms. */
struct policy_self {
    size_t address_count;
    const char *const *addresses; /* of this machine's interfaces */
    size_t name_count;
    const char *const *names; /* host name, fqdn */
    size_t way_count;
    const char *const *ways; /* gateways and resolvers on the way to the targets */
};

int policy_load(struct arena *arena, const struct site *site, const struct policy_self *self,
                struct policy **ret_policy, struct diag_list *diags) __attribute__((warn_unused_result));

struct policy_request {
    const char *action; /* the pack's name */
    bool containment;
    const char *per; /* "host", "user" */
    const char *key; /* the target's canonical key: "host:dc-01" */
    const char *name;
    const struct value *aliases;  /* further names of a person: a list of texts, or NULL */
    const struct site_host *host; /* resolved, or NULL; of a person: the host his account is at. What a rule
                                     says of the host holds for that, too */
    const struct value *facts;    /* what find found, or NULL before */
    int64_t spent;                /* tasks counted against this action's budget within its window now */
    bool spent_by_us;             /* this task is one of them already (and of the source's) */
    bool person;                  /* a person started the run by hand */
    bool put_back;                /* a containment of ours that was found open: it is no new one, and only
                                     `never` stops it */
    /* The run's alert came from this source (NULL: from none, or one the configuration has no more: then
     * `source_gone`), and said this confidence (-1: none). Beyond the source's scope the task is held by
     * "scope.NAME", over its budget by "budget.NAME.isolate". */
    const struct site_webhook *source;
    const char *source_gone;
    double confidence;
    int64_t source_spent; /* of the source's budget for this action, as `spent` */
    const char *paused;   /* effects of this run wait: "all", a playbook's or source's name; NULL: they don't.
                             Held by "pause.NAME" */
    /* Have people freed this task from what a rule said? Asked of each rule that holds. */
    bool (*freed)(void *arg, const char *rule);
    void *freed_arg;
};

struct policy_answer {
    enum policy_verdict verdict;
    const char *rule;          /* "never", "two_people", "blast_radius.isolate"; "" when allowed */
    const char *why;           /* for people */
    const char *budget;        /* what an intent counts against, or NULL: set by who asked (engine/loop) */
    const char *source_budget; /* and of its source's own, or NULL */
};

/* In this order: never, a pause, the source's scope, rules that want people, the source's budget, the blast
 * radius. */
void policy_judge(const struct policy *policy, const struct policy_request *request, struct arena *arena,
                  struct policy_answer *ret_answer);

/* The budget that an action counts against: its name ("isolate_endpoint"), window and number; false: it has
 * none. */
bool policy_budget(const struct policy *policy, const char *action, const char **ret_name,
                   int64_t *ret_window_ms, int64_t *ret_at_most);

/* What `policy:` may hold, for `soarctl schema config` (engine/yaml/bind.h). */
struct bind_table;
const struct bind_table *policy_table(void);

/* The same for a source's own budget: its name in the ledger is "siem/isolate". */
bool policy_source_budget(const struct site_webhook *source, const char *action, struct arena *arena,
                          const char **ret_name, int64_t *ret_window_ms, int64_t *ret_at_most);

/* recheck: every (default 5 min, 0: never) and whether what is found open is put back (default) or only told.
 */
int64_t policy_recheck_every_ms(const struct policy *policy);
bool policy_puts_back(const struct policy *policy);
/* expires: bounds of how long a run may hold, and what happens then: asked (default) or freed. */
int64_t policy_expires_least_ms(const struct policy *policy);
int64_t policy_expires_most_ms(const struct policy *policy);
bool policy_expires_frees(const struct policy *policy);

/* May a step hold for so long (0: no end)? false with why. For who loads a playbook where the policy is
 * known.
 */
bool policy_expires_fits(const struct policy *policy, int64_t ms, struct arena *arena, const char **ret_why);

/* Does where the alert came from hold this task: the source's scope, its ceiling, or that it is gone? For
 * `soarctl trigger`; policy_judge() asks it, too. */
bool policy_scope(const struct policy *policy, const struct policy_request *request, struct arena *arena,
                  struct policy_answer *ret_answer);

/* hex SHA-256 of the rules, of what sources are believed, and of what soar itself is: for the journal */
const char *policy_digest(const struct policy *policy);

/* offline: keep_trying and every (defaults 24 h, 1 min). */
int64_t policy_offline_ms(const struct policy *policy);
int64_t policy_offline_every_ms(const struct policy *policy);

#endif
