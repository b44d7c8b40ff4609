/* Property: what the language has can be written, and comes out as it was meant; what it hasn't is refused,
 * with the place and what was expected. Method: the three packs of the design read whole; a folder of packs
 * with one mistake each, whose first line holds every word of the answer. */
#include <dirent.h>
#include <stdlib.h>

#include "tests/engine/action/packing.h"

static void the_pack_for_linux_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = loaded(arena, file_text(arena, "../../../actions/isolate_endpoint.yaml"));
    assert_string_equal(pack->name, "Isolate_Endpoint");
    assert_string_equal(pack->verb, "isolated");
    assert_string_equal(pack->undone, "released");
    assert_string_equal(pack->lock, "network");
    assert_int_equal(pack->per, PER_HOST);
    assert_true(pack->containment);
    assert_int_equal(strlen(pack->digest), 64);
    assert_int_equal(pack->param_count, 3);
    assert_false(pack->params[0].required);
    const struct pack_provider *provider = &pack->providers[0];
    assert_string_equal(provider->via->name, "ssh");
    assert_int_equal(provider->phases[PHASE_APPLY].count, 3);
    assert_int_equal(provider->phases[PHASE_APPLY].items[1].deadline_ms, 10000);
    assert_int_equal(provider->phases[PHASE_APPLY].items[0].deadline_ms, 30000);
    assert_int_equal(provider->timeout_ms, 120000);
    assert_false(provider->phases[PHASE_VERIFY].given);
    assert_int_equal(provider->verify_keep_count, 2);
    assert_true(provider->remain_count > 0);
}

static void the_pack_for_defender_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = loaded(arena, file_text(arena, "packs/defender.yaml"));
    const struct pack_provider *provider = &pack->providers[0];
    assert_string_equal(provider->service, "defender");
    assert_string_equal(provider->proved, "no");
    assert_null(provider->verb);
    assert_int_equal(provider->verify_every_ms, 15000);
    assert_int_equal(provider->verify_within_ms, 30 * 60000);
    assert_int_equal(provider->verify_lag_ms, 60000);
    assert_int_equal(provider->phases[PHASE_FIND].items[1].kind, STATEMENT_ONE);
    assert_int_equal(provider->phases[PHASE_APPLY].items[0].cases[0].is, JUDGED_UNDERWAY);
}

static void the_pack_for_the_directory_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = loaded(arena, file_text(arena, "packs/active_directory.yaml"));
    const struct pack_provider *provider = &pack->providers[0];
    assert_int_equal(provider->over, OVER_DIRECTORIES);
    assert_int_equal(pack->per, PER_USER);
    assert_int_equal(provider->cannot_undo_count, 2);
    assert_string_equal(provider->cannot_undo[1], "\"must change at next log-on\"");
    assert_int_equal(provider->remains[0].for_ms, 10 * 3600000);
    assert_int_equal(provider->remains[1].for_ms, 0);
    const struct pack_statement *reset = &provider->phases[PHASE_APPLY].items[1];
    assert_true(reset->once);
    assert_int_equal(reset->in_doubt, DOUBT_RETRY);
    assert_int_equal(reset->position, 2);
    assert_int_equal(provider->phases[PHASE_CHECK].items[3].kind, STATEMENT_PRIOR);
}

/* The first example of the documentation, as a stranger would copy it. */
static void the_documented_pack_is_sound(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *text = file_text(arena, "../../../docs/writing-an-action.md");
    const char *start = strstr(text, "```yaml\naction: ");
    assert_non_null(start);
    start = strchr(start, '\n') + 1;
    struct diag_list diags;
    diag_init(&diags, arena, "pack.yaml");
    const struct pack *pack =
        pack_load(arena, start, (size_t)(strstr(start, "```") - start), "pack.yaml", &diags);
    assert_string_equal(told(arena, &diags), "");
    assert_non_null(pack);
    assert_true(pack->containment);
}

static int is_yaml(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

/* The first line: "# 12:5: error: …", several joined by " | ". */
static const char *expected(struct arena *arena, const char *text)
{
    const char *line = arena_copy(arena, text + 2, strcspn(text, "\n") - 2);
    const char *lines = "";
    for (const char *end = strstr(line, " | "); end != NULL; line = end + 3, end = strstr(line, " | ")) {
        lines = arena_printf(arena, "%sbad.yaml:%.*s\n", lines, (int)(end - line), line);
    }
    return arena_printf(arena, "%sbad.yaml:%s\n", lines, line);
}

static void each_mistake_is_told_with_its_place(void **state)
{
    (void)state;
    struct dirent **entries = NULL;
    int count = scandir(SOAR_SOURCE_DIR "/tests/engine/action/bad", &entries, is_yaml, alphasort);
    assert_true(count >= 40);
    for (int i = 0; i < count; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *text = file_text(arena, arena_printf(arena, "bad/%s", entries[i]->d_name));
        struct diag_list diags;
        diag_init(&diags, arena, "bad.yaml");
        const struct pack *pack = pack_load(arena, text, strlen(text), "bad.yaml", &diags);
        const char *wanted = expected(arena, text);
        if (strcmp(told(arena, &diags), wanted) != 0) {
            fail_msg("%s: expected\n%sfound\n%s", entries[i]->d_name, wanted, told(arena, &diags));
        }
        assert_int_equal(pack == NULL, strstr(wanted, " error: ") != NULL);
        free(entries[i]);
    }
    free(entries);
}

/* One text, two providers: each for the hosts that are reached so. */
static void a_list_of_shells_is_a_provider_each(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = loaded(
        arena,
        "action: Stop_Service\nsummary: Stop it.\nper: host\nparams: {name: {type: word}}\nproviders:\n"
        "  win:\n    when: target.os == \"windows\" || true\n    via: [winrm, ssh]\n    check:\n"
        "      - shell.read: {script: x, values: {name: \"{{with.name}}\"}}\n        as: seen\n"
        "      - so: seen.exit == 0\n    apply:\n      - shell.reach: {}\n"
        "      - shell.run: {script: \"echo $1\", values: {name: \"{{with.name}}\"}}\n");
    assert_int_equal(pack->provider_count, 2);
    assert_string_equal(pack->providers[0].name, "win-winrm");
    assert_string_equal(pack->providers[1].name, "win-ssh");
    assert_string_equal(cel_text(pack->providers[1].when),
                        "(target.os == \"windows\" || true) && target.via == \"ssh\"");
    assert_string_equal(pack->providers[0].phases[PHASE_APPLY].items[1].function->name, "winrm.run");
    assert_string_equal(pack->providers[1].phases[PHASE_APPLY].items[0].function->name, "ssh.reach");
    assert_true(pack_provider_called("win-ssh", "win"));
    assert_true(pack_provider_called("win", "win"));
    assert_false(pack_provider_called("win-dows", "win"));
}

static void an_empty_file_is_told(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    diag_init(&diags, arena, "p.yaml");
    assert_null(pack_load(arena, "", 0, "p.yaml", &diags));
    assert_int_equal(diags.errors, 1);
    assert_null(pack_load(arena, "- a\n", 4, "p.yaml", &diags));
    assert_null(pack_load(arena, "a: {", 4, "p.yaml", &diags));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pack_for_linux_is_read),
        cmocka_unit_test(the_pack_for_defender_is_read),
        cmocka_unit_test(the_pack_for_the_directory_is_read),
        cmocka_unit_test(each_mistake_is_told_with_its_place),
        cmocka_unit_test(the_documented_pack_is_sound),
        cmocka_unit_test(a_list_of_shells_is_a_provider_each),
        cmocka_unit_test(an_empty_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
