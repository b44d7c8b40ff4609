/* Property: the text the project comes from is a valid playbook, byte for byte; and every malformed playbook
 * gives lines that say where and what was expected. Method: the seed text held here and against the shipped
 * file; a corpus, bad/NAME.yaml with the lines it must give in bad/NAME.txt; every prefix of a good text,
 * which may be refused but must not crash. */
#include "tests/engine/playbook/shelf.h"
#include "tests/engine/documented.h"

#include <dirent.h>
#include <stdio.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"

static const char seed[] =
    "# SOAR Playbook: Multi-OS Containment Protocol\n"
    "playbook_name: Contain_Lateral_Movement\n"
    "trigger: SIEM_Alert_High_Confidence\n"
    "severity: CRITICAL\n"
    "actions:\n"
    "  - step: 1\n"
    "    action: Isolate_Endpoint\n"
    "    target_os: [Windows, Linux, macOS]\n"
    "    details: Update NAC/Firewall rules to block all outbound traffic for the compromised IP.\n"
    "  - step: 2\n"
    "    action: Revoke_Credentials\n"
    "    target_user: \"{{alert.user_id}}\"\n"
    "    details: Force password reset and revoke all active sessions across all identity "
    "providers (AD/LDAP).\n"
    "  - step: 3\n"
    "    action: Snapshot_Memory\n"
    "    target_os: [Windows, Linux]\n"
    "    details: Initiate memory dump collection for forensic analysis before full system "
    "shutdown.\n";

static void the_seed_is_a_playbook(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct playbook *playbook = load_well(arena, seed);
    assert_string_equal(playbook->name, "Contain_Lateral_Movement");
    assert_string_equal(playbook->trigger_name, "SIEM_Alert_High_Confidence");
    assert_string_equal(playbook->severity, "critical");
    assert_int_equal(playbook->step_count, 3);
    assert_string_equal(playbook->steps[0].name, "1");
    assert_string_equal(playbook->steps[0].pack->name, "Isolate_Endpoint");
    assert_int_equal(playbook->steps[0].os_count, 3);
    assert_string_equal(playbook->steps[0].os[2], "macos");
    assert_non_null(playbook->steps[1].target_user);
    assert_string_equal(playbook->steps[2].details,
                        "Initiate memory dump collection for forensic analysis before full system shutdown.");
    assert_false(playbook->steps[2].speaks_of_steps);
    assert_int_equal(strlen(playbook->digest), 64);
    assert_string_equal(playbook->text, seed);
}

static void the_shipped_seed_is_the_same(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    char *text = NULL;
    size_t len = 0;
    struct soar_err err;
    assert_int_equal(file_read(arena, SOAR_SOURCE_DIR "/playbooks/contain_lateral_movement.yaml", 1 << 16,
                               &text, &len, &err),
                     0);
    assert_int_equal(len, sizeof seed - 1);
    assert_memory_equal(text, seed, len);
}

static const char grown[] = "playbook_name: Contain_Lateral_Movement\n"
                            "trigger:\n"
                            "  name: SIEM_Alert_High_Confidence\n"
                            "  when: alert.confidence >= 80 && alert.severity in [\"high\", \"critical\"]\n"
                            "  dedup: {key: [alert.rule.id, \"alert.hosts[0].name\"], window: 15m}\n"
                            "severity: CRITICAL\n"
                            "vars: {quiet_period: 4h}\n"
                            "actions:\n"
                            "  - step: isolate\n"
                            "    action: Isolate_Endpoint\n"
                            "    targets: \"{{alert.hosts}}\"\n"
                            "    target_os: [Windows, Linux, macOS]\n"
                            "    with: {allow: [\"10.0.0.5:22\"]}\n"
                            "    expires: \"{{vars.quiet_period}}\"\n"
                            "    retry: {attempts: 3, backoff: exponential, initial: 2s, max: 1m}\n"
                            "    timeout: 90s\n"
                            "    on_failure: continue\n"
                            "  - step: revoke\n"
                            "    action: Revoke_Credentials\n"
                            "    needs: []\n"
                            "    target_user: \"{{alert.user_id}}\"\n"
                            "  - step: image\n"
                            "    action: Snapshot_Memory\n"
                            "    needs: [isolate]\n"
                            "    when: steps.isolate.changed.exists(t, t.os == \"linux\")\n";

static void the_grown_form_is_a_playbook(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct playbook *playbook = load_well(arena, grown);
    assert_int_equal(playbook->dedup_count, 2);
    assert_int_equal(playbook->dedup_window_ms, 15 * 60 * 1000);
    assert_non_null(playbook->trigger_when);
    assert_int_equal(playbook->steps[0].expires_ms, 4 * 60 * 60 * 1000);
    assert_int_equal(playbook->steps[0].on_failure, FAILURE_CONTINUE);
    assert_true(playbook->steps[1].order_given);
    assert_int_equal(playbook->steps[1].wait_count, 0);
    assert_true(playbook->steps[2].speaks_of_steps);
    assert_ptr_equal(playbook_step_find(playbook, "IMAGE"), &playbook->steps[2]);
    assert_null(playbook_step_find(playbook, "imag"));
}

static void each_documented_playbook_is_one(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *at = documented_whole(arena, "docs/language.md");
    size_t count = 0;
    for (const char *text = documented_next(arena, &at, "playbook_name:"); text != NULL;
         text = documented_next(arena, &at, "playbook_name:")) {
        load_well(arena, text);
        count++;
    }
    assert_int_equal(count, 3);
}

/* No prefix of a text may crash; most are refused, each with a line. */
static void every_prefix_is_answered(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof grown; len++) {
        ARENA_SCOPED arena = arena_new();
        const char *lines = NULL;
        const struct playbook *playbook = load_playbook(arena, grown, len, NULL, &lines);
        assert_true(playbook != NULL || strncmp(lines, "f:", 2) == 0);
    }
}

static char *read_bad(struct arena *arena, const char *name, size_t *ret_len)
{
    char *text = NULL;
    struct soar_err err = {.text = ""};
    const char *path = arena_printf(arena, SOAR_SOURCE_DIR "/tests/engine/playbook/bad/%s", name);
    if (file_read(arena, path, LIMIT_FILE_BYTES, &text, ret_len, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return text;
}

static void check_bad(const char *name)
{
    ARENA_SCOPED arena = arena_new();
    size_t len = 0;
    const char *text = read_bad(arena, name, &len);
    size_t expected_len = 0;
    const char *stem = arena_printf(arena, "%.*s.txt", (int)(strlen(name) - strlen(".yaml")), name);
    const char *expected = read_bad(arena, stem, &expected_len);
    struct diag_list diags;
    diag_init(&diags, arena, name);
    assert_null(playbook_load(arena, name, text, len, shelf_new(arena), NULL, &diags));
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(&diags, &out);
    assert_string_equal(buf_string(&out), expected);
}

static void each_malformed_playbook_says_where_and_what(void **state)
{
    (void)state;
    DIR *dir = opendir(SOAR_SOURCE_DIR "/tests/engine/playbook/bad");
    assert_non_null(dir);
    size_t count = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot != NULL && strcmp(dot, ".yaml") == 0) {
            check_bad(entry->d_name);
            count++;
        }
    }
    closedir(dir);
    assert_true(count >= 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_is_a_playbook),
        cmocka_unit_test(the_shipped_seed_is_the_same),
        cmocka_unit_test(the_grown_form_is_a_playbook),
        cmocka_unit_test(every_prefix_is_answered),
        cmocka_unit_test(each_malformed_playbook_says_where_and_what),
        cmocka_unit_test(each_documented_playbook_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
