/* Property: a token is 256 bits of chance in letters that survive a header and a shell, never the same twice,
 * and the digest that is printed beside it is its own. Method: many tokens; the digest made again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/verbs/verb.h"

enum { TOKENS = 100, LETTERS = 43 };

static void tokens_are_long_plain_and_new(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct verb_context context = {.arena = arena};
    const char *tokens[TOKENS];
    bool seen[256] = {false};

    (void)state;
    for (int i = 0; i < TOKENS; i++) {
        struct value answer;
        char hex[DIGEST_HEX];
        assert_int_equal(verb_find("token")->fn(&context, &(struct value){.kind = VALUE_NULL}, &answer, NULL),
                         0);
        tokens[i] = value_get_string(&answer, "token", "");
        assert_int_equal(strlen(tokens[i]), 5 + LETTERS);
        assert_memory_equal(tokens[i], "soar_", 5);
        digest_sha256_hex(tokens[i], strlen(tokens[i]), hex);
        assert_string_equal(value_get_string(&answer, "sha256", ""), hex);
        for (const char *c = tokens[i] + 5; *c; c++) {
            assert_true(isalnum((unsigned char)*c));
            seen[(unsigned char)*c] = true;
        }
        for (int j = 0; j < i; j++)
            assert_string_not_equal(tokens[i], tokens[j]);
    }
    for (int c = 0; c < 256; c++)
        assert_int_equal(seen[c], isascii(c) && isalnum(c)); /* 4,300 letters miss one of 62 about never */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tokens_are_long_plain_and_new)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
