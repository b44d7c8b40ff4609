/* RE2's syntax, checked piece by piece and rewritten where PCRE2 reads it differently. The one thing to know:
 * this is a list of what is allowed, not of what is forbidden; lookaround, backreferences, possessive
 * quantifiers, verbs, recursion and whatever PCRE2 will learn tomorrow are refused because nobody wrote them
 * down here. */
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/cel/regex.h"

enum { REPEAT_MAX = 1000, NESTING_MAX = 100 };

struct translation {
    struct buf *out;
    const char *text;
    size_t len;
    size_t at;
    size_t depth;    /* of open groups */
    size_t item;     /* where in `out` the item that was read last begins */
    bool grouped;    /* and it is a group */
    bool repeatable; /* something stands before that a quantifier may follow */
    /* How often the most repeated part of each open group is repeated, counted ones within counted ones
     * multiplied; and of the item that was read last. */
    int repeats[NESTING_MAX + 1];
    int repeats_last;
    struct soar_err *err;
};

static int peek(const struct translation *translation, size_t ahead)
{
    size_t at = translation->at + ahead;
    return at < translation->len ? (unsigned char)translation->text[at] : -1;
}

static bool starts(const struct translation *translation, const char *with)
{
    size_t len = strlen(with);
    return len <= translation->len - translation->at &&
           memcmp(translation->text + translation->at, with, len) == 0;
}

static int refuse(const struct translation *translation, const char *why)
{
    return soar_err_set(translation->err, SOAR_INVALID, "regular expression, byte %zu: %s", translation->at,
                        why);
}

/* Copies `count` bytes as they are. */
static void keep(struct translation *translation, size_t count)
{
    buf_add(translation->out, translation->text + translation->at, count);
    translation->at += count;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_octal(int c)
{
    return c >= '0' && c <= '7';
}

static bool is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* \pL \p{Greek} \P{^Lu}: at the letter p. */
static int property(struct translation *translation)
{
    size_t count = 2;
    if (peek(translation, 1) == '{') {
        while (is_word(peek(translation, count)) || (count == 2 && peek(translation, count) == '^')) {
            count++;
        }
        if (peek(translation, count++) != '}') {
            return refuse(translation, "a class is written \\p{Name}");
        }
    } else if (!is_word(peek(translation, 1))) {
        return refuse(translation, "a class is written \\pN or \\p{Name}");
    }
    buf_char(translation->out, '\\');
    keep(translation, count);
    return 0;
}

/* \x7F \x{10FFFF}: at the letter x. */
static int hexadecimal(struct translation *translation)
{
    size_t count = 1;
    bool braces = peek(translation, 1) == '{';
    count += braces;
    size_t first = count;
    while (is_hex(peek(translation, count)) && count - first < (braces ? 6u : 2u)) {
        count++;
    }
    if (count == first || (braces ? peek(translation, count) != '}' : count - first != 2)) {
        return refuse(translation, "a character is written \\x7F or \\x{10FFFF}");
    }
    buf_char(translation->out, '\\');
    keep(translation, count + braces);
    return 0;
}

/* \0 \012 \123: at the first digit. One digit alone that is not 0 would be a backreference. */
static int octal(struct translation *translation)
{
    unsigned code = 0;
    if (peek(translation, 0) != '0' && !(is_octal(peek(translation, 0)) && is_octal(peek(translation, 1)))) {
        return refuse(translation, "backreferences are not supported");
    }
    for (int i = 0; i < 3 && is_octal(peek(translation, 0)); i++) {
        code = code * 8 + (unsigned)(peek(translation, 0) - '0');
        translation->at++;
    }
    buf_printf(translation->out, "\\x{%x}", code);
    return 0;
}

/* \d \w \s and their opposites. RE2's \s has no vertical tab; PCRE2's has. */
static void perl_class(struct translation *translation, bool within)
{
    int c = peek(translation, 0);
    translation->at++;
    if (c == 's') {
        buf_text(translation->out, within ? "\\t\\n\\f\\r\\x20" : "[\\t\\n\\f\\r\\x20]");
    } else if (c == 'S' && !within) {
        buf_text(translation->out, "[^\\t\\n\\f\\r\\x20]");
    } else {
        buf_printf(translation->out, "\\%c", c);
    }
}

/* Behind a backslash, what may stand within a class as well as outside. */
static int escape(struct translation *translation, bool within)
{
    int c = peek(translation, 0);
    if (c < 0) {
        return refuse(translation, "'\\' stands at the end");
    }
    if (c == 'p' || c == 'P') {
        return property(translation);
    }
    if (c == 'x') {
        return hexadecimal(translation);
    }
    if (is_digit(c)) {
        return octal(translation);
    }
    if (strchr("dDsSwW", c) != NULL) {
        perl_class(translation, within);
        return 0;
    }
    if (c == 'v') {
        buf_text(translation->out, "\\x0b");
        translation->at++;
        return 0;
    }
    if (strchr("aftnr", c) != NULL || (c < 0x80 && !is_word(c)) || c == '_') {
        buf_text(translation->out, c == '_' ? "" : "\\");
        keep(translation, 1);
        return 0;
    }
    return refuse(translation, "this escape is not in RE2's syntax");
}

/* \Q...\E: every character stands for itself. */
static void quotation(struct translation *translation)
{
    for (translation->at++; translation->at < translation->len && !starts(translation, "\\E");) {
        int c = peek(translation, 0);
        if ((c & 0xC0) != 0x80) {
            translation->item = translation->out->len; /* a character, which may be of several bytes */
        }
        buf_text(translation->out, c < 0x80 && !is_word(c) ? "\\" : "");
        keep(translation, 1);
        translation->repeatable = true;
    }
    translation->at += starts(translation, "\\E") ? 2 : 0;
}

static int outside_escape(struct translation *translation)
{
    translation->at++;
    int c = peek(translation, 0);
    if (c == 'Q') {
        quotation(translation);
        return 0;
    }
    if (c == 'A' || c == 'z' || c == 'b' || c == 'B') {
        buf_char(translation->out, '\\');
        keep(translation, 1);
        translation->repeatable = true;
        return 0;
    }
    translation->repeatable = true;
    return escape(translation, false);
}

/* [:alpha:] or [:^alpha:] within a class. */
static int posix_class(struct translation *translation)
{
    size_t count = 2 + (peek(translation, 2) == '^');
    while (peek(translation, count) >= 'a' && peek(translation, count) <= 'z') {
        count++;
    }
    if (peek(translation, count) != ':' || peek(translation, count + 1) != ']') {
        return refuse(translation, "a class is written [:alpha:]");
    }
    keep(translation, count + 2);
    return 0;
}

/* [...]: a ']' that comes first is an item. */
static int class(struct translation *translation)
{
    size_t start = translation->at;
    keep(translation, 1);
    if (peek(translation, 0) == '^') {
        keep(translation, 1);
    }
    bool first = true;
    while (first || peek(translation, 0) != ']') {
        int c = peek(translation, 0), result = 0;
        if (c < 0) {
            translation->at = start;
            return refuse(translation, "']' is missing");
        }
        if (c == '\\') {
            translation->at++;
            result = escape(translation, true);
        } else if (starts(translation, "[:")) {
            result = posix_class(translation);
        } else {
            buf_text(translation->out, c == '[' || c == ']' ? "\\" : "");
            keep(translation, 1);
        }
        if (result < 0) {
            return -1;
        }
        first = false;
    }
    keep(translation, 1);
    translation->repeatable = true;
    return 0;
}

/* Behind "(?": (?P<name> (?<name> (?: (?i) (?i-s: */
static int group_kind(struct translation *translation)
{
    size_t skip = starts(translation, "P<") ? 2 : peek(translation, 0) == '<' ? 1 : 0;
    size_t count = skip;
    if (skip > 0) {
        while (is_word(peek(translation, count))) {
            count++;
        }
        if (count == skip || is_digit(peek(translation, skip)) || peek(translation, count) != '>') {
            return refuse(translation, "lookaround is not supported, and a group is named (?P<name>...)");
        }
        buf_char(translation->out, '('); /* names are of no use to a search */
        translation->at += count + 1;
        return 0;
    }
    while (peek(translation, count) > 0 && strchr("imsU", peek(translation, count)) != NULL) {
        count++;
    }
    if (peek(translation, count) == '-') {
        count++;
        while (peek(translation, count) > 0 && strchr("imsU", peek(translation, count)) != NULL) {
            count++;
        }
    }
    int end = peek(translation, count);
    if ((end != ':' && end != ')') || (end == ')' && count == 0)) {
        return refuse(translation,
                      "this kind of group is not in RE2's syntax (no lookaround, no recursion, no atoms)");
    }
    buf_text(translation->out, "(?");
    keep(translation, count + 1);
    translation->depth -= end == ')';
    return 0;
}

static int group(struct translation *translation)
{
    if (++translation->depth > NESTING_MAX) {
        return refuse(translation, "the groups are nested too deeply");
    }
    translation->repeats[translation->depth] = 1;
    translation->at++;
    translation->repeatable = false;
    if (peek(translation, 0) == '*') {
        return refuse(translation, "there is nothing to repeat");
    }
    if (peek(translation, 0) != '?') {
        buf_char(translation->out, '(');
        return 0;
    }
    translation->at++;
    return group_kind(translation);
}

/* {2} {2,} {2,5}: its length, or 0 if the brace stands for itself; -1 if it asks for too much. */
static int counted(const struct translation *translation, int *ret_most)
{
    size_t count = 1;
    int numbers[2] = {-1, -1};
    for (size_t i = 0; i < 2; i++) {
        for (; is_digit(peek(translation, count)); count++) {
            numbers[i] = numbers[i] < 0 ? 0 : numbers[i];
            if (numbers[i] <= REPEAT_MAX) {
                numbers[i] = numbers[i] * 10 + (peek(translation, count) - '0');
            }
        }
        if (i == 0 && (numbers[0] < 0 || peek(translation, count) != ',')) {
            break;
        }
        count += i == 0;
    }
    if (numbers[0] < 0 || peek(translation, count) != '}') {
        return 0;
    }
    *ret_most = numbers[1] > numbers[0] ? numbers[1] : numbers[0];
    bool inverted = numbers[1] >= 0 && numbers[1] < numbers[0];
    return numbers[0] > REPEAT_MAX || numbers[1] > REPEAT_MAX || inverted ? -1 : (int)count + 1;
}

/* x+ is written xx*: the matcher that follows all alternatives counts the turns of a +, and takes each count
 * for another alternative. */
static void once_or_more(struct translation *translation)
{
    size_t end = translation->out->len;
    for (size_t i = translation->item; i < end && !translation->out->failed; i++) {
        buf_char(translation->out, translation->out->data[i]);
    }
    buf_char(translation->out, '*');
}

/* * + ? {n,m} of `count` bytes, each with an optional '?' behind it. Not possessive, and not one behind the
 * other. */
static int quantifier(struct translation *translation, size_t count)
{
    bool plus = peek(translation, 0) == '+' || starts(translation, "{1,}");
    if (!translation->repeatable) {
        return refuse(translation, "there is nothing to repeat");
    }
    if (plus && !translation->grouped) {
        once_or_more(translation);
        translation->at += count;
    } else {
        keep(translation, count);
    }
    if (peek(translation, 0) == '?') {
        keep(translation, 1);
    }
    int c = peek(translation, 0), most = 0;
    if (c == '*' || c == '+' || c == '?' || (c == '{' && counted(translation, &most) != 0)) {
        return refuse(translation, "a repetition can't be repeated, nor be possessive");
    }
    return 0;
}

/* The item just read has a part that is repeated so often. */
static void note_repeats(struct translation *translation, int most)
{
    int *group = &translation->repeats[translation->depth];
    translation->repeats_last = most;
    *group = most > *group ? most : *group;
}

static int brace(struct translation *translation)
{
    int most = 0;
    int count = counted(translation, &most);
    if (count < 0) {
        return refuse(translation, "a repetition is at most 1000, the smaller number first");
    }
    if (count > 0) {
        most = most > 1 ? most * translation->repeats_last : translation->repeats_last;
        if (most > REPEAT_MAX) {
            return refuse(translation, "repetitions within repetitions are at most 1000 together");
        }
        note_repeats(translation, most);
        return quantifier(translation, (size_t)count);
    }
    buf_char(translation->out, '\\');
    keep(translation, 1);
    translation->repeatable = true;
    return 0;
}

static int item(struct translation *translation)
{
    int c = peek(translation, 0), most = 0;
    if (c != '*' && c != '+' && c != '?' && (c != '{' || counted(translation, &most) == 0)) {
        translation->repeats_last = 1;
        translation->grouped = c == ')';
        translation->item = translation->out->len;
    }
    switch (c) {
    case '\\':
        return outside_escape(translation);
    case '[':
        return class(translation);
    case '(':
        return group(translation);
    case ')':
        if (translation->depth == 0) {
            return refuse(translation, "')' without '('");
        }
        most = translation->repeats[translation->depth--];
        note_repeats(translation, most);
        keep(translation, 1);
        translation->repeatable = true;
        return 0;
    case '*':
    case '+':
    case '?':
        return quantifier(translation, 1);
    case '{':
        return brace(translation);
    case '|':
        keep(translation, 1);
        translation->repeatable = false;
        return 0;
    case '\0':
        buf_text(translation->out, "\\x00");
        translation->at++;
        break;
    default:
        keep(translation, 1);
        break;
    }
    translation->repeatable = true;
    return 0;
}

int regex_translate(struct buf *out, const char *pattern, size_t len, struct soar_err *err)
{
    struct translation translation = {
        .out = out, .text = pattern, .len = len, .err = err, .repeats = {1}, .repeats_last = 1};
    if (len > LIMIT_REGEX_BYTES) {
        return soar_err_set(err, SOAR_INVALID, "regular expression: longer than %d bytes", LIMIT_REGEX_BYTES);
    }
    if (!text_is_utf8(pattern, len)) {
        return soar_err_set(err, SOAR_INVALID, "regular expression: not UTF-8");
    }
    while (translation.at < len) {
        if (item(&translation) < 0) {
            return -1;
        }
    }
    return translation.depth > 0 ? refuse(&translation, "')' is missing") : 0;
}
