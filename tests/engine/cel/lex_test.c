/* Property: every text is cut into tokens or refused at a byte, and the end of a {{ }} is found by lexing
 * alone. Method: tables of texts and the tokens (as letters) or the offset that must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/cel/cel.h"
#include "engine/cel/lex.h"

/* A letter for each token of the text, '!' where it is refused. */
static void letters_of(const char *text, char *ret_letters)
{
    static const char letters[] = ".nqiudsbtf0I=~{}&|<>+-*/%!?:.,()[]{}";
    size_t offset = 0, count = 0;
    struct token token = {.kind = TOKEN_NAME};
    struct soar_err err;
    while (token.kind != TOKEN_END) {
        size_t before = offset;
        if (lex_next(text, strlen(text), &offset, &token, &err) < 0) {
            ret_letters[count++] = '!';
            break;
        }
        assert_true(token.kind == TOKEN_END || offset > before);
        assert_true(token.offset + token.len == offset);
        if (token.kind != TOKEN_END) {
            ret_letters[count++] = letters[token.kind];
        }
    }
    ret_letters[count] = '\0';
}

static void texts_become_tokens(void **state)
{
    static const char *const table[][2] = {
        {"", ""},
        {"a.b", "n.n"},
        {"1 1u 1.5 .5 1e3 1.e", "iudddi.n"},
        {"0x1F 0x1fU 0xg", "iuin"},
        {"'a' \"b\" b'c' rb'd' bR'e'", "ssbnsb"},
        {"'''a'b'''", "s"},
        {"r'\\'", "s"},
        {"'\\", "!"},
        {"'a", "!"},
        {"'a\nb'", "!"},
        {"`a-b` ``", "q!"},
        {"a // b\n c", "nn"},
        {"a=b", "n!"},
        {"a & b", "n!"},
        {"\xff", "!"},
        {"#", "!"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char letters[64];
        letters_of(table[i][0], letters);
        assert_string_equal(letters, table[i][1]);
    }
}

static void keywords_are_whole_words(void **state)
{
    char letters[64];
    (void)state;
    letters_of("in inn true false null nullx", letters);
    assert_string_equal(letters, "Intf0n");
}

static void two_letters_go_before_one(void **state)
{
    static const struct {
        const char *text;
        enum token_kind kind;
    } table[] = {{"==", TOKEN_EQUAL},         {"!=", TOKEN_NOT_EQUAL}, {"<=", TOKEN_LESS_EQUAL},
                 {">=", TOKEN_GREATER_EQUAL}, {"&&", TOKEN_AND},       {"||", TOKEN_OR},
                 {"<", TOKEN_LESS},           {"!", TOKEN_NOT}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t offset = 0;
        struct token token;
        assert_int_equal(lex_next(table[i].text, strlen(table[i].text), &offset, &token, NULL), 0);
        assert_int_equal(token.kind, table[i].kind);
        assert_int_equal(offset, strlen(table[i].text));
    }
}

static void a_mistake_has_its_byte(void **state)
{
    size_t offset = 3;
    struct token token;
    struct soar_err err;
    (void)state;
    assert_int_equal(lex_next("a +  'x", 7, &offset, &token, &err), -1);
    assert_int_equal(offset, 5);
    assert_string_equal(err.text, "this string has no end");
}

static void the_close_is_found_by_lexing(void **state)
{
    static const struct {
        const char *text;
        long close;
    } table[] = {
        {" a }} b }}", 3},      {"'}}'}}", 4},   {"{'a': {'b': 1}}}}", 15},
        {"{'a': 1}}}", 8},      {"a }", -1},     {"a", -1},
        {"'a }}", 3},           {"a # }}", 4},   {"r'\\'}}", 4},
        {"'''}}'''}}", 8},      {"a // }}", -1}, {"a // x\n}}", 7},
        {"a ? {} : {}}}", 11},  {"}}", 0},       {"} }}", 2},
        {"{1: 2}['}}']}}", 12},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(cel_find_close(table[i].text, strlen(table[i].text)), table[i].close);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_tokens),          cmocka_unit_test(keywords_are_whole_words),
        cmocka_unit_test(two_letters_go_before_one),    cmocka_unit_test(a_mistake_has_its_byte),
        cmocka_unit_test(the_close_is_found_by_lexing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
