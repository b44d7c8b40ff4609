/* Whatever a read returns, less is always possible: a process ends, a page is poisoned, a pipe is full. */
#include "helpers/memory/memory_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "helpers/memory/memory_limits.h"

enum { READ_BYTES = 64 * 1024 }; /* /proc/sys answers a read of more than 4 MiB with an error */

int memory_write(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

ssize_t memory_read_file(int dir, const char *path, void *ret_bytes, size_t max, bool *ret_cut)
{
    char *to = ret_bytes, more;
    size_t len = 0;
    *ret_cut = false;
    int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    for (;;) {
        size_t want = max - len < READ_BYTES ? max - len : READ_BYTES;
        ssize_t n = want > 0 ? read(fd, to + len, want) : read(fd, &more, 1);
        if (n < 0 && errno == EINTR)
            continue;
        *ret_cut = n > 0 && want == 0;
        if (n <= 0 || *ret_cut)
            break;
        len += (size_t)n;
    }
    close(fd);
    return (ssize_t)len;
}

uint64_t memory_read_holes(int fd, uint64_t offset, unsigned char *ret_bytes, size_t len)
{
    uint64_t holes = 0;
    for (size_t got = 0; got < len;) {
        ssize_t n = pread(fd, ret_bytes + got, len - got, (off_t)(offset + got));
        if (n > 0) {
            got += (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        size_t page = MEMORY_PAGE_BYTES - (size_t)((offset + got) % MEMORY_PAGE_BYTES);
        if (page > len - got)
            page = len - got;
        memset(ret_bytes + got, 0, page);
        got += page;
        holes++;
    }
    return holes;
}

void memory_tell(const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    if (len < 0)
        return;
    size_t end = (size_t)len < sizeof line - 1 ? (size_t)len : sizeof line - 2;
    line[end] = '\n';
    if (memory_write(STDERR_FILENO, line, end + 1))
        return; /* nobody listens, and that is no reason to stop */
}

const char *memory_json(const char *text, char *ret_quoted, size_t size)
{
    size_t at = 0;
    ret_quoted[at++] = '"';
    for (; *text && at + 8 < size; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            ret_quoted[at++] = '\\';
            ret_quoted[at++] = (char)c;
        } else if (c < 0x20 || c > 0x7e) {
            at += (size_t)snprintf(ret_quoted + at, 7, "\\u%04x", c);
        } else {
            ret_quoted[at++] = (char)c;
        }
    }
    ret_quoted[at++] = '"';
    ret_quoted[at] = '\0';
    return ret_quoted;
}

const char *memory_now(char ret_text[32])
{
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL || strftime(ret_text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        ret_text[0] = '\0';
    return ret_text;
}
