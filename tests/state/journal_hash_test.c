/* The two hashes are the format that docs/journal.md describes, byte for byte.
 * Method: an event whose digests were computed by another program (printf and sha256sum) from the description
 * alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "state/journal_hash.h"

static const struct soar_event EVENT = {.run = "R-1",
                                        .n = 12,
                                        .at_ms = 1700000000000,
                                        .kind = "note",
                                        .step = "s",
                                        .item = "",
                                        .target = "host:ü",
                                        .body = "{}"};

static void test_content_and_link(void **state)
{
    (void)state;
    uint8_t before[DIGEST_BYTES] = {0};
    uint8_t content[DIGEST_BYTES];
    uint8_t hash[DIGEST_BYTES];
    char hex[DIGEST_HEX];
    journal_hash_content("c0ffee", 7, &EVENT, content);
    digest_hex(content, hex);
    assert_string_equal(hex, "6c2606053d28c6ec30c5a062da4fd2e38b3a6512abbb5273369b279a09fc0465");
    journal_hash_link(before, content, hash);
    digest_hex(hash, hex);
    assert_string_equal(hex, "fe4bba4468f7e14d777b3e1fcc0465b55e69eb85054ce30b44aab7ccd6e5e680");
}

/* Bytes that move from one field to its neighbour make another content. */
static void test_fields_do_not_run_together(void **state)
{
    (void)state;
    uint8_t one[DIGEST_BYTES];
    uint8_t other[DIGEST_BYTES];
    struct soar_event event = EVENT;
    event.step = "ab";
    event.item = "c";
    journal_hash_content("c", 1, &event, one);
    event.step = "a";
    event.item = "bc";
    journal_hash_content("c", 1, &event, other);
    assert_memory_not_equal(one, other, DIGEST_BYTES);
}

static void test_negative_and_largest_numbers(void **state)
{
    (void)state;
    uint8_t one[DIGEST_BYTES];
    uint8_t other[DIGEST_BYTES];
    struct soar_event event = EVENT;
    event.at_ms = INT64_MIN;
    journal_hash_content("c", INT64_MAX, &event, one);
    event.at_ms = INT64_MAX;
    journal_hash_content("c", INT64_MAX, &event, other);
    assert_memory_not_equal(one, other, DIGEST_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_and_link),
        cmocka_unit_test(test_fields_do_not_run_together),
        cmocka_unit_test(test_negative_and_largest_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
