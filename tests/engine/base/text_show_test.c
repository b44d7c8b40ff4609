/* Property: what text_visible prints holds no character that is unseen or moves others, and leaves the rest
 * alone; durations, times and parts of keys have one form. Method: every code point by class, and tables of
 * cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

static void assert_visible(const char *text, size_t len, const char *expected)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    text_visible(&out, text, len);
    assert_string_equal(buf_string(&out), expected);
}

static void text_of_people_stays(void **state)
{
    (void)state;
    assert_visible("", 0, "");
    const char *texts[] = {"web-01.example", "Grüße, 日本語, עברית, 😀", "C:\\Users\\x", "a b\xC2\xA0z",
                           "u{41}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_visible(texts[i], strlen(texts[i]), texts[i]);
    }
}

static void what_deceives_is_named(void **state)
{
    (void)state;
    assert_visible("a\nb\tc\x1b[0m", 9, "a\\u{a}b\\u{9}c\\u{1b}[0m");
    assert_visible("a\0b", 3, "a\\u{0}b");
    assert_visible("exe.\xE2\x80\xAE"
                   "fdp",
                   10, "exe.\\u{202e}fdp");
    assert_visible("ad\xE2\x80\x8Bmin", 8, "ad\\u{200b}min");
    assert_visible("\xF3\xA0\x81\x81", 4, "\\u{e0041}");
    assert_visible("a\xFF\xC3", 3, "a\\x{ff}\\x{c3}");
    assert_visible("\xED\xA0\x80", 3, "\\x{ed}\\x{a0}\\x{80}");
}

static void every_hidden_class_is_named(void **state)
{
    (void)state;
    static const uint32_t classes[][2] = {
        {0, 0x1F},          {0x7F, 0x9F},       {0xAD, 0xAD},         {0x61C, 0x61C},     {0x200B, 0x200F},
        {0x2028, 0x202E},   {0x2060, 0x2060},   {0x2066, 0x2069},     {0xFEFF, 0xFEFF},   {0xFE00, 0xFE0F},
        {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFFFE, 0xFFFF},     {0xE0000, 0xE007F}, {0xE0100, 0xE01EF},
        {0x1FFFE, 0x1FFFF}, {0xF0000, 0xFFFFF}, {0x100000, 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        for (uint32_t code = classes[i][0]; code <= classes[i][1]; code += code < 0xF0000 ? 1 : 251) {
            char bytes[4], expected[32];
            size_t len = text_encode(code, bytes);
            snprintf(expected, sizeof expected, "\\u{%x}", code);
            assert_visible(bytes, len, expected);
        }
    }
}

static void neighbours_of_the_hidden_stay(void **state)
{
    (void)state;
    static const uint32_t seen[] = {0x20,   0x7E,    0xA0,    0xAC,    0xAE,    0x61B,   0x61D,
                                    0x200A, 0x2010,  0x2027,  0x202F,  0x205F,  0x2070,  0xD7A3,
                                    0xF900, 0xFDCF,  0xFDF0,  0xFE10,  0xFEFE,  0xFF00,  0xFFFD,
                                    0xFFFC, 0x10000, 0x1F600, 0x1FFFD, 0x20000, 0xDFFFD, 0xE1000};
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        char bytes[5] = "";
        size_t len = text_encode(seen[i], bytes);
        assert_visible(bytes, len, bytes);
    }
}

static void durations_are_for_people(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "0 ms"},
        {999, "999 ms"},
        {1000, "1 s"},
        {1099, "1 s"},
        {1200, "1.2 s"},
        {59999, "59.9 s"},
        {60000, "1 min"},
        {221000, "3 min 41 s"},
        {3599999, "59 min 59 s"},
        {3600000, "1 h"},
        {14400000, "4 h"},
        {14459999, "4 h"},
        {14460000, "4 h 1 min"},
        {86399999, "23 h 59 min"},
        {86400000, "1 d"},
        {273600000, "3 d 4 h"},
        {-1200, "-1.2 s"},
        {INT64_MIN, "-106751991167 d 7 h"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        BUF_SCOPED out;
        buf_init(&out, 0);
        text_duration(&out, cases[i].ms);
        assert_string_equal(buf_string(&out), cases[i].text);
    }
}

static void sizes_are_short(void **state)
{
    (void)state;
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1500, "1.5 KiB"},
        {10 * 1024, "10 KiB"},
        {1024 * 1024 - 1, "1.0 MiB"},
        {312 << 20, "312 MiB"},
        {(int64_t)64 << 30, "64 GiB"},
        {INT64_MAX, "8.0 EiB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        BUF_SCOPED out;
        buf_init(&out, 0);
        text_size(&out, cases[i].bytes);
        assert_string_equal(buf_string(&out), cases[i].text);
    }
}

static void times_are_utc(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1709210096789, "2024-02-29T12:34:56.789Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000, "1969-12-31T23:59:59.000Z"},
        {-62135596800000, "0001-01-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {INT64_MIN, "-292275055-05-16T16:47:04.192Z"},
    };
    setenv("TZ", "America/New_York", 1); /* must not matter */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        BUF_SCOPED out;
        buf_init(&out, 0);
        text_time_utc(&out, cases[i].ms);
        assert_string_equal(buf_string(&out), cases[i].text);
    }
}

/* Parts joined by '/' are told apart, whatever is in them. */
static void parts_of_a_key_never_run_into_each_other(void **state)
{
    static const struct {
        const char *part;
        const char *text;
    } cases[] = {
        {"", ""},
        {"web-01.example:22", "web-01.example:22"},
        {"a/b", "a%2Fb"},
        {"a%2Fb", "a%252Fb"},
        {"a\n\x01\x7f", "a%0A%01\x7f"},
        {"caf\xC3\xA9 *", "caf\xC3\xA9 *"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        BUF_SCOPED out = {0};

        text_key_part(&out, cases[i].part);
        assert_string_equal(buf_string(&out), cases[i].text);
    }
}

static void xml_has_no_markup_of_a_text(void **state)
{
    (void)state;
    BUF_SCOPED out = {0};

    text_xml(&out, "a<b>&\"c'\r\n\xc3\xa9", 12);
    assert_string_equal(buf_string(&out), "a&lt;b&gt;&amp;&quot;c&apos;&#13;\n\xc3\xa9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_people_stays),
        cmocka_unit_test(what_deceives_is_named),
        cmocka_unit_test(every_hidden_class_is_named),
        cmocka_unit_test(neighbours_of_the_hidden_stay),
        cmocka_unit_test(durations_are_for_people),
        cmocka_unit_test(sizes_are_short),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(parts_of_a_key_never_run_into_each_other),
        cmocka_unit_test(xml_has_no_markup_of_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
