/* Property: a directory's entry that would send a password in clear, or that makes no sense, is refused
 * before any connection, with the key's name; a good one is taken apart. Method: a table of entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/ldap/directory.h"
#include "engine/base/json.h"

static int parse(struct arena *arena, const char *text, struct directory_peer *peer, struct soar_err *err)
{
    struct value value;
    assert_int_equal(json_parse(arena, text, strlen(text), &value, err), 0);
    return directory_peer_parse(arena, &value, peer, err);
}

static void good_ones(void **state)
{
    (void)state;
    static const struct {
        const char *rest, *url, *host, *port;
        bool start_tls;
    } cases[] = {
        {"\"url\": \"ldaps://dc1.corp.example\"", "ldaps://dc1.corp.example:636", "dc1.corp.example", "636",
         false},
        {"\"url\": \"ldaps://dc1:1636/\"", "ldaps://dc1:1636", "dc1", "1636", false},
        {"\"url\": \"ldap://dc1\", \"start_tls\": true", "ldap://dc1:389", "dc1", "389", true},
        {"\"url\": \"ldaps://[2001:db8::1]:636\"", "ldaps://[2001:db8::1]:636", "2001:db8::1", "636", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct directory_peer peer;
        struct soar_err err = {0};
        assert_int_equal(
            parse(arena,
                  arena_printf(arena, "{%s, \"bind_dn\": \"cn=soar\", \"name\": \"corp\"}", cases[i].rest),
                  &peer, &err),
            0);
        assert_string_equal(peer.url, cases[i].url);
        assert_string_equal(peer.host, cases[i].host);
        assert_string_equal(peer.port, cases[i].port);
        assert_int_equal(peer.start_tls, cases[i].start_tls);
        assert_string_equal(peer.name, "corp");
        assert_null(peer.ca);
        assert_string_equal(peer.base, "");
    }
}

static void bad_ones(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *why;
    } cases[] = {
        {"[]", "not a map"},
        {"{\"bind_dn\": \"cn=x\"}", "no url"},
        {"{\"url\": \"ldaps://a\"}", "no bind_dn"},
        {"{\"url\": \"ldaps://a\", \"bind_dn\": \"\"}", "bind_dn is empty"},
        {"{\"url\": \"ldap://a\", \"bind_dn\": \"cn=x\"}", "in clear"},
        {"{\"url\": \"ldap://127.0.0.1\", \"bind_dn\": \"cn=x\"}", "in clear"},
        {"{\"url\": \"ldap://a\", \"start_tls\": \"no\", \"bind_dn\": \"cn=x\"}", "start_tls"},
        {"{\"url\": \"ldaps://a\", \"start_tls\": true, \"bind_dn\": \"cn=x\"}", "start_tls"},
        {"{\"url\": \"https://a\", \"bind_dn\": \"cn=x\"}", "ldaps://HOST"},
        {"{\"url\": \"ldapi:///\", \"bind_dn\": \"cn=x\"}", "ldaps://HOST"},
        {"{\"url\": \"ldaps://\", \"bind_dn\": \"cn=x\"}", "a host"},
        {"{\"url\": \"ldaps://a b\", \"bind_dn\": \"cn=x\"}", "a host"},
        {"{\"url\": \"ldaps://a:x\", \"bind_dn\": \"cn=x\"}", "a port"},
        {"{\"url\": \"ldaps://a/dc=x??sub\", \"bind_dn\": \"cn=x\"}", "nothing else"},
        {"{\"url\": \"ldaps://a ldaps://b\", \"bind_dn\": \"cn=x\"}", "a port"},
        {"{\"url\": \"ldaps://a\", \"bind_dn\": \"cn=x\", \"ca\": \"keys/ca.pem\"}", "no certificate"},
        {"{\"url\": \"ldaps://a\", \"bind_dn\": \"cn=x\\u0000y\"}", "not a text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct directory_peer peer;
        struct soar_err err = {0};
        assert_int_equal(parse(arena, cases[i].entry, &peer, &err), -1);
        assert_int_equal(err.class, SOAR_INVALID);
        if (strstr(err.text, cases[i].why) == NULL)
            fail_msg("%s: %s", cases[i].entry, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good_ones), cmocka_unit_test(bad_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
