/* Property: of a commit only its YAML files are listed; links and submodules are told; a name that means
 * something else somewhere, a file or a tree beyond its limits and an object that isn't what it says refuse
 * the whole, and a missing one is no playbook. Method: bare repositories made by git, with trees that git
 * itself would never make written as raw objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/git/source.h"
#include "engine/base/file.h"
#include "engine/base/json.h"

static char dir[64] = "/tmp/source_tree_test.XXXXXX";
static struct arena *arena;

/* Functions for the scripts: `blob TEXT`, `tree` (lines of ls-tree), `raw` (mode, name, id), `commit TREE`.
 */
static const char tools[] =
    "export GIT_DIR=$PWD/store GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
    "GIT_COMMITTER_EMAIL=a@b\n"
    "blob() { printf %s \"$1\" | git hash-object -w --stdin; }\n"
    "tree() { git mktree --missing; }\n"
    "bytes() { printf \"$(printf %s \"$1\" | sed 's/../\\\\x&/g')\"; }\n"
    "raw() { { printf '%s %b\\0' \"$1\" \"$2\"; bytes \"$3\"; } | git hash-object -t tree -w --stdin "
    "--literally; }\n"
    "commit() { git commit-tree -m m \"$1\" >id; }\n";

static void run(const char *script)
{
    char path[96], command[256];
    snprintf(path, sizeof path, "%s/script", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "set -e\n%s\n%s\n", tools, script);
    assert_int_equal(fclose(file), 0);
    snprintf(command, sizeof command, "cd %s && bash script >/dev/null 2>errors", dir);
    if (system(command) != 0)
        fail_msg("failed: %s", script);
}

static const char *commit_id(void)
{
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(file_read(arena, arena_printf(arena, "%s/id", dir), 100, &text, &len, NULL), 0);
    text[40] = '\0';
    return text;
}

static int set_up(void **state)
{
    (void)state;
    git_libgit2_init();
    arena = arena_new();
    assert_non_null(mkdtemp(dir));
    run("git init -q --bare store; touch store/soar-store");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    run("rm -rf store id");
    char path[96];
    snprintf(path, sizeof path, "rm -r %s", dir);
    assert_int_equal(system(path), 0);
    arena_free(arena);
    git_libgit2_shutdown();
    return 0;
}

struct seen {
    int rc;
    const char *files, *ignored, *refused, *why;
};

static struct seen look(const char *path)
{
    struct source source = {.lock = -1};
    struct source_tree tree;
    struct soar_err err = {0};
    git_oid id;
    source.peer = (struct source_peer){
        .name = "t", .ref = commit_id(), .path = path, .store = arena_string(arena, dir)};
    source.peer.store = arena_printf(arena, "%s/store", dir);
    assert_int_equal(source_open(&source, true, worker_now_ms() + 10000, &err), 0);
    git_oid_fromstr(&id, source.peer.ref);
    struct seen seen = {.rc = source_tree(&source, &id, arena, &tree, &err)};
    if (seen.rc == 0) {
        seen.files = json_text(arena, &tree.files);
        seen.ignored = json_text(arena, &tree.ignored);
        seen.refused = tree.refused;
    }
    seen.why = arena_string(arena, err.text);
    source_close(&source);
    return seen;
}

static void refuses(const char *script, const char *why)
{
    run(script);
    struct seen seen = look("");
    if (seen.rc || !strstr(seen.refused, why))
        fail_msg("%s: expected '%s', found %d '%s' '%s'", script, why, seen.rc, seen.rc ? "" : seen.refused,
                 seen.why);
    assert_string_equal(seen.files, "null");
}

static void what_is_listed(void **state)
{
    (void)state;
    run("b=$(blob hello); l=$(blob /etc/passwd); "
        "sub=$(printf \"100644 blob $b\\tc.yml\\n120000 blob $l\\tlink.yaml\\n\" | tree); "
        "top=$(printf \"100644 blob $b\\ta.yaml\\n100755 blob $b\\tx.yaml\\n100644 blob "
        "$b\\t.gitattributes\\n\"; "
        "printf \"100644 blob $b\\tREADME\\n040000 tree $sub\\tdeep\\n160000 commit "
        "1234567890123456789012345678901234567890\\tmodule\\n\"); "
        "commit $(echo \"$top\" | tree)");
    struct seen seen = look("");
    assert_int_equal(seen.rc, 0);
    assert_string_equal(seen.refused, "");
    assert_string_equal(seen.files, "[{\"path\":\"a.yaml\",\"size\":5},{\"path\":\"deep/c.yml\",\"size\":5},"
                                    "{\"path\":\"x.yaml\",\"size\":5}]");
    assert_string_equal(seen.ignored, "[\"deep/link.yaml: a link is not followed\","
                                      "\"module: a submodule is not fetched\"]");
    seen = look("deep");
    assert_string_equal(seen.files, "[{\"path\":\"c.yml\",\"size\":5}]");
    assert_int_equal(look("none").rc, -1);
    assert_int_equal(look("a.yaml").rc, -1);
    assert_int_equal(look("deep/link.yaml").rc, -1);
}

static void names(void **state)
{
    (void)state;
    refuses("b=$(blob x); commit $(raw 100644 .. $b)", "..: a name");
    refuses("b=$(blob x); commit $(raw 100644 . $b)", ".: a name");
    refuses("b=$(blob x); commit $(raw 40000 .GIT $(raw 100644 a.yaml $b))", ".GIT: the name .git");
    refuses("b=$(blob x); commit $(raw 100644 '.git. .' $b)", "the name .git");
    refuses("b=$(blob x); commit $(raw 40000 GIT~1 $(raw 100644 a.yaml $b))", "some file systems");
    refuses("b=$(blob x); commit $(raw 100644 ../a.yaml $b)", "a slash");
    refuses("b=$(blob x); commit $(raw 100644 \"a\\\\\\\\b.yaml\" $b)", "a slash");
    refuses("b=$(blob x); commit $(raw 100644 \"a\\\\x01.yaml\" $b)", "control character");
    refuses("b=$(blob x); commit $(raw 100644 \"a\\\\xff.yaml\" $b)", "no UTF-8");
    refuses("b=$(blob x); commit $(printf \"100644 blob $b\\tA.yaml\\n100644 blob $b\\ta.yaml\\n\" | tree)",
            "equal but for case");
    refuses("b=$(blob x); s=$(raw 100644 .. $b); commit $(raw 40000 sub $s)", "sub/..: a name");
}

static void objects_that_lie(void **state)
{
    (void)state;
    refuses("b=$(blob x); t=$(raw 100644 a.yaml $b); commit $(raw 100644 t.yaml $t)", "and is none");
    refuses("b=$(blob x); commit $(raw 10600 a.yaml $b)", "neither a file nor a folder");
    run("commit $(raw 100644 a.yaml 1234567890123456789012345678901234567890)");
    assert_int_equal(look("").rc, -1);
    run("b=$(blob x); commit $(raw 40000 sub $b)");
    assert_int_equal(look("").rc, -1);
}

static void limits(void **state)
{
    (void)state;
    refuses("b=$(head -c 262145 /dev/zero | git hash-object -w --stdin); commit $(raw 100644 a.yaml $b)",
            "262145 bytes");
    refuses("t=$(raw 100644 a.yaml $(blob x)); for i in $(seq 18); do t=$(raw 40000 d $t); done; commit $t",
            "too deep");
    refuses(
        "b=$(blob x); commit $(for i in $(seq 501); do printf \"100644 blob $b\\t$i.yaml\\n\"; done | tree)",
        "more than 500 playbooks");
    refuses("b=$(head -c 262144 /dev/zero | git hash-object -w --stdin); "
            "commit $(for i in $(seq 33); do printf \"100644 blob $b\\t$i.yaml\\n\"; done | tree)",
            "9.yaml: the playbooks have more than 8 MiB together");
    /* A tree that holds itself many times over: 12 levels of 10 are 10^12 files. */
    refuses("t=$(raw 100644 a.txt $(blob x)); for i in $(seq 12); do "
            "t=$(for j in 0 1 2 3 4 5 6 7 8 9; do printf \"040000 tree $t\\t$j\\n\"; done | tree); done; "
            "commit $t",
            "more than 10000 files");
}

static void one_file(void **state)
{
    struct source source = {.lock = -1};
    struct value text;
    struct soar_err err = {0};
    (void)state;
    run("b=$(blob hello); l=$(blob /etc/passwd); n=$(printf \"a\\\\000b\" | git hash-object -w --stdin); "
        "commit $(printf \"100644 blob $b\\ta.yaml\\n120000 blob $l\\tl.yaml\\n100644 blob $n\\tn.yaml\\n\" "
        "| tree)");
    source.peer =
        (struct source_peer){.name = "t", .path = "", .store = arena_printf(arena, "%s/store", dir)};
    assert_int_equal(source_open(&source, false, worker_now_ms() + 10000, &err), 0);
    assert_int_equal(source_read(&source, commit_id(), "a.yaml", arena, &text, &err), 0);
    assert_true(value_is_string(&text, "hello"));
    static const char *const none[] = {"l.yaml", "n.yaml", "b.yaml", "../a.yaml", "/a.yaml", "", "."};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(source_read(&source, commit_id(), none[i], arena, &text, &err), -1);
    assert_int_equal(source_read(&source, "main", "a.yaml", arena, &text, &err), -1);
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_listed), cmocka_unit_test(names),
                                       cmocka_unit_test(objects_that_lie), cmocka_unit_test(limits),
                                       cmocka_unit_test(one_file)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
