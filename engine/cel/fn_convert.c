/* int() uint() double() string() bytes() bool() duration() timestamp(). What does not fit its new type is an
 * error; a double becomes an integer by dropping its fraction. */
#include <math.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/cel/convert.h"
#include "engine/cel/functions.h"
#include "engine/cel/instant.h"
#include "engine/cel/network.h"
#include "engine/cel/number_text.h"
#include "engine/cel/operators.h"

static struct value beyond(struct eval *eval, const char *type)
{
    return eval_error(eval, "range: the number is beyond %s", type);
}

static struct value not_a(struct eval *eval, const struct value *text, const char *type)
{
    struct buf shown;
    buf_init(&shown, 256);
    text_visible(&shown, text->text, text->len < 40 ? text->len : 40);
    struct value error = eval_error(eval, "'%s' is no %s", buf_string(&shown), type);
    buf_done(&shown);
    return error;
}

struct value fn_to_bool(struct eval *eval, const struct value *args, size_t count)
{
    static const char *const names[2][6] = {{"0", "f", "F", "false", "False", "FALSE"},
                                            {"1", "t", "T", "true", "True", "TRUE"}};
    (void)count;
    for (int truth = 0; truth < 2; truth++) {
        for (size_t i = 0; i < 6; i++) {
            if (value_is_string(&args[0], names[truth][i])) {
                return value_bool(truth == 1);
            }
        }
    }
    return not_a(eval, &args[0], "bool");
}

/* Decimal digits, all of them; false if not or beyond uint64. */
static bool digits(const char *text, size_t len, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    *ret_number = number;
    return len > 0;
}

static struct value int_of_text(struct eval *eval, const struct value *text)
{
    uint64_t number = 0;
    size_t sign = text->len > 0 && (text->text[0] == '-' || text->text[0] == '+');
    bool negative = sign == 1 && text->text[0] == '-';
    uint64_t most = (uint64_t)INT64_MAX + negative;
    if (!digits(text->text + sign, text->len - sign, &number) || number > most) {
        return not_a(eval, text, "int");
    }
    return value_int(negative ? (int64_t)(0 - number) : (int64_t)number);
}

struct value fn_to_int(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].kind == VALUE_UINT) {
        return args[0].natural > INT64_MAX ? beyond(eval, "int") : value_int((int64_t)args[0].natural);
    }
    if (args[0].kind == VALUE_DOUBLE) {
        bool fits =
            args[0].real > -0x1p63 && args[0].real < 0x1p63; /* both ends excluded: the language says so */
        return fits ? value_int((int64_t)args[0].real) : beyond(eval, "int");
    }
    return args[0].kind == VALUE_TIME ? value_int(args[0].instant.seconds) : int_of_text(eval, &args[0]);
}

struct value fn_to_uint(struct eval *eval, const struct value *args, size_t count)
{
    uint64_t number = 0;
    (void)count;
    if (args[0].kind == VALUE_INT) {
        return args[0].integer < 0 ? beyond(eval, "uint") : value_uint((uint64_t)args[0].integer);
    }
    if (args[0].kind == VALUE_DOUBLE) {
        bool fits = args[0].real >= 0 && args[0].real < 0x1p64;
        return fits ? value_uint((uint64_t)args[0].real) : beyond(eval, "uint");
    }
    return digits(args[0].text, args[0].len, &number) ? value_uint(number) : not_a(eval, &args[0], "uint");
}

struct value fn_to_double(struct eval *eval, const struct value *args, size_t count)
{
    double number = 0;
    (void)count;
    if (args[0].kind == VALUE_INT) {
        return value_double((double)args[0].integer);
    }
    if (args[0].kind == VALUE_UINT) {
        return value_double((double)args[0].natural);
    }
    return number_parse(args[0].text, args[0].len, &number) ? value_double(number)
                                                            : not_a(eval, &args[0], "double");
}

bool convert_text(struct buf *out, const struct value *value)
{
    switch (value->kind) {
    case VALUE_BOOL:
        buf_text(out, value->boolean ? "true" : "false");
        return true;
    case VALUE_INT:
        buf_printf(out, "%lld", (long long)value->integer);
        return true;
    case VALUE_UINT:
        buf_printf(out, "%llu", (unsigned long long)value->natural);
        return true;
    case VALUE_DOUBLE:
        number_text(out, value->real);
        return true;
    case VALUE_STRING:
        buf_add(out, value->text, value->len);
        return true;
    case VALUE_BYTES:
        buf_add(out, value->text, value->len);
        return text_is_utf8(value->text, value->len);
    case VALUE_TIME:
        instant_time_text(out, &value->instant);
        return true;
    case VALUE_SPAN:
        instant_span_text(out, &value->instant);
        return true;
    case VALUE_IP:
    case VALUE_CIDR:
        network_text(out, value);
        return true;
    case VALUE_NULL:
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_TYPE:
    case VALUE_OPTIONAL:
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
    case VALUE_KIND_COUNT:
        break;
    }
    return false;
}

struct value fn_to_string(struct eval *eval, const struct value *args, size_t count)
{
    struct buf out;
    (void)count;
    buf_init(&out, LIMIT_CEL_VALUE_BYTES);
    struct value result = convert_text(&out, &args[0])
                              ? eval_text(eval, VALUE_STRING, buf_string(&out), out.len)
                              : eval_error(eval, "these bytes are no UTF-8");
    buf_done(&out);
    return result;
}

struct value fn_to_bytes(struct eval *eval, const struct value *args, size_t count)
{
    (void)eval;
    (void)count;
    struct value bytes = args[0];
    bytes.kind = VALUE_BYTES;
    return bytes;
}

struct value fn_to_duration(struct eval *eval, const struct value *args, size_t count)
{
    int64_t nanos = 0;
    (void)count;
    return instant_span_parse(args[0].text, args[0].len, &nanos) ? operator_span(nanos)
                                                                 : not_a(eval, &args[0], "duration");
}

struct value fn_to_timestamp(struct eval *eval, const struct value *args, size_t count)
{
    struct value_instant time = {0};
    (void)count;
    if (args[0].kind == VALUE_INT) {
        return operator_time(eval, args[0].integer, 0);
    }
    if (!instant_time_parse(args[0].text, args[0].len, &time)) {
        return not_a(eval, &args[0], "timestamp");
    }
    return operator_time(eval, time.seconds, time.nanos);
}
