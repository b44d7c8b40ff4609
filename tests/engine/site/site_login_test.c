/* Property: what a host is sent opens no other: one password at two hosts, or at a host and a directory, is a
 * mistake unless both only see tickets; a domain's account logs in by Kerberos. Method: a table of
 * inventories with what is said of them, word for word; and the log-in that each way of writing means. */
#include "tests/engine/site/loading.h"

static void ways(void **state)
{
    (void)state;
    static const char text[] =
        "hosts:\n"
        "  a: {os: windows, user: soar, password: \"env:A\"}\n"
        "  b: {os: windows, user: soar@CORP.EXAMPLE, fqdn: b.corp.example, password: \"env:K\", ca: ca.pem}\n"
        "  c: {os: windows, user: 'C\\soar', password: \"env:C\", login: basic}\n"
        "  d: {os: windows, user: soar@CORP.EXAMPLE, address: d.corp.example, password: \"env:K\", login: "
        "kerberos}\n"
        "  e: {os: windows, via: ssh, user: soar}\n"
        "  f.corp.example: {os: windows, user: 'F\\soar', password: \"env:F\", login: ntlm}\n"
        "  g: {os: windows, user: '.\\soar', password: \"env:G\"}\n";
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(load(arena, text, NULL, &site), "");
    static const char *const logins[] = {"ntlm", "kerberos", "basic", "kerberos", "ntlm", "ntlm", "ntlm"};
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++)
        assert_string_equal(site->hosts[i].login, logins[i]);
    assert_int_equal(site->hosts[1].ca[0], '/');
    assert_null(site->hosts[0].ca);
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines;
    } cases[] = {
        {"hosts:\n  a: {os: windows, user: x, password: \"env:A\"}\n  b: {os: windows, user: x, password: "
         "\"env:A\"}\n",
         "inventory.yaml:3:39: error: 'password': host 'a' on line 2 has the same, and whoever holds the one "
         "host could log "
         "in there: give each its own, or `login: kerberos` to both\n"},
        {"hosts:\n  a: {os: windows, user: x@C, fqdn: a.c, password: \"env:A\"}\n  b: {os: windows, user: x, "
         "password: \"env:A\"}\n",
         "inventory.yaml:3:39: error: 'password': host 'a' on line 2 has the same, and whoever holds the one "
         "host could log "
         "in there: give each its own, or `login: kerberos` to both\n"},
        {"hosts:\n  a: {os: windows, user: x, password: \"env:A\"}\n"
         "directories:\n  d: {kind: active_directory, url: \"ldaps://d\", password: \"env:A\"}\n",
         "inventory.yaml:2:39: error: 'password': directory 'd' on line 4 has the same, and whoever holds "
         "the one host could "
         "log in there: give each its own, or `login: kerberos` to both\n"},
        {"hosts:\n  a: {os: windows, user: 'CORP\\x', password: \"env:A\"}\n",
         "inventory.yaml:2:26: error: 'user': a domain's account opens other hosts, and by ntlm this one "
         "could use it there: "
         "`login: kerberos`, or an account of this host's own\n"},
        {"hosts:\n  a: {os: windows, user: x@C, login: basic, fqdn: a.c}\n",
         "inventory.yaml:2:26: error: 'user': a domain's account opens other hosts, and by basic this one "
         "could use it "
         "there: `login: kerberos`, or an account of this host's own\n"},
        {"hosts:\n  a: {os: windows, user: x, login: kerberos, fqdn: a.c}\n",
         "inventory.yaml:2:26: error: 'user': for Kerberos it is USER@REALM\n"},
        {"hosts:\n  a: {os: windows, user: x@C, address: 10.0.0.1}\n",
         "inventory.yaml:2:26: error: Kerberos needs the host's name: say its `fqdn`\n"},
        {"hosts:\n  a: {os: windows, login: certificate}\n",
         "inventory.yaml:2:27: error: 'login': expected ntlm, kerberos or basic, found 'certificate'\n"},
        {"hosts:\n  a: {os: linux, login: ntlm, ca: x}\n",
         "inventory.yaml:2:25: error: 'login' is for hosts that are reached by winrm\n"
         "inventory.yaml:2:35: error: 'ca' is for hosts that are reached by winrm\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        assert_string_equal(load(arena, cases[i].text, NULL, &site), cases[i].lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ways), cmocka_unit_test(mistakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
