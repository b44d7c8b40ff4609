/* Property: what is given happens, or the case fails; what makes no sense is told with its place. Method:
 * each kind alone, seen by what came of it; each kind once where it can't happen; a table of mistakes. */
#include "tests/engine/rehearse/rehearsing.h"

#define GIVEN(lines) CASE_1 "    given:\n" lines /* from line 7 on */

static const struct {
    const char *text;
    const char *told;
} bad[] = {
    {GIVEN("      - {on: web-01}\n") DONE,
     "p_test.yaml:7:9: error: expected one of fails, refuses, cut, hangs, "
     "loses, late, twice, crash_after, offline, answer, is\n"},
    {GIVEN("      - {hangs: true, fails: no}\n") DONE,
     "p_test.yaml:7:10: error: 'hangs' can't stand beside 'fails'\n"},
    {GIVEN("      - {crash_after: apply, on: web-01}\n") DONE,
     "p_test.yaml:7:30: error: 'on' can't stand beside 'crash_after'\n"},
    {GIVEN("      - {crash_after: aply}\n") DONE,
     "p_test.yaml:7:23: error: there is no point 'aply' to crash after (did you mean 'apply'?)\n"},
    {GIVEN("      - {crash_after: lease}\n") DONE,
     "p_test.yaml:7:23: error: crash_after: 'lease' is not supported yet by this version\n"},
    {GIVEN("      - {crash_after: apply, step: isolat, target: web-03}\n") DONE,
     "p_test.yaml:7:36: error: Two_Steps has no step 'isolat' (did you mean 'isolate'?)\n"
     "p_test.yaml:7:52: error: 'web-03' is no host of the inventory, and the alert doesn't name it (did you "
     "mean 'web-01'?)\n"},
    {GIVEN("      - {on: web-03, call: ssh.rum, hangs: true}\n") DONE,
     "p_test.yaml:7:14: error: 'web-03' is no host of the inventory, and the alert doesn't name it (did you "
     "mean 'web-01'?)\n"
     "p_test.yaml:7:28: error: there is no function 'ssh.rum' (did you mean 'ssh.run'?)\n"},
    {GIVEN("      - {offline: web-9, for: 0s}\n") DONE, NULL},
    {GIVEN("      - {is: {in_force: true}}\n") DONE,
     "p_test.yaml:7:9: error: 'is': expected a map of what the target's model starts with, and 'on'\n"},
    {GIVEN("      - {loses: false}\n") DONE,
     "p_test.yaml:7:9: error: 'loses': only true means anything here\n"},
    {GIVEN("      - {loses: true, times: 0}\n") DONE,
     "p_test.yaml:7:30: error: 'times': expected a whole number from 1 to 100000, found '0'\n"},
    {GIVEN("      - {answer: held, say: yes}\n") DONE,
     "p_test.yaml:7:18: error: 'answer': expected hold, doubt or a question like H-1, found 'held'\n"},
    {GIVEN("      - {answer: hold, say: done}\n") DONE,
     "p_test.yaml:7:29: error: 'say': expected yes or no, for a hold\n"},
    {GIVEN("      - {answer: D-1}\n") DONE,
     "p_test.yaml:7:9: error: 'say': expected done, again or not, for a doubt\n"},
};

static void test_mistakes(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *told = rehearsing_read(&stage, bad[i].text);

        if (bad[i].told)
            assert_string_equal(told, bad[i].told);
        assert_memory_equal(told, "p_test.yaml:7:", 14);
    }
    rehearsing_close(&stage);
}

#define EXPECT(text) "    expect: {" text "}\n"

static const char *const good[] = {
    GIVEN("      - {on: web-01, call: ssh.run, fails: no room}\n") EXPECT(
        "status: partial, steps: {isolate: {web-01: {outcome: failed, why: no room}, web-02: changed}}"),
    GIVEN("      - {on: WEB-01., call: ssh.run, refuses: nobody listens, times: 2}\n")
        EXPECT("status: completed, calls: [{on: web-01, call: ssh.run, times: 5}]"),
    GIVEN("      - {on: web-01, call: ssh.reach, hangs: true}\n")
        EXPECT("status: completed, contained: [web-01, web-02]"),
    GIVEN("      - {on: web-01, call: ssh.run, loses: true}\n")
        EXPECT("status: completed, contained: [web-01, web-02]"),
    GIVEN("      - {on: web-01, call: ssh.run, late: true, after: 1}\n")
        EXPECT("status: completed, contained: [web-01, web-02]"),
    GIVEN("      - {on: web-01, is: {in_force: true}}\n") EXPECT("steps: {isolate: {web-01: changed}}"),
    GIVEN("      - {call: ssh.run, twice: true, times: 4}\n")
        EXPECT("status: completed, contained: [web-01, web-02]"),
    GIVEN("      - {on: web-01, call: ssh.run, loses: true, after: 2}\n      - {answer: doubt, say: done}\n")
        EXPECT("status: completed, steps: {ring: {web-01: changed}}"),
    GIVEN("      - {on: web-01, call: ssh.run, loses: true, after: 2}\n      - {answer: D-1, say: not}\n")
        EXPECT("status: partial, steps: {ring: {web-02: changed, web-01: partial}}"),
    GIVEN("      - {on: web-01, call: ssh.run, loses: true, after: 2}\n")
        EXPECT("status: waiting, steps: {ring: {web-01: held}}"),
    GIVEN("      - {crash_after: apply, step: ring, target: web-02}\n      - {answer: doubt, say: again}\n")
        EXPECT("status: completed, lives: 2"),
    GIVEN("      - {crash_after: call, step: isolate, target: web-02, away: 10m}\n")
        EXPECT("status: completed, lives: 2, contained: [web-01, web-02]"),
};

static void test_each_happens(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_string_equal(rehearsing_play(&stage, good[i]), "");
    rehearsing_close(&stage);
}

/* A hold for each word a person may say; none said: it waits. */
static void test_holds(void **state)
{
    static const char head[] = "policy: {ask: {hosts: [web-01]}}\n" HEAD "cases:\n";
    static const char *const cases[] = {
        "  - name: a\n" ALERT "    given: [{answer: hold, say: yes}]\n" DONE,
        "  - name: b\n" ALERT "    given: [{answer: hold, say: yes}, {answer: H-1, say: no}]\n"
        "    expect: {status: partial, steps: {isolate: {web-01: refused, "
        "web-02: changed}}, contained: [web-02]}\n",
        "  - name: c\n" ALERT "    expect: {status: waiting, steps: {isolate: {web-01: held, "
        "web-02: changed}}, contained: [web-02]}\n"};
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(rehearsing_play(&stage, arena_printf(stage.arena, "%s%s", head, cases[i])), "");
    rehearsing_close(&stage);
}

static void test_never_happened(void **state)
{
    static const char test[] = GIVEN("      - {on: ws-07, hangs: true}\n"
                                     "      - {crash_after: release}\n"
                                     "      - {offline: ws-07, for: 1h}\n"
                                     "      - {answer: hold, say: yes}\n") DONE;
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    assert_string_equal(rehearsing_play(&stage, test),
                        "7:9: expected a call to meet this, none did\n"
                        "8:9: expected the engine to come to this crash, it never did\n"
                        "9:9: expected a call to meet this, none did\n"
                        "10:9: expected people to be asked this, they were not\n");
    rehearsing_close(&stage);
}

static const char state_pack[] = "action: Collect_State\n"
                                 "summary: Takes what a host knows of itself as evidence.\n"
                                 "per: host\n"
                                 "lock: state\n"
                                 "done: collected\n"
                                 "providers:\n"
                                 "  state:\n"
                                 "    via: ssh\n"
                                 "    proved: \"no\"\n"
                                 "    check:\n"
                                 "      - so: kept.?evidence.?whole.orValue(false)\n"
                                 "    apply:\n"
                                 "      - ssh.collect: {script: \"tar\", name: state.tar}\n";

static const char state_model[] = "action: Collect_State\n"
                                  "providers:\n"
                                  "  state:\n"
                                  "    start: {}\n"
                                  "    contained: \"true\"\n";

static const char *const collecting[] = {
    GIVEN("      - {on: web-01, call: ssh.collect, cut: the host is gone}\n")
        EXPECT("status: completed, calls: [{on: web-01, call: ssh.collect, times: 2}]"),
    GIVEN("      - {crash_after: evidence, target: web-02}\n")
        EXPECT("status: completed, lives: 2, calls: [{on: web-02, call: ssh.collect, times: 1}]"),
    GIVEN("      - {on: web-01, call: evidence.keep, fails: the disk is full}\n")
        EXPECT("status: partial, steps: {collect: {web-01: {outcome: failed, why: the disk is full}, web-02: "
               "changed}}"),
};

static void test_evidence(void **state)
{
    static const char playbook[] = "playbook_name: Collect\n"
                                   "trigger: SIEM_Alert_High_Confidence\n"
                                   "actions:\n"
                                   "  - {step: collect, action: Collect_State}\n";
    struct rehearsing stage;
    struct diag_list diags;

    (void)state;
    rehearsing_open(&stage);
    const char *path = arena_printf(stage.arena, "%s/bell.yaml", stage.dir); /* its model lies beside it */

    diag_init(&diags, stage.arena, path);
    assert_int_equal(pack_shelf_add_text(stage.shelf, state_pack, strlen(state_pack), path, &diags), 0);
    rehearsing_file(&stage, "bell.yaml", state_pack);
    rehearsing_file(&stage, "bell.rehearse.yaml", state_model);
    rehearsing_file(&stage, "p.yaml", playbook);
    for (size_t i = 0; i < sizeof collecting / sizeof *collecting; i++)
        assert_string_equal(rehearsing_play(&stage, collecting[i]), "");
    assert_string_equal(rehearsing_read(&stage, GIVEN("      - {call: ssh.run, cut: gone}\n") DONE),
                        "p_test.yaml:7:9: error: 'cut': only of a `call:` that collects, like ssh.collect\n");
    rehearsing_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mistakes), cmocka_unit_test(test_each_happens),
                                       cmocka_unit_test(test_holds), cmocka_unit_test(test_never_happened),
                                       cmocka_unit_test(test_evidence)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
