/* Property: each place of a playbook knows the names it may use and no other; what an optional access or
 * has() asks for need not be there; whoever speaks of steps is known to. Method: expressions by place, good
 * ones and bad ones. */
#include "tests/engine/playbook/shelf.h"

struct use {
    const char *rest; /* of the second step of two */
    bool good;
    bool speaks;
};

static const struct use uses[] = {
    {"when: alert.anything.at.all == 1", true, false},
    {"when: vars.t == \"2h\"", true, false},
    {"when: vars.?nobody.orValue(1) == 1", true, false},
    {"when: has(vars.nobody)", true, false},
    {"when: vars.nobody == 1", false, false},
    {"when: run.id != \"\" && run.playbook != \"\"", true, false},
    {"when: steps.one.changed.size() > 0", true, true},
    {"when: steps['one'].kept.size() > 0", true, true},
    {"when: steps.?nobody.hasValue()", true, true},
    {"when: steps.size() > 1", true, true},
    {"when: alert.hosts.exists(h, h.os == \"linux\")", true, false},
    {"when: alert.hosts.exists(alrt, alrt.os == \"linux\")", true, false},
    {"when: type(alert.id) == string", true, false},
    {"when: optional.of(1).hasValue()", true, false},
    {"when: base64.encode(b'x') != \"\"", true, false},
    {"targets: \"{{alert.hosts.filter(h, h.os == 'linux')}}\"", true, false},
    {"targets: \"{{steps.one.changed}}\"", true, true},
    {"targets: [\"{{alert.host.name}}\", web-01]", true, false},
    {"targets: \"{{target.name}}\"", false, false},
    {"with: {dead_man: \"{{vars.t}}\"}", true, false},
    {"with: {dead_man: \"{{target.os == 'linux' ? '60s' : '90s'}}\"}", true, false},
    {"with: {dead_man: \"{{nobody}}\"}", false, false},
};

static void each_place_knows_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *text = arena_printf(arena,
                                        "playbook_name: P\nvars: {t: 2h}\nactions:\n"
                                        "  - {step: one, action: Snapshot_Memory}\n"
                                        "  - step: two\n    action: Isolate_Endpoint\n    %s\n",
                                        uses[i].rest);
        const char *lines = NULL;
        const struct playbook *playbook = load_playbook(arena, text, strlen(text), NULL, &lines);
        if ((playbook != NULL) != uses[i].good ||
            (playbook != NULL && playbook->steps[1].speaks_of_steps != uses[i].speaks)) {
            fail_msg("%s: %s", uses[i].rest, lines);
        }
    }
}

static void a_mistake_in_a_block_has_its_own_line(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char text[] = "playbook_name: P\nactions:\n  - step: 1\n    action: Isolate_Endpoint\n"
                               "    when: |\n      alert.a == 1 &&\n      alert.b == nobody\n"
                               "    target_os: [Linux]\n    targets: \"x {{alert.a}} {{ nobody }}\"\n";
    const char *lines = NULL;
    assert_null(load_playbook(arena, text, strlen(text), NULL, &lines));
    assert_string_equal(
        lines, "f:7:18: error: 'when': unknown name 'nobody': expected alert, vars, steps or run\n"
               "f:9:32: error: 'targets': unknown name 'nobody': expected alert, vars, steps or run\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_knows_its_names),
        cmocka_unit_test(a_mistake_in_a_block_has_its_own_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
