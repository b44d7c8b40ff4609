/* Property: text is read by the letter of RFC 3629, and words, durations and names as their headers say.
 * Method: every code point there and back; every sequence of one and two bytes and the known traps against a
 * second, table-driven reading of the standard; tables of cases for the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

static void every_code_point_goes_there_and_back(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        size_t len = text_encode(code, bytes), offset = 0;
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (text_is_utf8(bytes, len) == surrogate) {
            fail_msg("U+%04X", code);
        }
        if (!surrogate && (text_next(bytes, len, &offset) != (int32_t)code || offset != len)) {
            fail_msg("U+%04X", code);
        }
    }
}

/* Table 3-7 of the Unicode standard: the well-formed sequences by their bytes. */
static bool well_formed(const unsigned char *b, size_t len)
{
    static const unsigned char rows[][6] = {
        /* length, first from, to, second from, to */
        {1, 0x00, 0x7F, 0, 0},       {2, 0xC2, 0xDF, 0x80, 0xBF}, {3, 0xE0, 0xE0, 0xA0, 0xBF},
        {3, 0xE1, 0xEC, 0x80, 0xBF}, {3, 0xED, 0xED, 0x80, 0x9F}, {3, 0xEE, 0xEF, 0x80, 0xBF},
        {4, 0xF0, 0xF0, 0x90, 0xBF}, {4, 0xF1, 0xF3, 0x80, 0xBF}, {4, 0xF4, 0xF4, 0x80, 0x8F},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool fits = len == rows[i][0] && b[0] >= rows[i][1] && b[0] <= rows[i][2] &&
                    (len < 2 || (b[1] >= rows[i][3] && b[1] <= rows[i][4]));
        for (size_t j = 2; j < len; j++) {
            fits = fits && (b[j] & 0xC0) == 0x80;
        }
        if (fits) {
            return true;
        }
    }
    return false;
}

static void bad_sequences_are_seen(void **state)
{
    (void)state;
    static const unsigned char tails[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    enum { TAILS = sizeof tails };
    for (unsigned first = 0x80; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            for (size_t i = 0; i < TAILS * TAILS; i++) {
                const unsigned char bytes[] = {(unsigned char)first, (unsigned char)second, tails[i / TAILS],
                                               tails[i % TAILS]};
                size_t length = 0; /* of the well-formed sequence at the start */
                for (size_t len = 1; len <= 4; len++) {
                    length = well_formed(bytes, len) ? len : length;
                }
                size_t offset = 0;
                int32_t code = text_next((const char *)bytes, 4, &offset);
                if ((code >= 0) != (length > 0) || offset != (length > 0 ? length : 1)) {
                    fail_msg("%02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3]);
                }
            }
        }
    }
}

static void a_cut_sequence_is_bad(void **state)
{
    (void)state;
    const char *text = "\xF0\x9F\x98\x80";
    assert_true(text_is_utf8(text, 4));
    for (size_t len = 1; len < 4; len++) {
        assert_false(text_is_utf8(text, len));
    }
    assert_true(text_is_utf8("", 0));
    size_t offset = 0;
    assert_int_equal(text_next("", 0, &offset), -1);
    assert_int_equal(offset, 0);
}

static void length_counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(text_length("", 0), 0);
    assert_int_equal(text_length("aé€\xF0\x9F\x98\x80", 10), 4);
    assert_int_equal(text_length("a\xFF\xFF", 3), 3);
}

static void the_nearest_word_is_close(void **state)
{
    (void)state;
    static const char *const words[] = {"target", "timeout", "retry", "when", "do", "targets", NULL};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"traget", "target"}, {"timout", "timeout"},
        {"Retry", "retry"},   {"wehn", "when"},
        {"whne", "when"},     {"targts", "targets"},
        {"rety", "retry"},    {"xyz", NULL},
        {"d", NULL},          {"od", NULL},
        {"DO", "do"},         {"", NULL},
        {"time", NULL},       {"timeoutss", "timeout"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *nearest = text_nearest(cases[i].word, words);
        if (cases[i].nearest == NULL ? nearest != NULL
                                     : nearest == NULL || strcmp(nearest, cases[i].nearest) != 0) {
            fail_msg("%s: %s", cases[i].word, nearest != NULL ? nearest : "none");
        }
    }
    char huge[1000];
    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    const char *const huge_words[] = {huge, NULL};
    assert_null(text_nearest(huge, words));
    assert_null(text_nearest("target", huge_words));
    assert_null(text_nearest(huge + sizeof huge - 1 - 128, words)); /* as long as a name may be */
}

static void folding_is_ascii(void **state)
{
    (void)state;
    assert_true(text_same_fold("Content-Type", "content-TYPE"));
    assert_true(text_same_fold("", ""));
    assert_false(text_same_fold("abc", "ab"));
    assert_false(text_same_fold("ab", "abc"));
    assert_false(text_same_fold("@", "`")); /* neighbours of the letters */
    assert_false(text_same_fold("[", "{"));
    assert_false(text_same_fold("É", "é"));
}

static void words_are_plain(void **state)
{
    (void)state;
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+-";
    for (int c = 0; c < 256; c++) {
        char text[2] = {'a', (char)c};
        assert_int_equal(text_is_word(text, 2), c != 0 && strchr(allowed, c) != NULL);
    }
    assert_true(text_is_word("a", 1));
    assert_false(text_is_word("", 0));
    assert_false(text_is_word("-rf", 3));
    char longest[256];
    memset(longest, 'x', sizeof longest);
    assert_true(text_is_word(longest, 255));
    assert_false(text_is_word(longest, 256));
}

static void durations_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"90s", 90000},
        {"4h", 14400000},
        {"2m30s", 150000},
        {"500ms", 500},
        {"1d", 86400000},
        {"0s", 0},
        {"1d2h3m4s5ms", 93784005},
        {"1m5ms", 60005},
        {"1000d", 86400000000},
        {"1000d1ms", -1},
        {"1001d", -1},
        {"86400000000ms", 86400000000},
        {"86400000001ms", -1},
        {"", -1},
        {"s", -1},
        {"5", -1},
        {"-5s", -1},
        {"+5s", -1},
        {"1.5s", -1},
        {"5 s", -1},
        {" 5s", -1},
        {"5s ", -1},
        {"30s2m", -1},
        {"1s1s", -1},
        {"5S", -1},
        {"5w", -1},
        {"5sx", -1},
        {"5s5", -1},
        {"99999999999999999999s", -1},
        {"18446744073709551617s", -1},
        {"9223372036854775807ms", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = text_duration_ms(cases[i].text, strlen(cases[i].text));
        if (ms != cases[i].ms) {
            fail_msg("%s: %lld", cases[i].text, (long long)ms);
        }
    }
    assert_int_equal(text_duration_ms("5s\0", 3), -1);
    assert_int_equal(text_duration_ms("5sxx", 2), 5000);
    assert_int_equal(text_duration_ms("5m", 2), 300000);
    assert_int_equal(text_duration_ms("5ms", 2), 300000); /* the length counts, not what follows */
}

static void sizes_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } cases[] = {
        {"0", 0},
        {"4096", 4096},
        {"17B", 17},
        {"64GiB", (int64_t)64 << 30},
        {"64 GiB", (int64_t)64 << 30},
        {"500MB", 500000000},
        {"1KB", 1000},
        {"1KiB", 1024},
        {"3MiB", 3 << 20},
        {"2TB", 2000000000000},
        {"8388607TiB", ((int64_t)8388607) << 40},
        {"8388608TiB", -1},
        {"9223372036854775807", -1}, /* nobody writes that; the sum must not overflow on its way */
        {"99999999999999999999", -1},
        {"", -1},
        {"GiB", -1},
        {"-1", -1},
        {"1.5GiB", -1},
        {"5gib", -1},
        {"5 5", -1},
        {"5GiBs", -1},
        {"5  GiB", -1},
        {" 5", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t bytes = text_bytes(cases[i].text, strlen(cases[i].text));
        if (bytes != cases[i].bytes) {
            fail_msg("%s: %lld", cases[i].text, (long long)bytes);
        }
    }
    assert_int_equal(text_bytes("5KiB", 1), 5); /* the length counts, not what follows */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_goes_there_and_back),
        cmocka_unit_test(bad_sequences_are_seen),
        cmocka_unit_test(a_cut_sequence_is_bad),
        cmocka_unit_test(length_counts_code_points),
        cmocka_unit_test(the_nearest_word_is_close),
        cmocka_unit_test(folding_is_ascii),
        cmocka_unit_test(words_are_plain),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(sizes_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
