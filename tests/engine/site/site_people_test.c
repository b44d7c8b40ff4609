/* Property: a person is known by one uid or one token, and by nobody else's; uid 0 is nobody; admin is no
 * approver; a token never stands in the file. Method: people read and asked for; each mistake with its place.
 */
#include "tests/engine/site/loading.h"

#include "engine/base/digest.h"

static void who_is_who(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    char hex[65];
    digest_sha256_hex("t1-secret", 9, hex);
    const char *text = arena_printf(arena,
                                    "people:\n"
                                    "  ana: {uid: 1004, roles: [operator]}\n"
                                    "  bo: {uid: 1007, roles: [Approver], token: \"sha256:%s\"}\n"
                                    "  eve: {token: \"sha256:%064d\", roles: [admin]}\n"
                                    "  none: {uid: 7, roles: []}\n",
                                    hex, 0);
    assert_string_equal(load(arena, NULL, text, &site), "");
    assert_int_equal(site->person_count, 4);
    assert_string_equal(site_person_of_uid(site, 1004)->name, "ana");
    assert_int_equal(site_person_of_uid(site, 1004)->roles, ROLE_VIEWER | ROLE_OPERATOR);
    assert_int_equal(site_person_of_uid(site, 1007)->roles, ROLE_VIEWER | ROLE_APPROVER);
    assert_int_equal(site_person_of_uid(site, 7)->roles, 0);
    assert_int_equal(site->people[2].roles, ROLE_VIEWER | ROLE_ADMIN);
    assert_int_equal(site->people[2].uid, -1);
    assert_null(site_person_of_uid(site, 0));
    assert_null(site_person_of_uid(site, -1));
    assert_null(site_person_of_uid(site, 1005));
    assert_string_equal(site_person_of_token(site, "t1-secret")->name, "bo");
    assert_null(site_person_of_token(site, "t1-secrets"));
    assert_null(site_person_of_token(site, hex));
    assert_null(site_person_of_token(site, ""));
    assert_null(site_person_of_token(site, NULL));
}

struct slip {
    const char *text;
    const char *lines;
};

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TOKEN                                                                                                \
    "'token': expected sha256: and the 64 hex digits of the token's digest, never the token itself (printf " \
    "%s TOKEN | sha256sum)\n"

static const struct slip slips[] = {
    {"people: {ana: {uid: 0, roles: [operator]}}\n",
     "soard.yaml:1:21: error: 'uid': expected a whole number from 1 to 4294967294, found '0'\n"},
    {"people: {ana: {uid: 4294967295, roles: [operator]}}\n",
     "soard.yaml:1:21: error: 'uid': expected a whole number from 1 to 4294967294, found '4294967295'\n"},
    {"people: {ana: {uid: 1}}\n",
     "soard.yaml:1:15: error: a person needs the key 'roles': viewer, operator, approver, admin\n"},
    {"people: {ana: {uid: 1, roles: [aprover]}}\n", "soard.yaml:1:32: error: 'roles': expected viewer, "
                                                    "operator, approver or admin, found 'aprover' (did you "
                                                    "mean 'approver'?)\n"},
    {"people: {ana: {roles: [admin], token: secret}}\n", "soard.yaml:1:39: error: " TOKEN},
    {"people: {ana: {roles: [admin], token: \"sha256:abc\"}}\n", "soard.yaml:1:39: error: " TOKEN},
    {"people: {a: {uid: 5, roles: []}, b: {uid: 5, roles: []}}\n",
     "soard.yaml:1:34: error: 'b' has the uid of 'a', line 1: nobody could tell them apart\n"},
    {"people: {ana: {uid: 5, roles: []}, Ana: {uid: 6, roles: []}}\n",
     "soard.yaml:1:36: error: 'Ana' has the name (case doesn't count) of 'ana', line 1: nobody could tell "
     "them "
     "apart\n"},
    {"people: {a: {roles: [], token: \"sha256:" HEX "\"},\n"
     "  b: {roles: [], token: \"sha256:A"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}\n",
     "soard.yaml:2:3: error: 'b' has the token of 'a', line 1: nobody could tell them apart\n"},
    {"people: {\"a b\": {uid: 5, roles: []}}\n", "soard.yaml:1:10: error: a person's name: expected letters, "
                                                 "digits and any of '._-@', at most 128, found "
                                                 "'a b'\n"},
};

static void each_mistake_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        assert_string_equal(load(arena, NULL, slips[i].text, &site), slips[i].lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_who),
        cmocka_unit_test(each_mistake_has_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
