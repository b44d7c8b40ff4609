/* What the tests of this room share: an expression compiled and evaluated with names, its result as one line
 * of text. */
#ifndef TESTS_EVALUATING_H
#define TESTS_EVALUATING_H

#include <string.h>

#include "engine/base/json.h"
#include "engine/cel/cel.h"

static inline struct cel_program *compiled(struct arena *arena, const char *text)
{
    struct cel_program *program = NULL;
    struct soar_err err = {0};
    if (cel_compile(arena, text, strlen(text), NULL, &program, NULL, &err) < 0) {
        fail_msg("%s: %s", text, err.text);
    }
    return program;
}

/* "kind json", "error text" or "unknown text" of the expression; `names` is JSON, or NULL. */
static inline const char *evaluated(struct arena *arena, const char *text, const char *names)
{
    struct value map = value_null();
    struct soar_err err = {0};
    if (names != NULL && json_parse(arena, names, strlen(names), &map, &err) < 0) {
        fail_msg("%s: %s", names, err.text);
    }
    struct cel_scope scope = cel_scope_map(&map, NULL);
    struct value result = cel_eval(compiled(arena, text), names != NULL ? &scope : NULL, arena);
    const char *shown =
        result.kind == VALUE_ERROR || result.kind == VALUE_UNKNOWN ? result.text : json_text(arena, &result);
    return arena_printf(arena, "%s %s", value_kind_name(result.kind), shown);
}

#endif
