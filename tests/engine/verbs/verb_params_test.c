/* Property: a request from outside reaches a verb only if the verb's table knows each of its keys, each value
 * is of its kind, and what is required is there. Method: single requests, right ones and each kind of wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/json.h"
#include "engine/verbs/verb.h"

static int check(const char *name, const char *json, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct value request;

    assert_int_equal(json_parse(arena, json, strlen(json), &request, NULL), 0);
    return verb_check_request(verb_find(name), &request, err);
}

static void right_ones_pass(void **state)
{
    (void)state;
    assert_int_equal(check("runs", "{}", NULL), 0);
    assert_int_equal(check("run", "{\"playbook\": \"p\", \"host\": [\"a\", \"b\"], \"dry_run\": true}", NULL),
                     0);
    assert_int_equal(check("run", "{\"playbook\": \"p\", \"playbook_text\": \"x\", \"alert\": \"{}\"}", NULL),
                     0);
    assert_int_equal(check("retry", "{\"run\": \"R\", \"targets\": [\"a\"], \"no_wait\": false}", NULL), 0);
}

static void wrong_ones_are_told(void **state)
{
    static const char *const cases[][3] = {
        {"runs", "[]", "the request is no object"},
        {"runs", "{\"no\": 1}", "runs takes no 'no'"},
        {"runs", "{\"playbook_text\": \"x\"}", "runs takes no 'playbook_text'"},
        {"runs", "{\"limit\": 1}", "limit: expected a text"},
        {"runs", "{\"limit\": null}", "limit: expected a text"},
        {"run", "{}", "playbook is missing"},
        {"run", "{\"playbook\": \"p\", \"host\": \"a\"}", "host: expected a list of texts"},
        {"run", "{\"playbook\": \"p\", \"host\": []}", "host: expected a list of texts"},
        {"run", "{\"playbook\": \"p\", \"host\": [\"a\", 1]}", "host: expected a list of texts"},
        {"run", "{\"playbook\": \"p\", \"dry_run\": \"true\"}", "dry-run: expected true or false"},
        {"run", "{\"playbook\": \"p\", \"dry-run\": true}", "run takes no 'dry-run'"},
        {"run", "{\"playbook\": \"p\", \"playbook_text\": [1]}", "playbook_text: expected a text"},
        {"show", "{\"run\": \"a\\u0000b\"}", "run: expected a text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct soar_err err = {0};
        assert_int_equal(check(cases[i][0], cases[i][1], &err), -1);
        assert_int_equal(err.class, SOAR_INVALID);
        if (!strstr(err.text, cases[i][2]))
            fail_msg("%s: '%s', expected '%s'", cases[i][1], err.text, cases[i][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_ones_pass),
        cmocka_unit_test(wrong_ones_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
