/* Property: a repository is taken only with a URL that says in one way who is asked, a ref and a folder that
 * are names, and, over ssh, with known_hosts; what the URL says is taken apart as it stands. Method: tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "connectors/git/source.h"

static int parse(struct arena *arena, const char *url, const char *ref, const char *path,
                 struct source_peer *ret)
{
    struct value_builder peer;
    value_build(&peer, arena);
    value_put_text(&peer, "name", value_static("soc"));
    value_put_text(&peer, "url", value_static(url));
    value_put_text(&peer, "ref", value_static(ref));
    value_put_text(&peer, "path", value_static(path));
    value_put_text(&peer, "store", value_static("/var/lib/soar/git/soc"));
    value_put_text(&peer, "known_hosts", value_static("x"));
    struct value map = value_end_map(&peer);
    struct soar_err err;
    return source_peer_parse(arena, &map, ret, &err);
}

static void good_urls(void **state)
{
    static const struct {
        const char *url, *asked, *host, *port, *user;
        bool ssh;
    } cases[] = {
        {"https://git.corp/soc/playbooks", "https://git.corp/soc/playbooks", "git.corp", "443", "git", false},
        {"https://git.corp:8443/a.git", "https://git.corp:8443/a.git", "git.corp", "8443", "git", false},
        {"ssh://soar@git.corp:2222/a", "ssh://git.corp:2222/a", "git.corp", "2222", "soar", true},
        {"ssh://git.corp/~soc/a", "ssh://git.corp/~soc/a", "git.corp", "22", "git", true},
        {"ssh://[fd00::5]:22/a", "ssh://[fd00::5]:22/a", "fd00::5", "22", "git", true},
        {"http://127.0.0.1:80/a", "http://127.0.0.1:80/a", "127.0.0.1", "80", "git", false},
        {"http://localhost/a", "http://localhost/a", "localhost", "80", "git", false},
    };
    ARENA_SCOPED arena = arena_new();
    struct source_peer peer;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse(arena, cases[i].url, "main", "", &peer), 0);
        assert_string_equal(peer.url, cases[i].asked);
        assert_string_equal(peer.host, cases[i].host);
        assert_string_equal(peer.port, cases[i].port);
        assert_string_equal(peer.user, cases[i].user);
        assert_int_equal(peer.ssh, cases[i].ssh);
    }
}

static void bad_urls(void **state)
{
    static const char *const urls[] = {
        "http://git.corp/a",
        "git://git.corp/a",
        "file:///etc",
        "/srv/git/a",
        "git@git.corp:a",
        "https://u:p@git.corp/a",
        "https://u@git.corp/a",
        "https://git.corp",
        "https:///a",
        "https://a b/c",
        "https://git.corp/a b",
        "https://git.corp/a?x=1",
        "https://git.corp:x/a",
        "https://git.corp:/a",
        "ssh://[fd00::5/a",
        "ssh://-oProxyCommand=x@h/a",
        "ssh://h/a';x",
        "https://git.corp@evil.example/a",
        "http://127.0.0.1.evil.example/a",
        "https://git.corp:123456/a",
        "ssh://u:p@h/a",
    };
    ARENA_SCOPED arena = arena_new();
    struct source_peer peer;
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (parse(arena, urls[i], "main", "", &peer) == 0)
            fail_msg("taken: %s", urls[i]);
}

static void refs_and_folders(void **state)
{
    static const char *const refs[] = {"", "-x", "a b", "+main", "a..b", "a:b", "main^", "a\n", "*"};
    static const char *const paths[] = {"..", "a/../b", "/a", "a//b", ".git", "a/.GIT/b", "a\nb", "."};
    ARENA_SCOPED arena = arena_new();
    struct source_peer peer;
    (void)state;
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
        assert_int_equal(parse(arena, "https://h/a", refs[i], "", &peer), -1);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (parse(arena, "https://h/a", "main", paths[i], &peer) == 0)
            fail_msg("taken: %s", paths[i]);
    assert_int_equal(parse(arena, "https://h/a", "refs/heads/x-1.0_y", "a/b.c/", &peer), 0);
    assert_string_equal(peer.path, "a/b.c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good_urls), cmocka_unit_test(bad_urls),
                                       cmocka_unit_test(refs_and_folders)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
