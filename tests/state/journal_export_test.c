/* An export proves the same as the journal it comes from: a changed or lost line is named.
 * Method: a journal whose texts need every kind of escape is exported to memory; the text is changed line by
 * line. */
#include "tests/state/journal_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/base/buf.h"
#include "state/journal_export.h"

struct exported {
    char *dir;
    char *text;
    size_t len;
    struct soar_head head;
};

static int setup(void **state)
{
    static struct exported exported;
    struct fixture_batch batch;
    exported = (struct exported){.dir = fixture_dir()};
    struct soar_store *store = fixture_open(exported.dir, NULL);
    fixture_fill(store, "R-1", 1, 5);
    fixture_batch(&batch, "R-1", 6);
    batch.event.body = "{\"q\":\"\\\"\\\\ \\u0000\",\"x\":\"\x01\x1f\x7f\tTab ü 漢 😀 \xE2\x80\xA8\"}";
    batch.event.item = "a/b%\"'\\";
    assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_DONE);
    FILE *out = open_memstream(&exported.text, &exported.len);
    assert_int_equal(store->ops->export(store, out, NULL), 0);
    fclose(out);
    store->ops->head(store, &exported.head, NULL);
    store->ops->close(store);
    *state = &exported;
    return 0;
}

static int teardown(void **state)
{
    struct exported *exported = *state;
    free(exported->text);
    fixture_drop(exported->dir);
    return 0;
}

static int verify_text(const char *text, size_t len, const struct soar_head *known,
                       struct soar_verdict *ret_verdict)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, len, "r");
    assert_non_null(in);
    int result = journal_export_verify(in, known, ret_verdict, NULL);
    fclose(in);
    return result;
}

static void test_a_sound_export(void **state)
{
    struct exported *exported = *state;
    struct soar_verdict verdict;
    assert_int_equal(verify_text(exported->text, exported->len, &exported->head, &verdict), 0);
    assert_int_equal(verdict.problem_count, 0);
    assert_int_equal(verdict.events, 6);
    assert_string_equal(verdict.head.hash, exported->head.hash);
}

/* Any other letter at any place, in keys, values and hashes: either no JSON, or a problem. */
static void test_any_changed_byte(void **state)
{
    struct exported *exported = *state;
    char *text = malloc(exported->len);
    int changed = 0;
    for (size_t i = 0; i < exported->len; i++) {
        struct soar_verdict verdict;
        memcpy(text, exported->text, exported->len);
        if (text[i] < 'a' || text[i] > 'y')
            continue;
        text[i]++;
        changed++;
        if (verify_text(text, exported->len, NULL, &verdict) == 0 && verdict.problem_count == 0)
            fail_msg("byte %zu of %zu was changed unnoticed: %.60s", i, exported->len,
                     text + (i > 30 ? i - 30 : 0));
    }
    assert_true(changed > 500);
    free(text);
}

/* Each line but the head left out. */
static void test_lost_lines(void **state)
{
    struct exported *exported = *state;
    for (int lost = 0; lost < 6; lost++) {
        BUF_SCOPED text;
        struct soar_verdict verdict;
        buf_init(&text, 0);
        const char *line = exported->text;
        for (int i = 0; i < 7; i++) {
            size_t len = (size_t)(strchr(line, '\n') - line) + 1;
            if (i != lost)
                buf_add(&text, line, len);
            line += len;
        }
        assert_int_equal(verify_text(text.data, text.len, NULL, &verdict), 0);
        assert_true(verdict.problem_count > 0);
    }
}

static void test_a_cut_export(void **state)
{
    struct exported *exported = *state;
    struct soar_verdict verdict;
    const char *head = strstr(exported->text, "{\"head\"");
    assert_int_equal(verify_text(exported->text, (size_t)(head - exported->text), NULL, &verdict), 0);
    assert_int_equal(verdict.problem_count, 1);
    assert_non_null(strstr(verdict.problems[0].text, "it was cut"));
}

/* The script for strangers reads our export. */
static void test_the_script_agrees(void **state)
{
    struct exported *exported = *state;
    char path[4096];
    char command[9000];
    snprintf(path, sizeof(path), "%s/export", exported->dir);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(exported->text, 1, exported->len, out), exported->len);
    fclose(out);
    snprintf(command, sizeof(command), "python3 '%s/examples/journal/verify.py' '%s' %s >/dev/null",
             SOAR_SOURCE_DIR, path, exported->head.hash);
    assert_int_equal(system(command), 0);
}

static void test_an_empty_journal(void **state)
{
    struct exported *exported = *state;
    struct soar_verdict verdict;
    char path[4096];
    char *text = NULL;
    size_t len = 0;
    snprintf(path, sizeof(path), "%s/empty", exported->dir);
    struct soar_store *store = fixture_open(path, NULL);
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(journal_export(store, out, NULL), 0);
    fclose(out);
    store->ops->close(store);
    assert_int_equal(verify_text(text, len, NULL, &verdict), 0);
    assert_int_equal(verdict.problem_count, 0);
    free(text);
}

static void test_a_full_disk_is_told(void **state)
{
    struct exported *exported = *state;
    struct soar_err err = {0};
    struct soar_store *store = fixture_open(exported->dir, NULL);
    FILE *out = fopen("/dev/full", "w");
    assert_non_null(out);
    assert_int_equal(journal_export(store, out, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
    fclose(out);
    store->ops->close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_sound_export, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_changed_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_cut_export, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_script_agrees, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_empty_journal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
