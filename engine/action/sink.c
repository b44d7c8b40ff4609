/* What goes to the worker: each argument by the rule of its sink. A rule that is broken ends the call before
 * it is made.
 *
 * Nothing here is scanned for {{ again, and no value from outside may pose as the place of a secret. */
#include "engine/action/sink.h"

#include <string.h>

#include "engine/action/sink_rules.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

struct sink_place { /* what rendering needs to know, handed down */
    const struct cel_scope *scope;
    const struct value *with;
    struct arena *arena;
};

static int text_of_address(const struct value *value, struct arena *arena, struct value *ret_text)
{
    const struct value *ip = value_get(value, "ip");
    const struct value *port = value_get(value, "port");
    if (ip == NULL || ip->kind != VALUE_STRING || value_get(value, "family") == NULL) {
        return -1;
    }
    if (port == NULL || port->kind != VALUE_INT) {
        *ret_text = *ip;
        return 0;
    }
    bool six = value_get_int(value, "family", 4) == 6;
    *ret_text = value_text(
        arena, arena_printf(arena, six ? "[%s]:%lld" : "%s:%lld", ip->text, (long long)port->integer));
    return 0;
}

int sink_text(const struct value *value, struct arena *arena, struct value *ret_text, struct soar_err *err)
{
    switch (value->kind) {
    case VALUE_STRING:
        *ret_text = *value;
        return 0;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
        *ret_text = value_text(arena, json_text(arena, value));
        return 0;
    case VALUE_TIME:
    case VALUE_SPAN:
    case VALUE_IP:
    case VALUE_CIDR: { /* JSON writes these as a string without anything to escape */
        char *quoted = json_text(arena, value);
        *ret_text = value_string(arena, quoted + 1, strlen(quoted) - 2);
        return 0;
    }
    case VALUE_MAP:
        if (text_of_address(value, arena, ret_text) == 0) {
            return 0;
        }
        break;
    case VALUE_UNKNOWN:
        return soar_err_set(err, SOAR_INVALID, "depends on what only the target can tell: %s", value->text);
    case VALUE_ERROR:
        return soar_err_set(err, SOAR_INVALID, "%s", value->text);
    case VALUE_NULL:
    case VALUE_BYTES:
    case VALUE_LIST:
    case VALUE_TYPE:
    case VALUE_OPTIONAL:
    case VALUE_KIND_COUNT:
        break;
    }
    return soar_err_set(err, SOAR_INVALID, "a %s has no text", value_kind_name(value->kind));
}

static int add_hole(struct buf *out, const struct cel_program *hole, sink_encode_fn encode,
                    const struct sink_place *place, struct soar_err *err)
{
    struct value value = cel_eval(hole, place->scope, place->arena);
    struct value text;
    if (sink_text(&value, place->arena, &text, err) < 0 || encode(out, text.text, text.len, err) < 0) {
        return soar_err_wrap(err, "{{%s}}", cel_text(hole));
    }
    return 0;
}

/* A template's text: literal parts as they stand, holes encoded. */
static int splice(struct buf *out, const struct template *template, const struct sink_rule *rule,
                  const struct sink_place *place, struct soar_err *err)
{
    sink_encode_fn encode = template_is_single(template) ? rule->whole : rule->spliced;
    for (size_t i = 0; i < template->count; i++) {
        const struct template_part *part = &template->parts[i];
        if (part->hole == NULL) {
            buf_add(out, part->text, part->len);
        } else if (add_hole(out, part->hole, encode, place, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int finish_text(struct buf *out, const struct sink_place *place, struct value *ret_value,
                       struct soar_err *err)
{
    if (out->failed || out->len > LIMIT_LINE_BYTES / 2) {
        return soar_err_set(err, SOAR_INVALID, "more than %d KiB of text", LIMIT_LINE_BYTES / 2 / 1024);
    }
    *ret_value = value_string(place->arena, buf_string(out), out->len);
    return 0;
}

static int render_scalar(const struct tree *tree, const struct sink_rule *rule,
                         const struct sink_place *place, struct value *ret_value, struct soar_err *err);

/* {xml: TEXT} as a form's value: XML first, then percent-encoded like any other. */
static int add_xml(struct buf *out, const struct tree *tree, const struct sink_place *place,
                   struct soar_err *err)
{
    struct value xml;
    if (render_scalar(tree->items[0], sink_rule(SINK_XML), place, &xml, err) < 0) {
        return -1;
    }
    buf_add(out, xml.text, xml.len);
    return 0;
}

/* `{{with.NAME}}` where NAME is a secret: it stays the reference it is. */
static bool is_secret_of(const struct value *value, const struct value *with)
{
    for (size_t i = 0; value->kind == VALUE_MAP && with != NULL && i < value_count(with); i++) {
        const struct value *own = &with->map->values[i];
        if (own->kind == VALUE_MAP && own->map == value->map && value_get(own, "secret") != NULL) {
            return true;
        }
    }
    return false;
}

static int render_scalar(const struct tree *tree, const struct sink_rule *rule,
                         const struct sink_place *place, struct value *ret_value, struct soar_err *err)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    if (sink_is_placeholder(tree)) {
        *ret_value = tree_eval(tree, NULL, place->arena);
        return 0;
    }
    if (sink_is_xml(tree)) {
        if (add_xml(&out, tree, place, err) < 0) {
            return -1;
        }
    } else if (tree->kind == TREE_CONSTANT) {
        struct value text;
        if (sink_text(&tree->constant, place->arena, &text, err) < 0) {
            return -1;
        }
        buf_add(&out, text.text, text.len);
    } else {
        if (rule->secrets && template_is_single(tree->template)) {
            struct value value = cel_eval(tree->template->parts[0].hole, place->scope, place->arena);
            if (is_secret_of(&value, place->with)) {
                *ret_value = value;
                return 0;
            }
        }
        if (splice(&out, tree->template, rule, place, err) < 0) {
            return -1;
        }
    }
    if (rule->finish != NULL) {
        BUF_SCOPED finished;
        buf_init(&finished, 0);
        return rule->finish(&finished, buf_string(&out), out.len, err) < 0
                   ? -1
                   : finish_text(&finished, place, ret_value, err);
    }
    return finish_text(&out, place, ret_value, err);
}

static int render_list(const struct tree *tree, const struct sink_rule *rule, const struct sink_place *place,
                       struct value *ret_value, struct soar_err *err)
{
    struct value *items = arena_array(place->arena, tree->count, sizeof(struct value));
    for (size_t i = 0; i < tree->count; i++) {
        if (render_scalar(tree->items[i], rule, place, &items[i], err) < 0) {
            return soar_err_wrap(err, "item %zu", i + 1);
        }
    }
    *ret_value = value_list(place->arena, items, tree->count);
    return 0;
}

/* Names are the pack's own constants; in a query or form they are encoded like the values. */
static int render_named(const struct tree *tree, const struct sink_rule *rule, const struct sink_place *place,
                        struct value *ret_value, struct soar_err *err)
{
    struct value_builder builder;
    value_build(&builder, place->arena);
    for (size_t i = 0; i < tree->count; i++) {
        struct value item;
        int result = rule->shape == SHAPE_NAMED_LISTS
                         ? render_list(tree->items[i], rule, place, &item, err)
                         : render_scalar(tree->items[i], rule, place, &item, err);
        BUF_SCOPED name;
        buf_init(&name, 0);
        sink_encode_fn encode = rule->finish != NULL ? rule->finish : encode_plain;
        if (result < 0 || encode(&name, tree->keys[i], strlen(tree->keys[i]), err) < 0) {
            return soar_err_wrap(err, "%s", tree->keys[i]);
        }
        value_put(&builder, value_string(place->arena, buf_string(&name), name.len), item);
    }
    *ret_value = value_end_map(&builder);
    return 0;
}

/* A value from outside, all of it: nothing unknown, and nothing that a worker would take for a secret's
 * place. */
static int check_json_value(const struct value *value, const struct sink_place *place, struct soar_err *err)
{
    if (value->kind == VALUE_UNKNOWN || value->kind == VALUE_ERROR) {
        struct value ignored;
        return sink_text(value, place->arena, &ignored, err);
    }
    if (is_secret_of(value, place->with)) {
        return 0;
    }
    if (value->kind == VALUE_OPTIONAL && value->inner != NULL) {
        return check_json_value(value->inner, place, err);
    }
    if (value->kind == VALUE_MAP &&
        (value_get(value, "secret") != NULL || value_get(value, "generated") != NULL)) {
        return soar_err_set(err, SOAR_INVALID,
                            "a value may not have a key 'secret' or 'generated': it would pass for a secret");
    }
    size_t count = value->kind == VALUE_MAP    ? value->map->count
                   : value->kind == VALUE_LIST ? value->list->count
                                               : 0;
    const struct value *items = value->kind == VALUE_MAP    ? value->map->values
                                : value->kind == VALUE_LIST ? value->list->items
                                                            : NULL;
    for (size_t i = 0; i < count; i++) {
        if (check_json_value(&items[i], place, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int render_any(const struct tree *tree, const struct sink_place *place, struct value *ret_value,
                      struct soar_err *err)
{
    if (tree->kind == TREE_CONSTANT || sink_is_placeholder(tree)) {
        *ret_value = tree_eval(tree, NULL, place->arena);
        return 0;
    }
    if (tree->kind == TREE_TEMPLATE && template_is_single(tree->template)) {
        *ret_value = cel_eval(tree->template->parts[0].hole, place->scope, place->arena);
        return check_json_value(ret_value, place, err) < 0
                   ? soar_err_wrap(err, "{{%s}}", cel_text(tree->template->parts[0].hole))
                   : 0;
    }
    if (tree->kind == TREE_TEMPLATE) {
        return render_scalar(tree, sink_rule(SINK_JSON), place, ret_value, err);
    }
    struct value_builder builder;
    value_build(&builder, place->arena);
    for (size_t i = 0; i < tree->count; i++) {
        struct value item;
        if (render_any(tree->items[i], place, &item, err) < 0) {
            return tree->kind == TREE_MAP ? soar_err_wrap(err, "%s", tree->keys[i])
                                          : soar_err_wrap(err, "item %zu", i + 1);
        }
        if (tree->kind == TREE_MAP) {
            value_put_text(&builder, tree->keys[i], item);
        } else {
            value_push(&builder, item);
        }
    }
    *ret_value = tree->kind == TREE_MAP ? value_end_map(&builder) : value_end_list(&builder);
    return 0;
}

static int render(const struct pack_argument *argument, const struct sink_place *place,
                  struct value *ret_value, struct soar_err *err)
{
    const struct tree *tree = argument->tree;
    const struct sink_rule *rule = sink_rule(argument->param->sink);
    if (argument->lines != NULL) {
        return sink_lines(argument->lines, place->scope, place->arena, ret_value, err);
    }
    switch (rule->shape) {
    case SHAPE_CONSTANT:
        *ret_value = tree_eval(tree, NULL, place->arena);
        return 0;
    case SHAPE_TEXT:
        return render_scalar(tree, rule, place, ret_value, err);
    case SHAPE_ARGUMENTS:
        return tree->kind == TREE_LIST ? render_list(tree, rule, place, ret_value, err)
                                       : render_scalar(tree, rule, place, ret_value, err);
    case SHAPE_ANY:
        return render_any(tree, place, ret_value, err);
    case SHAPE_NAMED:
    case SHAPE_NAMED_LISTS:
        return render_named(tree, rule, place, ret_value, err);
    }
    return soar_err_set(err, SOAR_INVALID, "unknown sink");
}

int sink_render(const struct pack_argument *argument, const struct cel_scope *scope, const struct value *with,
                struct arena *arena, struct value *ret_value, struct soar_err *err)
{
    const struct sink_place place = {.scope = scope, .with = with, .arena = arena};
    return render(argument, &place, ret_value, err) < 0 ? soar_err_wrap(err, "%s", argument->param->name) : 0;
}

/* The lines of one item of `lines:`, in a scope that knows the loop's name. */
static int add_line(struct buf *out, const struct pack_line *line, const struct sink_place *place,
                    struct soar_err *err)
{
    bool wanted = true;
    if (line->when != NULL && cel_bool(line->when, place->scope, place->arena, &wanted, err) < 0) {
        return soar_err_wrap(err, "line %d: when", line->line);
    }
    if (wanted && splice(out, line->template, sink_rule(SINK_LINES), place, err) < 0) {
        return soar_err_wrap(err, "line %d", line->line);
    }
    if (wanted && out->len > 0 && out->data[out->len - 1] != '\n') {
        buf_char(out, '\n');
    }
    return 0;
}

static int add_each(struct buf *out, const struct pack_line *line, const struct sink_place *place,
                    struct soar_err *err)
{
    struct value list;
    if (cel_value(line->in, place->scope, place->arena, &list, err) < 0) {
        return soar_err_wrap(err, "line %d: in", line->line);
    }
    if (list.kind != VALUE_LIST) {
        return soar_err_set(err, SOAR_INVALID, "line %d: in: expected a list, found a %s", line->line,
                            value_kind_name(list.kind));
    }
    for (size_t i = 0; i < list.list->count; i++) {
        struct value_builder builder;
        value_build(&builder, place->arena);
        value_put_text(&builder, line->each, list.list->items[i]);
        struct value names = value_end_map(&builder);
        struct cel_scope scope = cel_scope_map(&names, place->scope);
        struct sink_place inner = *place;
        inner.scope = &scope;
        if (add_line(out, line, &inner, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int sink_lines(const struct pack_lines *lines, const struct cel_scope *scope, struct arena *arena,
               struct value *ret_text, struct soar_err *err)
{
    const struct sink_place place = {.scope = scope, .arena = arena};
    BUF_SCOPED out;
    buf_init(&out, LIMIT_LINE_BYTES);
    for (size_t i = 0; i < lines->count; i++) {
        const struct pack_line *line = &lines->items[i];
        int result =
            line->each != NULL ? add_each(&out, line, &place, err) : add_line(&out, line, &place, err);
        if (result < 0) {
            return -1;
        }
    }
    return finish_text(&out, &place, ret_text, err);
}
