/* Property: an address written and read again is the same one, and its text is the canonical one; a network's
 * prefix is read strictly. Method: a sweep of addresses against inet_pton(), and tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "engine/cel/network.h"

static const char *text_of(struct buf *text, enum value_kind kind, const struct value_ip *ip)
{
    struct value value = {.kind = kind, .ip = ip};
    buf_clear(text);
    network_text(text, &value);
    return buf_string(text);
}

static void addresses_survive_their_text(void **state)
{
    uint64_t seed = 1;
    (void)state;
    BUF_SCOPED text;
    buf_init(&text, 0);
    for (int i = 0; i < 20000; i++) {
        struct value_ip ip = {.family = i % 2 == 0 ? 4 : 6, .prefix = i % 2 == 0 ? 32 : 128}, again;
        for (size_t j = 0; j < (ip.family == 4 ? 4u : 16u); j++) {
            seed = seed * UINT64_C(6364136223846793005) + 1;
            ip.bytes[j] = (seed >> 60) < 8 ? 0 : (uint8_t)(seed >> 50); /* many zeros */
        }
        const char *shown = text_of(&text, VALUE_IP, &ip);
        uint8_t bytes[16];
        assert_int_equal(inet_pton(ip.family == 4 ? AF_INET : AF_INET6, shown, bytes), 1);
        assert_memory_equal(bytes, ip.bytes, ip.family == 4 ? 4 : 16);
        if (network_ip_parse(shown, strlen(shown), &again) && again.family == ip.family) {
            assert_memory_equal(&again, &ip, sizeof ip);
        }
    }
}

static void texts_are_canonical(void **state)
{
    static const char *const table[][2] = {
        {"0:0:0:0:0:0:0:0", "::"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"1:0:0:0:0:0:0:0", "1::"},
        {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
        {"1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
        {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
        {"2001:0DB8::00A", "2001:db8::a"},
        {"::1.2.3.4", "::102:304"},
        {"10.0.0.1", "10.0.0.1"},
        {"::ffff:a4d:b", "10.77.0.11"},
        {"fe80::1:0:0:1", "fe80::1:0:0:1"},
    };
    (void)state;
    BUF_SCOPED text;
    buf_init(&text, 0);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct value_ip ip;
        assert_true(network_ip_parse(table[i][0], strlen(table[i][0]), &ip));
        assert_string_equal(text_of(&text, VALUE_IP, &ip), table[i][1]);
    }
}

static void prefixes_are_read_strictly(void **state)
{
    static const char *const good[] = {"10.0.0.0/0", "10.0.0.0/8", "10.1.2.3/32", "::/0", "2001:db8::/128"};
    static const char *const bad[] = {"10.0.0.0",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0.0/08",
                                      "10.0.0.0/+8",
                                      "10.0.0.0/8/8",
                                      "10.0.0.0/8 ",
                                      "::/129",
                                      "::/1000",
                                      "::ffff:10.0.0.0/104",
                                      "::ffff:a00:0/104",
                                      "/8",
                                      "",
                                      "fe80::1%e/64",
                                      "10.0.0/8",
                                      "10.0.0.0/256",
                                      "10.0.0.0/ 8"};
    struct value_ip cidr;
    (void)state;
    BUF_SCOPED text;
    buf_init(&text, 0);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(network_cidr_parse(good[i], strlen(good[i]), &cidr));
        assert_string_equal(text_of(&text, VALUE_CIDR, &cidr), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (network_cidr_parse(bad[i], strlen(bad[i]), &cidr)) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    assert_false(network_ip_parse("10.0.0.1\0", 9, &cidr));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_survive_their_text),
        cmocka_unit_test(texts_are_canonical),
        cmocka_unit_test(prefixes_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
