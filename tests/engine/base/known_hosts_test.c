/* Property: a key is known by a line with its host, its port and its type, plain or hashed, and by nothing
 * else; a revoked one is told. Method: a table of lines, the hashed one by ssh-keygen -H. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine/base/known_hosts.h"

#define KEY   "AAAAC3NzaC1lZDI1NTE5AAAAIGPkj1g2tmbkqhqfVYk0m0WPkcMYVnm6kGx0QKqBs7tt"
#define OTHER "AAAAC3NzaC1lZDI1NTE5AAAAIGPkj1g2tmbkqhqfVYk0m0WPkcMYVnm6kGx0QKqBs7tu"

static void lines(void **state)
{
    static const struct {
        const char *text, *host, *port;
        enum known_found found;
    } cases[] = {
        {"git.corp ssh-ed25519 " KEY "\n", "git.corp", "22", KNOWN_SAME},
        {"git.corp ssh-ed25519 " KEY " comment", "GIT.corp", "22", KNOWN_SAME},
        {"a,git.corp,b ssh-ed25519 " KEY, "git.corp", "22", KNOWN_SAME},
        {"git.corp ssh-ed25519 " OTHER "\n", "git.corp", "22", KNOWN_OTHER},
        {"git.corp ssh-ed25519 " OTHER "\ngit.corp ssh-ed25519 " KEY, "git.corp", "22", KNOWN_SAME},
        {"git.corp ssh-ed25519 " KEY, "git.corp", "2222", KNOWN_NONE},
        {"[git.corp]:2222 ssh-ed25519 " KEY, "git.corp", "2222", KNOWN_SAME},
        {"[git.corp]:2222 ssh-ed25519 " KEY, "git.corp", "22", KNOWN_NONE},
        {"git.corp ssh-rsa " KEY, "git.corp", "22", KNOWN_NONE},
        {"*.corp ssh-ed25519 " KEY, "git.corp", "22", KNOWN_NONE},
        {"@cert-authority git.corp ssh-ed25519 " KEY, "git.corp", "22", KNOWN_NONE},
        {"@revoked git.corp ssh-ed25519 " KEY, "git.corp", "22", KNOWN_NONE},
        {"# git.corp ssh-ed25519 " KEY, "git.corp", "22", KNOWN_NONE},
        {"git.corp ssh-ed25519\n", "git.corp", "22", KNOWN_NONE},
        {"", "git.corp", "22", KNOWN_NONE},
        {"|1|bm8=|bm8= ssh-ed25519 " KEY, "git.corp", "22", KNOWN_NONE},
        {"|1| ssh-ed25519 " KEY, "git.corp", "22", KNOWN_NONE},
    };
    struct known_key other;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (known_hosts_look(cases[i].text, cases[i].host, cases[i].port, "ssh-ed25519", KEY, &other) !=
            cases[i].found)
            fail_msg("case %zu: %s", i, cases[i].text);
}

static void revoked(void **state)
{
    (void)state;
    assert_true(known_hosts_revoked("a ssh-ed25519 x\n@revoked * ssh-ed25519 " KEY, KEY));
    assert_false(known_hosts_revoked("@revoked * ssh-ed25519 " OTHER "\na ssh-ed25519 " KEY, KEY));
}

static void fingerprint(void **state)
{
    char shown[KNOWN_FINGERPRINT_BYTES];
    (void)state;
    known_hosts_fingerprint((struct known_key){"aGk=", 4}, shown); /* of "hi" */
    assert_string_equal(shown, "SHA256:j0NDRmSPa5bfid2pAcUXaxCm2Dlh3TwayItZstwyeqQ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(revoked),
                                       cmocka_unit_test(fingerprint)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
