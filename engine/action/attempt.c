/* Walks a phase statement by statement: what needs no answer is done at once, a call is handed out and its
 * answer waited for. It keeps nothing beyond its arena and asks nobody; the caller is its only hand and its
 * only clock. */
#include "engine/action/attempt.h"

#include <assert.h>
#include <string.h>

#include "engine/action/attempt_parts.h"
#include "engine/action/sink.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

const char *attempt_verdict_name(enum attempt_verdict verdict)
{
    static const char *const names[VERDICT_COUNT] = {"none", "so", "underway", "clear", "partly"};
    return (unsigned)verdict < VERDICT_COUNT ? names[verdict] : "?";
}

static struct value empty_map(struct arena *arena)
{
    struct value_builder builder;
    value_build(&builder, arena);
    return value_end_map(&builder);
}

static struct value map_or_empty(struct arena *arena, const struct value *value)
{
    return value->kind == VALUE_MAP ? *value : empty_map(arena);
}

struct attempt *attempt_new(struct arena *arena, const struct attempt_input *input)
{
    struct attempt *attempt = arena_alloc(arena, sizeof *attempt);
    attempt->arena = arena;
    attempt->input = *input;
    attempt->target = attempt_target(arena, &input->target);
    attempt->prior = map_or_empty(arena, &input->prior);
    attempt->kept = map_or_empty(arena, &input->kept);
    attempt->ended = true;
    attempt->poll_since_ms = -1;
    attempt->outcome.facts = empty_map(arena);
    return attempt;
}

void attempt_begin(struct attempt *attempt, enum pack_phase phase, int64_t now_ms)
{
    const struct pack_provider *provider = attempt->input.provider;
    assert(!attempt->out);
    bool again = phase == PHASE_VERIFY && !provider->phases[PHASE_VERIFY].given;
    attempt->phase = phase;
    attempt->steps = &provider->phases[again ? PHASE_CHECK : phase];
    attempt->index = 0;
    attempt->ended = false;
    attempt->found_already = false;
    attempt->changed = false;
    attempt->poll_since_ms = -1;
    attempt->poll_at_ms = 0;
    if (phase == PHASE_VERIFY) {
        attempt->calls = 0; /* each look is bounded by itself: how often it is made is the engine's */
    }
    if (!attempt->started) {
        attempt->started = true;
        attempt->started_ms = now_ms;
    }
    struct attempt_result *outcome = &attempt->outcome;
    outcome->judgement = JUDGED_DONE;
    outcome->why = "";
    outcome->verdict = VERDICT_NONE;
    if (phase != PHASE_CHECK || outcome->kept.kind != VALUE_MAP) {
        outcome->kept = empty_map(attempt->arena); /* what find kept is journaled with what check found */
    }
    outcome->refused = false;
    outcome->wrote = false;
    outcome->retry_after_ms = 0;
}

const struct attempt_result *attempt_result(const struct attempt *attempt)
{
    return &attempt->outcome;
}

void attempt_set_found(struct attempt *attempt, const struct value *id, const struct value *facts)
{
    struct value_builder builder;
    value_build(&builder, attempt->arena);
    if (id != NULL && id->kind == VALUE_STRING) {
        value_put_text(&builder, "id", *id);
        attempt->outcome.id = *id;
    }
    if (facts != NULL && facts->kind == VALUE_MAP) {
        const struct value *known = value_get(&attempt->target, "facts");
        struct value none = value_null();
        value_put_text(&builder, "facts",
                       attempt_merge(attempt->arena, known == NULL ? &none : known, facts));
        attempt->outcome.facts = attempt_merge(attempt->arena, &attempt->outcome.facts, facts);
    }
    struct value over = value_end_map(&builder);
    attempt->target = attempt_merge(attempt->arena, &attempt->target, &over);
}

/* Is it to be made at all? -1: the phase has ended by a mistake. */
static int call_is_due(struct attempt *attempt, const struct pack_statement *statement)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct soar_err err;
    bool due = true;
    if (statement->when != NULL && cel_bool(statement->when, &scope, attempt->arena, &due, &err) < 0) {
        attempt_mistake(attempt, statement, "when", &err);
        return -1;
    }
    uint64_t over = attempt->input.once_done | attempt->input.once_skip;
    if (statement->once && attempt->phase == PHASE_APPLY && (over >> statement->position & 1) != 0) {
        due = false;
    }
    return due;
}

static int64_t time_left(const struct attempt *attempt, int64_t now_ms)
{
    if (attempt->phase == PHASE_VERIFY) {
        return INT64_MAX; /* polls are not counted */
    }
    int64_t timeout =
        attempt->input.timeout_ms > 0 ? attempt->input.timeout_ms : attempt->input.provider->timeout_ms;
    return timeout - (now_ms - attempt->started_ms - attempt->waited_ms);
}

static int render(struct attempt *attempt, const struct pack_statement *statement, struct value *ret_args,
                  struct soar_err *err)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct value_builder builder;
    value_build(&builder, attempt->arena);
    for (size_t i = 0; i < statement->argument_count; i++) {
        struct value value;
        if (sink_render(&statement->arguments[i], &scope, &attempt->input.with, attempt->arena, &value, err) <
            0) {
            return -1;
        }
        value_put_text(&builder, statement->arguments[i].param->name, value);
    }
    *ret_args = value_end_map(&builder);
    return 0;
}

/* True if the call goes out; else it was stepped over or has ended the phase. */
static bool begin_call(struct attempt *attempt, const struct pack_statement *statement, int64_t now_ms,
                       struct attempt_call *ret_call)
{
    struct soar_err err;
    bool polling = attempt->poll_since_ms >= 0;
    int due = polling ? 1 : call_is_due(attempt, statement);
    if (due == 0) {
        if (statement->as != NULL) {
            attempt_bind(attempt, statement->as, empty_map(attempt->arena));
        }
        attempt->index++;
    }
    if (due <= 0) {
        return false;
    }
    attempt->calls += polling ? 0 : 1;
    attempt->waited_ms += polling ? now_ms - attempt->asked_ms : 0;
    if (attempt->calls > LIMIT_CALLS) {
        attempt_end(attempt, JUDGED_PERMANENT,
                    arena_printf(attempt->arena, "more than %d calls in one try", LIMIT_CALLS));
        return false;
    }
    int64_t left = time_left(attempt, now_ms);
    if (left <= 0) {
        attempt_end(attempt, JUDGED_TRANSIENT, "the time of this try is over");
        return false;
    }
    struct attempt_call call = {
        .statement = statement, .position = statement->position, .function = statement->function};
    if (render(attempt, statement, &call.args, &err) < 0) {
        attempt_mistake(attempt, statement, statement->function->name, &err);
        return false;
    }
    call.deadline_ms = statement->deadline_ms < left ? statement->deadline_ms : left;
    attempt->out = true;
    attempt->outcome.wrote = attempt->outcome.wrote || statement->function->class == FUNCTION_WRITE;
    *ret_call = call;
    return true;
}

static void end_of_phase(struct attempt *attempt)
{
    bool nothing_new = attempt->found_already && !attempt->changed;
    attempt_end(attempt,
                nothing_new && attempt->phase != PHASE_CHECK && attempt->phase != PHASE_VERIFY
                    ? JUDGED_ALREADY
                    : JUDGED_DONE,
                "");
}

enum attempt_ask attempt_next(struct attempt *attempt, int64_t now_ms, struct attempt_call *ret_call,
                              int64_t *ret_at_ms)
{
    assert(!attempt->out);
    if (!attempt->ended && now_ms < attempt->poll_at_ms) {
        *ret_at_ms = attempt->poll_at_ms;
        return ATTEMPT_WAIT;
    }
    while (!attempt->ended) {
        if (attempt->index >= attempt->steps->count) {
            end_of_phase(attempt);
            break;
        }
        const struct pack_statement *statement = &attempt->steps->items[attempt->index];
        if (statement->kind == STATEMENT_CALL) {
            if (begin_call(attempt, statement, now_ms, ret_call)) {
                return ATTEMPT_CALL;
            }
        } else {
            attempt_statement(attempt, statement);
            attempt->index++;
        }
    }
    return ATTEMPT_ENDED;
}

/* Some say when to come again: which is kept to, within bounds. */
static int64_t asked_to_wait(const struct value *result)
{
    int64_t ms = value_get_int(result, "retry_after_ms", 0);
    return ms < 0 ? 0 : ms < LIMIT_RETRY_AFTER_MS ? ms : LIMIT_RETRY_AFTER_MS;
}

/* A read with `until`: is it over? If not, it is made again at its time, or its time is up. */
static bool poll_is_over(struct attempt *attempt, const struct pack_statement *statement, int64_t now_ms,
                         struct attempt_judged *judged)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct soar_err err;
    bool holds = false;
    if (cel_bool(statement->until, &scope, attempt->arena, &holds, &err) < 0) {
        judged->judgement = JUDGED_PERMANENT;
        judged->why = attempt_place(attempt, statement->line, statement->col, "until", &err);
        return true;
    }
    if (holds) {
        return true;
    }
    if (attempt->poll_since_ms < 0) {
        attempt->poll_since_ms = now_ms;
    }
    int64_t asked_ms = asked_to_wait(attempt->result);
    int64_t again_ms = now_ms + (asked_ms > statement->every_ms ? asked_ms : statement->every_ms);
    if (again_ms - attempt->poll_since_ms > statement->within_ms) {
        judged->judgement = JUDGED_TRANSIENT;
        judged->why =
            arena_printf(attempt->arena, "it didn't come true in time: %s", cel_text(statement->until));
        return true;
    }
    attempt->poll_at_ms = again_ms;
    attempt->asked_ms = now_ms;
    return false;
}

/* What was collected is kept whatever the pack makes of the answer; the journal has it from elsewhere. */
static void keep_evidence(struct attempt *attempt, const struct value *result)
{
    const struct value *evidence = value_get(result, "evidence");
    struct value_builder builder;
    if (evidence == NULL || evidence->kind != VALUE_MAP) {
        return;
    }
    value_build(&builder, attempt->arena);
    value_put_text(&builder, "evidence", *evidence);
    struct value map = value_end_map(&builder);
    attempt->kept = attempt_merge(attempt->arena, &attempt->kept, &map);
}

/* What a call that has ended well leaves behind. */
static void settle(struct attempt *attempt, const struct pack_statement *statement,
                   const struct value *result, struct attempt_judged *judged, struct value *ret_kept)
{
    struct value map;
    if (judged->judgement == JUDGED_DONE && statement->binding_count > 0) {
        if (attempt_bindings(attempt, statement->bindings, statement->binding_count, &map, &judged->why) <
                0 ||
            attempt_keep(attempt, &map, &judged->why) < 0) {
            judged->judgement = JUDGED_PERMANENT;
            return;
        }
        *ret_kept = map;
    }
    if (statement->as != NULL) {
        attempt_bind(attempt, statement->as, *result);
    }
    bool writes = statement->function->class == FUNCTION_WRITE;
    attempt->found_already = attempt->found_already || judged->judgement == JUDGED_ALREADY;
    attempt->changed = attempt->changed || (writes && judged->judgement == JUDGED_DONE);
}

/* In a check, `already` and `underway` are verdicts; elsewhere `already` goes on and all others end the
 * phase. */
static void go_on(struct attempt *attempt, const struct attempt_judged *judged)
{
    bool looks = attempt->phase == PHASE_CHECK || attempt->phase == PHASE_VERIFY;
    if (looks && (judged->judgement == JUDGED_ALREADY || judged->judgement == JUDGED_UNDERWAY)) {
        attempt->outcome.verdict = judged->judgement == JUDGED_ALREADY ? VERDICT_SO : VERDICT_UNDERWAY;
        attempt_end(attempt, JUDGED_DONE, judged->why);
    } else if (judged->judgement == JUDGED_DONE || judged->judgement == JUDGED_ALREADY) {
        attempt->index++;
    } else {
        attempt_end(attempt, judged->judgement, judged->why);
    }
}

enum pack_judgement attempt_answer(struct attempt *attempt, const struct soar_answer *answer, int64_t now_ms,
                                   struct value *ret_kept, const char **ret_why)
{
    assert(attempt->out);
    const struct pack_statement *statement = &attempt->steps->items[attempt->index];
    bool writes = statement->function->class == FUNCTION_WRITE;
    const char *text = answer->result == NULL ? "null" : answer->result;
    struct value result = value_null();
    struct value kept = empty_map(attempt->arena);
    struct attempt_judged judged;
    struct soar_err err;
    attempt->out = false;
    if (json_parse(attempt->arena, text, strlen(text), &result, &err) < 0) {
        judged.judgement = writes ? JUDGED_UNKNOWN : JUDGED_TRANSIENT;
        judged.why = arena_printf(attempt->arena, "%s: its answer can't be read: %s",
                                  statement->function->name, err.text);
    } else {
        if (statement->function->collects) {
            keep_evidence(attempt, &result);
        }
        attempt->result = &result;
        judged = attempt_judge(attempt, statement, answer, &result);
        bool pending = judged.judgement == JUDGED_DONE && statement->until != NULL &&
                       !poll_is_over(attempt, statement, now_ms, &judged);
        if (!pending && (judged.judgement == JUDGED_DONE || judged.judgement == JUDGED_ALREADY)) {
            settle(attempt, statement, &result, &judged, &kept);
        }
        attempt->result = NULL;
        if (pending) {
            *ret_why = "";
            if (ret_kept != NULL) {
                *ret_kept = kept;
            }
            return JUDGED_DONE;
        }
    }
    attempt->poll_since_ms = -1;
    attempt->poll_at_ms = 0;
    go_on(attempt, &judged);
    attempt->outcome.retry_after_ms = attempt->ended ? asked_to_wait(&result) : 0;
    *ret_why = judged.why;
    if (ret_kept != NULL) {
        *ret_kept = kept;
    }
    return judged.judgement;
}
