/* The tokens of CEL: where each begins and ends in the text. Nothing is copied and nothing decoded here. */
#ifndef CEL_LEX_H
#define CEL_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include "soar/err.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,   /* reserved words are names here: the parser knows where they may stand */
    TOKEN_QUOTED, /* `name` */
    TOKEN_INT,
    TOKEN_UINT,
    TOKEN_DOUBLE,
    TOKEN_STRING,
    TOKEN_BYTES,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_IN,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER_EQUAL,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_LESS,
    TOKEN_GREATER,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_NOT,
    TOKEN_QUESTION,
    TOKEN_COLON,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_PAREN,
    TOKEN_PAREN_END,
    TOKEN_BRACKET,
    TOKEN_BRACKET_END,
    TOKEN_BRACE,
    TOKEN_BRACE_END,
    TOKEN_KIND_COUNT
};

struct token {
    enum token_kind kind;
    size_t offset;
    size_t len;
};

/* The token at or behind *offset, which moves to its end. On a mistake *offset is where it is. */
int lex_next(const char *text, size_t len, size_t *offset, struct token *ret_token, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
