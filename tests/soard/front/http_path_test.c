/* Property: a path that any reader would rewrite before comparing it is refused. Method: a table of paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "soard/front/http.h"

static const char *const fine[] = {"/",      "/a",     "/a/",        "/a/b.c", "/a/..b",
                                   "/a/b..", "/a/...", "/caf%C3%A9", "/a;b=c", "/a%3Fb"};
static const char *const bad[] = {"",       "a",      "//",      "//a",   "/a//b",  "/.",
                                  "/..",    "/a/..",  "/a/../b", "/a/.",  "/./a",   "/%2e%2E",
                                  "/a%2fb", "/a%2Fb", "/a%5cb",  "/a\\b", "/a%00",  "/a%0d%0a",
                                  "/a%",    "/a%2",   "/a%zz",   "/a%7f", "/%252e", "/a%20b"};

static void plain_paths_pass_and_others_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        if (!http_path_fine(fine[i]))
            fail_msg("%s is refused", fine[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (http_path_fine(bad[i]))
            fail_msg("%s is let pass", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain_paths_pass_and_others_do_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
