/* Property: soard listens without TLS on loopback alone; an address is digits and a port; what isn't said has
 * its default. Method: addresses on both sides of the border, each mistake with its place. */
#include "tests/engine/site/loading.h"

struct slip {
    const char *text;
    const char *lines;
};

static const struct slip slips[] = {
    {"listen: {address: \"127.0.0.1:8443\"}\n", ""},
    {"listen: {address: \"127.9.9.9:0\"}\n", ""},
    {"listen: {address: \"[::1]:8443\"}\n", ""},
    {"listen: {address: \"10.0.0.1:8443\", tls: {cert: c, key: \"credential:tls\"}}\n", ""},
    {"listen: {address: \"0.0.0.0:8443\"}\n", "soard.yaml:1:19: error: 'address': 0.0.0.0:8443 is no "
                                              "loopback address, so 'listen' needs 'tls': {cert, "
                                              "key}\n"},
    {"listen: {address: \"[::]:8443\"}\n",
     "soard.yaml:1:19: error: 'address': [::]:8443 is no loopback address, so 'listen' needs 'tls': {cert, "
     "key}\n"},
    {"listen: {address: \"[::ffff:127.0.0.1]:8443\"}\n",
     "soard.yaml:1:19: error: 'address': [::ffff:127.0.0.1]:8443 is no loopback address, so 'listen' needs "
     "'tls': {cert, key}\n"},
    {"listen: {address: \"10.0.0.1:1\", tls: {cert: c}}\n",
     "soard.yaml:1:38: error: 'tls' needs the key 'key': file of its key, or a reference: credential:NAME\n"},
    {"listen: {address: \"127.0.0.1:1\", tls: {cert: c, key: \"-----BEGIN PRIVATE KEY-----\"}}\n",
     "soard.yaml:1:54: error: 'key': expected a file or a reference to the key, not the key itself\n"},
    {"listen: {address: \"127.0.0.1:1\", proxies: [10.0.0.0/33]}\n",
     "soard.yaml:1:44: error: 'proxies': expected an address or a prefix like 10.0.0.0/24, found "
     "'10.0.0.0/33'\n"},
    {"listen: {address: \"127.0.0.1:1\", limits: {connections: 0}}\n",
     "soard.yaml:1:56: error: 'connections': expected a whole number from 1 to 100000, found '0'\n"},
    {"listen: {tls: {}}\n",
     "soard.yaml:1:9: error: 'listen' needs the key 'address': ADDRESS:PORT\n"
     "soard.yaml:1:15: error: 'tls' needs the key 'cert': file of the certificate and what it is signed by\n"
     "soard.yaml:1:15: error: 'tls' needs the key 'key': file of its key, or a reference: credential:NAME\n"},
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

static void what_is_no_address(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "8443",      "127.0.0.1", "127.0.0.1:",      "127.0.0.1:65536",   "127.0.0.1:+1",
        "127.1:80",  "::1:8443",  "[::1]",           "[127.0.0.1]:1",     "localhost:8443",
        "[::1]8443", "[::1:80",   "127.0.0.1:8443 ", "[fe80::1%eth0]:80", "127.0.0.1:000080"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        const char *text = arena_printf(arena, "listen: {address: \"%s\"}\n", bad[i]);
        const char *lines = load(arena, NULL, text, &site);
        assert_non_null(strstr(lines, "soard.yaml:1:19: error: 'address': expected an address and a port"));
    }
}

static void defaults_and_paths(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(load(arena, NULL,
                             "listen: {address: \"[::1]:8443\", tls: {cert: keys/c, key: keys/k, client_ca: "
                             "/ca}, limits: {idle: 5s}, proxies: [10.0.0.0/8, \"::1\"]}\n",
                             &site),
                        "");
    const struct site_listen *listen = site->listen;
    assert_string_equal(listen->address, "[::1]:8443");
    assert_true(listen->tls_cert[0] == '/');
    assert_true(strncmp(listen->tls_key, "file:/", 6) == 0);
    assert_non_null(strstr(listen->tls_key, "/keys/k"));
    assert_string_equal(listen->tls_client_ca, "/ca");
    assert_int_equal(listen->connections, 1024);
    assert_int_equal(listen->per_address, 256);
    assert_int_equal(listen->header_ms, 10000);
    assert_int_equal(listen->body_ms, 30000);
    assert_int_equal(listen->idle_ms, 5000);
    assert_int_equal(listen->proxy_count, 2);
    assert_false(listen->open_metrics);
    assert_string_equal(load(arena, NULL, "state: /x\n", &site), "");
    assert_null(site->listen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_has_its_place),
        cmocka_unit_test(what_is_no_address),
        cmocka_unit_test(defaults_and_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
