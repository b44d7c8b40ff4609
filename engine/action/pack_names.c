/* Is each name bound where it is used, on every way that leads there?
 *
 * The phases are walked in the order in which a try goes through them: find, check, then apply, verify and
 * revert, each with what find and check have bound. A provider's `let` is looked at where it is used, since
 * it is evaluated there. */
#include <ctype.h>
#include <string.h>

#include "engine/action/pack_parts.h"

enum name_bound { BOUND_ALWAYS, BOUND_PERHAPS, BOUND_ONCE };

struct name {
    const char *text;
    enum name_bound bound;
    const struct function *function; /* whose answer it is, or NULL */
    int line;
};

struct name_list {
    struct name *items;
    size_t count;
    size_t size;
};

struct checker {
    struct pack_reader *reader;
    const struct pack_provider *provider;
    struct name_list names;  /* of `as`, `one` and `let` so far */
    struct name_list priors; /* taken so far */
    struct name_list keeps;  /* of the whole provider */
    bool *let_used;
    bool *let_open;                /* it is being looked at: it may not use itself */
    bool *let_told;                /* its mistakes were told */
    bool outcomes_told;            /* so were those of the provider's `outcomes` */
    const struct function *result; /* whose answer `result` is here, or NULL */
    const char *loop;              /* the name of an `each`, or NULL */
    bool place_only;               /* `when` of a provider: nothing but the target and its place */
};

struct use { /* an expression, and where it was written */
    struct checker *checker;
    const struct yaml_node *node;
    size_t start; /* of the expression in node's text */
};

static void check_let(struct checker *checker, size_t index, const struct use *use, size_t offset);

static void add(struct checker *checker, struct name_list *list, struct name name)
{
    if (list->count == list->size) {
        size_t size = list->size == 0 ? 16 : list->size * 2;
        struct name *items = arena_array(checker->reader->arena, size, sizeof *items);
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->size = size;
    }
    list->items[list->count++] = name;
}

static const struct name *find(const struct name_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].text, text) == 0) {
            return &list->items[i];
        }
    }
    return NULL;
}

static const char *const *texts(struct checker *checker, const struct name_list *list)
{
    const char **words = arena_array(checker->reader->arena, list->count + 1, sizeof(const char *));
    for (size_t i = 0; i < list->count; i++) {
        words[i] = list->items[i].text;
    }
    return words;
}

static void tell(const struct use *use, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(const struct use *use, size_t offset, const char *format, ...)
{
    int line;
    int col;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(use->checker->reader->arena, format, args);
    va_end(args);
    yaml_place(use->node, use->start + offset, &line, &col);
    diag_error(use->checker->reader->diags, line, col, "%s", text);
}

/* "exit, out, err, cut" as a list of words; NULL if the table only describes the answer. "entries [{dn,
 * first}]" is the word entries, and the last. */
static const char *const *answer_fields(struct arena *arena, const struct function *function)
{
    const char *at = function->answer == NULL ? "" : function->answer;
    const char **fields = arena_array(arena, strlen(at) / 2 + 2, sizeof(const char *));
    for (size_t count = 0;; count++) {
        size_t len = 0;
        while (isalnum((unsigned char)at[len]) || at[len] == '_') {
            len++;
        }
        bool last = at[len] == '\0' || strncmp(at + len, " [", 2) == 0;
        if (len == 0 || (!last && strncmp(at + len, ", ", 2) != 0)) {
            return NULL;
        }
        fields[count] = arena_copy(arena, at, len);
        if (last) {
            return fields;
        }
        at += len + 2;
    }
}

static void check_field(const struct use *use, size_t offset, const char *root, const char *field,
                        const char *const *fields)
{
    for (size_t i = 0; fields != NULL && field != NULL; i++) {
        if (fields[i] == NULL) {
            tell(use, offset, "'%s' has no '%s'%s", root, field,
                 bind_meant(use->checker->reader->arena, field, fields));
            return;
        }
        if (strcmp(fields[i], field) == 0) {
            return;
        }
    }
}

static void check_parameter(const struct use *use, size_t offset, const char *field)
{
    const struct pack *pack = use->checker->reader->pack;
    const char **names =
        arena_array(use->checker->reader->arena, pack->param_count + 1, sizeof(const char *));
    for (size_t i = 0; i < pack->param_count; i++) {
        names[i] = pack->params[i].name;
    }
    check_field(use, offset, "with", field, names);
}

static void check_kept(const struct use *use, size_t offset, const char *field, bool optional)
{
    const struct name_list *keeps = &use->checker->keeps;
    if (field == NULL) {
        return;
    }
    if (find(keeps, field) == NULL) {
        tell(use, offset, "nothing keeps '%s'%s", field,
             bind_meant(use->checker->reader->arena, field, texts(use->checker, keeps)));
    } else if (!optional) {
        tell(use, offset, "kept.%s may not be there yet: write kept.?%s.orValue(…)", field, field);
    }
}

static void check_prior(const struct use *use, size_t offset, const char *field)
{
    const struct name_list *priors = &use->checker->priors;
    if (field != NULL && find(priors, field) == NULL) {
        tell(use, offset, "no `prior` has taken '%s' up to here%s", field,
             bind_meant(use->checker->reader->arena, field, texts(use->checker, priors)));
    }
}

const char *const pack_target_names[] = {"key",   "id",   "name",    "named", "domain",
                                         "fqdn",  "os",   "address", "port",  "management",
                                         "facts", "tags", "via",     "qmp",   NULL};

/* Names that are there from the start. True if `root` is one of them. */
static bool check_given(const struct use *use, size_t offset, const char *root, const char *field,
                        bool optional)
{
    static const char *const of_id[] = {"id", NULL};
    const struct checker *checker = use->checker;
    if (strcmp(root, "target") == 0) {
        check_field(use, offset, root, field, pack_target_names);
    } else if (strcmp(root, "directory") == 0 && checker->provider->over != OVER_DIRECTORIES) {
        tell(use, offset, "'directory' is there only with `over: directories`");
    } else if (strcmp(root, "host") == 0 && checker->provider->over != OVER_HOSTS) {
        tell(use, offset, "'host' is there only with `over: hosts`");
    } else if (strcmp(root, "service") == 0 && checker->provider->service == NULL) {
        tell(use, offset, "'service' is there only with `service: KIND`");
    } else if (strcmp(root, "directory") == 0 || strcmp(root, "service") == 0 || strcmp(root, "host") == 0) {
        return true;
    } else if (checker->place_only) {
        return false;
    } else if (strcmp(root, "with") == 0) {
        check_parameter(use, offset, field);
    } else if (strcmp(root, "run") == 0 || strcmp(root, "task") == 0) {
        check_field(use, offset, root, field, of_id);
    } else if (strcmp(root, "prior") == 0) {
        check_prior(use, offset, field);
    } else if (strcmp(root, "kept") == 0) {
        check_kept(use, offset, field, optional);
    } else {
        return false;
    }
    return true;
}

/* Names that a statement above has bound. */
static bool check_bound(const struct use *use, size_t offset, const char *root, const char *field,
                        bool optional)
{
    const struct name *name = find(&use->checker->names, root);
    if (name == NULL) {
        return false;
    }
    if (name->bound == BOUND_ONCE) {
        tell(use, offset,
             "'%s' is the answer of a `once`: if it was given in an earlier try it is gone; use `keep`",
             root);
    } else if (name->bound == BOUND_PERHAPS && !optional) {
        tell(use, offset, "'%s' isn't bound on every way (line %d): write %s.?%s", root, name->line, root,
             field == NULL ? "…" : field);
    } else if (name->function != NULL) {
        check_field(use, offset, root, field, answer_fields(use->checker->reader->arena, name->function));
    }
    return true;
}

static bool check_lets(const struct use *use, size_t offset, const char *root)
{
    struct checker *checker = use->checker;
    for (size_t i = 0; i < checker->provider->let_count && !checker->place_only; i++) {
        if (strcmp(checker->provider->lets[i].name, root) == 0) {
            check_let(checker, i, use, offset);
            return true;
        }
    }
    return false;
}

static void tell_unbound(const struct use *use, size_t offset, const char *root)
{
    struct checker *checker = use->checker;
    struct name_list all = {0};
    if (strcmp(root, "alert") == 0) {
        tell(use, offset,
             "'alert' may not stand in a pack: what it needs of an alert comes through a parameter "
             "(with.NAME)");
        return;
    }
    if (strcmp(root, "vars") == 0 || strcmp(root, "steps") == 0) {
        tell(use, offset,
             "'%s' is the playbook's: what a pack needs of it comes through a parameter (with.NAME)", root);
        return;
    }
    if (strcmp(root, "result") == 0) {
        tell(use, offset, "'result' is there only in a call's own lines: give its answer a name by `as`");
        return;
    }
    for (size_t i = 0; i < checker->names.count; i++) {
        add(checker, &all, checker->names.items[i]);
    }
    for (size_t i = 0; i < checker->provider->let_count; i++) {
        add(checker, &all, (struct name){.text = checker->provider->lets[i].name});
    }
    static const char *const given[] = {"with", "target", "prior", "kept", "run", "task"};
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        add(checker, &all, (struct name){.text = given[i]});
    }
    tell(use, offset, "'%s' is not bound here%s%s", root,
         checker->place_only ? ": a provider's `when` knows target, and directory or service" : "",
         checker->place_only ? "" : bind_meant(checker->reader->arena, root, texts(checker, &all)));
}

static void check_use(void *arg, const char *root, const char *path, bool optional, size_t offset)
{
    const struct use *use = arg;
    struct checker *checker = use->checker;
    const char *field = NULL;
    if (path[strlen(root)] == '.') {
        const char *start = path + strlen(root) + 1;
        field = arena_copy(checker->reader->arena, start, strcspn(start, "."));
    }
    if (checker->loop != NULL && strcmp(root, checker->loop) == 0) {
        return;
    }
    if (checker->result != NULL && strcmp(root, "result") == 0) {
        check_field(use, offset, root, field, answer_fields(checker->reader->arena, checker->result));
        return;
    }
    if (!check_given(use, offset, root, field, optional) &&
        !check_bound(use, offset, root, field, optional) && !check_lets(use, offset, root)) {
        tell_unbound(use, offset, root);
    }
}

/* Its names, and its calls: a function nobody knows would show only when it is too late. */
static void check_expression(struct checker *checker, const struct cel_program *program,
                             const struct yaml_node *node, size_t start)
{
    struct use use = {.checker = checker, .node = node, .start = start};
    struct soar_err err;
    size_t offset = 0;
    cel_names(program, check_use, &use);
    if (cel_check(program, &offset, &err) < 0) {
        tell(&use, offset, "%s", err.text);
    }
}

static void check_program(struct checker *checker, const struct cel_program *program)
{
    const struct yaml_node *node = program == NULL ? NULL : reader_where(checker->reader, program);
    if (node != NULL) {
        check_expression(checker, program, node, 0);
    }
}

static void check_template(struct checker *checker, const struct template *template,
                           const struct yaml_node *node)
{
    for (size_t i = 0; i < template->count; i++) {
        if (template->parts[i].hole != NULL) {
            check_expression(checker, template->parts[i].hole, node, template->parts[i].offset);
        }
    }
}

/* A tree and the YAML it was read from have one shape. */
static void check_tree(struct checker *checker, const struct tree *tree, const struct yaml_node *node)
{
    if (tree->kind == TREE_TEMPLATE) {
        check_template(checker, tree->template, node);
    }
    for (size_t i = 0; i < tree->count; i++) {
        check_tree(checker, tree->items[i], node->items[i]);
    }
}

static void check_lines(struct checker *checker, const struct pack_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct pack_line *line = &lines->items[i];
        check_program(checker, line->in);
        checker->loop = line->each;
        check_program(checker, line->when);
        const struct yaml_node *node =
            line->template == NULL ? NULL : reader_where(checker->reader, line->template);
        if (node != NULL) {
            check_template(checker, line->template, node);
        }
        checker->loop = NULL;
    }
}

/* Its mistakes are told once, however often it is used. */
static void check_let(struct checker *checker, size_t index, const struct use *use, size_t offset)
{
    const struct pack_binding *let = &checker->provider->lets[index];
    checker->let_used[index] = true;
    if (checker->let_open[index]) {
        tell(use, offset, "'%s' is made of itself", let->name);
        return;
    }
    if (checker->let_told[index]) {
        return;
    }
    const struct function *result = checker->result;
    const char *loop = checker->loop;
    size_t errors = checker->reader->diags->errors;
    checker->result = NULL;
    checker->loop = NULL;
    checker->let_open[index] = true;
    check_program(checker, let->program);
    if (let->text != NULL) {
        check_tree(checker, let->text, reader_where(checker->reader, let->text));
    }
    if (let->lines != NULL) {
        check_lines(checker, let->lines);
    }
    checker->let_open[index] = false;
    checker->let_told[index] = checker->reader->diags->errors > errors;
    checker->result = result;
    checker->loop = loop;
}

static void check_bindings(struct checker *checker, const struct pack_binding *bindings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_program(checker, bindings[i].program);
    }
}

static void check_arguments(struct checker *checker, const struct pack_statement *statement)
{
    for (size_t i = 0; i < statement->argument_count; i++) {
        const struct pack_argument *argument = &statement->arguments[i];
        if (argument->tree != NULL) {
            check_tree(checker, argument->tree, reader_where(checker->reader, argument->tree));
        } else if (argument->lines != NULL) {
            check_lines(checker, argument->lines);
        }
    }
}

static void bind(struct checker *checker, const struct pack_statement *statement, const char *text,
                 enum name_bound bound)
{
    const struct name *before = find(&checker->names, text);
    struct diag_list *diags = checker->reader->diags;
    for (size_t i = 0; i < checker->provider->let_count; i++) {
        if (strcmp(checker->provider->lets[i].name, text) == 0) {
            diag_error(diags, statement->line, statement->col,
                       "'%s' is a name of the provider's `let` already", text);
            return;
        }
    }
    if (before != NULL) {
        diag_error(diags, statement->line, statement->col, "'%s' is bound already, in line %d", text,
                   before->line);
        return;
    }
    add(checker, &checker->names,
        (struct name){
            .text = text, .bound = bound, .function = statement->function, .line = statement->line});
}

/* Those of the provider stand behind the call's own, for every call: a mistake in them is told once. */
static void check_outcomes(struct checker *checker, const struct pack_statement *statement)
{
    size_t shared = checker->provider->case_count;
    size_t own = statement->case_count - shared;
    for (size_t i = 0; i < statement->case_count; i++) {
        size_t errors = checker->reader->diags->errors;
        if (i < own || !checker->outcomes_told) {
            check_program(checker, statement->cases[i].when);
        }
        checker->outcomes_told =
            checker->outcomes_told || (i >= own && checker->reader->diags->errors > errors);
    }
}

static void check_call(struct checker *checker, const struct pack_statement *statement)
{
    if (statement->function == NULL) { /* told; its name is bound all the same */
        if (statement->as != NULL) {
            bind(checker, statement, statement->as, BOUND_ALWAYS);
        }
        return;
    }
    check_program(checker, statement->when);
    check_arguments(checker, statement);
    checker->result = statement->function;
    check_outcomes(checker, statement);
    check_program(checker, statement->expect);
    check_program(checker, statement->until);
    check_bindings(checker, statement->bindings, statement->binding_count);
    checker->result = NULL;
    if (statement->as != NULL) {
        bind(checker, statement, statement->as,
             statement->once           ? BOUND_ONCE
             : statement->when != NULL ? BOUND_PERHAPS
                                       : BOUND_ALWAYS);
    }
}

static void check_statement(struct checker *checker, const struct pack_statement *statement)
{
    if (statement->kind == STATEMENT_CALL) {
        check_call(checker, statement);
        return;
    }
    check_program(checker, statement->of);
    if (statement->kind == STATEMENT_ONE && statement->as != NULL) {
        bind(checker, statement, statement->as, BOUND_ALWAYS);
    }
    check_program(checker, statement->id);
    for (size_t i = 0; i < statement->case_count; i++) {
        check_program(checker, statement->cases[i].when);
    }
    check_program(checker, statement->so);
    check_program(checker, statement->clear);
    check_program(checker, statement->underway);
    check_bindings(checker, statement->bindings, statement->binding_count);
    for (size_t i = 0; i < statement->binding_count; i++) {
        if (statement->kind == STATEMENT_LET) {
            bind(checker, statement, statement->bindings[i].name, BOUND_ALWAYS);
        } else if (statement->kind == STATEMENT_PRIOR) {
            add(checker, &checker->priors, (struct name){.text = statement->bindings[i].name});
        }
    }
}

static void check_steps(struct checker *checker, enum pack_phase phase)
{
    const struct pack_steps *steps = &checker->provider->phases[phase];
    for (size_t i = 0; i < steps->count; i++) {
        check_statement(checker, &steps->items[i]);
    }
}

/* What the engine keeps for the task, whatever the pack keeps: the evidence of a call that collects. */
static bool collects(const struct pack_statement *statement)
{
    return statement->kind == STATEMENT_CALL && statement->function != NULL && statement->function->collects;
}

static void collect_keeps(struct checker *checker)
{
    const struct pack_provider *provider = checker->provider;
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        for (size_t i = 0; i < provider->phases[phase].count; i++) {
            const struct pack_statement *statement = &provider->phases[phase].items[i];
            if (collects(statement)) {
                add(checker, &checker->keeps, (struct name){.text = "evidence"});
            }
            bool keeps = statement->kind == STATEMENT_KEEP || statement->kind == STATEMENT_CALL;
            for (size_t j = 0; keeps && j < statement->binding_count; j++) {
                add(checker, &checker->keeps, (struct name){.text = statement->bindings[j].name});
            }
        }
    }
    for (size_t i = 0; i < provider->verify_keep_count; i++) {
        add(checker, &checker->keeps, (struct name){.text = provider->verify_keep[i].name});
    }
}

/* Each phase behind check begins with what find and check have bound. What apply bound may be gone at verify:
 * a try that finds it so already goes there without it. */
static void check_phases(struct checker *checker)
{
    check_steps(checker, PHASE_FIND);
    check_steps(checker, PHASE_CHECK);
    check_bindings(checker, checker->provider->verify_keep, checker->provider->verify_keep_count);
    size_t looked = checker->names.count;
    check_steps(checker, PHASE_REVERT);
    checker->names.count = looked;
    check_steps(checker, PHASE_APPLY);
    for (size_t i = looked; i < checker->names.count; i++) {
        checker->names.items[i].bound =
            checker->names.items[i].bound == BOUND_ONCE ? BOUND_ONCE : BOUND_PERHAPS;
    }
    check_steps(checker, PHASE_VERIFY);
}

static void check_provider(struct pack_reader *reader, const struct pack_provider *provider)
{
    struct checker checker = {
        .reader = reader,
        .provider = provider,
        .let_used = arena_array(reader->arena, provider->let_count, sizeof(bool)),
        .let_open = arena_array(reader->arena, provider->let_count, sizeof(bool)),
        .let_told = arena_array(reader->arena, provider->let_count, sizeof(bool)),
    };
    collect_keeps(&checker);
    checker.place_only = true;
    check_program(&checker, provider->when);
    checker.place_only = false;
    check_phases(&checker);
    for (size_t i = 0; i < provider->let_count; i++) {
        if (!checker.let_used[i]) {
            diag_warning(reader->diags, provider->lets[i].line, provider->lets[i].col, "'%s' is never used",
                         provider->lets[i].name);
        }
    }
}

void reader_names(struct pack_reader *reader)
{
    for (size_t i = 0; i < reader->pack->provider_count; i++) {
        reader->diags->file = reader->pack->providers[i].origin;
        check_provider(reader, &reader->pack->providers[i]);
    }
}
