/* Property: signatures are the standard's; keys in both forms people have are read, and nothing else is taken
 * for one.
 * Method: vectors of RFC 8032, 7.1; keys that openssl(1) and ssh-keygen(1) wrote, with the public half they
 * printed; each of them cut at every byte and with every byte changed; a key made, written and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ed25519.h"

#define BEGIN(what) "-----BEGIN " what "-----\n"
#define END(what)   "-----END " what "-----\n"

/* Of this test alone. */
static const char ssh_key[] =
    BEGIN("OPENSSH PRIVATE KEY") "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
                                 "QyNTUxOQAAACD42I7o485NuGJXst6kEbzw/1lMm97VzXM8kfqa/ifEUwAAAJAabdT1Gm3U\n"
                                 "9QAAAAtzc2gtZWQyNTUxOQAAACD42I7o485NuGJXst6kEbzw/1lMm97VzXM8kfqa/ifEUw\n"
                                 "AAAEC84/I4wNuunHC4372yUdA6pGgutqHDRkSLIm3Saq+SZ/jYjujjzk24Yley3qQRvPD/\n"
                                 "WUyb3tXNczyR+pr+J8RTAAAACHRlc3Qga2V5AQIDBAU=\n" END("OPENSSH PRIVATE KEY");
static const char ssh_public[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPjYjujjzk24Yley3qQRvPD/WUyb3tXNczyR+pr+J8RT test key";
static const char ssh_locked[] =
    BEGIN("OPENSSH PRIVATE KEY") "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDYxAtBOd\n"
                                 "IihJdKyvhfrrTyAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAICS4oGInz9GgdoUU\n"
                                 "CvPJhSByWTPxIdHC8E9t1dXZnc+JAAAAkE/HfZ6FBgCdxZ5Lkzx3/5WsYdZchBqeyhR0r5\n"
                                 "vRkYgHHzEfIKShvBMwNUuPdGdfQoddfzJvAnx1CNetJd+cVBqsBU4hlZNkUHF0txblMrdo\n"
                                 "WsJ3wRsjDIS6PcmAWyafmS2ez1JC79DTnL2DV3bNIAXiFu7hYevOfa87SV3ARqUWWioRku\n"
                                 "/vhtOY606h1wXGZA==\n" END("OPENSSH PRIVATE KEY");
static const char ssh_other_type[] =
    BEGIN("OPENSSH PRIVATE KEY") "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS\n"
                                 "1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQQNM0JI//oyCgyRnqlu8ZX8LHfJEo8w\n"
                                 "NaGhwYN1XJBwKGXFJe5J8zsXRzRYB/6VmdgMHT6lWKp2MZd2aOgZ4HwEAAAAoC6UvtwulL\n"
                                 "7cAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA0zQkj/+jIKDJGe\n"
                                 "qW7xlfwsd8kSjzA1oaHBg3VckHAoZcUl7knzOxdHNFgH/pWZ2AwdPqVYqnYxl3Zo6BngfA\n"
                                 "QAAAAhAKLSBG/wQqeEfzduFLkT8OG86qpe9AmGTvRGl+u/gCIlAAAAAWUBAgMEBQY=\n" END(
                                     "OPENSSH PRIVATE KEY");
static const char pem_key[] = BEGIN(
    "PRIVATE KEY") "MC4CAQAwBQYDK2VwBCIEIMdgYFy879EKBsfnGRTyAKOYWGi99qP6FnwIZtR0Mwsj\n" END("PRIVATE KEY");
static const char pem_public[] =
    BEGIN("PUBLIC KEY") "MCowBQYDK2VwAyEAdWfHt42MaJk+E/9NjYw1K1t5cKSxP7YE8dJjnVPrFoA=\n" END("PUBLIC KEY");
static const char pem_locked[] =
    BEGIN("ENCRYPTED PRIVATE KEY") "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhWpQ25G+ZmnAICCAAw\n"
                                   "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPba6QE3HTf+9WEbCNLTX90EQPOp\n"
                                   "dJaQuTCWNF0usqNi7te6384R5JpUjjoUp2pgMf72UH0lEeBmbZSVr+vF3VrVebBB\n"
                                   "RhFGwT+GJdRk4aREaTo=\n" END("ENCRYPTED PRIVATE KEY");
static const char pem_other_type[] =
    BEGIN("PRIVATE KEY") "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3Uzl7V2bNV5vr6FC\n"
                         "7o7hK0CS6qsmlP4Dv2CxbnMSzi+hRANCAASF8Gud6JeCwHOCBF0XzT0pVgdO6+Ps\n"
                         "vl9DoIwtHihhIwbocicA3SQeVX0ZUfFuqDtbOw8j47PKbf+tdvnJeHIC\n" END("PRIVATE KEY");

static struct ed25519 *load(const char *text)
{
    struct ed25519 *key = NULL;
    struct soar_err err = {0};
    if (ed25519_load(text, strlen(text), &key, &err))
        fail_msg("%s", err.text);
    return key;
}

static void refused(const char *text, enum soar_class class, const char *why)
{
    struct ed25519 *key = NULL;
    struct soar_err err = {0};
    assert_int_equal(ed25519_load(text, strlen(text), &key, &err), -1);
    assert_null(key);
    assert_int_equal(err.class, class);
    assert_non_null(strstr(err.text, why));
}

static void unhex(const char *hex, uint8_t *ret_bytes)
{
    for (size_t i = 0; hex[2 * i]; i++)
        assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &ret_bytes[i]), 1);
}

/* RFC 8032, 7.1, tests 1 and 3; the private keys as PKCS#8. */
static void signatures_are_the_standards(void **state)
{
    (void)state;
    static const struct {
        const char *key, *message, *public, *signature;
    } vectors[] = {
        {"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g", "",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25"
         "bf"
         "5f0595bbe24655141438e7a100b"},
        {"MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3", "af82",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7"
         "c1"
         "5e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char pem[256];
        uint8_t public[ED25519_PUBLIC_BYTES], wanted[ED25519_SIGNATURE_BYTES], found[ED25519_SIGNATURE_BYTES];
        uint8_t message[2] = {0};
        size_t len = strlen(vectors[i].message) / 2;
        snprintf(pem, sizeof pem, BEGIN("PRIVATE KEY") "%s\n" END("PRIVATE KEY"), vectors[i].key);
        unhex(vectors[i].public, public);
        unhex(vectors[i].signature, wanted);
        unhex(vectors[i].message, message);
        struct ed25519 *key = load(pem);
        assert_memory_equal(ed25519_public(key), public, sizeof public);
        ed25519_sign(key, message, len, found);
        assert_memory_equal(found, wanted, sizeof wanted);
        assert_true(ed25519_verify(public, message, len, wanted));
        ed25519_free(key);
    }
}

static void another_message_key_or_signature_is_not_signed(void **state)
{
    (void)state;
    struct ed25519 *key = load(pem_key), *other = load(ssh_key);
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    ed25519_sign(key, "message", 7, signature);
    assert_true(ed25519_verify(ed25519_public(key), "message", 7, signature));
    assert_false(ed25519_verify(ed25519_public(key), "massage", 7, signature));
    assert_false(ed25519_verify(ed25519_public(key), "message", 6, signature));
    assert_false(ed25519_verify(ed25519_public(other), "message", 7, signature));
    for (size_t i = 0; i < sizeof signature; i++) {
        signature[i] ^= 1;
        assert_false(ed25519_verify(ed25519_public(key), "message", 7, signature));
        signature[i] ^= 1;
    }
    ed25519_free(key);
    ed25519_free(other);
}

static void both_forms_have_the_public_key_their_tool_printed(void **state)
{
    (void)state;
    struct soar_err err = {0};
    uint8_t public[ED25519_PUBLIC_BYTES];
    BUF_SCOPED text = {0}, line = {0};
    struct ed25519 *pem = load(pem_key), *ssh = load(ssh_key);
    ed25519_public_pem(ed25519_public(pem), &text);
    assert_string_equal(buf_string(&text), pem_public);
    assert_int_equal(ed25519_public_load(pem_public, strlen(pem_public), public, &err), 0);
    assert_memory_equal(public, ed25519_public(pem), sizeof public);
    ed25519_public_ssh(ed25519_public(ssh), "test key", &line);
    assert_string_equal(buf_string(&line), ssh_public);
    ed25519_free(pem);
    ed25519_free(ssh);
}

static void a_key_that_was_made_can_be_read_again(void **state)
{
    (void)state;
    struct soar_err err = {0};
    struct ed25519 *one = NULL, *other = NULL;
    BUF_SCOPED pem = {0};
    assert_int_equal(ed25519_make(&one, &err), 0);
    assert_int_equal(ed25519_make(&other, &err), 0);
    assert_memory_not_equal(ed25519_public(one), ed25519_public(other), ED25519_PUBLIC_BYTES);
    ed25519_free(other);
    ed25519_private_pem(one, &pem);
    other = load(buf_string(&pem));
    assert_memory_equal(ed25519_public(one), ed25519_public(other), ED25519_PUBLIC_BYTES);
    ed25519_free(one);
    ed25519_free(other);
}

static void what_is_no_key_of_ours_is_refused_with_the_reason(void **state)
{
    (void)state;
    struct soar_err err = {0};
    uint8_t public[ED25519_PUBLIC_BYTES];
    refused("", SOAR_INVALID, "no private key");
    refused("ssh-ed25519 AAAA", SOAR_INVALID, "no private key");
    refused(pem_public, SOAR_INVALID, "PUBLIC KEY");
    refused(ssh_locked, SOAR_UNSUPPORTED, "passphrase");
    refused(pem_locked, SOAR_UNSUPPORTED, "passphrase");
    refused(ssh_other_type, SOAR_UNSUPPORTED, "ssh-keygen -t ed25519");
    refused(pem_other_type, SOAR_UNSUPPORTED, "not an Ed25519");
    assert_int_equal(ed25519_public_load(pem_key, strlen(pem_key), public, &err), -1);
    assert_int_equal(ed25519_public_load("", 0, public, &err), -1);
}

/* Cut or changed anywhere, a key is refused or is a whole pair: never half of one, never read beyond its end
 * (which the sanitizers see: each is a block of its own). */
static void a_damaged_key_is_refused_or_a_pair(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < 2 * len; i++) {
        size_t part = i < len ? i : len;
        char *copy = malloc(part + 1);
        struct ed25519 *key = NULL;
        uint8_t signature[ED25519_SIGNATURE_BYTES];
        memcpy(copy, text, part);
        if (i >= len)
            copy[i - len] = copy[i - len] == 'A' ? 'B' : 'A';
        if (ed25519_load(copy, part, &key, NULL) == 0) {
            ed25519_sign(key, "m", 1, signature);
            assert_true(ed25519_verify(ed25519_public(key), "m", 1, signature));
            ed25519_free(key);
        }
        free(copy);
    }
}

static void a_damaged_key_is_no_half_of_one(void **state)
{
    (void)state;
    a_damaged_key_is_refused_or_a_pair(ssh_key);
    a_damaged_key_is_refused_or_a_pair(pem_key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_the_standards),
        cmocka_unit_test(another_message_key_or_signature_is_not_signed),
        cmocka_unit_test(both_forms_have_the_public_key_their_tool_printed),
        cmocka_unit_test(a_key_that_was_made_can_be_read_again),
        cmocka_unit_test(what_is_no_key_of_ours_is_refused_with_the_reason),
        cmocka_unit_test(a_damaged_key_is_no_half_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
