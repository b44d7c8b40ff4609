/* Property: a repository of playbooks is read with its defaults and with paths beside the configuration; each
 * mistake that would let a stranger's playbooks in, or never any, has its place. Method: configurations. */
#include "tests/engine/site/loading.h"

static void defaults(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(
        load(arena, NULL,
             "playbooks:\n  - dir: here\n"
             "  - {git: \"https://git.corp/soc/playbooks.git\", ca: ca.pem, token: \"file:t\"}\n"
             "  - {git: \"ssh://soar@git.corp:2222/a\", name: b, ref: v1, path: p/q, every: 10s, "
             "deadline: 2m, promote: person, user: x, key: \"env:K\", known_hosts: /etc/kh}\n",
             &site),
        "");
    assert_int_equal(site->playbook_dir_count, 1);
    assert_int_equal(site->source_count, 2);
    const struct site_source *one = site_find_source(site, "playbooks"), *two = site_find_source(site, "b");
    assert_non_null(one);
    assert_string_equal(one->ref, "main");
    assert_string_equal(one->path, "");
    assert_int_equal(one->every_ms, 300000);
    assert_int_equal(one->deadline_ms, 30000);
    assert_true(one->by_person); /* nobody signs */
    assert_true(one->ca[0] == '/' && strstr(one->ca, "/ca.pem"));
    assert_true(strncmp(one->secret_token, "file:/", 6) == 0);
    assert_non_null(two);
    assert_string_equal(two->ref, "v1");
    assert_string_equal(two->path, "p/q");
    assert_int_equal(two->every_ms, 10000);
    assert_int_equal(two->deadline_ms, 120000);
    assert_string_equal(two->known_hosts, "/etc/kh");
    assert_null(site_find_source(site, "c"));
}

static void who_promotes(void **state)
{
    static const char key[] =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPkj1g2tmbkqhqfVYk0m0WPkcMYVnm6kGx0QKqBs7tt\n";
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    char path[] = "/tmp/soar-signers-XXXXXX", text[256];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(text, sizeof text, "ana@corp %s", key);
    write_file(path, text);
    const char *config = arena_printf(arena,
                                      "playbooks:\n  - {git: \"https://h/a\", signers: %s}\n"
                                      "  - {git: \"https://h/b\", signers: %s, promote: person}\n"
                                      "  - {git: \"https://h/c\", promote: auto}\n",
                                      path, path);
    const char *said = load(arena, NULL, config, &site);
    assert_non_null(strstr(said, "soard.yaml:4:5: warning: 'promote: auto' without 'signers'"));
    assert_false(site->sources[0].by_person);
    assert_string_equal(site->sources[0].signers, text);
    assert_true(site->sources[1].by_person);
    assert_false(site->sources[2].by_person);
    write_file(path, "ana@corp cert-authority ssh-ed25519 AAAA\n");
    assert_non_null(strstr(load(arena, NULL, config, &site), "line 1: cert-authority is not supported"));
    unlink(path);
    assert_non_null(strstr(load(arena, NULL, config, &site), "No such file"));
}

static void mistakes(void **state)
{
    static const struct {
        const char *entry, *said;
    } cases[] = {
        {"{git: \"git@h:a\"}", "1:19: error: 'git': expected https://HOST/PATH"},
        {"{git: \"http://git.corp/a\"}", "expected https://HOST/PATH"},
        {"{git: \"http://127.0.0.1.evil/a\"}", ""}, /* the worker's to refuse: it reads the host itself */
        {"{git: \"https://git.corp\"}", "the URL has no path"},
        {"{git: \"https://u:p@git.corp/a\"}", "who logs in doesn't stand in the URL"},
        {"{git: \"ssh://u:p@git.corp/a\"}", "who logs in doesn't stand in the URL"},
        {"{git: \"ssh://git.corp/a\", key: \"env:K\"}", "needs 'key' and 'known_hosts'"},
        {"{git: \"https://h/a\", token: \"vault:kv/a#b\"}", "can't lie in a vault yet"},
        {"{git: \"https://h/a\", token: s3cret}", "'token'"},
        {"{git: \"https://h/a\", every: 1s}", "'every'"},
        {"{git: \"https://h/a\", promote: never}", "'promote'"},
        {"{git: \"https://h/a\", name: \"a/b\"}", "name: expected letters"},
        {"{git: \"https://h/a b\"}", "name: expected letters"},
        {"{dir: a, ref: main}", "'ref' goes with 'git', not with 'dir'"},
        {"{git: \"https://h/a\"}, {git: \"https://i/a.git\"}", "two repositories are called 'a'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        const char *said = load(arena, NULL, arena_printf(arena, "playbooks: [%s]\n", cases[i].entry), &site);
        if (!strstr(said, cases[i].said) || (cases[i].said[0] && !strstr(said, "error")))
            fail_msg("%s: expected '%s', found '%s'", cases[i].entry, cases[i].said, said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(defaults), cmocka_unit_test(who_promotes),
                                       cmocka_unit_test(mistakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
