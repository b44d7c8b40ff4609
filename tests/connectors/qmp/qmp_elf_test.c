/* Property: a dump is whole if and only if the file reaches as far as its headers say, whatever the headers
 * say. Method: a small core file of each width and byte order, cut at every length; then headers that lie. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "connectors/qmp/qmp.h"

enum { MEMORY = 100, TAIL = 11 };

static unsigned char file[1024];
static bool wide, big;

static void put(size_t at, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        file[at + (big ? size - 1 - i : i)] = (unsigned char)(value >> (8 * i));
}

static size_t word(void)
{
    return wide ? 8 : 4;
}

/* Header, a null section and one with a table of names behind the memory, a note, a load: as QEMU lays it
 * out. Returns its size. */
static size_t build(void)
{
    size_t head = wide ? 64 : 52, section = wide ? 64 : 40, segment = wide ? 56 : 32;
    size_t sections = head, segments = sections + 2 * section, memory = segments + 2 * segment;
    memset(file, 0, sizeof file);
    memcpy(file,
           "\x7f"
           "ELF",
           4);
    file[4] = wide ? 2 : 1;
    file[5] = big ? 2 : 1;
    put(16, 2, 4);
    put(wide ? 32 : 28, word(), segments);
    put(wide ? 40 : 32, word(), sections);
    put(wide ? 54 : 42, 2, segment);
    put(wide ? 56 : 44, 2, 2);
    put(wide ? 58 : 46, 2, section);
    put(wide ? 60 : 48, 2, 2);
    put(segments, 4, 4);
    put(segments + (wide ? 8 : 4), word(), memory);
    put(segments + segment, 4, 1);
    put(segments + segment + (wide ? 8 : 4), word(), memory);
    put(segments + segment + (wide ? 32 : 16), word(), MEMORY);
    put(sections + section + 4, 4, 3);
    put(sections + section + (wide ? 24 : 16), word(), memory + MEMORY);
    put(sections + section + (wide ? 32 : 20), word(), TAIL);
    return memory + MEMORY + TAIL;
}

static bool whole(size_t len)
{
    int fd = memfd_create("dump", MFD_CLOEXEC);
    assert_int_equal(write(fd, file, len), len);
    bool answer = qmp_elf_whole(fd, len);
    close(fd);
    return answer;
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        wide = kind & 1;
        big = kind & 2;
        size_t size = build();
        assert_true(whole(size));
        assert_true(whole(size + 5));
        for (size_t len = 0; len < size; len++)
            if (whole(len))
                fail_msg("kind %d: whole at %zu of %zu bytes", kind, len, size);
    }
}

/* One field after the other, with numbers that overflow or point nowhere. */
static void headers_that_lie(void **state)
{
    (void)state;
    wide = true;
    big = false;
    static const struct {
        size_t at, size;
        uint64_t value;
    } lies[] = {{0, 1, 'E'},
                {4, 1, 3},
                {5, 1, 0},
                {16, 2, 2},
                {32, 8, UINT64_MAX},
                {32, 8, 900},
                {40, 8, UINT64_MAX},
                {54, 2, 0},
                {54, 2, 57},
                {56, 2, 0},
                {56, 2, 0xffff},
                {56, 2, 40},
                {58, 2, 1},
                {60, 2, 0xfff},
                {64 + 128 + 8, 8, UINT64_MAX - 3},
                {64 + 128 + 56, 4, 0},
                {64 + 128 + 56 + 32, 8, UINT64_MAX}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        size_t size = build();
        put(lies[i].at, lies[i].size, lies[i].value);
        if (whole(size))
            fail_msg("lie %zu was believed", i);
    }
}

/* More segments than the header's field holds: the first section says how many. */
static void many_segments(void **state)
{
    (void)state;
    wide = true;
    big = false;
    size_t size = build();
    put(56, 2, 0xffff);
    put(64 + 44, 4, 2);
    assert_true(whole(size));
    put(64 + 44, 4, 0x7fffffff);
    assert_false(whole(size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cut_at_every_byte),
                                       cmocka_unit_test(headers_that_lie), cmocka_unit_test(many_segments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
