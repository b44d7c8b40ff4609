/* Property: the schema says what the reader takes: every key of the tables, and the words of an expectation.
 * Method: the schema as a value, walked; the outcome words against those the engine has. */
#include "tests/engine/rehearse/rehearsing.h"

#include "engine/base/event.h"

static const struct value *under(const struct value *schema, const char *key)
{
    return value_get(value_get(schema, "properties"), key);
}

static bool has_word(const struct value *words, const char *word)
{
    for (size_t i = 0; i < value_count(words); i++)
        if (value_is_string(value_at(words, i), word))
            return true;
    return false;
}

static void test_keys(void **state)
{
    static const char *const given[] = {"on",    "call",  "fails",       "refuses", "hangs",  "loses",
                                        "late",  "twice", "crash_after", "step",    "target", "away",
                                        "times", "after", "offline",     "for",     "answer", "say"};
    ARENA_SCOPED arena = arena_new();
    struct value schema = bind_schema(arena, rehearse_table(), "A playbook's test");

    (void)state;
    assert_true(value_is_string(value_get(&schema, "type"), "object"));
    assert_true(has_word(value_get(&schema, "required"), "playbook"));
    assert_true(has_word(value_get(&schema, "required"), "cases"));
    const struct value *one = value_get(under(&schema, "cases"), "items");

    assert_non_null(under(one, "expect"));
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        assert_non_null(under(value_get(under(one, "given"), "items"), given[i]));
}

static void test_outcomes(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct value schema = bind_schema(arena, rehearse_table(), "A playbook's test");

    (void)state;
    const struct value *one = value_get(under(&schema, "cases"), "items");
    const struct value *steps = under(under(one, "expect"), "steps");
    const struct value *forms = value_get(value_get(steps, "additionalProperties"), "anyOf");
    const struct value *targets = value_get(value_get(value_at(forms, 1), "additionalProperties"), "anyOf");
    const struct value *words = value_get(value_at(targets, 0), "enum");

    for (int i = 0; i < OUTCOME_COUNT; i++)
        assert_true(has_word(words, task_outcome_name((enum task_outcome)i)));
    assert_int_equal(value_count(words), OUTCOME_COUNT + 2); /* held, pending */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys), cmocka_unit_test(test_outcomes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
