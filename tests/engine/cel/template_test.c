/* Property: a text is cut into literal pieces and holes without losing a byte; one hole alone keeps its type;
 * what a hole gives is never looked at again. Method: tables of templates with the result, the offset of a
 * mistake, and the names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/cel/template.h"
#include "tests/engine/cel/evaluating.h"

#define NAMES                                                                                                \
    "{\"a\": \"x\", \"n\": 5, \"f\": 1.5, \"l\": [1], \"evil\": \"{{n}}\", \"nul\": null, \"alert\": "       \
    "{\"user_id\": \"jdoe\"}}"

static struct template *parsed(struct arena *arena, const char *text)
{
    struct template *template = NULL;
    struct soar_err err = {0};
    if (template_parse(arena, text, strlen(text), &template, NULL, &err) < 0) {
        fail_msg("%s: %s", text, err.text);
    }
    return template;
}

static const char *rendered(struct arena *arena, const char *text)
{
    struct value names;
    assert_int_equal(json_parse(arena, NAMES, strlen(NAMES), &names, NULL), 0);
    struct cel_scope scope = cel_scope_map(&names, NULL);
    struct value value = template_eval(parsed(arena, text), &scope, arena);
    bool fails = value.kind == VALUE_ERROR || value.kind == VALUE_UNKNOWN;
    return arena_printf(arena, "%s %s", value_kind_name(value.kind),
                        fails ? value.text : json_text(arena, &value));
}

static void templates_become_values(void **state)
{
    static const char *const table[][2] = {
        {"", "string \"\""},
        {"plain } text {", "string \"plain } text {\""},
        {"{{n}}", "int 5"},
        {"{{ n }}", "int 5"},
        {"{{\n  n + 1\n}}", "int 6"},
        {"{{l}}", "list [1]"},
        {"{{nul}}", "null_type null"},
        {" {{n}}", "string \" 5\""},
        {"{{n}}{{n}}", "string \"55\""},
        {"-{{a}}-{{f}}-", "string \"-x-1.5-\""},
        {"{{alert.user_id}}@corp", "string \"jdoe@corp\""},
        {"<{{evil}}>", "string \"<{{n}}>\""},
        {"{{'}}'}}", "string \"}}\""},
        {"{{ {'k': {'n': n}}['k'] }}", "map {\"n\":5}"},
        {"{{{'n': n}}}", "map {\"n\":5}"},
        {"a{{m}} { {{n}} }", "error unknown variable 'm'"},
        {"set { {{n}}, {{n}} }", "string \"set { 5, 5 }\""},
        {"x{{l}}", "error list can't stand within a text: {{l}}"},
        {"x{{nul}}", "error null_type can't stand within a text: {{nul}}"},
        {"x{{ip('10.0.0.1')}}", "string \"x10.0.0.1\""},
        {"x{{duration('90s')}}", "string \"x90s\""},
        {"x{{true}}", "string \"xtrue\""},
        {"}} {{n}}", "string \"}} 5\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        assert_string_equal(rendered(arena, table[i][0]), table[i][1]);
    }
}

static void mistakes_are_at_their_byte(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *says;
    } table[] = {
        {"ab {{ n", 3, "'{{' without its '}}'"},
        {"ab {{ }}", 3, "there is no expression between '{{' and '}}'"},
        {"ab {{ n + }} c", 9, "expected a value, but the expression ends"},
        {"{{n}} {{ n n }}", 11, "expected the end of the expression before 'n'"},
        {"{{ 'a }}", 3, "this string has no end"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct template *template;
        size_t offset = 0;
        struct soar_err err;
        assert_int_equal(
            template_parse(arena, table[i].text, strlen(table[i].text), &template, &offset, &err), -1);
        assert_string_equal(err.text, table[i].says);
        assert_int_equal(offset, table[i].offset);
    }
}

static void parts_make_up_the_text(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct template *template = parsed(arena, "ip {{ a }} and {{b}}.");
    assert_int_equal(template->count, 5);
    assert_string_equal(template->source, "ip {{ a }} and {{b}}.");
    assert_memory_equal(template->parts[0].text, "ip ", 3);
    assert_null(template->parts[1].text);
    assert_int_equal(template->parts[1].offset, 6);
    assert_int_equal(template->parts[1].len, 1);
    assert_string_equal(cel_text(template->parts[1].hole), "a");
    assert_memory_equal(template->parts[4].text, ".", 1);
    assert_int_equal(template->parts[4].offset, 20);
    assert_false(template_is_single(template));
    assert_false(template_is_constant(template));
    assert_true(template_is_single(parsed(arena, "{{ a }}")));
    assert_false(template_is_single(parsed(arena, "a")));
    assert_true(template_is_constant(parsed(arena, "a")));
    assert_true(template_is_constant(parsed(arena, "")));
}

static void unknown_goes_before_error(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "u", value_unknown(arena, "the host's answer"));
    struct value names = value_end_map(&builder);
    struct cel_scope scope = cel_scope_map(&names, NULL);
    struct value value = template_eval(parsed(arena, "{{nobody}} {{u}} {{nobody}}"), &scope, arena);
    assert_int_equal(value.kind, VALUE_UNKNOWN);
    assert_string_equal(value.text, "the host's answer");
}

static void count_names(void *arg, const char *root, const char *path, bool optional, size_t offset)
{
    (void)root;
    (void)path;
    (void)optional;
    (void)offset;
    ++*(size_t *)arg;
}

static void holes_are_asked(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    size_t count = 0, offset = 0;
    struct soar_err err;
    template_names(parsed(arena, "a {{b.c}} d {{e + f}}"), count_names, &count);
    assert_int_equal(count, 3);
    assert_int_equal(template_check(parsed(arena, "a {{size(b)}}"), &offset, &err), 0);
    assert_int_equal(template_check(parsed(arena, "a {{b}} {{ 1 + sice(b) }}"), &offset, &err), -1);
    assert_int_equal(offset, 15);
    assert_string_equal(err.text, "there is no function 'sice'; did you mean 'size'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_become_values), cmocka_unit_test(mistakes_are_at_their_byte),
        cmocka_unit_test(parts_make_up_the_text),  cmocka_unit_test(unknown_goes_before_error),
        cmocka_unit_test(holes_are_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
