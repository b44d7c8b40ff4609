/* Names, fields and indexes. The one thing to know: "a.b.c" is first looked up as one name, then as field c
 * of "a.b", and so on; the longest name that a scope has wins. Selecting from an optional value gives an
 * optional value again. */
#include <math.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/cel/eval.h"
#include "engine/cel/resolve.h"

static bool scope_get(struct eval *eval, const char *name, size_t len, struct value *ret_value)
{
    for (const struct cel_scope *scope = eval->scope; scope != NULL; scope = scope->outer) {
        if (scope->get(scope->arg, name, len, eval->arena, ret_value)) {
            return true;
        }
    }
    return resolve_type(name, ret_value);
}

/* In the container x.y a name z is x.y.z, else x.z, else z; `absolute` only z. */
static bool lookup(struct eval *eval, const char *name, bool absolute, struct value *ret_value)
{
    const char *container = absolute ? NULL : eval->program->container;
    size_t len = container != NULL ? strlen(container) : 0;
    while (len > 0) {
        const char *full = arena_printf(eval->arena, "%.*s.%s", (int)len, container, name);
        if (scope_get(eval, full, strlen(full), ret_value)) {
            return true;
        }
        while (len > 0 && container[len - 1] != '.') {
            len--;
        }
        len -= len > 0;
    }
    return scope_get(eval, name, strlen(name), ret_value);
}

struct value eval_name(struct eval *eval, const struct node_name *name)
{
    struct value value;
    if (name->slot >= 0) {
        return eval->slots[name->slot];
    }
    return lookup(eval, name->text, name->absolute, &value)
               ? value
               : eval_error(eval, "unknown variable '%s'", name->text);
}

static struct value no_key(struct eval *eval, const struct value *key)
{
    if (key->kind == VALUE_STRING) {
        BUF_SCOPED shown;
        buf_init(&shown, 0);
        text_visible(&shown, key->text, key->len < 64 ? key->len : 64);
        return eval_error(eval, "no such key: '%s'", buf_string(&shown));
    }
    return key->kind == VALUE_INT ? eval_error(eval, "no such key: %lld", (long long)key->integer)
                                  : eval_error(eval, "no such key: a %s", value_kind_name(key->kind));
}

/* The item number `key` is, or NULL: *ret_error says why if that isn't just absence. */
static const struct value *list_item(struct eval *eval, const struct value *list, const struct value *key,
                                     struct value *ret_error)
{
    int64_t index = -1;
    if (key->kind == VALUE_INT) {
        index = key->integer;
    } else if (key->kind == VALUE_UINT && key->natural <= INT64_MAX) {
        index = (int64_t)key->natural;
    } else if (key->kind == VALUE_DOUBLE && key->real == floor(key->real) && fabs(key->real) < 0x1p53) {
        index = (int64_t)key->real;
    } else if (key->kind != VALUE_UINT) {
        *ret_error = eval_error(eval, "a list has no item of the number '%s'", value_kind_name(key->kind));
        return NULL;
    }
    return index >= 0 ? value_at(list, (size_t)index) : NULL;
}

/* What `holder` has under `key`, or NULL: then *ret_error is an error unless the thing is just not there. */
static const struct value *find(struct eval *eval, const struct value *holder, const struct value *key,
                                struct value *ret_error)
{
    *ret_error = value_null();
    if (holder->kind == VALUE_MAP) {
        return value_find(holder, key);
    }
    if (holder->kind == VALUE_LIST) {
        return list_item(eval, holder, key, ret_error);
    }
    if (key->kind == VALUE_STRING) {
        *ret_error = eval_error(eval, "a %s has no fields and no keys", value_kind_name(holder->kind));
    } else {
        *ret_error = eval_no_overload(eval, "[]", (const struct value[]){*holder, *key}, 2);
    }
    return NULL;
}

/* holder[key]; `optional` makes absence a value. An unknown stays unknown, never an optional one. */
static struct value access(struct eval *eval, const struct value *holder, const struct value *key,
                           bool optional)
{
    struct value error;
    if (holder->kind == VALUE_OPTIONAL) {
        if (holder->inner == NULL) {
            return *holder;
        }
        holder = holder->inner;
        optional = true;
    }
    const struct value *found = find(eval, holder, key, &error);
    if (found != NULL) {
        return optional && !eval_fails(found) ? value_some(eval->arena, *found) : *found;
    }
    if (error.kind == VALUE_ERROR) {
        return error;
    }
    if (optional) {
        return value_none();
    }
    return holder->kind == VALUE_LIST
               ? eval_error(eval, "the list has no such item: it has %zu", value_count(holder))
               : no_key(eval, key);
}

struct value eval_select(struct eval *eval, const struct node_select *select)
{
    struct value value;
    if (select->path != NULL && lookup(eval, select->path, select->absolute, &value)) {
        return value;
    }
    struct value holder = eval_node(eval, select->operand);
    if (eval_fails(&holder)) {
        return holder;
    }
    const struct value *inner = holder.kind == VALUE_OPTIONAL ? holder.inner : &holder;
    struct value key = value_static(select->field);
    if (inner != NULL && inner->kind == VALUE_LIST) {
        return eval_error(eval, "no such field '%s': a list has no fields", select->field);
    }
    return access(eval, &holder, &key, select->optional);
}

struct value eval_has(struct eval *eval, const struct node_select *select)
{
    struct value holder = eval_node(eval, select->operand);
    const struct value *inner = holder.kind == VALUE_OPTIONAL ? holder.inner : &holder;
    if (inner == NULL) {
        return value_bool(false);
    }
    if (eval_fails(inner)) {
        return *inner;
    }
    if (inner->kind != VALUE_MAP) {
        return eval_error(eval, "no such field '%s': a %s has no fields", select->field,
                          value_kind_name(inner->kind));
    }
    return value_bool(value_get(inner, select->field) != NULL);
}

struct value eval_index(struct eval *eval, const struct node_index *index)
{
    struct value holder = eval_node(eval, index->operand);
    struct value key = eval_node(eval, index->key);
    const struct value *stands = eval_stands(&holder, &key);
    return eval_fails(stands) ? *stands : access(eval, &holder, &key, index->optional);
}
