/* Property: a machine is found by any spelling of its name, whole name, address and further ones; a spelling
 * of two machines, or of a domain the inventory doesn't know, finds none. Method: one inventory, a table of
 * spellings. */
#include "tests/engine/site/loading.h"

static const char inventory[] =
    "hosts:\n"
    "  Web-01: {address: 10.77.0.11, os: linux, fqdn: web-01.corp.example, tags: [prod, web]}\n"
    "  ws-07: {address: 10.77.0.17, os: windows, also: [ws7.old.example, 'fd77::17', 10.9.0.7]}\n"
    "  db.lyon.example: {address: 10.77.0.21, os: linux, port: 2222}\n"
    "  db2: {address: 10.77.0.23, os: linux}\n"
    "  db2.lyon.example: {address: 10.77.0.24, os: linux}\n"
    "  db.berlin.example: {address: 10.77.0.22, os: macos}\n"
    "  twin-a: {address: 10.77.0.30, os: linux}\n"
    "  twin-b: {address: 10.77.0.30, os: linux}\n"
    "  '1234': {address: 10.77.0.40, os: linux}\n"
    "  b\u00fccher: {address: 10.77.0.50, os: linux}\n";

struct spot {
    const char *spelling;
    const char *name; /* NULL: none; "2": many */
};

static const struct spot spots[] = {
    {"web-01", "Web-01"},
    {"WEB-01.", "Web-01"},
    {"web-01.corp.example", "Web-01"},
    {"web-01.evil.example", NULL},
    {"10.77.0.11", "Web-01"},
    {"::ffff:10.77.0.11", "Web-01"},
    {"172818443", "Web-01"},
    {"0x0a4d000b", "Web-01"},
    {"010.77.0.11", NULL},
    {"fd77:0::17", "ws-07"},
    {"ws7", "ws-07"},
    {"WS7.OLD.example.", "ws-07"},
    {"10.9.0.7", "ws-07"},
    {"db", "2"},
    {"db.lyon.example", "db.lyon.example"},
    {"db2", "db2"},
    {"db2.lyon.example", "db2.lyon.example"},
    {"10.77.0.30", "2"},
    {"twin-a", "twin-a"},
    {"1234", "1234"},
    {"B\u00dcCHER", "b\u00fccher"},
    {"xn--bcher-kva", "b\u00fccher"},
    {"", NULL},
    {"nobody", NULL},
};

static void find_all(const struct site *site)
{
    for (size_t i = 0; i < sizeof spots / sizeof spots[0]; i++) {
        bool many = false;
        const struct site_host *host = site_find_host(site, spots[i].spelling, &many);
        const char *found = many ? "2" : host == NULL ? NULL : host->name;
        if ((found == NULL) != (spots[i].name == NULL) ||
            (found != NULL && strcmp(found, spots[i].name) != 0)) {
            fail_msg("'%s' finds %s", spots[i].spelling, found == NULL ? "none" : found);
        }
    }
}

static void machines_are_found_by_any_spelling(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    load(arena, inventory, NULL, &site);
    assert_non_null(site);
    find_all(site);
    struct site without = *site;
    without.index = NULL;
    find_all(&without);
    assert_null(site_find_host(site, "db", NULL));
}

static void expressions_see_a_host(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    load(arena, inventory, NULL, &site);
    struct value web = site_host_value(arena, site_find_host(site, "web-01", NULL));
    assert_string_equal(
        json_text(arena, &web),
        "{\"key\":\"host:web-01\",\"name\":\"Web-01\",\"fqdn\":\"web-01.corp.example\",\"os\":\"linux\","
        "\"address\":\"10.77.0.11\",\"port\":22,\"via\":\"ssh\",\"qmp\":false,\"tags\":[\"prod\",\"web\"]}");
    struct value ws = site_host_value(arena, site_find_host(site, "ws-07", NULL));
    assert_int_equal(value_get_int(&ws, "port", 0), 5986);
    assert_null(value_get(&ws, "fqdn"));
    struct value db = site_host_value(arena, site_find_host(site, "db.lyon.example", NULL));
    assert_int_equal(value_get_int(&db, "port", 0), 2222);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_are_found_by_any_spelling),
        cmocka_unit_test(expressions_see_a_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
