/* Property: every verb has one role or is nobody's business but the person's own; who has another is refused
 * with the name of the one that is missing; nobody is refused nothing; what asks targets is not a viewer's, a
 * foreign playbook is an admin's. Method: the table walked with every set of roles, and single requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/json.h"
#include "engine/verbs/verb.h"

static int ask(const char *name, const char *json, unsigned roles, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct value request;

    assert_int_equal(json_parse(arena, json, strlen(json), &request, NULL), 0);
    return verb_allowed(verb_find(name), &request, roles, err);
}

static void every_verb_is_allowed_to_its_role_alone(void **state)
{
    (void)state;
    for (const struct verb *verb = verbs; verb->name; verb++) {
        bool own_files = verb->needs == NEEDS_NOTHING || verb->needs == NEEDS_PACKS;
        assert_int_equal(verb->role == 0, own_files);
        for (unsigned roles = 0; roles < 16; roles++) {
            unsigned has = roles ? roles | ROLE_VIEWER : 0;
            struct soar_err err = {0};
            int answer = ask(verb->name, "{}", roles, &err);
            assert_int_equal(answer == 0, (verb->role & has) != 0);
            if (answer && verb->role)
                assert_int_equal(err.class, SOAR_DENIED);
        }
    }
}

/* An approver stops nothing, an operator overrides nothing, an admin alone neither. */
static void roles_are_not_a_ladder(void **state)
{
    struct soar_err err = {0};

    (void)state;
    assert_int_equal(ask("stop", "{}", ROLE_APPROVER | ROLE_ADMIN, &err), -1);
    assert_string_equal(err.text, "stop needs the role operator; you are viewer, approver, admin");
    assert_int_equal(ask("override", "{}", ROLE_OPERATOR | ROLE_ADMIN, NULL), -1);
    assert_int_equal(ask("override", "{}", ROLE_APPROVER, NULL), 0);
    assert_int_equal(ask("runs", "{}", 0, &err), -1);
    assert_non_null(strstr(err.text, "you are nobody here"));
}

static void asking_targets_is_not_reading(void **state)
{
    (void)state;
    assert_int_equal(ask("contained", "{}", ROLE_VIEWER, NULL), 0);
    assert_int_equal(ask("contained", "{\"check\": true}", ROLE_VIEWER, NULL), -1);
    assert_int_equal(ask("plan", "{\"check\": true}", ROLE_APPROVER, NULL), -1);
    assert_int_equal(ask("plan", "{\"check\": true}", ROLE_OPERATOR, NULL), 0);
    assert_int_equal(ask("plan", "{\"check\": false}", ROLE_VIEWER, NULL), 0);
}

static void a_foreign_playbook_is_an_admins(void **state)
{
    (void)state;
    assert_int_equal(ask("run", "{\"playbook_text\": \"x\"}", ROLE_OPERATOR, NULL), -1);
    assert_int_equal(ask("run", "{\"playbook_text\": \"x\"}", ROLE_OPERATOR | ROLE_ADMIN, NULL), 0);
    assert_int_equal(ask("run", "{\"playbook_text\": \"x\"}", ROLE_ADMIN, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_is_allowed_to_its_role_alone),
        cmocka_unit_test(roles_are_not_a_ladder),
        cmocka_unit_test(asking_targets_is_not_reading),
        cmocka_unit_test(a_foreign_playbook_is_an_admins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
