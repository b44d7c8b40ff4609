/* Property: a peer is a socket by its absolute path and perhaps a directory; what is wrong with it is named.
 * Method: each mistake once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/qmp/qmp.h"
#include "engine/base/json.h"

static int parse(struct arena *arena, const char *text, struct qmp_peer *ret_peer, struct soar_err *err)
{
    struct value value;
    assert_int_equal(json_parse(arena, text, strlen(text), &value, err), 0);
    return qmp_peer_parse(arena, &value, ret_peer, err);
}

static void good_ones(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct qmp_peer peer;
    struct soar_err err;
    (void)state;
    assert_int_equal(parse(arena, "{\"name\":\"vm\",\"socket\":\"unix:/run/a\",\"dir\":\"/b\"}", &peer, &err),
                     0);
    assert_string_equal(peer.socket, "/run/a");
    assert_string_equal(peer.dir, "/b");
    assert_int_equal(parse(arena, "{\"name\":\"vm\",\"socket\":\"/run/a\",\"dir\":null}", &peer, &err), 0);
    assert_null(peer.dir);
    assert_int_equal(peer.reserve, 0);
    assert_int_equal(parse(arena, "{\"name\":\"vm\",\"socket\":\"/run/a\",\"reserve\":4096}", &peer, &err),
                     0);
    assert_int_equal(peer.reserve, 4096);
}

static void bad_ones(void **state)
{
    static const struct {
        const char *peer;
        const char *named;
    } bad[] = {{"{\"name\":\"vm\"}", "no monitor"},
               {"{\"socket\":7}", "socket"},
               {"{\"socket\":\"tcp:1.2.3.4\"}", "absolute"},
               {"{\"socket\":\"unix:relative\"}", "absolute"},
               {"{\"socket\":\"/a\\u0000b\"}", "socket"},
               {"{\"socket\":\"/a\",\"dir\":\"b\"}", "dir"},
               {"{\"socket\":\"/a\",\"reserve\":-1}", "reserve"},
               {"{\"socket\":\"/"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
                "107 bytes"}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ARENA_SCOPED arena = arena_new();
        struct qmp_peer peer;
        struct soar_err err = {0};
        if (parse(arena, bad[i].peer, &peer, &err) == 0 || err.class != SOAR_INVALID ||
            !strstr(err.text, bad[i].named))
            fail_msg("%s: %s", bad[i].peer, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good_ones), cmocka_unit_test(bad_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
