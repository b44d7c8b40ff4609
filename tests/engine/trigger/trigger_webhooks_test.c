/* Property: a webhook whose format nobody maps is told with its place and what was meant. Method: a shelf
 * with the built-in mappings, a site with good formats and bad. */
#include "tests/engine/trigger/alerting.h"

#include "engine/base/buf.h"
#include "engine/trigger/intake.h"

static void formats_are_there(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct intake_shelf *shelf = intake_shelf_new(arena);
    static const struct site_webhook hooks[] = {
        {.name = "a", .format = "soar"},
        {.name = "b", .format = "flaco", .format_line = 7, .format_col = 3},
        {.name = "c", .format = "falco"},
        {.name = "d", .format = "nobody's", .format_line = 9, .format_col = 1},
    };
    static const struct site site = {.config_file = "soard.yaml", .webhook_count = 4, .webhooks = hooks};
    struct diag_list diags;
    BUF_SCOPED out;
    assert_int_equal(intake_shelf_add_builtin(shelf, NULL), 0);
    diag_init(&diags, arena, "mine");
    trigger_check_webhooks(&site, shelf, &diags);
    buf_init(&out, 0);
    diag_print(&diags, &out);
    assert_string_equal(
        buf_string(&out),
        "soard.yaml:7:3: error: 'format': webhook b: there is no source 'flaco' in the built-in "
        "mapping files or those of 'intake' (did you mean 'falco'?)\n"
        "soard.yaml:9:1: error: 'format': webhook d: there is no source 'nobody's' in the "
        "built-in mapping files or those of 'intake'\n");
    assert_string_equal(diags.file, "mine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(formats_are_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
