/* + - * / % and unary minus. What leaves the range of its type is an error, never a wrap; a double follows
 * IEEE 754. A span counts nanoseconds in an int64, a timestamp lies in the years 1 to 9999. */
#include "engine/cel/operators.h"

#include <string.h>

#include "engine/base/limits.h"

#define NANOS INT64_C(1000000000)

static struct value overflow(struct eval *eval)
{
    return eval_error(eval, "overflow: the result is beyond its type");
}

static bool add_int(int64_t a, int64_t b, int64_t *ret_sum)
{
    if ((b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b)) {
        return false;
    }
    *ret_sum = a + b;
    return true;
}

static bool subtract_int(int64_t a, int64_t b, int64_t *ret_difference)
{
    if ((b < 0 && a > INT64_MAX + b) || (b > 0 && a < INT64_MIN + b)) {
        return false;
    }
    *ret_difference = a - b;
    return true;
}

static bool multiply_int(int64_t a, int64_t b, int64_t *ret_product)
{
    if ((a == -1 && b == INT64_MIN) || (b == -1 && a == INT64_MIN)) {
        return false;
    }
    if (a != 0 && b != 0 && a != -1 && b != -1) {
        int64_t limit = (a > 0) == (b > 0) ? INT64_MAX : INT64_MIN;
        bool beyond =
            a > 0 ? (b > 0 ? b > limit / a : b < limit / a) : (b > 0 ? a < limit / b : b < limit / a);
        if (beyond) {
            return false;
        }
    }
    *ret_product = a * b;
    return true;
}

static struct value ints(struct eval *eval, enum cel_operator operator, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool fits = true;
    bool divides = operator== OPERATOR_DIVIDE || operator== OPERATOR_REMAINDER;
    if (divides && b == 0) {
        return eval_error(eval, operator== OPERATOR_DIVIDE ? "divide by zero" : "modulus by zero");
    }
    if (divides && a == INT64_MIN && b == -1) {
        return overflow(eval);
    }
    if (operator== OPERATOR_ADD) {
        fits = add_int(a, b, &result);
    } else if (operator== OPERATOR_SUBTRACT) {
        fits = subtract_int(a, b, &result);
    } else if (operator== OPERATOR_MULTIPLY) {
        fits = multiply_int(a, b, &result);
    } else {
        result = operator== OPERATOR_DIVIDE ? a / b : a % b;
    }
    return fits ? value_int(result) : overflow(eval);
}

static struct value uints(struct eval *eval, enum cel_operator operator, uint64_t a, uint64_t b)
{
    bool divides = operator== OPERATOR_DIVIDE || operator== OPERATOR_REMAINDER;
    if (divides && b == 0) {
        return eval_error(eval, operator== OPERATOR_DIVIDE ? "divide by zero" : "modulus by zero");
    }
    if (operator== OPERATOR_ADD) {
        return a > UINT64_MAX - b ? overflow(eval) : value_uint(a + b);
    }
    if (operator== OPERATOR_SUBTRACT) {
        return a < b ? overflow(eval) : value_uint(a - b);
    }
    if (operator== OPERATOR_MULTIPLY) {
        return a != 0 && b > UINT64_MAX / a ? overflow(eval) : value_uint(a * b);
    }
    return value_uint(operator== OPERATOR_DIVIDE ? a / b : a % b);
}

static bool reals(enum cel_operator operator, double a, double b, struct value *ret_value)
{
    switch (operator) {
    case OPERATOR_ADD:
        *ret_value = value_double(a + b);
        return true;
    case OPERATOR_SUBTRACT:
        *ret_value = value_double(a - b);
        return true;
    case OPERATOR_MULTIPLY:
        *ret_value = value_double(a * b);
        return true;
    case OPERATOR_DIVIDE:
        *ret_value = value_double(a / b);
        return true;
    case OPERATOR_REMAINDER:
    case OPERATOR_EQUAL:
    case OPERATOR_NOT_EQUAL:
    case OPERATOR_LESS:
    case OPERATOR_LESS_EQUAL:
    case OPERATOR_GREATER:
    case OPERATOR_GREATER_EQUAL:
    case OPERATOR_IN:
    case OPERATOR_COUNT:
        break;
    }
    return false;
}

bool operator_span_nanos(const struct value_instant *span, int64_t *ret_nanos)
{
    int64_t nanos = 0;
    return multiply_int(span->seconds, NANOS, &nanos) && add_int(nanos, span->nanos, ret_nanos);
}

struct value operator_span(int64_t nanos)
{
    return value_span(nanos / NANOS, (int32_t)(nanos % NANOS));
}

struct value operator_time(struct eval *eval, int64_t seconds, int64_t nanos)
{
    int64_t carry = nanos >= NANOS ? 1 : nanos < 0 ? -1 : 0;
    if (seconds < OPERATOR_TIME_FIRST - 1 || seconds > OPERATOR_TIME_LAST + 1 ||
        seconds + carry < OPERATOR_TIME_FIRST || seconds + carry > OPERATOR_TIME_LAST) {
        return eval_error(eval, "range: a timestamp lies in the years 1 to 9999");
    }
    return value_time(seconds + carry, (int32_t)(nanos - carry * NANOS));
}

static struct value span_range(struct eval *eval)
{
    return eval_error(eval, "range: a duration is at most about 290 years");
}

static struct value times(struct eval *eval, const struct value *a, const struct value *b)
{
    int64_t seconds = 0, nanos = 0, total = 0;
    if (!subtract_int(a->instant.seconds, b->instant.seconds, &seconds) ||
        !multiply_int(seconds, NANOS, &nanos) ||
        !add_int(nanos, (int64_t)a->instant.nanos - b->instant.nanos, &total)) {
        return span_range(eval);
    }
    return operator_span(total);
}

static struct value spans(struct eval *eval, enum cel_operator operator, const struct value * a,
                          const struct value *b)
{
    int64_t left = 0, right = 0, result = 0;
    bool fits =
        operator_span_nanos(&a->instant, &left) && operator_span_nanos(&b->instant, &right) &&
        (operator== OPERATOR_ADD ? add_int(left, right, &result) : subtract_int(left, right, &result));
    return fits ? operator_span(result) : span_range(eval);
}

static struct value shift(struct eval *eval, const struct value *time, const struct value *span, int sign)
{
    int64_t nanos = 0;
    if (!operator_span_nanos(&span->instant, &nanos)) {
        return span_range(eval);
    }
    return operator_time(eval, time->instant.seconds + sign * (nanos / NANOS),
                         time->instant.nanos + sign * (nanos % NANOS));
}

/* Sums and differences with times; false if these kinds have none. */
static bool instants(struct eval *eval, enum cel_operator operator, const struct value * a,
                     const struct value *b, struct value *ret_value)
{
    bool add = operator== OPERATOR_ADD;
    if (!add && operator!= OPERATOR_SUBTRACT) {
        return false;
    }
    if (a->kind == VALUE_SPAN && b->kind == VALUE_SPAN) {
        *ret_value = spans(eval, operator, a, b);
    } else if (a->kind == VALUE_TIME && b->kind == VALUE_SPAN) {
        *ret_value = shift(eval, a, b, add ? 1 : -1);
    } else if (a->kind == VALUE_SPAN && b->kind == VALUE_TIME && add) {
        *ret_value = shift(eval, b, a, 1);
    } else if (a->kind == VALUE_TIME && b->kind == VALUE_TIME && !add) {
        *ret_value = times(eval, a, b);
    } else {
        return false;
    }
    return true;
}

static struct value join_texts(struct eval *eval, const struct value *a, const struct value *b)
{
    if (a->len + b->len > LIMIT_CEL_VALUE_BYTES) {
        return eval_error(eval, "a %s of more than %d bytes", value_kind_name(a->kind),
                          LIMIT_CEL_VALUE_BYTES);
    }
    eval_spend(eval, (a->len + b->len) / 64);
    struct value joined = {.kind = a->kind};
    char *text = arena_alloc(eval->arena, a->len + b->len + 1);
    memcpy(text, a->text, a->len);
    memcpy(text + a->len, b->text, b->len);
    joined.text = text;
    joined.len = a->len + b->len;
    return joined;
}

static struct value join_lists(struct eval *eval, const struct value *a, const struct value *b)
{
    struct value_builder builder;
    value_build(&builder, eval->arena);
    for (size_t i = 0; i < a->list->count; i++) {
        value_push(&builder, a->list->items[i]);
    }
    for (size_t i = 0; i < b->list->count; i++) {
        value_push(&builder, b->list->items[i]);
    }
    return eval_bounded(eval, value_end_list(&builder));
}

static const char *sign_of(enum cel_operator operator)
{
    static const char *const signs[OPERATOR_COUNT] = {
        [OPERATOR_EQUAL] = "==",      [OPERATOR_NOT_EQUAL] = "!=", [OPERATOR_LESS] = "<",
        [OPERATOR_LESS_EQUAL] = "<=", [OPERATOR_GREATER] = ">",    [OPERATOR_GREATER_EQUAL] = ">=",
        [OPERATOR_IN] = "in",         [OPERATOR_ADD] = "+",        [OPERATOR_SUBTRACT] = "-",
        [OPERATOR_MULTIPLY] = "*",    [OPERATOR_DIVIDE] = "/",     [OPERATOR_REMAINDER] = "%",
    };
    return signs[operator];
}

static struct value arithmetic(struct eval *eval, enum cel_operator operator, const struct value * left,
                               const struct value *right)
{
    struct value result = value_null();
    bool same = left->kind == right->kind;
    if (same && left->kind == VALUE_INT) {
        return ints(eval, operator, left->integer, right->integer);
    }
    if (same && left->kind == VALUE_UINT) {
        return uints(eval, operator, left->natural, right->natural);
    }
    if (same && left->kind == VALUE_DOUBLE && reals(operator, left->real, right->real, &result)) {
        return result;
    }
    if (same && operator== OPERATOR_ADD &&(left->kind == VALUE_STRING || left->kind == VALUE_BYTES)) {
        return join_texts(eval, left, right);
    }
    if (same && operator== OPERATOR_ADD && left->kind == VALUE_LIST) {
        return join_lists(eval, left, right);
    }
    if (instants(eval, operator, left, right, &result)) {
        return result;
    }
    return eval_no_overload(eval, sign_of(operator), (const struct value[]){*left, *right}, 2);
}

struct value operator_binary(struct eval *eval, enum cel_operator operator, const struct value * left,
                             const struct value *right)
{
    return operator<= OPERATOR_IN ? compare_values(eval, operator, left, right)
                                  : arithmetic(eval, operator, left, right);
}

struct value operator_minus(struct eval *eval, const struct value *operand)
{
    int64_t nanos = 0;
    if (operand->kind == VALUE_INT) {
        return operand->integer == INT64_MIN ? overflow(eval) : value_int(-operand->integer);
    }
    if (operand->kind == VALUE_DOUBLE) {
        return value_double(-operand->real);
    }
    if (operand->kind == VALUE_SPAN && operator_span_nanos(&operand->instant, &nanos) && nanos != INT64_MIN) {
        return operator_span(-nanos);
    }
    return eval_no_overload(eval, "-", operand, 1);
}
