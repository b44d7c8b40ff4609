/* Property: a token is header, claims and a signature that the public key verifies; a key that can't be used
 * is refused without a word of it. Method: keys made here; tokens taken apart and verified; each way in which
 * a key can be wrong. sign_judge_test.py has another library judge tokens. */
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/http/jwt.h"
#include "engine/base/json.h"

static EVP_PKEY *rsa, *small, *ec, *ec384;

static int make_keys(void **state)
{
    (void)state;
    rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    small = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    ec = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    ec384 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    return !(rsa && small && ec && ec384);
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(small);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(ec384);
    return 0;
}

static char *pem_of(EVP_PKEY *key, const char *passphrase)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *text;
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(out, key, passphrase ? EVP_aes_128_cbc() : NULL,
                                                   passphrase, passphrase ? (int)strlen(passphrase) : 0, NULL,
                                                   NULL),
                     1);
    long len = BIO_get_mem_data(out, &text);
    char *pem = strndup(text, (size_t)len);
    BIO_free(out);
    return pem;
}

static size_t decode(const char *text, size_t len, unsigned char *out)
{
    char padded[8192];
    assert_true(len + 4 < sizeof padded);
    for (size_t i = 0; i < len; i++)
        padded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    size_t whole = len;
    while (whole % 4)
        padded[whole++] = '=';
    int got = EVP_DecodeBlock(out, (unsigned char *)padded, (int)whole);
    assert_true(got >= 0);
    return (size_t)got - (whole - len);
}

static bool verifies(const char *token, EVP_PKEY *key)
{
    const char *last = strrchr(token, '.');
    unsigned char signature[4096], der[256], *at = der;
    size_t len = decode(last + 1, strlen(last + 1), signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (key == ec) {
        assert_int_equal(len, 64);
        ECDSA_SIG *both = ECDSA_SIG_new();
        ECDSA_SIG_set0(both, BN_bin2bn(signature, 32, NULL), BN_bin2bn(signature + 32, 32, NULL));
        len = (size_t)i2d_ECDSA_SIG(both, &at);
        memcpy(signature, der, len);
        ECDSA_SIG_free(both);
    }
    bool good =
        EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
        EVP_DigestVerify(context, signature, len, (const unsigned char *)token, (size_t)(last - token)) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static struct value claims(struct arena *arena)
{
    struct value_builder all;
    value_build(&all, arena);
    value_put_text(&all, "iss", value_static("soar@proj.example"));
    value_put_text(&all, "exp", value_int(1440938160));
    return value_end_map(&all);
}

static void signs(EVP_PKEY *key, const char *algorithm)
{
    ARENA_SCOPED arena = arena_new();
    struct value_builder head;
    struct value body = claims(arena), parsed;
    struct soar_err err = {0};
    char *pem = pem_of(key, NULL);
    value_build(&head, arena);
    value_put_text(&head, "kid", value_static("k1"));
    struct value extra = value_end_map(&head);
    for (int i = 0; i < 40; i++) { /* every 256th number of a signature begins with a zero byte */
        BUF_SCOPED token;
        buf_init(&token, 0);
        assert_int_equal(jwt_sign(algorithm, pem, strlen(pem), &extra, &body, &token, &err), 0);
        assert_true(verifies(token.data, key));
        assert_null(strpbrk(token.data, "+/="));
        unsigned char text[512];
        size_t len = decode(token.data, strcspn(token.data, "."), text);
        assert_int_equal(json_parse(arena, (char *)text, len, &parsed, &err), 0);
        assert_string_equal(value_get_string(&parsed, "alg", ""), algorithm);
        assert_string_equal(value_get_string(&parsed, "typ", ""), "JWT");
        assert_string_equal(value_get_string(&parsed, "kid", ""), "k1");
        const char *second = strchr(token.data, '.') + 1;
        len = decode(second, strcspn(second, "."), text);
        assert_int_equal(json_parse(arena, (char *)text, len, &parsed, &err), 0);
        assert_true(value_equal(&parsed, &body));
        token.data[5] ^= 1;
        assert_false(verifies(token.data, key));
    }
    free(pem);
}

static void by_rsa(void **state)
{
    (void)state;
    signs(rsa, "RS256");
}

static void by_ec(void **state)
{
    (void)state;
    signs(ec, "ES256");
}

/* As Google hands it out: the PEM among other members. */
static void from_a_key_file(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value_builder file;
    struct value body = claims(arena);
    struct soar_err err = {0};
    char *pem = pem_of(rsa, NULL);
    value_build(&file, arena);
    value_put_text(&file, "type", value_static("service_account"));
    value_put_text(&file, "private_key", value_static(pem));
    struct value map = value_end_map(&file);
    const char *text = json_text(arena, &map);
    BUF_SCOPED token;
    buf_init(&token, 0);
    assert_int_equal(jwt_sign("RS256", text, strlen(text), NULL, &body, &token, &err), 0);
    assert_true(verifies(token.data, rsa));
    free(pem);
}

static void refused(const char *algorithm, const char *key, const char *why)
{
    ARENA_SCOPED arena = arena_new();
    struct value body = claims(arena);
    struct soar_err err = {0};
    BUF_SCOPED token;
    buf_init(&token, 0);
    assert_int_equal(jwt_sign(algorithm, key, strlen(key), NULL, &body, &token, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_non_null(strstr(err.text, why));
    assert_int_equal(token.len, 0);
    assert_null(strstr(err.text, "MII"));
}

static void bad_keys(void **state)
{
    (void)state;
    char *pem = pem_of(rsa, NULL), *locked = pem_of(rsa, "canary"), *weak = pem_of(small, NULL),
         *curve = pem_of(ec, NULL), *other = pem_of(ec384, NULL);
    refused("RS256", locked, "passphrase");
    refused("RS256", weak, "2048");
    refused("RS256", curve, "RSA");
    refused("ES256", pem, "P-256");
    refused("ES256", other, "P-256");
    refused("none", pem, "neither");
    refused("HS256", pem, "neither");
    refused("RS256", "", "PEM");
    refused("RS256", "hunter2", "PEM");
    refused("RS256", "{\"private_key\": 7}", "without a private_key");
    refused("RS256", "{\"private_key\": \"MIIhunter2", "without a private_key");
    refused("RS256", "{\"private_key\": \"MIIhunter2\"}", "PEM");
    pem[strlen(pem) / 2] = '!';
    refused("RS256", pem, "PEM");
    free(pem);
    free(locked);
    free(weak);
    free(curve);
    free(other);
}

static void thumbprints(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char plain[] = "fb00000000000000000000000000000000000000000000000000000000000aff";
    static const char colons[] =
        "FB:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
        "00:00:00:00:0A:FF";
    static const char made[] = "-wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACv8";
    assert_string_equal(jwt_thumbprint(arena, plain), made);
    assert_string_equal(jwt_thumbprint(arena, colons), made);
    assert_null(jwt_thumbprint(arena, ""));
    assert_null(jwt_thumbprint(arena, plain + 2));
    assert_null(
        jwt_thumbprint(arena, "fb000000000000000000000000000000000000000000000000000000000000000aff"));
    assert_null(jwt_thumbprint(arena, "zb00000000000000000000000000000000000000000000000000000000000aff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_rsa),   cmocka_unit_test(by_ec),       cmocka_unit_test(from_a_key_file),
        cmocka_unit_test(bad_keys), cmocka_unit_test(thumbprints),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
