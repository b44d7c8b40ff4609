/* Property: whatever write the engine dies at, before or after it is durable, also while it starts again, the
 * promises hold and the story comes to its end. Method: each scenario is played once for the number of its
 * writes, then once for each of them and each way to die; then with each named crash point. SOAR_SIM_EVERY=N
 * dies at each Nth write alone, for builds that are slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/stage.h"

static void broken(const char *scenario, const char *how, const struct soar_err *err)
{
    fail_msg("scenario %s, %s: %s", scenario, how, err->text);
}

static long writes_of(const struct scenario *scenario)
{
    struct stage_options options = {.seed = 1};
    struct soar_err err = {0};
    long writes = 0;

    if (scenario->play(&options, &writes, &err))
        broken(scenario->name, "with no crash", &err);
    return writes;
}

static void test_every_write(void **state)
{
    const char *given = getenv("SOAR_SIM_EVERY");
    long plays = 0, every = given ? strtol(given, NULL, 10) : 1;

    (void)state;
    assert_true(every > 0);
    for (const struct scenario *scenario = scenarios; scenario->name; scenario++) {
        long writes = writes_of(scenario);

        for (long at = 1; at <= writes; at += every)
            for (int way = 0; way < 6; way++) {
                struct stage_options options = {.seed = (uint64_t)(at * 10 + way),
                                                .die_at = at,
                                                .die_when = way % 2 ? DEATH_AFTER : DEATH_BEFORE,
                                                .die_again_at = way / 2};
                struct soar_err err = {0};
                char how[80];

                snprintf(how, sizeof how, "died at write %ld of %ld, way %d", at, writes, way);
                if (scenario->play(&options, NULL, &err))
                    broken(scenario->name, how, &err);
                plays++;
            }
    }
    print_message("%ld plays\n", plays);
}

static void test_named_points(void **state)
{
    static const char *const points[] = {"alert", "open",    "check", "intent", "apply", "outcome",
                                         "arm",   "pending", "freed", "hold",   "retry", "end"};
    static const int64_t away_ms[] = {100, 30000, 90000, 3600000};

    (void)state;
    for (const struct scenario *scenario = scenarios; scenario->name; scenario++)
        for (size_t p = 0; p < sizeof points / sizeof *points; p++)
            for (size_t a = 0; a < sizeof away_ms / sizeof *away_ms; a++) {
                struct rehearsal_crash crashes[2] = {
                    {.point = points[p], .away_ms = away_ms[a]},
                    {.point = points[p], .target = "web-02", .away_ms = away_ms[a]}};
                struct stage_options options = {.seed = p * 7 + a, .crashes = crashes, .crash_count = 2};
                struct soar_err err = {0};

                if (scenario->play(&options, NULL, &err))
                    broken(scenario->name, points[p], &err);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_write),
                                       cmocka_unit_test(test_named_points)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
