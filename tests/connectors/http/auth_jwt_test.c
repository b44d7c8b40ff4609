/* Property: what is asked for a token with is the assertion that the entry describes, in the form that its
 * kind of server wants. Method: entries of Google and Entra; the claims are read back from the form; the
 * signature itself is jwt_test.c's. No connection. */
#include <openssl/evp.h>

#include "tests/connectors/http/asking.h"

/* Of nobody: made for this test by `openssl ecparam -name prime256v1 -genkey | openssl pkcs8 -topk8
 * -nocrypt`. */
#define KEY                                                                                                  \
    "-----BEGIN PRIVATE "                                                                                    \
    "KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3cazwTbitQQIpuWC\\nlJzMDR1orA9sjHPUPId/"     \
    "AsuGz0ChRANCAAQBG3Irj8jhKCMGurq5c3wNKsy4g8x0\\nB9DacydKs8p9omP0e+723/"                                  \
    "r90moinJDkDalXgjleacWg6gWXItUYxUjv\\n-----END PRIVATE KEY-----\\n"
#define SECRETS "{\"key\": \"" KEY "\"}"
#define GOOGLE                                                                                               \
    "\"token\": \"https://oauth2.example/token\", \"issuer\": \"soar@proj.example\", \"subject\": "          \
    "\"admin@corp.example\", \"scope\": \"https://www.example/auth/user\", \"algorithm\": \"ES256\""
#define ENTRA                                                                                                \
    "\"token\": \"https://login.example/T/token\", \"issuer\": \"c-1\", \"client\": \"c-1\", \"as\": "       \
    "\"client_assertion\", \"scope\": \"https://graph.example/.default\", \"algorithm\": \"ES256\""

/* A piece of a token as JSON. */
static struct value piece(const struct asking *it, const char *text)
{
    char padded[4096];
    unsigned char out[4096];
    size_t len = strcspn(text, ".&"), whole = len;
    assert_true(len + 4 < sizeof padded);
    for (size_t i = 0; i < len; i++)
        padded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    while (whole % 4)
        padded[whole++] = '=';
    int got = EVP_DecodeBlock(out, (unsigned char *)padded, (int)whole);
    assert_true(got > 0);
    out[(size_t)got - (whole - len)] = '\0';
    return json(it, (char *)out);
}

static void as_google(void **state)
{
    (void)state;
    struct asking it = asking();
    struct value fields = json(&it, "{" GOOGLE ", \"key_id\": \"k-1\", \"life\": 3600000}"),
                 secrets = json(&it, SECRETS);
    static const char begin[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    assert_int_equal(auth_jwt.check(&fields, &it.err), 0);
    assert_int_equal(auth_jwt.ask(&fields, &secrets, &it.request, &it.err), 0);
    assert_string_equal(it.request.origin, "https://oauth2.example");
    assert_string_equal(it.request.path, "/token");
    assert_string_equal(header(&it, "content-type"), "application/x-www-form-urlencoded");
    assert_int_equal(strncmp(it.request.body, begin, strlen(begin)), 0);
    const char *token = it.request.body + strlen(begin);
    assert_true(hides(&it, token));
    struct value head = piece(&it, token), claims = piece(&it, strchr(token, '.') + 1);
    struct value expected_head = json(&it, "{\"alg\": \"ES256\", \"typ\": \"JWT\", \"kid\": \"k-1\"}");
    struct value expected =
        json(&it, "{\"iss\": \"soar@proj.example\", \"sub\": \"admin@corp.example\", \"aud\": "
                  "\"https://oauth2.example/token\", \"scope\": "
                  "\"https://www.example/auth/user\", \"iat\": 1440938130, \"exp\": "
                  "1440941730}");
    assert_true(value_equal(&head, &expected_head));
    assert_true(value_equal(&claims, &expected));
    asked(&it);
}

static void as_entra(void **state)
{
    (void)state;
    struct asking it = asking();
    struct value fields =
                     json(&it, "{" ENTRA ", \"audience\": \"https://login.example/T/v2.0\", \"thumbprint\": "
                               "\"fb00000000000000000000000000000000000000000000000000000000000aff\"}"),
                 secrets = json(&it, SECRETS);
    static const char begin[] =
        "grant_type=client_credentials&client_id=c-1&scope=https%3A%2F%2Fgraph.example%2F.default&"
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&"
        "client_assertion=";
    assert_int_equal(auth_jwt.check(&fields, &it.err), 0);
    assert_int_equal(auth_jwt.ask(&fields, &secrets, &it.request, &it.err), 0);
    assert_int_equal(strncmp(it.request.body, begin, strlen(begin)), 0);
    const char *token = it.request.body + strlen(begin);
    struct value head = piece(&it, token), claims = piece(&it, strchr(token, '.') + 1);
    assert_string_equal(value_get_string(&head, "x5t#S256", ""),
                        "-wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACv8");
    assert_string_equal(value_get_string(&claims, "iss", ""), "c-1");
    assert_string_equal(value_get_string(&claims, "sub", ""), "c-1");
    assert_string_equal(value_get_string(&claims, "aud", ""), "https://login.example/T/v2.0");
    assert_int_equal(value_get_int(&claims, "nbf", 0), 1440938130);
    assert_int_equal(value_get_int(&claims, "exp", 0), 1440938130 + 300);
    assert_null(value_get(&claims, "scope"));
    assert_int_equal(strlen(value_get_string(&claims, "jti", "")), 32);

    struct asking other = asking();
    assert_int_equal(auth_jwt.ask(&fields, &secrets, &other.request, &it.err), 0);
    const char *second = other.request.body + strlen(begin);
    struct value later = piece(&other, strchr(second, '.') + 1);
    assert_string_not_equal(value_get_string(&claims, "jti", ""), value_get_string(&later, "jti", ""));
    asked(&other);
    asked(&it);
}

static void wrong(void **state)
{
    (void)state;
    good_fields(&auth_jwt, "{" GOOGLE "}");
    good_fields(&auth_jwt, "{" ENTRA "}");
    bad_fields(&auth_jwt, "{\"issuer\": \"a\"}", "token");
    bad_fields(&auth_jwt, "{\"token\": \"https://a\"}", "issuer");
    bad_fields(&auth_jwt, "{\"token\": \"https://a\", \"issuer\": \"a\", \"algorithm\": \"none\"}", "RS256");
    bad_fields(&auth_jwt, "{\"token\": \"https://a\", \"issuer\": \"a\", \"as\": \"x\"}", "client_assertion");
    bad_fields(&auth_jwt, "{\"token\": \"https://a\", \"issuer\": \"a\", \"as\": \"client_assertion\"}",
               "client");
    bad_fields(&auth_jwt, "{" GOOGLE ", \"life\": 10000}", "minute");
    bad_fields(&auth_jwt, "{" GOOGLE ", \"thumbprint\": \"fb\"}", "openssl");
    bad_fields(&auth_jwt, "{" GOOGLE ", \"key_id\": 7}", "key_id");

    struct asking it = asking();
    struct value fields = json(&it, "{" GOOGLE "}"), none = json(&it, "{}"),
                 bad = json(&it, "{\"key\": \"hunter2\"}");
    assert_int_equal(auth_jwt.ask(&fields, &none, &it.request, &it.err), -1);
    assert_non_null(strstr(it.err.text, "key"));
    assert_int_equal(auth_jwt.ask(&fields, &bad, &it.request, &it.err), -1);
    assert_int_equal(it.err.class, SOAR_INVALID);
    assert_null(strstr(it.err.text, "hunter2"));
    asked(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_google),
        cmocka_unit_test(as_entra),
        cmocka_unit_test(wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
