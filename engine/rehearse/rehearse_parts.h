/* What the files behind rehearse.h share; nobody else includes it.
 *
 * rehearse_table.c binds a test's text to these structs, rehearse_read.c loads what it names and gives each
 * case its site, rehearse_given.c and rehearse_expect.c check and apply the two halves of a case,
 * rehearse_play.c plays it. */
#ifndef REHEARSE_REHEARSE_PARTS_H
#define REHEARSE_REHEARSE_PARTS_H

#include "engine/rehearse/rehearsal.h"
#include "engine/rehearse/rehearse.h"
#include "engine/yaml/bind.h"

enum {
    CASES_MAX = 1000, /* of a file: more than a person keeps in mind */
    GIVEN_MAX = 60,   /* of a case: as many as the fake world takes, and a few less */
};

/* One line of `given:`; what it is, is said by the key that only this kind has. */
struct rehearse_given {
    const char *on;
    const struct yaml_node *is;
    const char *call;
    const char *fails;
    const char *refuses;
    const char *cut;
    bool hangs, loses, late, twice;
    int64_t times;
    int64_t after;
    const char *crash_after;
    const char *step;
    const char *target;
    int64_t away_ms;
    const char *offline;
    int64_t for_ms;
    const char *answer;
    const char *say;
};

struct rehearse_then {
    int64_t wait_ms;
    const char *release;
    bool stop;
    bool again;
};

struct rehearse_calls { /* of `never:` and `calls:` */
    const char *call;
    const char *on;
    int64_t times;
    int64_t at_most;
};

struct rehearse_expect {
    int status; /* of rehearse_statuses */
    const struct yaml_node *steps;
    struct bind_array never;
    struct bind_array calls;
    struct bind_texts contained;
    int64_t lives;
    bool starts;
};

struct rehearse_case {
    const char *name;
    const struct yaml_node *node;
    const struct yaml_node *alert;
    const struct yaml_node *vars;
    struct bind_array given;
    int64_t for_ms;
    struct bind_array then;
    struct rehearse_expect expect;
    const struct yaml_node *expect_node; /* says which of `expect` was given */

    /* made of these by rehearse_read() */
    struct value alert_value; /* normalised; null without one */
    struct value vars_value;
    const struct site *site;
    const struct policy *policy;
};

struct rehearse_test {
    const char *file;
    const char *playbook_path;
    const struct yaml_node *inventory; /* a path */
    const struct yaml_node *hosts;
    const struct yaml_node *directories;
    const struct yaml_node *services;
    const struct yaml_node *policy;
    struct bind_texts models;
    struct bind_array case_list;

    struct arena *arena;
    const struct rehearse_options *options;
    const struct playbook *playbook;
    const struct site *site;   /* that all cases share; NULL: each is made of its alert */
    const struct site *places; /* where the test itself has directories and services, or NULL */
    size_t model_sets;
    const struct model **model_list; /* the ones that count first stand first */
    size_t *model_counts;
    size_t case_count;
    struct rehearse_case *cases;
};

/* rehearse_table.c */
extern const struct bind_table rehearse_file_table;
extern const char *const rehearse_statuses[]; /* completed … cancelled, waiting, running; ends with NULL */

/* rehearse_read.c: NULL with errors in diags. */
struct rehearse_test *rehearse_read(struct arena *arena, const char *path,
                                    const struct rehearse_options *options, struct diag_list *diags);

/* rehearse_site.c */
int rehearse_site(struct rehearse_test *test, struct diag_list *diags);
void rehearse_case_site(struct rehearse_test *test, struct rehearse_case *one);
/* A target as the world and the journal call it: a host of the site by its key, another as it was written. */
const char *rehearse_key(const struct rehearse_case *one, struct arena *arena, const char *name);
/* Does this name mean a target of this key? */
bool rehearse_is(const struct rehearse_case *one, const char *name, const char *key, const char *also);
/* The same of what the ledger holds: an account by the name it was called, not by its id. */
bool rehearse_is_row(const struct rehearse_case *one, const char *name, const struct ledger_row *row);
/* Tells a name that nobody in this case has. */
void rehearse_check_target(const struct rehearse_test *test, const struct rehearse_case *one,
                           const struct yaml_node *name, struct diag_list *diags);

/* rehearse_models.c */
void rehearse_models(struct rehearse_test *test, struct diag_list *diags);
int rehearse_lint_models(struct arena *arena, const char *path, struct diag_list *diags);
int rehearse_diags(struct diag_list *diags,
                   struct diag_list *own); /* takes over the mistakes of another file */

/* rehearse_given.c */
void rehearse_check_given(const struct rehearse_test *test, const struct rehearse_case *one,
                          struct diag_list *diags);
void rehearse_check_step(const struct rehearse_test *test, const struct yaml_node *name,
                         struct diag_list *diags);
void rehearse_check_call(const struct rehearse_test *test, const struct yaml_node *name,
                         struct diag_list *diags);

/* A case being played. */
struct rehearse_play {
    struct arena *arena;
    const struct rehearse_test *test;
    const struct rehearse_case *one;
    struct fake_world *world;
    struct rehearsal *rehearsal;
    size_t runs; /* asked for so far: the playbook's and releases */
    size_t last; /* the newest run of the playbook */
    struct rehearsal_crash crashes[GIVEN_MAX];
    size_t crash_count;
    size_t faults[GIVEN_MAX];                    /* by given: the world's number of it */
    size_t starts[GIVEN_MAX];                    /* by given: the world's number of it */
    struct rehearsal_crash *crash_of[GIVEN_MAX]; /* by given */
    bool answered[GIVEN_MAX];                    /* by given */
    struct value_builder failures;
};

void rehearse_apply_given(struct rehearse_play *play);
/* What was given and never happened fails the case: it would prove nothing. */
void rehearse_check_met(struct rehearse_play *play);
/* Answers what people are asked and the case has an answer to. Returns how many, or -1. */
int rehearse_answer(struct rehearse_play *play, struct soar_err *err);

/* rehearse_expect.c */
void rehearse_check_expect(const struct rehearse_test *test, const struct rehearse_case *one,
                           struct diag_list *diags);
void rehearse_expect(struct rehearse_play *play);
void rehearse_fail(struct rehearse_play *play, const struct yaml_node *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* rehearse_play.c */
struct value rehearse_play(const struct rehearse_test *test, const struct rehearse_case *one,
                           struct arena *arena);

#endif
