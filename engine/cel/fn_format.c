/* string.format(list): %s %d %f %e %b %o %x %X and %%. Each verb says which kinds it takes. Lists and maps
 * are written as they would be read; a map by its keys in order, so that equal maps print alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/cel/functions.h"
#include "engine/cel/instant.h"
#include "engine/cel/network.h"
#include "engine/cel/number_text.h"

enum { PRECISION_DEFAULT = 6, PRECISION_MAX = 100 };

struct format {
    struct eval *eval;
    struct buf out;
    struct value error; /* or null */
};

static void show(struct format *format, struct buf *out, const struct value *value);

static void wrong(struct format *format, const char *verb, const struct value *value)
{
    if (format->error.kind == VALUE_NULL || value->kind == VALUE_UNKNOWN) {
        format->error = eval_fails(value) ? *value
                                          : eval_error(format->eval, "format(): %s can't print %s", verb,
                                                       value_kind_name(value->kind));
    }
}

/* Bytes as text; what is no UTF-8 becomes U+FFFD, once for a run of it. */
static void show_bytes(struct buf *out, const struct value *bytes)
{
    bool bad = false;
    for (size_t offset = 0; offset < bytes->len;) {
        size_t at = offset;
        bool good = text_next(bytes->text, bytes->len, &offset) >= 0;
        if (good) {
            buf_add(out, bytes->text + at, offset - at);
        } else if (!bad) {
            buf_text(out, "\xEF\xBF\xBD");
        }
        bad = !good;
    }
}

struct entry {
    char *key;
    size_t len;
    const struct value *value;
    size_t index;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *first = a, *second = b;
    size_t common = first->len < second->len ? first->len : second->len;
    int order = memcmp(first->key, second->key, common);
    order = order != 0 ? order : (first->len > second->len) - (first->len < second->len);
    return order != 0 ? order : (first->index > second->index) - (first->index < second->index);
}

static void show_map(struct format *format, struct buf *out, const struct value *map)
{
    size_t count = value_count(map);
    struct entry *entries = arena_array(format->eval->arena, count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        struct buf key;
        buf_init(&key, LIMIT_CEL_VALUE_BYTES);
        show(format, &key, &map->map->keys[i]);
        entries[i] = (struct entry){.key = arena_copy(format->eval->arena, buf_string(&key), key.len),
                                    .len = key.len,
                                    .value = &map->map->values[i],
                                    .index = i};
        buf_done(&key);
    }
    qsort(entries, count, sizeof *entries, by_key);
    buf_char(out, '{');
    for (size_t i = 0; i < count; i++) {
        buf_text(out, i > 0 ? ", " : "");
        buf_add(out, entries[i].key, entries[i].len);
        buf_text(out, ": ");
        show(format, out, entries[i].value);
    }
    buf_char(out, '}');
}

static void show_list(struct format *format, struct buf *out, const struct value *list)
{
    buf_char(out, '[');
    for (size_t i = 0; i < value_count(list); i++) {
        buf_text(out, i > 0 ? ", " : "");
        show(format, out, value_at(list, i));
    }
    buf_char(out, ']');
}

/* %s */
static void show(struct format *format, struct buf *out, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        buf_text(out, "null");
        break;
    case VALUE_BOOL:
        buf_text(out, value->boolean ? "true" : "false");
        break;
    case VALUE_INT:
        buf_printf(out, "%lld", (long long)value->integer);
        break;
    case VALUE_UINT:
        buf_printf(out, "%llu", (unsigned long long)value->natural);
        break;
    case VALUE_DOUBLE:
        number_text_plain(out, value->real);
        break;
    case VALUE_STRING:
    case VALUE_TYPE:
        buf_add(out, value->text, value->len);
        break;
    case VALUE_BYTES:
        show_bytes(out, value);
        break;
    case VALUE_LIST:
        show_list(format, out, value);
        break;
    case VALUE_MAP:
        show_map(format, out, value);
        break;
    case VALUE_TIME:
        instant_time_text(out, &value->instant);
        break;
    case VALUE_SPAN:
        instant_span_text(out, &value->instant);
        break;
    case VALUE_IP:
    case VALUE_CIDR:
        network_text(out, value);
        break;
    case VALUE_OPTIONAL:
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
    case VALUE_KIND_COUNT:
        wrong(format, "%s", value);
        break;
    }
}

static void show_decimal(struct format *format, const struct value *value)
{
    if (value->kind == VALUE_INT || value->kind == VALUE_UINT || value->kind == VALUE_DOUBLE) {
        show(format, &format->out, value);
    } else {
        wrong(format, "%d", value);
    }
}

static void show_real(struct format *format, char verb, int precision, const struct value *value)
{
    double number = value->kind == VALUE_INT    ? (double)value->integer
                    : value->kind == VALUE_UINT ? (double)value->natural
                                                : value->real;
    if (value->kind != VALUE_INT && value->kind != VALUE_UINT && value->kind != VALUE_DOUBLE) {
        wrong(format, verb == 'f' ? "%f" : "%e", value);
    } else if (!isfinite(number)) {
        number_text_plain(&format->out, number);
    } else if (verb == 'f') {
        buf_printf(&format->out, "%.*f", precision, number);
    } else {
        buf_printf(&format->out, "%.*e", precision, number);
    }
}

static void show_digits(struct format *format, bool negative, uint64_t number, unsigned base, bool upper)
{
    const char *letters = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[64];
    size_t at = sizeof digits;
    do {
        digits[--at] = letters[number % base];
        number /= base;
    } while (number > 0);
    buf_text(&format->out, negative ? "-" : "");
    buf_add(&format->out, digits + at, sizeof digits - at);
}

/* %b %o %x %X */
static void show_based(struct format *format, char verb, const struct value *value)
{
    unsigned base = verb == 'b' ? 2 : verb == 'o' ? 8 : 16;
    const char name[] = {'%', verb, '\0'};
    if (value->kind == VALUE_INT) {
        bool negative = value->integer < 0;
        show_digits(format, negative, negative ? 0 - (uint64_t)value->integer : (uint64_t)value->integer,
                    base, verb == 'X');
    } else if (value->kind == VALUE_UINT) {
        show_digits(format, false, value->natural, base, verb == 'X');
    } else if (value->kind == VALUE_BOOL && verb == 'b') {
        buf_text(&format->out, value->boolean ? "1" : "0");
    } else if ((value->kind == VALUE_STRING || value->kind == VALUE_BYTES) && base == 16) {
        for (size_t i = 0; i < value->len; i++) {
            buf_printf(&format->out, verb == 'X' ? "%02X" : "%02x", (unsigned)(unsigned char)value->text[i]);
        }
    } else {
        wrong(format, name, value);
    }
}

static void show_verb(struct format *format, char verb, int precision, const struct value *value)
{
    if (verb == 's') {
        show(format, &format->out, value);
    } else if (verb == 'd') {
        show_decimal(format, value);
    } else if (verb == 'f' || verb == 'e') {
        show_real(format, verb, precision, value);
    } else {
        show_based(format, verb, value);
    }
}

/* ".3" behind a %: the precision, or -1 after an error. */
static int read_precision(struct format *format, const char *text, size_t len, size_t *at)
{
    int precision = 0;
    if (*at >= len || text[*at] != '.') {
        return PRECISION_DEFAULT;
    }
    size_t start = ++*at;
    for (; *at < len && text[*at] >= '0' && text[*at] <= '9' && precision <= PRECISION_MAX; (*at)++) {
        precision = precision * 10 + (text[*at] - '0');
    }
    if (*at == start || precision > PRECISION_MAX) {
        format->error =
            eval_error(format->eval, "format(): a precision is a number from 0 to %d", PRECISION_MAX);
        return -1;
    }
    return precision;
}

static bool is_failed(const struct format *format)
{
    return format->error.kind != VALUE_NULL || format->out.failed || format->eval->spent;
}

static void format_all(struct format *format, const struct value *text, const struct value *list)
{
    size_t next = 0;
    for (size_t at = 0; at < text->len && !is_failed(format); at++) {
        if (text->text[at] != '%') {
            buf_char(&format->out, text->text[at]);
            continue;
        }
        at++;
        if (at < text->len && text->text[at] == '%') {
            buf_char(&format->out, '%');
            continue;
        }
        int precision = read_precision(format, text->text, text->len, &at);
        if (precision < 0) {
            return;
        }
        char verb = at < text->len ? text->text[at] : '\0';
        if (verb == '\0' || strchr("sdfeboxX", verb) == NULL) {
            format->error =
                eval_error(format->eval, "format(): '%%%c' is none of %%s %%d %%f %%e %%b %%o %%x %%X",
                           verb > ' ' && verb < 0x7F ? verb : ' ');
            return;
        }
        const struct value *value = value_at(list, next++);
        if (value == NULL) {
            format->error =
                eval_error(format->eval, "format(): the list has %zu values, which is too few", next - 1);
            return;
        }
        show_verb(format, verb, precision, value);
    }
}

struct value fn_format(struct eval *eval, const struct value *args, size_t count)
{
    (void)count;
    struct format format = {.eval = eval, .error = value_null()};
    const struct value *unknown = NULL;
    size_t weight = eval_weight(&args[1], &unknown);
    if (unknown != NULL || !eval_spend(eval, (args[0].len + weight) / 16)) {
        return unknown != NULL ? *unknown : value_null();
    }
    buf_init(&format.out, LIMIT_CEL_VALUE_BYTES);
    format_all(&format, &args[0], &args[1]);
    struct value result = format.error;
    if (result.kind == VALUE_NULL) {
        result = format.out.failed ? eval_error(eval, "a string of more than %d bytes", LIMIT_CEL_VALUE_BYTES)
                                   : eval_text(eval, VALUE_STRING, buf_string(&format.out), format.out.len);
    }
    buf_done(&format.out);
    return result;
}
