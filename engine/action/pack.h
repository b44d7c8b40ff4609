/* An action pack (one YAML file per action) as checked structure. docs/writing-an-action.md is the language;
 * this is its tree.
 *
 * pack_load() parses and checks; what it returns can be run by engine/action/attempt.h without any further
 * check. A pack is immutable and lives in its arena; a run pins packs by digest. */
#ifndef ACTION_PACK_H
#define ACTION_PACK_H

#include "connectors/table/table.h"
#include "engine/action/tree.h"
#include "engine/action/type.h"

enum pack_per { PER_HOST, PER_USER, PER_ADDRESS, PER_FILE, PER_ONCE, PER_COUNT };
enum pack_phase { PHASE_FIND, PHASE_CHECK, PHASE_APPLY, PHASE_VERIFY, PHASE_REVERT, PHASE_COUNT };
enum pack_doubt { DOUBT_ASK, DOUBT_RETRY, DOUBT_SKIP };
/* The places a provider fans out over: one task for each that its `when` lets through. */
enum pack_over { OVER_NOTHING, OVER_DIRECTORIES, OVER_HOSTS, OVER_SERVICES, OVER_COUNT };

/* What an answer is judged to be, by `outcomes` or by its class. */
enum pack_judgement {
    JUDGED_DONE,
    JUDGED_ALREADY,
    JUDGED_UNDERWAY,
    JUDGED_ABSENT,
    JUDGED_UNSUPPORTED,
    JUDGED_DENIED,
    JUDGED_TRANSIENT,
    JUDGED_PERMANENT,
    JUDGED_UNKNOWN,
    JUDGED_COUNT
};

struct pack_param {
    const char *name;
    struct type type;
    bool required;              /* it has no default */
    struct value default_value; /* canonical */
    const char *about;
    int line;
    int col;
};

struct pack_binding { /* NAME: CEL, of let, keep, prior, facts */
    const char *name;
    struct cel_program *program; /* of an expression, or NULL */
    const struct tree *text;     /* of a provider's `let` that is a text with holes, or NULL */
    const struct pack_lines *lines;
    int line;
    int col;
};

struct pack_line {             /* of a `lines:` text */
    struct template *template; /* the text, or the line of an `each` */
    struct cel_program *when;
    const char *each; /* loop's name, or NULL */
    struct cel_program *in;
    int line;
    int col;
};

struct pack_lines {
    size_t count;
    const struct pack_line *items;
};

struct pack_case { /* of `outcomes` and of `refuse` */
    struct cel_program *when;
    enum pack_judgement is;
    const char *why;
};

struct pack_argument { /* one parameter of a call */
    const struct function_param *param;
    const struct tree *tree;
    const struct pack_lines *lines;
};

enum pack_statement_kind {
    STATEMENT_CALL,
    STATEMENT_ONE,
    STATEMENT_REFUSE,
    STATEMENT_PRIOR,
    STATEMENT_VERDICT,
    STATEMENT_LET,
    STATEMENT_KEEP
};

struct pack_statement {
    enum pack_statement_kind kind;
    int position; /* from 1, in its phase: the place in a call's key */
    int line;
    int col;
    struct cel_program *when; /* or NULL */
    const char *as;           /* or NULL */

    const struct function *function; /* a call */
    size_t argument_count;
    const struct pack_argument *arguments;
    struct cel_program *expect; /* own or the function's default; NULL: class is enough */
    const char *why;
    struct cel_program *until; /* a read's, or NULL */
    int64_t every_ms;
    int64_t within_ms;
    bool once;
    enum pack_doubt in_doubt;
    int64_t deadline_ms;

    size_t case_count; /* outcomes, refuse */
    const struct pack_case *cases;
    size_t binding_count; /* let, keep, prior; a call's keep; one's facts */
    const struct pack_binding *bindings;

    struct cel_program *of; /* one */
    struct cel_program *id;
    struct cel_program *so; /* verdict */
    struct cel_program *clear;
    struct cel_program *underway;
};

struct pack_steps {
    bool given;
    size_t count;
    const struct pack_statement *items;
};

struct pack_remain {
    const char *what;
    int64_t for_ms; /* 0: no end known */
};

struct pack_provider {
    const char *name;
    const char *origin; /* the file it stands in: the pack's, or one that extends it */
    int line;
    struct cel_program *when;
    const struct connector *via;
    bool shell;          /* one of several that a list of `via` makes: its calls are written shell.NAME */
    enum pack_over over; /* directories of the site; hosts of the alert (of a user: where he was seen);
                            services of the kind `service` */
    const char *service; /* kind, or NULL */
    size_t let_count;
    const struct pack_binding *lets;
    size_t case_count; /* outcomes of each call: they stand behind the call's own, in its cases, too */
    const struct pack_case *cases;
    struct pack_steps phases[PHASE_COUNT];
    int64_t verify_every_ms; /* verify: {every, within, lag, keep}; `verify` may also be statements */
    int64_t verify_within_ms;
    int64_t verify_lag_ms;
    size_t verify_keep_count;
    const struct pack_binding *verify_keep;
    int64_t timeout_ms;
    enum pack_doubt in_doubt;
    bool fenced; /* a call of an older try that comes late does nothing once a newer one has written */
    size_t remain_count;
    const struct pack_remain *remains;
    size_t cannot_undo_count;
    const char *const *cannot_undo;
    const char *unsupported; /* why nobody can do this where it fits: then it is never chosen; or NULL */
    const char *proved;      /* "no" if it was not */
    const char *verb;        /* what a target is when it was this provider that did it; NULL: the pack's */
    size_t verb_param_count;
    const char *const *verb_params; /* what `verb` says more where these parameters are true: their names */
};

struct pack {
    const char *name;
    const char *summary;
    enum pack_per per;
    const char *lock;   /* "whole" if it names none */
    const char *verb;   /* what a target is when done, as people say it: "isolated"; `done:` in the file,
                           default "done" */
    const char *undone; /* "released" */
    size_t param_count;
    const struct pack_param *params;
    size_t provider_count;
    const struct pack_provider *providers;
    bool containment;   /* it has a revert */
    const char *digest; /* hex SHA-256 of text */
    const char *text;   /* of all its files, one behind the other (pack_text_join()) */
    const char *origin;
    size_t part_count; /* its files: origins[0] is `origin`, behind it those that extend it */
    const char *const *origins;
};

/* NULL if there are errors in diags. The text is one file, or several that pack_text_join() made one. The
 * providers of files that extend the action stand before its own. */
struct pack *pack_load(struct arena *arena, const char *text, size_t len, const char *origin,
                       struct diag_list *diags);

/* What a file is by itself: the action it extends (`extends: NAME`), or NULL; *ret_action the one it is
 * (`action: NAME`), or NULL. */
const char *pack_text_extends(struct arena *arena, const char *text, size_t len, const char **ret_action);
/* A pack's text and behind it that of a file which extends it. */
char *pack_text_join(struct arena *arena, const char *text, const char *extension, const char *origin);

/* A shelf of packs: the built-in ones (compiled in), then directories; a name without regard to case. Files
 * that extend an action are added to the one that is there, whatever their order in a directory. */
struct pack_shelf;
struct pack_shelf *pack_shelf_new(struct arena *arena);
int pack_shelf_add_builtin(struct pack_shelf *shelf, struct soar_err *err)
    __attribute__((warn_unused_result));
int pack_shelf_add_dir(struct pack_shelf *shelf, const char *dir, struct diag_list *diags)
    __attribute__((warn_unused_result));
int pack_shelf_add_text(struct pack_shelf *shelf, const char *text, size_t len, const char *origin,
                        struct diag_list *diags) __attribute__((warn_unused_result));
/* A file as `lint` looks at it: one that extends an action of the shelf is read with that action's own file,
 * without the others that extend it; an action without providers of its own, with those that the shelf has of
 * it. Nothing is put on the shelf. */
struct pack *pack_load_beside(struct pack_shelf *shelf, const char *text, size_t len, const char *origin,
                              struct diag_list *diags);
const struct pack *pack_shelf_find(const struct pack_shelf *shelf, const char *name);
size_t pack_shelf_count(const struct pack_shelf *shelf);
const struct pack *pack_shelf_at(const struct pack_shelf *shelf, size_t index);

/* Parameters as a caller gave them, checked and made canonical, defaults filled in, in the order of the pack.
 * An unknown name, a missing or bad one: class INVALID, with the parameter's name. A value that is
 * VALUE_UNKNOWN passes through. */
int pack_arguments(const struct pack *pack, const struct value *given, struct arena *arena,
                   struct value *ret_with, struct soar_err *err) __attribute__((warn_unused_result));

/* The JSON Schema (2020-12) of a pack, made of the reader's own tables: what `soarctl schema action` prints.
 */
char *pack_schema(struct arena *arena);

/* Is this the provider that a file calls `name`? A list of `via` makes NAME-winrm and NAME-ssh of it. */
bool pack_provider_called(const char *provider, const char *name);
/* The reference of the language as Markdown, made of the same tables: what `soarctl action reference` prints.
 */
void pack_reference(struct buf *out);

const char *pack_over_name(enum pack_over over); /* "", "directories", "hosts", "services" */
const char *pack_phase_name(enum pack_phase phase);
const char *pack_per_name(enum pack_per per);
const char *pack_judgement_name(enum pack_judgement judgement);

#endif
