/* Property: the first provider whose place is there and whose `when` holds is taken; none is said as such; a
 * `when` that fails is an error, not a no. Method: a pack with four providers and targets for each. */
#include "tests/engine/action/packing.h"

static const char text[] =
    "action: A\n"
    "summary: A test.\n"
    "per: host\n"
    "providers:\n"
    "  edr: {service: defender, via: http, when: 'target.os in [\"windows\", \"macos\"]',"
    " apply: [{http.send: {method: POST, path: /a}}]}\n"
    "  dir: {over: directories, via: ldap, when: directory.kind == \"openldap\","
    " apply: [{ldap.modify: {dn: cn=x}}]}\n"
    "  linux: {via: ssh, when: target.os == \"linux\", apply: [{ssh.run: {script: s}}]}\n"
    "  any: {via: ssh, when: 'target.tags.exists(t, t == \"lab\")', apply: [{ssh.run: {script: s}}]}\n";

static const char *chosen(struct arena *arena, size_t from, const char *target, const char *directory,
                          const char *service)
{
    const struct pack *pack = loaded(arena, text);
    const struct value values[3] = {json(arena, target), json(arena, directory), json(arena, service)};
    size_t index = 0;
    struct soar_err err = {0};
    if (attempt_choose(pack, from, &values[0],
                       &(struct attempt_at){.directory = &values[1], .service = &values[2]}, arena, &index,
                       &err) < 0) {
        return arena_printf(arena, "%s: %s", soar_class_name(err.class), err.text);
    }
    return pack->providers[index].name;
}

static void the_first_that_fits_is_taken(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char linux_host[] = "{\"os\": \"linux\", \"tags\": [\"lab\"]}";
    static const char windows_host[] = "{\"os\": \"windows\", \"tags\": [\"lab\"]}";
    assert_string_equal(chosen(arena, 0, linux_host, "null", "null"), "linux");
    assert_string_equal(chosen(arena, 3, linux_host, "null", "null"), "any");
    assert_string_equal(chosen(arena, 0, windows_host, "null", "{\"kind\": \"defender\"}"), "edr");
    assert_string_equal(chosen(arena, 0, windows_host, "null", "{\"kind\": \"other\"}"), "any");
    assert_string_equal(chosen(arena, 0, linux_host, "{\"kind\": \"openldap\"}", "null"), "dir");
    /* a task at a place is for the providers of such a place alone */
    assert_string_equal(chosen(arena, 0, linux_host, "{\"kind\": \"active_directory\"}", "null"),
                        "unsupported: A has no provider for this target");
}

static void none_is_said(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_string_equal(chosen(arena, 0, "{\"os\": \"windows\", \"tags\": []}", "null", "null"),
                        "unsupported: A has no provider for this target");
    assert_string_equal(chosen(arena, 4, "{\"os\": \"linux\", \"tags\": []}", "null", "null"),
                        "unsupported: A has no further provider for this target");
}

static void a_when_that_fails_is_no_no(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_non_null(
        strstr(chosen(arena, 0, "{}", "null", "null"), "invalid: pack.yaml:7: provider linux: when: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_fits_is_taken),
        cmocka_unit_test(none_is_said),
        cmocka_unit_test(a_when_that_fails_is_no_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
