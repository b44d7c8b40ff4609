/* Property: a generated password has the length that was asked for and all four kinds of characters, is never
 * the same twice, and in the form for Active Directory is the quoted text in UTF-16LE; a wiped one is gone.
 * Method: a few thousand of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/worker/generate.h"

static void has_all_kinds(const char *text, size_t len)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < len; i++)
        kinds |= isupper((unsigned char)text[i])    ? 1
                 : islower((unsigned char)text[i])  ? 2
                 : isdigit((unsigned char)text[i])  ? 4
                 : text[i] == '-' || text[i] == '!' ? 8
                                                    : 16;
    assert_int_equal(kinds, 15);
}

static void plain_ones(void **state)
{
    (void)state;
    struct generated before = {0}, now;
    for (int i = 0; i < 2000; i++) {
        size_t length = 16 + (size_t)i % 113;
        assert_int_equal(worker_generate(length, false, &now, NULL), 0);
        assert_int_equal(now.len, length);
        has_all_kinds(now.bytes, now.len);
        assert_true(memcmp(now.bytes, before.bytes, 16) != 0);
        before = now;
    }
    worker_generate_wipe(&now);
    static const struct generated nothing;
    assert_memory_equal(&now, &nothing, sizeof now);
}

static void for_active_directory(void **state)
{
    (void)state;
    struct generated one;
    for (int i = 0; i < 500; i++) {
        char text[GENERATED_LENGTH_MAX];
        assert_int_equal(worker_generate(40, true, &one, NULL), 0);
        assert_int_equal(one.len, 84);
        for (size_t k = 0; k < 42; k++)
            assert_int_equal(one.bytes[2 * k + 1], 0);
        assert_int_equal(one.bytes[0], '"');
        assert_int_equal(one.bytes[82], '"');
        for (size_t k = 0; k < 40; k++)
            text[k] = one.bytes[2 * k + 2];
        has_all_kinds(text, 40);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain_ones), cmocka_unit_test(for_active_directory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
