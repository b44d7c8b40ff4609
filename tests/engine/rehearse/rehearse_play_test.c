/* Property: a case is played as it says: looked at after a time or at rest, then stopped, released, started
 * again; what can't be done is told at its line; a broken promise fails a case whatever it expects. Method:
 * cases for each; a model that breaks a promise by letting go without a dead man. */
#include "tests/engine/rehearse/rehearsing.h"

#define PENDING                                                                                              \
    CASE_1 "    given: [{offline: web-02, for: 3h}]\n"                                                       \
           "    for: 1h\n"

static const struct {
    const char *text;
    const char *told;
} plays[] = {
    {PENDING "    expect: {status: running, steps: {isolate: {web-01: changed, web-02: pending}, ring: "
             "{web-01: changed}}}\n",
     ""},
    {PENDING "    then: [{wait: 1h}]\n    expect: {status: running, contained: [web-01]}\n", ""},
    {PENDING "    then: [{wait: 3h}]\n    expect: {status: completed, contained: [web-01, web-02]}\n", ""},
    {PENDING "    then: [{stop: true}]\n    expect: {status: cancelled, contained: [web-01]}\n", ""},
    {CASE_1 "    then: [{stop: true}]\n" DONE, "6:12: stop: the run has ended already\n"},
    {CASE_1 "    then: [{release: web-01}]\n    expect: {status: completed, contained: [web-02]}\n", ""},
    {CASE_1 "    then: [{release: all}, {wait: 1d}]\n    expect: {contained: []}\n", ""},
    {CASE_1 "    then: [{release: ws-07}]\n" DONE, "6:12: release: ws-07 is not contained\n"},
    {CASE_1 "    then: [{again: true}]\n    expect: {status: completed, steps: {isolate: {web-01: already}}, "
            "contained: [web-01, web-02]}\n",
     ""},
    {CASE_1 "    then: [{release: all}, {again: true}]\n    expect: {steps: {isolate: {web-01: changed}}}\n",
     ""},
    {CASE_1 "    vars: {quiet: 1h}\n" DONE, ""},
    {CASES
     "  - {name: nobody is named, expect: {status: failed, steps: {isolate: refused, ring: skipped}}}\n",
     ""},
};

static void test_as_it_says(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    for (size_t i = 0; i < sizeof plays / sizeof *plays; i++)
        assert_string_equal(rehearsing_play(&stage, plays[i].text), plays[i].told);
    rehearsing_close(&stage);
}

/* The host says `so`, and five minutes later it isn't: nobody armed anything, so the ledger lies. */
static void test_a_broken_promise(void **state)
{
    static const char forgetful[] =
        "action: Isolate_Endpoint\n"
        "providers:\n"
        "  linux-nftables:\n"
        "    start: {in_force: false}\n"
        "    answers:\n"
        "      - {in: check, when: state.in_force, answer: {out: \"so L2 a b\\n\"}}\n"
        "      - {in: check, answer: {out: \"clear\\n\"}}\n"
        "    effects: [{in: apply, at: 1, set: {in_force: true}}]\n"
        "    lapse: {when: state.in_force, after: 2m, set: {in_force: false}}\n"
        "    contained: state.in_force\n";
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    rehearsing_file(&stage, "more.yaml", forgetful);
    assert_string_equal(
        rehearsing_play(&stage, HEAD "models: [more.yaml]\ncases:\n  - name: one\n"
                                     "    alert: {severity: high, confidence: 90, hosts: [web-01]}\n" DONE),
        "5:5: a promise is broken: host:web-01/Isolate_Endpoint/linux-nftables/: the ledger says contained, "
        "and "
        "it is open\n");
    rehearsing_close(&stage);
}

static void test_time_is_the_worlds(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    assert_string_equal(rehearsing_play(&stage, CASE_1 "    for: 80d\n" DONE), "");
    const struct value *one = value_at(value_get(&stage.report, "cases"), 0);

    assert_true(value_get_int(one, "world_ms", 0) >= INT64_C(80) * 24 * 3600 * 1000);
    assert_true(value_get_int(one, "ms", -1) >= 0);
    assert_int_equal(value_get_int(one, "line", 0), 4);
    rehearsing_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_it_says),
                                       cmocka_unit_test(test_a_broken_promise),
                                       cmocka_unit_test(test_time_is_the_worlds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
