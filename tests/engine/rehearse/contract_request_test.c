/* Property: a request is taken only if method, path as it was sent, query, headers and body, with its type,
 * are what the operation says. Method: one good request of each kind, and each way to differ from it. */
#include "tests/engine/rehearse/contracting.h"

#include "engine/base/json.h"

#define OPERATIONS                                                                                           \
    "operations:\n"                                                                                          \
    "  get: {method: GET, path: \"/a b/{id}\"}\n"                                                            \
    "  list: {method: GET, path: /list, query: {q: {$string: [1, 9]}, $top: {$optional: {$int: [1, 9]}}}}\n" \
    "  json: {method: POST, path: /json, headers: {authorization: Bearer T}, json: {n: 1}}\n"                \
    "  form: {method: POST, path: /form, form: {a: b c, n: 5}}\n"                                            \
    "  text: {method: PUT, path: /text, text: {$match: \"x+\"}}\n"                                           \
    "  xml:\n"                                                                                               \
    "    method: POST\n"                                                                                     \
    "    path: /xml\n"                                                                                       \
    "    xml: {name: a, children: [{name: b, attributes: {n: {$int: [1, 9]}}, text: t}]}\n"                  \
    "  none: {method: POST, path: /none}\n"                                                                  \
    "  odd: {method: GET, path: \"/a%20b/{id}\", segments: {id: {$match: \"x y\"}}}\n"

static const char *told_of(struct arena *arena, const char *operation, struct contract_request request)
{
    static const char text[] = CONTRACT_HEAD OPERATIONS "cases: [{name: a, play: [{get: {}}], expect: {}}]\n";
    const char *fixed = arena_printf(arena, "%s", text);
    struct diag_list diags;
    BUF_SCOPED why = {0};
    char *blank = strstr(fixed, "/a b/");

    memcpy(blank, "/a-b/", 5); /* a blank would be told by the reader */
    diag_init(&diags, arena, "c");
    const struct contract *contract = contract_load(arena, fixed, strlen(fixed), "c", &diags);
    assert_non_null(contract);
    for (size_t i = 0; i < contract->operation_count; i++)
        if (strcmp(contract->operations[i].name, operation) == 0)
            return contract_fits(&contract->operations[i], NULL, &request, arena, &why)
                       ? ""
                       : arena_string(arena, buf_string(&why));
    fail();
    return NULL;
}

static struct contract_request request(const char *method, const char *target)
{
    static const struct contract_header usual[] = {{"host", "127.0.0.1"}, {"accept", "*/*"}};

    return (struct contract_request){
        .method = method, .target = target, .header_count = 2, .headers = usual, .body = ""};
}

static struct contract_request with(const char *method, const char *target, const char *type,
                                    const char *body)
{
    static struct contract_header headers[3];
    struct contract_request made = request(method, target);

    headers[0] = (struct contract_header){"authorization", "Bearer T"};
    headers[1] = (struct contract_header){"content-type", type};
    made.header_count = 2;
    made.headers = headers;
    if (strcmp(target, "/json") != 0) {
        made.headers = headers + 1;
        made.header_count = 1;
    }
    made.body = body;
    made.len = strlen(body);
    return made;
}

static void test_place(void **state)
{
    ARENA_SCOPED arena = arena_new();

    (void)state;
    assert_string_equal(told_of(arena, "get", request("GET", "/a-b/7")), "");
    assert_string_equal(told_of(arena, "get", request("POST", "/a-b/7")),
                        "expected GET /a-b/{id}, found POST /a-b/7");
    assert_non_null(strstr(told_of(arena, "get", request("GET", "/a-b/")), "expected GET"));
    assert_non_null(strstr(told_of(arena, "get", request("GET", "/a-b/7/8")), "expected GET"));
    assert_non_null(strstr(told_of(arena, "get", request("GET", "/a%2Db/7")), "expected GET"));
    assert_string_equal(told_of(arena, "get", request("GET", "/a-b/%zz")),
                        "path.id: it is no text, percent-encoded");
    assert_string_equal(told_of(arena, "odd", request("GET", "/a%20b/x%20y")), "");
    assert_string_equal(told_of(arena, "odd", request("GET", "/a%20b/xy")),
                        "path.id: expected a text that matches x y, found \"xy\"");
}

static void test_query(void **state)
{
    ARENA_SCOPED arena = arena_new();

    (void)state;
    assert_string_equal(told_of(arena, "list", request("GET", "/list?q=a%20b&%24top=3")), "");
    assert_string_equal(told_of(arena, "list", request("GET", "/list?q=a")), "");
    assert_string_equal(told_of(arena, "list", request("GET", "/list")),
                        "query.q: expected a text of 1 to 9 characters, found nothing");
    assert_string_equal(told_of(arena, "list", request("GET", "/list?q=a&x=1")),
                        "query.x: it is not in the contract, found \"1\"");
    assert_string_equal(told_of(arena, "list", request("GET", "/list?q=a&q=b")),
                        "query.q: expected a text of 1 to 9 characters, found [\"a\",\"b\"]");
    assert_non_null(strstr(told_of(arena, "list", request("GET", "/list?q")), "no list of name=value"));
    assert_string_equal(told_of(arena, "get", request("GET", "/a-b/7?x=1")),
                        "query: expected none, found ?x=1");
}

static void test_headers(void **state)
{
    ARENA_SCOPED arena = arena_new();
    static const struct contract_header more[] = {{"x-more", "1"}};
    struct contract_request extra = {.method = "GET", .target = "/a-b/7", .headers = more, .header_count = 1};

    (void)state;
    assert_string_equal(told_of(arena, "get", extra), "headers.x-more: it is not in the contract");
    assert_string_equal(told_of(arena, "json", with("POST", "/json", "application/json", "{\"n\":1}")), "");
    struct contract_request bare = with("POST", "/json", "application/json", "{\"n\":1}");
    bare.headers++;
    bare.header_count--;
    assert_string_equal(told_of(arena, "json", bare),
                        "headers.authorization: expected \"Bearer T\", found nothing");
}

static void test_bodies(void **state)
{
    static const char form_type[] = "application/x-www-form-urlencoded";
    ARENA_SCOPED arena = arena_new();

    (void)state;
    assert_string_equal(told_of(arena, "json", with("POST", "/json", "text/plain", "{\"n\":1}")),
                        "headers.content-type: expected application/json, found text/plain");
    assert_non_null(
        strstr(told_of(arena, "json", with("POST", "/json", "application/json", "{")), "json: the body"));
    assert_string_equal(
        told_of(arena, "json", with("POST", "/json", "application/json; charset=utf-8", "{\"n\":2}")),
        "json.n: expected 1, found 2");
    assert_string_equal(told_of(arena, "form", with("POST", "/form", form_type, "a=b+c&n=5")), "");
    assert_string_equal(told_of(arena, "form", with("POST", "/form", form_type, "n=5&a=b%20c")), "");
    assert_string_equal(told_of(arena, "form", with("POST", "/form", form_type, "a=b+c&n=05")),
                        "form.n: expected \"5\", found \"05\"");
    assert_string_equal(
        told_of(arena, "form", with("POST", "/form", "application/json", "a=b+c&n=5")),
        "headers.content-type: expected application/x-www-form-urlencoded, found application/json");
    assert_string_equal(told_of(arena, "text", with("PUT", "/text", "x/y", "xxx")), "");
    assert_string_equal(told_of(arena, "text", with("PUT", "/text", "x/y", "y")),
                        "text: expected a text that matches x+, found \"y\"");
    assert_string_equal(told_of(arena, "none", request("POST", "/none")), "");
    assert_string_equal(told_of(arena, "none", with("POST", "/none", "application/json", "{}")),
                        "body: expected none, found 2 bytes");
}

/* <a><b n="5">t</b></a>, with what is to differ. */
static struct value tree(struct arena *arena, const char *n, const char *text)
{
    const char *json =
        arena_printf(arena,
                     "{\"name\": \"a\", \"attributes\": {}, \"text\": \"\", \"children\": [{\"name\": "
                     "\"b\", \"attributes\": {\"n\": \"%s\"}, \"text\": \"%s\", \"children\": []}]}",
                     n, text);
    struct soar_err err = {0};
    struct value value;

    assert_int_equal(json_parse(arena, json, strlen(json), &value, &err), 0);
    return value;
}

static void test_xml(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct contract_request sent = with("POST", "/xml", "text/xml", "<a/>");
    struct value good = tree(arena, "5", "t");
    struct value other = tree(arena, "50", "t");
    struct value more = tree(arena, "5", "tt");

    (void)state;
    assert_string_equal(told_of(arena, "xml", sent), "xml: the body is none");
    sent.xml = &good;
    assert_string_equal(told_of(arena, "xml", sent), "");
    sent.xml = &other;
    assert_string_equal(told_of(arena, "xml", sent),
                        "xml.children[0].attributes.n: expected a whole number from 1 to 9, found \"50\"");
    sent.xml = &more;
    assert_string_equal(told_of(arena, "xml", sent), "xml.children[0].text: expected \"t\", found \"tt\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place),  cmocka_unit_test(test_query), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_bodies), cmocka_unit_test(test_xml),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
