/* Property: names of people that a directory takes for one are one to a rule. Method: pairs of spellings and
 * their folded form. */
#include "tests/engine/policy/rails.h"

#include "engine/policy/policy_parts.h"

static const char *const pairs[][2] = {
    {"Ren\u00e9e", "renee"},
    {"RENE\u0301E", "renee"},
    {" jdoe ", "jdoe"},
    {"\u0141ukasz", "lukasz"},
    {"\uff4a\uff44\uff4f\uff45", "jdoe"},
    {"\u00c5sa \u00d8st", "asa ost"},
    {"\u017dofia", "zofia"},
    {"\u5c71\u7530", "\u5c71\u7530"},
    {"", ""},
    {"jos\u00c9", "jose"},
    {"stra\u00dfe", "stra\u00dfe"},
    {"\u00ff", "y"},
};

static void case_accents_and_width_do_not_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        assert_string_equal(fold_name(arena, pairs[i][0]), pairs[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(case_accents_and_width_do_not_count)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
