/* Property: the tables are whole: each function belongs to its connector, has an about, and a sink and type
 * for each parameter. Method: walk all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/table/table.h"

static void check_function(const struct connector *connector, const struct function *function)
{
    size_t len = strlen(connector->name);
    assert_int_equal(strncmp(function->name, connector->name, len), 0);
    assert_int_equal(function->name[len], '.');
    assert_ptr_equal(connector_function(function->name), function);
    assert_ptr_equal(connector_has(connector, function->name), function);
    assert_true(strlen(function->about) > 0 && strlen(function->answer) > 0);
    for (const struct function_param *p = function->params; p->name; p++) {
        assert_true(p->sink < SINK_COUNT && strlen(p->type) > 0 && strlen(p->about) > 0);
        if (p->sink == SINK_SCRIPT)
            assert_true(p->required);
    }
}

static void tables_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; connector_list[i]; i++) {
        const struct connector *connector = connector_list[i];
        assert_ptr_equal(connector_find(connector->name), connector);
        assert_int_equal(strncmp(connector->program, "soar-", 5), 0);
        assert_string_equal(connector->program + 5, connector->name);
        for (const struct function *f = connector->functions; f->name; f++)
            check_function(connector, f);
    }
}

static void what_is_not_there(void **state)
{
    (void)state;
    assert_null(connector_find("telnet"));
    assert_null(connector_function("ssh"));
    assert_null(connector_function("ssh.nothing"));
    assert_null(connector_function(""));
}

static void sinks_have_names(void **state)
{
    (void)state;
    for (enum function_sink a = 0; a < SINK_COUNT; a++)
        for (enum function_sink b = 0; b < a; b++)
            assert_string_not_equal(function_sink_name(a), function_sink_name(b));
    assert_string_equal(function_sink_name(SINK_SCRIPT), "script");
    assert_string_equal(function_sink_name(SINK_CONSTANT), "constant");
}

/* packs.md: reading and writing stand apart. */
static void ssh_reads_and_writes(void **state)
{
    (void)state;
    assert_int_equal(connector_function("ssh.read")->class, FUNCTION_READ);
    assert_int_equal(connector_function("ssh.reach")->class, FUNCTION_READ);
    assert_int_equal(connector_function("ssh.run")->class, FUNCTION_WRITE);
    assert_int_equal(connector_function("ssh.upload")->class, FUNCTION_WRITE);
    assert_string_equal(connector_function("ssh.run")->expect, "result.exit == 0");
    assert_true(connector_function("ssh.reach")->apart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_whole), cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(sinks_have_names), cmocka_unit_test(ssh_reads_and_writes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
