/* Property: each address of memory is read at most once, from the place that the headers name, and nothing
 * else of /proc/kcore is ever read; a head that lies leads to less, never outside. Method: heads as kernels
 * make them, new and old, and heads with each number wrong; the plan's parts are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "helpers/memory/memory_kcore.h"
#include "tests/helpers/memory/crafted.h"

#define DIRECT  0xffff888000000000u
#define TEXT    0xffffffff81000000u
#define NOWHERE UINT64_MAX

static struct memory_ranges ranges;
static struct memory_segments segments;
static unsigned char head[64 + 56 * 64];
static const char *why;

static void with_ranges(const char *text)
{
    assert_int_equal(memory_ranges_parse(text, strlen(text), &ranges, &why), 0);
}

static int parse(const struct crafted_entry *entries, size_t count)
{
    size_t len = crafted_head(head, entries, count);
    assert_int_equal(memory_kcore_head(head, 64, &why), len);
    return memory_kcore_parse(head, len, &ranges, &segments, &why);
}

/* The parts that are there; and all of them together are the ranges. */
static void expect_parts(const struct memory_segment *wanted, size_t count)
{
    struct memory_plan plan = {.ranges = &ranges, .segments = &segments};
    struct memory_part part;
    size_t range = 0, there = 0;
    uint64_t at = 0;
    while (memory_plan_next(&plan, &part)) {
        if (part.opens) {
            assert_ptr_equal(part.opens, &ranges.items[range++]);
            at = part.opens->start;
        }
        assert_int_equal(part.start, at);
        assert_true(part.end > part.start);
        at = part.end;
        assert_true(at <= ranges.items[range - 1].end);
        if (!part.there)
            continue;
        assert_true(there < count);
        assert_int_equal(part.start, wanted[there].start);
        assert_int_equal(part.end, wanted[there].end);
        assert_int_equal(part.offset, wanted[there++].offset);
    }
    assert_int_equal(there, count);
    assert_int_equal(range, ranges.count);
    assert_int_equal(at, ranges.items[range - 1].end);
}

static const char usual[] = "1000-9fbff : System RAM\n100000-7fdffff : System RAM\n";

static void a_new_kernel_tells_where_its_memory_lies(void **state)
{
    (void)state;
    with_ranges(usual);
    const struct crafted_entry entries[] = {
        {4, 0x200, 0, 0, 0x100},
        {1, 0x7fff81003000, TEXT, 0x1000000,
         0x2000000}, /* the kernel's text: memory that the direct map has, too */
        {1, 0x7fffc0003000, 0xffffc90000000000, NOWHERE, 0x1fffffffffff},
        {1, 0x8880001000 + 0x3000, DIRECT + 0x1000, 0x1000, 0x9e000},
        {1, 0x8880100000 + 0x3000, DIRECT + 0x100000, 0x100000, 0x7ee0000},
    };
    assert_int_equal(parse(entries, 5), 0);
    const struct memory_segment parts[] = {{0x1000, 0x9f000, 0x8880004000},
                                           {0x100000, 0x7fe0000, 0x8880103000}};
    expect_parts(parts, 2);
}

static void an_old_kernel_tells_it_by_the_sizes(void **state)
{
    (void)state;
    with_ranges(usual);
    const struct crafted_entry entries[] = {
        {1, 0x7fff81003000, TEXT, 0, 0x2000000},
        {1, 0x7fffc0003000, 0xffffc90000000000, 0, 0x1fffffffffff},
        {1, 0x1003000, DIRECT + 0x40001000, 0, 0x9e000}, /* the map is shifted at random */
        {1, 0x2003000, DIRECT + 0x40100000, 0, 0x7ee0000},
    };
    assert_int_equal(parse(entries, 4), 0);
    const struct memory_segment parts[] = {{0x1000, 0x9f000, 0x1003000}, {0x100000, 0x7fe0000, 0x2003000}};
    expect_parts(parts, 2);
}

static void two_readings_of_an_old_kernel_are_none(void **state)
{
    (void)state;
    with_ranges("100000-1fffff : System RAM\n");
    const struct crafted_entry entries[] = {{1, 0x3000, DIRECT + 0x100000, 0, 0x100000},
                                            {1, 0x203000, DIRECT + 0x900000, 0, 0x100000}};
    assert_int_equal(parse(entries, 2), -1);
    assert_non_null(strstr(why, "doesn't tell"));
    assert_int_equal(parse(entries, 1), 0);
    const struct crafted_entry other[] = {{1, 0x3000, DIRECT + 0x100000, 0, 0x80000}};
    assert_int_equal(parse(other, 1), -1);
}

static void a_range_may_be_in_pieces_and_overlap(void **state)
{
    (void)state;
    with_ranges("1000-8fff : System RAM\n20000-20fff : System RAM\n");
    const struct crafted_entry entries[] = {{1, 0x10000, DIRECT, 0x2000, 0x2000},
                                            {1, 0x20000, DIRECT, 0x3000, 0x3000},
                                            {1, 0x30000, DIRECT, 0x7000, 0x9000}};
    assert_int_equal(parse(entries, 3), 0);
    const struct memory_segment parts[] = {
        {0x2000, 0x4000, 0x10000}, {0x4000, 0x6000, 0x21000}, {0x7000, 0x9000, 0x30000}};
    expect_parts(parts, 3);
}

static void numbers_that_run_over_are_left_out(void **state)
{
    (void)state;
    with_ranges("1000-fffffff : System RAM\n");
    const struct crafted_entry entries[] = {
        {1, UINT64_MAX - 0x1000, DIRECT, 0x1000, 0x2000}, /* offset */
        {1, INT64_MAX - 0x1000, DIRECT, 0x1000, 0x2000},
        {1, 0x3000, UINT64_MAX - 0x10, 0x1000, 0x2000},
        {1, 0x3000, DIRECT, UINT64_MAX - 0x10, 0x2000},
        {1, 0x3000, DIRECT, 0x5000, 0},
        {1, 0x3000, DIRECT, 0x8000, 0x1000},
    };
    assert_int_equal(parse(entries, 6), 0);
    const struct memory_segment parts[] = {{0x8000, 0x9000, 0x3000}};
    expect_parts(parts, 1);
}

static void what_is_no_such_file_is_refused(void **state)
{
    (void)state;
    const struct crafted_entry entry = {1, 0x3000, DIRECT, 0x1000, 0x1000};
    with_ranges("1000-1fff : System RAM\n");
    size_t len = crafted_head(head, &entry, 1);
    assert_int_equal(memory_kcore_head(head, 63, &why), 0);
    assert_int_equal(memory_kcore_parse(head, len - 1, &ranges, &segments, &why), -1);
    static const struct {
        size_t at;
        unsigned char byte;
    } wrong[] = {{0, 0}, {4, 1}, {5, 2}, {54, 55}, {56, 0}, {57, 0xff}, {32, 63}, {39, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        len = crafted_head(head, &entry, 1);
        head[wrong[i].at] = wrong[i].byte;
        assert_int_equal(memory_kcore_head(head, len, &why), 0);
        assert_int_equal(memory_kcore_parse(head, len, &ranges, &segments, &why), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_kernel_tells_where_its_memory_lies),
        cmocka_unit_test(an_old_kernel_tells_it_by_the_sizes),
        cmocka_unit_test(two_readings_of_an_old_kernel_are_none),
        cmocka_unit_test(a_range_may_be_in_pieces_and_overlap),
        cmocka_unit_test(numbers_that_run_over_are_left_out),
        cmocka_unit_test(what_is_no_such_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
