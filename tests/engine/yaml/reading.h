/* A text as a test reads it: into a tree, or into the lines of its mistakes. */
#ifndef TESTS_YAML_READING_H
#define TESTS_YAML_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/yaml/yaml.h"

/* The tree; the test ends if there was a mistake. */
static inline const struct yaml_node *read_well(struct arena *arena, const char *text)
{
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    const struct yaml_node *node = yaml_parse(arena, text, strlen(text), &diags);
    if (diags.errors > 0) {
        BUF_SCOPED out;
        buf_init(&out, 0);
        diag_print(&diags, &out);
        fail_msg("%s", buf_string(&out));
    }
    assert_non_null(node);
    return node;
}

/* The mistakes of a text, one a line. */
static inline const char *read_badly(struct arena *arena, const char *text, size_t len)
{
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    yaml_parse(arena, text, len, &diags);
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(&diags, &out);
    return arena_string(arena, buf_string(&out));
}

#endif
