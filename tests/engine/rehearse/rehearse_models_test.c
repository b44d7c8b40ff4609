/* Property: the models that count are those the test names, then those beside the packs of the playbook; a
 * model of nothing is told; without one a call says so. Method: the bell with and without its model. */
#include "engine/rehearse/model.h"
#include "tests/engine/rehearse/rehearsing.h"

static const char test[] = CASE_1 "    expect: {steps: {ring: {web-01: changed}}}\n";

static void test_beside_the_pack(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    assert_string_equal(rehearsing_play(&stage, test), "");
    unlink(arena_printf(stage.arena, "%s/bell.rehearse.yaml", stage.dir));
    assert_string_equal(
        rehearsing_play(&stage, test),
        "6:37: expected web-01 to be changed in step ring, it is failed: no model answers for "
        "Ring_Bell/bell/apply/1: write NAME.rehearse.yaml beside its pack\n");
    rehearsing_file(&stage, "bell.rehearse.yaml", "action: Ring_Bell\nproviders: {bell: {stat: {}}}\n");
    assert_string_equal(rehearsing_read(&stage, test),
                        "bell.rehearse.yaml:2:20: error: unknown key 'stat'\n");
    rehearsing_close(&stage);
}

static void test_named(void **state)
{
    static const char *const heads[] = {"models: [more.yaml]\n", "models: [no.yaml]\n", "models: [p.yaml]\n"};
    static const char *const told[] = {
        "", "p_test.yaml:1:10: error: models: no.yaml: No such file or directory\n",
        "p.yaml:1:1: error: expected `action:` (or `extends:`) and `providers:`\n"};
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    rehearsing_file(&stage, "more.yaml", bell_model);
    unlink(arena_printf(stage.arena, "%s/bell.rehearse.yaml", stage.dir));
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(rehearsing_read(&stage, arena_printf(stage.arena, "%s%s", heads[i], test)),
                            told[i]);
    rehearsing_close(&stage);
}

static void test_of_nothing(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    rehearsing_file(&stage, "more.yaml", "action: Ring_Gong\nproviders: {bell: {}}\n");
    assert_string_equal(rehearsing_read(&stage, arena_printf(stage.arena, "models: [more.yaml]\n%s", test)),
                        "p_test.yaml:1:10: error: more.yaml: there is no pack of Ring_Gong\n");
    rehearsing_file(&stage, "more.yaml", "action: Ring_Bell\nproviders: {gong: {}}\n");
    assert_string_equal(rehearsing_read(&stage, arena_printf(stage.arena, "models: [more.yaml]\n%s", test)),
                        "p_test.yaml:1:10: error: more.yaml: Ring_Bell has no provider 'gong'\n");
    rehearsing_close(&stage);
}

static void test_lint(void **state)
{
    struct rehearse_options options = {0};
    struct rehearsing stage;
    struct diag_list diags;

    (void)state;
    rehearsing_open(&stage);
    const char *path = arena_printf(stage.arena, "%s/bell.rehearse.yaml", stage.dir);

    diag_init(&diags, stage.arena, "");
    assert_int_equal(rehearse_lint(stage.arena, path, &options, &diags), 0);
    rehearsing_file(&stage, "bell.rehearse.yaml", "action: Ring_Bell\nproviders: {bell: {contained: a b}}\n");
    assert_int_equal(rehearse_lint(stage.arena, path, &options, &diags), -1);
    assert_string_equal(diags.first->file, path);
    assert_int_equal(diags.first->line, 2);
    rehearsing_close(&stage);
}

/* A rule that can't hold would let a test pass that shows nothing. */
static void test_slips(void **state)
{
    static const struct {
        const char *model, *told;
    } slips[] = {
        {"{sta: {}}", "unknown key 'sta'"},
        {"{start: {on: true}, contained: stat.on}",
         "no name 'stat' here: a model knows `state` and `target` (did you mean 'state'?)"},
        {"{start: {rung: true}, contained: state.rang}", "`start` has no 'rang' (did you mean 'rung'?)"},
        {"{start: {rung: true}, contained: state.?rang.orValue(true)}", ""},
        {"{contained: target.os == \"linux\"}", "'target' has no 'os' here: only key, name and place"},
        {"{contained: 'sizes(target.name) > 1'}", "expected a CEL expression: "},
        {"{start: {on: true}, effects: [{in: apply, set: {rung: true}}]}", "`start` has no 'rung'"},
        {"{start: {on: true}, effects: [{in: apply, set: {on: \"{{1}}\"}}]}",
         "'set' takes constants: write a rule for each value"},
        {"{answers: [{in: aply, answer: {out: a}}]}",
         "'in': expected find, check, apply, verify or revert, found aply"},
        {"{answers: [{in: apply, at: one, answer: {out: a}}]}",
         "'at': expected the place of a call in its phase, from 1"},
        {"{answers: [{in: apply, answer: {out: \"{{state.on}}\"}}]}", "`start` has no 'on'"},
    };
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        struct diag_list diags;
        size_t count;
        const char *text = arena_printf(stage.arena, "{action: R, providers: {bell: %s}}\n", slips[i].model);

        diag_init(&diags, stage.arena, "");
        model_load(stage.arena, text, strlen(text), &count, &diags);
        const char *told = diags.first ? diags.first->text : "";
        if (strncmp(told, slips[i].told, strlen(slips[i].told)) != 0 || !*slips[i].told != !*told)
            fail_msg("%s: expected \"%s\", found \"%s\"", slips[i].model, slips[i].told, told);
    }
    rehearsing_close(&stage);
}

/* Beside its pack, a model is held to what stands there, in a lint as in a test. */
static void test_not_of_its_pack(void **state)
{
    struct rehearse_options options = {0};
    struct rehearsing stage;
    struct diag_list diags;

    (void)state;
    rehearsing_open(&stage);
    const char *path = arena_printf(stage.arena, "%s/bell.rehearse.yaml", stage.dir);

    rehearsing_file(&stage, "bell.rehearse.yaml", "action: Ring_Bell\nproviders: {bel: {}}\n");
    diag_init(&diags, stage.arena, "");
    assert_int_equal(rehearse_lint(stage.arena, path, &options, &diags), -1);
    assert_non_null(strstr(diags.first->text, "bell.yaml has no provider 'bel' (did you mean 'bell'?)"));
    assert_non_null(strstr(rehearsing_read(&stage, test), "has no provider 'bel'"));
    rehearsing_file(&stage, "bell.rehearse.yaml", "action: Ring_Gong\nproviders: {bell: {}}\n");
    diag_init(&diags, stage.arena, "");
    assert_int_equal(rehearse_lint(stage.arena, path, &options, &diags), -1);
    assert_non_null(strstr(diags.first->text, "it is of Ring_Gong, and "));
    rehearsing_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beside_the_pack), cmocka_unit_test(test_named),
        cmocka_unit_test(test_of_nothing),      cmocka_unit_test(test_lint),
        cmocka_unit_test(test_slips),           cmocka_unit_test(test_not_of_its_pack)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
