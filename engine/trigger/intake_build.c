/* One alert from its tree: each expression evaluated over the payload, and nothing taken for what isn't
 * there. The one thing to know: a field that fails is absent and noted, for an alert must not be lost because
 * one field of it is odd; but a status or an id that fails refuses the alert, for a closed one must not look
 * open. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/trigger/intake_parts.h"

static bool build_node(struct intake_build *build, const struct intake_node *node, const char *path,
                       struct value *ret_value);

static bool get_name(void *arg, const char *name, size_t len, struct arena *arena, struct value *ret_value)
{
    const struct intake_build *build = arg;
    (void)arena;
    for (size_t i = build->name_count; i > 0; i--) {
        if (strlen(build->names[i - 1]) == len && memcmp(build->names[i - 1], name, len) == 0) {
            *ret_value = build->values[i - 1];
            return true;
        }
    }
    return false;
}

void intake_build_init(struct intake_build *build, const struct intake_source *source, struct arena *arena)
{
    *build = (struct intake_build){.source = source, .arena = arena};
    build->scope = (struct cel_scope){.get = get_name, .arg = build};
    value_build(&build->notes, arena);
}

void intake_build_name(struct intake_build *build, const char *name, struct value value)
{
    if (build->name_count < LIMIT_INTAKE_NAMES) {
        build->names[build->name_count] = name;
        build->values[build->name_count++] = value;
    }
}

void intake_note(struct intake_build *build, const char *format, ...)
{
    va_list args;
    if (build->notes.count >= LIMIT_INTAKE_NOTES) {
        return;
    }
    va_start(args, format);
    struct value text = value_text(build->arena, arena_vprintf(build->arena, format, args));
    va_end(args);
    value_push(&build->notes, text);
}

static void fail(struct intake_build *build, const char *path, const char *why)
{
    bool gate = strcmp(path, "status") == 0 || strcmp(path, "id") == 0 || path[0] == '\0';
    const char *text = arena_printf(build->arena, "%s: %s", path[0] == '\0' ? "alert" : path, why);
    if (gate && build->refused == NULL) {
        build->refused = text;
    }
    intake_note(build, "%s", text);
}

static bool take(struct intake_build *build, const struct value *value, struct value *ret_value);

static bool take_list(struct intake_build *build, const struct value *list, struct value *ret_value)
{
    struct value_builder taken;
    struct value item;
    value_build(&taken, build->arena);
    for (size_t i = 0; i < list->list->count; i++) {
        if (take(build, &list->list->items[i], &item)) {
            value_push(&taken, item);
        }
    }
    bool some = taken.count > 0;
    *ret_value = value_end_list(&taken);
    return some;
}

static bool take_map(struct intake_build *build, const struct value *map, struct value *ret_value)
{
    struct value_builder taken;
    struct value item;
    value_build(&taken, build->arena);
    for (size_t i = 0; i < map->map->count; i++) {
        if (map->map->keys[i].kind == VALUE_STRING && take(build, &map->map->values[i], &item)) {
            value_put(&taken, map->map->keys[i], item);
        }
    }
    bool some = taken.count > 0;
    *ret_value = value_end_map(&taken);
    return some;
}

/* An alert is JSON: a time becomes its text, as it will be when the record is read again. */
static bool take_as_json(struct intake_build *build, const struct value *value, struct value *ret_value)
{
    const char *text = json_text(build->arena, value);
    return json_parse(build->arena, text, strlen(text), ret_value, NULL) == 0;
}

/* A result as it may stand in an alert; false: it is nothing. */
static bool take(struct intake_build *build, const struct value *value, struct value *ret_value)
{
    *ret_value = *value;
    switch (value->kind) {
    case VALUE_NULL:
        return false;
    case VALUE_STRING:
        return value->len > 0;
    case VALUE_BOOL:
    case VALUE_INT:
        return true;
    case VALUE_OPTIONAL:
        return value->inner != NULL && take(build, value->inner, ret_value);
    case VALUE_LIST:
        return take_list(build, value, ret_value);
    case VALUE_MAP:
        return take_map(build, value, ret_value);
    case VALUE_DOUBLE:
    case VALUE_UINT:
    case VALUE_BYTES:
    case VALUE_TIME:
    case VALUE_SPAN:
    case VALUE_TYPE:
    case VALUE_IP:
    case VALUE_CIDR:
        return take_as_json(build, value, ret_value);
    case VALUE_UNKNOWN:
    case VALUE_ERROR:
    case VALUE_KIND_COUNT:
        break;
    }
    return false;
}

static bool evaluate(struct intake_build *build, const struct cel_program *program, const char *path,
                     struct value *ret_value)
{
    struct value value;
    struct soar_err err = {.text = ""};
    if (cel_value(program, &build->scope, build->arena, &value, &err) != 0) {
        fail(build, path, err.text);
        return false;
    }
    return take(build, &value, ret_value);
}

static bool build_map(struct intake_build *build, const struct intake_node *node, const char *path,
                      struct value *ret_value)
{
    struct value_builder map;
    struct value item;
    value_build(&map, build->arena);
    for (size_t i = 0; i < node->count; i++) {
        const char *inner =
            path[0] == '\0' ? node->keys[i] : arena_printf(build->arena, "%s.%s", path, node->keys[i]);
        if (build_node(build, &node->items[i], inner, &item)) {
            value_put_text(&map, node->keys[i], item);
        }
    }
    bool some = map.count > 0;
    *ret_value = value_end_map(&map);
    return some;
}

static void add(struct intake_build *build, struct value_builder *list, const struct value *item,
                const char *path)
{
    for (size_t i = 0; item->kind == VALUE_LIST && i < item->list->count; i++) {
        add(build, list, &item->list->items[i], path);
    }
    if (item->kind == VALUE_LIST) {
        return;
    }
    if (list->count == LIMIT_TARGETS) {
        intake_note(build, "%s: more than %d items; the rest is left out", path, LIMIT_TARGETS);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (value_equal(&list->values[i], item)) {
            return; /* said twice */
        }
    }
    value_push(list, *item);
}

static bool build_list(struct intake_build *build, const struct intake_node *node, const char *path,
                       struct value *ret_value)
{
    struct value_builder list;
    struct value item;
    value_build(&list, build->arena);
    for (size_t i = 0; i < node->count; i++) {
        const char *inner = arena_printf(build->arena, "%s[%zu]", path, list.count);
        if (build_node(build, &node->items[i], inner, &item)) {
            add(build, &list, &item, path);
        }
    }
    bool some = list.count > 0;
    *ret_value = value_end_list(&list);
    return some;
}

static bool build_each(struct intake_build *build, const struct intake_node *node, const char *path,
                       struct value *ret_value)
{
    struct value_builder list;
    struct value over;
    struct value item;
    size_t names = build->name_count;
    if (!evaluate(build, node->program, path, &over)) {
        return false;
    }
    if (over.kind != VALUE_LIST) {
        fail(build, path,
             arena_printf(build->arena, "expected a list, found a %s", value_kind_name(over.kind)));
        return false;
    }
    value_build(&list, build->arena);
    for (size_t i = 0; i < over.list->count && i < LIMIT_TARGETS; i++) {
        intake_build_name(build, node->name, over.list->items[i]);
        if (build_node(build, node->items, arena_printf(build->arena, "%s[%zu]", path, i), &item)) {
            add(build, &list, &item, path);
        }
        build->name_count = names;
    }
    bool some = list.count > 0;
    *ret_value = value_end_list(&list);
    return some;
}

static const char *word_of(struct arena *arena, const struct value *value)
{
    return value->kind == VALUE_STRING ? value->text
           : value->kind == VALUE_INT  ? arena_printf(arena, "%" PRId64, value->integer)
           : value->kind == VALUE_BOOL ? (value->boolean ? "true" : "false")
                                       : NULL;
}

/* Sources say 7, 7.0 and "7". */
static bool number_of(const struct value *value, double *ret_number)
{
    char *end = NULL;
    if (value->kind == VALUE_INT || value->kind == VALUE_DOUBLE) {
        *ret_number = value->kind == VALUE_INT ? (double)value->integer : value->real;
        return true;
    }
    if (value->kind != VALUE_STRING || strlen(value->text) != value->len) {
        return false;
    }
    *ret_number = strtod(value->text, &end);
    return end != value->text && *end == '\0';
}

static const struct intake_word *find_word(const struct intake_node *node, struct arena *arena,
                                           const struct value *value)
{
    double number = 0;
    const char *word = word_of(arena, value);
    if (node->at_least && !number_of(value, &number)) {
        return NULL;
    }
    for (size_t i = 0; i < node->word_count; i++) {
        const struct intake_word *one = &node->words[i];
        if (node->at_least ? number >= one->from : word != NULL && text_same_fold(one->word, word)) {
            return one;
        }
    }
    return NULL;
}

static bool build_lookup(struct intake_build *build, const struct intake_node *node, const char *path,
                         struct value *ret_value)
{
    struct value value;
    if (!evaluate(build, node->program, path, &value)) {
        return false;
    }
    const struct intake_word *word = find_word(node, build->arena, &value);
    if (word == NULL) {
        BUF_SCOPED shown = {0};
        const char *text = json_text(build->arena, &value);
        text_visible(&shown, text, strlen(text) < 60 ? strlen(text) : 60);
        intake_note(build, "%s: %s is not in the table", path, buf_string(&shown));
        return false;
    }
    *ret_value = word->is;
    return true;
}

static bool build_node(struct intake_build *build, const struct intake_node *node, const char *path,
                       struct value *ret_value)
{
    switch (node->kind) {
    case INTAKE_EXPRESSION:
        return evaluate(build, node->program, path, ret_value);
    case INTAKE_MAP:
        return build_map(build, node, path, ret_value);
    case INTAKE_LIST:
        return build_list(build, node, path, ret_value);
    case INTAKE_EACH:
        return build_each(build, node, path, ret_value);
    case INTAKE_LOOKUP:
        return build_lookup(build, node, path, ret_value);
    case INTAKE_KIND_COUNT:
        break;
    }
    return false;
}

bool intake_build_tree(struct intake_build *build, struct value *ret_alert)
{
    const struct intake_source *source = build->source;
    for (size_t i = 0; i < source->let_count; i++) {
        struct value value = cel_eval(source->lets[i].program, &build->scope, build->arena);
        intake_build_name(build, source->lets[i].name, value);
    }
    return build_node(build, &source->alert, "", ret_alert);
}
