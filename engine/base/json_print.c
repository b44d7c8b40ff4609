/* Values to JSON text. What is printed is always valid JSON in UTF-8, whatever the value holds; kinds that
 * JSON lacks are printed as json.h says and come back as strings. Numbers come back as they were, bit for
 * bit. */
#include "engine/base/json.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/text.h"

enum { ONE_LINE = -1, BASE64_BLOCK_BYTES = 48 };

static void print(struct buf *out, const struct value *value, int indent);

void json_print(struct buf *out, const struct value *value)
{
    print(out, value, ONE_LINE);
}

void json_pretty(struct buf *out, const struct value *value)
{
    print(out, value, 0);
}

char *json_text(struct arena *arena, const struct value *value)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    out.secret = arena_is_secret(arena);
    json_print(&out, value);
    if (out.failed) {
        abort(); /* no maximum was set: memory is out */
    }
    return arena_copy(arena, buf_string(&out), out.len);
}

static void escape(struct buf *out, unsigned char c)
{
    static const char short_from[] = "\"\\\b\f\n\r\t";
    static const char short_to[] = "\"\\bfnrt";
    const char *found = c != '\0' ? strchr(short_from, c) : NULL;
    if (found != NULL) {
        buf_char(out, '\\');
        buf_char(out, short_to[found - short_from]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned)c);
    }
}

void json_quote(struct buf *out, const char *text, size_t len)
{
    size_t plain = 0; /* where what may be copied as it is begins */
    buf_char(out, '"');
    for (size_t offset = 0; offset < len;) {
        size_t start = offset;
        int32_t code = text_next(text, len, &offset);
        if (code >= 0x20 && code != '"' && code != '\\') {
            continue;
        }
        buf_add(out, text + plain, start - plain);
        plain = offset;
        if (code < 0) {
            buf_text(out, "\xEF\xBF\xBD"); /* the replacement character: JSON can't carry a bad byte */
        } else {
            escape(out, (unsigned char)code);
        }
    }
    buf_add(out, text + plain, len - plain);
    buf_char(out, '"');
}

static void print_double(struct buf *out, double real)
{
    if (!isfinite(real)) {
        buf_text(out, isnan(real) ? "\"NaN\"" : real > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real) {
            break;
        }
    }
    buf_text(out, text);
    if (strpbrk(text, ".e") == NULL) {
        buf_text(out, ".0");
    }
}

static void print_base64(struct buf *out, const char *bytes, size_t len)
{
    buf_char(out, '"');
    for (size_t offset = 0; offset < len; offset += BASE64_BLOCK_BYTES) {
        unsigned char block[BASE64_BLOCK_BYTES / 3 * 4 + 1];
        size_t part = len - offset < BASE64_BLOCK_BYTES ? len - offset : BASE64_BLOCK_BYTES;
        int written = EVP_EncodeBlock(block, (const unsigned char *)bytes + offset, (int)part);
        buf_add(out, block, (size_t)written);
    }
    buf_char(out, '"');
}

/* ".5", ".123456": the fraction of a second without its last zeros, or nothing. */
static void print_fraction(struct buf *out, int32_t nanos)
{
    if (nanos == 0) {
        return;
    }
    int digits = 9;
    while (nanos % 10 == 0) {
        nanos /= 10;
        digits--;
    }
    buf_printf(out, ".%0*" PRId32, digits, nanos);
}

static void print_time(struct buf *out, const struct value_instant *instant)
{
    time_t seconds = instant->seconds;
    struct tm tm = {0};
    gmtime_r(&seconds,
             &tm); /* beyond the years an int holds: the year 1900, which no such time is worth more than */
    buf_printf(out, "\"%04ld-%02d-%02dT%02d:%02d:%02d", (long)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
               tm.tm_hour, tm.tm_min, tm.tm_sec);
    print_fraction(out, instant->nanos);
    buf_text(out, "Z\"");
}

static void print_span(struct buf *out, const struct value_instant *instant)
{
    bool negative = instant->seconds < 0 || instant->nanos < 0;
    uint64_t seconds = negative ? 0 - (uint64_t)instant->seconds : (uint64_t)instant->seconds;
    buf_printf(out, "\"%s%" PRIu64, negative ? "-" : "", seconds);
    print_fraction(out, abs(instant->nanos));
    buf_text(out, "s\"");
}

static void print_ip(struct buf *out, const struct value *value)
{
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(value->ip->family == 4 ? AF_INET : AF_INET6, value->ip->bytes, text, sizeof text);
    buf_printf(out, "\"%s", text);
    if (value->kind == VALUE_CIDR) {
        buf_printf(out, "/%u", (unsigned)value->ip->prefix);
    }
    buf_char(out, '"');
}

/* {"unknown": "why"}: a map of one. */
static void print_reason(struct buf *out, const char *name, const struct value *value, int indent)
{
    struct value key = value_static(name);
    struct value text = value_static(value->text);
    text.len = value->len;
    struct value_map map = {.count = 1, .keys = &key, .values = &text};
    struct value wrapped = {.kind = VALUE_MAP, .map = &map};
    print(out, &wrapped, indent);
}

static void new_line(struct buf *out, int indent)
{
    if (indent != ONE_LINE) {
        buf_printf(out, "\n%*s", 2 * indent, "");
    }
}

static void print_key(struct buf *out, const struct value *key, bool pretty)
{
    BUF_SCOPED text;
    buf_init(&text, out->max);
    json_print(&text, key);
    if (buf_string(&text)[0] == '"') {
        buf_add(out, text.data, text.len);
    } else {
        json_quote(out, buf_string(&text), text.len);
    }
    out->failed = out->failed || text.failed;
    buf_text(out, pretty ? ": " : ":");
}

static void print_list(struct buf *out, const struct value_list *list, int indent)
{
    int inner = indent == ONE_LINE ? ONE_LINE : indent + 1;
    buf_char(out, '[');
    for (size_t i = 0; i < list->count && !out->failed; i++) {
        buf_text(out, i > 0 ? "," : "");
        new_line(out, inner);
        print(out, &list->items[i], inner);
    }
    if (list->count > 0) {
        new_line(out, indent);
    }
    buf_char(out, ']');
}

static void print_map(struct buf *out, const struct value_map *map, int indent)
{
    int inner = indent == ONE_LINE ? ONE_LINE : indent + 1;
    buf_char(out, '{');
    for (size_t i = 0; i < map->count && !out->failed; i++) {
        buf_text(out, i > 0 ? "," : "");
        new_line(out, inner);
        print_key(out, &map->keys[i], indent != ONE_LINE);
        print(out, &map->values[i], inner);
    }
    if (map->count > 0) {
        new_line(out, indent);
    }
    buf_char(out, '}');
}

static void print(struct buf *out, const struct value *value, int indent)
{
    switch (value->kind) {
    case VALUE_NULL:
    case VALUE_KIND_COUNT:
        buf_text(out, "null");
        break;
    case VALUE_BOOL:
        buf_text(out, value->boolean ? "true" : "false");
        break;
    case VALUE_INT:
        buf_printf(out, "%" PRId64, value->integer);
        break;
    case VALUE_UINT:
        buf_printf(out, "%" PRIu64, value->natural);
        break;
    case VALUE_DOUBLE:
        print_double(out, value->real);
        break;
    case VALUE_STRING:
    case VALUE_TYPE:
        json_quote(out, value->text, value->len);
        break;
    case VALUE_BYTES:
        print_base64(out, value->text, value->len);
        break;
    case VALUE_LIST:
        print_list(out, value->list, indent);
        break;
    case VALUE_MAP:
        print_map(out, value->map, indent);
        break;
    case VALUE_TIME:
        print_time(out, &value->instant);
        break;
    case VALUE_SPAN:
        print_span(out, &value->instant);
        break;
    case VALUE_OPTIONAL:
        if (value->inner != NULL) {
            print(out, value->inner, indent);
        } else {
            buf_text(out, "null");
        }
        break;
    case VALUE_IP:
    case VALUE_CIDR:
        print_ip(out, value);
        break;
    case VALUE_UNKNOWN:
        print_reason(out, "unknown", value, indent);
        break;
    case VALUE_ERROR:
        print_reason(out, "error", value, indent);
        break;
    }
}
