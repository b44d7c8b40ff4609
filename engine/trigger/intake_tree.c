/* The tree of `alert:` from YAML: each scalar an expression, each name in it known, each key one of soar's
 * own form (language.md), each word of a table one that its field may have. Tells all mistakes, with their
 * places.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/trigger/intake_parts.h"

enum { NESTING_MAX = 16 /* of the tree: recursion stays on the stack */ };

static const char *const alert_keys[] = {
    "id",   "status", "severity",  "confidence", "time",   "title",   "description",
    "url",  "rule",   "user_id",   "users",      "hosts",  "process", "network",
    "file", "cloud",  "container", "count",      "labels", "tags",    NULL};
static const char *const host_keys[] = {"name", "os", "ip", "id", "domain", "fqdn", "mac", "type", NULL};
static const char *const user_keys[] = {"name", "domain", "id", "email", "full_name", NULL};
static const char *const rule_keys[] = {"id",          "name",     "technique", "tactic",
                                        "description", "category", "url",       NULL};
static const char *const severities[] = {"informational", "low", "medium", "high", "critical", NULL};
static const char *const states[] = {"open", "resolved", NULL};

/* What may stand at a path; NULL: anything. */
static const char *const *keys_of(const char *path)
{
    static const struct {
        const char *path;
        const char *const *keys;
    } known[] = {{"", alert_keys}, {"hosts[]", host_keys}, {"users[]", user_keys}, {"rule", rule_keys}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].path, path) == 0) {
            return known[i].keys;
        }
    }
    return NULL;
}

static bool is_one_of(const char *const *words, const char *word)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

struct naming {
    const struct intake_reader *reader;
    const struct yaml_node *node;
};

static void check_name(void *arg, const char *root, const char *path, bool optional, size_t offset)
{
    const struct naming *naming = arg;
    const struct intake_reader *reader = naming->reader;
    (void)path;
    (void)optional;
    if (!is_one_of(reader->names, root)) {
        int line = 0;
        int col = 0;
        yaml_place(naming->node, offset, &line, &col);
        diag_error(reader->diags, line, col, "unknown name '%s'%s", root,
                   bind_meant(reader->arena, root, reader->names));
    }
}

const struct cel_program *intake_read_expression(struct intake_reader *reader, const struct yaml_node *node,
                                                 const char *what)
{
    struct cel_program *program = NULL;
    struct soar_err err = {.text = ""};
    size_t offset = 0;
    if (node->kind != YAML_SCALAR || node->len == 0) {
        diag_error(reader->diags, node->line, node->col, "'%s': expected an expression, found %s", what,
                   bind_found(node));
        return NULL;
    }
    if (cel_compile(reader->arena, node->text, node->len, NULL, &program, &offset, &err) != 0 ||
        cel_check(program, &offset, &err) != 0) {
        int line = 0;
        int col = 0;
        yaml_place(node, offset, &line, &col);
        diag_error(reader->diags, line, col, "'%s': %s", what, err.text);
        return NULL;
    }
    struct naming naming = {.reader = reader, .node = node};
    cel_names(program, check_name, &naming);
    return program;
}

static bool is_identifier(const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        bool letter =
            (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '_';
        if (!letter && (i == 0 || text[i] < '0' || text[i] > '9')) {
            return false;
        }
    }
    return text[0] != '\0';
}

bool intake_read_name(struct intake_reader *reader, const struct yaml_node *node)
{
    if (node->kind != YAML_SCALAR || !is_identifier(node->text)) {
        diag_error(reader->diags, node->line, node->col,
                   "expected a name of letters, digits and _, not first a digit");
        return false;
    }
    if (is_one_of(reader->names, node->text)) {
        diag_error(reader->diags, node->line, node->col, "the name '%s' is taken", node->text);
        return false;
    }
    if (reader->name_count == LIMIT_INTAKE_NAMES) {
        diag_error(reader->diags, node->line, node->col, "more than %d names", LIMIT_INTAKE_NAMES);
        return false;
    }
    reader->names[reader->name_count++] = node->text;
    reader->names[reader->name_count] = NULL;
    return true;
}

/* Only these keys, and all of them; the others tell what is expected. */
static bool check_form(struct intake_reader *reader, const struct yaml_node *node, const char *const *keys,
                       const char *form)
{
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        if (!is_one_of(keys, node->keys[i]->text)) {
            diag_error(reader->diags, node->keys[i]->line, node->keys[i]->col, "unknown key '%s' in %s",
                       node->keys[i]->text, form);
            good = false;
        }
    }
    for (size_t i = 0; good && keys[i] != NULL; i++) {
        if (yaml_get(node, keys[i]) == NULL) {
            diag_error(reader->diags, node->line, node->col, "'%s' is missing in %s", keys[i], form);
            good = false;
        }
    }
    return good;
}

static void read_each(struct intake_reader *reader, const struct yaml_node *node, const char *path,
                      struct intake_node *ret_node)
{
    static const char *const keys[] = {"each", "in", "give", NULL};
    ret_node->kind = INTAKE_EACH;
    if (!check_form(reader, node, keys, "{each: NAME, in: LIST, give: …}")) {
        return;
    }
    struct intake_node *give = arena_alloc(reader->arena, sizeof *give);
    size_t names = reader->name_count;
    ret_node->program = intake_read_expression(reader, yaml_get(node, "in"), "in");
    ret_node->name = yaml_get(node, "each")->text;
    if (intake_read_name(reader, yaml_get(node, "each"))) {
        intake_read_tree(reader, yaml_get(node, "give"), path, give);
    }
    reader->name_count = names;
    reader->names[names] = NULL;
    ret_node->items = give;
    ret_node->count = 1;
}

/* A word that the field may not have would be taken out of every alert: better said now. */
static void check_result(struct intake_reader *reader, const struct yaml_node *node, const char *path)
{
    bool severity = strcmp(path, "severity") == 0;
    const char *const *words = severity ? severities : strcmp(path, "status") == 0 ? states : NULL;
    if (words != NULL && !is_one_of(words, node->text)) {
        diag_error(reader->diags, node->line, node->col, "'%s': expected %s, found '%.60s'%s", path,
                   severity ? "informational, low, medium, high or critical" : "open or resolved", node->text,
                   bind_meant(reader->arena, node->text, words));
    }
}

static int falling(const void *a, const void *b)
{
    double first = ((const struct intake_word *)a)->from;
    double second = ((const struct intake_word *)b)->from;
    return first < second ? 1 : first > second ? -1 : 0;
}

static void read_words(struct intake_reader *reader, const struct yaml_node *table, const char *path,
                       struct intake_node *ret_node)
{
    struct intake_word *words = arena_array(reader->arena, table->count, sizeof *words);
    for (size_t i = 0; i < table->count; i++) {
        const struct yaml_node *key = table->keys[i];
        const struct yaml_node *is = table->items[i];
        char *end = NULL;
        words[i].word = key->text;
        words[i].from = ret_node->at_least ? strtod(key->text, &end) : 0;
        if (ret_node->at_least && (end == key->text || *end != '\0')) {
            diag_error(reader->diags, key->line, key->col, "'at_least': expected a number, found '%.60s'",
                       key->text);
        }
        if (is->kind != YAML_SCALAR || is->len == 0) {
            diag_error(reader->diags, is->line, is->col, "expected a word or a number, found %s",
                       bind_found(is));
            continue;
        }
        check_result(reader, is, path);
        words[i].is = yaml_value(reader->arena, is);
    }
    if (ret_node->at_least) {
        qsort(words, table->count, sizeof *words, falling);
    }
    ret_node->words = words;
    ret_node->word_count = table->count;
}

static void read_lookup(struct intake_reader *reader, const struct yaml_node *node, const char *path,
                        struct intake_node *ret_node)
{
    static const char *const by_word[] = {"of", "table", NULL};
    static const char *const by_number[] = {"of", "at_least", NULL};
    ret_node->kind = INTAKE_LOOKUP;
    ret_node->at_least = yaml_get(node, "at_least") != NULL;
    const char *const *keys = ret_node->at_least ? by_number : by_word;
    if (!check_form(reader, node, keys, "{of: …, table: {…}} or {of: …, at_least: {…}}")) {
        return;
    }
    ret_node->program = intake_read_expression(reader, yaml_get(node, "of"), "of");
    const struct yaml_node *table = yaml_get(node, keys[1]);
    if (table->kind != YAML_MAP || table->count == 0) {
        diag_error(reader->diags, table->line, table->col, "'%s': expected a map of words, found %s", keys[1],
                   bind_found(table));
        return;
    }
    read_words(reader, table, path, ret_node);
}

static const char *path_of(struct arena *arena, const char *path, const char *key)
{
    return path[0] == '\0' ? key : arena_printf(arena, "%s.%s", path, key);
}

static void read_map(struct intake_reader *reader, const struct yaml_node *node, const char *path,
                     struct intake_node *ret_node)
{
    struct intake_node *items = arena_array(reader->arena, node->count, sizeof *items);
    const char **keys = arena_array(reader->arena, node->count, sizeof *keys);
    const char *const *known = keys_of(path);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *key = node->keys[i];
        keys[i] = key->text;
        if (known != NULL && !is_one_of(known, key->text)) {
            diag_error(reader->diags, key->line, key->col, "unknown key '%s' in %s%s", key->text,
                       path[0] == '\0' ? "an alert" : path, bind_meant(reader->arena, key->text, known));
        }
        intake_read_tree(reader, node->items[i], path_of(reader->arena, path, key->text), &items[i]);
    }
    *ret_node = (struct intake_node){.kind = INTAKE_MAP, .count = node->count, .items = items, .keys = keys};
}

static void read_list(struct intake_reader *reader, const struct yaml_node *node, const char *path,
                      struct intake_node *ret_node)
{
    struct intake_node *items = arena_array(reader->arena, node->count, sizeof *items);
    for (size_t i = 0; i < node->count; i++) {
        intake_read_tree(reader, node->items[i], arena_printf(reader->arena, "%s[]", path), &items[i]);
    }
    *ret_node = (struct intake_node){.kind = INTAKE_LIST, .count = node->count, .items = items};
}

static int nesting(const char *path)
{
    int count = 0;
    for (; *path != '\0'; path++) {
        count += *path == '.' || *path == '[';
    }
    return count;
}

void intake_read_tree(struct intake_reader *reader, const struct yaml_node *node, const char *path,
                      struct intake_node *ret_node)
{
    *ret_node = (struct intake_node){.kind = INTAKE_EXPRESSION};
    if (nesting(path) > NESTING_MAX) {
        diag_error(reader->diags, node->line, node->col, "nested deeper than %d levels", NESTING_MAX);
    } else if (node->kind == YAML_LIST) {
        read_list(reader, node, path, ret_node);
    } else if (node->kind == YAML_SCALAR) {
        ret_node->program = intake_read_expression(reader, node, path[0] == '\0' ? "alert" : path);
    } else if (yaml_get(node, "each") != NULL) {
        size_t len = strlen(path);
        bool in_list = len > 2 && strcmp(path + len - 2, "[]") == 0;
        read_each(reader, node, in_list ? path : arena_printf(reader->arena, "%s[]", path), ret_node);
    } else if (yaml_get(node, "of") != NULL) {
        read_lookup(reader, node, path, ret_node);
    } else {
        read_map(reader, node, path, ret_node);
    }
}
