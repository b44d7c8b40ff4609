/* Property: two alerts have one key exactly if the values of the key are the same, kinds and borders
 * included; what can't be told has none, and what doesn't start takes none. Method: pairs of alerts under one
 * key, alike and almost alike; keys that fail. */
#include "tests/engine/trigger/alerting.h"

static struct playbook *playbook_of(struct arena *arena, const char *trigger)
{
    const char *text = arena_printf(
        arena, "playbook_name: P\ntrigger: %s\nactions: [{step: 1, action: Isolate_Endpoint}]\n", trigger);
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    struct playbook *playbook = playbook_load(arena, "f", text, strlen(text), NULL, NULL, &diags);
    assert_non_null(playbook);
    return playbook;
}

static struct trigger_answer asked(struct arena *arena, const char *trigger,
                                   const struct site_webhook *source, const char *json)
{
    struct value raw = parse_json(arena, json);
    struct value alert;
    struct trigger_answer answer;
    assert_int_equal(trigger_normalise(&raw, arena, &alert, NULL), 0);
    trigger_match(playbook_of(arena, trigger), NULL, source, &alert, arena, &answer);
    return answer;
}

struct pair {
    const char *one;
    const char *other;
    bool same;
};

static const struct pair pairs[] = {
    {"{\"a\": \"x\", \"b\": \"y\"}", "{\"b\": \"y\", \"a\": \"x\", \"c\": 1}", true},
    {"{\"a\": \"a/b\", \"b\": \"c\"}", "{\"a\": \"a\", \"b\": \"b/c\"}", false}, /* joined keys */
    {"{\"a\": \"ab\", \"b\": \"c\"}", "{\"a\": \"a\", \"b\": \"bc\"}", false},
    {"{\"a\": \"x\", \"b\": \"y\"}", "{\"a\": \"y\", \"b\": \"x\"}", false},
    {"{\"a\": 1, \"b\": 1}", "{\"a\": \"1\", \"b\": 1}", false},
    {"{\"a\": 1, \"b\": 1}", "{\"a\": true, \"b\": 1}", false},
    {"{\"a\": 1, \"b\": 1}", "{\"a\": 1.0, \"b\": 1}", true},
    {"{\"a\": 9007199254740993, \"b\": 1}", "{\"a\": 9007199254740992, \"b\": 1}", false},
    {"{\"a\": 1.5, \"b\": 1}", "{\"a\": 1.25, \"b\": 1}", false},
    {"{\"a\": [\"x\"], \"b\": 1}", "{\"a\": \"x\", \"b\": 1}", false},
    {"{\"a\": [\"x\", [\"y\"]], \"b\": 1}", "{\"a\": [[\"x\"], \"y\"], \"b\": 1}", false},
    {"{\"a\": [], \"b\": 1}", "{\"a\": {}, \"b\": 1}", false},
    {"{\"a\": {\"k\": 1, \"l\": 2}, \"b\": 1}", "{\"a\": {\"l\": 2, \"k\": 1}, \"b\": 1}", true},
    {"{\"a\": {\"k\": 1, \"l\": 2}, \"b\": 1}", "{\"a\": {\"k\": 2, \"l\": 1}, \"b\": 1}", false},
    {"{\"a\": \"x\", \"b\": \"\"}", "{\"a\": \"x\", \"b\": \"\\u0000\"}", false},
};

static void one_key_is_one_list_of_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        static const char trigger[] = "{when: 'true', dedup: {key: [alert.a, alert.b], window: 15m}}";
        struct trigger_answer one = asked(arena, trigger, NULL, pairs[i].one);
        struct trigger_answer other = asked(arena, trigger, NULL, pairs[i].other);
        assert_int_equal(strlen(one.dedup), 64);
        assert_int_equal(strlen(other.dedup), 64);
        assert_int_equal(strcmp(one.dedup, other.dedup) == 0, pairs[i].same);
        assert_int_equal(one.dedup_ms, 15 * 60 * 1000);
        assert_string_equal(one.dedup_why, "");
        assert_int_equal(value_count(&one.dedup_values), 2);
    }
}

static const char *const by_id[] = {"alert.id"};
static const struct site_webhook hook = {
    .name = "siem", .confidence_max = 100, .dedup_count = 1, .dedup = by_id, .dedup_ms = 1000};

static void the_playbooks_own_key_goes_first(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct trigger_answer answer = asked(arena, "{when: 'true'}", &hook, "{\"id\": \"A-1\"}");
    assert_string_equal(json_text(arena, &answer.dedup_values), "[\"A-1\"]");
    assert_int_equal(answer.dedup_ms, 1000);
    struct trigger_answer own = asked(arena, "{when: 'true', dedup: {key: [alert.n], window: 5s}}", &hook,
                                      "{\"id\": \"A-1\", \"n\": 5}");
    assert_string_equal(json_text(arena, &own.dedup_values), "[5]");
    assert_int_equal(own.dedup_ms, 5000);
    answer = asked(arena, "{when: 'true'}", NULL, "{\"id\": \"A-1\"}");
    assert_string_equal(answer.dedup, "");
    assert_string_equal(answer.dedup_why, "");
}

/* Another expression with the same value is another key. */
static void the_expression_is_part_of_the_key(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct trigger_answer one =
        asked(arena, "{when: 'true', dedup: {key: [alert.a], window: 5s}}", NULL, "{\"a\": 1, \"b\": 1}");
    struct trigger_answer other =
        asked(arena, "{when: 'true', dedup: {key: [alert.b], window: 5s}}", NULL, "{\"a\": 1, \"b\": 1}");
    assert_string_not_equal(one.dedup, other.dedup);
}

static void what_can_not_be_told_is_new(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct trigger_answer answer = asked(arena, "{when: 'true'}", &hook, "{}");
    assert_true(answer.starts);
    assert_string_equal(answer.dedup, "");
    assert_true(strncmp(answer.dedup_why, "`alert.id` can't be told: ", 26) == 0);
    assert_int_equal(answer.dedup_values.kind, VALUE_NULL);
    answer = asked(arena, "{when: 'true', dedup: {key: ['alert.?x'], window: 5s}}", NULL, "{}");
    assert_true(answer.starts);
    assert_string_equal(answer.dedup, "");
    assert_string_equal(answer.dedup_why, "`alert.?x` is nothing");
    answer = asked(arena, "{when: 'true', dedup: {key: [alert.x], window: 5s}}", NULL, "{\"x\": null}");
    assert_string_equal(answer.dedup_why, "`alert.x` is nothing");
    answer = asked(arena, "{when: 'true', dedup: {key: ['alert.?x'], window: 5s}}", NULL, "{\"x\": 5}");
    assert_int_equal(strlen(answer.dedup), 64);
    assert_string_equal(json_text(arena, &answer.dedup_values), "[5]");
}

/* First a harmless alert with the same key: it starts nothing, so it takes no key. A resolved one neither. */
static void only_what_starts_takes_a_key(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char trigger[] = "{when: alert.confidence >= 80, dedup: {key: [alert.id], window: 1h}}";
    struct trigger_answer harmless = asked(arena, trigger, &hook, "{\"id\": \"A-1\", \"confidence\": 10}");
    struct trigger_answer real = asked(arena, trigger, &hook, "{\"id\": \"A-1\", \"confidence\": 90}");
    struct trigger_answer closed =
        asked(arena, trigger, &hook, "{\"id\": \"A-1\", \"confidence\": 90, \"status\": \"resolved\"}");
    assert_false(harmless.starts);
    assert_string_equal(harmless.dedup, "");
    assert_true(real.starts);
    assert_int_equal(strlen(real.dedup), 64);
    assert_false(closed.starts);
    assert_string_equal(closed.dedup, "");
    assert_string_equal(closed.why, "the SIEM closed it: a resolved alert starts nothing");
}

static void severities_have_a_rank(void **state)
{
    (void)state;
    static const char *const words[] = {"", "informational", "low", "medium", "HIGH", "critical"};
    for (int i = 0; i < 6; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *json = i == 0 ? "{}" : arena_printf(arena, "{\"severity\": \"%s\"}", words[i]);
        assert_int_equal(asked(arena, "{when: 'true'}", NULL, json).severity, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_is_one_list_of_values),
        cmocka_unit_test(the_playbooks_own_key_goes_first),
        cmocka_unit_test(the_expression_is_part_of_the_key),
        cmocka_unit_test(what_can_not_be_told_is_new),
        cmocka_unit_test(only_what_starts_takes_a_key),
        cmocka_unit_test(severities_have_a_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
