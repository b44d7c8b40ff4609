/* Property: a type is written in one way, and printed as it is written. Method: each form parsed and printed;
 * mistakes with their words. */
#include "tests/engine/action/packing.h"

static void a_type_prints_as_it_is_written(void **state)
{
    (void)state;
    static const char *const types[] = {"ip",
                                        "ip4",
                                        "ip6",
                                        "cidr",
                                        "port",
                                        "endpoint",
                                        "mac",
                                        "host",
                                        "user",
                                        "dn",
                                        "uuid",
                                        "sha256",
                                        "int",
                                        "bool",
                                        "duration",
                                        "word",
                                        "text",
                                        "path",
                                        "secret",
                                        "enum [a]",
                                        "enum [full, selective]",
                                        "list of ip",
                                        "list of enum [a, b]"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct type type;
        struct soar_err err = {0};
        BUF_SCOPED out;
        buf_init(&out, 0);
        assert_int_equal(type_parse(arena, types[i], &type, &err), 0);
        type_print(&type, &out);
        assert_string_equal(buf_string(&out), types[i]);
    }
}

static void blanks_do_not_matter(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct type type;
    struct soar_err err = {0};
    BUF_SCOPED out;
    buf_init(&out, 0);
    assert_int_equal(type_parse(arena, " list of  enum [ a ,b ] ", &type, &err), 0);
    type_print(&type, &out);
    assert_string_equal(buf_string(&out), "list of enum [a, b]");
}

static void a_mistake_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *told;
    } bad[] = {
        {"ipp", "unknown type 'ipp' (did you mean 'ip'?)"},
        {"", "unknown type ''"},
        {"list of", "unknown type 'list'"},
        {"list of list of ip", "unknown type 'list'"},
        {"ip [a]", "'[a]' stands behind the type 'ip'"},
        {"enum", "expected the choices of an enum, such as \"enum [full, selective]\""},
        {"enum [", "expected the choices of an enum, such as \"enum [full, selective]\""},
        {"enum []", "an enum needs at least one choice"},
        {"enum [a; b]", "a choice of an enum is a word, 'a;' is none"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct type type;
        struct soar_err err = {0};
        assert_int_equal(type_parse(arena, bad[i].text, &type, &err), -1);
        assert_string_equal(err.text, bad[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_prints_as_it_is_written),
        cmocka_unit_test(blanks_do_not_matter),
        cmocka_unit_test(a_mistake_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
