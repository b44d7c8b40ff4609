/* cel-conformance FILE...: runs cases of the expression language and compares value by value.
 *
 * A file has one JSON object a line: name, expr, bindings, and value or error; values carry their type
 * ({"int": "1"}), so that an int, a uint and a double are never mistaken for each other. An error's text is
 * not compared. A value of
 * {"unknown": ...} is a binding that only the real thing could tell, or the expectation that the result is
 * one. With `disable_macros` has(), all() and so on are plain calls. What is declared in `env` needs no
 * checking here: the language is evaluated by the kinds of its values. The last line is "N passed, N failed";
 * the program fails if a case did. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/cel/cel.h"

enum { FILE_BYTES_MAX = 64 * 1024 * 1024 };

struct tally {
    unsigned long passed;
    unsigned long failed;
};

/* The value of `expr`, which needs nothing but literals. */
static struct value evaluated(struct arena *arena, const char *expr)
{
    struct cel_program *program;
    struct soar_err err;
    if (cel_compile(arena, expr, strlen(expr), NULL, &program, NULL, &err) < 0) {
        return value_error(arena, "%s", err.text);
    }
    return cel_eval(program, NULL, arena);
}

/* Types whose text form the language itself can read: function('text'). */
static bool typed_by_function(struct arena *arena, const char *type, const char *text,
                              struct value *ret_value)
{
    static const char *const functions[][2] = {
        {"bytes", "base64.decode"}, {"timestamp", "timestamp"}, {"duration", "duration"}, {"ip", "ip"},
        {"cidr", "cidr"},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i][0], type) == 0) {
            *ret_value = evaluated(arena, arena_printf(arena, "%s('%s')", functions[i][1], text));
            return true;
        }
    }
    return false;
}

static bool typed_number(const char *type, const char *text, struct value *ret_value)
{
    if (strcmp(type, "int") == 0) {
        *ret_value = value_int(strtoll(text, NULL, 10));
    } else if (strcmp(type, "uint") == 0) {
        *ret_value = value_uint(strtoull(text, NULL, 10));
    } else if (strcmp(type, "double") == 0) {
        *ret_value = value_double(strtod(text, NULL));
    } else {
        return false;
    }
    return true;
}

static struct value typed(struct arena *arena, const struct value *json);

static struct value typed_items(struct arena *arena, bool map, const struct value *json)
{
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < value_count(json); i++) {
        const struct value *item = value_at(json, i);
        if (map) {
            value_put(&builder, typed(arena, value_at(item, 0)), typed(arena, value_at(item, 1)));
        } else {
            value_push(&builder, typed(arena, item));
        }
    }
    return map ? value_end_map(&builder) : value_end_list(&builder);
}

/* {"int": "1"} and so on as the value it names; an error value if it names none. */
static struct value typed(struct arena *arena, const struct value *json)
{
    if (value_count(json) != 1 || json->kind != VALUE_MAP) {
        return value_error(arena, "a typed value has one member");
    }
    const char *type = json->map->keys[0].text;
    const struct value *inner = &json->map->values[0];
    struct value value;
    if (strcmp(type, "list") == 0 || strcmp(type, "map") == 0) {
        return typed_items(arena, *type == 'm', inner);
    }
    if (strcmp(type, "bool") == 0 || strcmp(type, "string") == 0 || strcmp(type, "null") == 0) {
        return *inner;
    }
    if (strcmp(type, "optional") == 0) {
        return inner->kind == VALUE_NULL ? value_none() : value_some(arena, typed(arena, inner));
    }
    if (inner->kind == VALUE_STRING && strcmp(type, "type") == 0) {
        return value_type(inner->text);
    }
    if (inner->kind == VALUE_STRING && strcmp(type, "unknown") == 0) {
        return value_unknown(arena, "%s", inner->text);
    }
    bool known = inner->kind == VALUE_STRING && (typed_number(type, inner->text, &value) ||
                                                 typed_by_function(arena, type, inner->text, &value));
    return known ? value : value_error(arena, "no type '%s'", type);
}

static bool same(const struct value *a, const struct value *b);

static bool same_maps(const struct value *a, const struct value *b)
{
    bool equal = value_count(a) == value_count(b);
    for (size_t i = 0; equal && i < value_count(a); i++) {
        bool found = false; /* among the keys themselves: a search would find 1u for 1 */
        for (size_t j = 0; !found && j < value_count(b); j++) {
            found = same(&a->map->keys[i], &b->map->keys[j]) && same(&a->map->values[i], &b->map->values[j]);
        }
        equal = found;
    }
    return equal;
}

/* Same kind and same value, all the way down; a NaN is a NaN, and 0.0 is not -0.0. */
static bool same(const struct value *a, const struct value *b)
{
    bool equal = a->kind == b->kind;
    if (equal && a->kind == VALUE_DOUBLE) {
        return (isnan(a->real) && isnan(b->real)) ||
               (a->real == b->real && signbit(a->real) == signbit(b->real));
    }
    if (equal && a->kind == VALUE_LIST) {
        equal = value_count(a) == value_count(b);
        for (size_t i = 0; equal && i < value_count(a); i++) {
            equal = same(value_at(a, i), value_at(b, i));
        }
        return equal;
    }
    if (equal && a->kind == VALUE_MAP) {
        return same_maps(a, b);
    }
    if (equal && a->kind == VALUE_OPTIONAL) {
        return a->inner == NULL || b->inner == NULL ? a->inner == b->inner : same(a->inner, b->inner);
    }
    return equal && value_equal(a, b);
}

static struct value bindings(struct arena *arena, const struct value *json)
{
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < value_count(json); i++) {
        value_put(&builder, json->map->keys[i], typed(arena, &json->map->values[i]));
    }
    return value_end_map(&builder);
}

static struct value run(struct arena *arena, const struct value *test)
{
    const struct value *expr = value_get(test, "expr");
    struct cel_options options = {.container = value_get_string(test, "container", NULL),
                                  .no_macros = value_get_bool(test, "disable_macros", false)};
    struct cel_program *program;
    struct soar_err err;
    if (expr == NULL || expr->kind != VALUE_STRING) {
        return value_error(arena, "the case has no expression");
    }
    if (cel_compile(arena, expr->text, expr->len, &options, &program, NULL, &err) < 0) {
        return value_error(arena, "%s", err.text);
    }
    struct value names = bindings(arena, value_get(test, "bindings"));
    struct cel_scope scope = cel_scope_map(&names, NULL);
    return cel_eval(program, &scope, arena);
}

static const char *shown(struct arena *arena, const struct value *value)
{
    if (value->kind == VALUE_ERROR) {
        return arena_printf(arena, "error: %s", value->text);
    }
    return arena_printf(arena, "%s %s", value_kind_name(value->kind), json_text(arena, value));
}

static bool passes(struct arena *arena, const struct value *test, struct value *ret_got,
                   const char **ret_expected)
{
    const struct value *expected = value_get(test, "value");
    *ret_got = run(arena, test);
    if (expected == NULL) {
        *ret_expected = arena_printf(arena, "error: %s", value_get_string(test, "error", "any"));
        return ret_got->kind == VALUE_ERROR && value_get(test, "error") != NULL;
    }
    struct value wanted = typed(arena, expected);
    *ret_expected = shown(arena, &wanted);
    return wanted.kind != VALUE_ERROR && same(&wanted, ret_got);
}

static void run_line(const char *line, size_t len, struct tally *tally)
{
    ARENA_SCOPED arena = arena_new();
    struct value test, got;
    struct soar_err err;
    const char *expected = "";
    if (json_parse(arena, line, len, &test, &err) < 0) {
        printf("FAILED: a line is no JSON: %s\n", err.text);
        tally->failed++;
        return;
    }
    if (passes(arena, &test, &got, &expected)) {
        tally->passed++;
        return;
    }
    tally->failed++;
    printf("FAILED: %s\n  expression: %s\n  expected:   %s\n  got:        %s\n",
           value_get_string(&test, "name", "?"), value_get_string(&test, "expr", "?"), expected,
           shown(arena, &got));
}

static int run_file(const char *path, struct tally *tally)
{
    ARENA_SCOPED arena = arena_new();
    struct soar_err err;
    char *text;
    size_t len;
    if (file_read(arena, path, FILE_BYTES_MAX, &text, &len, &err) < 0) {
        fprintf(stderr, "cel-conformance: %s\n", err.text);
        return -1;
    }
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line = end != NULL ? (size_t)(end - text) - at : len - at;
        if (line > 0) {
            run_line(text + at, line, tally);
        }
        at += line + 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    int result = argc > 1 ? 0 : -1;
    if (argc < 2) {
        fprintf(stderr, "usage: cel-conformance FILE...\n");
    }
    for (int i = 1; i < argc; i++) {
        result = run_file(argv[i], &tally) < 0 ? -1 : result;
    }
    printf("%lu passed, %lu failed\n", tally.passed, tally.failed);
    return result < 0 || tally.failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
