/* The ustar format of POSIX.1: a block of 512 bytes before each member, zeros behind it up to the next. The
 * names are ours and short, so no extension is needed. */
#include "helpers/memory/memory_tar.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helpers/memory/memory_io.h"

enum { BLOCK = 512, NAME = 100, SIZE_AT = 124, TIME_AT = 136, SUM_AT = 148, TYPE_AT = 156, MAGIC_AT = 257 };

static const char zeros[BLOCK];

static void put(struct memory_tar *tar, const void *bytes, size_t len)
{
    if (!tar->failed && memory_write(tar->out, bytes, len))
        tar->failed = true;
    tar->bytes += len;
}

static void octal(char *field, int width, uint64_t number)
{
    for (int i = width - 1; i-- > 0; number >>= 3)
        field[i] = (char)('0' + (number & 7));
    assert(number == 0);
}

void memory_tar_begin(struct memory_tar *tar, const char *name, uint64_t size)
{
    char header[BLOCK] = {0};
    size_t len = strlen(name);
    unsigned sum = 0;
    assert(tar->left == 0 && len < NAME);
    memcpy(header, name, len);
    octal(header + NAME, 8, 0400);
    octal(header + NAME + 8, 8, 0);
    octal(header + NAME + 16, 8, 0);
    octal(header + SIZE_AT, 12, size);
    octal(header + TIME_AT, 12, (uint64_t)tar->now);
    memset(header + SUM_AT, ' ', 8);
    header[TYPE_AT] = '0';
    memcpy(header + MAGIC_AT, "ustar\00000", 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)header[i];
    octal(header + SUM_AT, 7, sum);
    header[SUM_AT + 6] = '\0';
    tar->left = size;
    tar->pad = (size_t)((BLOCK - size % BLOCK) % BLOCK);
    put(tar, header, sizeof header);
}

void memory_tar_add(struct memory_tar *tar, const void *bytes, size_t len)
{
    assert(len <= tar->left);
    put(tar, bytes, len);
    tar->left -= len;
    if (tar->left == 0)
        put(tar, zeros, tar->pad);
}

void memory_tar_file(struct memory_tar *tar, const char *name, const void *bytes, size_t len)
{
    memory_tar_begin(tar, name, len);
    if (len > 0)
        memory_tar_add(tar, bytes, len);
}

int memory_tar_end(struct memory_tar *tar)
{
    assert(tar->left == 0);
    put(tar, zeros, sizeof zeros);
    put(tar, zeros, sizeof zeros);
    return tar->failed ? -1 : 0;
}
