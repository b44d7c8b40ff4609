/* Property: a mistake in a test is told with its place, and nothing is played; the other mistakes of the file
 * are told with it. Method: a table of files with what is said of them; a case is line 4. */
#include "tests/engine/rehearse/rehearsing.h"

static const struct {
    const char *text;
    const char *told;
} bad[] = {
    {"", "p_test.yaml:1:1: error: the file is empty\n"},
    {"cases: []\n",
     "p_test.yaml:1:1: error: a playbook's test needs the key 'playbook': its file, as seen from this one\n"},
    {"playbook: p.yaml\ncases: []\n", "p_test.yaml:2:8: error: 'cases': expected 1 to 1000 cases, found 0\n"},
    {"playbook: q.yaml\ncases: [{name: a, expect: {lives: 1}}]\n",
     "p_test.yaml:1:11: error: playbook: q.yaml: No such file or directory\n"},
    {"playbook: bell.yaml\ncases: [{name: a, expect: {lives: 1}}]\n", NULL},
    {CASES "  - {name: one, expcet: {lives: 1}}\n",
     "p_test.yaml:4:5: error: a case needs the key 'expect': what must be so at the end\n"
     "p_test.yaml:4:17: error: unknown key 'expcet' in a case (did you mean 'expect'?)\n"},
    {CASES "  - {name: one, expect: {}}\n",
     "p_test.yaml:4:25: error: it expects nothing: such a case can't fail\n"},
    {CASES "  - {name: one, alert: {hosts: {}}, expect: {lives: 1}}\n", NULL},
    {CASES "  - {name: one, vars: {quit: 1}, expect: {lives: 1}}\n", NULL},
    {CASES "  - {name: one, vars: [1], expect: {lives: 1}}\n",
     "p_test.yaml:4:23: error: 'vars': expected a map, found a list\n"},
    {CASES "  - {name: one, expect: {lives: 1}}\n  - {name: One, expect: {lives: 1}}\n",
     "p_test.yaml:5:5: error: a case 'One' stands on line 4 already\n"},
    {CASES "  - {name: one, for: soon, expect: {lives: 1}}\n",
     "p_test.yaml:4:22: error: 'for': expected a duration like 90s, 5m or 4h, found 'soon'\n"},
    {CASE_1 "    then: [{wait: 1h, stop: true}]\n" DONE,
     "p_test.yaml:6:12: error: expected one of wait, release, stop, again in a line of 'then'\n"},
    {CASE_1 "    then: [{}]\n" DONE,
     "p_test.yaml:6:12: error: expected one of wait, release, stop, again in a line of 'then'\n"},
    {CASE_1 "    then: [{again: false}]\n" DONE, "p_test.yaml:6:12: error: only true means anything here\n"},
    {CASE_1 "    then: [{release: web-3}]\n" DONE,
     "p_test.yaml:6:22: error: 'web-3' is no host of the inventory, and the alert doesn't name it (did you "
     "mean 'web-01'?)\n"},
    {HEAD "policy: {protekt: {hosts: [a]}}\ncases: [{name: a, expect: {lives: 1}}]\n", NULL},
    {CASE_1 "    expect: {status: complete, lives: 0}\n",
     "p_test.yaml:6:22: error: 'status': expected completed, partial, failed, cancelled, waiting or running, "
     "found 'complete' (did you mean 'completed'?)\n"
     "p_test.yaml:6:39: error: 'lives': expected a whole number from 1 to 1000, found '0'\n"},
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
        assert_non_null(strstr(told, ".yaml:"));
        assert_non_null(strstr(told, ": error: "));
    }
    rehearsing_close(&stage);
}

/* What other rooms say of their part is told at the place in the test. */
static void test_mistakes_of_others(void **state)
{
    static const struct {
        const char *text;
        const char *begins;
    } others[] = {{CASES "  - {name: a, alert: {hosts: {}}, expect: {lives: 1}}\n",
                   "p_test.yaml:4:22: error: alert.hosts"},
                  {CASES "  - {name: a, vars: {quit: 1}, expect: {lives: 1}}\n",
                   "p_test.yaml:4:21: error: playbook Two_Steps has no variable"},
                  {HEAD "policy: {protekt: {}}\ncases: [{name: a, expect: {lives: 1}}]\n",
                   "p_test.yaml:3:10: error: unknown key 'protekt'"},
                  {"playbook: bell.yaml\ncases: [{name: a, expect: {lives: 1}}]\n",
                   "bell.yaml:1:1: error: unknown key 'action' in a playbook"}};
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *told = rehearsing_read(&stage, others[i].text);

        if (strncmp(told, others[i].begins, strlen(others[i].begins)) != 0)
            assert_string_equal(told, others[i].begins);
    }
    rehearsing_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mistakes),
                                       cmocka_unit_test(test_mistakes_of_others)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
