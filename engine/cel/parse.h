/* Text to tree: the grammar of the language definition, with the optional syntax and the macros. Inside the
 * room only. */
#ifndef CEL_PARSE_H
#define CEL_PARSE_H

#include "engine/cel/lex.h"
#include "engine/cel/syntax.h"

struct parser {
    struct arena *arena;
    const char *text;
    size_t len;
    size_t at;          /* behind `token` */
    struct token token; /* the one to be read next */
    bool no_macros;
    size_t depth; /* of the recursion */
    size_t nodes;
    size_t mistake; /* the byte the error is about */
    struct soar_err *err;
};

/* A list of nodes that grows in the parser's arena. */
struct node_list {
    struct node **items;
    bool *optional;
    size_t count;
    size_t size;
};

int parse_program(struct parser *parser, struct node **ret_root) __attribute__((warn_unused_result));

/* A node of this kind, or NULL if there are too many. parse_adopt() keeps the height; NULL if the tree got
 * too high. */
struct node *parse_node(struct parser *parser, enum node_kind kind, size_t offset);
struct node *parse_adopt(struct parser *parser, struct node *parent, const struct node *child);
struct node *parse_fail(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* macros.c: is `name` called like this a macro? Then *ret_node is what it becomes (NULL after a mistake). */
bool macro_expand(struct parser *parser, const char *name, struct node *target, const struct node_list *args,
                  size_t offset, struct node **ret_node);

#endif
