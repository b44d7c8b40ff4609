/* Tokens to a tree, by recursive descent; binary operators climb by precedence. The one thing to know:
 * nothing is resolved here (names, functions, variables of macros): resolve.c does that when the whole tree
 * is known. Depth and number of nodes are bounded, so that no expression can exhaust the stack here or in an
 * evaluation. */
#include "engine/cel/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/cel/literal.h"

static struct node *expression(struct parser *parser);
static struct node *binary(struct parser *parser, int level);

struct node *parse_fail(struct parser *parser, size_t offset, const char *format, ...)
{
    char text[SOAR_ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    parser->mistake = offset;
    soar_err_set(parser->err, SOAR_INVALID, "%s", text);
    return NULL;
}

struct node *parse_node(struct parser *parser, enum node_kind kind, size_t offset)
{
    if (++parser->nodes > LIMIT_CEL_NODES) {
        return parse_fail(parser, offset, "the expression is too large: more than %d parts", LIMIT_CEL_NODES);
    }
    struct node *node = arena_alloc(parser->arena, sizeof *node);
    node->kind = kind;
    node->offset = (uint32_t)offset;
    node->height = 1;
    return node;
}

struct node *parse_adopt(struct parser *parser, struct node *parent, const struct node *child)
{
    if (child->height + 1 > parent->height) {
        parent->height = child->height + 1;
    }
    if (parent->height > LIMIT_CEL_DEPTH) {
        return parse_fail(parser, parent->offset, "the expression is nested too deeply: more than %d levels",
                          LIMIT_CEL_DEPTH);
    }
    return parent;
}

/* Reads the next token; the one before is returned in *ret_token unless that is NULL. */
static int advance(struct parser *parser, struct token *ret_token)
{
    if (ret_token != NULL) {
        *ret_token = parser->token;
    }
    if (lex_next(parser->text, parser->len, &parser->at, &parser->token, parser->err) < 0) {
        parser->mistake = parser->at;
        return -1;
    }
    return 0;
}

/* 1 and past it, if this token is next; 0 if it isn't; -1 if what follows it is no token. */
static int accept(struct parser *parser, enum token_kind kind)
{
    if (parser->token.kind != kind) {
        return 0;
    }
    return advance(parser, NULL) < 0 ? -1 : 1;
}

static int expect(struct parser *parser, enum token_kind kind, const char *what)
{
    if (parser->token.kind == kind) {
        return advance(parser, NULL);
    }
    if (parser->token.kind == TOKEN_END) {
        parse_fail(parser, parser->token.offset, "expected %s, but the expression ends", what);
    } else {
        BUF_SCOPED shown;
        buf_init(&shown, 0);
        text_visible(&shown, parser->text + parser->token.offset,
                     parser->token.len < 40 ? parser->token.len : 40);
        parse_fail(parser, parser->token.offset, "expected %s before '%s'", what, buf_string(&shown));
    }
    return -1;
}

static void list_add(struct parser *parser, struct node_list *list, struct node *node, bool optional)
{
    if (list->count == list->size) {
        list->size = list->size > 0 ? list->size * 2 : 4;
        struct node **items = arena_array(parser->arena, list->size, sizeof(struct node *));
        bool *flags = arena_array(parser->arena, list->size, sizeof(bool));
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof(struct node *));
            memcpy(flags, list->optional, list->count * sizeof(bool));
        }
        list->items = items;
        list->optional = flags;
    }
    list->items[list->count] = node;
    list->optional[list->count++] = optional;
}

static struct node *adopt_list(struct parser *parser, struct node *parent, const struct node_list *list)
{
    for (size_t i = 0; parent != NULL && i < list->count; i++) {
        parent = parse_adopt(parser, parent, list->items[i]);
    }
    return parent;
}

static bool is_reserved(const char *name)
{
    static const char *const words[] = {"as",        "break",  "const",  "continue", "else", "for",
                                        "function",  "if",     "import", "let",      "loop", "package",
                                        "namespace", "return", "var",    "void",     "while"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static char *token_text(struct parser *parser, const struct token *token)
{
    size_t quote = token->kind == TOKEN_QUOTED;
    return arena_copy(parser->arena, parser->text + token->offset + quote, token->len - 2 * quote);
}

/* The arguments of a call, up to and with the closing parenthesis. */
static int arguments(struct parser *parser, struct node_list *list)
{
    while (parser->token.kind != TOKEN_PAREN_END) {
        struct node *item = expression(parser);
        if (item == NULL) {
            return -1;
        }
        list_add(parser, list, item, false);
        int more = accept(parser, TOKEN_COMMA);
        if (more < 0) {
            return -1;
        }
        if (more == 0) {
            break;
        }
        if (parser->token.kind == TOKEN_PAREN_END) {
            parse_fail(parser, parser->token.offset, "expected an argument after ','");
            return -1;
        }
    }
    return expect(parser, TOKEN_PAREN_END, "')' after the arguments");
}

/* A call, whose name has been read and whose "(" is next. */
static struct node *call(struct parser *parser, const char *name, struct node *target, size_t offset)
{
    struct node_list args = {0};
    struct node *expanded = NULL;
    if (advance(parser, NULL) < 0 || arguments(parser, &args) < 0) {
        return NULL;
    }
    if (macro_expand(parser, name, target, &args, offset, &expanded)) {
        return expanded;
    }
    struct node *node = parse_node(parser, NODE_CALL, offset);
    if (node == NULL) {
        return NULL;
    }
    node->call = (struct node_call){.name = name, .target = target, .args = args.items, .count = args.count};
    if (target != NULL) {
        node = parse_adopt(parser, node, target);
    }
    return adopt_list(parser, node, &args);
}

static struct node *name_or_call(struct parser *parser, bool absolute)
{
    struct token token;
    if (parser->token.kind != TOKEN_NAME) {
        expect(parser, TOKEN_NAME, "a name");
        return NULL;
    }
    if (advance(parser, &token) < 0) {
        return NULL;
    }
    const char *name = token_text(parser, &token);
    if (is_reserved(name)) {
        return parse_fail(parser, token.offset, "'%s' is a reserved word", name);
    }
    if (parser->token.kind == TOKEN_PAREN) {
        return call(parser, name, NULL, token.offset);
    }
    struct node *node = parse_node(parser, NODE_NAME, token.offset);
    if (node != NULL) {
        node->name = (struct node_name){.text = name, .absolute = absolute, .slot = -1};
    }
    return node;
}

/* 1 if an item follows with a '?' before it, 0 without. */
static int optional_mark(struct parser *parser)
{
    return accept(parser, TOKEN_QUESTION);
}

static struct node *list_literal(struct parser *parser, size_t offset)
{
    struct node_list values = {0};
    if (advance(parser, NULL) < 0) {
        return NULL;
    }
    while (parser->token.kind != TOKEN_BRACKET_END) {
        int optional = optional_mark(parser);
        struct node *item = optional < 0 ? NULL : expression(parser);
        if (item == NULL) {
            return NULL;
        }
        list_add(parser, &values, item, optional == 1);
        int more = accept(parser, TOKEN_COMMA);
        if (more < 0) {
            return NULL;
        }
        if (more == 0) {
            break;
        }
    }
    if (expect(parser, TOKEN_BRACKET_END, "',' or ']' in the list") < 0) {
        return NULL;
    }
    struct node *node = parse_node(parser, NODE_LIST, offset);
    if (node != NULL) {
        node->items =
            (struct node_items){.values = values.items, .optional = values.optional, .count = values.count};
        node = adopt_list(parser, node, &values);
    }
    return node;
}

static int map_entry(struct parser *parser, struct node_list *keys, struct node_list *values)
{
    int optional = optional_mark(parser);
    struct node *key = optional < 0 ? NULL : expression(parser);
    if (key == NULL || expect(parser, TOKEN_COLON, "':' after the key") < 0) {
        return -1;
    }
    struct node *value = expression(parser);
    if (value == NULL) {
        return -1;
    }
    list_add(parser, keys, key, optional == 1);
    list_add(parser, values, value, optional == 1);
    return 0;
}

static struct node *map_literal(struct parser *parser, size_t offset)
{
    struct node_list keys = {0}, values = {0};
    if (advance(parser, NULL) < 0) {
        return NULL;
    }
    while (parser->token.kind != TOKEN_BRACE_END) {
        if (map_entry(parser, &keys, &values) < 0) {
            return NULL;
        }
        int more = accept(parser, TOKEN_COMMA);
        if (more < 0) {
            return NULL;
        }
        if (more == 0) {
            break;
        }
    }
    if (expect(parser, TOKEN_BRACE_END, "',' or '}' in the map") < 0) {
        return NULL;
    }
    struct node *node = parse_node(parser, NODE_MAP, offset);
    if (node != NULL) {
        node->items = (struct node_items){
            .keys = keys.items, .values = values.items, .optional = keys.optional, .count = keys.count};
        node = adopt_list(parser, node, &keys);
        node = adopt_list(parser, node, &values);
    }
    return node;
}

static struct node *literal(struct parser *parser, bool negative, size_t offset)
{
    struct node *node = parse_node(parser, NODE_LITERAL, offset);
    struct token token = parser->token;
    if (node == NULL) {
        return NULL;
    }
    if (literal_value(parser->arena, parser->text, &token, negative, &node->literal, parser->err) < 0) {
        parser->mistake = token.offset;
        return NULL;
    }
    return advance(parser, NULL) < 0 ? NULL : node;
}

static struct node *constant(struct parser *parser, struct value value)
{
    struct node *node = parse_node(parser, NODE_LITERAL, parser->token.offset);
    if (node == NULL || advance(parser, NULL) < 0) {
        return NULL;
    }
    node->literal = value;
    return node;
}

static struct node *parenthesis(struct parser *parser)
{
    struct node *node = advance(parser, NULL) < 0 ? NULL : expression(parser);
    return node == NULL || expect(parser, TOKEN_PAREN_END, "')'") < 0 ? NULL : node;
}

static struct node *primary(struct parser *parser)
{
    size_t offset = parser->token.offset;
    enum token_kind kind = parser->token.kind;
    if (kind == TOKEN_DOT) {
        return advance(parser, NULL) < 0 ? NULL : name_or_call(parser, true);
    }
    if (kind == TOKEN_NAME) {
        return name_or_call(parser, false);
    }
    if (kind == TOKEN_PAREN) {
        return parenthesis(parser);
    }
    if (kind == TOKEN_BRACKET) {
        return list_literal(parser, offset);
    }
    if (kind == TOKEN_BRACE) {
        return map_literal(parser, offset);
    }
    if (kind == TOKEN_TRUE || kind == TOKEN_FALSE) {
        return constant(parser, value_bool(kind == TOKEN_TRUE));
    }
    if (kind == TOKEN_NULL) {
        return constant(parser, value_null());
    }
    if (kind >= TOKEN_INT && kind <= TOKEN_BYTES) {
        return literal(parser, false, offset);
    }
    expect(parser, TOKEN_NAME, "a value");
    return NULL;
}

/* Behind "operand ." */
static struct node *selection(struct parser *parser, struct node *operand)
{
    struct token token;
    int optional = optional_mark(parser);
    if (optional < 0) {
        return NULL;
    }
    if (parser->token.kind != TOKEN_NAME && parser->token.kind != TOKEN_QUOTED) {
        expect(parser, TOKEN_NAME, "the name of a field or function");
        return NULL;
    }
    if (advance(parser, &token) < 0) {
        return NULL;
    }
    const char *field = token_text(parser, &token);
    if (parser->token.kind == TOKEN_PAREN && optional == 0 && token.kind == TOKEN_NAME) {
        return call(parser, field, operand, token.offset);
    }
    struct node *node = parse_node(parser, NODE_SELECT, token.offset);
    if (node == NULL) {
        return NULL;
    }
    node->select = (struct node_select){.operand = operand, .field = field, .optional = optional == 1};
    return parse_adopt(parser, node, operand);
}

/* Behind "operand [" */
static struct node *indexing(struct parser *parser, struct node *operand, size_t offset)
{
    int optional = optional_mark(parser);
    struct node *key = optional < 0 ? NULL : expression(parser);
    if (key == NULL || expect(parser, TOKEN_BRACKET_END, "']' after the index") < 0) {
        return NULL;
    }
    struct node *node = parse_node(parser, NODE_INDEX, offset);
    if (node == NULL) {
        return NULL;
    }
    node->index = (struct node_index){.operand = operand, .key = key, .optional = optional == 1};
    node = parse_adopt(parser, node, operand);
    return node == NULL ? NULL : parse_adopt(parser, node, key);
}

static struct node *member(struct parser *parser, struct node *node)
{
    while (node != NULL) {
        size_t offset = parser->token.offset;
        enum token_kind kind = parser->token.kind;
        if (kind == TOKEN_BRACE && (node->kind == NODE_NAME || node->kind == NODE_SELECT)) {
            return parse_fail(parser, offset,
                              "there are no message types here: a map is written {\"key\": value}");
        }
        if (kind != TOKEN_DOT && kind != TOKEN_BRACKET) {
            return node;
        }
        if (advance(parser, NULL) < 0) {
            return NULL;
        }
        node = kind == TOKEN_DOT ? selection(parser, node) : indexing(parser, node, offset);
    }
    return NULL;
}

/* A minus directly before a number belongs to the number, as in the grammar. */
static struct node *unary(struct parser *parser)
{
    struct token token = parser->token;
    if (token.kind != TOKEN_NOT && token.kind != TOKEN_MINUS) {
        return member(parser, primary(parser));
    }
    if (parser->depth >= LIMIT_CEL_DEPTH) {
        return parse_fail(parser, token.offset, "the expression is nested too deeply");
    }
    if (advance(parser, NULL) < 0) {
        return NULL;
    }
    if (token.kind == TOKEN_MINUS &&
        (parser->token.kind == TOKEN_INT || parser->token.kind == TOKEN_DOUBLE)) {
        return member(parser, literal(parser, true, token.offset));
    }
    if (parser->token.kind != token.kind &&
        (parser->token.kind == TOKEN_NOT || parser->token.kind == TOKEN_MINUS)) {
        return parse_fail(parser, parser->token.offset,
                          "'!' and '-' do not stand side by side: use parentheses");
    }
    parser->depth++;
    struct node *operand = unary(parser);
    parser->depth--;
    struct node *node =
        operand == NULL ? NULL
                        : parse_node(parser, token.kind == TOKEN_NOT ? NODE_NOT : NODE_MINUS, token.offset);
    if (node == NULL) {
        return NULL;
    }
    node->operand = operand;
    return parse_adopt(parser, node, operand);
}

enum { LEVEL_RELATION = 1, LEVEL_SUM, LEVEL_PRODUCT, LEVEL_UNARY };

/* The level of a binary operator, or 0 if this token is none. */
static int operator_of(enum token_kind kind, enum cel_operator *ret_operator)
{
    static const struct {
        enum token_kind kind;
        enum cel_operator operator;
        int level;
    } table[] = {
        {TOKEN_EQUAL, OPERATOR_EQUAL, LEVEL_RELATION},
        {TOKEN_NOT_EQUAL, OPERATOR_NOT_EQUAL, LEVEL_RELATION},
        {TOKEN_LESS, OPERATOR_LESS, LEVEL_RELATION},
        {TOKEN_LESS_EQUAL, OPERATOR_LESS_EQUAL, LEVEL_RELATION},
        {TOKEN_GREATER, OPERATOR_GREATER, LEVEL_RELATION},
        {TOKEN_GREATER_EQUAL, OPERATOR_GREATER_EQUAL, LEVEL_RELATION},
        {TOKEN_IN, OPERATOR_IN, LEVEL_RELATION},
        {TOKEN_PLUS, OPERATOR_ADD, LEVEL_SUM},
        {TOKEN_MINUS, OPERATOR_SUBTRACT, LEVEL_SUM},
        {TOKEN_STAR, OPERATOR_MULTIPLY, LEVEL_PRODUCT},
        {TOKEN_SLASH, OPERATOR_DIVIDE, LEVEL_PRODUCT},
        {TOKEN_PERCENT, OPERATOR_REMAINDER, LEVEL_PRODUCT},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].kind == kind) {
            *ret_operator = table[i].operator;
            return table[i].level;
        }
    }
    return 0;
}

static struct node *binary(struct parser *parser, int level)
{
    if (level == LEVEL_UNARY) {
        return unary(parser);
    }
    struct node *left = binary(parser, level + 1);
    enum cel_operator operator= OPERATOR_EQUAL;
    while (left != NULL && operator_of(parser->token.kind, &operator) == level) {
        size_t offset = parser->token.offset;
        struct node *right = advance(parser, NULL) < 0 ? NULL : binary(parser, level + 1);
        struct node *node = right == NULL ? NULL : parse_node(parser, NODE_BINARY, offset);
        if (node == NULL) {
            return NULL;
        }
        node->operation = (struct node_operation){.operator= operator, .left = left, .right = right};
        node = parse_adopt(parser, node, left);
        left = node == NULL ? NULL : parse_adopt(parser, node, right);
    }
    return left;
}

/* Parts joined by one logical operator: one node for the whole chain. */
static struct node *chain(struct parser *parser, enum token_kind joint)
{
    struct node_list parts = {0};
    size_t offset = parser->token.offset;
    int more = 1;
    while (more == 1) {
        struct node *part = joint == TOKEN_OR ? chain(parser, TOKEN_AND) : binary(parser, LEVEL_RELATION);
        if (part == NULL) {
            return NULL;
        }
        list_add(parser, &parts, part, false);
        more = accept(parser, joint);
    }
    if (more < 0 || parts.count == 1) {
        return more < 0 ? NULL : parts.items[0];
    }
    struct node *node = parse_node(parser, joint == TOKEN_OR ? NODE_OR : NODE_AND, offset);
    if (node == NULL) {
        return NULL;
    }
    node->logic = (struct node_logic){.parts = parts.items, .count = parts.count};
    return adopt_list(parser, node, &parts);
}

static struct node *choice(struct parser *parser)
{
    struct node *test = chain(parser, TOKEN_OR);
    size_t offset = parser->token.offset;
    int more = test == NULL ? -1 : accept(parser, TOKEN_QUESTION);
    if (more <= 0) {
        return more < 0 ? NULL : test;
    }
    struct node *yes = chain(parser, TOKEN_OR);
    if (yes == NULL || expect(parser, TOKEN_COLON, "':' of '?:'") < 0) {
        return NULL;
    }
    struct node *no = expression(parser);
    struct node *node = no == NULL ? NULL : parse_node(parser, NODE_CHOOSE, offset);
    if (node == NULL) {
        return NULL;
    }
    node->choose = (struct node_choose){.test = test, .yes = yes, .no = no};
    const struct node_list parts = {.items = (struct node *[]){test, yes, no}, .count = 3};
    return adopt_list(parser, node, &parts);
}

static struct node *expression(struct parser *parser)
{
    if (++parser->depth > LIMIT_CEL_DEPTH) {
        return parse_fail(parser, parser->token.offset,
                          "the expression is nested too deeply: more than %d levels", LIMIT_CEL_DEPTH);
    }
    struct node *node = choice(parser);
    parser->depth--;
    return node;
}

int parse_program(struct parser *parser, struct node **ret_root)
{
    if (parser->len > LIMIT_CEL_BYTES) {
        parse_fail(parser, 0, "the expression is longer than %d bytes", LIMIT_CEL_BYTES);
        return -1;
    }
    if (advance(parser, NULL) < 0) {
        return -1;
    }
    if (parser->token.kind == TOKEN_END) {
        parse_fail(parser, parser->token.offset, "there is no expression");
        return -1;
    }
    struct node *root = expression(parser);
    if (root == NULL || expect(parser, TOKEN_END, "the end of the expression") < 0) {
        return -1;
    }
    *ret_root = root;
    return 0;
}
