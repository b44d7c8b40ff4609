/* Property: a scalar of the wrong kind, or out of its bounds, is told with what was expected and what was
 * found. Method: one line for each way to be wrong, and the borders of each bound. */
#include "tests/engine/yaml/binding.h"

struct slip {
    const char *text;
    const char *line; /* "" : it is right */
};

static const struct slip slips[] = {
    {"text: ''\n", "f:1:7: error: 'text': expected a text, found nothing\n"},
    {"text:\n", "f:1:6: error: 'text': expected a text, found nothing\n"},
    {"text: [a]\n", "f:1:7: error: 'text': expected a text, found a list\n"},
    {"text: a\nwhen: {a: b}\n", "f:2:7: error: 'when': expected a text, found a map\n"},
    {"text: a\nnumber: many\n", "f:2:9: error: 'number': expected a whole number, found 'many'\n"},
    {"text: a\nnumber: '7'\n", "f:2:9: error: 'number': expected a whole number, found '7'\n"},
    {"text: a\nnumber: 1.5\n", "f:2:9: error: 'number': expected a whole number, found '1.5'\n"},
    {"text: a\nnumber: 99999999999999999999\n",
     "f:2:9: error: 'number': expected a whole number, found '99999999999999999999'\n"},
    {"text: a\nnumber: -7\n", ""},
    {"text: a\npart: {name: b, count: 0}\n",
     "f:2:24: error: 'count': expected a whole number from 1 to 9, found '0'\n"},
    {"text: a\npart: {name: b, count: 10}\n",
     "f:2:24: error: 'count': expected a whole number from 1 to 9, found '10'\n"},
    {"text: a\npart: {name: b, count: 1}\n", ""},
    {"text: a\nflag: yes\n", "f:2:7: error: 'flag': expected true or false, found 'yes'\n"},
    {"text: a\nflag: 'true'\n", "f:2:7: error: 'flag': expected true or false, found 'true'\n"},
    {"text: a\nwait: 5\n", "f:2:7: error: 'wait': expected a duration like 90s, 5m or 4h, found '5'\n"},
    {"text: a\nwait: soon\n", "f:2:7: error: 'wait': expected a duration like 90s, 5m or 4h, found 'soon'\n"},
    {"text: a\nwait: 999ms\n",
     "f:2:7: error: 'wait': expected a duration from 1 s to 1 min, found '999ms'\n"},
    {"text: a\nwait: 61s\n", "f:2:7: error: 'wait': expected a duration from 1 s to 1 min, found '61s'\n"},
    {"text: a\nwait: 1m\n", ""},
    {"text: a\ncolour: gren\n",
     "f:2:9: error: 'colour': expected red, green or blue, found 'gren' (did you mean 'green'?)\n"},
    {"text: a\ncolour: 7\n", "f:2:9: error: 'colour': expected red, green or blue, found '7'\n"},
    {"text: a\ncolour: [red]\n", "f:2:9: error: 'colour': expected red, green or blue, found a list\n"},
};

static void each_kind_says_what_it_expects(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct thing thing;
        assert_string_equal(bind_badly(arena, slips[i].text, &thing), slips[i].line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_kind_says_what_it_expects)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
