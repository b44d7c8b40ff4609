/* Property: whatever stands in a journal, run_check() says an error or the fold can bear it: no event makes
 * run_apply() assert, nor run_next() after it. Method: journals of real stories; at each of their events
 * every other event of all of them, whole and with its body spoiled in each place, is asked about, and what
 * is accepted is applied to a run folded that far, which is then asked what it would do. */
#include <stdlib.h>

#include "tests/engine/loop/collecting.h"

enum { EVENTS_MAX = 400 };

struct journal {
    struct story *story;
    const struct run *run;
    size_t count;
    struct event events[EVENTS_MAX];
};

static void read_journal(struct journal *journal, struct story *story, size_t index)
{
    const struct memory_disk *disk = rehearsal_disk(story->stage.rehearsal);

    *journal = (struct journal){.story = story, .run = story_run(story, index)};
    for (size_t i = 0; i < memory_disk_event_count(disk); i++) {
        const struct soar_event *stored = memory_disk_event(disk, i);

        if (strcmp(stored->run, journal->run->id) != 0)
            continue;
        assert_true(journal->count < EVENTS_MAX);
        assert_int_equal(
            event_read(story->stage.arena, stored, &journal->events[journal->count++], &story->err), 0);
    }
}

static struct run *folded(const struct journal *journal, size_t count)
{
    struct run *run = run_new(&journal->run->input);
    struct soar_err err = {.text = ""};

    for (size_t i = 0; i < count; i++) {
        if (run_check(run, &journal->events[i], &err))
            fail_msg("event %zu: %s", i, err.text);
        run_apply(run, &journal->events[i]);
    }
    return run;
}

static void ask_on(struct run *run, int64_t now_ms)
{
    ARENA_SCOPED arena = arena_new();

    for (int i = 0; i < 3 && run->state != RUN_ENDED; i++) {
        struct effect_list effects = {.arena = arena};

        run_next(run, now_ms + i * 100000, &effects);
        (void)run_due(run);
        (void)run_waits_for_person(run);
    }
}

static long tried, accepted;

static void try(const struct journal *journal, const struct run *here, size_t at, struct event event)
{
    struct soar_err err = {.text = ""};

    event.n = here->n + 1;
    tried++;
    if (run_check(here, &event, &err)) {
        assert_int_equal(err.class, SOAR_PERMANENT);
        assert_true(*err.text);
        return;
    }
    accepted++;
    struct run *run = folded(journal, at);

    run_apply(run, &event);
    ask_on(run, event.at_ms);
    run_free(run);
}

static struct value without(struct arena *arena, const struct value *body, size_t index,
                            const struct value *instead)
{
    struct value_builder builder;

    value_build(&builder, arena);
    for (size_t i = 0; i < body->map->count; i++)
        if (i != index)
            value_put(&builder, body->map->keys[i], body->map->values[i]);
        else if (instead)
            value_put(&builder, body->map->keys[i], *instead);
    return value_end_map(&builder);
}

/* The event as it is, in no step, on no target, of the other way, and with each piece of its body gone or of
 * another kind. */
static void try_spoiled(const struct journal *journal, const struct run *here, size_t at,
                        const struct event *event, struct arena *arena)
{
    const struct value spoils[] = {value_int(-7), value_int(INT64_MAX), value_static("x"), value_null()};
    struct event other = *event;

    try(journal, here, at, *event);
    other.step = "";
    try(journal, here, at, other);
    other = *event;
    other.target = "";
    try(journal, here, at, other);
    for (size_t i = 0; i < event->body.map->count; i++) {
        other = *event;
        other.body = without(arena, &event->body, i, NULL);
        try(journal, here, at, other);
        for (size_t s = 0; s < sizeof spoils / sizeof *spoils; s++) {
            other.body = without(arena, &event->body, i, &spoils[s]);
            try(journal, here, at, other);
        }
        other.body = without(arena, &event->body, i, &event->body); /* a map where none belongs */
        try(journal, here, at, other);
    }
}

static void try_everywhere(const struct journal *journal, const struct journal *pool)
{
    ARENA_SCOPED arena = arena_new();

    for (size_t at = 0; at <= journal->count; at++) {
        struct run *here = folded(journal, at);

        for (size_t i = 0; i < pool->count; i++)
            if (at == journal->count || i % 3 == at % 3)
                try_spoiled(journal, here, at, &pool->events[i], arena);
        run_free(here);
    }
}

/* What a run may say of every kind: held and freed, retried, pending, in doubt, undone, released. */
static void tell_all(struct story *story)
{
    story_open(story, "blast_radius: {isolate: {at_most: 1/1h, over: hold}}\n");
    story_fault(story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 4});
    story_fault(story, &(struct fake_fault){
                           .target = "web-02", .function = "ssh.run", .fate = FATE_LOSE, .times = 1});
    story_play(story,
               STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
                     "  - {step: ring, action: Ring_Bell, targets: [ws-07]}\n",
               ALERT("\"web-01\",\"web-02\",\"ws-07\""));
    for (int i = 0; i < 4; i++) {
        const struct ledger *ledger = loop_ledger(story_loop(story));

        for (size_t a = 0; a < ledger_ask_count(ledger); a++)
            if (ledger_ask_at(ledger, a)->open)
                story_answer(story, ledger_ask_at(ledger, a)->id,
                             *ledger_ask_at(ledger, a)->id == 'D' ? "again" : "yes");
    }
    assert_int_equal(story_run(story, 0)->state, RUN_ENDED);
    story_release(story);
}

static void a_forged_event_is_told_or_borne(void **state)
{
    static struct journal run, release;
    struct story story;

    (void)state;
    tell_all(&story);
    read_journal(&run, &story, 0);
    read_journal(&release, &story, 1);
    try_everywhere(&run, &run);
    try_everywhere(&release, &release);
    try_everywhere(&release, &run);
    try_everywhere(&run, &release);
    print_message("%ld tried, %ld accepted\n", tried, accepted);
    assert_true(accepted > 0 && accepted < tried / 4);
    story_close(&story);
}

static void a_rollback_is_told_or_borne(void **state)
{
    static struct journal run;
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story,
                &(struct fake_fault){
                    .target = "web-02", .function = "ssh.run", .fate = FATE_FAIL, .times = 1, .after = 2});
    story_play(&story,
               STEPS "  - {step: isolate, action: Isolate_Endpoint}\n"
                     "  - {step: mark, action: Mark_Host, enough: all, on_failure: rollback}\n",
               BOTH);
    read_journal(&run, &story, 0);
    assert_true(story_events(&story, "run.rollback", "", "") == 1);
    try_everywhere(&run, &run);
    story_close(&story);
}

static void evidence_is_told_or_borne(void **state)
{
    static struct journal run;
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, collect_pack, collect_model);
    story_fault(&story, &(struct fake_fault){
                            .target = "web-01", .function = "ssh.collect", .fate = FATE_CUT, .times = 1});
    story_play(&story, COLLECT, BOTH);
    read_journal(&run, &story, 0);
    assert_int_equal(story_events(&story, "evidence.kept", "", ""), 3);
    try_everywhere(&run, &run);
    story_close(&story);
}

/* Each by its name, with what is said. */
static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *after, *kind, *step, *target, *body, *says;
    } cases[] = {
        {"run.started", "run.started", "", "", "{}", "can't follow while the run is running"},
        {"run.started", "engine.started", "", "", "{}", "can't follow"},
        {"run.started", "step.opened", "none", "", "{}", "which the playbook does not have"},
        {"run.started", "step.opened", "", "", "{}", "which the playbook does not have"},
        {"run.started", "step.opened", "mark", "", "{\"targets\":7}", "no list of targets"},
        {"run.started", "step.opened", "mark", "", "{\"targets\":[{\"key\":\"host:x\"}]}",
         "without key or name"},
        {"run.started", "task.opened", "mark", "host:x", "{}", "does not stand there"},
        {"run.started", "run.ended", "", "", "{\"result\":\"completed\"}", "not all of it has ended"},
        {"step.opened", "step.opened", "mark", "", "{\"targets\":[]}", "does not stand there"},
        {"step.opened", "step.ended", "mark", "", "{\"result\":\"succeeded\"}", "tasks of the step go on"},
        {"step.opened", "task.opened", "mark", "host:x", "{\"provider\":\"nobody\"}", "no such provider"},
        {"step.opened", "task.opened", "mark", "host:x", "{\"ends\":{\"outcome\":\"fine\"}}",
         "no such outcome"},
        {"step.opened", "task.opened", "mark", "host:x", "{\"way\":\"undo\",\"provider\":\"mark\"}",
         "may begin"},
        {"task.opened", "task.checked", "mark", "host:x", "{\"verdict\":\"so\"}", "was not opened"},
        {"task.opened", "task.checked", "mark", "host:web-01", "{\"verdict\":\"maybe\"}", "no such verdict"},
        {"task.opened", "call.intended", "mark", "host:web-01", "{\"position\":1}",
         "while the task is waiting"},
        {"task.opened", "call.ended", "mark", "host:web-01", "{\"position\":0}", "while the task is waiting"},
        {"task.opened", "task.freed", "mark", "host:web-01", "{\"result\":\"yes\"}",
         "while the task is waiting"},
        {"task.checked", "call.intended", "mark", "host:web-01", "{\"position\":64,\"provider\":\"mark\"}",
         "no such position"},
        {"task.checked", "call.intended", "mark", "host:web-01", "{\"provider\":\"mark\"}",
         "no such position"},
        {"call.intended", "call.ended", "mark", "host:web-01", "{\"position\":2}", "was not intended"},
        {"call.intended", "task.ended", "mark", "host:web-01", "{\"outcome\":\"changed\"}", "is acting"},
        {"call.intended", "task.retry", "mark", "host:web-01", "{}", "is acting"},
        {"task.ended", "task.ended", "mark", "host:web-01", "{\"outcome\":\"changed\"}", "is ended"},
        {"run.ended", "note", "", "", "{}", "can't follow while the run is ended"},
    };
    static struct journal journal;
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, STEPS "  - {step: mark, action: Mark_Host}\n", WEB);
    read_journal(&journal, &story, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct soar_err err = {.text = ""};
        size_t at = 0;

        while (strcmp(event_kind_name(journal.events[at++].kind), cases[i].after) != 0)
            assert_true(at < journal.count);
        struct run *run = folded(&journal, at);
        struct event event = {.n = run->n + 1,
                              .kind = event_kind_parse(cases[i].kind),
                              .run = run->id,
                              .step = cases[i].step,
                              .item = "",
                              .target = cases[i].target};

        assert_int_equal(
            json_parse(story.stage.arena, cases[i].body, strlen(cases[i].body), &event.body, NULL), 0);
        if (run_check(run, &event, &err) == 0 || !strstr(err.text, cases[i].says))
            fail_msg("%s after %s: '%s', not '%s'", cases[i].kind, cases[i].after, err.text, cases[i].says);
        event.n++;
        assert_int_equal(run_check(run, &event, &err), -1);
        assert_non_null(strstr(err.text, "follows event"));
        run_free(run);
    }
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_forged_event_is_told_or_borne),
        cmocka_unit_test(evidence_is_told_or_borne),
        cmocka_unit_test(a_rollback_is_told_or_borne),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
