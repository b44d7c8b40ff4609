/* The tree of an expression, as parse.c makes it, resolve.c completes it and eval.c walks it. Inside the room
 * only.
 *
 * All of it lies in the arena of the program and is never changed once cel_compile() has returned. */
#ifndef CEL_SYNTAX_H
#define CEL_SYNTAX_H

#include <stdint.h>
#include "engine/cel/cel.h"

struct cel_function;
struct regex;
struct zone;

enum node_kind {
    NODE_LITERAL,
    NODE_NAME,
    NODE_SELECT, /* e.f and e.?f */
    NODE_HAS,    /* has(e.f) */
    NODE_INDEX,  /* e[k] and e[?k] */
    NODE_CALL,
    NODE_NOT,
    NODE_MINUS,
    NODE_BINARY,
    NODE_AND, /* of any number of parts, so that long chains are not deep */
    NODE_OR,
    NODE_CHOOSE, /* e ? a : b */
    NODE_LIST,
    NODE_MAP,
    NODE_FOLD,         /* a macro that walks a list or map */
    NODE_BIND,         /* cel.bind */
    NODE_OPT_MAP,      /* optMap */
    NODE_OPT_FLAT_MAP, /* optFlatMap */
    NODE_OPT_OR,       /* or */
    NODE_OPT_OR_VALUE, /* orValue */
    NODE_KIND_COUNT
};

enum cel_operator {
    OPERATOR_EQUAL,
    OPERATOR_NOT_EQUAL,
    OPERATOR_LESS,
    OPERATOR_LESS_EQUAL,
    OPERATOR_GREATER,
    OPERATOR_GREATER_EQUAL,
    OPERATOR_IN,
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_REMAINDER,
    OPERATOR_COUNT
};

enum fold_kind {
    FOLD_ALL,
    FOLD_EXISTS,
    FOLD_EXISTS_ONE,
    FOLD_LIST,    /* map, filter, transformList */
    FOLD_MAP,     /* transformMap: the keys stay */
    FOLD_ENTRIES, /* transformMapEntry: each body is a map */
    FOLD_KIND_COUNT
};

struct node;

struct node_name {
    const char *text;
    bool absolute; /* .name: never a bound one, never in the container */
    int slot;      /* of the variable that a macro bound, or -1 */
};

struct node_select {
    struct node *operand;
    const char *field;
    const char *path; /* "a.b.c": tried as one name first; NULL if the operand is no plain name */
    bool absolute;    /* the path began with a dot */
    bool optional;
};

struct node_index {
    struct node *operand;
    struct node *key;
    bool optional;
};

struct node_call {
    const char *name;    /* of a function in a namespace: "optional.of" */
    struct node *target; /* NULL for a global one */
    struct node **args;
    size_t count;
    const struct cel_function *rows; /* its overloads; NULL if there is no such function */
    size_t row_count;
    const struct regex *pattern; /* of matches() with a constant pattern */
    const struct zone *zone;     /* of a time function with a constant zone */
};

struct node_operation {
    enum cel_operator operator;
    struct node *left;
    struct node *right;
};

struct node_logic {
    struct node **parts;
    size_t count;
};

struct node_choose {
    struct node *test;
    struct node *yes;
    struct node *no;
};

struct node_items {
    struct node **keys; /* NULL for a list */
    struct node **values;
    bool *optional;
    size_t count;
};

struct node_fold {
    enum fold_kind kind;
    bool pairs; /* two variables: index or key, and value */
    const char *names[2];
    int slot; /* of the first variable; the second has the next */
    struct node *range;
    struct node *filter; /* or NULL */
    struct node *body;   /* NULL: the first variable itself, as filter() has it */
};

struct node_bind {
    const char *name;
    int slot;
    struct node *value;
    struct node *body;
};

struct node_otherwise {
    struct node *first;
    struct node *other;
};

struct node {
    enum node_kind kind;
    uint32_t offset;
    uint32_t height; /* 1 for a leaf */
    union {
        struct value literal;
        struct node_name name;
        struct node_select select; /* and NODE_HAS */
        struct node_index index;
        struct node_call call;
        struct node *operand; /* NODE_NOT, NODE_MINUS */
        struct node_operation operation;
        struct node_logic logic;
        struct node_choose choose;
        struct node_items items;
        struct node_fold fold;
        struct node_bind bind;
        struct node_otherwise otherwise;
    };
};

struct cel_program {
    const char *text;
    size_t len;
    const char *container; /* or NULL */
    struct arena *arena;
    struct node *root;
    size_t slots; /* how many variables are bound at once at most */
};

/* The children of a node, in the order they were written; for passes that treat most kinds of node alike. */
typedef void (*syntax_fn)(void *arg, struct node *child);
void syntax_children(const struct node *node, syntax_fn fn, void *arg);

#endif
