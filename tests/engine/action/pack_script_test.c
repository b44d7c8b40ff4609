/* Property: a script that makes code of a value is warned of, and one that doesn't isn't. Method: scripts of
 * both kinds in a pack, and the warnings counted. */
#include "tests/engine/action/packing.h"

static size_t warnings(struct arena *arena, const char *script)
{
    const struct value value = value_text(arena, script);
    const char *text =
        arena_printf(arena,
                     "action: A\nsummary: A test.\nper: host\nproviders:\n  one:\n    via: ssh\n    apply:\n"
                     "      - ssh.run: {script: %s, args: [a]}\n",
                     json_text(arena, &value));
    struct diag_list diags;
    diag_init(&diags, arena, "p.yaml");
    if (pack_load(arena, text, strlen(text), "p.yaml", &diags) == NULL) {
        fail_msg("%s", told(arena, &diags));
    }
    return diags.warnings;
}

static void careful_scripts_pass(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "echo \"$1\"",
        "echo \"a $1 b ${2} $@\"",
        "x=$1; echo \"$x\"",
        "for i in \"$@\"; do echo \"$i\"; done",
        "case $1 in a) ;; esac",
        "awk '{print $1}' file",
        "echo '$1 `x` eval'",
        "# eval $1 `$1`\necho",
        "echo \\$1 \\`",
        "evaluate; medieval=1; ./eval-me",
        "x=`date`",
        "echo $0 $x",
        "echo \"it's $1\"",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        if (warnings(arena, scripts[i]) != 0) {
            fail_msg("%s", scripts[i]);
        }
    }
}

static void careless_ones_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        size_t warnings;
    } scripts[] = {
        {"echo $1", 1},
        {"rm -rf ${1}/x", 1},
        {"echo $@", 1},
        {"echo $*", 1},
        {"eval \"$1\"", 1},
        {"true; eval x", 1},
        {"x=\"`echo $1`\"", 1},
        {"x=`cat \"$1\"`", 1},
        {"[ $1 = a ]", 1},
        {"echo \"a\"$1\"b\"", 1},
        {"echo $(($1 + 1))", 1},
        {"eval x; echo $1; y=\"`$1`\"", 3},
        {"if [ a=$1 ]; then :; fi", 0},
        {"echo --x=$1", 1},
        {"echo $1; echo $2", 1},
    };
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        size_t found = warnings(arena, scripts[i].script);
        if (found != scripts[i].warnings) {
            fail_msg("%s: %zu", scripts[i].script, found);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(careful_scripts_pass),
        cmocka_unit_test(careless_ones_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
