/* Property: the ranges are all of the machine's memory, in order, each address once; what can't be known is
 * an error and never a smaller machine. Method: texts as kernels print them, and texts as they don't. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helpers/memory/memory_ranges.h"

static struct memory_ranges ranges;
static const char *why;

static int parse(const char *text)
{
    return memory_ranges_parse(text, strlen(text), &ranges, &why);
}

static void expect_range(size_t i, uint64_t start, uint64_t end)
{
    assert_true(i < ranges.count);
    assert_int_equal(ranges.items[i].start, start);
    assert_int_equal(ranges.items[i].end, end);
}

static void memory_is_found_among_the_rest(void **state)
{
    (void)state;
    assert_int_equal(parse("00000000-00000fff : Reserved\n"
                           "00001000-0009fbff : System RAM\n"
                           "000a0000-000bffff : PCI Bus 0000:00\n"
                           "00100000-07fdffff : System RAM\n"
                           "  01000000-01ffffff : Kernel code\n"
                           "fffc0000-ffffffff : Reserved\n"
                           "100000000-1ffffffff : System RAM\n"),
                     0);
    assert_int_equal(ranges.count, 3);
    expect_range(0, 0x1000, 0x9fc00);
    expect_range(1, 0x100000, 0x7fe0000);
    expect_range(2, 0x100000000, 0x200000000);
}

static void memory_within_another_resource_counts(void **state)
{
    (void)state;
    assert_int_equal(parse("00100000-001fffff : System RAM\n"
                           "140000000-43fffffff : Persistent Memory\n"
                           "  140000000-23fffffff : dax0.0\n"
                           "    140000000-23fffffff : System RAM (kmem)\n"
                           "00300000-003fffff : System RAMS are no memory\n"),
                     0);
    assert_int_equal(ranges.count, 2);
    expect_range(1, 0x140000000, 0x240000000);
}

static void no_address_comes_twice(void **state)
{
    (void)state;
    assert_int_equal(parse("5000-8fff : System RAM\n1000-5fff : System RAM\n  2000-2fff : System "
                           "RAM\na000-afff : System RAM"),
                     0);
    assert_int_equal(ranges.count, 2);
    expect_range(0, 0x1000, 0x9000);
    expect_range(1, 0xa000, 0xb000);
}

static void what_is_hidden_is_said(void **state)
{
    (void)state;
    assert_int_equal(parse("00000000-00000000 : System RAM\n00000000-00000000 : System RAM\n"), -1);
    assert_non_null(strstr(why, "hidden"));
    assert_int_equal(parse(""), -1);
    assert_non_null(strstr(why, "names no memory"));
}

static void a_line_that_is_broken_is_no_smaller_machine(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "1000-2fff : System RAM\n3000- : System RAM\n",
        "1000 : System RAM\n",
        "2000-1000 : System RAM\n",
        "1000-ffffffffffffffff : System RAM\n",
        "10000000000000000-1ffffffffffffffff : System RAM\n",
        "1000-1fffx : System RAM\n",
        "-1 : System RAM\n",
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        assert_int_equal(parse(broken[i]), -1);
        assert_non_null(strstr(why, "can't be understood"));
    }
}

static void more_than_any_machine_has_is_refused(void **state)
{
    (void)state;
    static char text[64 * (MEMORY_RANGES_MAX + 1)];
    size_t len = 0;
    for (int i = 1; i <= MEMORY_RANGES_MAX + 1; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%x000-%x0ff : System RAM\n", (unsigned)i,
                                (unsigned)i);
        if (i == MEMORY_RANGES_MAX)
            assert_int_equal(memory_ranges_parse(text, len, &ranges, &why), 0);
    }
    assert_int_equal(memory_ranges_parse(text, len, &ranges, &why), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_found_among_the_rest),
        cmocka_unit_test(memory_within_another_resource_counts),
        cmocka_unit_test(no_address_comes_twice),
        cmocka_unit_test(what_is_hidden_is_said),
        cmocka_unit_test(a_line_that_is_broken_is_no_smaller_machine),
        cmocka_unit_test(more_than_any_machine_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
