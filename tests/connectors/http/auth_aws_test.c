/* Property: a request is signed as it will go out, again and again, and what a proxy may change isn't part of
 * it. Method: requests with headers of each sort; the signature itself is aws_sign_test.c's. No connection.
 */
#include "tests/connectors/http/asking.h"

#define FIELDS "{\"access_key\": \"AKIDEXAMPLE\", \"region\": \"us-east-1\", \"service\": \"iam\"}"

static void signs(void **state)
{
    (void)state;
    struct asking it = asking();
    struct value fields = json(&it, FIELDS),
                 secrets = json(&it, "{\"secret\": \"s\", \"session\": \"tok==\"}");
    assert_int_equal(auth_aws.check(&fields, &it.err), 0);
    http_request_body(&it.request, "application/x-www-form-urlencoded", "a=b", 3);
    assert_int_equal(http_request_header(&it.request, "X-Custom", "one", &it.err), 0);
    assert_int_equal(http_request_header(&it.request, "User-Agent", "soar", &it.err), 0);
    assert_int_equal(http_request_header(&it.request, "Accept-Encoding", "gzip", &it.err), 0);
    it.request.query = "b=2&a=1";
    assert_int_equal(auth_aws.act(&fields, &secrets, NULL, &it.request, &it.err), 0);
    assert_string_equal(header(&it, "x-amz-date"), "20150830T123600Z");
    assert_string_equal(header(&it, "x-amz-security-token"), "tok==");
    assert_non_null(strstr(header(&it, "authorization"),
                           "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-custom, "));

    const char *first = header(&it, "authorization");
    size_t count = it.request.header_count;
    assert_int_equal(auth_aws.act(&fields, &secrets, NULL, &it.request, &it.err), 0);
    assert_string_equal(header(&it, "authorization"), first); /* what an earlier one left is no part of it */
    assert_int_equal(it.request.header_count, count);
    it.request.wall_ms += 1000;
    assert_int_equal(auth_aws.act(&fields, &secrets, NULL, &it.request, &it.err), 0);
    assert_string_equal(header(&it, "x-amz-date"), "20150830T123601Z");
    assert_string_not_equal(header(&it, "authorization"), first);
    asked(&it);
}

static void wrong(void **state)
{
    (void)state;
    good_fields(&auth_aws, FIELDS);
    bad_fields(&auth_aws, "{}", "access_key");
    bad_fields(&auth_aws, "{\"access_key\": \"A\", \"service\": \"iam\"}", "region");
    bad_fields(&auth_aws, "{\"access_key\": \"A\", \"region\": \"eu west\", \"service\": \"iam\"}", "region");
    bad_fields(&auth_aws, "{\"access_key\": \"A/B\", \"region\": \"r\", \"service\": \"iam\"}", "access_key");
    struct asking it = asking();
    struct value fields = json(&it, FIELDS), none = json(&it, "{}"),
                 empty = json(&it, "{\"secret\": \"s\", \"session\": \"\"}");
    assert_int_equal(auth_aws.act(&fields, &none, NULL, &it.request, &it.err), -1);
    assert_non_null(strstr(it.err.text, "secret"));
    assert_int_equal(auth_aws.act(&fields, &empty, NULL, &it.request, &it.err), -1);
    assert_non_null(strstr(it.err.text, "session"));
    asked(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(signs), cmocka_unit_test(wrong)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
