/* Property: what aws_sign() signs is what AWS would. Method: the signatures that AWS itself published
 * (aws-sig-v4-test-suite, and the example of its IAM User Guide), each for a request that differs in one way:
 * paths, queries, headers, bodies, temporary keys. sign_judge_test.py asks botocore about many more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/http/aws_sign.h"

#define SECRET     "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define UNRESERVED "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define FORM       "application/x-www-form-urlencoded"
#define SESSION                                                                                              \
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRq"   \
    "TflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75Y"   \
    "U9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9K"   \
    "SYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

static const struct published {
    const char *name, *method, *path, *query, *header, *value, *body, *session, *signature;
} published[] = {
    {.name = "get-vanilla", .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {.name = "get-slash-dot-slash",
     .path = "/./",
     .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {.name = "get-relative-relative",
     .path = "/example1/example2/../..",
     .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {.name = "get-slash",
     .path = "//",
     .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {.name = "get-slashes",
     .path = "//example//",
     .signature = "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    {.name = "get-slash-pointless-dot",
     .path = "/./example",
     .signature = "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
    {.name = "get-space",
     .path = "/example space/",
     .signature = "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    {.name = "get-utf8",
     .path = "/\xe1\x88\xb4",
     .signature = "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {.name = "get-unreserved",
     .path = "/" UNRESERVED,
     .signature = "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {.name = "get-vanilla-empty-query-key",
     .query = "Param1=value1",
     .signature = "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {.name = "get-vanilla-query-order-key-case",
     .query = "Param2=value2&Param1=value1",
     .signature = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {.name = "get-vanilla-query-order-value",
     .query = "Param1=value2&Param1=value1",
     .signature = "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
    {.name = "get-vanilla-query-unreserved",
     .query = UNRESERVED "=" UNRESERVED,
     .signature = "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {.name = "get-vanilla-utf8-query",
     .query = "%E1%88%B4=bar",
     .signature = "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {.name = "get-header-value-trim, a half",
     .method = "POST",
     .header = "My-Header1",
     .value = "  value1 ",
     .signature = "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    {.name = "post-header-value-case",
     .method = "POST",
     .header = "My-Header1",
     .value = "VALUE1",
     .signature = "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
    {.name = "post-vanilla",
     .method = "POST",
     .signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {.name = "post-vanilla-query",
     .method = "POST",
     .query = "Param1=value1",
     .signature = "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    {.name = "post-x-www-form-urlencoded",
     .method = "POST",
     .header = "Content-Type",
     .value = FORM,
     .body = "Param1=value1",
     .signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {.name = "post-sts-header-before",
     .method = "POST",
     .session = SESSION,
     .signature = "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
};

static void as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const struct published *is = &published[i];
        ARENA_SCOPED arena = arena_new();
        struct aws_key key = {"AKIDEXAMPLE", SECRET, is->session, "us-east-1", "service"};
        struct aws_header headers[] = {{"Host", "example.amazonaws.com"}, {is->header, is->value}};
        const char *body = is->body ? is->body : "";
        struct aws_request request = {
            .method = is->method ? is->method : "GET",
            .path = is->path ? is->path : "/",
            .query = is->query,
            .header_count = is->header ? 2 : 1,
            .headers = headers,
            .body = body,
            .body_len = strlen(body),
        };
        struct aws_signed made;
        assert_int_equal(aws_sign(arena, &key, &request, 1440938160, &made), 0);
        const char *authorization = made.headers[made.header_count - 1].value;
        const char *signature = strstr(authorization, "Signature=");
        if (!signature || strcmp(signature + 10, is->signature) != 0)
            print_error("%s: %s\n", is->name, authorization);
        assert_non_null(signature);
        assert_string_equal(signature + 10, is->signature);
        assert_string_equal(made.headers[0].name, "x-amz-date");
        assert_string_equal(made.headers[0].value, "20150830T123600Z");
        assert_int_equal(made.header_count, is->session ? 3 : 2);
    }
}

/* The whole header, and two headers with blanks inside. */
static void whole(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct aws_key key = {"AKIDEXAMPLE", SECRET, NULL, "us-east-1", "iam"};
    struct aws_header headers[] = {{"Content-Type", FORM "; charset=utf-8"}, {"Host", "iam.amazonaws.com"}};
    struct aws_request request = {.method = "GET",
                                  .path = "/",
                                  .query = "Action=ListUsers&Version=2010-05-08",
                                  .header_count = 2,
                                  .headers = headers,
                                  .body = ""};
    struct aws_signed made;
    assert_int_equal(aws_sign(arena, &key, &request, 1440938160, &made), 0);
    assert_string_equal(made.headers[1].value,
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                        "SignedHeaders=content-type;host;x-amz-date, "
                        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    struct aws_header trimmed[] = {
        {"My-Header2", "\"a   b   c\""}, {"my-header1", " value1"}, {"HOST", "example.amazonaws.com"}};
    key.service = "service";
    request.query = "";
    request.headers = trimmed;
    request.header_count = 3;
    assert_int_equal(aws_sign(arena, &key, &request, 1440938160, &made), 0);
    assert_non_null(strstr(made.headers[1].value,
                           "SignedHeaders=host;my-header1;my-header2;x-amz-date, "
                           "Signature=acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"));
}

/* The example of S3's guide: a path as it stands, and the body's digest as a header. */
static void s3(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct aws_key key = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL,
                          "us-east-1", "s3"};
    struct aws_header headers[] = {{"Host", "examplebucket.s3.amazonaws.com"}, {"Range", "bytes=0-9"}};
    struct aws_request request = {
        .method = "GET", .path = "/test.txt", .header_count = 2, .headers = headers, .body = ""};
    struct aws_signed made;
    assert_int_equal(aws_sign(arena, &key, &request, 1369353600, &made), 0);
    assert_int_equal(made.header_count, 3);
    assert_string_equal(made.headers[1].name, "x-amz-content-sha256");
    assert_non_null(
        strstr(made.headers[2].value, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

static void too_many_headers(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct aws_key key = {"A", "s", NULL, "r", "iam"};
    struct aws_header headers[AWS_HEADERS_MAX];
    struct aws_signed made;
    for (size_t i = 0; i < AWS_HEADERS_MAX; i++)
        headers[i] = (struct aws_header){arena_printf(arena, "h%zu", i), "v"};
    struct aws_request request = {
        .method = "GET", .path = "/", .header_count = AWS_HEADERS_MAX, .headers = headers, .body = ""};
    assert_int_equal(aws_sign(arena, &key, &request, 1369353600, &made), -1);
    request.header_count--;
    assert_int_equal(aws_sign(arena, &key, &request, 1369353600, &made), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_published),
        cmocka_unit_test(whole),
        cmocka_unit_test(s3),
        cmocka_unit_test(too_many_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
