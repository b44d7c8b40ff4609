/* Property: the image has each byte of memory under its physical address, in the LiME format; a page that
 * can't be read is zeros, and counted; what is no image is refused with the reason before a byte is written.
 * Method: a /proc of our own with an iomem and a kcore whose bytes say where they are; kcore ends too early.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helpers/memory/memory_image.h"
#include "tests/helpers/memory/crafted.h"

enum {
    PAGE = 4096,
    FIRST = 0x1000,
    FIRST_END = 0x5000,
    SECOND = 0x100000,
    SECOND_END = 0x100000 + 0x180000,
    SCRAP = 0x400
};
enum { FIRST_AT = 0x9000, SECOND_AT = 0x20000 };

static char path[64];
static int proc;

static unsigned char byte_of(uint64_t address)
{
    return (unsigned char)(address * 31 >> 3 | 1);
}

static void put_memory(uint64_t start, uint64_t end, uint64_t at)
{
    unsigned char *bytes = malloc(end - start);
    assert_non_null(bytes);
    for (uint64_t i = start; i < end; i++)
        bytes[i - start] = byte_of(i);
    crafted_file(proc, "kcore", bytes, end - start, at);
    free(bytes);
}

static int begin(void **state)
{
    (void)state;
    static const struct crafted_entry entries[] = {
        {1, SECOND_AT, 0xffff888000100000, SECOND, SECOND_END - SECOND},
        {1, FIRST_AT, 0xffff888000001000, FIRST, FIRST_END - FIRST}};
    unsigned char head[64 + 2 * 56];
    proc = crafted_dir(path);
    crafted_text(proc, "iomem", "00001000-00004fff : System RAM\n00100000-002803ff : System RAM\n");
    crafted_file(proc, "kcore", head, crafted_head(head, entries, 2), 0);
    put_memory(FIRST, FIRST_END, FIRST_AT);
    put_memory(SECOND, SECOND_END, SECOND_AT);
    return 0;
}

static int end(void **state)
{
    (void)state;
    close(proc);
    crafted_remove(path);
    return 0;
}

static void expect_part(const unsigned char **at, uint64_t start, uint64_t stop, uint64_t readable)
{
    unsigned char header[LIME_HEADER_BYTES];
    memory_lime_header(header, start, stop);
    assert_memory_equal(*at, header, sizeof header);
    *at += sizeof header;
    for (uint64_t i = start; i < stop; i++)
        assert_int_equal((*at)[i - start], i < readable ? byte_of(i) : 0);
    *at += stop - start;
}

static void expect_image(uint64_t readable)
{
    size_t len;
    uint64_t size;
    const char *why;
    int out = memfd_create("image", 0);
    assert_int_equal(memory_image_size(proc, &size, &why), 0);
    assert_int_equal(memory_image_write(proc, out), 0);
    unsigned char *image = crafted_read(out, &len);
    const unsigned char *at = image;
    assert_int_equal(len, size);
    expect_part(&at, FIRST, FIRST_END, FIRST_END);
    expect_part(&at, SECOND, SECOND_END + SCRAP, readable); /* the end is no whole page, and not in kcore */
    assert_int_equal(at - image, len);
    free(image);
    close(out);
}

static void the_header_is_limes(void **state)
{
    (void)state;
    static const unsigned char wanted[] = {'E',  'M',  'i', 'L', 1, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0,
                                           0xff, 0xfb, 9,   0,   0, 0, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0};
    unsigned char header[LIME_HEADER_BYTES];
    memory_lime_header(header, 0x1000, 0x9fc00);
    assert_memory_equal(header, wanted, sizeof wanted);
}

static void every_byte_is_at_its_address(void **state)
{
    (void)state;
    expect_image(SECOND_END);
}

static void pages_that_cannot_be_read_are_zeros(void **state)
{
    (void)state;
    assert_int_equal(truncate((strcat(path, "/kcore")), SECOND_AT + 0x110000 + 7), 0);
    *strrchr(path, '/') = '\0';
    expect_image(SECOND + 0x110000 + 7);
}

static void nothing_readable_is_no_image(void **state)
{
    (void)state;
    int out = memfd_create("image", 0);
    assert_int_equal(truncate((strcat(path, "/kcore")), 64 + 2 * 56), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(memory_image_write(proc, out), 1);
    close(out);
}

static void expect_refused(const char *reason)
{
    uint64_t size;
    const char *why = "";
    int out = memfd_create("image", 0);
    assert_int_equal(memory_image_size(proc, &size, &why), -1);
    assert_non_null(strstr(why, reason));
    assert_int_equal(memory_image_write(proc, out), 20);
    assert_int_equal(lseek(out, 0, SEEK_END), 0);
    close(out);
}

static void without_kcore_there_is_a_reason(void **state)
{
    (void)state;
    assert_int_equal(unlinkat(proc, "kcore", 0), 0);
    expect_refused("this kernel has no /proc/kcore");
}

static void without_addresses_there_is_a_reason(void **state)
{
    (void)state;
    assert_int_equal(unlinkat(proc, "iomem", 0), 0);
    crafted_text(proc, "iomem", "00000000-00000000 : System RAM\n");
    expect_refused("hidden");
    assert_int_equal(unlinkat(proc, "iomem", 0), 0);
    expect_refused("can't be read");
}

static void half_of_the_memory_is_no_image(void **state)
{
    (void)state;
    crafted_text(proc, "iomem", "00001000-00004fff : System RAM\n00100000-00301fff : System RAM\n");
    expect_refused("less than seven eighths");
}

static void a_reader_that_goes_away_ends_it(void **state)
{
    (void)state;
    int out = open("/dev/full", O_WRONLY);
    if (out < 0)
        skip();
    assert_int_equal(memory_image_write(proc, out), 1);
    close(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_limes),
        cmocka_unit_test_setup_teardown(every_byte_is_at_its_address, begin, end),
        cmocka_unit_test_setup_teardown(pages_that_cannot_be_read_are_zeros, begin, end),
        cmocka_unit_test_setup_teardown(nothing_readable_is_no_image, begin, end),
        cmocka_unit_test_setup_teardown(without_kcore_there_is_a_reason, begin, end),
        cmocka_unit_test_setup_teardown(without_addresses_there_is_a_reason, begin, end),
        cmocka_unit_test_setup_teardown(half_of_the_memory_is_no_image, begin, end),
        cmocka_unit_test_setup_teardown(a_reader_that_goes_away_ends_it, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
