/* Property: each type's sample is a value of it, and the reference speaks of every function, type and
 * judgement there is. Method: the samples go through the types' own check; the text is searched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/action/pack_parts.h"

static void test_samples(void **state)
{
    static const char *const enum_words[] = {"a", "b"};

    (void)state;
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        ARENA_SCOPED arena = arena_new();
        const struct type type = {.kind = (enum type_kind)kind, .choice_count = 2, .choices = enum_words};
        const char *sample = pack_type_notes[kind].sample;
        struct value given = kind == TYPE_INT    ? value_int(atoi(sample))
                             : kind == TYPE_BOOL ? value_bool(true)
                                                 : value_text(arena, sample);
        struct value checked;
        struct soar_err err = {0};

        if (type_check(&type, &given, arena, &checked, &err))
            fail_msg("%s: %s", type_kind_name((enum type_kind)kind), err.text);
    }
}

static void expect(const struct buf *out, const char *format, const char *name)
{
    ARENA_SCOPED arena = arena_new();
    const char *line = arena_printf(arena, "%s%s", format, name);

    if (!strstr(buf_string(out), line))
        fail_msg("the reference has no %s", line);
}

static void test_whole(void **state)
{
    BUF_SCOPED out = {0};

    (void)state;
    pack_reference(&out);
    for (size_t i = 0; connector_list[i]; i++)
        for (const struct function *function = connector_list[i]->functions; function->name; function++)
            expect(&out, "\n### `", function->name);
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++)
        expect(&out, "\n| `", type_kind_name((enum type_kind)kind));
    for (int sink = 0; sink < SINK_COUNT; sink++)
        expect(&out, "\n| ", function_sink_name((enum function_sink)sink));
    for (int is = 0; is < JUDGED_COUNT; is++)
        expect(&out, "`", pack_judgement_name((enum pack_judgement)is));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples), cmocka_unit_test(test_whole)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
