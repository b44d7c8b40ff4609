/* ==, <, in and their kin. Numbers of different kinds are compared on one number line; an int or uint against
 * a double at the edge of what a double can tell apart is compared as doubles, as the language's reference
 * does. NaN is equal to nothing and neither less nor greater. An unknown within a list or map makes its
 * comparison unknown. */
#include "engine/cel/eval.h"

#include <math.h>

enum { UNORDERED = 2 };

static bool is_number(const struct value *value)
{
    return value->kind == VALUE_INT || value->kind == VALUE_UINT || value->kind == VALUE_DOUBLE;
}

static int order_reals(double a, double b)
{
    return isnan(a) || isnan(b) ? UNORDERED : (a > b) - (a < b);
}

static double as_real(const struct value *value)
{
    return value->kind == VALUE_INT    ? (double)value->integer
           : value->kind == VALUE_UINT ? (double)value->natural
                                       : value->real;
}

static int order_numbers(const struct value *left, const struct value *right)
{
    if (left->kind == VALUE_DOUBLE || right->kind == VALUE_DOUBLE) {
        return order_reals(as_real(left), as_real(right));
    }
    return value_compare(left, right);
}

static bool is_container(const struct value *value)
{
    return value->kind == VALUE_LIST || value->kind == VALUE_MAP || value->kind == VALUE_OPTIONAL;
}

static bool equal(const struct value *left, const struct value *right)
{
    return is_number(left) && is_number(right) ? order_numbers(left, right) == 0 : value_equal(left, right);
}

/* What looking at this value costs; an unknown in it goes to *ret_unknown. */
static size_t cost(const struct value *value, const struct value **ret_unknown)
{
    *ret_unknown = NULL;
    if (is_container(value)) {
        return eval_weight(value, ret_unknown) / 64;
    }
    return value->kind == VALUE_STRING || value->kind == VALUE_BYTES ? value->len / 128 : 0;
}

static struct value compare_equal(struct eval *eval, bool wanted, const struct value *left,
                                  const struct value *right)
{
    const struct value *left_unknown, *right_unknown;
    size_t steps = cost(left, &left_unknown) + cost(right, &right_unknown);
    if (left->kind == right->kind && (left_unknown != NULL || right_unknown != NULL)) {
        return left_unknown != NULL ? *left_unknown : *right_unknown;
    }
    if (!eval_spend(eval, steps)) {
        return value_null(); /* the evaluation ends with its own error */
    }
    return value_bool(equal(left, right) == wanted);
}

static bool is_ordered(const struct value *value)
{
    return value->kind == VALUE_STRING || value->kind == VALUE_BYTES || value->kind == VALUE_BOOL ||
           value->kind == VALUE_TIME || value->kind == VALUE_SPAN;
}

static bool holds(enum cel_operator operator, int order)
{
    switch (operator) {
    case OPERATOR_LESS:
        return order == -1;
    case OPERATOR_LESS_EQUAL:
        return order == -1 || order == 0;
    case OPERATOR_GREATER:
        return order == 1;
    case OPERATOR_GREATER_EQUAL:
        return order == 1 || order == 0;
    case OPERATOR_EQUAL:
    case OPERATOR_NOT_EQUAL:
    case OPERATOR_IN:
    case OPERATOR_ADD:
    case OPERATOR_SUBTRACT:
    case OPERATOR_MULTIPLY:
    case OPERATOR_DIVIDE:
    case OPERATOR_REMAINDER:
    case OPERATOR_COUNT:
        break;
    }
    return false;
}

static struct value compare_order(struct eval *eval, enum cel_operator operator, const struct value * left,
                                  const struct value *right)
{
    if (is_number(left) && is_number(right)) {
        return value_bool(holds(operator, order_numbers(left, right)));
    }
    if (left->kind != right->kind || !is_ordered(left)) {
        return eval_no_overload(eval, "<", (const struct value[]){*left, *right}, 2);
    }
    eval_spend(eval, (left->kind == VALUE_STRING || left->kind == VALUE_BYTES) ? left->len / 128 : 0);
    return value_bool(holds(operator, value_compare(left, right)));
}

static struct value in_list(struct eval *eval, const struct value *item, const struct value *list)
{
    const struct value *unknown = NULL;
    for (size_t i = 0; i < value_count(list); i++) {
        struct value same = compare_equal(eval, true, item, value_at(list, i));
        if (same.kind == VALUE_BOOL && same.boolean) {
            return same;
        }
        if (value_at(list, i)->kind == VALUE_UNKNOWN) {
            unknown = value_at(list, i);
        }
        if (same.kind == VALUE_UNKNOWN) {
            return same;
        }
        if (i % 8 == 0 && !eval_spend(eval, 1)) {
            break;
        }
    }
    return unknown != NULL ? *unknown : value_bool(false);
}

static struct value in_any(struct eval *eval, const struct value *left, const struct value *right)
{
    if (right->kind == VALUE_LIST) {
        return in_list(eval, left, right);
    }
    if (right->kind == VALUE_MAP) {
        return value_bool(value_find(right, left) != NULL);
    }
    return eval_no_overload(eval, "in", (const struct value[]){*left, *right}, 2);
}

struct value compare_values(struct eval *eval, enum cel_operator operator, const struct value * left,
                            const struct value *right)
{
    if (operator== OPERATOR_EQUAL || operator== OPERATOR_NOT_EQUAL) {
        return compare_equal(eval, operator== OPERATOR_EQUAL, left, right);
    }
    return operator== OPERATOR_IN ? in_any(eval, left, right) : compare_order(eval, operator, left, right);
}
