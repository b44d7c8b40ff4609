/* A phase as a list of statements: which kind each is, and where it may stand. */
#include <string.h>

#include "engine/action/pack_parts.h"
#include "engine/base/limits.h"

static bool stands_in(enum pack_statement_kind kind, enum pack_phase phase)
{
    switch (kind) {
    case STATEMENT_ONE:
        return phase == PHASE_FIND;
    case STATEMENT_REFUSE:
    case STATEMENT_PRIOR:
        return phase == PHASE_FIND || phase == PHASE_CHECK;
    case STATEMENT_VERDICT:
        return phase == PHASE_CHECK || phase == PHASE_VERIFY;
    case STATEMENT_CALL:
    case STATEMENT_LET:
    case STATEMENT_KEEP:
        return true;
    }
    return false;
}

/* A call has a dot in its key; any other kind has a key of its own. -1: told. */
static int find_kind(struct pack_reader *reader, const struct yaml_node *node,
                     enum pack_statement_kind *ret_kind, size_t *ret_call_key)
{
    size_t calls = 0;
    size_t others = 0;
    for (size_t i = 0; i < node->count; i++) {
        if (strchr(node->keys[i]->text, '.') != NULL) {
            *ret_call_key = i;
            calls++;
        }
    }
    for (int kind = STATEMENT_ONE; calls == 0 && kind <= STATEMENT_KEEP; kind++) {
        if (yaml_get(node, pack_statement_keys[kind]) != NULL) {
            *ret_kind = (enum pack_statement_kind)kind;
            others++;
        }
    }
    if (calls == 1) {
        *ret_kind = STATEMENT_CALL;
        return 0;
    }
    if (others == 1) {
        return 0;
    }
    const char *first = node->count > 0 ? node->keys[0]->text : "";
    if (calls + others > 1) {
        diag_error(reader->diags, node->line, node->col,
                   "two statements in one: each stands in an item of its own");
    } else {
        diag_error(reader->diags, node->line, node->col,
                   "'%s' is no statement%s: expected a call such as ssh.read, or one, refuse, prior, so, let "
                   "or keep",
                   first, bind_meant(reader->arena, first, pack_statement_keys + 1));
    }
    return -1;
}

static void read_refusals(struct pack_reader *reader, const struct bind_array *array,
                          struct pack_statement *statement)
{
    const struct file_case *files = array->items;
    struct pack_case *cases = arena_array(reader->arena, array->count, sizeof *cases);
    for (size_t i = 0; i < array->count; i++) {
        cases[i].when = reader_cel(reader, files[i].when, "when");
        cases[i].is = JUDGED_PERMANENT;
        cases[i].why = files[i].why;
        if (files[i].why != NULL) {
            reader_constant(reader, yaml_get(array->nodes[i], "why"), "why");
        }
    }
    statement->case_count = array->count;
    statement->cases = cases;
}

static void read_other(struct pack_reader *reader, const struct yaml_node *node,
                       struct pack_statement *statement)
{
    struct file_statement file = {0};
    const char *key = pack_statement_keys[statement->kind];
    if (bind_map(reader->arena, node, pack_statement_tables[statement->kind], &file, reader->diags) < 0) {
        return;
    }
    if (file.one != NULL && reader_name(reader, yaml_get(node, "one"), file.one)) {
        statement->as = file.one;
    }
    statement->of = reader_cel(reader, file.of, "of");
    statement->id = reader_cel(reader, file.id, "id");
    statement->so = reader_cel(reader, file.so, "so");
    statement->clear = reader_cel(reader, file.clear, "clear");
    statement->underway = reader_cel(reader, file.underway, "underway");
    statement->binding_count = reader_bindings(
        reader, file.bindings, statement->kind == STATEMENT_ONE ? "facts" : key, &statement->bindings);
    if (statement->kind == STATEMENT_REFUSE) {
        read_refusals(reader, &file.refuse, statement);
    }
}

static void read_statement(struct pack_reader *reader, struct pack_provider *provider, enum pack_phase phase,
                           const struct yaml_node *node, struct pack_statement *statement)
{
    size_t call_key = 0;
    statement->line = node->line;
    statement->col = node->col;
    if (node->kind != YAML_MAP) {
        diag_error(reader->diags, node->line, node->col, "expected a statement as a map, found %s",
                   bind_found(node));
        return;
    }
    if (find_kind(reader, node, &statement->kind, &call_key) < 0) {
        return;
    }
    if (!stands_in(statement->kind, phase)) {
        diag_error(reader->diags, node->line, node->col, "`%s` may not stand in `%s`",
                   pack_statement_keys[statement->kind], pack_phase_name(phase));
    }
    if (statement->kind == STATEMENT_CALL) {
        reader_call(reader, provider, phase, node, call_key, statement);
    } else {
        read_other(reader, node, statement);
    }
}

/* The verdict is the last word of a check, and said once. */
static void check_verdict(struct pack_reader *reader, enum pack_phase phase, const struct yaml_node *node,
                          const struct pack_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        bool last = i + 1 == steps->count;
        if (steps->items[i].kind == STATEMENT_VERDICT && !last) {
            diag_error(reader->diags, steps->items[i].line, steps->items[i].col,
                       "`so` ends `%s`: nothing may stand behind it", pack_phase_name(phase));
        }
        if (last && steps->items[i].kind != STATEMENT_VERDICT) {
            diag_error(reader->diags, node->line, node->col,
                       "`%s` must end with `so`: when is it wholly there?", pack_phase_name(phase));
        }
    }
}

void reader_steps(struct pack_reader *reader, struct pack_provider *provider, enum pack_phase phase,
                  const struct yaml_node *node)
{
    struct pack_steps *steps = &provider->phases[phase];
    const char *name = pack_phase_name(phase);
    if (node->kind != YAML_LIST || node->count == 0) {
        diag_error(reader->diags, node->line, node->col, "'%s': expected a list of statements, found %s",
                   name, node->kind == YAML_LIST ? "an empty one" : bind_found(node));
        return;
    }
    if (node->count > LIMIT_STATEMENTS) {
        diag_error(reader->diags, node->line, node->col, "'%s' has %zu statements: a phase has %d at most",
                   name, node->count, LIMIT_STATEMENTS);
        return;
    }
    struct pack_statement *items = arena_array(reader->arena, node->count, sizeof *items);
    for (size_t i = 0; i < node->count; i++) {
        items[i].position = (int)i + 1;
        read_statement(reader, provider, phase, node->items[i], &items[i]);
    }
    steps->given = true;
    steps->count = node->count;
    steps->items = items;
    if (phase == PHASE_CHECK || phase == PHASE_VERIFY) {
        check_verdict(reader, phase, node, steps);
    }
}
