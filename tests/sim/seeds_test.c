/* Property: under calls that are refused, hang, act and fail to answer, answer late or twice, and deaths at
 * random writes, the promises hold. Method: SOAR_SIM_SEEDS seeds (10,000 by default), each a scenario; a seed
 * that fails is printed and plays the same again with SOAR_SIM_SEED. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/sim/stage.h"

static size_t scenario_count(void)
{
    size_t count = 0;

    while (scenarios[count].name)
        count++;
    assert_true(count > 0);
    return count;
}

static void play(uint64_t seed)
{
    const struct scenario *scenario = &scenarios[seed % scenario_count()];
    struct stage_options options = {.seed = seed,
                                    .chaos_percent = seed % 3 ? (unsigned)(seed % 25) : 0,
                                    .dies_percent = seed % 2 ? 80 : 0};
    struct soar_err err = {0};

    if (scenario->play(&options, NULL, &err))
        fail_msg("seed %llu, scenario %s: %s", (unsigned long long)seed, scenario->name, err.text);
}

static void test_seeds(void **state)
{
    const char *one = getenv("SOAR_SIM_SEED");
    const char *many = getenv("SOAR_SIM_SEEDS");
    uint64_t count = many ? strtoull(many, NULL, 10) : 10000;

    (void)state;
    if (one) {
        play(strtoull(one, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= count; seed++)
        play(seed);
    print_message("%llu seeds\n", (unsigned long long)count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_seeds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
