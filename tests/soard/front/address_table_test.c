/* Property: each address has its own count, those of one /64 share theirs, and nothing is left when all have
 * gone; a rate is an address's own. Method: addresses by the thousand; a clock made of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "soard/front/address_table.h"

static struct address_table *table;

static int set_up(void **state)
{
    (void)state;
    table = calloc(1, sizeof *table);
    address_table_init(table);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    address_table_done(table);
    free(table);
    return 0;
}

static struct from_address four(unsigned n)
{
    struct from_address address = {.family = 4};
    for (int i = 0; i < 4; i++)
        address.bytes[i] = (uint8_t)(n >> (8 * i));
    return address;
}

static void each_has_its_own_count(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 10000; n++) {
        const struct from_address address = four(n);
        for (unsigned i = 0; i <= n % 3; i++)
            address_add(table, &address);
    }
    for (unsigned n = 0; n < 10000; n++) {
        const struct from_address address = four(n);
        assert_int_equal(address_count(table, &address), n % 3 + 1);
        for (unsigned i = 0; i <= n % 3; i++)
            address_remove(table, &address);
        assert_int_equal(address_count(table, &address), 0);
    }
    for (size_t i = 0; i < ADDRESS_SLOTS; i++)
        assert_null(table->uses[i]);
}

static void a_customer_of_ipv6_is_one(void **state)
{
    (void)state;
    struct from_address one, other, far;
    assert_true(from_parse("2001:db8:0:1::1", &one));
    assert_true(from_parse("2001:db8:0:1:ffff::", &other));
    assert_true(from_parse("2001:db8:0:2::1", &far));
    address_add(table, &one);
    assert_int_equal(address_count(table, &other), 1);
    assert_int_equal(address_count(table, &far), 0);
    assert_true(address_same(&one, &other));
    assert_false(address_same(&one, &far));
    address_remove(table, &other);
    assert_int_equal(address_count(table, &one), 0);
}

static void ipv4_and_ipv6_of_the_same_bytes_are_two(void **state)
{
    (void)state;
    struct from_address one = four(7), other = one;
    other.family = 6;
    address_add(table, &one);
    assert_int_equal(address_count(table, &other), 0);
    assert_false(address_same(&one, &other));
}

static void one_that_asks_too_much_is_alone(void **state)
{
    (void)state;
    const struct from_address one = four(1);
    int64_t wait_ms;
    for (int i = 0; i < ADDRESS_API_COUNT; i++)
        assert_true(address_api_take(table, &one, 1000, &wait_ms));
    assert_false(address_api_take(table, &one, 1000, &wait_ms));
    assert_in_range(wait_ms, 1, ADDRESS_API_MS);
    assert_true(address_api_take(table, &one, 1000 + wait_ms, &wait_ms));
    int refused = 0; /* one slot of thousands is the same */
    for (unsigned n = 2; n < 102; n++) {
        const struct from_address other = four(n);
        refused += !address_api_take(table, &other, 1000, &wait_ms);
    }
    assert_in_range(refused, 0, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_has_its_own_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_customer_of_ipv6_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ipv4_and_ipv6_of_the_same_bytes_are_two, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_asks_too_much_is_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
