/* Property: a configuration may name its inventory, each mistake bears the name of its own file, and the
 * configuration's addresses go before the inventory's. Method: both files, alone and together, one of them
 * broken or missing. */
#include "tests/engine/site/loading.h"

static void the_configuration_names_the_inventory(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct files files = files_new("hosts: {a: {os: linux}}\nmanagement: [10.0.0.1]\n",
                                   "inventory: inventory.yaml\nmanagement: [10.0.0.2]\n");
    struct diag_list diags;
    diag_init(&diags, arena, "mine");
    struct site *site = NULL;
    assert_int_equal(site_load(arena, NULL, files.config, &site, &diags), 0);
    assert_int_equal(site->host_count, 1);
    assert_string_equal(site->management[0], "10.0.0.2");
    assert_string_equal(site->inventory_file, files.inventory);
    assert_string_equal(diags.file, "mine");
    files_done(&files);
}

static void mistakes_bear_their_files_name(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(
        load(arena, "hots: {}\n", "stat: x\n", &site),
        "soard.yaml:1:1: error: unknown key 'stat' in a configuration (did you mean 'state'?)\n"
        "inventory.yaml:1:1: error: unknown key 'hots' in an inventory (did you mean 'hosts'?)\n");
    assert_null(site);
}

static void a_missing_file_is_told(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    diag_init(&diags, arena, "mine");
    struct site *site = NULL;
    assert_int_equal(site_load(arena, "/nonexistent/i.yaml", NULL, &site, &diags), -1);
    assert_string_equal(diags.first->text, "/nonexistent/i.yaml: No such file or directory");
    assert_int_equal(diags.first->line, 0);
}

static void nothing_at_all_is_an_empty_site(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    diag_init(&diags, arena, "mine");
    struct site *site = NULL;
    assert_int_equal(site_load(arena, NULL, NULL, &site, &diags), 0);
    assert_int_equal(site->host_count, 0);
    assert_null(site_find_host(site, "a", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_configuration_names_the_inventory),
        cmocka_unit_test(mistakes_bear_their_files_name),
        cmocka_unit_test(a_missing_file_is_told),
        cmocka_unit_test(nothing_at_all_is_an_empty_site),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
