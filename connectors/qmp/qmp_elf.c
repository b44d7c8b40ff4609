/* Is a dump whole? It is written from front to back, its headers first, so it is if the file reaches as far
 * as they say.
 *
 * Both widths and both byte orders: the machine may be of any kind. Every number in here was written by the
 * machine's process: none is used to allocate, and offsets that overflow are a no. */
#include <unistd.h>

#include "connectors/qmp/qmp.h"

enum { HEADERS_MAX = 1 << 17, EVERY_BYTE = 64, PT_LOAD_TYPE = 1, CORE_TYPE = 4, MANY = 0xffff, NO_BYTES = 8 };

/* Where a field stands, by width: the 32-bit layout, the 64-bit layout. */
struct place {
    unsigned char at[2];
    unsigned char size[2];
};

static const struct place type = {{16, 16}, {2, 2}}, phoff = {{28, 32}, {4, 8}}, shoff = {{32, 40}, {4, 8}},
                          phentsize = {{42, 54}, {2, 2}}, phnum = {{44, 56}, {2, 2}},
                          shentsize = {{46, 58}, {2, 2}}, shnum = {{48, 60}, {2, 2}};
static const struct place p_type = {{0, 0}, {4, 4}}, p_offset = {{4, 8}, {4, 8}}, p_size = {{16, 32}, {4, 8}};
static const struct place s_type = {{4, 4}, {4, 4}}, s_offset = {{16, 24}, {4, 8}},
                          s_size = {{20, 32}, {4, 8}}, s_info = {{28, 44}, {4, 4}};

struct elf {
    int fd;
    uint64_t bytes; /* of the file */
    bool wide;
    bool big;
};

static bool at(const struct elf *elf, uint64_t offset, size_t len, unsigned char *ret_bytes)
{
    return offset <= elf->bytes && len <= elf->bytes - offset &&
           pread(elf->fd, ret_bytes, len, (off_t)offset) == (ssize_t)len;
}

static uint64_t field(const struct elf *elf, const unsigned char *bytes, const struct place *place)
{
    uint64_t value = 0;
    size_t size = place->size[elf->wide];
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[place->at[elf->wide] + (elf->big ? i : size - 1 - i)];
    return value;
}

static bool reaches(const struct elf *elf, uint64_t offset, uint64_t len)
{
    return offset <= elf->bytes && len <= elf->bytes - offset;
}

static bool segments(const struct elf *elf, uint64_t offset, uint64_t count, uint64_t each)
{
    unsigned char header[EVERY_BYTE];
    size_t len = elf->wide ? 56 : 32;
    bool loads = false;
    if (each != len || count > HEADERS_MAX)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (!at(elf, offset + i * each, len, header) ||
            !reaches(elf, field(elf, header, &p_offset), field(elf, header, &p_size)))
            return false;
        loads = loads || field(elf, header, &p_type) == PT_LOAD_TYPE;
    }
    return loads;
}

static bool sections(const struct elf *elf, uint64_t offset, uint64_t count, uint64_t each)
{
    unsigned char header[EVERY_BYTE];
    size_t len = elf->wide ? 64 : 40;
    if (count > HEADERS_MAX || (count > 0 && each != len))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (!at(elf, offset + i * each, len, header))
            return false;
        uint64_t kind = field(elf, header, &s_type);
        if (kind != 0 && kind != NO_BYTES &&
            !reaches(elf, field(elf, header, &s_offset), field(elf, header, &s_size)))
            return false;
    }
    return true;
}

bool qmp_elf_whole(int fd, uint64_t bytes)
{
    unsigned char head[EVERY_BYTE], first[EVERY_BYTE];
    struct elf elf = {.fd = fd, .bytes = bytes};
    if (!at(&elf, 0, sizeof head, head) || head[0] != 0x7f || head[1] != 'E' || head[2] != 'L' ||
        head[3] != 'F' || head[4] < 1 || head[4] > 2 || head[5] < 1 || head[5] > 2)
        return false;
    elf.wide = head[4] == 2;
    elf.big = head[5] == 2;
    uint64_t count = field(&elf, head, &phnum), sections_at = field(&elf, head, &shoff);
    if (field(&elf, head, &type) != CORE_TYPE)
        return false;
    if (count == MANY) { /* more than the field holds: the first section has the number */
        if (!at(&elf, sections_at, elf.wide ? 64 : 40, first))
            return false;
        count = field(&elf, first, &s_info);
    }
    return segments(&elf, field(&elf, head, &phoff), count, field(&elf, head, &phentsize)) &&
           sections(&elf, sections_at, field(&elf, head, &shnum), field(&elf, head, &shentsize));
}
