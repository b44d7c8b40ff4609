/* A playbook as checked structure: what YAML text becomes before anything runs. language.md is the language.
 *
 * playbook_load() makes three passes (text → tree, tree → structure, meaning) and tells every mistake with
 * its place. What it returns is immutable and lives in its arena; a run pins it by digest. A step whose
 * action has no pack here is no mistake (a warning): it ends `unsupported`, with the reason. */
#ifndef PLAYBOOK_PLAYBOOK_H
#define PLAYBOOK_PLAYBOOK_H

#include "engine/action/pack.h"
#include "engine/site/site.h"

enum step_failure { FAILURE_UNSET, FAILURE_CONTINUE, FAILURE_STOP, FAILURE_ROLLBACK };
enum step_enough { ENOUGH_ANY, ENOUGH_ALL, ENOUGH_NUMBER, ENOUGH_PERCENT };
enum step_backoff { BACKOFF_FIXED, BACKOFF_LINEAR, BACKOFF_EXPONENTIAL };

struct step_argument {
    const char *name; /* of a parameter */
    const struct tree *tree;
    int line;
    int col;
};

struct step_retry {
    int attempts;
    enum step_backoff backoff;
    int64_t initial_ms;
    int64_t max_ms;
};

struct step_wait {
    size_t step;       /* its index */
    bool must_succeed; /* a condition (`needs`); else order alone (`after`, or the step above) */
};

struct playbook_step {
    size_t index;
    const char *name; /* "1", "isolate" */
    int line;
    int col;
    const char *action;
    const struct pack *pack; /* NULL: no pack of this name is here */
    const char *details;     /* or NULL */
    struct cel_program *when;
    size_t os_count; /* target_os, canonical: "linux", "windows", "macos"; 0: any */
    const char *const *os;
    struct template *target_user; /* or NULL */
    const struct tree
        *targets; /* or NULL: the default of the action's `per` (hosts: alert.hosts; users: alert.user_id) */
    size_t argument_count;
    const struct step_argument *arguments;
    bool order_given;  /* `needs` or `after` were; else it waits for the step above */
    size_t wait_count; /* earlier or later steps; the graph has no circle */
    const struct step_wait *waits;
    enum step_failure on_failure;
    enum step_enough enough;
    int enough_number;  /* of NUMBER and PERCENT */
    int64_t timeout_ms; /* one try at one target; 0: the provider's */
    struct step_retry retry;
    bool retry_given;
    int parallel;         /* targets at once */
    int64_t expires_ms;   /* 0: no end */
    bool speaks_of_steps; /* its expressions name `steps`: then it is no lane of an earlier step */
};

struct playbook {
    const char *name;
    const char *file;
    const char *trigger_name;         /* or NULL */
    struct cel_program *trigger_when; /* or NULL */
    size_t dedup_count;
    struct cel_program *const *dedup_key;
    int64_t dedup_window_ms;
    const char *severity; /* or NULL */
    size_t var_count;
    const struct step_argument *vars;
    const bool *vars_fixed; /* side by side with vars: an `expires` speaks of it */
    size_t step_count;
    const struct playbook_step *steps;
    const char *digest; /* hex SHA-256 of text */
    const char *text;
    const char *source; /* the repository it came from, set by who loaded it; NULL: a file of this machine */
    const char *commit; /* of that */
};

/* NULL if there are errors in diags. `shelf` is asked for each action; it may be NULL (every action is
 * unknown then). `site` may be NULL: then names of triggers are not looked up. */
struct playbook *playbook_load(struct arena *arena, const char *file, const char *text, size_t len,
                               const struct pack_shelf *shelf, const struct site *site,
                               struct diag_list *diags);

const struct playbook_step *playbook_step_find(const struct playbook *playbook, const char *name);

/* `vars` of a run: each evaluated in the order of the file, over `alert` (may be NULL) and the ones above it.
 * What the caller gives (a map or NULL) stands instead. INVALID: a name the playbook doesn't have, or one
 * that `expires` was worked out from when the file was loaded. */
int playbook_vars(const struct playbook *playbook, const struct value *alert, const struct value *given,
                  struct arena *arena, struct value *ret_vars, struct soar_err *err)
    __attribute__((warn_unused_result));

/* What a playbook may hold, for `soarctl schema playbook` (engine/yaml/bind.h). */
struct bind_table;
const struct bind_table *playbook_table(void);

#endif
