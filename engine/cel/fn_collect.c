/* size(), type(), and conversions that change nothing. */
#include "engine/base/text.h"
#include "engine/cel/functions.h"

struct value fn_size_text(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    eval_spend(eval, args[0].len / 64);
    return value_int((int64_t)text_length(args[0].text, args[0].len));
}

struct value fn_size_bytes(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_int((int64_t)args[0].len);
}

struct value fn_size_items(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_int((int64_t)value_count(&args[0]));
}

struct value fn_type(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return value_type(value_kind_name(args[0].kind));
}

struct value fn_same(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    return args[0];
}
