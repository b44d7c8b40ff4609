/* One call of a phase: its function, its arguments by their sinks, and what stands beside it.
 *
 * What may be called where is decided here: only reads in find, check and verify, and only the provider's
 * connector. */
#include <string.h>

#include "engine/action/pack_parts.h"
#include "engine/action/sink.h"

enum { DEADLINE_MS = 30 * 1000, EVERY_MS = 5 * 1000, WITHIN_MS = 2 * 60 * 1000 };

/* " (did you mean …?)", or all that there are. */
static const char *nearest_function(struct pack_reader *reader, const struct connector *via, const char *name)
{
    size_t count = 0;
    while (via->functions[count].name != NULL) {
        count++;
    }
    const char **names = arena_array(reader->arena, count + 1, sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        names[i] = via->functions[i].name;
    }
    const char *meant = bind_meant(reader->arena, name, names);
    const char *all = "";
    for (size_t i = 0; i < count && *meant == '\0'; i++) {
        all = arena_printf(reader->arena, "%s%s%s", all, i > 0 ? ", " : ": there are ", names[i]);
    }
    return *meant != '\0' ? meant : all;
}

static const struct function *allowed(struct pack_reader *reader, enum pack_phase phase,
                                      const struct yaml_node *key, const struct function *function,
                                      const char *name)
{
    if (function == NULL) {
        diag_error(reader->diags, key->line, key->col, "'%s': there is no function %s", key->text, name);
    } else if (function->class == FUNCTION_WRITE && phase != PHASE_APPLY && phase != PHASE_REVERT) {
        diag_error(reader->diags, key->line, key->col, "'%s' writes: `%s` may only read", key->text,
                   pack_phase_name(phase));
    }
    return function;
}

static const struct function *find_function(struct pack_reader *reader, const struct pack_provider *provider,
                                            enum pack_phase phase, const struct yaml_node *key)
{
    static const char shell[] = "shell.";
    if (provider->shell && provider->via != NULL) {
        if (strncmp(key->text, shell, strlen(shell)) == 0) {
            const char *name =
                arena_printf(reader->arena, "%s.%s", provider->via->name, key->text + strlen(shell));
            return allowed(reader, phase, key, connector_function(name), name);
        }
        diag_error(reader->diags, key->line, key->col,
                   "'%s': where `via` is a list, a call is written shell.read, shell.run or shell.reach",
                   key->text);
        return NULL;
    }
    const struct function *function = connector_function(key->text);
    if (function == NULL) {
        diag_error(reader->diags, key->line, key->col, "unknown function '%s'%s", key->text,
                   provider->via == NULL ? "" : nearest_function(reader, provider->via, key->text));
        return NULL;
    }
    size_t len = provider->via == NULL ? 0 : strlen(provider->via->name);
    if (provider->via != NULL &&
        (strncmp(key->text, provider->via->name, len) != 0 || key->text[len] != '.')) {
        diag_error(reader->diags, key->line, key->col,
                   "'%s' is another connector's function: this provider goes via %s", key->text,
                   provider->via->name);
        return NULL;
    }
    return allowed(reader, phase, key, function, key->text);
}

static const struct function_param *find_param(struct pack_reader *reader, const struct function *function,
                                               const struct yaml_node *key)
{
    size_t count = 0;
    while (function->params[count].name != NULL) {
        if (strcmp(function->params[count].name, key->text) == 0) {
            return &function->params[count];
        }
        count++;
    }
    const char **names = arena_array(reader->arena, count + 1, sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        names[i] = function->params[i].name;
    }
    diag_error(reader->diags, key->line, key->col, "unknown argument '%s' of %s%s", key->text, function->name,
               bind_meant(reader->arena, key->text, names));
    return NULL;
}

/* `{{rules}}` alone, where rules is a `lines:` text of the provider: that text, which has held its words to
 * the rule. */
static const struct pack_lines *named_lines(const struct pack_provider *provider, const struct tree *tree)
{
    if (tree->kind != TREE_TEMPLATE || !template_is_single(tree->template)) {
        return NULL;
    }
    const char *text = cel_text(tree->template->parts[0].hole);
    text += strspn(text, " \t\n");
    size_t len = strcspn(text, " \t\n");
    for (size_t i = 0; i < provider->let_count && text[len + strspn(text + len, " \t\n")] == '\0'; i++) {
        if (strlen(provider->lets[i].name) == len && strncmp(provider->lets[i].name, text, len) == 0) {
            return provider->lets[i].lines;
        }
    }
    return NULL;
}

static bool read_argument(struct pack_reader *reader, const struct pack_provider *provider,
                          const struct function_param *param, const struct yaml_node *node,
                          struct pack_argument *argument)
{
    argument->param = param;
    bool constant = param->sink == SINK_SCRIPT || param->sink == SINK_CONSTANT;
    if (param->sink == SINK_SCRIPT && node->kind == YAML_SCALAR &&
        memmem(node->text, node->len, "{{", 2) != NULL) {
        diag_error(
            reader->diags, node->line, node->col,
            "'%s': a script is a constant, so no {{ }} in it: hand values in by `args` (\"$1\") or `stdin`",
            param->name);
        return false;
    }
    if (constant && !reader_constant(reader, node, param->name)) {
        return false;
    }
    if (param->sink == SINK_LINES && node->kind == YAML_MAP && yaml_get(node, "lines") != NULL) {
        argument->lines = reader_lines(reader, node);
        return argument->lines != NULL;
    }
    argument->tree = tree_from_yaml(reader->arena, node, reader->diags);
    if (argument->tree == NULL) {
        return false;
    }
    reader_mark(reader, argument->tree, node);
    if (param->sink == SINK_LINES) {
        argument->lines = named_lines(provider, argument->tree);
    }
    return sink_check(argument, node, reader->diags) == 0;
}

/* A script for /bin/sh, or for PowerShell? The one has `args` and `stdin`, the other `values`. */
static bool is_posix(struct pack_reader *reader, const struct pack_provider *provider,
                     const struct yaml_node *node)
{
    const struct yaml_node *values = node->kind == YAML_MAP ? yaml_get(node, "values") : NULL;
    static const char *const others[] = {"args", "stdin", "helper"};
    for (size_t i = 0; values != NULL && i < sizeof others / sizeof others[0]; i++) {
        const struct yaml_node *other = yaml_get(node, others[i]);
        if (other != NULL) {
            diag_error(reader->diags, other->line, other->col,
                       "'%s' is for /bin/sh and 'values' for PowerShell: a script is one of the two",
                       others[i]);
        }
    }
    return values == NULL && !provider->shell && provider->via != NULL &&
           strcmp(provider->via->name, "ssh") == 0;
}

static void read_arguments(struct pack_reader *reader, const struct pack_provider *provider,
                           const struct yaml_node *key, const struct yaml_node *node,
                           struct pack_statement *statement)
{
    const struct function *function = statement->function;
    bool empty = node->kind == YAML_SCALAR && node->plain && node->len == 0;
    if (node->kind != YAML_MAP && !empty) {
        diag_error(reader->diags, node->line, node->col, "%s: expected its arguments as a map, found %s",
                   function->name, bind_found(node));
        return;
    }
    struct pack_argument *arguments = arena_array(reader->arena, node->count, sizeof *arguments);
    bool posix = is_posix(reader, provider, node);
    for (size_t i = 0; i < node->count; i++) {
        const struct function_param *param = find_param(reader, function, node->keys[i]);
        if (param != NULL &&
            read_argument(reader, provider, param, node->items[i], &arguments[statement->argument_count])) {
            statement->argument_count++;
            if (param->sink == SINK_SCRIPT && posix) {
                reader_script(reader, node->items[i]);
            }
        }
    }
    statement->arguments = arguments;
    for (const struct function_param *param = function->params; param->name != NULL; param++) {
        if (param->required && (empty || yaml_get(node, param->name) == NULL)) {
            diag_error(reader->diags, key->line, key->col, "%s needs the argument '%s': %s", function->name,
                       param->name, param->about);
        }
    }
}

/* The map without the call's own key: what the table of a call's neighbours binds. */
static const struct yaml_node *beside(struct pack_reader *reader, const struct yaml_node *node,
                                      size_t call_key)
{
    struct yaml_node *rest = arena_alloc(reader->arena, sizeof *rest);
    const struct yaml_node **keys = arena_array(reader->arena, node->count, sizeof(*keys));
    const struct yaml_node **items = arena_array(reader->arena, node->count, sizeof(*items));
    *rest = *node;
    rest->count = 0;
    for (size_t i = 0; i < node->count; i++) {
        if (i != call_key) {
            keys[rest->count] = node->keys[i];
            items[rest->count++] = node->items[i];
        }
    }
    rest->keys = keys;
    rest->items = items;
    return rest;
}

struct pack_case *reader_outcomes(struct pack_reader *reader, const struct bind_array *array)
{
    const struct file_case *files = array->items;
    struct pack_case *cases = arena_array(reader->arena, array->count, sizeof *cases);
    for (size_t i = 0; i < array->count; i++) {
        cases[i].when = reader_cel(reader, files[i].when, "when");
        cases[i].is = (enum pack_judgement)files[i].is;
        cases[i].why = files[i].why;
        if (files[i].why != NULL) {
            reader_constant(reader, yaml_get(array->nodes[i], "why"), "why");
        }
    }
    return cases;
}

/* The call's own first, then those of all calls. */
static void set_outcomes(struct pack_reader *reader, const struct pack_provider *provider,
                         const struct bind_array *array, struct pack_statement *statement)
{
    struct pack_case *cases = arena_array(reader->arena, array->count + provider->case_count, sizeof *cases);
    const struct pack_case *own = reader_outcomes(reader, array);
    for (size_t i = 0; i < array->count; i++) {
        cases[i] = own[i];
    }
    for (size_t i = 0; i < provider->case_count; i++) {
        cases[array->count + i] = provider->cases[i];
    }
    statement->case_count = array->count + provider->case_count;
    statement->cases = cases;
}

/* What only reads or only writes may have. */
static void check_class(struct pack_reader *reader, enum pack_phase phase, const struct yaml_node *rest,
                        const struct function *function)
{
    static const char *const of_reads[] = {"until", NULL};
    static const char *const of_writes[] = {"once", "in_doubt", NULL};
    bool writes = function->class == FUNCTION_WRITE;
    for (const char *const *name = writes ? of_reads : of_writes; *name != NULL; name++) {
        const struct yaml_node *node = yaml_get(rest, *name);
        if (node != NULL) {
            diag_error(reader->diags, node->line, node->col, "`%s` stands only beside a call that %s: %s %s",
                       *name, writes ? "reads" : "writes", function->name, writes ? "writes" : "reads");
        }
    }
    const struct yaml_node *once = yaml_get(rest, "once");
    if (once != NULL && phase == PHASE_REVERT) {
        diag_error(reader->diags, once->line, once->col,
                   "`once` stands only in `apply`: `revert` must be right from the top");
    }
}

static void check_pairs(struct pack_reader *reader, const struct yaml_node *rest,
                        const struct pack_statement *statement)
{
    static const char *const polls[] = {"every", "within"};
    for (size_t i = 0; i < 2; i++) {
        const struct yaml_node *node = yaml_get(rest, polls[i]);
        if (node != NULL && yaml_get(rest, "until") == NULL) {
            diag_error(reader->diags, node->line, node->col,
                       "`%s` says how long `until` is tried, and there is none", polls[i]);
        }
    }
    const struct yaml_node *doubt = yaml_get(rest, "in_doubt");
    if (doubt != NULL && !statement->once) {
        diag_error(reader->diags, doubt->line, doubt->col,
                   "`in_doubt` belongs to `once: true`: any other call is decided by `check`");
    }
}

/* Without a `check` nobody can look whether a call was made: each that writes is `once`. */
static void set_once(struct pack_reader *reader, const struct pack_provider *provider, enum pack_phase phase,
                     const struct yaml_node *rest, const struct file_call *file,
                     struct pack_statement *statement)
{
    bool unchecked =
        reader->unchecked && phase == PHASE_APPLY && statement->function->class == FUNCTION_WRITE;
    statement->once = (file->once && statement->function->class == FUNCTION_WRITE) || unchecked;
    statement->in_doubt = yaml_get(rest, "in_doubt") == NULL && unchecked ? provider->in_doubt
                                                                          : (enum pack_doubt)file->in_doubt;
}

void reader_call(struct pack_reader *reader, const struct pack_provider *provider, enum pack_phase phase,
                 const struct yaml_node *node, size_t call_key, struct pack_statement *statement)
{
    struct file_call file = {.every_ms = EVERY_MS, .within_ms = WITHIN_MS, .deadline_ms = DEADLINE_MS};
    const struct yaml_node *rest = beside(reader, node, call_key);
    statement->kind = STATEMENT_CALL;
    statement->function = find_function(reader, provider, phase, node->keys[call_key]);
    bind_map(reader->arena, rest, &pack_call_table, &file, reader->diags);
    if (file.as != NULL && reader_name(reader, yaml_get(rest, "as"), file.as)) {
        statement->as = file.as;
    }
    if (statement->function == NULL) {
        return;
    }
    read_arguments(reader, provider, node->keys[call_key], node->items[call_key], statement);
    check_class(reader, phase, rest, statement->function);
    if (file.why != NULL && reader_constant(reader, yaml_get(rest, "why"), "why")) {
        statement->why = file.why;
    }
    statement->when = reader_cel(reader, file.when, "when");
    statement->expect = reader_cel(reader, file.expect, "expect");
    statement->until = reader_cel(reader, file.until, "until");
    statement->every_ms = file.every_ms;
    statement->within_ms = file.within_ms;
    statement->deadline_ms = file.deadline_ms;
    set_once(reader, provider, phase, rest, &file, statement);
    check_pairs(reader, rest, statement);
    set_outcomes(reader, provider, &file.outcomes, statement);
    statement->binding_count = reader_bindings(reader, file.keep, "keep", &statement->bindings);
}
