/* The verbs: one function per command, a map in, a map out.
 *
 * As it should go: a program finds a verb by its name in verbs[], reads the request by the verb's own
 * parameters, opens what the verb needs (engine/verbs knows no store and no connector by name), calls fn, and
 * prints the answer: as JSON as it stands, or through `print` for people. Where a verb has a preview, that is
 * asked first and a person says yes.
 *
 * As it goes wrong: fn returns -1 and the error says what was wrong; class INVALID is the person's or a
 * file's mistake (exit 2). Mistakes in files are in context->mistakes, each with its place. An answer may
 * also come with an exit code of its own (a run in part): context->exit.
 *
 * Threads: the loop's. */
#ifndef VERBS_VERB_H
#define VERBS_VERB_H

#include <stdio.h>

#include "engine/loop/loop.h"
#include "engine/report/report_style.h"
#include "engine/trigger/trigger.h"

struct event_base;
struct bind_table;
struct sources;

/* Exit codes, the same for every verb. */
enum verb_exit { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISTAKE = 2, EXIT_WAITS = 3, EXIT_PARTLY = 4 };

/* What must be open. Each includes what stands above it, but for the journal: a plan has one of its own, in
 * memory. */
enum verb_needs {
    NEEDS_NOTHING,
    NEEDS_PACKS, /* site, if there is one; packs */
    NEEDS_READ,  /* the journal; its loop is idle */
    NEEDS_PLAN,  /* site, policy, a journal in memory with the ledger as it stands; workers only read */
    NEEDS_DRIVE, /* site, policy, journal, loop, workers */
};

enum verb_param_kind {
    PARAM_FLAG,     /* --json */
    PARAM_TEXT,     /* --reason TEXT */
    PARAM_TEXTS,    /* --host H, any number of times: a list */
    PARAM_DOCUMENT, /* --alert FILE, or - for standard input: its text goes into the request */
    PARAM_PLACE,    /* a word without an option */
    PARAM_PLACES,   /* all the words that are left: a list */
    PARAM_KIND_COUNT
};

struct verb_param {
    const char *name; /* "dry-run"; NULL ends a table */
    enum verb_param_kind kind;
    const char *value; /* what help calls it: "FILE|-" */
    bool required;
    const char *about;
};

/* Tests of playbooks and of packs, and the models they play with: read by a room beside this one
 * (engine/rehearse), which the program brings. */
struct verb_tests {
    int (*lint)(struct arena *arena, const char *path, struct pack_shelf *shelf, const struct site *site,
                struct diag_list *diags);
    const struct bind_table *(*table)(void);
    /* The same of a pack's contract. */
    int (*lint_contract)(struct arena *arena, const char *path, const struct pack_shelf *shelf,
                         struct diag_list *diags);
    const struct bind_table *(*contract_table)(void);
};

/* What only a daemon knows and can do. */
struct verb_daemon {
    /* Adds to the answer of `status`: soard {version, host, pid, since, …}, front, playbooks. */
    void (*status)(void *arg, struct arena *arena, struct value_builder *map);
    int (*reload)(void *arg, const char *by, struct soar_err *err);
    struct sources *sources; /* repositories of playbooks */
    void *arg;
};

/* A verb that must wait says for what and what comes then: it sets context->wait and returns 0. The program
 * drives the loop until verb_waited() and calls verb_go_on(), as often as that asks to wait again: as long as
 * context->wait.then is set there is no answer yet. soarctl without a daemon waits by itself (verb_drive());
 * soard serves others meanwhile, and holds the run (loop_run_hold()). */
struct verb_context;
struct verb_wait {
    struct run *run;        /* NULL: all that is driven */
    const char *repository; /* a fetch of it; "": of any; NULL: no fetch */
    bool stays;             /* for a host that is off, too */
    bool tells;             /* what was asked for has begun: `then` only tells how far it is */
    int (*then)(struct verb_context *context, const struct value *request, struct value *ret_answer,
                struct soar_err *err);
};

struct verb_context {
    struct arena *arena;
    const struct site *site; /* NULL: none is there */
    const struct policy *policy;
    struct pack_shelf *shelf;
    struct soar_store *store;
    struct loop *loop;
    struct event_base *base;
    const volatile int *stop;       /* a signal came */
    const char *by;                 /* "ana (uid 1004)" */
    const char *state;              /* the directory of the record and of repositories' commits; NULL: none */
    const struct verb_tests *tests; /* NULL: tests can't be read here */
    bool stays;           /* for a host that is off, too: run, resume and retry, but for --no-wait */
    FILE *out;            /* of one long output: `journal export` */
    struct buf *mistakes; /* of files: file:line:col: error: text */
    int exit;             /* enum verb_exit */
    struct verb_wait wait;
    unsigned roles; /* of who asks (enum site_role) */
    bool remote;    /* through soard: files a person names are not read here */
    size_t playbook_count;
    const struct playbook *const *playbooks; /* those soard has loaded: no others are found by name */
    const struct verb_daemon *daemon;        /* NULL: none runs here */
    const void *program;                     /* what a program's own verbs know of it */
};

typedef int (*verb_fn)(struct verb_context *context, const struct value *request, struct value *ret_answer,
                       struct soar_err *err);
typedef void (*verb_print_fn)(const struct value *answer, const struct report_style *style, struct buf *out);

struct verb {
    const char *name;    /* "run", "journal verify" */
    const char *heading; /* of the group that begins with it, in help; NULL: it is of the one above */
    const char *about;
    const struct verb_param *params;
    enum verb_needs needs;
    verb_fn fn;
    verb_print_fn print;
    const char *plan_when; /* with this in the request it needs NEEDS_PLAN instead: "dry_run", "check" */
    verb_fn preview;       /* what it would do, to be asked about; NULL: nothing to ask */
    enum verb_needs preview_needs;
    verb_print_fn preview_print;
    const char *question; /* "Go on?" */
    bool lives;           /* it moves things: live lines, and a word on what is missing without soard */
    /* Who may ask soard for it: any of these (enum site_role). 0: it is about a person's own files, and soard
     * isn't asked. */
    unsigned role;
};

extern const struct verb verbs[]; /* ends with a NULL name; in the order of help */

const struct verb *verb_find(const char *name);

/* A request from outside: is it a map of this verb's parameters? -1 INVALID says what is wrong with it. */
int verb_check_request(const struct verb *verb, const struct value *request, struct soar_err *err)
    __attribute__((warn_unused_result));
/* What asks targets, if only by reading, needs an operator; a playbook's text an admin (T17). -1 DENIED: the
 * role that is missing. */
int verb_allowed(const struct verb *verb, const struct value *request, unsigned of, struct soar_err *err)
    __attribute__((warn_unused_result));
/* What must be open for it, as it is asked. */
enum verb_needs verb_needed(const struct verb *verb, const struct value *request, bool preview);

/* Does what is waited for rest: ended, waiting for a person, or tried and told to be tried again later? To be
 * asked after a turn of the loop that moved nothing. */
bool verb_waited(const struct verb_context *context);
/* What comes then: an answer, or another wait. */
int verb_go_on(struct verb_context *context, const struct value *request, struct value *ret_answer,
               struct soar_err *err);
/* For a program that serves nobody else: drives and goes on until no wait is left. */
int verb_drive(struct verb_context *context, const struct value *request, struct value *ret_answer,
               struct soar_err *err);

#endif
