/* Property: what a person asks for becomes one alert and one set of variables, or a mistake that names the
 * option. Method: a context with a site of two hosts and no journal; requests made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/verbs/verb_parts.h"

static const char inventory[] =
    "hosts:\n"
    "  web-01: {address: 192.0.2.1, os: linux, via: ssh, user: root, key: \"file:id\", "
    "known_hosts: known_hosts}\n";

struct asking {
    struct verb_context context;
    struct buf mistakes;
    char dir[32];
};

static int setup(void **state)
{
    static struct asking asking;
    struct diag_list diags;
    struct site *site = NULL;
    struct arena *arena = arena_new();
    asking = (struct asking){.dir = "/tmp/verb-request.XXXXXX"};
    assert_non_null(mkdtemp(asking.dir));
    const char *path = arena_printf(arena, "%s/inventory.yaml", asking.dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(inventory, file);
    fclose(file);
    asking.context.arena = arena;
    asking.context.mistakes = &asking.mistakes;
    diag_init(&diags, asking.context.arena, path);
    assert_int_equal(site_load(asking.context.arena, path, NULL, &site, &diags), 0);
    asking.context.site = site;
    remove(path);
    remove(asking.dir);
    *state = &asking;
    return 0;
}

static int teardown(void **state)
{
    struct asking *asking = *state;
    arena_free(asking->context.arena);
    buf_done(&asking->mistakes);
    return 0;
}

static struct value request_of(struct asking *asking, const char *json)
{
    struct value value;
    assert_int_equal(json_parse(asking->context.arena, json, strlen(json), &value, NULL), 0);
    return value;
}

static void hosts_and_a_user_make_an_alert(void **state)
{
    struct asking *asking = *state;
    struct value request = request_of(asking, "{\"host\": [\"WEB-01.\"], \"user\": \"CORP\\\\jdoe\"}");
    struct value alert;
    struct soar_err err = {0};
    const char *body = NULL;

    assert_int_equal(verb_alert(&asking->context, &request, &alert, &body, &err), 0);
    assert_string_equal(value_get_string(value_at(value_get(&alert, "hosts"), 0), "name", ""), "web-01");
    assert_string_equal(value_get_string(&alert, "user_id", ""), "CORP\\jdoe");
    assert_string_equal(value_get_string(value_at(value_get(&alert, "users"), 0), "domain", ""), "CORP");
    assert_non_null(body);
}

static void a_host_that_is_not_there_is_told_with_a_guess(void **state)
{
    struct asking *asking = *state;
    struct value request = request_of(asking, "{\"host\": [\"web-1\"]}");
    struct value alert;
    struct soar_err err = {0};
    const char *body = NULL;

    assert_int_equal(verb_alert(&asking->context, &request, &alert, &body, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_non_null(strstr(err.text, "--host web-1"));
    assert_non_null(strstr(err.text, "did you mean 'web-01'"));
}

static void nothing_asked_for_is_no_alert(void **state)
{
    struct asking *asking = *state;
    struct value request = request_of(asking, "{}");
    struct value alert;
    const char *body = NULL;

    assert_int_equal(verb_alert(&asking->context, &request, &alert, &body, NULL), 0);
    assert_int_equal(alert.kind, VALUE_NULL);
    assert_null(body);
}

static void an_alert_and_hosts_together_are_a_mistake(void **state)
{
    struct asking *asking = *state;
    struct value request = request_of(asking, "{\"alert\": \"{}\", \"host\": [\"web-01\"]}");
    struct value alert;
    struct soar_err err = {0};
    const char *body = NULL;

    assert_int_equal(verb_alert(&asking->context, &request, &alert, &body, &err), -1);
    assert_non_null(strstr(err.text, "either --alert or --host"));
}

static void variables_are_json_or_else_text(void **state)
{
    struct asking *asking = *state;
    struct value request =
        request_of(asking, "{\"var\": [\"n=3\", \"list=[1,2]\", \"text=a=b\", \"empty=\"]}");
    struct value vars;

    assert_int_equal(verb_vars(&asking->context, &request, NULL, &vars, NULL), 0);
    assert_int_equal(value_get_int(&vars, "n", 0), 3);
    assert_int_equal(value_count(value_get(&vars, "list")), 2);
    assert_string_equal(value_get_string(&vars, "text", ""), "a=b");
    assert_string_equal(value_get_string(&vars, "empty", "?"), "");
}

static void a_variable_without_a_name_is_a_mistake(void **state)
{
    static const char *const bad[] = {"{\"var\": [\"=1\"]}", "{\"var\": [\"x\"]}", "{\"var\": [\"a-b=1\"]}"};
    struct asking *asking = *state;
    struct value vars;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct value request = request_of(asking, bad[i]);
        struct soar_err err = {0};
        assert_int_equal(verb_vars(&asking->context, &request, NULL, &vars, &err), -1);
        assert_non_null(strstr(err.text, "expected NAME=VALUE"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hosts_and_a_user_make_an_alert, setup, teardown),
        cmocka_unit_test_setup_teardown(a_host_that_is_not_there_is_told_with_a_guess, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_asked_for_is_no_alert, setup, teardown),
        cmocka_unit_test_setup_teardown(an_alert_and_hosts_together_are_a_mistake, setup, teardown),
        cmocka_unit_test_setup_teardown(variables_are_json_or_else_text, setup, teardown),
        cmocka_unit_test_setup_teardown(a_variable_without_a_name_is_a_mistake, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
