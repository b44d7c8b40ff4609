/* Property: what packs see of a directory is its public part, its domains as the inventory and its base say
 * them; no two places have one name. Method: inventories read from text. */
#include "tests/engine/site/loading.h"

#include "engine/base/json.h"

static void a_directory_shows_what_is_public(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(
        load(arena,
             "directories:\n"
             "  corp-ad: {kind: active_directory, url: \"ldaps://dc1.corp.example\", bind_dn: "
             "\"cn=soar\", password: \"env:AD_PW\", base: \"OU=People, DC=corp,dc=example\", "
             "domain: CORP, tags: [prod]}\n"
             "  plain: {kind: openldap, url: \"ldaps://ldap\", domain: [A, b.example]}\n",
             NULL, &site),
        "");
    struct value corp = site_place_value(arena, site_find_directory(site, "CORP-AD"));
    assert_string_equal(json_text(arena, &corp),
                        "{\"name\":\"corp-ad\",\"kind\":\"active_directory\",\"url\":\"ldaps://"
                        "dc1.corp.example\",\"base\":\"OU=People, DC=corp,dc=example\",\"domain\":\"CORP\","
                        "\"domains\":[\"CORP\",\"corp.example\"],\"tags\":[\"prod\"]}");
    struct value plain = site_place_value(arena, site_find_directory(site, "plain"));
    assert_string_equal(json_text(arena, &plain),
                        "{\"name\":\"plain\",\"kind\":\"openldap\",\"url\":\"ldaps://ldap\",\"base\":\"\","
                        "\"domain\":\"A\",\"domains\":[\"A\",\"b.example\"],\"tags\":[]}");
    assert_null(site_find_directory(site, "nobody"));
}

static void a_place_has_a_name_of_its_own(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(
        load(arena,
             "hosts: {dc1: {os: linux}}\n"
             "directories:\n"
             "  DC1: {kind: openldap, url: \"ldaps://dc1\"}\n"
             "  a: {kind: openldap, url: \"ldaps://a\"}\n"
             "  A: {kind: openldap, url: \"ldaps://b\", domain: {x: y}}\n",
             NULL, &site),
        "inventory.yaml:3:3: error: directory 'DC1' has the name of the host on line 1: give "
        "it a name of its own\n"
        "inventory.yaml:5:3: error: directory 'A' stands twice (case doesn't count)\n"
        "inventory.yaml:5:49: error: 'domain': expected a name like CORP, or a list of them\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_shows_what_is_public),
        cmocka_unit_test(a_place_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
