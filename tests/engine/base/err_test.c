/* Property: an error keeps its class while it rises, its text is always whole UTF-8 within its array, and a
 * caller without an error object is served, too. Method: texts at every length around the maximum, of
 * characters of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "soar/err.h"

static void wrapping_puts_the_subject_in_front(void **state)
{
    (void)state;
    struct soar_err err = {0};
    assert_int_equal(soar_err_set(&err, SOAR_TRANSIENT, "timed out after %d s", 5), -1);
    assert_int_equal(soar_err_wrap(&err, "%s", "ssh"), -1);
    assert_int_equal(soar_err_wrap(&err, "step %s", "isolate"), -1);
    assert_string_equal(err.text, "step isolate: ssh: timed out after 5 s");
    assert_int_equal(err.class, SOAR_TRANSIENT);
}

static void its_own_text_may_be_an_argument(void **state)
{
    (void)state;
    struct soar_err err = {0};
    soar_err_set(&err, SOAR_INVALID, "reason");
    soar_err_set(&err, SOAR_PERMANENT, "after 3 tries: %s", err.text);
    assert_string_equal(err.text, "after 3 tries: reason");
    soar_err_wrap(&err, "%s", err.text);
    assert_string_equal(err.text, "after 3 tries: reason: after 3 tries: reason");
    assert_int_equal(err.class, SOAR_PERMANENT);
}

static void nobody_listening_is_no_crash(void **state)
{
    (void)state;
    assert_int_equal(soar_err_set(NULL, SOAR_INVALID, "x"), -1);
    assert_int_equal(soar_err_wrap(NULL, "x"), -1);
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "é", "€", "😀"};
    for (size_t kind = 0; kind < 4; kind++) {
        for (int lead = 0; lead < 8; lead++) {
            char text[SOAR_ERR_TEXT_MAX + 64] = "";
            memset(text, '.', (size_t)lead);
            size_t size = strlen(characters[kind]);
            while (strlen(text) + size < sizeof text) {
                strcat(text, characters[kind]);
            }
            struct soar_err err = {0};
            soar_err_set(&err, SOAR_INVALID, "%s", text);
            assert_true(text_is_utf8(err.text, strlen(err.text)));
            assert_in_range(strlen(err.text), SOAR_ERR_TEXT_MAX - size, SOAR_ERR_TEXT_MAX - 1);
            soar_err_wrap(&err, "%s", "web-01");
            assert_true(text_is_utf8(err.text, strlen(err.text)));
            assert_memory_equal(err.text, "web-01: ", 8);
        }
    }
}

static void a_text_that_just_fits_is_whole(void **state)
{
    (void)state;
    struct soar_err err = {0};
    soar_err_set(&err, SOAR_INVALID, "%0*d", SOAR_ERR_TEXT_MAX - 3, 0);
    soar_err_wrap(&err, "%s", "");
    assert_int_equal(strlen(err.text), SOAR_ERR_TEXT_MAX - 1);
    soar_err_set(&err, SOAR_INVALID, "%0*dé", SOAR_ERR_TEXT_MAX - 3, 0);
    assert_string_equal(err.text + SOAR_ERR_TEXT_MAX - 3, "é");
}

static void class_names_go_there_and_back(void **state)
{
    (void)state;
    for (int class = 0; class < SOAR_CLASS_COUNT; class ++) {
        assert_int_equal(soar_class_parse(soar_class_name((enum soar_class) class)), class);
    }
    assert_string_equal(soar_class_name(SOAR_TRANSIENT), "transient");
    assert_string_equal(soar_class_name(SOAR_CLASS_COUNT), "?");
    assert_int_equal(soar_class_parse("Transient"), SOAR_CLASS_COUNT);
    assert_int_equal(soar_class_parse(""), SOAR_CLASS_COUNT);
    assert_int_equal(soar_class_parse(NULL), SOAR_CLASS_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrapping_puts_the_subject_in_front),
        cmocka_unit_test(its_own_text_may_be_an_argument),
        cmocka_unit_test(nobody_listening_is_no_crash),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(a_text_that_just_fits_is_whole),
        cmocka_unit_test(class_names_go_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
