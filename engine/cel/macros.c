/* Macros: calls whose arguments are not evaluated as such, turned into nodes of their own. A call that has
 * the name but not the form (x.map(y)) stays a call. One table says which names, how many arguments, and what
 * they become. */
#include <string.h>

#include "engine/cel/parse.h"

enum macro_style { STYLE_GLOBAL, STYLE_MEMBER, STYLE_CEL /* cel.name(...) */ };

struct macro {
    const char *name;
    enum macro_style style;
    size_t count; /* of arguments */
    struct node *(*make)(struct parser *parser, const struct macro *macro, struct node *target,
                         const struct node_list *args, size_t offset);
    enum fold_kind fold;
    bool pairs;  /* two variables */
    bool filter; /* a condition stands before the body */
    bool bare;   /* no body */
};

/* The name a macro binds, or NULL after an error. */
static const char *variable(struct parser *parser, const struct macro *macro, const struct node *arg)
{
    if (arg->kind == NODE_NAME && !arg->name.absolute) {
        return arg->name.text;
    }
    parse_fail(parser, arg->offset, "what %s() binds must be a plain name", macro->name);
    return NULL;
}

static struct node *make_has(struct parser *parser, const struct macro *macro, struct node *target,
                             const struct node_list *args, size_t offset)
{
    (void)macro;
    (void)target;
    struct node *select = args->items[0];
    if (select->kind != NODE_SELECT || select->select.optional) {
        return parse_fail(parser, select->offset, "has() takes one field: has(a.b)");
    }
    struct node *node = parse_node(parser, NODE_HAS, offset);
    if (node == NULL) {
        return NULL;
    }
    node->select = select->select;
    return parse_adopt(parser, node, select->select.operand);
}

static struct node *adopt_all(struct parser *parser, struct node *node, struct node *const *children,
                              size_t count)
{
    for (size_t i = 0; node != NULL && i < count; i++) {
        node = children[i] != NULL ? parse_adopt(parser, node, children[i]) : node;
    }
    return node;
}

static struct node *make_fold(struct parser *parser, const struct macro *macro, struct node *target,
                              const struct node_list *args, size_t offset)
{
    struct node_fold fold = {.kind = macro->fold, .pairs = macro->pairs, .slot = -1, .range = target};
    size_t next = 0;
    for (; next < (macro->pairs ? 2u : 1u); next++) {
        fold.names[next] = variable(parser, macro, args->items[next]);
        if (fold.names[next] == NULL) {
            return NULL;
        }
    }
    if (macro->pairs && strcmp(fold.names[0], fold.names[1]) == 0) {
        return parse_fail(parser, args->items[1]->offset, "%s() binds two different names", macro->name);
    }
    fold.filter = macro->filter ? args->items[next++] : NULL;
    fold.body = macro->bare ? NULL : args->items[next];
    struct node *node = parse_node(parser, NODE_FOLD, offset);
    if (node == NULL) {
        return NULL;
    }
    node->fold = fold;
    return adopt_all(parser, node, (struct node *[]){fold.range, fold.filter, fold.body}, 3);
}

static struct node *make_binding(struct parser *parser, const struct macro *macro, const struct node *name,
                                 struct node *value, struct node *body, struct node *node)
{
    const char *text = node == NULL ? NULL : variable(parser, macro, name);
    if (text == NULL) {
        return NULL;
    }
    node->bind = (struct node_bind){.name = text, .slot = -1, .value = value, .body = body};
    return adopt_all(parser, node, (struct node *[]){value, body}, 2);
}

static struct node *make_bind(struct parser *parser, const struct macro *macro, struct node *target,
                              const struct node_list *args, size_t offset)
{
    (void)target;
    return make_binding(parser, macro, args->items[0], args->items[1], args->items[2],
                        parse_node(parser, NODE_BIND, offset));
}

static struct node *make_opt_map(struct parser *parser, const struct macro *macro, struct node *target,
                                 const struct node_list *args, size_t offset)
{
    enum node_kind kind = strcmp(macro->name, "optMap") == 0 ? NODE_OPT_MAP : NODE_OPT_FLAT_MAP;
    return make_binding(parser, macro, args->items[0], target, args->items[1],
                        parse_node(parser, kind, offset));
}

static struct node *make_otherwise(struct parser *parser, const struct macro *macro, struct node *target,
                                   const struct node_list *args, size_t offset)
{
    enum node_kind kind = strcmp(macro->name, "or") == 0 ? NODE_OPT_OR : NODE_OPT_OR_VALUE;
    struct node *node = parse_node(parser, kind, offset);
    if (node == NULL) {
        return NULL;
    }
    node->otherwise = (struct node_otherwise){.first = target, .other = args->items[0]};
    return adopt_all(parser, node, (struct node *[]){target, args->items[0]}, 2);
}

static const struct macro macros[] = {
    {"has", STYLE_GLOBAL, 1, make_has, 0, false, false, false},
    {"all", STYLE_MEMBER, 2, make_fold, FOLD_ALL, false, false, false},
    {"all", STYLE_MEMBER, 3, make_fold, FOLD_ALL, true, false, false},
    {"exists", STYLE_MEMBER, 2, make_fold, FOLD_EXISTS, false, false, false},
    {"exists", STYLE_MEMBER, 3, make_fold, FOLD_EXISTS, true, false, false},
    {"exists_one", STYLE_MEMBER, 2, make_fold, FOLD_EXISTS_ONE, false, false, false},
    {"exists_one", STYLE_MEMBER, 3, make_fold, FOLD_EXISTS_ONE, true, false, false},
    {"existsOne", STYLE_MEMBER, 2, make_fold, FOLD_EXISTS_ONE, false, false, false},
    {"existsOne", STYLE_MEMBER, 3, make_fold, FOLD_EXISTS_ONE, true, false, false},
    {"map", STYLE_MEMBER, 2, make_fold, FOLD_LIST, false, false, false},
    {"map", STYLE_MEMBER, 3, make_fold, FOLD_LIST, false, true, false},
    {"filter", STYLE_MEMBER, 2, make_fold, FOLD_LIST, false, true, true},
    {"transformList", STYLE_MEMBER, 3, make_fold, FOLD_LIST, true, false, false},
    {"transformList", STYLE_MEMBER, 4, make_fold, FOLD_LIST, true, true, false},
    {"transformMap", STYLE_MEMBER, 3, make_fold, FOLD_MAP, true, false, false},
    {"transformMap", STYLE_MEMBER, 4, make_fold, FOLD_MAP, true, true, false},
    {"transformMapEntry", STYLE_MEMBER, 3, make_fold, FOLD_ENTRIES, true, false, false},
    {"transformMapEntry", STYLE_MEMBER, 4, make_fold, FOLD_ENTRIES, true, true, false},
    {"bind", STYLE_CEL, 3, make_bind, 0, false, false, false},
    {"optMap", STYLE_MEMBER, 2, make_opt_map, 0, false, false, false},
    {"optFlatMap", STYLE_MEMBER, 2, make_opt_map, 0, false, false, false},
    {"or", STYLE_MEMBER, 1, make_otherwise, 0, false, false, false},
    {"orValue", STYLE_MEMBER, 1, make_otherwise, 0, false, false, false},
};

static bool has_style(enum macro_style style, const struct node *target)
{
    switch (style) {
    case STYLE_GLOBAL:
        return target == NULL;
    case STYLE_MEMBER:
        return target != NULL;
    case STYLE_CEL:
        return target != NULL && target->kind == NODE_NAME && strcmp(target->name.text, "cel") == 0;
    }
    return false;
}

bool macro_expand(struct parser *parser, const char *name, struct node *target, const struct node_list *args,
                  size_t offset, struct node **ret_node)
{
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++) {
        const struct macro *macro = &macros[i];
        bool wanted = !parser->no_macros || macro->make == make_otherwise; /* or() is lazy, but no macro */
        if (wanted && macro->count == args->count && strcmp(macro->name, name) == 0 &&
            has_style(macro->style, target)) {
            *ret_node = macro->make(parser, macro, target, args, offset);
            return true;
        }
    }
    return false;
}
