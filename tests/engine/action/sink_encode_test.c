/* Property: whatever a value holds, it stays one value in the grammar of its place, or is refused. Method:
 * for each encoder a table of hostile values and what comes of them; then every single byte, decoded again by
 * hand. */
#include "tests/engine/action/packing.h"

#include <stdio.h>

#include "engine/action/sink_encode.h"

struct sample {
    sink_encode_fn encode;
    const char *given;
    size_t len;          /* 0: strlen */
    const char *encoded; /* NULL: refused */
};

static const struct sample samples[] = {
    {encode_plain, "any $(thing) 'at' \"all\"\n", 0, "any $(thing) 'at' \"all\"\n"},
    {encode_plain, "", 0, ""},
    {encode_plain, "a\0b", 3, NULL},
    {encode_plain, "\xff", 0, NULL},
    {encode_plain, "\xed\xa0\x80", 0, NULL},
    {encode_word, "web-01.example:22/a_b@c+d", 0, "web-01.example:22/a_b@c+d"},
    {encode_word, "", 0, NULL},
    {encode_word, "-rf", 0, NULL},
    {encode_word, "a b", 0, NULL},
    {encode_word, "a;b", 0, NULL},
    {encode_word, "a}", 0, NULL},
    {encode_word, "a\nb", 0, NULL},
    {encode_word, "a'b", 0, NULL},
    {encode_word, "a\"b", 0, NULL},
    {encode_word, "$a", 0, NULL},
    {encode_word, "a\\", 0, NULL},
    {encode_word, "a`b`", 0, NULL},
    {encode_word, "a*", 0, NULL},
    {encode_word, "\xc3\xa9", 0, NULL},
    {encode_word, "\xe2\x80\x98", 0, NULL},
    {encode_word, "a\0b", 3, NULL},
    {encode_segment, "a/b", 0, "a%2Fb"},
    {encode_segment, "..", 0, NULL},
    {encode_segment, ".", 0, NULL},
    {encode_segment, "", 0, NULL},
    {encode_segment, "...", 0, "..."},
    {encode_segment, "../isolate", 0, NULL},
    {encode_segment, "a/../b", 0, NULL},
    {encode_segment, "a\\.", 0, NULL},
    {encode_segment, "a/..", 0, NULL},
    {encode_segment, "...", 0, "..."},
    {encode_segment, "a/..b", 0, "a%2F..b"},
    {encode_segment, "%2e%2e", 0, "%252e%252e"},
    {encode_segment, "a?b#c", 0, "a%3Fb%23c"},
    {encode_segment, "a\r\nb", 0, NULL},
    {encode_segment, "\xc3\xa9", 0, "%C3%A9"},
    {encode_percent, "' or '1' eq '1", 0, "%27%20or%20%271%27%20eq%20%271"},
    {encode_percent, "a&b=c+d", 0, "a%26b%3Dc%2Bd"},
    {encode_percent, "a\r\nb", 0, "a%0D%0Ab"},
    {encode_percent, "a\0b", 3, NULL},
    {encode_header, "Bearer abc", 0, "Bearer abc"},
    {encode_header, "a\r\nX-Evil: 1", 0, NULL},
    {encode_header, "a\tb", 0, NULL},
    {encode_header, " a", 0, NULL},
    {encode_header, "a ", 0, NULL},
    {encode_header, "", 0, NULL},
    {encode_header, "\xc3\xa9", 0, NULL},
    {encode_xml, "]]>&lt;<a b='c' d=\"e\">", 0, "]]&gt;&amp;lt;&lt;a b=&apos;c&apos; d=&quot;e&quot;&gt;"},
    {encode_xml, "a\r\nb\t", 0, "a&#13;\nb\t"},
    {encode_xml, "a\x1b", 0, NULL},
    {encode_xml, "a\0b", 3, NULL},
    {encode_xml, "\xef\xbf\xbe", 0, NULL},
    {encode_xml, "\xff", 0, NULL},
    {encode_xml, "", 0, ""},
    {encode_filter, "*)(uid=*", 0, "\\2a\\29\\28uid=\\2a"},
    {encode_filter, "a\\b", 0, "a\\5cb"},
    {encode_filter, "a\0b", 3, "a\\00b"},
    {encode_filter, "", 0, NULL},
    {encode_filter, "\xc3\xa9", 0, "\xc3\xa9"},
    {encode_filter, "\xff", 0, NULL},
    {encode_dn, "a,dc=evil", 0, "a\\,dc\\=evil"},
    {encode_dn, " a ", 0, "\\ a\\ "},
    {encode_dn, "#a#", 0, "\\#a#"},
    {encode_dn, "a+b;c<d>\"e\\", 0, "a\\+b\\;c\\<d\\>\\\"e\\\\"},
    {encode_dn, "a\0b\n", 4, "a\\00b\\0a"},
    {encode_dn, " ", 0, "\\ "},
    {encode_dn, "", 0, NULL},
};

static void hostile_values_stay_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample *sample = &samples[i];
        struct soar_err err = {0};
        BUF_SCOPED out;
        buf_init(&out, 0);
        size_t len = sample->len > 0 ? sample->len : strlen(sample->given);
        int result = sample->encode(&out, sample->given, len, &err);
        if ((result < 0) != (sample->encoded == NULL)) {
            fail_msg("%zu '%s': %s", i, sample->given, result < 0 ? err.text : "taken");
        }
        if (result == 0) {
            assert_string_equal(buf_string(&out), sample->encoded);
        } else {
            assert_int_equal(err.class, SOAR_INVALID);
            assert_null(strpbrk(err.text, "\n\r\x1b"));
        }
    }
}

/* Percent signs back to bytes. */
static size_t unpercent(const char *text, char *ret_bytes)
{
    size_t len = 0;
    for (; *text != '\0'; text++) {
        unsigned byte = (unsigned char)*text;
        if (*text == '%') {
            assert_int_equal(sscanf(text + 1, "%2x", &byte), 1);
            text += 2;
        }
        ret_bytes[len++] = (char)byte;
    }
    return len;
}

static void every_byte_comes_back(void **state)
{
    (void)state;
    for (int c = 1; c < 0x80; c++) {
        const char given[] = {'a', (char)c, 'b'};
        struct soar_err err = {0};
        char back[16];
        BUF_SCOPED out;
        buf_init(&out, 0);
        assert_int_equal(encode_percent(&out, given, sizeof given, &err), 0);
        assert_int_equal(
            strspn(buf_string(&out), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"),
            out.len);
        assert_int_equal(unpercent(buf_string(&out), back), sizeof given);
        assert_memory_equal(back, given, sizeof given);
        buf_clear(&out);
        assert_int_equal(encode_filter(&out, given, sizeof given, &err), 0);
        assert_null(strpbrk(buf_string(&out), "*()"));
    }
}

static void a_long_value_is_cut_in_the_message_alone(void **state)
{
    (void)state;
    char given[400];
    struct soar_err err = {0};
    BUF_SCOPED out;
    buf_init(&out, 0);
    memset(given, 'a', sizeof given);
    assert_int_equal(encode_word(&out, given, 255, &err), 0);
    assert_int_equal(encode_word(&out, given, 256, &err), -1);
    assert_true(strlen(err.text) < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_values_stay_values),
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(a_long_value_is_cut_in_the_message_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
