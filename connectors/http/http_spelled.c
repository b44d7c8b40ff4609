/* Each character of the text is undone and compared, so that it doesn't matter which of them a service chose
 * to write otherwise, and in which of the ways its library has. */
#include "connectors/http/http_spelled.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/text.h"

static const char marks[SPELLED_COUNT] = {
    [SPELLED_PERCENT] = '%', [SPELLED_JSON] = '\\', [SPELLED_HTML] = '&'};

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Digits at the beginning; *ret_used of them. -1: none, or more than a character has. */
static int32_t number(const char *text, size_t len, int base, size_t *ret_used)
{
    int32_t value = 0;
    size_t used = 0;
    for (; used < len && digit(text[used]) >= 0 && digit(text[used]) < base; used++) {
        value = value * base + digit(text[used]);
        if (value > 0x10ffff)
            return -1;
    }
    *ret_used = used;
    return used > 0 ? value : -1;
}

/* %41: a byte. */
static int32_t undo_percent(const char *text, size_t len, size_t *ret_used)
{
    *ret_used = 3;
    return len < 3 || digit(text[1]) < 0 || digit(text[2]) < 0 ? -1 : digit(text[1]) * 16 + digit(text[2]);
}

static int32_t unit(const char *text, size_t len)
{
    size_t used = 0;
    int32_t value = len < 6 || text[0] != '\\' || text[1] != 'u' ? -1 : number(text + 2, 4, 16, &used);
    return used == 4 ? value : -1;
}

/* \n, \/, \u00e9, or a pair of those. */
static int32_t undo_json(const char *text, size_t len, size_t *ret_used)
{
    static const char names[] = "bfnrt", meant[] = "\b\f\n\r\t";
    *ret_used = 2;
    if (len < 2)
        return -1;
    if (text[1] != 'u') {
        const char *name = text[1] ? strchr(names, text[1]) : NULL;
        return name ? meant[name - names] : (unsigned char)text[1];
    }
    int32_t first = unit(text, len), second = len < 12 ? -1 : unit(text + 6, len - 6);
    bool pair = first >= 0xd800 && first < 0xdc00 && second >= 0xdc00 && second < 0xe000;
    *ret_used = pair ? 12 : 6;
    return pair ? 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00) : first;
}

/* &lt; &#60; &#x3c; */
static int32_t undo_html(const char *text, size_t len, size_t *ret_used)
{
    static const struct {
        const char *name;
        char meant;
    } names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        *ret_used = strlen(names[i].name);
        if (len >= *ret_used && memcmp(text, names[i].name, *ret_used) == 0)
            return names[i].meant;
    }
    if (len < 4 || text[1] != '#')
        return -1;
    size_t begin = (text[2] | 32) == 'x' ? 3 : 2, used = 0;
    int32_t value = number(text + begin, len - begin, begin == 3 ? 16 : 10, &used);
    *ret_used = begin + used + 1;
    return value >= 0 && begin + used < len && text[begin + used] == ';' ? value : -1;
}

/* One character or, where it is written so, one byte of the secret; false: it is another. */
static bool step(const char **text, const char *end, const char **secret, enum spelling_kind kind)
{
    static int32_t (*const undo[])(const char *, size_t, size_t *) = {
        [SPELLED_PERCENT] = undo_percent, [SPELLED_JSON] = undo_json, [SPELLED_HTML] = undo_html};
    size_t used = 0, bytes = 0;
    int32_t meant = **text == marks[kind] ? undo[kind](*text, (size_t)(end - *text), &used) : -1;
    if (meant < 0) { /* as it is; a form may write '+' for a blank */
        bool same = **text == **secret || (kind == SPELLED_PERCENT && **text == '+' && **secret == ' ');
        *text += 1;
        *secret += 1;
        return same;
    }
    *text += used;
    if (kind == SPELLED_PERCENT)
        return (unsigned char)*(*secret)++ == meant;
    int32_t wanted = text_next(*secret, strlen(*secret), &bytes);
    *secret += bytes;
    return wanted == meant;
}

static size_t match(const char *text, const char *end, const char *secret, enum spelling_kind kind)
{
    const char *at = text;
    while (*secret) {
        if (at >= end || !step(&at, end, &secret, kind))
            return 0;
    }
    return (size_t)(at - text);
}

const char *http_spelled(const char *text, size_t len, const char *secret, enum spelling_kind kind,
                         size_t *ret_len)
{
    const char *end = text + len;
    if (memchr(text, marks[kind], len) == NULL)
        return NULL;
    for (const char *at = text; at < end; at++) {
        *ret_len = match(at, end, secret, kind);
        if (*ret_len > 0)
            return at;
    }
    return NULL;
}
