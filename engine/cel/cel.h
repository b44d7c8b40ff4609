/* The Common Expression Language (google/cel-spec, language definition) without protobuf, with *unknown*.
 *
 * cel_compile() once, when a file is loaded; cel_eval() as often as needed, with names from a scope. A
 * compiled expression is immutable and lives in its arena. Evaluation never fails as a C call: its result may
 * be of kind VALUE_ERROR or VALUE_UNKNOWN; cel_value() turns both into an error for callers that can use
 * neither.
 *
 * Unknown spreads through an expression as an error would; && and || absorb it as they absorb errors (a known
 * false && is false); where an unknown meets an error, the error stands aside: the result is unknown.
 *
 * Extensions: strings, optionals, two-variable macros, network, bindings, encoders, math is not one of them.
 * Regular expressions have RE2's syntax and a hard limit on matching. Depth, size and steps are bounded
 * (base/limits.h).
 *
 * Threads: a program may be evaluated by several threads, each with its own arena. */
#ifndef CEL_CEL_H
#define CEL_CEL_H

#include "engine/base/value.h"
#include "soar/err.h"

struct cel_program;

struct cel_options {
    const char *container; /* prefix for name resolution, or NULL */
    bool no_macros;        /* has, all, exists... are plain calls then */
};

/* Parses the expression. On a mistake ret_offset (may be NULL) gets the byte where it is, and err a text
 * without position: "expected ')' after the arguments". The text is copied. */
int cel_compile(struct arena *arena, const char *text, size_t len, const struct cel_options *options,
                struct cel_program **ret_program, size_t *ret_offset, struct soar_err *err)
    __attribute__((warn_unused_result));

/* Where names come from. get() writes *ret_value and returns true if this scope has the name. A name no scope
 * has is an error value "unknown variable 'x'". */
struct cel_scope {
    bool (*get)(void *arg, const char *name, size_t len, struct arena *arena, struct value *ret_value);
    void *arg;
    const struct cel_scope *outer; /* asked next; NULL at the end */
};

/* A scope over a VALUE_MAP whose keys are names; `map` must outlive the scope's use. */
struct cel_scope cel_scope_map(const struct value *map, const struct cel_scope *outer);

struct value cel_eval(const struct cel_program *program, const struct cel_scope *scope, struct arena *arena);

/* As cel_eval, but an error or unknown result is -1 with class INVALID and the text. */
int cel_value(const struct cel_program *program, const struct cel_scope *scope, struct arena *arena,
              struct value *ret_value, struct soar_err *err) __attribute__((warn_unused_result));
/* As cel_value, and the result must be a bool. */
int cel_bool(const struct cel_program *program, const struct cel_scope *scope, struct arena *arena,
             bool *ret_bool, struct soar_err *err) __attribute__((warn_unused_result));

/* Each use of a name that the expression itself doesn't bind, with the path of plain fields that follows:
 * `steps.isolate.changed.size()` gives root "steps", path "steps.isolate.changed". A path segment taken
 * optionally (?.) or by a constant string index counts like a field. `optional` is true where the first field
 * after the root is taken with ? (or tested by has()). */
typedef void (*cel_name_fn)(void *arg, const char *root, const char *path, bool optional, size_t offset);
void cel_names(const struct cel_program *program, cel_name_fn fn, void *arg);

/* What is certain to fail although it is no mistake of the language: a function that isn't there, a wrong
 * number of arguments, a constant that is no regular expression or no time zone. For who loads a file; -1 and
 * err, with *ret_offset (may be NULL) at the call. */
int cel_check(const struct cel_program *program, size_t *ret_offset, struct soar_err *err)
    __attribute__((warn_unused_result));

const char *cel_text(const struct cel_program *program); /* as it was written */

/* Finds the end of an expression that stands before "}}" by lexing: returns the offset of the closing "}}" in
 * text, or -1 if there is none. Braces of maps and strings that hold "}}" are not mistaken for it. */
long cel_find_close(const char *text, size_t len);

#endif
