/* Property: no text makes the expression language crash, leak, or exceed its budgets; what compiles evaluates
 * to a value that can be printed and copied, the same each time; a template's pieces make up its text.
 * Method: libFuzzer over expressions and templates, with names of every kind in scope, some of them unknown.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/cel/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct value names(struct arena *arena)
{
    static const char text[] = "{\"a\": {\"b\": [1, 2.5, \"x\", null, true], \"host.name\": \"web-01\"}, "
                               "\"s\": \"größe\", \"i\": -7,"
                               "\"l\": [{\"k\": 1}, {\"k\": 2}], \"e\": {}}";
    struct value map, result;
    struct value_builder builder;
    assert(json_parse(arena, text, strlen(text), &map, NULL) == 0);
    value_build(&builder, arena);
    for (size_t i = 0; i < value_count(&map); i++) {
        value_put(&builder, map.map->keys[i], map.map->values[i]);
    }
    value_put_text(&builder, "u", value_unknown(arena, "the answer"));
    value_put_text(&builder, "t", value_time(1795342830, 500));
    value_put_text(&builder, "d", value_span(-90, -1));
    value_put_text(&builder, "y", value_bytes(arena, "\xff\0", 2));
    value_put_text(&builder, "o", value_some(arena, value_uint(7)));
    result = value_end_map(&builder);
    return result;
}

static void note(void *arg, const char *root, const char *path, bool optional, size_t offset)
{
    size_t len = *(size_t *)arg;
    assert(offset < len && strncmp(root, path, strlen(root)) == 0);
    (void)optional;
}

/* Prints the value if it is one; an error's text is for people, whatever was in the input. */
static const char *shown(struct arena *arena, const struct value *value)
{
    if (value->kind == VALUE_ERROR || value->kind == VALUE_UNKNOWN) {
        assert(text_is_utf8(value->text, value->len));
        return value->text;
    }
    struct value copy = value_copy(arena, value);
    return json_text(arena, &copy);
}

static void expression(const char *text, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct cel_program *program = NULL;
    struct soar_err err = {0};
    size_t offset = 0;
    if (cel_compile(arena, text, len, NULL, &program, &offset, &err) < 0) {
        assert(offset <= len && err.text[0] != '\0' && text_is_utf8(err.text, strlen(err.text)));
        return;
    }
    struct value map = names(arena);
    struct cel_scope scope = cel_scope_map(&map, NULL);
    cel_names(program, note, &len);
    if (cel_check(program, &offset, &err) < 0) {
        assert(offset < len && text_is_utf8(err.text, strlen(err.text)));
    }
    size_t before = arena_used(arena);
    struct value value = cel_eval(program, &scope, arena);
    assert(arena_used(arena) - before < LIMIT_CEL_MEMORY_BYTES + 4 * LIMIT_CEL_VALUE_BYTES);
    struct value again = cel_eval(program, &scope, arena);
    assert(strcmp(shown(arena, &value), shown(arena, &again)) == 0);
}

static void template(const char *text, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct template *parsed = NULL;
    size_t offset = 0, at = 0;
    if (template_parse(arena, text, len, &parsed, &offset, NULL) < 0) {
        assert(offset <= len);
        return;
    }
    for (size_t i = 0; i < parsed->count; i++) {
        const struct template_part *part = &parsed->parts[i];
        assert(part->offset >= at && part->len > 0 && part->offset + part->len <= len);
        assert(part->hole != NULL || memcmp(part->text, text + part->offset, part->len) == 0);
        at = part->offset + part->len;
    }
    struct value map = names(arena);
    struct cel_scope scope = cel_scope_map(&map, NULL);
    struct value value = template_eval(parsed, &scope, arena);
    shown(arena, &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    expression((const char *)bytes, len);
    template((const char *)bytes, len);
    return 0;
}
