/* Property: the request that logs in is the one that the entry describes, secrets stand in it and nowhere
 * else, and the token comes from the place the entry names. Method: the entries of real services (Wazuh,
 * Vault) and each way in which one can be wrong; no connection. */
#include "tests/connectors/http/asking.h"

static void by_basic(void **state)
{
    (void)state;
    struct asking it = asking();
    struct value fields = json(&it, "{\"path\": \"/security/user/authenticate\", \"user\": \"wazuh-wui\", "
                                    "\"answer\": \"data.token\", \"life\": 900000}"),
                 secrets = json(&it, "{\"password\": \"pass:wörd\"}");
    assert_int_equal(auth_exchange.check(&fields, &it.err), 0);
    assert_int_equal(auth_exchange.ask(&fields, &secrets, &it.request, &it.err), 0);
    assert_string_equal(it.request.method, "POST");
    assert_string_equal(it.request.origin, "https://svc.example:8443");
    assert_string_equal(it.request.path, "/base/security/user/authenticate");
    assert_string_equal(header(&it, "Authorization"), "Basic d2F6dWgtd3VpOnBhc3M6d8O2cmQ=");
    assert_null(it.request.body);
    assert_true(hides(&it, "pass:wörd"));

    struct http_answer answer = {.status = 200,
                                 .body = json(&it, "{\"data\": {\"token\": \"ey.J.x\"}, \"error\": 0}")};
    struct auth_token token = {0};
    assert_int_equal(auth_exchange.take(&fields, &answer, &token, &it.err), 0);
    assert_string_equal(token.text, "ey.J.x");
    assert_int_equal(token.life_ms, 900000);

    struct asking call = asking();
    assert_int_equal(auth_exchange.act(&fields, &secrets, token.text, &call.request, &it.err), 0);
    assert_string_equal(header(&call, "authorization"), "Bearer ey.J.x");
    assert_int_equal(call.request.header_count, 1);
    asked(&call);
    asked(&it);
}

static void by_json(void **state)
{
    (void)state;
    struct asking it = asking();
    struct value fields =
                     json(&it, "{\"path\": \"/v1/auth/approle/login\", \"json\": {\"role_id\": \"r-1\"}, "
                               "\"answer\": \"auth.client_token\", \"name\": \"X-Vault-Token\", "
                               "\"prefix\": \"\"}"),
                 secrets = json(&it, "{\"secrets.secret_id\": \"s\\\"1\", \"mtls_key\": \"other\"}");
    assert_int_equal(auth_exchange.check(&fields, &it.err), 0);
    assert_int_equal(auth_exchange.ask(&fields, &secrets, &it.request, &it.err), 0);
    assert_string_equal(header(&it, "content-type"), "application/json");
    assert_string_equal(it.request.body, "{\"role_id\":\"r-1\",\"secret_id\":\"s\\\"1\"}");
    assert_int_equal(it.request.body_len, strlen(it.request.body));
    assert_string_equal(header(&it, "authorization"), "");
    assert_true(hides(&it, "s\"1"));

    struct http_answer answer = {.status = 200,
                                 .body = json(&it, "{\"auth\": {\"client_token\": \"hvs.x\"}}")};
    struct auth_token token = {0};
    struct asking call = asking();
    assert_int_equal(auth_exchange.take(&fields, &answer, &token, &it.err), 0);
    assert_int_equal(token.life_ms, 0);
    assert_int_equal(auth_exchange.act(&fields, &secrets, token.text, &call.request, &it.err), 0);
    assert_string_equal(header(&call, "x-vault-token"), "hvs.x");
    assert_string_equal(header(&call, "authorization"), "");
    asked(&call);
    asked(&it);
}

static void by_form_elsewhere(void **state)
{
    (void)state;
    struct asking it = asking();
    struct value fields =
                     json(&it, "{\"url\": \"https://login.example/sessions\", \"method\": \"PUT\", \"form\": "
                               "{\"app\": \"a b&c\", \"n\": 7, \"keep\": true}, \"answer\": "
                               "\"header:X-Auth\"}"),
                 secrets = json(&it, "{\"secrets.password\": \"p&w=1\"}");
    assert_int_equal(auth_exchange.check(&fields, &it.err), 0);
    assert_int_equal(auth_exchange.ask(&fields, &secrets, &it.request, &it.err), 0);
    assert_string_equal(it.request.method, "PUT");
    assert_string_equal(it.request.origin, "https://login.example");
    assert_string_equal(it.request.path, "/sessions");
    assert_string_equal(header(&it, "content-type"), "application/x-www-form-urlencoded");
    assert_string_equal(it.request.body, "app=a%20b%26c&n=7&keep=true&password=p%26w%3D1");

    struct http_answer answer = {
        .status = 204, .headers = json(&it, "{\"x-auth\": \"tok\"}"), .body = value_null()};
    struct auth_token token = {0};
    assert_int_equal(auth_exchange.take(&fields, &answer, &token, &it.err), 0);
    assert_string_equal(token.text, "tok");
    asked(&it);
}

static void no_token(void **state)
{
    (void)state;
    static const char *const bodies[] = {"null",
                                         "{}",
                                         "{\"data\": null}",
                                         "{\"data\": {\"token\": 7}}",
                                         "{\"data\": {\"token\": \"\"}}",
                                         "{\"data\": {\"token\": \"a\\nb\"}}",
                                         "{\"data\": [\"token\"]}",
                                         "{\"data.token\": \"x\"}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct asking it = asking();
        struct value fields = json(&it, "{\"answer\": \"data.token\"}");
        struct http_answer answer = {.status = 200, .body = json(&it, bodies[i])};
        struct auth_token token = {0};
        assert_int_equal(auth_exchange.take(&fields, &answer, &token, &it.err), -1);
        assert_int_equal(it.err.class, SOAR_PERMANENT);
        assert_non_null(strstr(it.err.text, "data.token"));
        asked(&it);
    }
}

static void wrong(void **state)
{
    (void)state;
    good_fields(&auth_exchange, "{\"path\": \"/a\", \"answer\": \"t\"}");
    bad_fields(&auth_exchange, "{\"answer\": \"t\"}", "where to log in");
    bad_fields(&auth_exchange, "{\"path\": \"/a\", \"url\": \"https://b\", \"answer\": \"t\"}",
               "where to log in");
    bad_fields(&auth_exchange, "{\"path\": \"a\", \"answer\": \"t\"}", "begins with");
    bad_fields(&auth_exchange, "{\"path\": \"/a\"}", "answer");
    bad_fields(&auth_exchange, "{\"path\": \"/a\", \"answer\": \"t\", \"json\": {}, \"form\": {}}",
               "one body");
    bad_fields(&auth_exchange, "{\"path\": \"/a\", \"answer\": \"t\", \"name\": \"a b\"}", "header");
    bad_fields(&auth_exchange, "{\"path\": \"/a\", \"answer\": \"t\", \"prefix\": \"a\\n\"}", "prefix");
    bad_fields(&auth_exchange, "{\"path\": \"/a\", \"answer\": \"t\", \"user\": \"\"}", "user");

    static const char *const cannot[][3] = {
        {"{\"path\": \"/a\", \"answer\": \"t\", \"user\": \"u\"}", "{}", "password"},
        {"{\"path\": \"/a\", \"answer\": \"t\", \"json\": 7}", "{}", "no map"},
        {"{\"path\": \"/a\", \"answer\": \"t\", \"form\": {\"a\": [1]}}", "{}", "no text"},
        {"{\"path\": \"/a\", \"answer\": \"t\"}", "{\"secrets.x\": \"\"}", "secrets.x"},
        {"{\"path\": \"/a b\", \"answer\": \"t\"}", "{}", "path"},
        {"{\"url\": \"http://far.example/\", \"answer\": \"t\"}", "{}", "https"}};
    for (size_t i = 0; i < sizeof cannot / sizeof *cannot; i++) {
        struct asking it = asking();
        struct value fields = json(&it, cannot[i][0]), secrets = json(&it, cannot[i][1]);
        assert_int_equal(auth_exchange.ask(&fields, &secrets, &it.request, &it.err), -1);
        assert_int_equal(it.err.class, SOAR_INVALID);
        assert_non_null(strstr(it.err.text, cannot[i][2]));
        asked(&it);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_basic), cmocka_unit_test(by_json), cmocka_unit_test(by_form_elsewhere),
        cmocka_unit_test(no_token), cmocka_unit_test(wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
