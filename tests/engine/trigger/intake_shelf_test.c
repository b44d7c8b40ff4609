/* Property: every built-in source is there under its file's name and says where its names are documented; a
 * directory adds sources and replaces those of a name; a file with a mistake is told with its own name and
 * the others are there all the same. Method: a directory made for the test. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/engine/trigger/intake_testing.h"

static const char *const built_in[] = {
    "alertmanager", "crowdstrike", "defender",    "elastic", "falco",  "grafana",  "guardduty", "okta",
    "qradar",       "sentinel",    "sentinelone", "soar",    "splunk", "suricata", "tetragon",  "wazuh"};

static struct intake_shelf *built_in_shelf(struct arena *arena)
{
    struct intake_shelf *shelf = intake_shelf_new(arena);
    struct soar_err err = {.text = ""};
    if (intake_shelf_add_builtin(shelf, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return shelf;
}

static void all_built_in_sources_are_there(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct intake_shelf *shelf = built_in_shelf(arena);
    (void)state;
    assert_int_equal(intake_shelf_count(shelf), sizeof built_in / sizeof built_in[0]);
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
        const struct intake_source *source = intake_find(shelf, built_in[i]);
        assert_non_null(source);
        assert_string_equal(intake_name(source), built_in[i]);
        assert_true(strlen(intake_about(source)) > 10);
        assert_ptr_equal(intake_shelf_at(shelf, i), source);
    }
    assert_null(intake_shelf_at(shelf, sizeof built_in / sizeof built_in[0]));
    assert_ptr_equal(intake_find(shelf, "FALCO"), intake_find(shelf, "falco"));
    assert_null(intake_find(shelf, "falko"));
    assert_string_equal(intake_meant(shelf, "falko", arena), "falco");
    assert_null(intake_meant(shelf, "zzzzzzzz", arena));
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_file(const char *dir, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(unlink(path), 0);
}

static void a_directory_adds_and_replaces(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct intake_shelf *shelf = built_in_shelf(arena);
    struct diag_list diags;
    BUF_SCOPED shown = {0};
    char dir[] = "/tmp/intake-shelf.XXXXXX";
    size_t before = intake_shelf_count(shelf);
    const char *rest = "documented: [\"https://v\"]\nwhen: has(document.own)\nalert: {id: event.own}\n";
    (void)state;
    assert_non_null(mkdtemp(dir));
    write_file(dir, "a.yaml", arena_printf(arena, "source: Falco\nabout: ours\n%s", rest));
    write_file(dir, "b.yaml", "source: b\nabuot: b\n");
    write_file(dir, "c.yaml", arena_printf(arena, "source: house\nabout: c\n%s", rest));
    write_file(dir, "d.txt", "source: d\n");
    diag_init(&diags, arena, dir);
    assert_int_equal(intake_shelf_add_dir(shelf, dir, &diags), -1);
    diag_print(&diags, &shown);
    assert_non_null(strstr(buf_string(&shown), "/b.yaml:2:1: error: unknown key 'abuot' in a mapping file"));
    assert_null(strstr(buf_string(&shown), "/a.yaml"));
    assert_int_equal(intake_shelf_count(shelf), before + 1);
    assert_string_equal(intake_about(intake_find(shelf, "falco")), "ours");
    assert_non_null(intake_find(shelf, "house"));
    remove_file(dir, "a.yaml");
    remove_file(dir, "b.yaml");
    remove_file(dir, "c.yaml");
    remove_file(dir, "d.txt");
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(intake_shelf_add_dir(shelf, dir, &diags), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_built_in_sources_are_there),
        cmocka_unit_test(a_directory_adds_and_replaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
