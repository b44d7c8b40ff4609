/* Property: every spelling of one machine has one canonical form, and what two programs would read in two
 * ways has none. Method: groups of spellings that must meet, single ones that must have no form, prefixes and
 * globs at their borders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/site/spelling.h"

struct group {
    const char *canonical;
    const char *spellings[12];
};

static const struct group groups[] = {
    {"dc-01", {"dc-01", "DC-01", "Dc-01.", " dc-01 ", "dc-01..", "\uFF44\uFF43-01"}},
    {"dc-01.corp.example",
     {"dc-01.corp.example", "DC-01.CORP.EXAMPLE.", "dc-01\u3002corp.example", "dc-01\uFF0Ecorp.example"}},
    {"xn--bcher-kva.example",
     {"b\u00fccher.example", "B\u00dcCHER.example", "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE",
      "bu\u0308cher.example"}},
    {"10.0.0.5",
     {"10.0.0.5", "167772165", "0xA000005", "0x0a.0.0.5", "10.5", "10.0.5", "::ffff:10.0.0.5",
      "[::ffff:a00:5]", "10.0.0.0x5", "\uFF11\uFF10.0.0.5", "::FFFF:10.0.0.5%eth0", "10.0.0.5."}},
    {"fe80::1",
     {"fe80::1", "FE80:0:0::1", "[fe80::1]", "fe80::1%eth0", "fe80:0000:0000:0000:0000:0000:0000:0001"}},
    {"db_1", {"db_1", "DB_1"}},
};

static void spellings_of_one_machine_meet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        for (size_t j = 0; j < 12 && groups[i].spellings[j] != NULL; j++) {
            ARENA_SCOPED arena = arena_new();
            struct spelling spelling = spelling_of(arena, groups[i].spellings[j]);
            if (spelling.kind == SPELLING_NONE || strcmp(spelling.text, groups[i].canonical) != 0) {
                fail_msg("'%s': %s, expected %s", groups[i].spellings[j],
                         spelling.text ? spelling.text : "none", groups[i].canonical);
            }
        }
    }
}

static void what_is_read_in_two_ways_is_nobody(void **state)
{
    (void)state;
    static const char *const none[] = {
        "",           "   ",         ".",          "010.0.0.5", "10.0.0.05",  "10.0.0.256",  "10.0.0.0.5",
        "a b",        "a/b",         "a\nb",       "web..01",   "-rf",        "[fe80::1",    "fe80::1::2",
        "::ffff:1.2", "10.0.0.5:22", "web-01:22",  "*",         "xn--dc-01-", "a\u202eb",    "$(x)",
        "..",         "10.16777216", "xn--\u00fc", "user@host", "\xff\xfe",   "4294967296.1"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct spelling spelling = spelling_of(arena, none[i]);
        if (spelling.kind != SPELLING_NONE) {
            fail_msg("'%s' is %s", none[i], spelling.text);
        }
    }
}

static void digits_may_be_a_name_too(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct spelling spelling = spelling_of(arena, "1234");
    assert_int_equal(spelling.kind, SPELLING_ADDRESS);
    assert_string_equal(spelling.text, "0.0.4.210");
    assert_string_equal(spelling.as_name, "1234");
    assert_null(spelling_of(arena, "10.0.0.5").as_name);
}

static void prefixes_hold_their_addresses(void **state)
{
    (void)state;
    assert_true(spelling_in_prefix("10.0.0.5", "10.0.0.0/8"));
    assert_true(spelling_in_prefix("10.0.0.5", "10.0.0.5"));
    assert_true(spelling_in_prefix("10.0.0.5", "10.0.0.4/31"));
    assert_true(spelling_in_prefix("10.0.0.5", "0.0.0.0/0"));
    assert_false(spelling_in_prefix("10.0.0.6", "10.0.0.4/31"));
    assert_false(spelling_in_prefix("10.0.0.5", "10.0.0.4"));
    assert_false(spelling_in_prefix("fe80::1", "0.0.0.0/0"));
    assert_true(spelling_in_prefix("fe80::1", "fe80::/10"));
    assert_false(spelling_in_prefix("2001:db8::1", "fe80::/10"));
    assert_false(spelling_in_prefix("web-01", "0.0.0.0/0"));
    assert_true(spelling_is_prefix("::/0"));
    assert_false(spelling_is_prefix("10.0.0.0/33"));
    assert_false(spelling_is_prefix("10.0.0.0/"));
    assert_false(spelling_is_prefix("10.0.0/8"));
    assert_false(spelling_is_prefix("dc-*"));
}

static void globs_match_whole_texts(void **state)
{
    (void)state;
    assert_true(spelling_glob("dc-*", "dc-01"));
    assert_true(spelling_glob("dc-*", "dc-"));
    assert_false(spelling_glob("dc-*", "xdc-01"));
    assert_true(spelling_glob("*-01.*", "dc-01.corp.example"));
    assert_true(spelling_glob("d?-01", "dc-01"));
    assert_false(spelling_glob("d?-01", "d-01"));
    assert_true(spelling_glob("*", ""));
    assert_true(spelling_glob("*a*b*c", "xaxbxaxbxc"));
    assert_false(spelling_glob("dc-01", "dc-011"));
    assert_false(spelling_glob("", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_one_machine_meet), cmocka_unit_test(what_is_read_in_two_ways_is_nobody),
        cmocka_unit_test(digits_may_be_a_name_too),      cmocka_unit_test(prefixes_hold_their_addresses),
        cmocka_unit_test(globs_match_whole_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
