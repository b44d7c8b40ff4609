/* Property: the built-in actions are there and sound; a directory adds its own and may replace one by name; a
 * bad file is told with its own name and stops nobody else's. Method: the shelf of this build, and a
 * directory made for the test. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/engine/action/packing.h"

static const char mine[] = "action: isolate_endpoint\n"
                           "summary: The site's own.\n"
                           "per: host\n"
                           "providers:\n"
                           "  one: {via: ssh, apply: [{ssh.run: {script: s}}]}\n";

static void write_file(struct arena *arena, const char *dir, const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(arena, "%s/%s", dir, name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void built_in_actions_are_sound(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct pack_shelf *shelf = pack_shelf_new(arena);
    struct soar_err err = {0};
    assert_int_equal(pack_shelf_count(shelf), 0);
    if (pack_shelf_add_builtin(shelf, &err) < 0) {
        fail_msg("%s", err.text);
    }
    const struct pack *pack = pack_shelf_find(shelf, "ISOLATE_endpoint");
    assert_non_null(pack);
    assert_string_equal(pack->origin, "isolate_endpoint.yaml");
    size_t at = 0;
    while (pack_shelf_at(shelf, at) != NULL && pack_shelf_at(shelf, at) != pack) {
        at++;
    }
    assert_ptr_equal(pack_shelf_at(shelf, at), pack);
    assert_null(pack_shelf_at(shelf, pack_shelf_count(shelf)));
    assert_null(pack_shelf_find(shelf, "nobody"));
}

static void a_directory_adds_and_replaces(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    char dir[] = "/tmp/shelf_test.XXXXXX";
    struct pack_shelf *shelf = pack_shelf_new(arena);
    struct soar_err err = {0};
    struct diag_list diags;
    diag_init(&diags, arena, "packs");
    assert_non_null(mkdtemp(dir));
    write_file(arena, dir, "a.yaml", mine);
    write_file(arena, dir, "b.yaml", "action: B\nsumary: x\n");
    write_file(arena, dir, "c.yaml",
               "action: Other\nsummary: x\nper: once\nproviders: {one: {via: ssh, apply: [{ssh.run: {script: "
               "s}}]}}\n");
    write_file(arena, dir, ".hidden.yaml", "no pack");
    write_file(arena, dir, "notes.txt", "no pack");
    write_file(arena, dir, "a.rehearse.yaml", "no pack");
    assert_int_equal(pack_shelf_add_builtin(shelf, &err), 0);
    size_t before = pack_shelf_count(shelf);
    assert_int_equal(pack_shelf_add_dir(shelf, dir, &diags), -1);
    assert_int_equal(pack_shelf_count(shelf), before + 1);
    assert_string_equal(pack_shelf_find(shelf, "Isolate_Endpoint")->summary, "The site's own.");
    assert_non_null(pack_shelf_find(shelf, "other"));
    assert_non_null(strstr(told(arena, &diags), "/b.yaml:2:1: error: unknown key 'sumary'"));
    assert_true(diags.errors > 0);
    static const char *const names[] = {"a.yaml",       "b.yaml",    "c.yaml",
                                        ".hidden.yaml", "notes.txt", "a.rehearse.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unlink(arena_printf(arena, "%s/%s", dir, names[i]));
    }
    rmdir(dir);
    diag_init(&diags, arena, "packs");
    assert_int_equal(pack_shelf_add_dir(shelf, dir, &diags), -1);
    assert_non_null(strstr(told(arena, &diags), "No such file or directory"));
}

static void what_others_may_write_is_not_taken(void **state)
{
    static const struct {
        mode_t dir, file;
        const char *told; /* NULL: it is taken */
    } cases[] = {{0700, 0600, NULL},
                 {0755, 0644, NULL},
                 {0757, 0644, "packs: error: others than its owner"},
                 {0755, 0646, "a.yaml: error: others than its owner"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        char dir[] = "/tmp/shelf_test.XXXXXX";
        struct pack_shelf *shelf = pack_shelf_new(arena);
        struct diag_list diags;
        diag_init(&diags, arena, "packs");
        assert_non_null(mkdtemp(dir));
        write_file(arena, dir, "a.yaml", mine);
        const char *file = arena_printf(arena, "%s/a.yaml", dir);
        assert_int_equal(chmod(file, cases[i].file), 0);
        assert_int_equal(chmod(dir, cases[i].dir), 0);
        assert_int_equal(pack_shelf_add_dir(shelf, dir, &diags), cases[i].told ? -1 : 0);
        if (cases[i].told != NULL) {
            assert_non_null(strstr(told(arena, &diags), cases[i].told));
        }
        unlink(file);
        rmdir(dir);
    }
}

static void a_directory_extends_what_is_there(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    char dir[] = "/tmp/shelf_test.XXXXXX";
    struct pack_shelf *shelf = pack_shelf_new(arena);
    struct soar_err err = {0};
    struct diag_list diags;
    diag_init(&diags, arena, "packs");
    assert_non_null(mkdtemp(dir));
    /* before the action it extends, by its name */
    write_file(arena, dir, "a.yaml",
               "extends: Other\nproviders: {two: {via: ssh, when: target.os == 'linux', apply: [{ssh.run: "
               "{script: s}}]}}\n");
    write_file(arena, dir, "b.yaml",
               "action: Other\nsummary: x\nper: host\nproviders: {one: {via: ssh, apply: [{ssh.run: {script: "
               "s}}]}}\n");
    write_file(
        arena, dir, "c.yaml",
        "extends: isolate_endpoint\nproviders: {acme: {via: ssh, when: target.os == 'plan9', check: "
        "[{ssh.read: "
        "{script: s}}, {so: 'true'}], apply: [{ssh.run: {script: s}}], revert: [{ssh.run: {script: s}}]}}\n");
    write_file(arena, dir, "d.contract.yaml", "no pack");
    assert_int_equal(pack_shelf_add_builtin(shelf, &err), 0);
    size_t before = pack_shelf_find(shelf, "Isolate_Endpoint")->provider_count;
    if (pack_shelf_add_dir(shelf, dir, &diags) < 0) {
        fail_msg("%s", told(arena, &diags));
    }
    const struct pack *other = pack_shelf_find(shelf, "other");
    assert_int_equal(other->provider_count, 2);
    assert_string_equal(other->providers[0].name, "two");
    const struct pack *isolate = pack_shelf_find(shelf, "isolate_endpoint");
    assert_int_equal(isolate->provider_count, before + 1);
    assert_string_equal(isolate->origin, "isolate_endpoint.yaml");
    write_file(arena, dir, "e.yaml",
               "extends: Nobody\nproviders: {x: {via: ssh, apply: [{ssh.run: {script: s}}]}}\n");
    assert_int_equal(pack_shelf_add_dir(shelf, dir, &diags), -1);
    assert_non_null(
        strstr(told(arena, &diags), "e.yaml: error: it extends Nobody, and there is no such action"));
}

static void an_extension_of_nothing_is_told_by_name(void **state)
{
    static const char text[] = "extends: Isolat\nproviders: {}\n";
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;

    (void)state;
    diag_init(&diags, arena, "x.yaml");
    assert_null(pack_load_beside(pack_shelf_new(arena), text, strlen(text), "x.yaml", &diags));
    assert_non_null(strstr(told(arena, &diags),
                           "x.yaml:1:10: error: it extends Isolat, and there is no such action here"));
}

static void lint_reads_an_extension_with_its_action(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct pack_shelf *shelf = pack_shelf_new(arena);
    struct soar_err err = {0};
    struct diag_list diags;
    static const char text[] =
        "extends: Isolate_Endpoint\nproviders: {acme: {via: ssh, check: [{ssh.read: {script: s}}, {so: "
        "with.nobody == 1}], apply: [{ssh.run: {script: s}}], revert: [{ssh.run: {script: s}}]}}\n";
    diag_init(&diags, arena, "packs");
    assert_int_equal(pack_shelf_add_builtin(shelf, &err), 0);
    size_t before = pack_shelf_find(shelf, "Isolate_Endpoint")->provider_count;
    assert_null(pack_load_beside(shelf, text, strlen(text), "acme.yaml", &diags));
    assert_non_null(strstr(told(arena, &diags), "acme.yaml:2:"));
    assert_non_null(strstr(told(arena, &diags), "'nobody'"));
    assert_int_equal(pack_shelf_find(shelf, "Isolate_Endpoint")->provider_count, before);
}

static void lint_reads_an_action_with_what_extends_it(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct pack_shelf *shelf = pack_shelf_new(arena);
    struct soar_err err = {0};
    struct diag_list diags;
    assert_int_equal(pack_shelf_add_builtin(shelf, &err), 0);
    const char *whole = pack_shelf_find(shelf, "Send_Message")->text;
    const char *end = strstr(whole, "\n--- # from ");
    assert_non_null(end);
    diag_init(&diags, arena, "own.yaml");
    assert_non_null(pack_load_beside(shelf, whole, (size_t)(end + 1 - whole), "own.yaml", &diags));
    assert_int_equal(diags.errors, 0);
    static const char unknown[] = "action: Nobody_Else\nsummary: s\nper: once\n";
    assert_null(pack_load_beside(shelf, unknown, strlen(unknown), "own.yaml", &diags));
    assert_non_null(strstr(told(arena, &diags), "no file extends it"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(built_in_actions_are_sound),
                                       cmocka_unit_test(a_directory_adds_and_replaces),
                                       cmocka_unit_test(what_others_may_write_is_not_taken),
                                       cmocka_unit_test(a_directory_extends_what_is_there),
                                       cmocka_unit_test(an_extension_of_nothing_is_told_by_name),
                                       cmocka_unit_test(lint_reads_an_extension_with_its_action),
                                       cmocka_unit_test(lint_reads_an_action_with_what_extends_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
