/* Property: no bytes of a virtual machine break soar-qmp: a line of its monitor is told for what it is or
 * refused, with nothing that could act on a terminal; a dump's headers are a yes or a no. Method: libFuzzer;
 * the first byte says which of the two the rest is. */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "connectors/qmp/qmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line(const char *text, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct qmp_line line;
    struct soar_err err;
    if (qmp_line_parse(arena, text, len, &line, &err)) {
        assert(err.class == SOAR_INVALID);
        return;
    }
    assert(line.kind <= QMP_ERROR && strpbrk(line.name, "\x1b\x07\r\n") == NULL &&
           strpbrk(line.text, "\x1b\x07\r\n") == NULL);
}

static void dump(const uint8_t *bytes, size_t len)
{
    int fd = memfd_create("dump", MFD_CLOEXEC);
    assert(write(fd, bytes, len) == (ssize_t)len);
    (void)qmp_elf_whole(fd, len);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (data[0] % 2)
        dump(data + 1, size - 1);
    else
        line((const char *)data + 1, size - 1);
    return 0;
}
