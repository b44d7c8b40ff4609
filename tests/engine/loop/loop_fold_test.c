/* Property: a run is the fold of its events: what the journal says of it after the fact is what the engine
 * that drove it had in memory, to the last field of its rows and of what a next try would begin with. Method:
 * stories with calls that fail at random; after each, every run is folded again from the disk and compared.
 */
#include "engine/loop/views.h"
#include "tests/engine/loop/life.h"

#define ISOLATE "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"

static void same_value(const char *what, const struct value *live, const struct value *folded,
                       struct arena *arena)
{
    char *left = json_text(arena, live);
    char *right = json_text(arena, folded);

    if (strcmp(left, right) != 0)
        fail_msg("%s: %s in memory, %s in the journal", what, left, right);
}

static void same_task(const struct run_task *live, const struct run_task *folded, struct arena *arena)
{
    assert_string_equal(live->key, folded->key);
    assert_string_equal(live->place, folded->place);
    assert_string_equal(live->why, folded->why);
    assert_int_equal(live->state, folded->state);
    assert_int_equal(live->outcome, folded->outcome);
    assert_int_equal(live->undo, folded->undo);
    assert_int_equal(live->provider_set, folded->provider_set);
    assert_int_equal(live->provider, folded->provider);
    assert_int_equal(live->tries, folded->tries);
    assert_int_equal(live->failures, folded->failures);
    assert_int_equal(live->pending, folded->pending);
    assert_int_equal(live->pendings, folded->pendings);
    assert_int_equal(live->pending_until_ms, folded->pending_until_ms);
    assert_int_equal(live->intended, folded->intended);
    assert_int_equal(live->in_doubt, folded->in_doubt);
    assert_int_equal(live->wrote, folded->wrote);
    assert_int_equal(live->acted_ms, folded->acted_ms);
    assert_int_equal(live->lost_until_ms, folded->lost_until_ms);
    assert_int_equal(live->once_done, folded->once_done);
    assert_int_equal(live->once_skip, folded->once_skip);
    assert_int_equal(live->doubt_position, folded->doubt_position);
    assert_int_equal(live->verdict, folded->verdict);
    assert_string_equal(live->ask ? live->ask : "", folded->ask ? folded->ask : "");
    assert_int_equal(live->ended_ms, folded->ended_ms);
    same_value("args", &live->args, &folded->args, arena);
    same_value("target", &live->target, &folded->target, arena);
    same_value("kept", &live->kept, &folded->kept, arena);
    same_value("prior", &live->prior, &folded->prior, arena);
    same_value("facts", &live->facts, &folded->facts, arena);
    same_value("holder", &live->holder, &folded->holder, arena);
}

static void same_run(const struct run *live, const struct run *folded)
{
    ARENA_SCOPED arena = arena_new();
    struct value steps = run_steps_value(live, arena);
    struct value again = run_steps_value(folded, arena);

    assert_int_equal(live->n, folded->n);
    assert_int_equal(live->state, folded->state);
    assert_int_equal(live->result, folded->result);
    assert_int_equal(live->task_count, folded->task_count);
    for (size_t i = 0; i < live->task_count; i++)
        same_task(live->tasks[i], folded->tasks[i], arena);
    same_value("vars", &live->vars, &folded->vars, arena);
    same_value("alert", &live->alert, &folded->alert, arena);
    same_value("steps", &steps, &again, arena);
}

static void compare_all(struct story *story)
{
    struct loop *loop = story_loop(story);
    size_t count = loop_run_count(loop);

    for (size_t i = 0; i < count; i++) {
        const struct run *live = loop_run_at(loop, i);
        struct run *folded = NULL;

        if (loop_fold(loop, live->id, &folded, &story->err))
            fail_msg("%s", story->err.text);
        same_run(live, folded);
        run_free(folded);
    }
}

static void what_the_journal_says_is_what_was(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct story story;

        story_open_with(&story, &(struct stage_options){.seed = seed, .chaos_percent = 25},
                        "blast_radius: {isolate: {at_most: 2/1h, over: hold}}\n");
        story_begin(&story,
                    STEPS ISOLATE "  - {step: mark, action: Mark_Host, on_failure: rollback, enough: all}\n"
                                  "  - {step: ring, action: Ring_Bell}\n",
                    BOTH);
        story_begin(&story, STEPS ISOLATE, WEB);
        for (int pass = 0; pass < 12; pass++) {
            story_pass(&story, 5 + (int64_t)(seed * 7 % 11) * (pass + 1) * 400);
            compare_all(&story);
        }
        story_go_on(&story);
        compare_all(&story);
        story_close(&story);
    }
}

static void a_run_is_found_by_a_piece_of_its_id(void **state)
{
    struct story story;
    struct run *run = NULL;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, STEPS ISOLATE, WEB);
    story_play(&story, STEPS ISOLATE, WEB);
    struct loop *loop = story_loop(&story);
    const char *id = story_run(&story, 0)->id;

    assert_int_equal(loop_fold(loop, id + strlen(id) - 4, &run, &story.err), 0);
    assert_string_equal(run->id, id);
    run_free(run);
    assert_int_equal(loop_fold(loop, "R-", &run, &story.err), -1);
    assert_non_null(strstr(story.err.text, "2 runs begin or end with R-"));
    assert_int_equal(loop_fold(loop, "R-x", &run, &story.err), -1);
    assert_int_equal(story.err.class, SOAR_INVALID);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_journal_says_is_what_was),
                                       cmocka_unit_test(a_run_is_found_by_a_piece_of_its_id)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
