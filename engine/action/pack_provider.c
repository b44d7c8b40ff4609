/* One provider: its place, its names, its phases, and the rules that speak of several of them at once. */
#include <string.h>

#include "engine/action/pack_parts.h"

enum { TIMEOUT_MS = 2 * 60 * 1000, VERIFY_EVERY_MS = 5 * 1000, VERIFY_LAG_MS = 30 * 1000 };

static void read_via(struct pack_reader *reader, const char *name, const struct yaml_node *node,
                     struct pack_provider *provider)
{
    provider->via = connector_find(name);
    if (provider->via != NULL) {
        return;
    }
    size_t count = 0;
    while (connector_list[count] != NULL) {
        count++;
    }
    const char **names = arena_array(reader->arena, count + 1, sizeof(const char *));
    for (size_t i = 0; i < count; i++) {
        names[i] = connector_list[i]->name;
    }
    const struct yaml_node *via = yaml_get(node, "via");
    diag_error(reader->diags, via->line, via->col, "unknown connector '%s'%s", name,
               bind_meant(reader->arena, name, names));
}

/* A map is a `lines:` text, a scalar with a hole is a text, any other is an expression. */
static void read_let(struct pack_reader *reader, const struct yaml_node *key, const struct yaml_node *node,
                     struct pack_binding *let)
{
    let->name = key->text;
    let->line = key->line;
    let->col = key->col;
    reader_name(reader, key, key->text);
    if (node->kind == YAML_MAP) {
        let->lines = reader_lines(reader, node);
    } else if (node->kind == YAML_SCALAR && memmem(node->text, node->len, "{{", 2) != NULL) {
        let->text = tree_from_yaml(reader->arena, node, reader->diags);
        if (let->text != NULL) {
            reader_mark(reader, let->text, node);
        }
    } else {
        let->program = reader_cel(reader, node, key->text);
    }
}

static void read_lets(struct pack_reader *reader, const struct yaml_node *node,
                      struct pack_provider *provider)
{
    if (node == NULL) {
        return;
    }
    if (node->kind != YAML_MAP) {
        diag_error(reader->diags, node->line, node->col, "'let': expected a map of names, found %s",
                   bind_found(node));
        return;
    }
    struct pack_binding *lets = arena_array(reader->arena, node->count, sizeof *lets);
    for (size_t i = 0; i < node->count; i++) {
        read_let(reader, node->keys[i], node->items[i], &lets[i]);
    }
    provider->let_count = node->count;
    provider->lets = lets;
}

/* `verify` as a map says how often to check again; as a list it has statements of its own. */
static void read_verify(struct pack_reader *reader, const struct yaml_node *node,
                        struct pack_provider *provider)
{
    if (node == NULL) {
        return;
    }
    if (node->kind == YAML_LIST) {
        reader_steps(reader, provider, PHASE_VERIFY, node);
        return;
    }
    struct file_verify file = {.every_ms = VERIFY_EVERY_MS, .lag_ms = VERIFY_LAG_MS};
    if (bind_map(reader->arena, node, &pack_verify_table, &file, reader->diags) < 0) {
        return;
    }
    if (reader->unchecked) {
        diag_error(reader->diags, node->line, node->col,
                   "`verify` as a map checks again, and there is no `check`");
    }
    provider->verify_every_ms = file.every_ms;
    provider->verify_lag_ms = file.lag_ms;
    provider->verify_within_ms = file.within_ms > 0 ? file.within_ms : file.lag_ms;
    provider->verify_keep_count = reader_bindings(reader, file.keep, "keep", &provider->verify_keep);
}

static void read_phases(struct pack_reader *reader, const struct file_provider *file,
                        struct pack_provider *provider)
{
    static const enum pack_phase order[] = {PHASE_FIND, PHASE_CHECK, PHASE_APPLY, PHASE_REVERT};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (file->phases[order[i]] != NULL) {
            reader_steps(reader, provider, order[i], file->phases[order[i]]);
        }
    }
    read_verify(reader, file->phases[PHASE_VERIFY], provider);
}

static void check_phases(struct pack_reader *reader, const struct file_provider *file,
                         const struct yaml_node *node)
{
    const struct yaml_node *doubt = yaml_get(node, "in_doubt");
    const struct yaml_node *revert = file->phases[PHASE_REVERT];
    if (revert != NULL && reader->unchecked) {
        diag_error(
            reader->diags, revert->line, revert->col,
            "a containment (it has `revert`) must have `check`: nobody could say whether it is in force");
    }
    if (doubt != NULL && !reader->unchecked) {
        diag_error(reader->diags, doubt->line, doubt->col,
                   "`in_doubt` is for a provider without `check`: here the check decides");
    }
    if (file->phases[PHASE_APPLY] == NULL && revert != NULL) {
        diag_error(reader->diags, revert->line, revert->col,
                   "`revert` has nothing to undo: there is no `apply`");
    }
    bool phases = file->phases[PHASE_FIND] != NULL || file->phases[PHASE_CHECK] != NULL ||
                  file->phases[PHASE_APPLY] != NULL;
    if (phases && file->unsupported != NULL) {
        const struct yaml_node *at = yaml_get(node, "unsupported");
        diag_error(reader->diags, at->line, at->col,
                   "`unsupported` stands instead of phases: what can be done is none");
    }
    if (!phases && file->unsupported == NULL) {
        diag_error(reader->diags, node->line, node->col,
                   "a provider needs `find`, `check` or `apply`: this one does nothing");
    }
}

static void read_remains(struct pack_reader *reader, const struct file_provider *file,
                         struct pack_provider *provider)
{
    const struct file_remain *files = file->remains.items;
    struct pack_remain *remains = arena_array(reader->arena, file->remains.count, sizeof *remains);
    for (size_t i = 0; i < file->remains.count; i++) {
        remains[i].what = files[i].what;
        remains[i].for_ms = files[i].until_ms;
    }
    provider->remain_count = file->remains.count;
    provider->remains = remains;
    provider->cannot_undo_count = file->cannot_undo.count;
    provider->cannot_undo = file->cannot_undo.items;
}

/* `over: services` says of which kind by `service`; the others are places by themselves. */
static void check_over(struct pack_reader *reader, const struct file_provider *file,
                       const struct yaml_node *node, const struct pack_provider *provider)
{
    const struct yaml_node *over = yaml_get(node, "over");
    const struct yaml_node *via = yaml_get(node, "via");
    if (over != NULL && provider->over != OVER_SERVICES && file->service != NULL) {
        diag_error(reader->diags, over->line, over->col,
                   "`over` and `service` are two places: a provider has one");
    } else if (over != NULL && provider->over == OVER_SERVICES && file->service == NULL) {
        diag_error(reader->diags, over->line, over->col, "`over: services` needs `service: KIND`");
    } else if (over != NULL && provider->over == OVER_SERVICES && reader->pack->per != PER_USER &&
               reader->pack->per != PER_ADDRESS) {
        diag_error(
            reader->diags, over->line, over->col,
            "`over: services` is for what works on users or addresses: elsewhere `service: KIND` alone");
    } else if (via != NULL && provider->via != NULL && strcmp(provider->via->name, "http") == 0 &&
               file->service == NULL) {
        diag_error(reader->diags, via->line, via->col,
                   "`via: http` needs `service: KIND`: which of the inventory's services is it?");
    }
}

static void check_place(struct pack_reader *reader, const struct file_provider *file,
                        const struct yaml_node *node, const struct pack_provider *provider)
{
    check_over(reader, file, node, provider);
    for (size_t i = 0; i < node->count; i++) {
        static const char *const constants[] = {"via",      "over",   "service",   "timeout",
                                                "in_doubt", "fenced", "remains",   "cannot_undo",
                                                "proved",   "done",   "done_with", "unsupported"};
        for (size_t j = 0; j < sizeof constants / sizeof constants[0]; j++) {
            if (strcmp(node->keys[i]->text, constants[j]) == 0) {
                reader_constant(reader, node->items[i], constants[j]);
            }
        }
    }
}

static void read_verb(struct pack_reader *reader, const struct file_provider *file,
                      struct pack_provider *provider)
{
    provider->verb = file->done;
    provider->verb_param_count = file->done_with.count;
    provider->verb_params = file->done_with.items;
    for (size_t i = 0; i < file->done_with.count; i++) {
        const struct yaml_node *at = file->done_with.node;
        bool known = false;
        for (size_t j = 0; j < reader->pack->param_count; j++) {
            const struct pack_param *param = &reader->pack->params[j];
            known = known ||
                    (param->type.kind == TYPE_BOOL && strcmp(param->name, file->done_with.items[i]) == 0);
        }
        if (!known) {
            diag_error(reader->diags, at->line, at->col, "`done_with` names '%s', which is no bool parameter",
                       file->done_with.items[i]);
        }
    }
}

/* Of several shells it is the one that the inventory says of the target. */
static struct cel_program *read_when(struct pack_reader *reader, const struct yaml_node *node,
                                     const struct yaml_node *list, const char *via, enum pack_over over)
{
    if (via == NULL) {
        return reader_cel(reader, node, "when");
    }
    const char *where = over == OVER_HOSTS ? "host" : "target";
    struct yaml_node *both = arena_alloc(reader->arena, sizeof *both);
    *both = *(node != NULL ? node : list);
    both->kind = YAML_SCALAR;
    both->text = node == NULL || node->kind != YAML_SCALAR
                     ? arena_printf(reader->arena, "%s.via == \"%s\"", where, via)
                     : arena_printf(reader->arena, "(%s) && %s.via == \"%s\"", node->text, where, via);
    both->len = strlen(both->text);
    return reader_cel(reader, both, "when");
}

void reader_provider(struct pack_reader *reader, const struct file_provider *file,
                     const struct yaml_node *node, const char *via, struct pack_provider *provider)
{
    provider->shell = file->via != NULL && file->via->kind == YAML_LIST;
    reader->unchecked = file->phases[PHASE_CHECK] == NULL;
    provider->line = node->line;
    provider->over = yaml_get(node, "over") != NULL ? (enum pack_over)(file->over + 1) : OVER_NOTHING;
    provider->service = file->service;
    provider->timeout_ms = file->timeout_ms > 0 ? file->timeout_ms : TIMEOUT_MS;
    provider->in_doubt = (enum pack_doubt)file->in_doubt;
    provider->fenced = file->fenced;
    read_verb(reader, file, provider);
    provider->unsupported = file->unsupported;
    provider->proved = file->proved != NULL ? file->proved : "no";
    provider->when = read_when(reader, file->when, file->via, provider->shell ? via : NULL, provider->over);
    if (via != NULL) {
        read_via(reader, via, node, provider);
    }
    check_place(reader, file, node, provider);
    read_lets(reader, file->let, provider);
    provider->case_count = file->outcomes.count;
    provider->cases = reader_outcomes(reader, &file->outcomes);
    read_phases(reader, file, provider);
    check_phases(reader, file, node);
    read_remains(reader, file, provider);
}
