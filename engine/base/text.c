/* Text from outside, read: UTF-8 by the letter of RFC 3629, words, durations, the name that was probably
 * meant. How text is shown stands in text_show.c. Nothing here knows a locale. */
#include "engine/base/text.h"

#include <string.h>

#include "engine/base/limits.h"

enum { WORD_BYTES_MAX = 255 };

#define DURATION_MS_MAX (INT64_C(1000) * 24 * 60 * 60 * 1000)

/* The code point at `bytes` and its length, or 0 if what stands there is none. */
static size_t decode(const unsigned char *bytes, size_t len, uint32_t *ret_code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = bytes[0];
    if (lead < 0x80) {
        *ret_code = lead;
        return 1;
    }
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || need > len) {
        return 0;
    }
    uint32_t code = lead & (0x7Fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (bytes[i] & 0x3Fu);
    }
    if (code < smallest[need] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return 0;
    }
    *ret_code = code;
    return need;
}

bool text_is_utf8(const char *text, size_t len)
{
    size_t offset = 0;
    while (offset < len) {
        if (text_next(text, len, &offset) < 0) {
            return false;
        }
    }
    return true;
}

int32_t text_next(const char *text, size_t len, size_t *offset)
{
    if (*offset >= len) {
        return -1;
    }
    uint32_t code = 0;
    size_t used = decode((const unsigned char *)text + *offset, len - *offset, &code);
    *offset += used > 0 ? used : 1;
    return used > 0 ? (int32_t)code : -1;
}

size_t text_encode(uint32_t code, char ret_bytes[4])
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    if (code < 0x80) {
        ret_bytes[0] = (char)code;
        return 1;
    }
    size_t need = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = need - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    ret_bytes[0] = (char)(leads[need] | code);
    return need;
}

size_t text_length(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t offset = 0; offset < len; count++) {
        text_next(text, len, &offset);
    }
    return count;
}

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool text_same_fold(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] != '\0' && fold(a[i]) == fold(b[i])) {
        i++;
    }
    return fold(a[i]) == fold(b[i]);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to insert, drop, replace, or exchange with their neighbour to make one word of the other. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][LIMIT_NAME_BYTES + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++) {
        last[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replace = last[j - 1] + (fold(a[i - 1]) != fold(b[j - 1]));
            row[j] = least(replace, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1])) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_len];
}

const char *text_nearest(const char *word, const char *const *words)
{
    size_t len = strlen(word);
    const char *nearest = NULL;
    size_t nearest_distance = 0;
    for (size_t i = 0; len <= LIMIT_NAME_BYTES && words[i] != NULL; i++) {
        size_t other_len = strlen(words[i]);
        if (other_len > LIMIT_NAME_BYTES) {
            continue;
        }
        size_t allowed = (len > other_len ? len : other_len) / 3;
        size_t found = distance(word, len, words[i], other_len);
        if (found <= allowed && (nearest == NULL || found < nearest_distance)) {
            nearest = words[i];
            nearest_distance = found;
        }
    }
    return nearest;
}

bool text_is_word(const char *text, size_t len)
{
    if (len == 0 || len > WORD_BYTES_MAX || text[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = fold(text[i]);
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr("._:/@+-", c) == NULL)) {
            return false;
        }
    }
    return true;
}

/* Digits at text[*offset], at most DURATION_MS_MAX; -1 if there are none. */
static int64_t duration_number(const char *text, size_t len, size_t *offset)
{
    int64_t number = -1;
    while (*offset < len && text[*offset] >= '0' && text[*offset] <= '9') {
        number = (number < 0 ? 0 : number) * 10 + (text[*offset] - '0');
        if (number > DURATION_MS_MAX) {
            return -1;
        }
        (*offset)++;
    }
    return number;
}

int64_t text_duration_ms(const char *text, size_t len)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"ms", 1}, {"m", 60000}, {"s", 1000}};
    int64_t total = 0;
    int64_t unit_last = INT64_MAX; /* the units come largest first, each once */
    size_t offset = 0;
    do {
        int64_t number = duration_number(text, len, &offset);
        size_t unit = 0;
        while (unit < sizeof units / sizeof units[0] &&
               (strlen(units[unit].name) > len - offset ||
                memcmp(text + offset, units[unit].name, strlen(units[unit].name)) != 0)) {
            unit++;
        }
        if (number < 0 || unit == sizeof units / sizeof units[0] || units[unit].ms >= unit_last ||
            number > (DURATION_MS_MAX - total) / units[unit].ms) {
            return -1;
        }
        total += number * units[unit].ms;
        unit_last = units[unit].ms;
        offset += strlen(units[unit].name);
    } while (offset < len);
    return total;
}

int64_t text_bytes(const char *text, size_t len)
{
    static const struct {
        const char *name;
        int64_t bytes;
    } units[] = {{"", 1},
                 {"B", 1},
                 {"KB", 1000},
                 {"MB", 1000000},
                 {"GB", 1000000000},
                 {"TB", 1000000000000},
                 {"KiB", (int64_t)1 << 10},
                 {"MiB", (int64_t)1 << 20},
                 {"GiB", (int64_t)1 << 30},
                 {"TiB", (int64_t)1 << 40}};
    int64_t number = 0;
    size_t digits = 0;
    for (; digits < len && text[digits] >= '0' && text[digits] <= '9'; digits++) {
        if (number > (INT64_MAX - 9) / 10) {
            return -1;
        }
        number = number * 10 + (text[digits] - '0');
    }
    size_t unit_at = digits < len && text[digits] == ' ' ? digits + 1 : digits;
    for (size_t i = 0; digits > 0 && i < sizeof units / sizeof units[0]; i++) {
        if (strlen(units[i].name) == len - unit_at &&
            memcmp(text + unit_at, units[i].name, len - unit_at) == 0) {
            return number > INT64_MAX / units[i].bytes ? -1 : number * units[i].bytes;
        }
    }
    return -1;
}
