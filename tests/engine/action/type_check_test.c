/* Property: a value of a type has one spelling, ours; anything else is refused; and taking the canonical form
 * again, also after a way through JSON, gives the same. Method: a table of types, values and what comes of
 * them; each that is taken is taken twice more. */
#include "tests/engine/action/packing.h"

struct sample {
    const char *type;
    const char *given;     /* JSON */
    const char *canonical; /* JSON; NULL: refused */
};

static const struct sample samples[] = {
    {"ip", "\"192.0.2.7\"", "\"192.0.2.7\""},
    {"ip", "\"::ffff:192.0.2.7\"", "\"192.0.2.7\""},
    {"ip", "\"2001:DB8:0:0::1\"", "\"2001:db8::1\""},
    {"ip", "\"0.0.0.0\"", NULL},
    {"ip", "\"::\"", NULL},
    {"ip", "\"0.0.0.0/0\"", NULL},
    {"ip", "\"192.0.2.07\"", NULL},
    {"ip", "\"3221225991\"", NULL},
    {"ip", "\"192.0.2\"", NULL},
    {"ip", "\"fe80::1%eth0\"", NULL},
    {"ip", "\"192.0.2.7 \"", NULL},
    {"ip", "\"192.0.2.7\\n\"", NULL},
    {"ip", "\"192.0.2.7\\u0000\"", NULL},
    {"ip", "3221225991", NULL},
    {"ip4", "\"2001:db8::1\"", NULL},
    {"ip4", "\"::ffff:192.0.2.7\"", "\"192.0.2.7\""},
    {"ip6", "\"192.0.2.7\"", NULL},
    {"ip6", "\"::ffff:192.0.2.7\"", NULL},
    {"cidr", "\"10.0.0.0/8\"", "\"10.0.0.0/8\""},
    {"cidr", "\"2001:DB8::/32\"", "\"2001:db8::/32\""},
    {"cidr", "\"10.0.0.1/8\"", NULL},
    {"cidr", "\"10.0.0.0/0\"", NULL},
    {"cidr", "\"10.0.0.0/33\"", NULL},
    {"cidr", "\"10.0.0.0/08\"", NULL},
    {"cidr", "\"10.0.0.0/\"", NULL},
    {"cidr", "\"10.0.0.0\"", NULL},
    {"port", "22", "22"},
    {"port", "\"22\"", "22"},
    {"port", "0", NULL},
    {"port", "65536", NULL},
    {"port", "\"022\"", NULL},
    {"port", "\"22; drop\"", NULL},
    {"port", "22.5", NULL},
    {"endpoint", "\"10.0.0.5:22\"", "{\"ip\":\"10.0.0.5\",\"port\":22,\"family\":4}"},
    {"endpoint", "\"[2001:DB8::5]:443\"", "{\"ip\":\"2001:db8::5\",\"port\":443,\"family\":6}"},
    {"endpoint", "\"2001:db8::5:443\"", NULL},
    {"endpoint", "\"0.0.0.0:22\"", NULL},
    {"endpoint", "\"[::]:22\"", NULL},
    {"endpoint", "\"[::ffff:0.0.0.0]:22\"", NULL},
    {"endpoint", "\"224.0.0.1:22\"", NULL},
    {"endpoint", "\"255.255.255.255:22\"", NULL},
    {"endpoint", "\"[ff02::1]:22\"", NULL},
    {"endpoint", "\"10.0.0.5:0\"", NULL},
    {"endpoint", "\"10.0.0.0/8:22\"", NULL},
    {"endpoint", "\"web-01:22\"", NULL},
    {"endpoint", "\"10.0.0.5\"", NULL},
    {"endpoint", "\"10.0.0.5:\"", NULL},
    {"endpoint", "\"[]:22\"", NULL},
    {"endpoint", "{\"ip\": \"0.0.0.0\", \"port\": 22}", NULL},
    {"endpoint", "{\"ip\": \"10.0.0.5\", \"port\": 70000}", NULL},
    {"mac", "\"00:16:3E:5A:01:02\"", "\"00:16:3e:5a:01:02\""},
    {"mac", "\"00-16-3e-5a-01-02\"", "\"00:16:3e:5a:01:02\""},
    {"mac", "\"0016.3e5a.0102\"", "\"00:16:3e:5a:01:02\""},
    {"mac", "\"00163e5a0102\"", NULL},
    {"mac", "\"00:16-3e:5a:01:02\"", NULL},
    {"mac", "\"00:16:3e:5a:01:0g\"", NULL},
    {"host", "\"Web-01.Example.\"", "\"web-01.example\""},
    {"host", "\"192.0.2.7\"", "\"192.0.2.7\""},
    {"host", "\"3221225991\"", NULL},
    {"host", "\"10.1\"", NULL},
    {"host", "\"0xC0000207\"", NULL},
    {"host", "\"-web\"", NULL},
    {"host", "\"web..example\"", NULL},
    {"host", "\"web 01\"", NULL},
    {"host", "\".\"", NULL},
    {"user", "\"CORP\\\\j doe\"", "\"CORP\\\\j doe\""},
    {"user", "\"\"", NULL},
    {"user", "\" jdoe\"", NULL},
    {"user", "\"j\\ndoe\"", NULL},
    {"dn", "\"cn=web,dc=corp\"", "\"cn=web,dc=corp\""},
    {"dn", "\"web\"", NULL},
    {"dn", "\"=x\"", NULL},
    {"uuid", "\"{6ACDE85A-37C0-4B8E-9D0A-5E2B7C9F1A44}\"", "\"6acde85a-37c0-4b8e-9d0a-5e2b7c9f1a44\""},
    {"uuid", "\"6acde85a37c04b8e9d0a5e2b7c9f1a44\"", NULL},
    {"uuid", "\"' or '1' eq '1\"", NULL},
    {"sha256", "\"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\"",
     "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""},
    {"sha256", "\"e3b0\"", NULL},
    {"int", "-7", "-7"},
    {"int", "\"-7\"", "-7"},
    {"int", "7.5", NULL},
    {"int", "\"7x\"", NULL},
    {"int", "\"\"", NULL},
    {"int", "\"-\"", NULL},
    {"bool", "true", "true"},
    {"bool", "\"false\"", "false"},
    {"bool", "1", NULL},
    {"bool", "\"yes\"", NULL},
    {"duration", "\"90s\"", "\"90s\""},
    {"duration", "\"1m30s\"", "\"90s\""},
    {"duration", "\"1500ms\"", "\"1.5s\""},
    {"duration", "\"1.5s\"", "\"1.5s\""},
    {"duration", "\"1.5\"", NULL},
    {"duration", "\".5s\"", NULL},
    {"duration", "\"-1s\"", NULL},
    {"duration", "90", NULL},
    {"word", "\"a.b_c:/d@e+f-1\"", "\"a.b_c:/d@e+f-1\""},
    {"word", "\"-a\"", NULL},
    {"word", "\"a b\"", NULL},
    {"word", "\"$(x)\"", NULL},
    {"word", "\"\"", NULL},
    {"text", "\"any $(text)\\n\"", "\"any $(text)\\n\""},
    {"text", "\"a\\u0000b\"", NULL},
    {"path", "\"/etc/hosts\"", "\"/etc/hosts\""},
    {"path", "\"C:\\\\Users\\\\x\"", "\"C:\\\\Users\\\\x\""},
    {"path", "\"/a/..b/c\"", "\"/a/..b/c\""},
    {"path", "\"/etc/../shadow\"", NULL},
    {"path", "\"/etc/..\"", NULL},
    {"path", "\"C:\\\\..\\\\x\"", NULL},
    {"path", "\"etc/hosts\"", NULL},
    {"path", "\"/a\\nb\"", NULL},
    {"secret", "\"vault:secret/x#y\"", "{\"secret\":\"vault:secret/x#y\"}"},
    {"secret", "\"hunter2\"", NULL},
    {"secret", "\"env:\"", NULL},
    {"enum [full, selective]", "\"Full\"", "\"full\""},
    {"enum [full, selective]", "\"ful\"", NULL},
    {"list of ip4", "[\"192.0.2.7\", \"::ffff:192.0.2.8\"]", "[\"192.0.2.7\",\"192.0.2.8\"]"},
    {"list of ip4", "[]", "[]"},
    {"list of ip4", "\"192.0.2.7\"", NULL},
    {"list of ip4", "[\"192.0.2.7\", \"x\"]", NULL},
    {"list of ip4", "[[\"192.0.2.7\"]]", NULL},
};

static void a_value_has_one_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct type type;
        struct soar_err err = {0};
        struct value given = json(arena, samples[i].given);
        struct value canonical;
        assert_int_equal(type_parse(arena, samples[i].type, &type, &err), 0);
        int result = type_check(&type, &given, arena, &canonical, &err);
        if ((result < 0) != (samples[i].canonical == NULL)) {
            fail_msg("%s %s: %s", samples[i].type, samples[i].given, result < 0 ? err.text : "taken");
        }
        if (result < 0) {
            assert_int_equal(err.class, SOAR_INVALID);
            assert_true(strncmp(err.text, "expected ", 9) == 0 || strncmp(err.text, "item ", 5) == 0);
            continue;
        }
        assert_string_equal(json_text(arena, &canonical), samples[i].canonical);
        struct value again;
        assert_int_equal(type_check(&type, &canonical, arena, &again, &err), 0);
        assert_string_equal(json_text(arena, &again), samples[i].canonical);
        struct value journaled = json(arena, samples[i].canonical);
        assert_int_equal(type_check(&type, &journaled, arena, &again, &err), 0);
        assert_int_equal(again.kind, canonical.kind);
        assert_string_equal(json_text(arena, &again), samples[i].canonical);
    }
}

static void what_only_the_target_can_tell_passes(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct type type;
    struct soar_err err = {0};
    struct value unknown = value_unknown(arena, "an answer");
    struct value canonical;
    assert_int_equal(type_parse(arena, "list of endpoint", &type, &err), 0);
    assert_int_equal(type_check(&type, &unknown, arena, &canonical, &err), 0);
    assert_int_equal(canonical.kind, VALUE_UNKNOWN);
    struct value list = value_list(arena, &unknown, 1);
    assert_int_equal(type_check(&type, &list, arena, &canonical, &err), 0);
    assert_int_equal(canonical.list->items[0].kind, VALUE_UNKNOWN);
}

static void a_list_has_a_bound_and_an_error_its_item(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct type type;
    struct soar_err err = {0};
    struct value canonical;
    struct value items[LIMIT_PARAM_ITEMS + 1];
    assert_int_equal(type_parse(arena, "list of word", &type, &err), 0);
    for (size_t i = 0; i <= LIMIT_PARAM_ITEMS; i++) {
        items[i] = value_static("a");
    }
    struct value fits = value_list(arena, items, LIMIT_PARAM_ITEMS);
    struct value more = value_list(arena, items, LIMIT_PARAM_ITEMS + 1);
    assert_int_equal(type_check(&type, &fits, arena, &canonical, &err), 0);
    assert_int_equal(type_check(&type, &more, arena, &canonical, &err), -1);
    items[1] = value_static("b\x1b[2J\n");
    struct value bad = value_list(arena, items, 2);
    assert_int_equal(type_check(&type, &bad, arena, &canonical, &err), -1);
    assert_non_null(strstr(err.text, "item 2: "));
    assert_null(strchr(err.text, '\x1b'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_has_one_spelling),
        cmocka_unit_test(what_only_the_target_can_tell_passes),
        cmocka_unit_test(a_list_has_a_bound_and_an_error_its_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
