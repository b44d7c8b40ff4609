/* Literals: numbers, strings, bytes. In a string \x and octal escapes are code points, in bytes they are
 * octets; \u and \U make no sense in bytes and are refused there. Text between quotes must be UTF-8. A line
 * end written as CR LF inside a triple-quoted literal is one LF, so that a file's line ends do not change
 * what it means. */
#include "engine/cel/literal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"

struct quoted {
    const char *text; /* between the quotes */
    size_t len;
    size_t at;
    bool bytes;
    struct buf out;
    struct soar_err *err;
};

static int parse_natural(const char *digits, uint64_t *ret_number)
{
    bool hex = digits[0] == '0' && digits[1] == 'x';
    errno = 0;
    *ret_number = strtoull(digits, NULL, hex ? 16 : 10);
    return errno == 0 ? 0 : -1;
}

static int int_value(const char *digits, bool negative, struct value *ret_value, struct soar_err *err)
{
    uint64_t number = 0;
    uint64_t most = negative ? UINT64_C(1) << 63 : (uint64_t)INT64_MAX;
    if (parse_natural(digits, &number) < 0 || number > most) {
        return soar_err_set(err, SOAR_INVALID, "%s%.40s is beyond int", negative ? "-" : "", digits);
    }
    *ret_value = value_int(negative ? (int64_t)(0 - number) : (int64_t)number);
    return 0;
}

static int uint_value(const char *digits, struct value *ret_value, struct soar_err *err)
{
    uint64_t number = 0;
    if (parse_natural(digits, &number) < 0) {
        return soar_err_set(err, SOAR_INVALID, "%.40s is beyond uint", digits);
    }
    *ret_value = value_uint(number);
    return 0;
}

static int double_value(const char *digits, bool negative, struct value *ret_value, struct soar_err *err)
{
    double number = strtod(digits, NULL);
    if (isinf(number)) {
        return soar_err_set(err, SOAR_INVALID, "%.40s is beyond double", digits);
    }
    *ret_value = value_double(negative ? -number : number);
    return 0;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* `count` digits of `base` at quoted->at; -1 if there are fewer. */
static int64_t escape_number(struct quoted *quoted, size_t count, int base)
{
    int64_t number = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = quoted->at < quoted->len ? digit_value(quoted->text[quoted->at]) : 99;
        if (digit >= base) {
            return -1;
        }
        number = number * base + digit;
        quoted->at++;
    }
    return number;
}

static int add_code(struct quoted *quoted, int64_t code, bool octet)
{
    if (octet && code >= 0 && code <= 0xFF) {
        buf_char(&quoted->out, (char)code);
        return 0;
    }
    if (octet || code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return soar_err_set(quoted->err, SOAR_INVALID, "this escape is no character");
    }
    char encoded[4];
    buf_add(&quoted->out, encoded, text_encode((uint32_t)code, encoded));
    return 0;
}

/* quoted->at stands behind the backslash. */
static int escape(struct quoted *quoted)
{
    static const char letters[] = "abfnrtv\\?\"'`";
    static const char meanings[] = "\a\b\f\n\r\t\v\\?\"'`";
    char c = quoted->at < quoted->len ? quoted->text[quoted->at] : '\0';
    const char *letter = c != '\0' ? strchr(letters, c) : NULL;
    if (letter != NULL) {
        quoted->at++;
        buf_char(&quoted->out, meanings[letter - letters]);
        return 0;
    }
    if (c >= '0' && c <= '3') {
        return add_code(quoted, escape_number(quoted, 3, 8), quoted->bytes);
    }
    quoted->at++;
    if (c == 'x' || c == 'X') {
        return add_code(quoted, escape_number(quoted, 2, 16), quoted->bytes);
    }
    if ((c == 'u' || c == 'U') && !quoted->bytes) {
        return add_code(quoted, escape_number(quoted, c == 'u' ? 4 : 8, 16), false);
    }
    return soar_err_set(quoted->err, SOAR_INVALID,
                        "'\\' begins no escape here (a backslash itself is '\\\\')");
}

static int decode(struct quoted *quoted, bool raw)
{
    while (quoted->at < quoted->len) {
        char c = quoted->text[quoted->at++];
        if (c == '\\' && !raw) {
            if (escape(quoted) < 0) {
                return -1;
            }
        } else if (c == '\r') {
            quoted->at += quoted->at < quoted->len && quoted->text[quoted->at] == '\n';
            buf_char(&quoted->out, '\n');
        } else {
            buf_char(&quoted->out, c);
        }
    }
    return 0;
}

static int quoted_value(struct arena *arena, const char *text, size_t len, bool bytes,
                        struct value *ret_value, struct soar_err *err)
{
    bool raw = false;
    for (; *text != '"' && *text != '\''; text++, len--) {
        raw = raw || *text == 'r' || *text == 'R';
    }
    size_t quotes = len >= 6 && text[1] == text[0] && text[2] == text[0] ? 3 : 1;
    struct quoted quoted = {.text = text + quotes, .len = len - 2 * quotes, .bytes = bytes, .err = err};
    if (!text_is_utf8(quoted.text, quoted.len)) {
        return soar_err_set(err, SOAR_INVALID, "this literal is not UTF-8");
    }
    buf_init(&quoted.out, 0);
    int result = decode(&quoted, raw);
    if (result == 0) {
        *ret_value = bytes ? value_bytes(arena, buf_string(&quoted.out), quoted.out.len)
                           : value_string(arena, buf_string(&quoted.out), quoted.out.len);
    }
    buf_done(&quoted.out);
    return result;
}

int literal_value(struct arena *arena, const char *text, const struct token *token, bool negative,
                  struct value *ret_value, struct soar_err *err)
{
    const char *start = text + token->offset;
    if (token->kind == TOKEN_STRING || token->kind == TOKEN_BYTES) {
        return quoted_value(arena, start, token->len, token->kind == TOKEN_BYTES, ret_value, err);
    }
    const char *digits = arena_copy(arena, start, token->len);
    if (token->kind == TOKEN_DOUBLE) {
        return double_value(digits, negative, ret_value, err);
    }
    return token->kind == TOKEN_UINT ? uint_value(digits, ret_value, err)
                                     : int_value(digits, negative, ret_value, err);
}
