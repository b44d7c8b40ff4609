/* Macros that walk a list or a map. all() and exists() are && and || over the items: they go on after an item
 * that failed, since a later one may decide. The others are strict, but look for an unknown even after an
 * error, which it outweighs. */
#include "engine/cel/eval.h"

struct walk {
    struct eval *eval;
    const struct node_fold *fold;
    const struct value *range;
    size_t index;
    struct value stands; /* what failed so far, or null */
};

static void bind_item(struct walk *walk)
{
    struct value *slots = walk->eval->slots + walk->fold->slot;
    const struct value *range = walk->range;
    bool map = range->kind == VALUE_MAP;
    struct value item = map ? range->map->keys[walk->index] : range->list->items[walk->index];
    if (walk->fold->pairs) {
        slots[0] = map ? item : value_int((int64_t)walk->index);
        slots[1] = map ? range->map->values[walk->index] : item;
    } else {
        slots[0] = item;
    }
}

static void note(struct walk *walk, const struct value *value)
{
    walk->stands = *eval_stands(&walk->stands, value);
}

/* A condition of one item: 1, 0, or -1 when it is no bool; that is noted. */
static int condition(struct walk *walk, const struct node *node)
{
    struct value value = eval_node(walk->eval, node);
    if (value.kind == VALUE_BOOL) {
        return value.boolean;
    }
    if (!eval_fails(&value)) {
        value = eval_error(walk->eval, "a condition is %s, not bool", value_kind_name(value.kind));
    }
    note(walk, &value);
    return -1;
}

/* `decides`: true for exists(), false for all(). */
static struct value quantify(struct walk *walk, bool decides)
{
    for (size_t count = value_count(walk->range); walk->index < count && !walk->eval->spent; walk->index++) {
        bind_item(walk);
        if (condition(walk, walk->fold->body) == decides) {
            return value_bool(decides);
        }
    }
    return eval_fails(&walk->stands) ? walk->stands : value_bool(!decides);
}

static struct value exists_one(struct walk *walk)
{
    size_t found = 0;
    for (size_t count = value_count(walk->range); walk->index < count && !walk->eval->spent; walk->index++) {
        bind_item(walk);
        found += condition(walk, walk->fold->body) == 1;
    }
    return eval_fails(&walk->stands) ? walk->stands : value_bool(found == 1);
}

/* Adds the entries of the body's map; how many they are. */
static size_t put_entries(struct walk *walk, struct value_builder *builder, const struct value *body)
{
    if (body->kind != VALUE_MAP) {
        struct value error =
            eval_error(walk->eval, "transformMapEntry() makes maps, not %s", value_kind_name(body->kind));
        note(walk, &error);
        return 0;
    }
    for (size_t i = 0; i < body->map->count; i++) {
        value_put(builder, body->map->keys[i], body->map->values[i]);
    }
    return body->map->count;
}

/* What one item adds to the result; how many entries that is. */
static size_t transform(struct walk *walk, struct value_builder *builder)
{
    const struct node_fold *fold = walk->fold;
    bind_item(walk);
    if (fold->filter != NULL && condition(walk, fold->filter) != 1) {
        return 0;
    }
    const struct value *slots = walk->eval->slots + fold->slot;
    struct value key =
        slots[0]; /* before the body, which may bind the same slot no more, but the next ones */
    struct value body = fold->body != NULL ? eval_node(walk->eval, fold->body) : key;
    note(walk, &body);
    if (eval_fails(&walk->stands)) {
        return 0;
    }
    if (fold->kind == FOLD_ENTRIES) {
        return put_entries(walk, builder, &body);
    }
    if (fold->kind == FOLD_MAP) {
        value_put(builder, key, body);
    } else {
        value_push(builder, body);
    }
    return 1;
}

static struct value collect(struct walk *walk)
{
    struct value_builder builder;
    size_t added = 0;
    value_build(&builder, walk->eval->arena);
    for (size_t count = value_count(walk->range); walk->index < count && !walk->eval->spent; walk->index++) {
        added += transform(walk, &builder);
    }
    if (eval_fails(&walk->stands)) {
        return walk->stands;
    }
    if (walk->fold->kind == FOLD_LIST) {
        return eval_bounded(walk->eval, value_end_list(&builder));
    }
    struct value map = value_end_map(&builder);
    return map.map->count < added ? eval_error(walk->eval, "a key stands twice in the map")
                                  : eval_bounded(walk->eval, map);
}

struct value eval_fold(struct eval *eval, const struct node_fold *fold)
{
    struct value range = eval_node(eval, fold->range);
    struct walk walk = {.eval = eval, .fold = fold, .range = &range, .stands = value_null()};
    if (eval_fails(&range)) {
        return range;
    }
    if (range.kind != VALUE_LIST && range.kind != VALUE_MAP) {
        return eval_error(eval, "a macro walks a list or a map, not %s", value_kind_name(range.kind));
    }
    switch (fold->kind) {
    case FOLD_ALL:
        return quantify(&walk, false);
    case FOLD_EXISTS:
        return quantify(&walk, true);
    case FOLD_EXISTS_ONE:
        return exists_one(&walk);
    case FOLD_LIST:
    case FOLD_MAP:
    case FOLD_ENTRIES:
    case FOLD_KIND_COUNT:
        break;
    }
    return collect(&walk);
}
