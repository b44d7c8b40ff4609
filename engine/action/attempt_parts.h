/* What the sources of the attempt share; nobody else includes it. */
#ifndef ACTION_ATTEMPT_PARTS_H
#define ACTION_ATTEMPT_PARTS_H

#include "engine/action/attempt.h"

struct attempt_name {
    const char *text;
    struct value value;
};

struct attempt {
    struct arena *arena;
    struct attempt_input input;
    struct value target; /* with management as addresses, and what find has found */
    struct value prior;  /* map */
    struct value kept;   /* map: the input's, and over it what this attempt kept */
    struct attempt_name *names;
    size_t name_count;
    size_t name_size;
    const struct value *result; /* the last answer, in its own lines; else NULL */
    size_t let_depth;           /* a let of a let of a let */

    enum pack_phase phase;
    const struct pack_steps *steps;
    size_t index; /* of the statement that is next, or whose call is out */
    bool out;     /* a call is out */
    bool ended;
    bool found_already; /* a call said that it was so before */
    bool changed;       /* a writing call was done */
    int calls;
    bool started;
    int64_t started_ms;
    int64_t waited_ms; /* polls, not counted in the timeout */
    int64_t poll_at_ms;
    int64_t asked_ms;      /* when the last poll was answered */
    int64_t poll_since_ms; /* -1: the statement is no poll, or was not begun */
    struct attempt_result outcome;
};

struct attempt_judged {
    enum pack_judgement judgement;
    const char *why;
};

/* attempt_scope.c */
struct cel_scope attempt_scope(struct attempt *attempt);
void attempt_bind(struct attempt *attempt, const char *name, struct value value);
struct value attempt_target(struct arena *arena, const struct value *target);
/* A map with the pairs of `over` put over those of `under`. */
struct value attempt_merge(struct arena *arena, const struct value *under, const struct value *over);

/* attempt_judge.c: what an answer means. `result` is its result as a value. */
struct attempt_judged attempt_judge(struct attempt *attempt, const struct pack_statement *statement,
                                    const struct soar_answer *answer, const struct value *result);

/* What a status of http, or a result code of ldap, means by itself. */
enum pack_judgement attempt_by_status(int64_t status, bool writes);
enum pack_judgement attempt_by_code(int64_t code);

/* attempt_statement.c: all kinds but a call. */
void attempt_statement(struct attempt *attempt, const struct pack_statement *statement);

/* The phase ends here; attempt_mistake() says where an expression failed. */
void attempt_end(struct attempt *attempt, enum pack_judgement judgement, const char *why);
void attempt_mistake(struct attempt *attempt, const struct pack_statement *statement, const char *what,
                     const struct soar_err *err);

/* Puts new values over what is kept; -1 if that is more than a task may keep. */
int attempt_keep(struct attempt *attempt, const struct value *map, const char **ret_why);

/* "pack.yaml:12:5: what: text", for the mistakes of an expression. */
const char *attempt_place(const struct attempt *attempt, int line, int col, const char *what,
                          const struct soar_err *err);

/* Evaluates bindings to a map; -1 with *ret_why. */
int attempt_bindings(struct attempt *attempt, const struct pack_binding *bindings, size_t count,
                     struct value *ret_map, const char **ret_why);

#endif
