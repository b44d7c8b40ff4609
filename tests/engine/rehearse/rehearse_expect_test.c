/* Property: each expectation fails where it isn't so, with its own place and what is instead, and passes
 * where it is so; one that makes no sense is told. Method: one run played with an expectation that holds and
 * one that doesn't, for each kind; a table of mistakes. */
#include "tests/engine/rehearse/rehearsing.h"

#define EXPECT(text) CASE_1 "    expect: {" text "}\n" /* on line 6 from column 14 */
#define HOSTS        CASES "  - name: one\n    alert: {severity: high, confidence: 90, hosts: [web-01, ws-07]}\n"

static const struct {
    const char *text;
    const char *told;
} plays[] = {
    {EXPECT("status: completed"), ""},
    {EXPECT("status: Completed"), ""},
    {EXPECT("status: failed"), "6:22: expected the run to be failed, it is completed\n"},
    {EXPECT("steps: {isolate: succeeded, ring: succeeded}"), ""},
    {EXPECT("steps: {isolate: refused}"), "6:31: expected step isolate to be refused, it is succeeded\n"},
    {EXPECT("steps: {isolate: {web-01: changed, WEB-02: changed}}"), ""},
    {EXPECT("steps: {isolate: {web-01: already}}"),
     "6:40: expected web-01 to be already in step isolate, it is changed\n"},
    {EXPECT("steps: {isolate: {ws-07: changed}}"),
     "6:39: expected ws-07 to be changed in step isolate, which has no such target: it has web-01, web-02\n"},
    {EXPECT("contained: [web-02, web-01]"), ""},
    {EXPECT("contained: [web-01]"), "6:25: expected web-02 not to be contained, it is: Isolate_Endpoint\n"},
    {EXPECT("contained: [web-01, web-02, ws-07]"), "6:42: expected ws-07 to be contained, it is free\n"},
    {EXPECT("never: [{on: ws-07}, {call: ssh.reach, on: ws-07}]"), ""},
    {EXPECT("never: [{call: ssh.reach, on: web-01}]"),
     "6:22: expected ssh.reach on web-01 never to be called, it was called once\n"},
    {EXPECT("calls: [{call: ssh.run, on: web-01, times: 3}, {call: ssh.run, at_most: 6}]"), ""},
    {EXPECT("calls: [{call: ssh.run, on: web-01, times: 2}]"),
     "6:22: expected ssh.run on web-01 to be called 2 times, it was called 3 times\n"},
    {EXPECT("calls: [{call: ssh.run, at_most: 5}]"),
     "6:22: expected ssh.run to be called at most 5 times, it was called 6 times\n"},
    {EXPECT("calls: [{on: web-01, times: 0}]"),
     "6:22: expected any function on web-01 to be called 0 times, it was called 7 times\n"},
    {EXPECT("lives: 1"), ""},
    {EXPECT("lives: 2"), "6:21: expected 2 lives of the engine, it had 1\n"},
    {EXPECT("starts: true"), ""},
    {EXPECT("starts: false"), NULL},
    {HOSTS "    expect: {steps: {isolate: {ws-07: {outcome: unsupported, why: \"as which `user`\"}}}}\n", ""},
    {HOSTS "    expect: {steps: {isolate: {ws-07: {outcome: unsupported, why: a full moon}}}}\n",
     "6:39: expected ws-07 to be unsupported in step isolate because of 'a full moon', it is: "
     "the inventory doesn't say as which `user` to log in there by winrm\n"},
    {HOSTS "    expect: {status: completed}\n",
     "6:22: expected the run to be completed, it is partial (ws-07 is unsupported in step isolate: "
     "the inventory doesn't say as which `user` to log in there by winrm)\n"},
};

static void test_told_where_it_is_not_so(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    for (size_t i = 0; i < sizeof plays / sizeof *plays; i++) {
        const char *told = rehearsing_play(&stage, plays[i].text);

        if (plays[i].told)
            assert_string_equal(told, plays[i].told);
        else
            assert_memory_equal(told, "6:22: expected the alert to start nothing, it does: `", 51);
    }
    rehearsing_close(&stage);
}

static const struct {
    const char *text;
    const char *told;
} bad[] = {
    {EXPECT("steps: [isolate]"), "p_test.yaml:6:21: error: 'steps': expected a map of steps, found a list\n"},
    {EXPECT("steps: {isolte: succeeded}"),
     "p_test.yaml:6:22: error: Two_Steps has no step 'isolte' (did you mean 'isolate'?)\n"},
    {EXPECT("steps: {isolate: changed}"),
     "p_test.yaml:6:31: error: a step: expected one of succeeded, partial, failed, refused, unsupported, "
     "skipped, found 'changed'\n"},
    {EXPECT("steps: {isolate: {web-01: chnged}}"),
     "p_test.yaml:6:40: error: a target: expected one of changed, already, partial, failed, refused, "
     "skipped, unsupported, held, pending, found 'chnged' (did you mean 'changed'?)\n"},
    {EXPECT("steps: {isolate: {web-01: {outcome: changed, wy: x}}}"),
     "p_test.yaml:6:59: error: unknown key 'wy' in what is expected of a target (did you mean 'why'?)\n"},
    {EXPECT("steps: {isolate: {web-1: changed}}"),
     "p_test.yaml:6:32: error: 'web-1' is no host of the inventory, and the alert doesn't name it (did you "
     "mean 'web-01'?)\n"},
    {EXPECT("contained: [web-1]"), "p_test.yaml:6:26: error: 'web-1' is no host of the inventory, and the "
                                   "alert doesn't name it (did you mean 'web-01'?)\n"},
    {EXPECT("calls: [{call: ssh.run}]"),
     "p_test.yaml:6:22: error: a line of 'calls' needs 'times' or 'at_most'\n"},
    {EXPECT("never: [{}]"), "p_test.yaml:6:22: error: a line of 'never' needs 'call' or 'on'\n"},
    {EXPECT("never: [{on: dc-1}]"),
     "p_test.yaml:6:27: error: 'dc-1' is no host of the inventory, and the alert doesn't name it\n"},
    {EXPECT("starts: false, lives: 1"),
     "p_test.yaml:6:22: error: where the alert starts nothing, nothing else can be expected\n"},
    {CASES "  - {name: one, expect: {starts: true}}\n", "p_test.yaml:4:34: error: 'starts' needs an alert\n"},
};

static void test_mistakes(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_string_equal(rehearsing_read(&stage, bad[i].text), bad[i].told);
    rehearsing_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_told_where_it_is_not_so),
                                       cmocka_unit_test(test_mistakes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
