/* The statements that need no answer: what a phase makes of what it has read. Each ends the phase when it
 * can't stand. */
#include <string.h>

#include "engine/action/attempt_parts.h"
#include "engine/action/sink.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

const char *attempt_place(const struct attempt *attempt, int line, int col, const char *what,
                          const struct soar_err *err)
{
    return arena_printf(attempt->arena, "%s:%d:%d: %s: %s", attempt->input.provider->origin, line, col, what,
                        err->text);
}

void attempt_end(struct attempt *attempt, enum pack_judgement judgement, const char *why)
{
    attempt->ended = true;
    attempt->outcome.judgement = judgement;
    attempt->outcome.why = why;
}

void attempt_mistake(struct attempt *attempt, const struct pack_statement *statement, const char *what,
                     const struct soar_err *err)
{
    attempt_end(attempt, JUDGED_PERMANENT,
                attempt_place(attempt, statement->line, statement->col, what, err));
}

int attempt_bindings(struct attempt *attempt, const struct pack_binding *bindings, size_t count,
                     struct value *ret_map, const char **ret_why)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct value_builder builder;
    struct soar_err err;
    value_build(&builder, attempt->arena);
    for (size_t i = 0; i < count; i++) {
        struct value value;
        if (cel_value(bindings[i].program, &scope, attempt->arena, &value, &err) < 0) {
            *ret_why = attempt_place(attempt, bindings[i].line, bindings[i].col, bindings[i].name, &err);
            return -1;
        }
        value_put_text(&builder, bindings[i].name, value);
    }
    *ret_map = value_end_map(&builder);
    return 0;
}

/* Puts new values over what is kept; -1 if that is more than a task may keep. */
int attempt_keep(struct attempt *attempt, const struct value *map, const char **ret_why)
{
    struct value kept = attempt_merge(attempt->arena, &attempt->kept, map);
    if (strlen(json_text(attempt->arena, &kept)) > LIMIT_KEPT_BYTES) {
        *ret_why = arena_printf(attempt->arena, "more than %d KiB to keep", LIMIT_KEPT_BYTES / 1024);
        return -1;
    }
    attempt->kept = kept;
    attempt->outcome.kept = attempt_merge(attempt->arena, &attempt->outcome.kept, map);
    return 0;
}

static void refuse(struct attempt *attempt, const char *why)
{
    attempt->outcome.refused = true;
    attempt_end(attempt, JUDGED_PERMANENT, why);
}

static int find_id(struct attempt *attempt, const struct pack_statement *statement, struct value *ret_id,
                   struct soar_err *err)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct value value;
    if (cel_value(statement->id, &scope, attempt->arena, &value, err) < 0 ||
        sink_text(&value, attempt->arena, ret_id, err) < 0) {
        return -1;
    }
    return ret_id->len > 0 ? 0 : soar_err_set(err, SOAR_INVALID, "an empty id names nothing");
}

static void do_one(struct attempt *attempt, const struct pack_statement *statement)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct soar_err err;
    struct value list;
    struct value id;
    struct value facts;
    const char *why = "";
    if (cel_value(statement->of, &scope, attempt->arena, &list, &err) < 0) {
        attempt_mistake(attempt, statement, "of", &err);
        return;
    }
    if (list.kind != VALUE_LIST) {
        soar_err_set(&err, SOAR_INVALID, "expected a list, found a %s", value_kind_name(list.kind));
        attempt_mistake(attempt, statement, "of", &err);
        return;
    }
    if (list.list->count == 0) {
        attempt_end(attempt, JUDGED_ABSENT, arena_printf(attempt->arena, "no %s matches", statement->as));
        return;
    }
    if (list.list->count > 1) {
        const char *many =
            list.list->count == 2 ? "two" : arena_printf(attempt->arena, "%zu", list.list->count);
        refuse(attempt, arena_printf(attempt->arena, "%s %ss match", many, statement->as));
        return;
    }
    attempt_bind(attempt, statement->as, list.list->items[0]);
    if (find_id(attempt, statement, &id, &err) < 0) {
        attempt_mistake(attempt, statement, "id", &err);
        return;
    }
    if (attempt_bindings(attempt, statement->bindings, statement->binding_count, &facts, &why) < 0) {
        attempt_end(attempt, JUDGED_PERMANENT, why);
        return;
    }
    attempt_set_found(attempt, &id, &facts);
}

static void do_refuse(struct attempt *attempt, const struct pack_statement *statement)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct soar_err err;
    for (size_t i = 0; i < statement->case_count; i++) {
        bool holds = false;
        if (cel_bool(statement->cases[i].when, &scope, attempt->arena, &holds, &err) < 0) {
            attempt_mistake(attempt, statement, "refuse", &err);
            return;
        }
        if (holds) {
            refuse(attempt, statement->cases[i].why);
            return;
        }
    }
}

/* What was there before us is taken once; while the ledger has it, nobody looks again. */
/* A check that is made again, after we have changed something, takes nothing: what it took stands. */
static void do_prior(struct attempt *attempt, const struct pack_statement *statement)
{
    struct value map;
    const char *why = "";
    if (attempt->input.prior.kind == VALUE_MAP || statement->binding_count == 0 ||
        value_get(&attempt->prior, statement->bindings[0].name) != NULL) {
        return;
    }
    if (attempt_bindings(attempt, statement->bindings, statement->binding_count, &map, &why) < 0) {
        attempt_end(attempt, JUDGED_PERMANENT, why);
        return;
    }
    attempt->prior = attempt_merge(attempt->arena, &attempt->prior, &map);
    attempt->outcome.prior = attempt->prior;
}

static void do_let(struct attempt *attempt, const struct pack_statement *statement)
{
    struct value map;
    const char *why = "";
    if (attempt_bindings(attempt, statement->bindings, statement->binding_count, &map, &why) < 0) {
        attempt_end(attempt, JUDGED_PERMANENT, why);
        return;
    }
    for (size_t i = 0; i < statement->binding_count; i++) {
        attempt_bind(attempt, statement->bindings[i].name, map.map->values[i]);
    }
}

static void do_keep(struct attempt *attempt, const struct pack_binding *bindings, size_t count)
{
    struct value map;
    const char *why = "";
    if (attempt_bindings(attempt, bindings, count, &map, &why) < 0 || attempt_keep(attempt, &map, &why) < 0) {
        attempt_end(attempt, JUDGED_PERMANENT, why);
    }
}

/* so, underway, clear, partly: the first that holds, in this order. */
static int find_verdict(struct attempt *attempt, const struct pack_statement *statement,
                        enum attempt_verdict *ret_verdict, const char **ret_what, struct soar_err *err)
{
    const struct {
        const char *what;
        const struct cel_program *program;
        enum attempt_verdict verdict;
    } order[] = {{"so", statement->so, VERDICT_SO},
                 {"underway", statement->underway, VERDICT_UNDERWAY},
                 {"clear", statement->clear, VERDICT_CLEAR}};
    struct cel_scope scope = attempt_scope(attempt);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        bool holds = false;
        if (order[i].program != NULL && cel_bool(order[i].program, &scope, attempt->arena, &holds, err) < 0) {
            *ret_what = order[i].what;
            return -1;
        }
        if (holds) {
            *ret_verdict = order[i].verdict;
            return 0;
        }
    }
    *ret_verdict = statement->clear == NULL ? VERDICT_CLEAR : VERDICT_PARTLY;
    return 0;
}

/* verify's own `keep` comes before the verdict, which may compare with it; it stands only if the verdict is
 * so. */
static void do_verdict(struct attempt *attempt, const struct pack_statement *statement)
{
    const struct pack_provider *provider = attempt->input.provider;
    struct value kept = attempt->kept;
    struct value kept_now = attempt->outcome.kept;
    const char *what = "";
    struct soar_err err;
    if (attempt->phase == PHASE_VERIFY && provider->verify_keep_count > 0) {
        do_keep(attempt, provider->verify_keep, provider->verify_keep_count);
    }
    if (attempt->ended) {
        return;
    }
    if (find_verdict(attempt, statement, &attempt->outcome.verdict, &what, &err) < 0) {
        attempt_mistake(attempt, statement, what, &err);
    }
    if (attempt->outcome.verdict != VERDICT_SO) {
        attempt->kept = kept;
        attempt->outcome.kept = kept_now;
    }
}

void attempt_statement(struct attempt *attempt, const struct pack_statement *statement)
{
    switch (statement->kind) {
    case STATEMENT_ONE:
        do_one(attempt, statement);
        break;
    case STATEMENT_REFUSE:
        do_refuse(attempt, statement);
        break;
    case STATEMENT_PRIOR:
        do_prior(attempt, statement);
        break;
    case STATEMENT_VERDICT:
        do_verdict(attempt, statement);
        break;
    case STATEMENT_LET:
        do_let(attempt, statement);
        break;
    case STATEMENT_KEEP:
        do_keep(attempt, statement->bindings, statement->binding_count);
        break;
    case STATEMENT_CALL:
        break;
    }
}
