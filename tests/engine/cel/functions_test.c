/* Property: the table of functions is what docs/expressions.md promises, rows of one name stand together, and
 * each row is found by the arguments it names. Method: the document is read and compared, name by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/file.h"
#include "engine/cel/functions.h"

static void rows_of_a_name_stand_together(void **state)
{
    (void)state;
    for (size_t i = 0; function_at(i) != NULL; i++) {
        for (size_t j = i + 2; function_at(j) != NULL; j++) {
            bool same = strcmp(function_at(i)->name, function_at(j)->name) == 0;
            assert_false(same && strcmp(function_at(j - 1)->name, function_at(j)->name) != 0);
        }
    }
}

static void each_row_is_found(void **state)
{
    static const char letters[] = "nbiudsylmtpToac";
    (void)state;
    for (size_t i = 0; function_at(i) != NULL; i++) {
        const struct cel_function *row = function_at(i);
        struct value args[8];
        size_t count = strlen(row->kinds), rows = 0;
        assert_true(count < 8);
        for (size_t j = 0; j < count; j++) {
            const char *letter = strchr(letters, row->kinds[j]);
            args[j].kind = letter != NULL ? (enum value_kind)(letter - letters) : VALUE_NULL;
        }
        enum function_style style = (row->style & FUNCTION_MEMBER) != 0 ? FUNCTION_MEMBER : FUNCTION_GLOBAL;
        const struct cel_function *found = function_find(row->name, style, &rows);
        assert_non_null(found);
        assert_ptr_equal(function_fit(found, rows, args, count), row);
        assert_true(function_takes(found, rows, count));
        assert_false(function_takes(found, rows, 7));
    }
}

static void the_document_has_each_function(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    char *text;
    size_t len;
    assert_int_equal(file_read(arena, SOAR_SOURCE_DIR "/docs/expressions.md", 1 << 20, &text, &len, NULL), 0);
    for (size_t i = 0; function_at(i) != NULL; i++) {
        const struct cel_function *row = function_at(i);
        if (strstr(text, arena_printf(arena, (row->style & FUNCTION_MEMBER) != 0 ? ".%s(" : "`%s(",
                                      row->name)) == NULL) {
            fail_msg("docs/expressions.md lacks %s()", row->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_name_stand_together),
        cmocka_unit_test(each_row_is_found),
        cmocka_unit_test(the_document_has_each_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
