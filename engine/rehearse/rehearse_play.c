/* Plays one case: the run to its rest, what happens then, five more minutes, a look at what was expected, and
 * at last the promises every run must keep. Each case has a world, a disk and an engine of its own. */
#include <string.h>

#include "engine/base/digest.h"
#include "engine/rehearse/rehearse_parts.h"
#include "engine/trigger/trigger.h"

enum {
    ROUNDS_MAX = 50,          /* of answers to people's questions: one that never ends is a mistake */
    AFTERMATH_MS = 5 * 60000, /* longer than any dead man's switch: what frees itself has done so by then */
    SLICES = 500,             /* of a time that passes, to answer questions in between */
};
#define LIMIT_MS (INT64_C(100) * 24 * 60 * 60 * 1000)

static uint64_t seed_of(const char *name)
{
    uint8_t digest[DIGEST_BYTES];
    uint64_t seed;

    digest_sha256(name, strlen(name), digest);
    memcpy(&seed, digest, sizeof seed);
    return seed;
}

/* Until nothing moves but what people could move, and the case has no answer to it. */
static int rest(struct rehearse_play *play, struct soar_err *err)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        int answers = rehearsal_run(play->rehearsal, err) ? -1 : rehearse_answer(play, err);

        if (answers <= 0)
            return answers;
    }
    return soar_err_set(err, SOAR_PERMANENT, "people are asked again and again");
}

static int pass(struct rehearse_play *play, int64_t ms, struct soar_err *err)
{
    int64_t end_ms = fake_world_now(play->world) + ms;
    int64_t slice_ms = ms / SLICES > 1000 ? ms / SLICES : 1000;

    for (int64_t now_ms; (now_ms = fake_world_now(play->world)) < end_ms;) {
        int64_t left_ms = end_ms - now_ms;

        if (rehearsal_pass(play->rehearsal, left_ms < slice_ms ? left_ms : slice_ms, err) ||
            rehearse_answer(play, err) < 0)
            return -1;
    }
    return 0;
}

static int start(struct rehearse_play *play, struct soar_err *err)
{
    const struct rehearse_case *one = play->one;
    struct loop_request request = {.playbook = play->test->playbook,
                                   .alert = one->alert ? &one->alert_value : NULL,
                                   .vars = one->vars ? &one->vars_value : NULL,
                                   .by = "the test"};

    if (rehearsal_request(play->rehearsal, &request, err))
        return soar_err_wrap(err, "the run could not be started");
    play->last = play->runs++;
    return 0;
}

/* What a release of a row is about; everything in the play's arena, since it outlives an engine. */
static struct run_about about_row(struct rehearse_play *play, const struct ledger_row *row)
{
    struct arena *arena = play->arena;
    const char **runs = arena_array(arena, row->holder_count + 1, sizeof *runs);

    for (size_t i = 0; i < row->holder_count; i++)
        runs[i] = arena_string(arena, row->holders[i].run);
    return (struct run_about){.target = arena_string(arena, row->target),
                              .name = arena_string(arena, row->name),
                              .action = arena_string(arena, row->action),
                              .provider = arena_string(arena, row->provider),
                              .place = arena_string(arena, row->place),
                              .pack = pack_shelf_find(play->test->options->shelf, row->action),
                              .args = value_copy(arena, &row->args),
                              .host = value_copy(arena, &row->host),
                              .free_count = row->holder_count,
                              .free_runs = runs};
}

static int release(struct rehearse_play *play, const char *wanted, struct soar_err *err)
{
    const struct ledger *ledger = loop_ledger(rehearsal_loop(play->rehearsal));
    size_t rows = ledger_row_count(ledger);
    struct run_about *about = arena_array(play->arena, rows + 1, sizeof *about);
    size_t count = 0;

    for (size_t i = 0; i < rows; i++) {
        const struct ledger_row *row = ledger_row_at(ledger, i);

        if (strcmp(wanted, "all") == 0 || rehearse_is_row(play->one, wanted, row))
            about[count++] = about_row(play, row);
    }
    if (count == 0)
        return soar_err_set(err, SOAR_INVALID, "release: %s is not contained", wanted);
    play->runs++;
    return rehearsal_request(
        play->rehearsal, &(struct loop_request){.about = about, .about_count = count, .by = "the test"}, err);
}

static int stop(struct rehearse_play *play, struct soar_err *err)
{
    const struct run *run = rehearsal_run_at(play->rehearsal, play->last);

    if (!run || run->state == RUN_ENDED)
        return soar_err_set(err, SOAR_INVALID, "stop: the run has ended already");
    return loop_cancel(rehearsal_loop(play->rehearsal), run->id, "the test", "", err);
}

static int then_one(struct rehearse_play *play, const struct rehearse_then *then, struct soar_err *err)
{
    if (then->wait_ms)
        return pass(play, then->wait_ms, err);
    if ((then->release && release(play, then->release, err)) || (then->stop && stop(play, err)) ||
        (then->again && start(play, err)))
        return -1;
    return rest(play, err);
}

/* -1: it came to no end, and was told. */
static int story(struct rehearse_play *play)
{
    const struct rehearse_case *one = play->one;
    const struct rehearse_then *then = one->then.items;
    struct soar_err err = {0};
    bool rests = one->for_ms == 0;

    if (start(play, &err) || (rests ? rest(play, &err) : pass(play, one->for_ms, &err))) {
        rehearse_fail(play, one->node, "%s", err.text);
        return -1;
    }
    for (size_t i = 0; i < one->then.count; i++) {
        rests = then[i].wait_ms == 0;
        if (then_one(play, &then[i], &err)) {
            rehearse_fail(play, one->then.nodes[i], "%s", err.text);
            return -1;
        }
    }
    if (rests && pass(play, AFTERMATH_MS, &err)) {
        rehearse_fail(play, one->node, "%s", err.text);
        return -1;
    }
    return 0;
}

/* What was looked at in the middle is played to its end: promises are about ends. */
static void hold_promises(struct rehearse_play *play)
{
    struct soar_err err = {0};

    if (rest(play, &err) || pass(play, AFTERMATH_MS, &err))
        rehearse_fail(play, play->one->node, "after the look: %s", err.text);
    else if (rehearsal_check(play->rehearsal, &err))
        rehearse_fail(play, play->one->node, "a promise is broken: %s", err.text);
}

static bool starts_as_expected(struct rehearse_play *play)
{
    const struct rehearse_case *one = play->one;
    const struct yaml_node *node = yaml_get(one->expect_node, "starts");
    struct trigger_answer answer;

    if (!node)
        return true;
    trigger_match(play->test->playbook, one->site, NULL, &one->alert_value, play->arena, &answer);
    if (answer.starts != one->expect.starts)
        rehearse_fail(play, node, "expected the alert %s, it %s: %s",
                      one->expect.starts ? "to start a run" : "to start nothing",
                      answer.starts ? "does" : "does not", answer.why);
    return answer.starts == one->expect.starts && answer.starts;
}

static void play_in(struct rehearse_play *play)
{
    rehearse_apply_given(play);
    play->rehearsal = rehearsal_new(&(struct rehearsal_options){.site = play->one->site,
                                                                .policy = play->one->policy,
                                                                .shelf = play->test->options->shelf,
                                                                .world = play->world,
                                                                .crashes = play->crashes,
                                                                .crash_count = play->crash_count,
                                                                .limit_ms = LIMIT_MS});
    if (story(play) == 0) {
        rehearse_expect(play);
        hold_promises(play);
        rehearse_check_met(play);
    }
}

static struct value report_of(struct rehearse_play *play, int64_t took_ms, int64_t world_ms)
{
    struct value_builder report;
    struct value failures = value_end_list(&play->failures);

    value_build(&report, play->arena);
    value_put_text(&report, "name", value_text(play->arena, play->one->name));
    value_put_text(&report, "line", value_int(play->one->node->line));
    value_put_text(&report, "passed", value_bool(value_count(&failures) == 0));
    value_put_text(&report, "failures", failures);
    value_put_text(&report, "ms", value_int(took_ms));
    value_put_text(&report, "world_ms", value_int(world_ms));
    value_put_text(&report, "lives", value_int(play->rehearsal ? rehearsal_lives(play->rehearsal) : 0));
    return value_end_map(&report);
}

struct value rehearse_play(const struct rehearse_test *test, const struct rehearse_case *one,
                           struct arena *arena)
{
    const struct world *system = world_system();
    int64_t began_ms = system->boot_ms(system->arg);
    struct rehearse_play *play = arena_alloc(arena, sizeof *play);

    *play = (struct rehearse_play){.arena = arena, .test = test, .one = one};
    value_build(&play->failures, arena);
    play->world = fake_world_new(seed_of(one->name));
    int64_t world_ms = fake_world_now(play->world);

    for (size_t i = 0; i < test->model_sets; i++)
        fake_world_model(play->world, test->model_list[i], test->model_counts[i]);
    if (starts_as_expected(play))
        play_in(play);
    struct value report =
        report_of(play, system->boot_ms(system->arg) - began_ms, fake_world_now(play->world) - world_ms);

    rehearsal_free(play->rehearsal);
    fake_world_free(play->world);
    return report;
}
