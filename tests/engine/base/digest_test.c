/* Property: the digests are those of the standards, and two lists of pieces never share one.
 * Method: the vectors of FIPS 180-4 and RFC 4231; pieces against the same bytes written out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"

static void assert_sha256(const char *text, const char *hex)
{
    char found[DIGEST_HEX];
    digest_sha256_hex(text, strlen(text), found);
    assert_string_equal(found, hex);
}

static void sha256_is_the_standards(void **state)
{
    (void)state;
    assert_sha256("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char none[DIGEST_HEX];
    digest_sha256_hex(NULL, 0, none);
    assert_string_equal(none, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void assert_hmac(const void *key, size_t key_len, const char *text, const char *hex)
{
    uint8_t digest[DIGEST_BYTES];
    char found[DIGEST_HEX];
    digest_hmac(key, key_len, text, strlen(text), digest);
    digest_hex(digest, found);
    assert_string_equal(found, hex);
}

static void hmac_is_the_standards(void **state)
{
    (void)state;
    char long_key[131];
    memset(long_key, 0xaa, sizeof long_key);
    assert_hmac("Jefe", 4, "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_hmac(long_key, sizeof long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_hmac(NULL, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void digest_pieces(const char *const *pieces, uint8_t ret_digest[DIGEST_BYTES])
{
    struct digest *digest = digest_new();
    for (; *pieces != NULL; pieces++) {
        digest_piece(digest, *pieces, strlen(*pieces));
    }
    digest_end(digest, ret_digest);
}

static void a_piece_is_its_length_and_its_bytes(void **state)
{
    (void)state;
    uint8_t pieces[DIGEST_BYTES], whole[DIGEST_BYTES], raw[DIGEST_BYTES];
    digest_pieces((const char *const[]){"ab", "", "c", NULL}, pieces);
    digest_sha256("\0\0\0\2ab\0\0\0\0\0\0\0\1c", 15, whole);
    assert_memory_equal(pieces, whole, DIGEST_BYTES);
    struct digest *digest = digest_new();
    digest_raw(digest, "ab", 2);
    digest_raw(digest, NULL, 0);
    digest_raw(digest, "c", 1);
    digest_end(digest, raw);
    digest_sha256("abc", 3, whole);
    assert_memory_equal(raw, whole, DIGEST_BYTES);
}

static void other_pieces_are_another_digest(void **state)
{
    (void)state;
    uint8_t one[DIGEST_BYTES], two[DIGEST_BYTES], three[DIGEST_BYTES];
    digest_pieces((const char *const[]){"ab", "c", NULL}, one);
    digest_pieces((const char *const[]){"a", "bc", NULL}, two);
    digest_pieces((const char *const[]){"abc", NULL}, three);
    assert_memory_not_equal(one, two, DIGEST_BYTES);
    assert_memory_not_equal(one, three, DIGEST_BYTES);
}

static void a_long_piece_has_a_long_length(void **state)
{
    (void)state;
    static char bytes[4 + 0x10203] = {0, 1, 2, 3}; /* its own length in front */
    uint8_t piece[DIGEST_BYTES], whole[DIGEST_BYTES];
    struct digest *digest = digest_new();
    digest_piece(digest, bytes + 4, 0x10203);
    digest_end(digest, piece);
    digest_sha256(bytes, sizeof bytes, whole);
    assert_memory_equal(piece, whole, DIGEST_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_the_standards),
        cmocka_unit_test(hmac_is_the_standards),
        cmocka_unit_test(a_piece_is_its_length_and_its_bytes),
        cmocka_unit_test(other_pieces_are_another_digest),
        cmocka_unit_test(a_long_piece_has_a_long_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
