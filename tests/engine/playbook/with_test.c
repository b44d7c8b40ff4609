/* Property: parameters that widen what is let through take nothing from outside; an action that isn't
 * installed, or a host that isn't in the inventory, is a warning and no more. Method: parameters by name and
 * source; a shelf and a site without them. */
#include "tests/engine/playbook/shelf.h"

static void arguments_are_kept_with_their_place(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct playbook *playbook =
        load_well(arena, "playbook_name: P\nactions:\n  - step: 1\n    action: Open_Ticket\n"
                         "    with:\n      text: \"host {{alert.host.name}}\"\n      level: high\n");
    const struct playbook_step *step = &playbook->steps[0];
    assert_int_equal(step->argument_count, 2);
    assert_string_equal(step->arguments[0].name, "text");
    assert_int_equal(step->arguments[0].line, 6);
    assert_false(tree_is_constant(step->arguments[0].tree));
    assert_true(tree_is_constant(step->arguments[1].tree));
}

struct source {
    const char *rest;
    bool good;
};

static const struct source sources[] = {
    {"allow: [\"10.0.0.5:22\"]", true},       {"allow: [\"{{vars.mine}}\"]", true},
    {"allow: [\"{{vars.theirs}}\"]", false},  {"allow: \"{{alert.allow}}\"", false},
    {"allow: \"{{vars}}\"", false},           {"dead_man: \"{{alert.t}}\"", false},
    {"dead_man: \"{{steps.a.why}}\"", false}, {"dead_man: \"{{vars.t}}\"", true},
};

static void nothing_from_outside_widens_the_hole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *text =
            arena_printf(arena,
                         "playbook_name: P\nvars: {mine: \"10.0.0.5:22\", t: 90s, theirs: \"{{alert.x}}\"}\n"
                         "actions:\n  - {step: a, action: Snapshot_Memory}\n"
                         "  - step: b\n    action: Isolate_Endpoint\n    with: {%s}\n",
                         sources[i].rest);
        const char *lines = NULL;
        const struct playbook *playbook = load_playbook(arena, text, strlen(text), NULL, &lines);
        bool told = strstr(lines, "it widens what is let through") != NULL;
        if ((playbook != NULL) != sources[i].good || told == sources[i].good) {
            fail_msg("%s: %s", sources[i].rest, lines);
        }
    }
}

static void what_is_not_installed_is_a_warning(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char text[] =
        "playbook_name: P\nactions: [{step: 1, action: Isolate_Endpiont, with: {any: thing}}]\n";
    const char *lines = NULL;
    const struct playbook *playbook = load_playbook(arena, text, strlen(text), NULL, &lines);
    assert_non_null(playbook);
    assert_null(playbook->steps[0].pack);
    assert_string_equal(lines,
                        "f:2:29: warning: no action named 'Isolate_Endpiont' is installed (did you mean "
                        "'Isolate_Endpoint'?): this step ends unsupported\n");
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    assert_non_null(playbook_load(arena, "f", text, strlen(text), NULL, NULL, &diags));
    assert_int_equal(diags.warnings, 0);
}

static void strangers_are_a_warning(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const struct site_host host = {
        .name = "web-01", .key = "host:web-01", .address = "10.0.0.1", .os = "linux"};
    static const struct site site = {.host_count = 1, .hosts = &host};
    static const char text[] = STEP(", targets: [WEB-01, web-02]");
    const char *lines = NULL;
    assert_non_null(load_playbook(arena, text, strlen(text), &site, &lines));
    assert_string_equal(lines, "f:3:50: warning: 'targets': 'web-02' is not in the inventory\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_kept_with_their_place),
        cmocka_unit_test(nothing_from_outside_widens_the_hole),
        cmocka_unit_test(what_is_not_installed_is_a_warning),
        cmocka_unit_test(strangers_are_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
