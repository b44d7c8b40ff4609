/* Property: while what a task collects is not kept, nothing of the task moves; the latest is what its pack
 * sees. Method: a run folded event by event, asked between what was begun and what is kept. */
#include "tests/engine/loop/collecting.h"

struct folding {
    struct story story;
    struct run *run;
    int64_t at_ms;
};

/* A real run until its first evidence was begun, and then its answer lost. */
static void begin(struct folding *folding)
{
    struct story *story = &folding->story;

    story_open(story, NULL);
    stage_pack(&story->stage, collect_pack, collect_model);
    story_play(story, COLLECT, WEB);
    const struct memory_disk *disk = rehearsal_disk(story->stage.rehearsal);
    const struct run *real = story_run(story, 0);

    folding->run = run_new(&real->input);
    for (size_t i = 0; i < memory_disk_event_count(disk); i++) {
        const struct soar_event *stored = memory_disk_event(disk, i);
        struct event event;

        if (strcmp(stored->run, real->id) != 0)
            continue;
        assert_int_equal(event_read(story->stage.arena, stored, &event, &story->err), 0);
        run_apply(folding->run, &event);
        folding->at_ms = event.at_ms;
        if (event.kind == EVENT_EVIDENCE_BEGUN)
            return;
    }
    fail_msg("nothing was begun");
}

static void end(struct folding *folding)
{
    run_free(folding->run);
    story_close(&folding->story);
}

static struct event of_task(struct folding *folding, enum event_kind kind, const char *body)
{
    struct event event = {.n = folding->run->n + 1,
                          .at_ms = folding->at_ms,
                          .kind = kind,
                          .run = folding->run->id,
                          .step = "collect",
                          .item = "",
                          .target = "host:web-01"};

    assert_int_equal(json_parse(folding->story.stage.arena, body, strlen(body), &event.body, NULL), 0);
    return event;
}

static void apply(struct folding *folding, enum event_kind kind, const char *body)
{
    struct event event = of_task(folding, kind, body);

    if (run_check(folding->run, &event, &folding->story.err))
        fail_msg("%s", folding->story.err.text);
    run_apply(folding->run, &event);
}

static size_t asks_for(struct folding *folding)
{
    ARENA_SCOPED arena = arena_new();
    struct effect_list effects = {.arena = arena};

    run_next(folding->run, folding->at_ms + 3600000, &effects);
    return effects.count;
}

static void nothing_moves_before_it_is_kept(void **state)
{
    static const struct {
        enum event_kind kind;
        const char *body;
    } others[] = {
        {EVENT_TASK_CHECKED, "{\"verdict\":\"clear\",\"try\":2}"},
        {EVENT_TASK_RETRY, "{\"at\":1}"},
        {EVENT_TASK_PENDING, "{\"pending\":\"offline\"}"},
        {EVENT_TASK_ENDED, "{\"outcome\":\"failed\"}"},
        {EVENT_EVIDENCE_BEGUN, "{\"evidence\":\"E-2\"}"},
        {EVENT_EVIDENCE_KEPT, "{\"evidence\":\"E-2\",\"whole\":true}"},
        {EVENT_EVIDENCE_KEPT, "{\"evidence\":\"E-1\",\"bytes\":-1}"},
    };
    struct folding folding;
    struct effect unknown;

    (void)state;
    begin(&folding);
    const struct run_task *task = collecting_task(folding.run);

    assert_string_equal(run_task_collecting(task)->id, "E-1");
    run_event_unknown(task, "it died", &unknown, folding.story.stage.arena);
    assert_string_equal(value_get_string(&unknown.body, "class", ""), "transient");
    apply(&folding, EVENT_CALL_ENDED, json_text(folding.story.stage.arena, &unknown.body));
    assert_false(task->in_doubt);
    assert_int_equal(task->lost_until_ms, 0);
    assert_int_equal(asks_for(&folding), 0);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct event event = of_task(&folding, others[i].kind, others[i].body);

        assert_int_equal(run_check(folding.run, &event, &folding.story.err), -1);
    }
    apply(&folding, EVENT_EVIDENCE_KEPT,
          "{\"evidence\":\"E-1\",\"whole\":false,\"why\":\"it died\",\"bytes\":7,\"sha256\":\"ab\"}");
    assert_null(run_task_collecting(task));
    assert_true(asks_for(&folding) > 0);
    end(&folding);
}

static void the_pack_sees_the_latest(void **state)
{
    struct folding folding;

    (void)state;
    begin(&folding);
    const struct run_task *task = collecting_task(folding.run);

    apply(&folding, EVENT_EVIDENCE_KEPT,
          "{\"evidence\":\"E-1\",\"whole\":true,\"bytes\":7,\"sha256\":\"ab\",\"file\":\"f\"}");
    const struct value *kept = value_get(&task->kept, "evidence");

    assert_string_equal(json_text(folding.story.stage.arena, kept),
                        "{\"id\":\"E-1\",\"whole\":true,\"bytes\":7,\"sha256\":\"ab\"}");
    assert_true(task->evidence->kept && task->evidence->whole);
    assert_string_equal(value_get_string(&task->evidence->begun, "name", ""), "state.tar");
    end(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_moves_before_it_is_kept),
        cmocka_unit_test(the_pack_sees_the_latest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
