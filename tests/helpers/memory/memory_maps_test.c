/* Property: what a process has written, and what it runs without a file, is taken, and only pages that are
 * there. Method: lines of maps as kernels print them and as they don't; a pagemap in a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/memory/memory_maps.h"

static bool is_wanted(const char *line)
{
    struct memory_region region;
    uint64_t bad = 0;
    const char *at = line;
    assert_true(memory_maps_next(&at, line + strlen(line), &region, &bad));
    assert_int_equal(bad, 0);
    return memory_region_wanted(&region);
}

static void a_line_is_read(void **state)
{
    (void)state;
    static const char text[] =
        "7f1c2a000000-7f1c2a021000 rw-p 00001000 08:01 4711                     /tmp/a b\nffffffffff600000-"
        "ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";
    struct memory_region region;
    uint64_t bad = 0;
    const char *at = text, *end = text + sizeof text - 1;
    assert_true(memory_maps_next(&at, end, &region, &bad));
    assert_int_equal(region.start, 0x7f1c2a000000);
    assert_int_equal(region.end, 0x7f1c2a021000);
    assert_string_equal(region.rights, "rw-p");
    assert_int_equal(region.inode, 4711);
    assert_int_equal(region.name_len, 8);
    assert_memory_equal(region.name, "/tmp/a b", 8);
    assert_true(memory_maps_next(&at, end, &region, &bad));
    assert_int_equal(region.start, 0xffffffffff600000);
    assert_false(memory_maps_next(&at, end, &region, &bad));
    assert_int_equal(bad, 0);
}

static void lines_that_are_broken_are_counted(void **state)
{
    (void)state;
    static const char text[] =
        "\nx\n1000\n1000-\n1000-2000\n2000-1000 rw-p 0 00:00 0\n1000-2000 rw\n1000-2000 rw-p 0 0000 0\n"
        "1000-2000 rw-p 0 00:00 \n10000000000000000-2 rw-p 0 0:0 0\n1000-2000 rw-p 0 00:00 0";
    struct memory_region region;
    uint64_t bad = 0;
    const char *at = text;
    assert_true(memory_maps_next(&at, text + sizeof text - 1, &region, &bad));
    assert_int_equal(bad, 10);
    assert_int_equal(region.name_len, 0);
}

static void what_is_taken(void **state)
{
    (void)state;
    assert_true(is_wanted("1000-2000 rw-p 00000000 00:00 0 [heap]"));
    assert_true(is_wanted("1000-2000 rw-p 00000000 08:01 12 /usr/lib/libc.so.6"));
    assert_true(is_wanted("1000-2000 r-xp 00000000 00:00 0 ")); /* code that came from no file */
    assert_true(is_wanted("1000-2000 r-xp 00000000 08:01 12 /tmp/evil (deleted)"));
    assert_true(is_wanted("1000-2000 r-xp 00000000 00:01 12 /memfd:x (deleted)"));
    assert_true(is_wanted("1000-2000 rw-s 00000000 00:01 12 /dev/shm/x"));
    assert_true(is_wanted("1000-2000 rw-s 00000000 00:01 12 /dev/zero (deleted)"));
}

static void what_is_left(void **state)
{
    (void)state;
    assert_false(is_wanted("1000-2000 r-xp 00000000 08:01 12 /usr/lib/libc.so.6"));
    assert_false(is_wanted("1000-2000 ---p 00000000 00:00 0 "));
    assert_false(is_wanted("1000-2000 -w-p 00000000 00:00 0 "));
    assert_false(is_wanted("1000-2000 r--p 00000000 00:00 0 [vvar]"));
    assert_false(is_wanted("1000-2000 rw-s 00000000 00:05 99 /dev/dri/card0"));
}

static int pagemap_of(const char *pages) /* '.' not there, 'p' present, 's' swapped out */
{
    FILE *file = tmpfile();
    assert_non_null(file);
    for (const char *p = pages; *p; p++) {
        uint64_t entry = *p == 'p'   ? (uint64_t)1 << 63 | 5
                         : *p == 's' ? (uint64_t)1 << 62
                                     : (uint64_t)1 << 55;
        assert_int_equal(fwrite(&entry, sizeof entry, 1, file), 1);
    }
    fflush(file);
    return fileno(file);
}

static void pages_come_in_stretches(void **state)
{
    (void)state;
    int pagemap = pagemap_of("..pp..sp.p");
    static const uint64_t wanted[][2] = {{2, 4}, {6, 8}, {9, 10}};
    uint64_t at = 0x1000, start, end;
    for (size_t i = 0; i < 3; i++) {
        assert_true(memory_pages_next(pagemap, 4096, &at, 0xa000, &start, &end));
        assert_int_equal(start, wanted[i][0] * 4096);
        assert_int_equal(end, wanted[i][1] * 4096);
    }
    assert_false(memory_pages_next(pagemap, 4096, &at, 0xa000, &start, &end));
    at = 0x3000; /* from the middle, to the middle */
    assert_true(memory_pages_next(pagemap, 4096, &at, 0x7000, &start, &end));
    assert_int_equal(start, 0x3000);
    assert_int_equal(end, 0x4000);
    assert_true(memory_pages_next(pagemap, 4096, &at, 0x7000, &start, &end));
    assert_int_equal(end, 0x7000);
    assert_false(memory_pages_next(pagemap, 4096, &at, 0x7000, &start, &end));
}

static void a_pagemap_that_ends_early_has_no_more(void **state)
{
    (void)state;
    int pagemap = pagemap_of("pp");
    uint64_t at = 0, start, end;
    assert_true(memory_pages_next(pagemap, 4096, &at, 0x10000, &start, &end));
    assert_int_equal(end, 0x2000);
    assert_false(memory_pages_next(pagemap, 4096, &at, 0x10000, &start, &end));
}

static void without_a_pagemap_all_pages_are_tried(void **state)
{
    (void)state;
    uint64_t at = 0x1000, start, end;
    assert_true(memory_pages_next(-1, 4096, &at, 0x9000, &start, &end));
    assert_int_equal(start, 0x1000);
    assert_int_equal(end, 0x9000);
    assert_false(memory_pages_next(-1, 4096, &at, 0x9000, &start, &end));
}

static void this_process_has_what_its_pagemap_says(void **state)
{
    (void)state;
    static char there[4096 * 4];
    memset(there, 1, sizeof there);
    FILE *pagemap = fopen("/proc/self/pagemap", "r");
    if (pagemap == NULL)
        skip();
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)there / page * page, start, end;
    uint64_t at = first;
    assert_true(memory_pages_next(fileno(pagemap), page, &at, first + 2 * page, &start, &end));
    assert_int_equal(start, first);
    assert_int_equal(end, first + 2 * page);
    fclose(pagemap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_read),
        cmocka_unit_test(lines_that_are_broken_are_counted),
        cmocka_unit_test(what_is_taken),
        cmocka_unit_test(what_is_left),
        cmocka_unit_test(pages_come_in_stretches),
        cmocka_unit_test(a_pagemap_that_ends_early_has_no_more),
        cmocka_unit_test(without_a_pagemap_all_pages_are_tried),
        cmocka_unit_test(this_process_has_what_its_pagemap_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
