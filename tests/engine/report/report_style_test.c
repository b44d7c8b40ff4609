/* Property: times are on the reader's clock, columns line up, and no text from outside reaches the screen as
 * it is. Method: fixed times and offsets around midnight; tables with hostile, wide and empty cells, compared
 * whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/engine/report/telling.h"

static void check_when(int64_t now_ms, int offset_s, int64_t ms, const char *expected)
{
    ARENA_SCOPED arena = arena_new();
    struct report_style style = {.now_ms = now_ms, .offset_s = offset_s};

    assert_string_equal(report_when_text(arena, &style, ms), expected);
}

static void times_are_local_and_name_another_day(void **state)
{
    int64_t hour = 3600 * 1000;

    (void)state;
    check_when(TELLING_NOW, 0, TELLING_NOW, "04:04");
    check_when(TELLING_NOW, 3600, TELLING_NOW, "05:04");
    check_when(TELLING_NOW, 0, TELLING_NOW - 5 * hour, "Sat 23:04");
    check_when(TELLING_NOW, 2 * 3600, TELLING_NOW - 5 * hour, "01:04"); /* there, it is Sunday already */
    check_when(TELLING_NOW, 0, TELLING_NOW + 24 * hour, "Mon 04:04");
    check_when(TELLING_NOW, 0, TELLING_NOW - 7 * 24 * hour, "2026-11-15 04:04");
    check_when(TELLING_NOW, 0, 0, "-");
}

static void the_offset_is_written_out(void **state)
{
    struct report_style east = {.offset_s = 5 * 3600 + 1800};
    struct report_style west = {.offset_s = -3 * 3600};
    BUF_SCOPED out = {0};

    (void)state;
    report_offset(&out, &east);
    buf_char(&out, ' ');
    report_offset(&out, &west);
    assert_string_equal(buf_string(&out), "UTC+05:30 UTC-03:00");
}

static void columns_line_up_and_no_line_ends_in_blanks(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct report_style style = {0};
    struct report_table table;
    BUF_SCOPED out = {0};

    (void)state;
    report_table_init(&table, arena, 3);
    static const char *const cells[] = {"a", "bb", "c", "\xc3\xa4\xc3\xa4\xc3\xa4", "b", "", "", "", "last"};
    for (size_t i = 0; i < 9; i++)
        report_cell(&table, cells[i]);
    report_table_print(&table, &style, " ", &out);
    assert_string_equal(buf_string(&out), " a    bb  c\n \xc3\xa4\xc3\xa4\xc3\xa4  b\n          last\n");
}

static void colour_repeats_what_the_word_says_and_only_where_wanted(void **state)
{
    struct report_style plain = {0};
    struct report_style bright = {.color = true};
    BUF_SCOPED out = {0};

    (void)state;
    report_alarm(&out, &plain, "HELD", true);
    report_alarm(&out, &bright, "fine", false);
    assert_string_equal(buf_string(&out), "HELDfine");
    buf_clear(&out);
    report_alarm(&out, &bright, "HELD", true);
    assert_string_equal(buf_string(&out), "\x1b[1;31mHELD\x1b[0m");
}

static void hostile_text_is_made_visible(void **state)
{
    ARENA_SCOPED arena = arena_new();

    (void)state;
    assert_true(telling_is_plain(report_outside(arena, HOSTILE)));
    assert_string_equal(report_outside(arena, HOSTILE), "web\\u{1b}[2J\\u{202e}-01\\u{a}\\x{9b}");
}

static void words_of_a_command_are_quoted_for_a_shell(void **state)
{
    ARENA_SCOPED arena = arena_new();

    (void)state;
    assert_string_equal(report_shell_word(arena, "web-01"), "web-01");
    assert_string_equal(report_shell_word(arena, "CORP\\jdoe"), "'CORP\\jdoe'");
    assert_string_equal(report_shell_word(arena, "x; rm -rf ~"), "'x; rm -rf ~'");
    assert_string_equal(report_shell_word(arena, "it's"), "'it'\\''s'");
    assert_string_equal(report_shell_word(arena, "-n"), "'-n'");
    assert_string_equal(report_shell_word(arena, ""), "''");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_local_and_name_another_day),
        cmocka_unit_test(the_offset_is_written_out),
        cmocka_unit_test(columns_line_up_and_no_line_ends_in_blanks),
        cmocka_unit_test(colour_repeats_what_the_word_says_and_only_where_wanted),
        cmocka_unit_test(hostile_text_is_made_visible),
        cmocka_unit_test(words_of_a_command_are_quoted_for_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
