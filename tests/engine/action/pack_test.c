/* Property: parameters come out in the pack's order, canonical, with what was left out; one that is unknown,
 * missing or of another type is named. Method: maps given and maps that come of them. */
#include "tests/engine/action/packing.h"

static const char text[] = "action: Block\n"
                           "summary: A test.\n"
                           "per: host\n"
                           "params:\n"
                           "  address: {type: ip, about: what to block}\n"
                           "  allow: {type: list of endpoint, default: [\"192.0.2.1:22\"]}\n"
                           "  wait: {type: duration, default: 1m}\n"
                           "providers:\n"
                           "  one: {via: ssh, apply: [{ssh.run: {script: s}}]}\n";

static const char *taken(struct arena *arena, const char *given)
{
    const struct pack *pack = loaded(arena, text);
    const struct value map = json(arena, given);
    struct value with;
    struct soar_err err = {0};
    if (pack_arguments(pack, &map, arena, &with, &err) < 0) {
        assert_int_equal(err.class, SOAR_INVALID);
        return arena_string(arena, err.text);
    }
    return json_text(arena, &with);
}

static void parameters_are_canonical_and_whole(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_string_equal(
        taken(arena, "{\"wait\": \"2m\", \"address\": \"::ffff:192.0.2.7\", \"allow\": null}"),
        "{\"address\":\"192.0.2.7\",\"allow\":[{\"ip\":\"192.0.2.1\",\"port\":22,\"family\":4}],\"wait\":"
        "\"120s\"}");
    const char *once = taken(arena, "{\"address\": \"192.0.2.7\", \"wait\": \"1500ms\"}");
    assert_string_equal(taken(arena, once), once);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_string_equal(taken(arena, "{\"adress\": \"192.0.2.7\"}"),
                        "Block has no parameter 'adress' (did you mean 'address'?)");
    assert_string_equal(taken(arena, "{}"), "Block needs the parameter 'address': what to block");
    assert_string_equal(taken(arena, "null"), "Block needs the parameter 'address': what to block");
    assert_string_equal(taken(arena, "{\"address\": \"0.0.0.0/0\"}"),
                        "address: expected an IP address, found '0.0.0.0/0'");
    assert_string_equal(taken(arena, "[]"), "expected the parameters as a map, found a list");
}

static void an_unknown_passes(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = loaded(arena, text);
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "address", value_unknown(arena, "an answer"));
    const struct value given = value_end_map(&builder);
    struct value with;
    struct soar_err err = {0};
    assert_int_equal(pack_arguments(pack, &given, arena, &with, &err), 0);
    assert_int_equal(value_get(&with, "address")->kind, VALUE_UNKNOWN);
}

static void names_are_words(void **state)
{
    (void)state;
    assert_string_equal(pack_phase_name(PHASE_REVERT), "revert");
    assert_string_equal(pack_per_name(PER_ONCE), "once");
    assert_string_equal(pack_judgement_name(JUDGED_UNSUPPORTED), "unsupported");
    assert_string_equal(attempt_verdict_name(VERDICT_PARTLY), "partly");
    assert_string_equal(pack_phase_name(PHASE_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_canonical_and_whole),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(an_unknown_passes),
        cmocka_unit_test(names_are_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
