/* Property: the table of verbs is whole: each can be called, printed and explained, no name stands twice,
 * words without an option stand in an order that can be read, and whatever acts is asked about or needs a
 * word of a person anyway. Method: the table itself, walked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/verbs/verb.h"

static void every_verb_is_whole(void **state)
{
    (void)state;
    for (const struct verb *verb = verbs; verb->name; verb++) {
        assert_non_null(verb->fn);
        assert_non_null(verb->print);
        assert_non_null(verb->params);
        assert_true(strlen(verb->about) > 10);
        assert_ptr_equal(verb_find(verb->name), verb);
        if (verb->preview) {
            assert_non_null(verb->preview_print);
            assert_non_null(verb->question);
        }
        if (verb->lives)
            assert_int_equal(verb->needs, NEEDS_DRIVE);
    }
    assert_non_null(verbs[0].heading); /* help begins with one */
    assert_null(verb_find("runn"));
}

static void every_parameter_is_told_once(void **state)
{
    (void)state;
    for (const struct verb *verb = verbs; verb->name; verb++)
        for (const struct verb_param *param = verb->params; param->name; param++) {
            assert_non_null(param->about);
            assert_true(param->kind < PARAM_KIND_COUNT);
            assert_int_equal(param->kind == PARAM_FLAG, param->value == NULL);
            for (const struct verb_param *other = verb->params; other < param; other++)
                assert_string_not_equal(other->name, param->name);
        }
}

/* What must be there stands before what may; a list of words swallows the rest, so nothing follows it. */
static void words_can_be_read_in_their_order(void **state)
{
    (void)state;
    for (const struct verb *verb = verbs; verb->name; verb++) {
        bool optional = false;
        bool list = false;
        for (const struct verb_param *param = verb->params; param->name; param++) {
            if (param->kind != PARAM_PLACE && param->kind != PARAM_PLACES)
                continue;
            assert_false(list);
            assert_false(optional && param->required);
            optional = optional || !param->required;
            list = param->kind == PARAM_PLACES;
        }
    }
}

static void what_begins_or_undoes_something_is_shown_first(void **state)
{
    static const char *const asked[] = {"run", "release"};

    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_non_null(verb_find(asked[i])->preview);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_is_whole),
        cmocka_unit_test(every_parameter_is_told_once),
        cmocka_unit_test(words_can_be_read_in_their_order),
        cmocka_unit_test(what_begins_or_undoes_something_is_shown_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
