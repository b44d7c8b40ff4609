/* Property: an address is read in one way or not at all; behind our proxies it is the last one that is none
 * of them, and whatever stands before it, or can't be read, is never believed. Method: tables; heads through
 * the real reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/base/buf.h"
#include "soard/front/from_address.h"
#include "soard/front/http.h"

static struct from_prefix prefix(const char *text)
{
    struct from_prefix read;
    if (!from_prefix_parse(text, &read))
        fail_msg("%s is no prefix", text);
    return read;
}

static struct from_address address(const char *text)
{
    struct from_address read;
    if (!from_parse(text, &read))
        fail_msg("%s is no address", text);
    return read;
}

static void prefixes(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "a",          "1.2.3",  "1.2.3.4/33", "1.2.3.4/",
                                      "1.2.3.4/-1", "1.2.3.4/8x", "::/129", "[::1]",      "1.2.3.4/0008"};
    struct from_prefix read;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (from_prefix_parse(bad[i], &read))
            fail_msg("%s is let pass", bad[i]);
    }
    const struct from_prefix list[] = {prefix("10.0.0.0/9"), prefix("192.0.2.1"), prefix("2001:db8::/33")};
    static const struct {
        const char *text;
        bool within;
    } all[] = {{"10.127.255.255", true},  {"10.128.0.0", false},     {"192.0.2.1", true},
               {"192.0.2.2", false},      {"2001:db8:7fff::", true}, {"2001:db8:8000::", false},
               {"::ffff:10.0.0.1", false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct from_address one = address(all[i].text);
        if (from_within(&one, list, 3) != all[i].within)
            fail_msg("%s", all[i].text);
    }
    const struct from_prefix any = prefix("0.0.0.0/0");
    const struct from_address four = address("255.255.255.255"), six = address("::1");
    assert_true(from_within(&four, &any, 1));
    assert_false(from_within(&six, &any, 1));
}

static void ipv4_in_ipv6_is_ipv4(void **state)
{
    (void)state;
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    char text[FROM_TEXT];
    assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.7", &six.sin6_addr), 1);
    struct from_address read = from_socket((const struct sockaddr *)&six);
    from_text(&read, text);
    assert_string_equal(text, "192.0.2.7");
    assert_int_equal(inet_pton(AF_INET6, "2001:db8::7", &six.sin6_addr), 1);
    read = from_socket((const struct sockaddr *)&six);
    from_text(&read, text);
    assert_string_equal(text, "2001:db8::7");
}

static void endpoints(void **state)
{
    (void)state;
    struct sockaddr_storage where;
    static const char *const bad[] = {"",
                                      ":80",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:8x",
                                      "::1:80",
                                      "[::1]",
                                      "[::1]80",
                                      "[127.0.0.1]:80",
                                      "localhost:80",
                                      "[]:80",
                                      "127.0.0.1:-1",
                                      "127.0.0.1:000080"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (from_endpoint_parse(bad[i], &where) != 0)
            fail_msg("%s is let pass", bad[i]);
    }
    assert_int_equal(from_endpoint_parse("127.0.0.1:0", &where), sizeof(struct sockaddr_in));
    assert_int_equal(where.ss_family, AF_INET);
    assert_int_equal(from_endpoint_parse("[::1]:65535", &where), sizeof(struct sockaddr_in6));
    assert_int_equal(ntohs(((struct sockaddr_in6 *)&where)->sin6_port), 65535);
}

static void expect_from(const char *peer, const char *fields, const char *wanted)
{
    const struct from_prefix proxies[] = {prefix("10.0.0.0/8"), prefix("2001:db8:1::/48")};
    struct http *http = http_new();
    BUF_SCOPED head;
    char text[FROM_TEXT];
    size_t used;
    buf_init(&head, 0);
    buf_printf(&head, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
    assert_int_equal(http_step(http, head.data, head.len, &used), HTTP_HEAD);
    const struct from_address from = address(peer);
    const struct from_address found = from_forwarded(http, &from, proxies, 2);
    from_text(&found, text);
    assert_string_equal(text, wanted);
    http_free(http);
}

static void who_is_behind_a_proxy(void **state)
{
    (void)state;
    expect_from("192.0.2.9", "X-Forwarded-For: 198.51.100.1\r\n", "192.0.2.9");
    expect_from("10.0.0.1", "", "10.0.0.1");
    expect_from("10.0.0.1", "X-Forwarded-For: 198.51.100.1\r\n", "198.51.100.1");
    expect_from("10.0.0.1", "X-Forwarded-For: 203.0.113.1,198.51.100.1 , 10.2.3.4\r\n", "198.51.100.1");
    expect_from("10.0.0.1", "X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: 198.51.100.1\r\n",
                "198.51.100.1");
    expect_from("10.0.0.1", "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 10.2.3.4\r\n", "198.51.100.1");
    expect_from("10.0.0.1", "X-Forwarded-For: 198.51.100.1, nonsense\r\n", "10.0.0.1");
    expect_from("10.0.0.1", "X-Forwarded-For: 198.51.100.1, nonsense, 10.2.3.4\r\n", "10.2.3.4");
    expect_from("10.0.0.1", "X-Forwarded-For: \r\n", "10.0.0.1");
    expect_from("10.0.0.1", "X-Forwarded-For: ,\r\n", "10.0.0.1");
    expect_from("10.0.0.1", "X-Forwarded-For: 10.2.3.4, 10.2.3.5\r\n", "10.2.3.4");
    expect_from("10.0.0.1", "X-Forwarded-For: 198.51.100.1:4711\r\n", "198.51.100.1");
    expect_from("10.0.0.1", "X-Forwarded-For: [2001:db8:2::1]:4711\r\n", "2001:db8:2::1");
    expect_from("2001:db8:1::5", "X-Forwarded-For: 2001:db8:2::1\r\n", "2001:db8:2::1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),
        cmocka_unit_test(ipv4_in_ipv6_is_ipv4),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(who_is_behind_a_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
