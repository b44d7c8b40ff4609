/* Property: name, trigger and severity are read in each form they may have, and a trigger nobody defines is
 * told without refusing the playbook. Method: the forms, with and without a site. */
#include "tests/engine/playbook/shelf.h"

#define REST "actions: [{step: 1, action: Isolate_Endpoint}]\n"

static void each_form_of_a_trigger(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct playbook *none = load_well(arena, "playbook_name: P\n" REST);
    assert_null(none->trigger_name);
    assert_null(none->trigger_when);
    assert_null(none->severity);
    const struct playbook *name =
        load_well(arena, "playbook_name: P\ntrigger: Falco_Host\nseverity: Low\n" REST);
    assert_string_equal(name->trigger_name, "Falco_Host");
    assert_string_equal(name->severity, "low");
    const struct playbook *when =
        load_well(arena, "playbook_name: P\ntrigger: {when: alert.confidence > 5}\n" REST);
    assert_null(when->trigger_name);
    assert_string_equal(cel_text(when->trigger_when), "alert.confidence > 5");
    const struct playbook *dedup = load_well(
        arena, "playbook_name: P\ntrigger: {name: T, dedup: {key: [alert.rule.id], window: 1h}}\n" REST);
    assert_int_equal(dedup->dedup_count, 1);
    assert_string_equal(cel_text(dedup->dedup_key[0]), "alert.rule.id");
    assert_int_equal(dedup->dedup_window_ms, 60 * 60 * 1000);
}

struct lookup {
    const char *trigger;
    const char *lines;
};

static const struct lookup lookups[] = {
    {"Falco_Host", ""},
    {"falco_host", ""},
    {"SIEM_Alert_High_Confidence", ""},
    {"{name: Mine, when: alert.confidence > 5}", ""},
    {"Falco_Hots", "f:2:10: warning: there is no trigger 'Falco_Hots' in the configuration (did you mean "
                   "'Falco_Host'?): no "
                   "alert starts this playbook\n"},
};

static void names_of_triggers_are_looked_up(void **state)
{
    (void)state;
    static const struct site_trigger trigger = {.name = "Falco_Host", .when = "true"};
    static const struct site site = {.config_file = "soard.yaml", .trigger_count = 1, .triggers = &trigger};
    for (size_t i = 0; i < sizeof lookups / sizeof lookups[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *text = arena_printf(arena, "playbook_name: P\ntrigger: %s\n" REST, lookups[i].trigger);
        const char *lines = NULL;
        assert_non_null(load_playbook(arena, text, strlen(text), &site, &lines));
        assert_string_equal(lines, lookups[i].lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_of_a_trigger),
        cmocka_unit_test(names_of_triggers_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
