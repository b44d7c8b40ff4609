/* Writes files that look like the kernel's; what a test asks for that can't be made is its failure. */
#include "tests/helpers/memory/crafted.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(unsigned char *at, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(number >> i * 8);
}

size_t crafted_head(unsigned char *ret_bytes, const struct crafted_entry *entries, size_t count)
{
    static const unsigned char magic[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    size_t len = 64 + count * 56;
    memset(ret_bytes, 0, len);
    memcpy(ret_bytes, magic, sizeof magic);
    put(ret_bytes + 32, 64, 8);
    put(ret_bytes + 54, 56, 2);
    put(ret_bytes + 56, count, 2);
    for (size_t i = 0; i < count; i++) {
        unsigned char *at = ret_bytes + 64 + i * 56;
        put(at, entries[i].type, 4);
        put(at + 8, entries[i].offset, 8);
        put(at + 16, entries[i].virtual, 8);
        put(at + 24, entries[i].physical, 8);
        put(at + 32, entries[i].size, 8);
        put(at + 40, entries[i].size, 8);
    }
    return len;
}

int crafted_dir(char *ret_path)
{
    strcpy(ret_path, "/tmp/soar-crafted-XXXXXX");
    int fd = mkdtemp(ret_path) ? open(ret_path, O_RDONLY | O_DIRECTORY) : -1;
    assert(fd >= 0);
    return fd;
}

void crafted_file(int dir, const char *path, const void *bytes, size_t len, uint64_t at)
{
    char folder[256];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        (void)mkdirat(dir, folder, 0700);
    }
    int fd = openat(dir, path, O_WRONLY | O_CREAT, 0600);
    assert(fd >= 0);
    ssize_t n = pwrite(fd, bytes, len, (off_t)at);
    assert(n == (ssize_t)len);
    close(fd);
}

void crafted_text(int dir, const char *path, const char *text)
{
    crafted_file(dir, path, text, strlen(text), 0);
}

void crafted_remove(const char *path)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf --one-file-system '%s'", path);
    int code = system(command);
    assert(code == 0);
}

unsigned char *crafted_read(int fd, size_t *ret_len)
{
    off_t len = lseek(fd, 0, SEEK_END);
    unsigned char *bytes = malloc((size_t)len + 1);
    assert(len >= 0 && bytes != NULL);
    ssize_t n = pread(fd, bytes, (size_t)len, 0);
    assert(n == len);
    *ret_len = (size_t)len;
    return bytes;
}
