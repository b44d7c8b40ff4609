/* What the sources of this room share while a playbook is made; nobody else includes it. */
#ifndef PLAYBOOK_PLAYBOOK_PARTS_H
#define PLAYBOOK_PLAYBOOK_PARTS_H

#include "engine/playbook/playbook.h"
#include "engine/yaml/bind.h"

/* A step as its keys stand in the file. */
struct step_entry {
    const struct yaml_node *step;
    const struct yaml_node *action;
    const struct yaml_node *details;
    const struct yaml_node *when;
    const struct yaml_node *target_os;
    const struct yaml_node *target_user;
    const struct yaml_node *targets;
    const struct yaml_node *with;
    const struct yaml_node *needs;
    const struct yaml_node *after;
    int on_failure; /* enum step_failure - 1, if it is given */
    const struct yaml_node *enough;
    int64_t timeout_ms;
    const struct yaml_node *retry;
    int64_t parallel;
    const struct yaml_node *expires;
};

struct playbook_entry {
    const struct yaml_node *name;
    const struct yaml_node *trigger;
    int severity; /* if it is given */
    const struct yaml_node *vars;
    struct bind_array actions;
};

struct trigger_entry {
    const struct yaml_node *name;
    const struct yaml_node *when;
    const struct yaml_node *dedup;
};

struct dedup_entry {
    struct bind_texts key;
    int64_t window_ms;
};

struct retry_entry {
    int64_t attempts;
    int backoff;
    int64_t initial_ms;
    int64_t max_ms;
};

extern const char *const playbook_severities[];
extern const char *const playbook_systems[];
extern const struct bind_table playbook_step_table;
extern const struct bind_table playbook_trigger_table;
extern const struct bind_table playbook_dedup_table;
extern const struct bind_table playbook_retry_table;

/* The bench a playbook is made on. */
struct making {
    struct arena *arena;
    struct diag_list *diags;
    const struct pack_shelf *shelf;
    const struct site *site;
    struct playbook *playbook;
    struct playbook_step *steps; /* the playbook's, still to be written */
    struct bind_array entries;   /* of struct step_entry */
    bool *before;                /* [a * step_count + b]: step b is over, or can't begin, before a begins */
    bool *vars_outside;          /* side by side with vars: its value comes from the alert */
    bool *vars_fixed;
};

/* Where an expression stands, and so which names it may use. */
enum name_scope { SEES_ALERT = 1, SEES_VARS = 2, SEES_STEPS = 4, SEES_RUN = 8, SEES_TARGET = 16 };

struct use {
    struct making *making;
    const char *what;             /* "'when'", "with.allow" */
    unsigned sees;                /* of enum name_scope */
    const struct yaml_node *node; /* where the text stands; NULL: line and col say it */
    int line;
    int col;
    size_t base;      /* of the expression within the node's text */
    size_t step;      /* whose expression it is; SIZE_MAX: of none */
    size_t var_count; /* variables above it */
    const char
        *narrow; /* of a parameter that widens what is let through: why nothing from outside may stand here */
    bool fixes;  /* the variables it names can't be set for a run */
    bool spoke_alert; /* out: it speaks of the alert, itself or through a variable */
    bool spoke_steps;
};

/* Compiles a bare expression; NULL: told. */
struct cel_program *use_expression(struct use *use, const struct yaml_node *node);
struct template *use_template(struct use *use, const struct yaml_node *node);
const struct tree *use_tree(struct use *use, const struct yaml_node *node);

void header_read(struct making *making, const struct playbook_entry *entry, const struct yaml_node *root);
void vars_read(struct making *making, const struct yaml_node *node);
void needs_read(struct making *making); /* names of steps and their order */
void step_read(struct making *making, size_t index);
void with_read(struct making *making, size_t index);
void action_check(struct making *making, size_t index); /* against its pack, if there is one */

/* A name as people write it: letters, digits, '_', '-' and what `more` has. */
bool name_is_plain(const struct yaml_node *node, const char *more);
/* The step's index by name, without regard to case; step_count if there is none. */
size_t step_find(const struct making *making, const char *name);

#endif
