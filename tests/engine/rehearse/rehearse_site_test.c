/* Property: the machines of a case are the test's, else the program's, else the alert's; no secret of theirs
 * is read, and our own addresses don't depend on this machine. Method: the same case with each, and keys that
 * aren't there. */
#include "tests/engine/rehearse/rehearsing.h"

#define WEB_9                                                                                                \
    "cases:\n  - name: one\n    alert: {severity: high, confidence: 90, hosts: [{name: web-09, os: "         \
    "linux}]}\n"
#define CHANGED "    expect: {steps: {isolate: {web-09: changed}}}\n"

static const char keyed[] =
    "hosts: {web-09: {os: linux, key: \"file:keys/none\", known_hosts: none, user: soar}}\n";

static void test_of_the_alert(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    assert_string_equal(rehearsing_play(&stage, "playbook: p.yaml\n" WEB_9 CHANGED), "");
    assert_string_equal(rehearsing_play(&stage, "playbook: p.yaml\n" WEB_9
                                                "    expect: {never: [{on: dc-01}], status: completed}\n"),
                        "");
    assert_string_equal(
        rehearsing_play(&stage,
                        "playbook: p.yaml\ncases:\n  - name: one\n    alert: {hosts: [{name: mac, os: "
                        "macOS}, {name: pc, os: Windows 11}, {ip: [10.0.0.1]}, web-01, WEB-01]}\n    "
                        "expect: {steps: {isolate: {mac: changed, pc: changed, web-01: changed, "
                        "10.0.0.1: failed}}}\n"),
        "5:86: expected 10.0.0.1 to be failed in step isolate, which has no such target: it has mac, pc, ?, "
        "web-01\n");
    rehearsing_close(&stage);
}

static void test_of_the_test(void **state)
{
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    rehearsing_file(&stage, "inventory.yaml", keyed);
    assert_string_equal(
        rehearsing_play(&stage, "playbook: p.yaml\ninventory: inventory.yaml\n" WEB_9 CHANGED), "");
    assert_string_equal(
        rehearsing_play(&stage, arena_printf(stage.arena, "playbook: p.yaml\n%s" WEB_9 CHANGED, keyed)), "");
    rehearsing_file(&stage, "inventory.yaml",
                    "hosts: {web-09: {os: linux, certificate_authority: \"vault:ssh/sign/soar\"}}\n"
                    "services: {v: {kind: vault, url: \"https://v\"}}\n"); /* no vault is asked */
    assert_string_equal(
        rehearsing_play(&stage, "playbook: p.yaml\ninventory: inventory.yaml\n" WEB_9 CHANGED), "");
    rehearsing_file(&stage, "inventory.yaml",
                    "hosts: {web-09: {os: linux, certificate_authority: \"file:keys/none\"}}\n");
    assert_string_equal(
        rehearsing_play(&stage, "playbook: p.yaml\ninventory: inventory.yaml\n" WEB_9 CHANGED), "");
    assert_string_equal(rehearsing_play(&stage, HEAD WEB_9 "    expect: {steps: {isolate: {web-09: {outcome: "
                                                           "failed, why: not in the inventory}}}}\n"),
                        "");
    rehearsing_close(&stage);
}

static void test_of_the_program(void **state)
{
    struct rehearsing stage;
    struct diag_list diags;

    (void)state;
    rehearsing_open(&stage);
    rehearsing_file(&stage, "inventory.yaml", keyed);
    diag_init(&diags, stage.arena, "inventory.yaml");
    assert_int_equal(site_load(stage.arena, arena_printf(stage.arena, "%s/inventory.yaml", stage.dir), NULL,
                               &stage.site, &diags),
                     0);
    assert_string_equal(rehearsing_play(&stage, "playbook: p.yaml\n" WEB_9 CHANGED), "");
    assert_string_equal(
        rehearsing_read(&stage, "playbook: p.yaml\n" WEB_9 "    expect: {never: [{on: web-10}]}\n"),
        "p_test.yaml:5:27: error: 'web-10' is no host of the inventory, and the alert doesn't name it (did "
        "you "
        "mean 'web-09'?)\n");
    assert_non_null(stage.site->hosts[0].secret_key); /* the program's own is as it was */
    rehearsing_close(&stage);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text;
        const char *told;
    } bad[] = {
        {HEAD "inventory: inventory.yaml\n" WEB_9 CHANGED,
         "p_test.yaml:3:12: error: give 'inventory', or 'hosts', 'directories' and 'services', not both\n"},
        {"playbook: p.yaml\ninventory: none.yaml\n" WEB_9 CHANGED,
         "p_test.yaml:2:12: error: inventory: none.yaml: No such file or directory\n"},
        {"playbook: p.yaml\ninventory: inventory.yaml\n" WEB_9 CHANGED,
         "inventory.yaml:1:12: error: a host needs the key 'os': linux, windows or macos\n"},
        {"playbook: p.yaml\nhosts: {web-09: {os: lynux}}\n" WEB_9 CHANGED,
         "p_test.yaml:2:22: error: 'os': expected linux, windows or macos, found 'lynux' (did you mean "
         "'linux'?)\n"},
    };
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    rehearsing_file(&stage, "inventory.yaml", "hosts: {a: {}}\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_string_equal(rehearsing_read(&stage, bad[i].text), bad[i].told);
    rehearsing_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_the_alert), cmocka_unit_test(test_of_the_test),
        cmocka_unit_test(test_of_the_program), cmocka_unit_test(test_mistakes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
