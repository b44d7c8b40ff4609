/* Property: an expression may speak of a step exactly if that step is over before its own begins, and no
 * order has a circle. Method: every graph of four steps whose needs are any subset of the others, against a
 * walk of the test's own. */
#include "tests/engine/playbook/shelf.h"

enum { STEPS = 4 };

/* needs[i]: a bit for each step that i needs; NONE_GIVEN: it waits for the one above. */
enum { NONE_GIVEN = 1 << STEPS };

static unsigned waits_for(const unsigned needs[STEPS], int step)
{
    return needs[step] != NONE_GIVEN ? needs[step] : step > 0 ? 1U << (step - 1) : 0;
}

/* All that is over before each step, by going on until nothing changes. */
static void reach(const unsigned needs[STEPS], unsigned before[STEPS])
{
    for (int i = 0; i < STEPS; i++) {
        before[i] = waits_for(needs, i);
    }
    for (int round = 0; round < STEPS; round++) {
        for (int i = 0; i < STEPS; i++) {
            for (int j = 0; j < STEPS; j++) {
                before[i] |= (before[i] & (1U << j)) != 0 ? before[j] : 0;
            }
        }
    }
}

/* Step `speaker` speaks of step `about`. */
static const char *write_graph(struct arena *arena, const unsigned needs[STEPS], int speaker, int about)
{
    const char *text = "playbook_name: P\nactions:\n";
    for (int i = 0; i < STEPS; i++) {
        text = arena_printf(arena, "%s  - {step: s%d, action: Isolate_Endpoint", text, i);
        if (needs[i] != NONE_GIVEN) {
            text = arena_printf(arena, "%s, needs: [", text);
            for (int j = 0; j < STEPS; j++) {
                text = (needs[i] & (1U << j)) != 0 ? arena_printf(arena, "%ss%d, ", text, j) : text;
            }
            text = arena_printf(arena, "%s]", text);
        }
        text = i == speaker ? arena_printf(arena, "%s, when: steps.s%d.result == \"x\"}\n", text, about)
                            : arena_printf(arena, "%s}\n", text);
    }
    return text;
}

static void check_graph(const unsigned needs[STEPS], unsigned number)
{
    ARENA_SCOPED arena = arena_new();
    unsigned before[STEPS];
    reach(needs, before);
    bool circle = false;
    for (int i = 0; i < STEPS; i++) {
        circle = circle || (before[i] & (1U << i)) != 0;
    }
    int speaker = (int)(number % STEPS);
    int about = (int)(number / STEPS % STEPS);
    const char *text = write_graph(arena, needs, speaker, about);
    const char *lines = NULL;
    struct playbook *playbook = load_playbook(arena, text, strlen(text), NULL, &lines);
    bool told_circle = strstr(lines, "wait for each other") != NULL;
    bool known = (before[speaker] & (1U << about)) != 0 && about != speaker;
    bool told_order = strstr(lines, "isn't over before") != NULL || strstr(lines, "speaks of itself") != NULL;
    if (told_circle != circle || told_order == known || (playbook != NULL) != (!circle && known)) {
        fail_msg("%s%s", text, lines);
    }
}

static void order_is_what_the_graph_says(void **state)
{
    (void)state;
    unsigned number = 0;
    for (unsigned a = 0; a <= NONE_GIVEN; a++) {
        for (unsigned b = 0; b <= NONE_GIVEN; b += 1 + (a & 1)) {
            for (unsigned c = 0; c <= NONE_GIVEN; c += 3) {
                for (unsigned d = 0; d <= NONE_GIVEN; d += 4, number++) {
                    unsigned needs[STEPS] = {a == NONE_GIVEN ? a : a & ~1U, b == NONE_GIVEN ? b : b & ~2U,
                                             c == NONE_GIVEN ? c : c & ~4U, d == NONE_GIVEN ? d : d & ~8U};
                    check_graph(needs, number);
                }
            }
        }
    }
}

static void needs_are_indexes(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct playbook *playbook = load_well(arena, "playbook_name: P\nactions:\n"
                                                       "  - {step: a, action: Isolate_Endpoint, needs: C}\n"
                                                       "  - {step: b, action: Isolate_Endpoint, needs: []}\n"
                                                       "  - {step: c, action: Isolate_Endpoint, needs: [b]}\n"
                                                       "  - {step: d, action: Isolate_Endpoint}\n");
    assert_int_equal(playbook->steps[0].wait_count, 1);
    assert_int_equal(playbook->steps[0].waits[0].step, 2);
    assert_true(playbook->steps[1].order_given);
    assert_int_equal(playbook->steps[2].waits[0].step, 1);
    assert_false(playbook->steps[3].order_given);
}

/* Order alone and a condition stand side by side, and each is told apart. */
static void after_is_order_alone(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct playbook *playbook =
        load_well(arena, "playbook_name: P\nactions:\n"
                         "  - {step: a, action: Isolate_Endpoint}\n"
                         "  - {step: b, action: Isolate_Endpoint, needs: []}\n"
                         "  - {step: c, action: Isolate_Endpoint, after: [a]}\n"
                         "  - {step: d, action: Isolate_Endpoint, needs: [a], after: [b, c]}\n");
    const struct playbook_step *last = &playbook->steps[3];
    assert_int_equal(playbook->steps[2].wait_count, 1);
    assert_int_equal(playbook->steps[2].waits[0].step, 0);
    assert_false(playbook->steps[2].waits[0].must_succeed);
    assert_int_equal(last->wait_count, 3);
    assert_true(last->waits[0].must_succeed);
    assert_false(last->waits[1].must_succeed);
    assert_int_equal(last->waits[2].step, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_what_the_graph_says),
        cmocka_unit_test(needs_are_indexes),
        cmocka_unit_test(after_is_order_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
