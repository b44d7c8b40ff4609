/* Property: a playbook that holds shorter or longer than the policy wants is told, step by step; so are a
 * configuration's bad policy and formats that nobody maps. Method: a playbook with three ends, two policies;
 * configurations in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/verbs/verb_rules.h"

static const char *lines_of(struct arena *arena, const struct diag_list *diags)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(diags, &out);
    return arena_string(arena, buf_string(&out));
}

static const struct policy *policy_of(struct arena *arena, const char *text)
{
    struct diag_list diags;
    struct policy *policy = NULL;
    struct site *site = arena_alloc(arena, sizeof *site);
    diag_init(&diags, arena, "soard.yaml");
    site->policy = yaml_parse(arena, text, strlen(text), &diags);
    assert_int_equal(policy_load(arena, site, NULL, &policy, &diags), 0);
    return policy;
}

static void ends_keep_within_the_bounds(void **state)
{
    static const char text[] = "playbook_name: P\nactions:\n"
                               "  - {step: short, action: Isolate_Endpoint, expires: 5m}\n"
                               "  - {step: none, action: Isolate_Endpoint}\n"
                               "  - {step: long, action: Isolate_Endpoint, expires: 31d}\n";
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    struct diag_list quiet;
    diag_init(&quiet, arena, "p.yaml");
    const struct playbook *playbook = playbook_load(arena, "p.yaml", text, strlen(text), NULL, NULL, &quiet);
    assert_non_null(playbook);
    diag_init(&diags, arena, "p.yaml");
    assert_false(verb_ends_fit(playbook, policy_of(arena, "offline: {every: 1m}"), &diags));
    assert_string_equal(
        lines_of(arena, &diags),
        "p.yaml:3:5: error: step short: 'expires': the policy wants at least 30 min (`expires: {at_least}`)\n"
        "p.yaml:5:5: error: step long: 'expires': the policy wants at most 30 d (`expires: {at_most}`)\n");
    diag_init(&diags, arena, "p.yaml");
    assert_true(verb_ends_fit(playbook, policy_of(arena, "expires: {at_least: 1s, at_most: 60d}"), &diags));
    assert_string_equal(lines_of(arena, &diags), "");
}

static void a_configuration_is_checked_with_what_it_names(void **state)
{
    (void)state;
    static const struct site_webhook hook = {
        .name = "s", .format = "flaco", .format_line = 4, .format_col = 2};
    static const char *const nowhere[] = {"/nonexistent/intake"};
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    struct site site = {.config_file = "soard.yaml", .webhook_count = 1, .webhooks = &hook};
    diag_init(&diags, arena, "soard.yaml");
    site.policy = yaml_parse(arena, "protct: {}", 10, &diags);
    assert_int_equal(verb_check_config(arena, &site, &diags), -1);
    const char *lines = lines_of(arena, &diags);
    assert_non_null(strstr(lines, "soard.yaml:1:1: error: unknown key 'protct' in 'policy'"));
    assert_non_null(strstr(lines, "soard.yaml:4:2: error: 'format': webhook s: there is no source 'flaco'"));
    struct site good = {.config_file = "soard.yaml"};
    diag_init(&diags, arena, "soard.yaml");
    assert_int_equal(verb_check_config(arena, &good, &diags), 0);
    good.intake_dir_count = 1;
    good.intake_dirs = nowhere;
    assert_int_equal(verb_check_config(arena, &good, &diags), -1);
    assert_non_null(strstr(lines_of(arena, &diags), "/nonexistent/intake"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_keep_within_the_bounds),
        cmocka_unit_test(a_configuration_is_checked_with_what_it_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
