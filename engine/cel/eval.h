/* One evaluation: what it may still spend, and the parts it is made of. Inside the room only.
 *
 * An error and an unknown are values here. A strict part looks at its operands with eval_stands(): an unknown
 * goes before an error, an error before a value. */
#ifndef CEL_EVAL_H
#define CEL_EVAL_H

#include "engine/cel/syntax.h"

struct eval {
    const struct cel_program *program;
    const struct cel_scope *scope;
    struct arena *arena;
    struct value *slots;
    const struct node_call *call; /* the one being made: for what was prepared with it */
    long steps;                   /* left */
    size_t used_before;           /* bytes of the arena */
    bool spent;                   /* a budget is gone: nothing absorbs this */
};

struct value eval_node(struct eval *eval, const struct node *node);

/* True if the value is an error or unknown: no operand for anything strict. */
bool eval_fails(const struct value *value);
/* Which of two failed (or not failed) operands stands: unknown, else error, else the first. */
const struct value *eval_stands(const struct value *first, const struct value *second);

/* Takes steps from the budget for work within a function; false when there are none left. */
bool eval_spend(struct eval *eval, size_t steps);

struct value eval_error(struct eval *eval, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct value eval_no_overload(struct eval *eval, const char *name, const struct value *args, size_t count);

/* Copies; an error if the text is larger than a value may be. */
struct value eval_text(struct eval *eval, enum value_kind kind, const char *text, size_t len);

/* eval_build.c: literals, and the bound on what may be built. A list or map that an expression made goes
 * through eval_bounded(): one that shares its parts may be small in memory and endless to print. */
struct value eval_list(struct eval *eval, const struct node_items *items);
struct value eval_map(struct eval *eval, const struct node_items *items);
struct value eval_bounded(struct eval *eval, struct value value);
/* How much work it is to look at all of the value, and whether an unknown is in it. */
size_t eval_weight(const struct value *value, const struct value **ret_unknown);

/* eval_select.c: names, fields, indexes. */
struct value eval_name(struct eval *eval, const struct node_name *name);
struct value eval_select(struct eval *eval, const struct node_select *select);
struct value eval_has(struct eval *eval, const struct node_select *select);
struct value eval_index(struct eval *eval, const struct node_index *index);

/* eval_fold.c */
struct value eval_fold(struct eval *eval, const struct node_fold *fold);

/* operators.c */
struct value operator_binary(struct eval *eval, enum cel_operator operator, const struct value * left,
                             const struct value *right);
struct value operator_minus(struct eval *eval, const struct value *operand);

/* compare.c */
struct value compare_values(struct eval *eval, enum cel_operator operator, const struct value * left,
                            const struct value *right);

#endif
