/* What an evaluation would find out late, told when a file is loaded: a call of a function that is none or
 * never takes so many arguments, a constant pattern that is no regular expression, a constant time zone that
 * does not exist. These are no mistakes of the language (true || f() is true), but they are always mistakes
 * of an author. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/cel/functions.h"
#include "engine/cel/regex.h"
#include "engine/cel/syntax.h"
#include "engine/cel/zone.h"

struct checker {
    struct arena *scratch;
    size_t offset;
    struct soar_err *err;
    int result;
};

static int unknown_function(const struct checker *checker, const struct node_call *call)
{
    size_t count = 0;
    while (function_at(count) != NULL) {
        count++;
    }
    const char **names = arena_array(checker->scratch, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = function_at(i)->name;
    }
    const char *nearest = text_nearest(call->name, names);
    size_t rows = 0;
    enum function_style other = call->target != NULL ? FUNCTION_GLOBAL : FUNCTION_MEMBER;
    if (function_find(call->name, other, &rows) != NULL) {
        return soar_err_set(checker->err, SOAR_INVALID,
                            call->target != NULL ? "%s() is called as %s(x), not x.%s()"
                                                 : "%s() is called as x.%s(), not %s(x)",
                            call->name, call->name, call->name);
    }
    return nearest != NULL
               ? soar_err_set(checker->err, SOAR_INVALID, "there is no function '%.100s'; did you mean '%s'?",
                              call->name, nearest)
               : soar_err_set(checker->err, SOAR_INVALID, "there is no function '%.100s'", call->name);
}

static const struct value *constant_last(const struct node_call *call)
{
    const struct node *last = call->count > 0 ? call->args[call->count - 1] : NULL;
    return last != NULL && last->kind == NODE_LITERAL && last->literal.kind == VALUE_STRING ? &last->literal
                                                                                            : NULL;
}

static int check_call(const struct checker *checker, const struct node_call *call)
{
    size_t count = call->count + (call->target != NULL);
    const struct value *last = constant_last(call);
    if (call->rows == NULL) {
        return unknown_function(checker, call);
    }
    if (!function_takes(call->rows, call->row_count, count)) {
        return soar_err_set(checker->err, SOAR_INVALID, "%s() does not take %zu argument%s", call->name,
                            call->count, call->count == 1 ? "" : "s");
    }
    if (last != NULL && strcmp(call->name, "matches") == 0 && call->pattern == NULL) {
        return regex_new(checker->scratch, last->text, last->len, checker->err) != NULL ? 0 : -1;
    }
    if (last != NULL && call->target != NULL && strncmp(call->name, "get", 3) == 0 && call->zone == NULL) {
        return zone_new(checker->scratch, last->text, last->len, checker->err) != NULL ? 0 : -1;
    }
    return 0;
}

static void check(void *arg, struct node *node)
{
    struct checker *checker = arg;
    if (checker->result == 0 && node->kind == NODE_CALL && check_call(checker, &node->call) < 0) {
        checker->offset = node->offset;
        checker->result = -1;
    }
    if (checker->result == 0) {
        syntax_children(node, check, checker);
    }
}

int cel_check(const struct cel_program *program, size_t *ret_offset, struct soar_err *err)
{
    ARENA_SCOPED scratch = arena_new();
    struct checker checker = {.scratch = scratch, .err = err};
    check(&checker, program->root);
    if (checker.result < 0 && ret_offset != NULL) {
        *ret_offset = checker.offset;
    }
    return checker.result;
}
