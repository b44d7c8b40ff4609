/* Property: a commit that was written is read as it was, whatever is in its texts; none is none, and one that
 * can't be read is an error, never none. Method: commits written to a directory of the test's own. */
#include "tests/engine/site/loading.h"

static char dir[] = "/tmp/soar-commit-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

static void there_and_back(void **state)
{
    static const struct source_file files[] = {{"a.yaml", "x: \"\\u00e9\"\n\t\"quoted\"\n", 22},
                                               {"b/c.yml", "", 0}};
    static const struct source_commit commit = {.url = "https://h/a",
                                                .ref = "main",
                                                .path = "p",
                                                .commit = "6257e5d1a9a8f93d9f598abcd8bca34b3aa6b172",
                                                .by = "ana@corp",
                                                .subject = "it's \"so\"",
                                                .time_ms = 1,
                                                .fetched_ms = 2,
                                                .file_count = 2,
                                                .files = files};
    struct site_source source = {.url = "https://h/a", .ref = "main", .path = "p"};
    struct source_commit *got = NULL;
    struct soar_err err;
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_int_equal(source_commit_read(arena, dir, "soc", SOURCE_LIVE, &got, &err), 0);
    assert_null(got);
    assert_int_equal(source_commit_write(dir, "soc", SOURCE_LIVE, &commit, &err), 0);
    assert_int_equal(source_commit_read(arena, dir, "soc", SOURCE_NEXT, &got, &err), 0);
    assert_null(got);
    assert_int_equal(source_commit_read(arena, dir, "soc", SOURCE_LIVE, &got, &err), 0);
    assert_string_equal(got->commit, commit.commit);
    assert_string_equal(got->subject, commit.subject);
    assert_int_equal(got->file_count, 2);
    assert_string_equal(got->files[0].text, files[0].text);
    assert_string_equal(got->files[1].path, "b/c.yml");
    assert_true(source_commit_fits(got, &source));
    source.ref = "next";
    assert_false(source_commit_fits(got, &source));
    source_commit_drop(dir, "soc", SOURCE_LIVE);
    assert_int_equal(source_commit_read(arena, dir, "soc", SOURCE_LIVE, &got, &err), 0);
    assert_null(got);
}

static void what_cannot_be_read(void **state)
{
    static const char *const texts[] = {"", "{", "[]", "{\"format\": 2}", "{\"commit\": \"x\"}"};
    struct source_commit *got = NULL;
    struct soar_err err;
    char path[64];
    (void)state;
    ARENA_SCOPED arena = arena_new();
    snprintf(path, sizeof path, "%s/git/soc.live.json", dir);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(path, texts[i]);
        assert_int_equal(source_commit_read(arena, dir, "soc", SOURCE_LIVE, &got, &err), -1);
        assert_non_null(strstr(err.text, "soc.live.json"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back),
                                       cmocka_unit_test(what_cannot_be_read)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
