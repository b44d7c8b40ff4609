/* Walks the tree. The one thing to know: && and || look at all their parts before they give up, because a
 * later part may decide although an earlier one failed; everything else is strict. Every node costs a step;
 * when the budget is gone, every further result is that error, and nothing absorbs it. */
#include "engine/cel/eval.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/cel/functions.h"

enum { ARGS_MAX = 8 }; /* no function takes more */

bool eval_fails(const struct value *value)
{
    return value->kind == VALUE_ERROR || value->kind == VALUE_UNKNOWN;
}

const struct value *eval_stands(const struct value *first, const struct value *second)
{
    if (first->kind == VALUE_UNKNOWN || second->kind == VALUE_UNKNOWN) {
        return first->kind == VALUE_UNKNOWN ? first : second;
    }
    return second->kind == VALUE_ERROR && first->kind != VALUE_ERROR ? second : first;
}

static struct value over_budget(void)
{
    struct value error = value_static("the expression takes too much work or memory");
    error.kind = VALUE_ERROR;
    return error;
}

bool eval_spend(struct eval *eval, size_t steps)
{
    if (eval->spent || steps > (size_t)eval->steps ||
        arena_used(eval->arena) - eval->used_before > LIMIT_CEL_MEMORY_BYTES) {
        eval->spent = true;
        return false;
    }
    eval->steps -= (long)steps;
    return true;
}

struct value eval_error(struct eval *eval, const char *format, ...)
{
    char text[512]; /* enough for what and which; a longer name is cut */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return value_error(eval->arena, "%s", text);
}

struct value eval_no_overload(struct eval *eval, const char *name, const struct value *args, size_t count)
{
    char kinds[256] = "";
    size_t len = 0;
    for (size_t i = 0; i < count && len < sizeof kinds; i++) {
        int added = snprintf(kinds + len, sizeof kinds - len, "%s%s", i > 0 ? ", " : "",
                             value_kind_name(args[i].kind));
        len += added > 0 ? (size_t)added : 0;
    }
    return eval_error(eval, "no such overload: %s(%s)", name, kinds);
}

struct value eval_text(struct eval *eval, enum value_kind kind, const char *text, size_t len)
{
    if (len > LIMIT_CEL_VALUE_BYTES) {
        return eval_error(eval, "a %s of more than %d bytes", value_kind_name(kind), LIMIT_CEL_VALUE_BYTES);
    }
    if (!eval_spend(eval, len / 64)) {
        return over_budget();
    }
    return kind == VALUE_BYTES ? value_bytes(eval->arena, text, len) : value_string(eval->arena, text, len);
}

/* The target, if there is one, and the arguments; how many there are in all. The result is what stands of
 * them. */
static struct value eval_args(struct eval *eval, const struct node_call *call, struct value args[ARGS_MAX],
                              size_t *ret_count)
{
    struct value stands = value_null();
    size_t count = 0;
    size_t skip = call->target == NULL;
    for (size_t i = skip; i <= call->count; i++) {
        struct value arg = eval_node(eval, i == 0 ? call->target : call->args[i - 1]);
        stands = *eval_stands(&stands, &arg);
        if (count < ARGS_MAX) {
            args[count++] = arg;
        }
    }
    *ret_count = call->count + !skip;
    return stands;
}

static struct value eval_call(struct eval *eval, const struct node_call *call)
{
    struct value args[ARGS_MAX];
    size_t count = 0;
    struct value stands = eval_args(eval, call, args, &count);
    if (stands.kind == VALUE_UNKNOWN) {
        return stands;
    }
    if (call->rows == NULL) {
        return eval_error(eval, "there is no function '%s'", call->name);
    }
    if (stands.kind == VALUE_ERROR) {
        return stands;
    }
    if (count > ARGS_MAX) {
        return eval_error(eval, "no such overload: %s() with %zu arguments", call->name, count);
    }
    const struct cel_function *function = function_fit(call->rows, call->row_count, args, count);
    if (function == NULL) {
        return eval_no_overload(eval, call->name, args, count);
    }
    eval->call = call;
    return function->call(eval, args, count);
}

static struct value eval_binary(struct eval *eval, const struct node_operation *operation)
{
    struct value left = eval_node(eval, operation->left);
    struct value right = eval_node(eval, operation->right);
    const struct value *stands = eval_stands(&left, &right);
    return eval_fails(stands) ? *stands : operator_binary(eval, operation->operator, & left, &right);
}

/* `decides`: the value that settles it, true for || and false for &&. */
static struct value eval_logic(struct eval *eval, const struct node_logic *logic, bool decides)
{
    struct value stands = value_bool(!decides);
    for (size_t i = 0; i < logic->count; i++) {
        struct value part = eval_node(eval, logic->parts[i]);
        if (part.kind == VALUE_BOOL && part.boolean == decides) {
            return part;
        }
        if (part.kind != VALUE_BOOL && !eval_fails(&part)) {
            part = eval_no_overload(eval, decides ? "||" : "&&", &part, 1);
        }
        stands = *eval_stands(&stands, &part);
    }
    return stands;
}

static struct value eval_choose(struct eval *eval, const struct node_choose *choose)
{
    struct value test = eval_node(eval, choose->test);
    if (eval_fails(&test)) {
        return test;
    }
    if (test.kind != VALUE_BOOL) {
        return eval_no_overload(eval, "?:", &test, 1);
    }
    return eval_node(eval, test.boolean ? choose->yes : choose->no);
}

static struct value eval_not(struct eval *eval, const struct node *operand)
{
    struct value value = eval_node(eval, operand);
    if (eval_fails(&value)) {
        return value;
    }
    return value.kind == VALUE_BOOL ? value_bool(!value.boolean) : eval_no_overload(eval, "!", &value, 1);
}

static struct value eval_minus(struct eval *eval, const struct node *operand)
{
    struct value value = eval_node(eval, operand);
    return eval_fails(&value) ? value : operator_minus(eval, &value);
}

/* What is bound may be an error: it stands where the name is used, and nowhere if it isn't. */
static struct value eval_bind(struct eval *eval, const struct node_bind *bind)
{
    eval->slots[bind->slot] = eval_node(eval, bind->value);
    return eval_node(eval, bind->body);
}

static struct value eval_opt_map(struct eval *eval, const struct node_bind *bind, bool flat)
{
    struct value optional = eval_node(eval, bind->value);
    if (eval_fails(&optional)) {
        return optional;
    }
    if (optional.kind != VALUE_OPTIONAL) {
        return eval_no_overload(eval, flat ? "optFlatMap" : "optMap", &optional, 1);
    }
    if (optional.inner == NULL) {
        return optional;
    }
    eval->slots[bind->slot] = *optional.inner;
    struct value result = eval_node(eval, bind->body);
    if (eval_fails(&result) || (flat && result.kind == VALUE_OPTIONAL)) {
        return result;
    }
    return flat ? eval_no_overload(eval, "optFlatMap", &result, 1)
                : eval_bounded(eval, value_some(eval->arena, result));
}

static struct value eval_otherwise(struct eval *eval, const struct node_otherwise *otherwise, bool value)
{
    struct value first = eval_node(eval, otherwise->first);
    if (eval_fails(&first)) {
        return first;
    }
    if (first.kind != VALUE_OPTIONAL) {
        return eval_no_overload(eval, value ? "orValue" : "or", &first, 1);
    }
    if (first.inner != NULL) {
        return value ? *first.inner : first;
    }
    struct value other = eval_node(eval, otherwise->other);
    if (!value && !eval_fails(&other) && other.kind != VALUE_OPTIONAL) {
        return eval_no_overload(eval, "or", &other, 1);
    }
    return other;
}

static struct value dispatch(struct eval *eval, const struct node *node)
{
    switch (node->kind) {
    case NODE_LITERAL:
        return node->literal;
    case NODE_NAME:
        return eval_name(eval, &node->name);
    case NODE_SELECT:
        return eval_select(eval, &node->select);
    case NODE_HAS:
        return eval_has(eval, &node->select);
    case NODE_INDEX:
        return eval_index(eval, &node->index);
    case NODE_CALL:
        return eval_call(eval, &node->call);
    case NODE_NOT:
        return eval_not(eval, node->operand);
    case NODE_MINUS:
        return eval_minus(eval, node->operand);
    case NODE_BINARY:
        return eval_binary(eval, &node->operation);
    case NODE_AND:
    case NODE_OR:
        return eval_logic(eval, &node->logic, node->kind == NODE_OR);
    case NODE_CHOOSE:
        return eval_choose(eval, &node->choose);
    case NODE_LIST:
        return eval_list(eval, &node->items);
    case NODE_MAP:
        return eval_map(eval, &node->items);
    case NODE_FOLD:
        return eval_fold(eval, &node->fold);
    case NODE_BIND:
        return eval_bind(eval, &node->bind);
    case NODE_OPT_MAP:
    case NODE_OPT_FLAT_MAP:
        return eval_opt_map(eval, &node->bind, node->kind == NODE_OPT_FLAT_MAP);
    case NODE_OPT_OR:
    case NODE_OPT_OR_VALUE:
        return eval_otherwise(eval, &node->otherwise, node->kind == NODE_OPT_OR_VALUE);
    case NODE_KIND_COUNT:
        break;
    }
    return value_null();
}

struct value eval_node(struct eval *eval, const struct node *node)
{
    return eval_spend(eval, 1) ? dispatch(eval, node) : over_budget();
}

struct value cel_eval(const struct cel_program *program, const struct cel_scope *scope, struct arena *arena)
{
    struct eval eval = {
        .program = program,
        .scope = scope,
        .arena = arena,
        .slots = arena_array(arena, program->slots, sizeof(struct value)),
        .steps = LIMIT_CEL_STEPS,
        .used_before = arena_used(arena),
    };
    struct value result = eval_node(&eval, program->root);
    return eval.spent ? over_budget() : result;
}
