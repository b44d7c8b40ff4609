/* Text to tokens, by the lexis of the language definition. The one thing to know: the longest token wins, and
 * a letter b or r directly before a quote belongs to the literal. Escapes are only stepped over here;
 * literal.c decodes them. This file must not know the grammar: templates use it to find where an expression
 * ends. */
#include "engine/cel/lex.h"

#include <string.h>

#include "engine/cel/cel.h"

struct lexer {
    const char *text;
    size_t len;
    size_t at;
    struct soar_err *err;
};

static int peek(const struct lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->len ? (unsigned char)lexer->text[lexer->at + ahead] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void skip_blank(struct lexer *lexer)
{
    for (;;) {
        int c = peek(lexer, 0);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            lexer->at++;
        } else if (c == '/' && peek(lexer, 1) == '/') {
            while (peek(lexer, 0) >= 0 && peek(lexer, 0) != '\n') {
                lexer->at++;
            }
        } else {
            return;
        }
    }
}

static void digits(struct lexer *lexer)
{
    while (is_digit(peek(lexer, 0))) {
        lexer->at++;
    }
}

static bool unsigned_suffix(struct lexer *lexer)
{
    bool suffix = peek(lexer, 0) == 'u' || peek(lexer, 0) == 'U';
    lexer->at += suffix;
    return suffix;
}

static enum token_kind hexadecimal(struct lexer *lexer)
{
    lexer->at += 2;
    while (is_hex(peek(lexer, 0))) {
        lexer->at++;
    }
    return unsigned_suffix(lexer) ? TOKEN_UINT : TOKEN_INT;
}

static enum token_kind number(struct lexer *lexer)
{
    if (peek(lexer, 0) == '0' && peek(lexer, 1) == 'x' && is_hex(peek(lexer, 2))) {
        return hexadecimal(lexer);
    }
    bool real = false;
    digits(lexer);
    if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
        real = true;
        lexer->at++;
        digits(lexer);
    }
    if (peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') {
        size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';
        if (is_digit(peek(lexer, 1 + sign))) {
            real = true;
            lexer->at += 1 + sign;
            digits(lexer);
        }
    }
    return real ? TOKEN_DOUBLE : unsigned_suffix(lexer) ? TOKEN_UINT : TOKEN_INT;
}

static bool at_quotes(const struct lexer *lexer, int quote, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (peek(lexer, i) != quote) {
            return false;
        }
    }
    return true;
}

static int quoted(struct lexer *lexer, bool raw)
{
    size_t start = lexer->at;
    int quote = peek(lexer, 0);
    size_t count = at_quotes(lexer, quote, 3) ? 3 : 1;
    lexer->at += count;
    while (!at_quotes(lexer, quote, count)) {
        int c = peek(lexer, 0);
        if (c < 0 || (count == 1 && (c == '\n' || c == '\r'))) {
            lexer->at = start;
            return soar_err_set(lexer->err, SOAR_INVALID, "this string has no end");
        }
        lexer->at += c == '\\' && !raw && peek(lexer, 1) >= 0 ? 2 : 1;
    }
    lexer->at += count;
    return 0;
}

/* How many letters stand before the quote of a literal, or -1 if none begins here: r'' b'' br''. */
static int literal_prefix(const struct lexer *lexer, bool *ret_bytes, bool *ret_raw)
{
    size_t at = 0;
    *ret_bytes = peek(lexer, at) == 'b' || peek(lexer, at) == 'B';
    at += *ret_bytes;
    *ret_raw = peek(lexer, at) == 'r' || peek(lexer, at) == 'R';
    at += *ret_raw;
    return peek(lexer, at) == '"' || peek(lexer, at) == '\'' ? (int)at : -1;
}

static int backticked(struct lexer *lexer)
{
    size_t start = lexer->at++;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)) ||
           (peek(lexer, 0) > 0 && strchr(".-/ ", peek(lexer, 0)) != NULL)) {
        lexer->at++;
    }
    if (peek(lexer, 0) != '`' || lexer->at == start + 1) {
        lexer->at = start;
        return soar_err_set(
            lexer->err, SOAR_INVALID,
            "a name in backticks holds letters, digits, '_', '.', '-', '/' and blanks, and ends with '`'");
    }
    lexer->at++;
    return 0;
}

static enum token_kind word(struct lexer *lexer)
{
    static const struct {
        const char *text;
        enum token_kind kind;
    } keywords[] = {{"true", TOKEN_TRUE}, {"false", TOKEN_FALSE}, {"null", TOKEN_NULL}, {"in", TOKEN_IN}};
    size_t start = lexer->at;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0))) {
        lexer->at++;
    }
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        size_t len = strlen(keywords[i].text);
        if (len == lexer->at - start && memcmp(keywords[i].text, lexer->text + start, len) == 0) {
            return keywords[i].kind;
        }
    }
    return TOKEN_NAME;
}

static int sign(struct lexer *lexer, enum token_kind *ret_kind)
{
    static const struct {
        const char *text;
        enum token_kind kind;
    } signs[] = {
        {"==", TOKEN_EQUAL},  {"!=", TOKEN_NOT_EQUAL},  {"<=", TOKEN_LESS_EQUAL}, {">=", TOKEN_GREATER_EQUAL},
        {"&&", TOKEN_AND},    {"||", TOKEN_OR},         {"<", TOKEN_LESS},        {">", TOKEN_GREATER},
        {"+", TOKEN_PLUS},    {"-", TOKEN_MINUS},       {"*", TOKEN_STAR},        {"/", TOKEN_SLASH},
        {"%", TOKEN_PERCENT}, {"!", TOKEN_NOT},         {"?", TOKEN_QUESTION},    {":", TOKEN_COLON},
        {".", TOKEN_DOT},     {",", TOKEN_COMMA},       {"(", TOKEN_PAREN},       {")", TOKEN_PAREN_END},
        {"[", TOKEN_BRACKET}, {"]", TOKEN_BRACKET_END}, {"{", TOKEN_BRACE},       {"}", TOKEN_BRACE_END},
    };
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t len = strlen(signs[i].text);
        if (len <= lexer->len - lexer->at && memcmp(signs[i].text, lexer->text + lexer->at, len) == 0) {
            lexer->at += len;
            *ret_kind = signs[i].kind;
            return 0;
        }
    }
    int c = peek(lexer, 0);
    if (c == '=') {
        return soar_err_set(lexer->err, SOAR_INVALID, "'=' is no operator: equality is '=='");
    }
    if (c == '&' || c == '|') {
        return soar_err_set(lexer->err, SOAR_INVALID, "'%c' is no operator: it is written '%c%c'", c, c, c);
    }
    if (c > ' ' && c < 0x7F) {
        return soar_err_set(lexer->err, SOAR_INVALID, "'%c' means nothing here", c);
    }
    return soar_err_set(lexer->err, SOAR_INVALID, "the byte 0x%02x means nothing here", (unsigned)c);
}

static int token(struct lexer *lexer, enum token_kind *ret_kind)
{
    bool bytes = false, raw = false;
    int c = peek(lexer, 0);
    if (c < 0) {
        *ret_kind = TOKEN_END;
        return 0;
    }
    int prefix = literal_prefix(lexer, &bytes, &raw);
    if (prefix >= 0) {
        lexer->at += (size_t)prefix;
        *ret_kind = bytes ? TOKEN_BYTES : TOKEN_STRING;
        return quoted(lexer, raw);
    }
    if (is_letter(c)) {
        *ret_kind = word(lexer);
        return 0;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1)))) {
        *ret_kind = number(lexer);
        return 0;
    }
    if (c == '`') {
        *ret_kind = TOKEN_QUOTED;
        return backticked(lexer);
    }
    return sign(lexer, ret_kind);
}

int lex_next(const char *text, size_t len, size_t *offset, struct token *ret_token, struct soar_err *err)
{
    struct lexer lexer = {.text = text, .len = len, .at = *offset, .err = err};
    skip_blank(&lexer);
    size_t start = lexer.at;
    enum token_kind kind = TOKEN_END;
    int result = token(&lexer, &kind);
    *offset = lexer.at;
    if (result == 0) {
        *ret_token = (struct token){.kind = kind, .offset = start, .len = lexer.at - start};
    }
    return result;
}

/* A text that isn't CEL is lexed on, byte by byte: the parser will say what is wrong, if only the end can be
 * found. */
long cel_find_close(const char *text, size_t len)
{
    size_t offset = 0, depth = 0;
    for (;;) {
        struct token token;
        if (lex_next(text, len, &offset, &token, NULL) < 0) {
            offset++;
            continue;
        }
        if (token.kind == TOKEN_END) {
            return -1;
        }
        if (token.kind == TOKEN_BRACE) {
            depth++;
        } else if (token.kind == TOKEN_BRACE_END && depth > 0) {
            depth--;
        } else if (token.kind == TOKEN_BRACE_END && offset < len && text[offset] == '}') {
            return (long)token.offset;
        }
    }
}
