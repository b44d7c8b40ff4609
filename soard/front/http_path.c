/* Is a path in its plain form? Paths are compared byte for byte, here and by whoever stands before or behind
 * us; a path that some reader would rewrite before comparing (dots, empty or encoded segments) is refused,
 * never rewritten. */
#include "soard/front/http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A byte written as %XX that nobody needs to write so, or that changes what the path is. */
static bool escape_fine(const char *at)
{
    if (!isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2]))
        return false;
    const char digits[3] = {at[1], at[2], '\0'};
    long byte = strtol(digits, NULL, 16);
    return byte > 0x20 && byte != 0x7f && strchr("/\\.%", (int)byte) == NULL;
}

static bool segment_fine(const char *segment, size_t len, bool last)
{
    if (len == 0)
        return last;
    if (segment[0] == '.' && (len == 1 || (len == 2 && segment[1] == '.')))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (segment[i] == '\\' || (segment[i] == '%' && !escape_fine(segment + i)))
            return false;
    }
    return true;
}

bool http_path_fine(const char *path)
{
    if (*path != '/')
        return false;
    for (;;) {
        size_t len = strcspn(path + 1, "/");
        bool last = path[1 + len] == '\0';
        if (!segment_fine(path + 1, len, last))
            return false;
        if (last)
            return true;
        path += 1 + len;
    }
}
