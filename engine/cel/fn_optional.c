/* Optional values: made, asked, unwrapped. or() and orValue() are not here: they do not look at what they
 * don't need. */
#include "engine/cel/functions.h"
#include "engine/cel/operators.h"

struct value fn_optional_none(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)args;
    (void)count;
    return value_none();
}

struct value fn_optional_of(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    return eval_bounded(eval, value_some(eval->arena, args[0]));
}

/* The empty value of its kind. The year 1 is a timestamp's. */
static bool is_zero(const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return !value->boolean;
    case VALUE_INT:
        return value->integer == 0;
    case VALUE_UINT:
        return value->natural == 0;
    case VALUE_DOUBLE:
        return value->real == 0;
    case VALUE_STRING:
    case VALUE_BYTES:
        return value->len == 0;
    case VALUE_LIST:
    case VALUE_MAP:
        return value_count(value) == 0;
    case VALUE_TIME:
        return value->instant.seconds == OPERATOR_TIME_FIRST && value->instant.nanos == 0;
    case VALUE_SPAN:
        return value->instant.seconds == 0 && value->instant.nanos == 0;
    case VALUE_OPTIONAL:
        return value->inner == NULL;
    case VALUE_TYPE:
    case VALUE_IP:
    case VALUE_CIDR:
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
    case VALUE_KIND_COUNT:
        break;
    }
    return false;
}

struct value fn_optional_of_non_zero(struct eval *eval, const struct value *args, size_t count)
{
    return is_zero(&args[0]) ? value_none() : fn_optional_of(eval, args, count);
}

struct value fn_has_value(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_bool(args[0].inner != NULL);
}

struct value fn_value(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    return args[0].inner != NULL ? *args[0].inner : eval_error(eval, "value() of an optional that has none");
}

static struct value item(struct eval *eval, const struct value *list, size_t index)
{
    const struct value *found = value_at(list, index);
    if (found == NULL) {
        return value_none();
    }
    return eval_fails(found) ? *found : value_some(eval->arena, *found);
}

struct value fn_first(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    return item(eval, &args[0], 0);
}

struct value fn_last(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    return item(eval, &args[0], value_count(&args[0]) - 1); /* of an empty list: beyond its end */
}

struct value fn_unwrap(struct eval *eval, const struct value *args, size_t count)
{
    struct value_builder values;
    (void)count;
    value_build(&values, eval->arena);
    eval_spend(eval, value_count(&args[0]) / 8);
    for (size_t i = 0; i < value_count(&args[0]); i++) {
        const struct value *optional = value_at(&args[0], i);
        if (optional->kind != VALUE_OPTIONAL) {
            return eval_fails(optional) ? *optional
                                        : eval_error(eval, "unwrap() takes optional values, not %s",
                                                     value_kind_name(optional->kind));
        }
        if (optional->inner != NULL) {
            value_push(&values, *optional->inner);
        }
    }
    return value_end_list(&values);
}
