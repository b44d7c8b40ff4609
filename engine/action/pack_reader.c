/* The small words of the pack's reader: expressions, names, bindings, lines, each told with its place when it
 * is wrong. */
#include <ctype.h>
#include <string.h>

#include "engine/action/pack_parts.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

void reader_mark(struct pack_reader *reader, const void *thing, const struct yaml_node *node)
{
    if (reader->mark_count == reader->mark_size) {
        size_t size = reader->mark_size == 0 ? 64 : reader->mark_size * 2;
        struct pack_mark *marks = arena_array(reader->arena, size, sizeof *marks);
        if (reader->mark_count > 0) {
            memcpy(marks, reader->marks, reader->mark_count * sizeof *marks);
        }
        reader->marks = marks;
        reader->mark_size = size;
    }
    reader->marks[reader->mark_count++] = (struct pack_mark){.thing = thing, .node = node};
}

const struct yaml_node *reader_where(const struct pack_reader *reader, const void *thing)
{
    for (size_t i = 0; i < reader->mark_count; i++) {
        if (reader->marks[i].thing == thing) {
            return reader->marks[i].node;
        }
    }
    return NULL;
}

static bool has_hole(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && memmem(node->text, node->len, "{{", 2) != NULL;
}

struct cel_program *reader_cel(struct pack_reader *reader, const struct yaml_node *node, const char *what)
{
    struct cel_program *program;
    struct soar_err err;
    size_t offset = 0;
    int line;
    int col;
    if (node == NULL) {
        return NULL;
    }
    if (node->kind != YAML_SCALAR || node->len == 0) {
        diag_error(reader->diags, node->line, node->col, "'%s': expected an expression, found %s", what,
                   bind_found(node));
        return NULL;
    }
    if (has_hole(node)) {
        diag_error(reader->diags, node->line, node->col, "'%s' is a bare expression: write it without {{ }}",
                   what);
        return NULL;
    }
    if (cel_compile(reader->arena, node->text, node->len, NULL, &program, &offset, &err) < 0) {
        yaml_place(node, offset, &line, &col);
        diag_error(reader->diags, line, col, "'%s': %s", what, err.text);
        return NULL;
    }
    reader_mark(reader, program, node);
    return program;
}

bool reader_constant(struct pack_reader *reader, const struct yaml_node *node, const char *what)
{
    bool constant = true;
    if (has_hole(node)) {
        diag_error(reader->diags, node->line, node->col, "'%s' is a constant: no {{ }} may stand here", what);
        constant = false;
    }
    for (size_t i = 0; i < node->count; i++) {
        constant = reader_constant(reader, node->items[i], what) && constant;
    }
    return constant;
}

bool reader_name(struct pack_reader *reader, const struct yaml_node *node, const char *text)
{
    static const char *const ours[] = {"with",  "target", "directory", "service", "run",  "task",
                                       "prior", "kept",   "result",    "alert",   "vars", "steps",
                                       "true",  "null",   "in",        "false",   NULL};
    bool sound = (isalpha((unsigned char)text[0]) || text[0] == '_') && strlen(text) <= LIMIT_NAME_BYTES;
    for (const char *at = text; *at != '\0'; at++) {
        sound = sound && (isalnum((unsigned char)*at) || *at == '_');
    }
    if (!sound) {
        diag_error(reader->diags, node->line, node->col,
                   "'%.60s' is no name: letters, digits and _, not first a digit", text);
        return false;
    }
    for (size_t i = 0; ours[i] != NULL; i++) {
        if (strcmp(text, ours[i]) == 0) {
            diag_error(reader->diags, node->line, node->col,
                       "'%s' has its meaning already: take another name", text);
            return false;
        }
    }
    return true;
}

size_t reader_bindings(struct pack_reader *reader, const struct yaml_node *node, const char *what,
                       const struct pack_binding **ret_bindings)
{
    *ret_bindings = NULL;
    if (node == NULL) {
        return 0;
    }
    if (node->kind != YAML_MAP) {
        diag_error(reader->diags, node->line, node->col,
                   "'%s': expected a map of names to expressions, found %s", what, bind_found(node));
        return 0;
    }
    struct pack_binding *bindings = arena_array(reader->arena, node->count, sizeof *bindings);
    for (size_t i = 0; i < node->count; i++) {
        bindings[i].name = node->keys[i]->text;
        bindings[i].line = node->keys[i]->line;
        bindings[i].col = node->keys[i]->col;
        reader_name(reader, node->keys[i], node->keys[i]->text);
        bindings[i].program = reader_cel(reader, node->items[i], node->keys[i]->text);
    }
    *ret_bindings = bindings;
    return node->count;
}

static struct template *read_template(struct pack_reader *reader, const struct yaml_node *node)
{
    struct template *template;
    struct soar_err err;
    size_t offset = 0;
    int line;
    int col;
    if (template_parse(reader->arena, node->text, node->len, &template, &offset, &err) < 0) {
        yaml_place(node, offset, &line, &col);
        diag_error(reader->diags, line, col, "%s", err.text);
        return NULL;
    }
    reader_mark(reader, template, node);
    return template;
}

static void read_line(struct pack_reader *reader, const struct yaml_node *node, struct pack_line *line)
{
    line->line = node->line;
    line->col = node->col;
    if (node->kind == YAML_SCALAR) {
        line->template = read_template(reader, node);
        return;
    }
    struct file_line file = {0};
    if (bind_map(reader->arena, node, &pack_line_table, &file, reader->diags) < 0) {
        return;
    }
    if ((file.each == NULL) != (file.in == NULL)) {
        diag_error(reader->diags, node->line, node->col,
                   "`each` and `in` stand together: {each: NAME, in: LIST, line: TEXT}");
    }
    if (file.each != NULL && reader_name(reader, yaml_get(node, "each"), file.each)) {
        line->each = file.each;
    }
    line->in = reader_cel(reader, file.in, "in");
    line->when = reader_cel(reader, file.when, "when");
    line->template = read_template(reader, file.line);
}

const struct pack_lines *reader_lines(struct pack_reader *reader, const struct yaml_node *node)
{
    const struct yaml_node *list = yaml_get(node, "lines");
    if (node->count != 1 || list == NULL || list->kind != YAML_LIST) {
        diag_error(reader->diags, node->line, node->col,
                   "expected {lines: [...]}, a list of texts and {each, in, line}");
        return NULL;
    }
    struct pack_lines *lines = arena_alloc(reader->arena, sizeof *lines);
    struct pack_line *items = arena_array(reader->arena, list->count, sizeof *items);
    for (size_t i = 0; i < list->count; i++) {
        read_line(reader, list->items[i], &items[i]);
    }
    lines->count = list->count;
    lines->items = items;
    return lines;
}
