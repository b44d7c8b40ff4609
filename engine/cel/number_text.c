/* The shortest decimal form of a double: as many digits as are needed to read it back, found by trying. The
 * forms are those of the language's reference implementation, since the specification shows examples only. */
#include "engine/cel/number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 17, EXPONENT_MIN = -4, EXPONENT_MAX = 6, NUMBER_BYTES_MAX = 400 };

/* "d.ddde+XX" taken apart: the digits without the point, and the exponent of the first one. */
struct decimal {
    char digits[DIGITS_MAX + 1];
    size_t count;
    int exponent;
};

static struct decimal shortest(double positive)
{
    struct decimal decimal = {0};
    char text[64];
    for (int precision = 0; precision < DIGITS_MAX; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, positive);
        if (strtod(text, NULL) == positive) {
            break;
        }
    }
    const char *exponent = strchr(text, 'e');
    for (const char *at = text; at < exponent; at++) {
        if (*at != '.') {
            decimal.digits[decimal.count++] = *at;
        }
    }
    decimal.exponent = (int)strtol(exponent + 1, NULL, 10);
    return decimal;
}

static void plain(struct buf *out, const struct decimal *decimal)
{
    int point = decimal->exponent + 1; /* this many digits stand before it */
    if (point <= 0) {
        buf_text(out, "0.");
        for (int i = point; i < 0; i++) {
            buf_char(out, '0');
        }
        buf_add(out, decimal->digits, decimal->count);
        return;
    }
    for (int i = 0; i < point || i < (int)decimal->count; i++) {
        if (i == point) {
            buf_char(out, '.');
        }
        buf_char(out, i < (int)decimal->count ? decimal->digits[i] : '0');
    }
}

/* Writes what has no digits; false if the number has. */
static bool special(struct buf *out, double number, const char *plus, const char *infinity)
{
    if (isnan(number)) {
        buf_text(out, "NaN");
    } else if (isinf(number)) {
        buf_text(out, number < 0 ? "-" : plus);
        buf_text(out, infinity);
    } else {
        buf_text(out, signbit(number) ? "-" : "");
        return false;
    }
    return true;
}

void number_text_plain(struct buf *out, double number)
{
    if (special(out, number, "", "Infinity")) {
        return;
    }
    struct decimal decimal = shortest(fabs(number));
    plain(out, &decimal);
}

void number_text(struct buf *out, double number)
{
    if (special(out, number, "+", "Inf")) {
        return;
    }
    struct decimal decimal = shortest(fabs(number));
    if (decimal.exponent >= EXPONENT_MIN && decimal.exponent < EXPONENT_MAX) {
        plain(out, &decimal);
        return;
    }
    buf_add(out, decimal.digits, 1);
    buf_text(out, decimal.count > 1 ? "." : "");
    buf_add(out, decimal.digits + 1, decimal.count - 1);
    buf_printf(out, "e%c%02d", decimal.exponent < 0 ? '-' : '+', abs(decimal.exponent));
}

/* Decimal digits with at most one point and one exponent: strtod() alone would take hexadecimal and blanks,
 * too. */
static bool is_decimal(const char *text)
{
    size_t digits = 0;
    for (; (*text >= '0' && *text <= '9') || *text == '.'; text++) {
        digits += *text != '.';
    }
    if (digits > 0 && (*text == 'e' || *text == 'E')) {
        text++;
        text += *text == '+' || *text == '-';
        if (*text < '0' || *text > '9') {
            return false;
        }
        text += strspn(text, "0123456789");
    }
    return digits > 0 && *text == '\0';
}

bool number_parse(const char *text, size_t len, double *ret_number)
{
    static const char *const infinities[] = {"Infinity", "infinity", "inf", "Inf", "INF"};
    if (len == 0 || len > NUMBER_BYTES_MAX || strlen(text) != len) {
        return false;
    }
    bool negative = *text == '-';
    text += *text == '-' || *text == '+';
    for (size_t i = 0; i < sizeof infinities / sizeof infinities[0]; i++) {
        if (strcmp(infinities[i], text) == 0) {
            *ret_number = negative ? -(double)INFINITY : (double)INFINITY;
            return true;
        }
    }
    if (strcmp(text, "NaN") == 0 || strcmp(text, "nan") == 0) {
        *ret_number = (double)NAN;
        return true;
    }
    char *end = NULL;
    double number = is_decimal(text) ? strtod(text, &end) : 0;
    if (end == NULL || *end != '\0' || isinf(number)) {
        return false;
    }
    *ret_number = negative ? -number : number;
    return true;
}
