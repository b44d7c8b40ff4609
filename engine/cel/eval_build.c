/* List and map literals, and how large a value may become. A list that holds one value a thousand times is
 * small in memory but not to whoever prints, copies or compares it; so what counts is the size it has when
 * written out. */
#include "engine/base/limits.h"
#include "engine/cel/eval.h"

enum { VALUE_COST = 8 }; /* of any value, beside its text */

struct weigher {
    size_t weight;
    size_t most;
    size_t depth;
    bool beyond; /* too much or too deep; the walk ended there */
    const struct value *unknown;
};

static void weigh(struct weigher *weigher, const struct value *value);

static void weigh_all(struct weigher *weigher, const struct value *values, size_t count)
{
    if (++weigher->depth > LIMIT_DEPTH) {
        weigher->beyond = true;
    }
    for (size_t i = 0; i < count && !weigher->beyond; i++) {
        weigh(weigher, &values[i]);
    }
    weigher->depth--;
}

static void weigh(struct weigher *weigher, const struct value *value)
{
    weigher->weight += VALUE_COST;
    switch (value->kind) {
    case VALUE_STRING:
    case VALUE_BYTES:
        weigher->weight += value->len;
        break;
    case VALUE_LIST:
        weigh_all(weigher, value->list->items, value->list->count);
        break;
    case VALUE_MAP:
        weigh_all(weigher, value->map->keys, value->map->count);
        weigh_all(weigher, value->map->values, value->map->count);
        break;
    case VALUE_OPTIONAL:
        weigh_all(weigher, value->inner, value->inner != NULL);
        break;
    case VALUE_UNKNOWN:
        weigher->unknown = weigher->unknown != NULL ? weigher->unknown : value;
        break;
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
    case VALUE_TIME:
    case VALUE_SPAN:
    case VALUE_TYPE:
    case VALUE_IP:
    case VALUE_CIDR:
    case VALUE_ERROR:
    case VALUE_KIND_COUNT:
        break;
    }
    weigher->beyond = weigher->beyond || weigher->weight > weigher->most;
}

size_t eval_weight(const struct value *value, const struct value **ret_unknown)
{
    struct weigher weigher = {.most = SIZE_MAX};
    weigh(&weigher, value);
    *ret_unknown = weigher.unknown;
    return weigher.weight;
}

struct value eval_bounded(struct eval *eval, struct value value)
{
    struct weigher weigher = {.most = LIMIT_CEL_VALUE_BYTES};
    weigh(&weigher, &value);
    if (weigher.beyond) {
        return eval_error(eval, "a %s of more than %d bytes or %d levels", value_kind_name(value.kind),
                          LIMIT_CEL_VALUE_BYTES, LIMIT_DEPTH);
    }
    eval_spend(eval, weigher.weight / (8 * VALUE_COST));
    return value;
}

/* An optional item is there or not: 1 and its value, 0, or -1 and an error. */
static int unwrap(struct eval *eval, bool optional, struct value *value)
{
    if (!optional || eval_fails(value)) {
        return 1;
    }
    if (value->kind != VALUE_OPTIONAL) {
        *value =
            eval_error(eval, "what follows '?' is %s, not an optional value", value_kind_name(value->kind));
        return 1;
    }
    if (value->inner == NULL) {
        return 0;
    }
    *value = *value->inner;
    return 1;
}

struct value eval_list(struct eval *eval, const struct node_items *items)
{
    struct value_builder builder;
    struct value stands = value_null();
    value_build(&builder, eval->arena);
    for (size_t i = 0; i < items->count; i++) {
        struct value item = eval_node(eval, items->values[i]);
        if (unwrap(eval, items->optional[i], &item) == 1) {
            stands = *eval_stands(&stands, &item);
            value_push(&builder, item);
        }
    }
    return eval_fails(&stands) ? stands : eval_bounded(eval, value_end_list(&builder));
}

static bool is_key(const struct value *key)
{
    return key->kind == VALUE_BOOL || key->kind == VALUE_INT || key->kind == VALUE_UINT ||
           key->kind == VALUE_STRING;
}

/* Evaluates one entry and adds it unless it is absent or failed; *stands is kept up to date. */
static bool add_entry(struct eval *eval, const struct node_items *items, size_t i,
                      struct value_builder *builder, struct value *stands)
{
    struct value key = eval_node(eval, items->keys[i]);
    struct value value = eval_node(eval, items->values[i]);
    int there = unwrap(eval, items->optional[i], &value);
    if (!eval_fails(&key) && !is_key(&key)) {
        key = eval_error(eval, "a %s can't be a key of a map", value_kind_name(key.kind));
    }
    *stands = *eval_stands(stands, &key);
    if (there == 0) {
        return false;
    }
    *stands = *eval_stands(stands, &value);
    if (eval_fails(stands)) {
        return false;
    }
    value_put(builder, key, value);
    return true;
}

struct value eval_map(struct eval *eval, const struct node_items *items)
{
    struct value_builder builder;
    struct value stands = value_null();
    size_t added = 0;
    value_build(&builder, eval->arena);
    for (size_t i = 0; i < items->count; i++) {
        added += add_entry(eval, items, i, &builder, &stands);
    }
    if (eval_fails(&stands)) {
        return stands;
    }
    struct value map = value_end_map(&builder);
    return map.map->count < added ? eval_error(eval, "a key stands twice in the map")
                                  : eval_bounded(eval, map);
}
