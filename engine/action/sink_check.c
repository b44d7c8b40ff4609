/* The table of the sinks, and what a pack may write into them: looked at once, when it is loaded.
 *
 * Only places and shapes are judged here; values are judged when they come. */
#include "engine/action/sink.h"

#include <string.h>

#include "engine/action/sink_rules.h"
#include "engine/base/text.h"

enum { GENERATED_BYTES_MIN = 16, GENERATED_BYTES_MAX = 128 };

const struct sink_rule *sink_rule(enum function_sink sink)
{
    static const struct sink_rule rules[SINK_COUNT] = {
        [SINK_SCRIPT] = {.shape = SHAPE_CONSTANT},
        [SINK_CONSTANT] = {.shape = SHAPE_CONSTANT},
        [SINK_ARGUMENT] = {SHAPE_ARGUMENTS, encode_plain, encode_plain, NULL, true},
        [SINK_LINES] = {SHAPE_TEXT, encode_word, encode_word, NULL, true},
        [SINK_JSON] = {SHAPE_ANY, encode_plain, encode_plain, NULL, true},
        [SINK_PATH] = {SHAPE_TEXT, encode_segment, NULL, NULL, false},
        [SINK_QUERY] = {SHAPE_NAMED, encode_word, encode_plain, encode_percent, false},
        [SINK_FORM] = {SHAPE_NAMED, encode_word, encode_plain, encode_percent, true},
        [SINK_HEADER] = {SHAPE_NAMED, encode_word, encode_header, encode_header, true},
        [SINK_XML] = {SHAPE_TEXT, encode_xml, NULL, NULL, false},
        [SINK_FILTER] = {SHAPE_TEXT, encode_filter, NULL, NULL, false},
        [SINK_DN] = {SHAPE_TEXT, encode_dn, encode_plain, NULL, false},
        [SINK_ATTRIBUTE] = {SHAPE_NAMED_LISTS, encode_plain, encode_plain, NULL, true},
    };
    return &rules[sink];
}

static bool has_key(const struct tree *tree, const char *key)
{
    return tree->kind == TREE_MAP && tree->count == 1 && strcmp(tree->keys[0], key) == 0;
}

bool sink_is_placeholder(const struct tree *tree)
{
    return has_key(tree, "secret") || has_key(tree, "generated");
}

bool sink_is_xml(const struct tree *tree)
{
    return has_key(tree, "xml");
}

static int tell(struct diag_list *diags, const struct tree *tree, const char *name, const char *what)
{
    diag_error(diags, tree->line, tree->col, "'%s': %s", name, what);
    return -1;
}

static const char *found(const struct tree *tree)
{
    return tree->kind == TREE_MAP ? "a map" : tree->kind == TREE_LIST ? "a list" : "a text";
}

/* {secret: NAME} is one of the place's entry; {generated: {length, form}} a password that the worker makes.
 */
static int check_placeholder(const struct tree *tree, const char *name, struct diag_list *diags)
{
    if (!tree_is_constant(tree)) {
        return tell(diags, tree, name, "a secret is named by a constant: no {{ }} here");
    }
    struct value value = tree_eval(tree->items[0], NULL, diags->arena);
    if (has_key(tree, "secret")) {
        return value.kind == VALUE_STRING && text_is_word(value.text, value.len)
                   ? 0
                   : tell(diags, tree, name, "expected the secret's name in the entry of the place");
    }
    int64_t length = value_get_int(&value, "length", 0);
    const char *form = value_get_string(&value, "form", "");
    size_t known = (value_get(&value, "length") != NULL) + (value_get(&value, "form") != NULL);
    if (value.kind != VALUE_MAP || value.map->count != known || length < GENERATED_BYTES_MIN ||
        length > GENERATED_BYTES_MAX ||
        (*form != '\0' && strcmp(form, "ad") != 0 && strcmp(form, "plain") != 0)) {
        return tell(diags, tree, name, "expected {generated: {length: 16 to 128, form: plain or ad}}");
    }
    return 0;
}

/* A constant part of a path, or the text before a hole: whole segments only, and none that a client folds
 * away. */
static const char *path_fault(const char *text)
{
    if (text[0] != '/') {
        return "a path begins with '/': host and scheme are the inventory's";
    }
    if (strpbrk(text, "?#\\ ") != NULL) {
        return "a path holds no '?', '#', '\\' or blank: a query stands under `query`";
    }
    for (const char *at = text; at != NULL; at = strchr(at + 1, '/')) {
        size_t len = strcspn(at + 1, "/");
        bool last = at[1 + len] == '\0';
        if ((len == 0 && !(last && at != text) && text[1] != '\0') || (len == 1 && at[1] == '.') ||
            (len == 2 && at[1] == '.' && at[2] == '.')) {
            return "a path holds no empty segment, '.' or '..'";
        }
    }
    return NULL;
}

/* The whole path with a letter for each hole: what is left are the constant parts, each in its place. */
static int check_path(const struct tree *tree, const char *name, struct diag_list *diags)
{
    BUF_SCOPED whole;
    buf_init(&whole, 0);
    if (tree->kind == TREE_CONSTANT) {
        buf_text(&whole, tree->constant.kind == VALUE_STRING ? tree->constant.text : "");
    } else {
        for (size_t i = 0; i < tree->template->count; i++) {
            const struct template_part *part = &tree->template->parts[i];
            buf_add(&whole, part->hole == NULL ? part->text : "x", part->hole == NULL ? part->len : 1);
        }
    }
    const char *fault = path_fault(buf_string(&whole));
    return fault == NULL ? 0 : tell(diags, tree, name, fault);
}

/* Is a hole behind these literal parts in the place of a value? In a filter: behind an '='. In XML: outside
 * of a tag. */
static bool hole_place_is_sound(enum function_sink sink, const char *before)
{
    if (sink == SINK_FILTER) {
        const char *open = strrchr(before, '(');
        const char *equals = strrchr(before, '=');
        return open != NULL && equals != NULL && equals > open;
    }
    const char *open = strrchr(before, '<');
    const char *close = strrchr(before, '>');
    return open == NULL || (close != NULL && close > open);
}

static int check_hole_places(const struct tree *tree, enum function_sink sink, const char *name,
                             struct diag_list *diags)
{
    BUF_SCOPED before;
    buf_init(&before, 0);
    for (size_t i = 0; i < tree->template->count; i++) {
        const struct template_part *part = &tree->template->parts[i];
        if (part->hole == NULL) {
            buf_add(&before, part->text, part->len);
        } else if (!hole_place_is_sound(sink, buf_string(&before))) {
            return tell(diags, tree, name,
                        sink == SINK_FILTER ? "a hole stands for a value only, behind an '='"
                                            : "a hole stands for text only, not inside a tag");
        } else {
            buf_char(&before, 'x');
        }
    }
    return 0;
}

/* One scalar of a sink. */
static int check_scalar(const struct tree *tree, enum function_sink sink, const char *name,
                        struct diag_list *diags)
{
    const struct sink_rule *rule = sink_rule(sink);
    if (sink_is_placeholder(tree)) {
        return rule->secrets ? check_placeholder(tree, name, diags)
                             : tell(diags, tree, name, "no secret may stand here: this text is shown");
    }
    if ((sink == SINK_FORM || sink == SINK_QUERY) && sink_is_xml(tree)) {
        return check_scalar(tree->items[0], SINK_XML, name, diags);
    }
    if (tree->kind == TREE_MAP || tree->kind == TREE_LIST) {
        diag_error(diags, tree->line, tree->col, "'%s': expected a text, found %s", name, found(tree));
        return -1;
    }
    if (tree->kind == TREE_TEMPLATE && template_is_single(tree->template) && rule->whole == NULL) {
        return tell(diags, tree, name,
                    "the text is written here; a hole stands for a value in it, never for all of it");
    }
    if (sink == SINK_PATH) {
        return check_path(tree, name, diags);
    }
    if (tree->kind == TREE_TEMPLATE && (sink == SINK_FILTER || sink == SINK_XML)) {
        return check_hole_places(tree, sink, name, diags);
    }
    return 0;
}

static int check_each(const struct tree *tree, enum function_sink sink, const char *name,
                      struct diag_list *diags)
{
    int result = 0;
    for (size_t i = 0; i < tree->count; i++) {
        result |= check_scalar(tree->items[i], sink, name, diags);
    }
    return result;
}

/* JSON: any shape; a placeholder is looked at wherever it stands. */
static int check_any(const struct tree *tree, const char *name, struct diag_list *diags)
{
    if (sink_is_placeholder(tree)) {
        return check_placeholder(tree, name, diags);
    }
    int result = 0;
    for (size_t i = 0; i < tree->count; i++) {
        result |= check_any(tree->items[i], name, diags);
    }
    return result;
}

static int check_constant(const struct function_param *param, const struct tree *tree,
                          struct diag_list *diags)
{
    struct type type;
    struct value ignored;
    struct soar_err err;
    bool map = strcmp(param->type, "map") == 0;
    struct value given = tree_eval(tree, NULL, diags->arena);
    if (map || type_parse(diags->arena, param->type, &type, &err) < 0) {
        return !map || tree->kind == TREE_MAP ? 0 : tell(diags, tree, param->name, "expected a map");
    }
    if (type_check(&type, &given, diags->arena, &ignored, &err) < 0) {
        return tell(diags, tree, param->name, err.text);
    }
    return 0;
}

static int check_named_lists(const struct tree *tree, const char *name, struct diag_list *diags)
{
    int result = 0;
    for (size_t i = 0; i < tree->count; i++) {
        result |= tree->items[i]->kind == TREE_LIST
                      ? check_each(tree->items[i], SINK_ATTRIBUTE, name, diags)
                      : tell(diags, tree->items[i], name, "expected a list of the attribute's values");
    }
    return result;
}

int sink_check(const struct pack_argument *argument, const struct yaml_node *node, struct diag_list *diags)
{
    const struct tree *tree = argument->tree;
    const struct function_param *param = argument->param;
    if (argument->lines != NULL) {
        return 0;
    }
    switch (sink_rule(param->sink)->shape) {
    case SHAPE_CONSTANT:
        return check_constant(param, tree, diags);
    case SHAPE_TEXT:
        return check_scalar(tree, param->sink, param->name, diags);
    case SHAPE_ARGUMENTS:
        if (strncmp(param->type, "list of ", strlen("list of ")) != 0) {
            return check_scalar(tree, param->sink, param->name, diags);
        }
        return tree->kind == TREE_LIST ? check_each(tree, param->sink, param->name, diags)
                                       : tell(diags, tree, param->name, "expected a list of texts");
    case SHAPE_ANY:
        return check_any(tree, param->name, diags);
    case SHAPE_NAMED:
        return tree->kind == TREE_MAP ? check_each(tree, param->sink, param->name, diags)
                                      : tell(diags, tree, param->name, "expected a map of names to texts");
    case SHAPE_NAMED_LISTS:
        return tree->kind == TREE_MAP ? check_named_lists(tree, param->name, diags)
                                      : tell(diags, tree, param->name, "expected a map of names to lists");
    }
    diag_error(diags, node->line, node->col, "'%s': unknown sink", param->name);
    return -1;
}
