/* The room's front: compiling, and evaluating for callers that want a value or a bool and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "engine/cel/parse.h"
#include "engine/cel/resolve.h"

int cel_compile(struct arena *arena, const char *text, size_t len, const struct cel_options *options,
                struct cel_program **ret_program, size_t *ret_offset, struct soar_err *err)
{
    struct cel_program *program = arena_alloc(arena, sizeof *program);
    program->arena = arena;
    program->text = arena_copy(arena, text, len);
    program->len = len;
    struct parser parser = {.arena = arena, .text = program->text, .len = len, .err = err};
    if (options != NULL) {
        program->container = options->container != NULL ? arena_string(arena, options->container) : NULL;
        parser.no_macros = options->no_macros;
    }
    if (parse_program(&parser, &program->root) < 0) {
        if (ret_offset != NULL) {
            *ret_offset = parser.mistake;
        }
        return -1;
    }
    resolve_program(program);
    *ret_program = program;
    return 0;
}

const char *cel_text(const struct cel_program *program)
{
    return program->text;
}

static bool map_get(void *arg, const char *name, size_t len, struct arena *arena, struct value *ret_value)
{
    (void)len;
    (void)arena;
    const struct value *found = value_get(arg, name);
    if (found != NULL) {
        *ret_value = *found;
    }
    return found != NULL;
}

struct cel_scope cel_scope_map(const struct value *map, const struct cel_scope *outer)
{
    return (struct cel_scope){.get = map_get, .arg = (void *)map, .outer = outer};
}

int cel_value(const struct cel_program *program, const struct cel_scope *scope, struct arena *arena,
              struct value *ret_value, struct soar_err *err)
{
    struct value value = cel_eval(program, scope, arena);
    if (value.kind == VALUE_UNKNOWN) {
        return soar_err_set(err, SOAR_INVALID, "not known yet: it depends on %s", value.text);
    }
    if (value.kind == VALUE_ERROR) {
        return soar_err_set(err, SOAR_INVALID, "%s", value.text);
    }
    *ret_value = value;
    return 0;
}

int cel_bool(const struct cel_program *program, const struct cel_scope *scope, struct arena *arena,
             bool *ret_bool, struct soar_err *err)
{
    struct value value;
    if (cel_value(program, scope, arena, &value, err) < 0) {
        return -1;
    }
    if (value.kind != VALUE_BOOL) {
        return soar_err_set(err, SOAR_INVALID, "the result is %s, not bool", value_kind_name(value.kind));
    }
    *ret_bool = value.boolean;
    return 0;
}
