/* The examples of a document, so that what people copy is what the engine reads. */
#ifndef TESTS_ENGINE_DOCUMENTED_H
#define TESTS_ENGINE_DOCUMENTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"

/* The next ```yaml block that begins with `first`, from *at on; NULL: there is no more. *at (a whole document
 * to begin with) moves behind it. */
static inline const char *documented_next(struct arena *arena, const char **at, const char *first)
{
    static const char fence[] = "\n```yaml\n";
    for (const char *block = strstr(*at, fence); block != NULL; block = strstr(block, fence)) {
        block += sizeof fence - 1;
        const char *end = strstr(block, "\n```");
        assert_non_null(end);
        if (strncmp(block, first, strlen(first)) == 0) {
            *at = end;
            return arena_copy(arena, block, (size_t)(end - block) + 1);
        }
        block = end;
    }
    return NULL;
}

static inline const char *documented_whole(struct arena *arena, const char *path)
{
    char **text = arena_alloc(arena, sizeof *text);
    size_t len = 0;
    struct soar_err err = {.text = ""};
    if (file_read(arena, arena_printf(arena, SOAR_SOURCE_DIR "/%s", path), LIMIT_FILE_BYTES, text, &len,
                  &err) != 0) {
        fail_msg("%s", err.text);
    }
    return *text;
}

#endif
