/* Property: a pack of several files is one text, whose parts and their names come back out of it; its
 * providers stand in the order in which they are tried, and a mistake is told with the name of its own file.
 * Method: texts joined and loaded, with a sound extension and with each mistake an extension can make. */
#include <stdio.h>

#include "tests/engine/action/packing.h"

static const char base[] = "action: Test_It\n"
                           "summary: A test.\n"
                           "per: host\n"
                           "providers:\n"
                           "  own: {via: ssh, apply: [{ssh.run: {script: s}}]}\n";
static const char bare[] = "action: Test_It\nsummary: A test.\nper: host\n";
static const char vendor[] =
    "extends: test_it\n"
    "providers:\n"
    "  acme: {via: http, service: acme, apply: [{http.send: {method: POST, path: /x}}]}\n";

static const struct pack *load(struct arena *arena, const char *text, const char **ret_told)
{
    struct diag_list diags;
    diag_init(&diags, arena, "all");
    const struct pack *pack = pack_load(arena, text, strlen(text), "base.yaml", &diags);
    *ret_told = told(arena, &diags);
    assert_string_equal(diags.file, "all");
    return pack;
}

static void providers_of_an_extension_come_first(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *mistakes;
    const char *text = pack_text_join(arena, base, vendor, "test_it/acme.yaml");
    const struct pack *pack = load(arena, text, &mistakes);
    assert_string_equal(mistakes, "");
    assert_int_equal(pack->provider_count, 2);
    assert_string_equal(pack->providers[0].name, "acme");
    assert_string_equal(pack->providers[0].origin, "test_it/acme.yaml");
    assert_string_equal(pack->providers[1].name, "own");
    assert_string_equal(pack->providers[1].origin, "base.yaml");
    assert_int_equal(pack->part_count, 2);
    assert_string_equal(pack->origins[1], "test_it/acme.yaml");
    assert_string_equal(pack->text, text);
    const char *plain = loaded(arena, base)->digest;
    assert_string_not_equal(pack->digest, plain);
    /* a run that is pinned to the text gets the same pack out of it */
    const struct pack *again = load(arena, pack->text, &mistakes);
    assert_string_equal(again->digest, pack->digest);
    assert_string_equal(again->providers[0].origin, "test_it/acme.yaml");
}

static void an_action_may_live_by_its_extensions(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *mistakes;
    assert_null(load(arena, bare, &mistakes));
    assert_non_null(strstr(mistakes, "no file extends it"));
    const struct pack *pack = load(arena, pack_text_join(arena, bare, vendor, "acme.yaml"), &mistakes);
    assert_non_null(pack);
    assert_int_equal(pack->provider_count, 1);
}

static void a_mistake_carries_the_name_of_its_file(void **state)
{
    (void)state;
    static const struct {
        const char *extension;
        const char *mistake;
    } cases[] = {
        {"extends: Test_It\nproviders:\n  own: {via: ssh, apply: [{ssh.run: {script: s}}]}\n",
         "base.yaml:5:3: error: provider 'own' stands in x.yaml already"},
        {"extends: Other\nproviders:\n  a: {via: ssh, apply: [{ssh.run: {script: s}}]}\n",
         "x.yaml:1:10: error: this file extends Other and not Test_It"},
        {"extends: Test_It\nlock: x\nproviders:\n  a: {via: ssh, apply: [{ssh.run: {script: s}}]}\n",
         "x.yaml:2:1: error: unknown key 'lock'"},
        {"extends: Test_It\n", "x.yaml:1:1: error: an extension of an action needs the key 'providers'"},
        {"extends: Test_It\nproviders:\n  a: {via: ssh, when: nobody.os == 1, apply: [{ssh.run: {script: "
         "s}}]}\n",
         "x.yaml:3:23: error: 'nobody' is not bound here"},
        {"", "x.yaml:1:1: error: the file is empty"},
        {"extends: [\n", "x.yaml:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *mistakes;
        assert_null(load(arena, pack_text_join(arena, base, cases[i].extension, "x.yaml"), &mistakes));
        if (strstr(mistakes, cases[i].mistake) == NULL) {
            fail_msg("expected %s, found %s", cases[i].mistake, mistakes);
        }
    }
}

static void a_file_says_what_it_is(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *action;
    assert_string_equal(pack_text_extends(arena, vendor, strlen(vendor), &action), "test_it");
    assert_null(action);
    assert_null(pack_text_extends(arena, base, strlen(base), &action));
    assert_string_equal(action, "Test_It");
    assert_null(pack_text_extends(arena, "- x\n", 4, &action));
    assert_null(action);
    /* a name of a file can't make a line of its own */
    const char *joined = pack_text_join(arena, base, vendor, "a\nproviders: x.yaml");
    const char *mistakes;
    assert_non_null(load(arena, joined, &mistakes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(providers_of_an_extension_come_first),
                                       cmocka_unit_test(an_action_may_live_by_its_extensions),
                                       cmocka_unit_test(a_mistake_carries_the_name_of_its_file),
                                       cmocka_unit_test(a_file_says_what_it_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
