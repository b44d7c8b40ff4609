/* Property: a case's inventory is its service, with the stand-in's address wherever the contract says so, and
 * its host; mistakes are told at their places in the contract. Method: the small contract, per host and per
 * user, and one with a mistake in its service. */
#include "tests/engine/rehearse/contracting.h"

static void test_host(void **state)
{
    ARENA_SCOPED arena = arena_new();
    char told[TOLD_BYTES];
    struct contract_site site;
    struct diag_list diags;
    struct site_secret secret;
    struct soar_err err = {0};
    const struct contract *contract =
        contracting(arena, CONTRACT_HEAD CONTRACT_OPERATIONS CONTRACT_CASES, told);

    (void)state;
    diag_init(&diags, arena, "c");
    assert_int_equal(
        contract_site(arena, contract, contract->cases, PER_HOST, "http://127.0.0.1:7", &site, &diags), 0);
    assert_string_equal(site.target, "web-01");
    assert_int_equal(site.site->host_count, 1);
    assert_string_equal(site.site->hosts[0].os, "linux");
    assert_int_equal(site.site->service_count, 1);
    assert_string_equal(site.site->services[0].name, "bell");
    assert_string_equal(site.site->services[0].url, "http://127.0.0.1:7");
    assert_int_equal(site_secret_read(site.site, "text:T", &secret, &err), 0);
    assert_string_equal(secret.bytes, "T");
    site_secret_done(&secret);
}

static void test_name(void **state)
{
    ARENA_SCOPED arena = arena_new();
    char told[TOLD_BYTES];
    struct contract_site site;
    struct diag_list diags;
    const struct contract *contract =
        contracting(arena, CONTRACT_HEAD CONTRACT_OPERATIONS CONTRACT_CASES, told);

    (void)state;
    diag_init(&diags, arena, "c");
    assert_int_equal(
        contract_site(arena, contract, contract->cases, PER_USER, "http://127.0.0.1:7", &site, &diags), 0);
    assert_string_equal(site.target, "web-01");
    assert_int_equal(site.site->host_count, 0);
    assert_int_equal(
        contract_site(arena, contract, contract->cases, PER_ONCE, "http://127.0.0.1:7", &site, &diags), 0);
    assert_null(site.target);
}

static void test_mistakes(void **state)
{
    ARENA_SCOPED arena = arena_new();
    char told[TOLD_BYTES];
    struct contract_site site;
    struct diag_list diags;
    const struct contract *contract = contracting(
        arena,
        "contract: a\ndocuments: []\nprovider: A/b\nservice: {kind: bell, url: \"{{server}}\", nothing: 1}\n"
        "operations: {o: {method: GET, path: /}}\ncases: [{name: a, play: [{o: {}}], expect: {}}]\n",
        told);

    (void)state;
    diag_init(&diags, arena, "c");
    assert_int_equal(
        contract_site(arena, contract, contract->cases, PER_ONCE, "http://127.0.0.1:7", &site, &diags), -1);
    assert_int_equal(diags.first->line, 4);
    diag_init(&diags, arena, "c");
    assert_int_equal(
        contract_site(arena, contract, contract->cases, PER_HOST, "http://127.0.0.1:7", &site, &diags), -1);
    assert_string_equal(diags.first->text, "A is per host: give the case or the contract a `target`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
