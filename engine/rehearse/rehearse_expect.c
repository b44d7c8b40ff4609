/* What must be so at the end of a case: checked for sense when the file is read, and looked at when the case
 * has been played. Each failed expectation is told with its own place, what was expected and what is. */
#include <stdarg.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/rehearse/rehearse_parts.h"

static const char *const results[] = {"succeeded",   "partial", "failed", "refused",
                                      "unsupported", "skipped", NULL};
static const char *const outcomes[] = {"changed", "already",     "partial", "failed",  "refused",
                                       "skipped", "unsupported", "held",    "pending", NULL};

struct wanted { /* of one target: a word, or {outcome, why} */
    int outcome;
    const char *why;
};

static const struct bind_key wanted_keys[] = {
    {.name = "outcome",
     .kind = BIND_CHOICE,
     .offset = offsetof(struct wanted, outcome),
     .required = true,
     .words = outcomes},
    {.name = "why", .kind = BIND_TEXT, .offset = offsetof(struct wanted, why)},
    {0}};
static const struct bind_table wanted_table = {"what is expected of a target", sizeof(struct wanted),
                                               wanted_keys};

/* The index of a word, told if it is none of them; -1. */
static int word_of(struct arena *arena, const struct yaml_node *node, const char *what,
                   const char *const *words, struct diag_list *diags)
{
    BUF_SCOPED list = {0};

    for (int i = 0; words[i]; i++) {
        if (node->kind == YAML_SCALAR && text_same_fold(node->text, words[i]))
            return i;
        buf_printf(&list, "%s%s", i ? ", " : "", words[i]);
    }
    diag_error(diags, node->line, node->col, "%s: expected one of %s, found %s%s%s%s", what,
               buf_string(&list), node->kind == YAML_SCALAR ? "'" : bind_found(node),
               node->kind == YAML_SCALAR ? node->text : "", node->kind == YAML_SCALAR ? "'" : "",
               node->kind == YAML_SCALAR ? bind_meant(arena, node->text, words) : "");
    return -1;
}

static struct wanted wanted_of(struct arena *arena, const struct yaml_node *node, struct diag_list *diags)
{
    struct wanted wanted = {0};

    if (node->kind == YAML_MAP)
        bind_map(arena, node, &wanted_table, &wanted, diags);
    else
        wanted.outcome = word_of(arena, node, "a target", outcomes, diags);
    return wanted;
}

static void check_steps(const struct rehearse_test *test, const struct rehearse_case *one,
                        struct diag_list *diags)
{
    const struct yaml_node *steps = one->expect.steps;

    if (steps && steps->kind != YAML_MAP) {
        diag_error(diags, steps->line, steps->col, "'steps': expected a map of steps, found %s",
                   bind_found(steps));
        return;
    }
    for (size_t s = 0; steps && s < steps->count; s++) {
        const struct yaml_node *targets = steps->items[s];

        rehearse_check_step(test, steps->keys[s], diags);
        if (targets->kind != YAML_MAP)
            word_of(test->arena, targets, "a step", results, diags);
        for (size_t t = 0; targets->kind == YAML_MAP && t < targets->count; t++) {
            rehearse_check_target(test, one, targets->keys[t], diags);
            wanted_of(test->arena, targets->items[t], diags);
        }
    }
}

static void check_calls(const struct rehearse_test *test, const struct rehearse_case *one,
                        const struct bind_array *list, bool never, struct diag_list *diags)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *node = list->nodes[i];
        const struct yaml_node *call = yaml_get(node, "call");
        const struct yaml_node *on = yaml_get(node, "on");
        bool times = yaml_get(node, "times") != NULL;
        bool at_most = yaml_get(node, "at_most") != NULL;

        if (call)
            rehearse_check_call(test, call, diags);
        if (on && (!never || test->site)) /* a host that isn't in play may be what is feared */
            rehearse_check_target(test, one, on, diags);
        if (!never && times == at_most)
            diag_error(diags, node->line, node->col, "a line of 'calls' needs 'times' or 'at_most'");
        if (never && !call && !on)
            diag_error(diags, node->line, node->col, "a line of 'never' needs 'call' or 'on'");
    }
}

void rehearse_check_expect(const struct rehearse_test *test, const struct rehearse_case *one,
                           struct diag_list *diags)
{
    const struct yaml_node *node = one->expect_node;
    const struct yaml_node *starts = yaml_get(node, "starts");

    if (node->count == 0)
        diag_error(diags, node->line, node->col, "it expects nothing: such a case can't fail");
    if (starts && !one->expect.starts && node->count > 1)
        diag_error(diags, starts->line, starts->col,
                   "where the alert starts nothing, nothing else can be expected");
    if (starts && !one->alert)
        diag_error(diags, starts->line, starts->col, "'starts' needs an alert");
    check_steps(test, one, diags);
    check_calls(test, one, &one->expect.never, true, diags);
    check_calls(test, one, &one->expect.calls, false, diags);
    for (size_t i = 0; i < one->expect.contained.count; i++)
        rehearse_check_target(test, one, one->expect.contained.node->items[i], diags);
}

/* --- of a case that was played --- */

void rehearse_fail(struct rehearse_play *play, const struct yaml_node *where, const char *format, ...)
{
    struct value_builder failure;
    va_list args;

    va_start(args, format);
    value_build(&failure, play->arena);
    value_put_text(&failure, "line", value_int(where->line));
    value_put_text(&failure, "col", value_int(where->col));
    value_put_text(&failure, "text", value_static(arena_vprintf(play->arena, format, args)));
    va_end(args);
    value_push(&play->failures, value_end_map(&failure));
}

static const char *and_why(struct arena *arena, const char *why)
{
    return why && *why ? arena_printf(arena, ": %s", why) : "";
}

/* What a task is, in the words of an expectation where there is one. */
static const char *is_now(const struct run_task *task)
{
    return task->state == TASK_ENDED  ? task_outcome_name(task->outcome)
           : task->state == TASK_HELD ? "held"
                                      : task_state_name(task->state);
}

/* The targets that aren't done, for whoever wonders why a run ended as it did. */
static const char *not_done(const struct run *run, struct arena *arena)
{
    BUF_SCOPED list = {0};
    size_t told = 0;

    for (size_t i = 0; i < run->task_count; i++) {
        const struct run_task *task = run->tasks[i];
        bool done = task->state == TASK_ENDED &&
                    (task->outcome == OUTCOME_CHANGED || task->outcome == OUTCOME_ALREADY);

        if (!done && told++ < 3)
            buf_printf(&list, "%s%s is %s in step %s%s", told == 1 ? " (" : "; ", task->name, is_now(task),
                       task->step->name, and_why(arena, task->why));
    }
    if (told > 3)
        buf_printf(&list, "; and %zu more", told - 3);
    if (told)
        buf_char(&list, ')');
    return arena_string(arena, buf_string(&list));
}

static const char *status_of(const struct run *run)
{
    return run->state == RUN_ENDED     ? run_result_name(run->result)
           : run_waits_for_person(run) ? "waiting"
                                       : "running";
}

static void look_at_status(struct rehearse_play *play, const struct run *run)
{
    const struct yaml_node *node = yaml_get(play->one->expect_node, "status");
    const char *wanted = rehearse_statuses[play->one->expect.status];

    if (node && strcmp(status_of(run), wanted) != 0)
        rehearse_fail(play, node, "expected the run to be %s, it is %s%s", wanted, status_of(run),
                      not_done(run, play->arena));
}

static void look_at_task(struct rehearse_play *play, const struct run_task *task,
                         const struct yaml_node *node, const struct wanted *wanted)
{
    const char *outcome = outcomes[wanted->outcome];

    if (strcmp(is_now(task), outcome) != 0)
        rehearse_fail(play, node, "expected %s to be %s in step %s, it is %s%s", task->name, outcome,
                      task->step->name, is_now(task), and_why(play->arena, task->why));
    else if (wanted->why && !strstr(task->why ? task->why : "", wanted->why))
        rehearse_fail(play, node, "expected %s to be %s in step %s because of '%s', it is%s", task->name,
                      outcome, task->step->name, wanted->why,
                      task->why && *task->why ? and_why(play->arena, task->why) : " without a reason");
}

static const char *targets_of(const struct run_step *step, struct arena *arena)
{
    BUF_SCOPED list = {0};

    for (size_t i = 0; i < step->task_count; i++)
        buf_printf(&list, "%s%s", i ? ", " : ": it has ", step->tasks[i]->name);
    if (step->task_count == 0)
        buf_printf(&list, "%s",
                   step->state == STEP_WAITING ? ": it has not begun" : and_why(arena, step->why));
    return arena_string(arena, buf_string(&list));
}

static void look_at_targets(struct rehearse_play *play, const struct run_step *step,
                            const struct yaml_node *targets)
{
    for (size_t t = 0; t < targets->count; t++) {
        struct diag_list none;
        bool found = false;

        diag_init(&none, play->arena, "");
        struct wanted wanted = wanted_of(play->arena, targets->items[t], &none);

        for (size_t i = 0; i < step->task_count; i++)
            if (!step->tasks[i]->undo &&
                rehearse_is(play->one, targets->keys[t]->text, step->tasks[i]->key, step->tasks[i]->name)) {
                look_at_task(play, step->tasks[i], targets->items[t], &wanted);
                found = true;
            }
        if (!found)
            rehearse_fail(
                play, targets->items[t], "expected %s to be %s in step %s, which has no such target%s",
                targets->keys[t]->text, outcomes[wanted.outcome], step->name, targets_of(step, play->arena));
    }
}

static void look_at_result(struct rehearse_play *play, const struct run_step *step,
                           const struct yaml_node *node)
{
    const char *is = step->state == STEP_ENDED     ? step_result_name(step->result)
                     : step->state == STEP_WAITING ? "not begun"
                                                   : "under way";

    if (!text_same_fold(is, node->text))
        rehearse_fail(play, node, "expected step %s to be %s, it is %s%s", step->name, node->text, is,
                      and_why(play->arena, step->why));
}

static void look_at_steps(struct rehearse_play *play, const struct run *run)
{
    const struct yaml_node *steps = play->one->expect.steps;

    for (size_t s = 0; steps && s < steps->count; s++)
        for (size_t i = 0; i < run->step_count; i++) {
            const struct run_step *step = &run->steps[i];

            if (strcmp(step->name, steps->keys[s]->text) != 0)
                continue;
            if (steps->items[s]->kind == YAML_MAP)
                look_at_targets(play, step, steps->items[s]);
            else
                look_at_result(play, step, steps->items[s]);
        }
}

static const char *times(struct arena *arena, int64_t count)
{
    return count == 1 ? "once" : arena_printf(arena, "%lld times", (long long)count);
}

static void look_at_calls(struct rehearse_play *play, const struct bind_array *list, bool never)
{
    const struct rehearse_calls *items = list->items;

    for (size_t i = 0; i < list->count; i++) {
        const struct rehearse_calls *wanted = &items[i];
        const char *key = wanted->on ? rehearse_key(play->one, play->arena, wanted->on) : NULL;
        int64_t made = (int64_t)fake_world_calls(play->world, key, wanted->call);
        bool exactly = yaml_get(list->nodes[i], "times") != NULL;
        int64_t limit = never ? 0 : exactly ? wanted->times : wanted->at_most;
        const char *where = wanted->on ? arena_printf(play->arena, " on %s", wanted->on) : "";

        if (made > limit || (exactly && made < limit))
            rehearse_fail(
                play, list->nodes[i], "expected %s%s %s, it was called %s",
                wanted->call ? wanted->call : "any function", where,
                never     ? "never to be called"
                : exactly ? arena_printf(play->arena, "to be called %s", times(play->arena, limit))
                          : arena_printf(play->arena, "to be called at most %s", times(play->arena, limit)),
                times(play->arena, made));
    }
}

static bool is_wanted(const struct rehearse_play *play, const struct ledger_row *row)
{
    const struct bind_texts *contained = &play->one->expect.contained;

    for (size_t i = 0; i < contained->count; i++)
        if (rehearse_is_row(play->one, contained->items[i], row))
            return true;
    return false;
}

/* Exactly these, by what the ledger holds; that the ledger says what is true is one of the promises. */
static void look_at_contained(struct rehearse_play *play)
{
    const struct ledger *ledger = loop_ledger(rehearsal_loop(play->rehearsal));
    const struct bind_texts *contained = &play->one->expect.contained;

    for (size_t i = 0; i < contained->count; i++) {
        const char *instead = "free";

        for (size_t r = 0; instead && r < ledger_row_count(ledger); r++) {
            const struct ledger_row *row = ledger_row_at(ledger, r);

            if (rehearse_is_row(play->one, contained->items[i], row))
                instead = row->held ? NULL : "perhaps contained";
        }
        if (instead)
            rehearse_fail(play, contained->node->items[i], "expected %s to be contained, it is %s",
                          contained->items[i], instead);
    }
    for (size_t r = 0; contained->node && r < ledger_row_count(ledger); r++) {
        const struct ledger_row *row = ledger_row_at(ledger, r);

        if (row->held && !is_wanted(play, row))
            rehearse_fail(play, contained->node, "expected %s not to be contained, it is: %s", row->name,
                          row->action);
    }
}

void rehearse_expect(struct rehearse_play *play)
{
    const struct rehearse_expect *expect = &play->one->expect;
    const struct run *run = rehearsal_run_at(play->rehearsal, play->last);
    int lives = rehearsal_lives(play->rehearsal);

    if (!run) {
        rehearse_fail(play, play->one->expect_node, "expected a run, it never came to be");
        return;
    }
    look_at_status(play, run);
    look_at_steps(play, run);
    look_at_calls(play, &expect->never, true);
    look_at_calls(play, &expect->calls, false);
    look_at_contained(play);
    if (expect->lives && expect->lives != lives)
        rehearse_fail(play, yaml_get(play->one->expect_node, "lives"),
                      "expected %lld lives of the engine, it had %d", (long long)expect->lives, lives);
}
