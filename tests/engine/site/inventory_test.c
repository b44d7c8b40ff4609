/* Property: an inventory is in the site as it was written, paths made absolute beside it; each mistake in one
 * has its line. Method: the inventory of the documentation read whole; a table of mistakes with their lines
 * word for word. */
#include "tests/engine/site/loading.h"

static const char whole[] =
    "hosts:\n"
    "  web-01: {address: 10.77.0.11, os: Linux, via: ssh, user: root, key: "
    "\"file:keys/id_ed25519\", known_hosts: "
    "keys/known_hosts, tags: [prod]}\n"
    "  ws-07:  {address: 10.77.0.17, os: windows, via: winrm, user: soar, password: "
    "\"vault:secret/ws#password\"}\n"
    "directories:\n"
    "  corp-ad: {kind: active_directory, url: \"ldaps://dc1.corp.example\", ca: "
    "keys/ca.pem, bind_dn: \"soar@corp.example\", "
    "password: \"env:AD_PW\", base: \"dc=corp,dc=example\"}\n"
    "services:\n"
    "  defender: {kind: defender, url: \"https://api.example\", rate: 90/m,\n"
    "             auth: {oauth2: {token: \"https://l.example\", client: x, secret: \"file:keys/mde\"}}}\n"
    "  vault: {kind: vault, url: \"https://vault.example\"}\n"
    "management: [10.77.0.1]\n";

static void a_whole_inventory_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(load(arena, whole, NULL, &site), "");
    assert_int_equal(site->host_count, 2);
    const struct site_host *web = &site->hosts[0];
    assert_string_equal(web->key, "host:web-01");
    assert_string_equal(web->os, "linux");
    assert_string_equal(web->user, "root");
    assert_false(web->sudo);
    assert_true(strncmp(web->secret_key, "file:/tmp/soar-site-", 20) == 0);
    assert_non_null(strstr(web->secret_key, "/keys/id_ed25519"));
    assert_true(web->known_hosts[0] == '/');
    assert_int_equal(web->tag_count, 1);
    assert_int_equal(web->line, 2);
    assert_string_equal(site->hosts[1].secret_password, "vault:secret/ws#password");
    assert_true(site->hosts[1].sudo);
    assert_string_equal(site->directories[0].kind, "active_directory");
    assert_true(value_get_string(&site->directories[0].entry, "ca", "")[0] == '/');
    assert_string_equal(value_get_string(&site->directories[0].entry, "password", ""), "env:AD_PW");
    const char *secret = site->services[0].service->secrets[0].reference;
    assert_non_null(strstr(secret, "/keys/mde"));
    assert_true(secret[5] == '/');
    assert_string_equal(site->management[0], "10.77.0.1");
    assert_int_equal(strlen(site->inventory_digest), 64);
    assert_string_equal(site->config_digest, "");
}

struct slip {
    const char *text;
    const char *lines;
};

static const struct slip slips[] = {
    {"hosts: {a: {}}\n", "inventory.yaml:1:12: error: a host needs the key 'os': linux, windows or macos\n"},
    {"hosts: {a: {os: linx}}\n", "inventory.yaml:1:17: error: 'os': expected linux, windows or macos, found "
                                 "'linx' (did you mean 'linux'?)\n"},
    {"hosts: {a: {os: linux, adress: x}}\n",
     "inventory.yaml:1:24: error: unknown key 'adress' in a host (did you mean 'address'?)\n"},
    {"hosts: {a: {os: linux, address: 010.0.0.1}}\n",
     "inventory.yaml:1:33: error: 'address': expected a host's name or an address, found '010.0.0.1'\n"},
    {"hosts: {'a b': {os: linux}}\n",
     "inventory.yaml:1:9: error: the host's name: expected a host's name or an address, found 'a b'\n"},
    {"hosts: {a: {os: linux, port: 70000}}\n",
     "inventory.yaml:1:30: error: 'port': expected a whole number from 1 to 65535, found '70000'\n"},
    {"hosts: {a: {os: linux, password: \"env:A\"}}\n",
     "inventory.yaml:1:34: error: 'password': an SSH host would be sent it, and may use it elsewhere; log in "
     "by "
     "`key` or `certificate_authority`\n"},
    {"hosts: {a: {os: linux, certificate_authority: \"env:A\", key: \"env:B\"}}\n",
     "inventory.yaml:1:47: error: 'certificate_authority' is in the place of `key`: one of the two\n"},
    {"hosts: {a: {os: windows, certificate_authority: \"env:A\"}}\n",
     "inventory.yaml:1:49: error: 'certificate_authority' is for hosts that are reached by ssh\n"},
    {"hosts: {a: {os: windows, password: hunter2}}\n",
     "inventory.yaml:1:36: error: 'password': expected a reference to a secret (env:NAME, file:PATH, "
     "credential:NAME or vault:MOUNT/PATH#FIELD), not "
     "the secret itself\n"},
    {"hosts: {a: {os: linux, sudo: maybe}}\n",
     "inventory.yaml:1:30: error: 'sudo': expected true or false, found a text\n"},
    {"hosts: {a: {os: linux, management: [gateway]}}\n",
     "inventory.yaml:1:37: error: 'management': expected an address, found 'gateway'\n"},
    {"hosts: {a: {os: linux, also: ['x y']}}\n",
     "inventory.yaml:1:31: error: 'also': expected a host's name or an address, found 'x y'\n"},
    {"hosts:\n  web-01: {os: linux}\n  WEB-01.: {os: linux}\n",
     "inventory.yaml:3:3: error: host 'WEB-01.' stands twice; the first is on line 2\n"},
    {"hosts: [web-01]\n",
     "inventory.yaml:1:8: error: 'hosts': expected a map of names, each a host, found a list\n"},
    {"host: {}\n", "inventory.yaml:1:1: error: unknown key 'host' in an inventory (did you mean 'hosts'?)\n"},
    {"directories: {ad: {kind: x}}\n",
     "inventory.yaml:1:19: error: a directory needs the key 'url': ldaps://HOST\n"},
    {"directories: {ad: {kind: x, url: y, password: hunter2}}\n",
     "inventory.yaml:1:47: error: 'password': expected a reference to a secret (env:NAME, file:PATH, "
     "credential:NAME or vault:MOUNT/PATH#FIELD), not "
     "the secret itself\n"},
    {"hosts:\n  a: {os: linux, address: 10.0.0.1}\n  b: {os: linux, address: '::ffff:10.0.0.1'}\n",
     "inventory.yaml:2:27: warning: another host has the address 10.0.0.1, too: an alert that names it alone "
     "is refused\n"
     "inventory.yaml:3:27: warning: another host has the address ::ffff:10.0.0.1, too: an alert that names "
     "it alone is "
     "refused\n"},
};

static void each_mistake_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        assert_string_equal(load(arena, slips[i].text, NULL, &site), slips[i].lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_inventory_is_read),
        cmocka_unit_test(each_mistake_has_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
