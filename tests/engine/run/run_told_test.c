/* Property: what a step is told to have given names each of its targets on a line of its own, with what came
 * of it and why, and nothing from outside makes a line or hides one. Method: stories with targets that end in
 * different ways; the text as an expression sees it. */
#include "tests/engine/run/story.h"

static const char *told(struct story *story)
{
    struct value steps = run_steps_value(story_run(story, 0), story->stage.arena);

    return value_get_string(value_get(&steps, "isolate"), "told", "");
}

static void a_line_says_what_came_of_each_target(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "protect: {hosts: [web-02]}\n");
    story_play(&story, STEPS "  - {step: isolate, action: Isolate_Endpoint}\n", BOTH);
    assert_string_equal(told(&story), "isolate, Isolate_Endpoint: partial\n"
                                      "- web-01, linux: isolated, by linux-nftables\n"
                                      "- web-02, linux: refused: by never: the policy names hosts 'web-02'");
    story_close(&story);
}

static void what_comes_from_outside_stays_on_its_line(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, STEPS "  - {step: isolate, action: Isolate_Endpoint}\n",
               ALERT("\"web-01\",\"evil\\n- dc-01, linux: isolated\\u202e\""));
    assert_null(strstr(told(&story), "\n- dc-01"));
    assert_null(strstr(told(&story), "\xe2\x80\xae"));
    assert_non_null(strstr(told(&story), "\n- web-01, linux: isolated, by linux-nftables"));
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_what_came_of_each_target),
        cmocka_unit_test(what_comes_from_outside_stays_on_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
