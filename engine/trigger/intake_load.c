/* A mapping file's text becomes a checked source: the whole of it, or nothing and the list of its mistakes.
 * Every expression is compiled and its names are looked for here, so that a payload meets no surprise. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/trigger/intake_table.h"

static const char *read_source(struct intake_reader *reader, const struct yaml_node *node)
{
    if (!text_is_word(node->text, node->len) || node->len > LIMIT_NAME_BYTES ||
        strpbrk(node->text, "/:@") != NULL) {
        diag_error(reader->diags, node->line, node->col,
                   "'source': expected a word of letters, digits and . _ -, found '%.60s'", node->text);
    }
    return node->text;
}

static void read_lets(struct intake_reader *reader, const struct yaml_node *node,
                      struct intake_source *source)
{
    if (node->kind != YAML_MAP) {
        diag_error(reader->diags, node->line, node->col,
                   "'let': expected a map of names to expressions, found %s", bind_found(node));
        return;
    }
    struct intake_let *lets = arena_array(reader->arena, node->count, sizeof *lets);
    source->lets = lets;
    for (size_t i = 0; i < node->count; i++) {
        lets[i].name = node->keys[i]->text;
        lets[i].program = intake_read_expression(reader, node->items[i], lets[i].name);
        intake_read_name(reader, node->keys[i]);
    }
    source->let_count = node->count;
}

static const struct cel_program *read_optional(struct intake_reader *reader, const struct yaml_node *node,
                                               const char *what)
{
    return node == NULL ? NULL : intake_read_expression(reader, node, what);
}

static void check_pages(const struct intake_file *file, struct diag_list *diags)
{
    for (size_t i = 0; i < file->documented.count; i++) {
        if (strncmp(file->documented.items[i], "https://", 8) != 0) {
            const struct yaml_node *node = file->documented.node->items[i];
            diag_error(diags, node->line, node->col, "'documented': expected https://…, found '%.80s'",
                       node->text);
        }
    }
}

struct intake_source *intake_load(struct arena *arena, const char *text, size_t len, const char *origin,
                                  struct diag_list *diags)
{
    struct intake_file file = {0};
    size_t errors = diags->errors;
    struct intake_source *source = arena_alloc(arena, sizeof *source);
    struct intake_reader reader = {.arena = arena, .diags = diags, .name_count = 1, .names = {"document"}};
    const struct yaml_node *root = yaml_parse(arena, text, len, diags);
    if (root == NULL || bind_map(arena, root, intake_table(), &file, diags) != 0 || diags->errors > errors) {
        return NULL;
    }
    source->name = read_source(&reader, file.source);
    source->about = file.about;
    source->lacks = file.lacks;
    source->origin = arena_string(arena, origin);
    source->unfold = file.unfold;
    source->unpack = file.unpack;
    check_pages(&file, diags);
    source->split = read_optional(&reader, file.split, "split");
    source->when = intake_read_expression(&reader, file.when, "when");
    reader.names[reader.name_count++] = "event";
    if (file.let != NULL) {
        read_lets(&reader, file.let, source);
    }
    intake_read_tree(&reader, file.alert, "", &source->alert);
    if (source->alert.kind != INTAKE_MAP && source->alert.kind != INTAKE_EXPRESSION) {
        diag_error(diags, file.alert->line, file.alert->col,
                   "'alert': expected a map of soar's fields, or one expression that is an alert");
    }
    return diags->errors > errors ? NULL : source;
}
