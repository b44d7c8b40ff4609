/* Property: a double written and read again is the same double, in both forms, with no digit more than that
 * needs. Method: a sweep over bit patterns, edges, and a table of texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cel/number_text.h"

static double of_bits(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void numbers_survive_their_text(void **state)
{
    uint64_t bits = 1;
    (void)state;
    for (int i = 0; i < 50000;
         i++, bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407)) {
        double number = of_bits(bits), again = 0, plain = 0;
        if (!isfinite(number)) {
            continue;
        }
        BUF_SCOPED text;
        buf_init(&text, 0);
        number_text(&text, number);
        assert_true(number_parse(buf_string(&text), text.len, &again));
        assert_true(again == number);
        buf_clear(&text);
        number_text_plain(&text, number);
        assert_null(strchr(buf_string(&text), 'e'));
        plain = strtod(buf_string(&text), NULL);
        assert_true(plain == number);
    }
}

static void forms_are_the_shortest(void **state)
{
    static const struct {
        double number;
        const char *text;
        const char *plain;
    } table[] = {
        {0.0, "0", "0"},
        {-0.0, "-0", "-0"},
        {0.1, "0.1", "0.1"},
        {100, "100", "100"},
        {123456, "123456", "123456"},
        {1234567, "1.234567e+06", "1234567"},
        {1e6, "1e+06", "1000000"},
        {1e-4, "0.0001", "0.0001"},
        {1.5e-5, "1.5e-05", "0.000015"},
        {1e21, "1e+21", "1000000000000000000000"},
        {-2.5, "-2.5", "-2.5"},
        {1e100, "1e+100", NULL},
        {5e-324, "5e-324", NULL},
        {0.1 + 0.2, "0.30000000000000004", NULL},
        {(double)INFINITY, "+Inf", "Infinity"},
        {-(double)INFINITY, "-Inf", "-Infinity"},
        {(double)NAN, "NaN", "NaN"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        BUF_SCOPED text;
        buf_init(&text, 0);
        number_text(&text, table[i].number);
        assert_string_equal(buf_string(&text), table[i].text);
        buf_clear(&text);
        number_text_plain(&text, table[i].number);
        if (table[i].plain != NULL) {
            assert_string_equal(buf_string(&text), table[i].plain);
        }
    }
}

static void other_texts_are_no_numbers(void **state)
{
    static const char *const texts[] = {"",       "-",     ".",   "e5",  "1e",    "1e+",
                                        "1.2.3x", "0x1",   "1 ",  " 1",  "1e400", "-1e400",
                                        "infi",   "1_000", "--1", "1,5", "nan(1)"};
    double number;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (number_parse(texts[i], strlen(texts[i]), &number)) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
    assert_false(number_parse("1\0", 2, &number));
    assert_false(number_parse("1.2.3", 5, &number));
    assert_true(number_parse("+Inf", 4, &number) && isinf(number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_survive_their_text),
        cmocka_unit_test(forms_are_the_shortest),
        cmocka_unit_test(other_texts_are_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
