/* Property: a contract is read whole, or each of its mistakes is told with its place. Method: one good
 * contract, and pieces of it that are wrong in one way each. */
#include "tests/engine/rehearse/contracting.h"

static void test_good(void **state)
{
    ARENA_SCOPED arena = arena_new();
    char told[TOLD_BYTES];
    const struct contract *contract =
        contracting(arena, CONTRACT_HEAD CONTRACT_OPERATIONS CONTRACT_CASES, told);

    (void)state;
    assert_string_equal(told, "");
    assert_string_equal(contract->action, "Ring_Bell");
    assert_string_equal(contract->provider, "bell");
    assert_int_equal(contract->operation_count, 2);
    assert_int_equal(contract->case_count, 1);
    assert_int_equal(contract->cases[0].line_count, 2);
    assert_int_equal(contract->cases[0].parts[0], PART_APPLY);
    assert_string_equal(contract->cases[0].expects[0].outcome, "changed");
    assert_int_equal(contract->cases[0].play[1].answer.status, 201);
    assert_string_equal(contract->cases[0].play[1].answer.body, "{\"id\":1}");
    assert_int_equal(contract->cases[0].play[1].times, 2);
}

static void test_cases(void **state)
{
    static const char *const cases[][2] = {
        {"{name: a, play: [{rinng: {}}], expect: {}}",
         "15:23: error: there is no operation 'rinng' (did you mean 'ring'?)\n"},
        {"{name: a, play: [{ring: {}, list: {}}], expect: {}}",
         "15:22: error: expected one operation and its answer: {NAME: {json: …}}, found a map of several\n"},
        {"{name: a, play: [{ring: {cut: true, json: {}}}], expect: {}}",
         "15:29: error: an answer has one of json, xml, text, or it is cut or hangs\n"},
        {"{name: a, play: [{ring: {status: 99}}], expect: {}}",
         "15:38: error: 'status': expected a whole number from 200 to 599, found '99'\n"},
        {"{name: a, play: [{ring: {where: {segments: {nr: 1}}}}], expect: {}}",
         "15:48: error: 'segments': the path has no {nr}\n"},
        {"{name: a, do: aply, play: [], expect: {}}",
         "15:19: error: 'do': expected check, apply or revert, found aply (did you mean 'apply'?)\n"},
        {"{name: a, do: [apply, revert], play: [], expect: [{}]}",
         "15:54: error: 'expect': expected 2, one for each of `do`, found 1\n"},
        {"{name: a, play: [], expect: {outcome: chnged}}",
         "15:43: error: 'outcome': expected changed, already, partial, failed, refused, unsupported, "
         "skipped, pending or held, found 'chnged' (did you mean 'changed'?)\n"},
        {"{name: a, play: [], expect: {why: \"(\"}}", "15:39: error: 'why': "},
        {"{name: a, play: [], expect: {}, then: 1}", "15:37: error: unknown key 'then' in a case\n"},
        {"{name: a, play: [], expect: {}}\n  - {name: A, play: [], expect: {}}",
         "16:5: error: a case 'A' stands on line 15 already\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        char told[TOLD_BYTES];
        const char *text =
            arena_printf(arena, CONTRACT_HEAD CONTRACT_OPERATIONS "cases:\n  - %s\n", cases[i][0]);
        const char *wanted = arena_printf(arena, "bell.contract.yaml:%s", cases[i][1]);

        assert_null(contracting(arena, text, told));
        if (!strstr(told, wanted))
            assert_string_equal(told, wanted);
    }
}

static void test_operations(void **state)
{
    static const char *const cases[][2] = {
        {"{method: GET, path: bells}", "7:26: error: 'path': expected one that begins with / "},
        {"{method: GET, path: \"/bells?a=b\"}", "7:26: error: 'path': expected one that begins with / "},
        {"{method: GET, path: \"/bells/x{id}\"}", "7:26: error: 'path': {name} stands for a whole segment\n"},
        {"{method: FETCH, path: /bells}", "7:15: error: 'method': expected GET, "},
        {"{method: POST, path: /bells, json: {}, form: {}}", "7:51: error: a request has one body: "},
        {"{method: POST, path: /bells, query: [a]}",
         "7:42: error: 'query': expected a map of names, found a list\n"},
        {"{method: POST, path: /bells, segments: {id: 1}}",
         "7:45: error: 'segments': the path has no {id}\n"},
        {"{path: /bells}", "7:6: error: an operation needs the key 'method'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        char told[TOLD_BYTES];
        const char *text = arena_printf(
            arena, CONTRACT_HEAD "operations:\n  o: %s\ncases: [{name: a, play: [{o: {}}], expect: {}}]\n",
            cases[i][0]);
        const char *wanted = arena_printf(arena, "bell.contract.yaml:%s", cases[i][1]);

        assert_null(contracting(arena, text, told));
        if (!strstr(told, wanted))
            assert_string_equal(told, wanted);
    }
}

static void test_head(void **state)
{
    ARENA_SCOPED arena = arena_new();
    char told[TOLD_BYTES];

    (void)state;
    assert_null(contracting(arena, "", told));
    assert_non_null(strstr(told, "the file is empty"));
    assert_null(
        contracting(arena, "contract: a\nprovider: Ring\nservice: 1\noperations: {}\ncases: []\n", told));
    assert_non_null(strstr(told, "documents"));
    assert_non_null(strstr(told, ":2:11: error: 'provider': expected ACTION/PROVIDER, found 'Ring'"));
    assert_non_null(strstr(told, ":3:10: error: 'service': expected a map"));
    assert_non_null(strstr(told, ":5:8: error: 'cases': expected 1 to"));
}

static void test_nobody_else(void **state)
{
    static const char *const cases[][2] = {
        {"{kind: b, url: \"https://b.example\"}",
         ":4:25: error: 'url': expected an address that begins with {{server}}"},
        {"{kind: b, url: \"{{server}}\", auth: {oauth2: {token: \"https://b.example\"}}}",
         ":4:62: error: 'token': expected an address that begins with {{server}}"},
        {"{kind: b, url: \"{{server}}@b.example\"}", ":4:25: error: 'url': expected an address"},
        {"{kind: b, url: \"{{server}}\", auth: {exchange: {url: \"//b\"}}}",
         ":4:62: error: 'url': expected an address"},
        {"{kind: b, url: \"{{server}}\", auth: {bearer: {token: \"env:REAL\"}}}",
         ":4:62: error: 'token': expected"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        char told[TOLD_BYTES];
        const char *text = arena_printf(arena,
                                        "contract: a\ndocuments: []\nprovider: A/b\nservice: %s\n"
                                        "operations: {o: {method: GET, path: /}}\n"
                                        "cases: [{name: a, play: [{o: {}}], expect: {}}]\n",
                                        cases[i][0]);

        assert_null(contracting(arena, text, told));
        if (!strstr(told, cases[i][1]))
            assert_string_equal(told, cases[i][1]);
    }
}

static void test_unplayed(void **state)
{
    ARENA_SCOPED arena = arena_new();
    char told[TOLD_BYTES];

    (void)state;
    assert_non_null(contracting(
        arena, CONTRACT_HEAD CONTRACT_OPERATIONS "cases: [{name: a, play: [{ring: {}}], expect: {}}]\n",
        told));
    assert_string_equal(told, "bell.contract.yaml:7:3: warning: no case plays 'list'\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good), cmocka_unit_test(test_cases),    cmocka_unit_test(test_operations),
        cmocka_unit_test(test_head), cmocka_unit_test(test_unplayed), cmocka_unit_test(test_nobody_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
