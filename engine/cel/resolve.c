/* What a tree's names mean, as far as that is known before an evaluation. The one thing to know: variables
 * that macros bind become slots by depth of nesting, so an evaluation has no scopes of its own. A function
 * nobody knows is no mistake here: calling it is an error value, which || may absorb; cel_check() tells it to
 * who loads a file. */
#include "engine/cel/resolve.h"

#include <string.h>

#include "engine/base/limits.h"
#include "engine/cel/functions.h"
#include "engine/cel/regex.h"
#include "engine/cel/zone.h"

struct bound {
    const char *name;
    int slot;
    const struct bound *outer;
};

struct resolver {
    struct cel_program *program;
    const struct bound *bound; /* innermost first */
    size_t depth;              /* slots in use */
};

static void resolve(void *arg, struct node *node);

bool resolve_type(const char *name, struct value *ret_type)
{
    for (int kind = 0; kind < VALUE_UNKNOWN; kind++) {
        const char *type = value_kind_name((enum value_kind)kind);
        if (strcmp(type, name) == 0) {
            *ret_type = value_type(type);
            return true;
        }
    }
    return false;
}

static void resolve_name(const struct resolver *resolver, struct node *node)
{
    for (const struct bound *bound = resolver->bound; bound != NULL && !node->name.absolute;
         bound = bound->outer) {
        if (strcmp(bound->name, node->name.text) == 0) {
            node->name.slot = bound->slot;
            return;
        }
    }
}

/* The dotted name this node is, or NULL. */
static const char *path_of(const struct node *node, bool *ret_absolute)
{
    if (node->kind == NODE_NAME && node->name.slot < 0) {
        *ret_absolute = node->name.absolute;
        return node->name.text;
    }
    if (node->kind == NODE_SELECT) {
        *ret_absolute = node->select.absolute;
        return node->select.path;
    }
    return NULL;
}

static void resolve_select(struct resolver *resolver, struct node *node)
{
    resolve(resolver, node->select.operand);
    bool absolute = false;
    const char *path = path_of(node->select.operand, &absolute);
    bool plain =
        strpbrk(node->select.field, ".-/ ") == NULL; /* in backticks it is a key, not a part of a name */
    if (node->kind == NODE_SELECT && !node->select.optional && path != NULL && plain) {
        node->select.path = arena_printf(resolver->program->arena, "%s.%s", path, node->select.field);
        node->select.absolute = absolute;
    }
}

/* A target that makes a function's name together with the name called: optional.of(x). */
static bool resolve_namespace(struct resolver *resolver, struct node_call *call)
{
    bool absolute = false;
    const struct node *target = call->target;
    const char *path = target->kind == NODE_NAME ? target->name.text : path_of(target, &absolute);
    if (path == NULL) {
        return false;
    }
    const char *name = arena_printf(resolver->program->arena, "%s.%s", path, call->name);
    call->rows = function_find(name, FUNCTION_GLOBAL, &call->row_count);
    if (call->rows == NULL) {
        return false;
    }
    call->name = name;
    call->target = NULL;
    return true;
}

/* What can be prepared once because it is constant: a pattern, a time zone. A bad one is told when it is
 * used. */
static void prepare_constants(const struct resolver *resolver, struct node_call *call)
{
    const struct node *last = call->count > 0 ? call->args[call->count - 1] : NULL;
    if (last == NULL || last->kind != NODE_LITERAL || last->literal.kind != VALUE_STRING ||
        call->rows == NULL) {
        return;
    }
    if (strcmp(call->name, "matches") == 0) {
        call->pattern = regex_new(resolver->program->arena, last->literal.text, last->literal.len, NULL);
    } else if (strncmp(call->name, "get", 3) == 0 && call->target != NULL) {
        call->zone = zone_new(resolver->program->arena, last->literal.text, last->literal.len, NULL);
    }
}

static void resolve_call(struct resolver *resolver, struct node *node)
{
    struct node_call *call = &node->call;
    if (call->target != NULL) {
        resolve(resolver, call->target);
        if (!resolve_namespace(resolver, call)) {
            call->rows = function_find(call->name, FUNCTION_MEMBER, &call->row_count);
        }
    } else {
        call->rows = function_find(call->name, FUNCTION_GLOBAL, &call->row_count);
    }
    for (size_t i = 0; i < call->count; i++) {
        resolve(resolver, call->args[i]);
    }
    prepare_constants(resolver, call);
}

/* Resolves `node` (may be NULL) with `count` more names bound, from resolver->depth on. */
static void resolve_within(struct resolver *resolver, struct node *node, const char *const *names,
                           size_t count)
{
    struct bound bounds[2];
    const struct bound *outer = resolver->bound;
    if (node == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        bounds[i] = (struct bound){
            .name = names[i], .slot = (int)(resolver->depth + i), .outer = i == 0 ? outer : &bounds[i - 1]};
    }
    resolver->bound = &bounds[count - 1];
    resolver->depth += count;
    if (resolver->depth > resolver->program->slots) {
        resolver->program->slots = resolver->depth;
    }
    resolve(resolver, node);
    resolver->depth -= count;
    resolver->bound = outer;
}

static void resolve_fold(struct resolver *resolver, struct node_fold *fold)
{
    size_t count = fold->pairs ? 2 : 1;
    resolve(resolver, fold->range);
    fold->slot = (int)resolver->depth;
    if (resolver->depth + count > resolver->program->slots) {
        resolver->program->slots = resolver->depth + count;
    }
    resolve_within(resolver, fold->filter, fold->names, count);
    resolve_within(resolver, fold->body, fold->names, count);
}

static void resolve_bind(struct resolver *resolver, struct node_bind *bind)
{
    resolve(resolver, bind->value);
    bind->slot = (int)resolver->depth;
    resolve_within(resolver, bind->body, &bind->name, 1);
}

static void resolve(void *arg, struct node *node)
{
    struct resolver *resolver = arg;
    if (node->kind == NODE_NAME) {
        resolve_name(resolver, node);
    } else if (node->kind == NODE_SELECT || node->kind == NODE_HAS) {
        resolve_select(resolver, node);
    } else if (node->kind == NODE_CALL) {
        resolve_call(resolver, node);
    } else if (node->kind == NODE_FOLD) {
        resolve_fold(resolver, &node->fold);
    } else if (node->kind == NODE_BIND || node->kind == NODE_OPT_MAP || node->kind == NODE_OPT_FLAT_MAP) {
        resolve_bind(resolver, &node->bind);
    } else {
        syntax_children(node, resolve, resolver);
    }
}

void resolve_program(struct cel_program *program)
{
    struct resolver resolver = {.program = program};
    resolve(&resolver, program->root);
}
