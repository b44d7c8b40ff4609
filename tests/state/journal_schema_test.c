/* A journal of each released version opens today with nothing of the truth changed; a newer one and a
 * stranger's database are refused untouched; a migration happens whole or not at all. Method: journals are
 * made by the scripts in corpus/, opened and verified against the heads they were written with; migrations
 * are tried on lists made for the purpose. */
#include "tests/state/journal_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/base/arena.h"
#include "engine/base/file.h"
#include "state/journal_schema.h"
#include "state/journal_verify.h"

static int setup(void **state)
{
    *state = fixture_dir();
    return 0;
}

static int teardown(void **state)
{
    fixture_drop(*state);
    return 0;
}

static void make_from(const char *dir, const char *script)
{
    ARENA_SCOPED arena = arena_new();
    char path[4096];
    char *sql = NULL;
    size_t len = 0;
    snprintf(path, sizeof(path), "%s/tests/state/corpus/%s", SOAR_SOURCE_DIR, script);
    assert_int_equal(file_read(arena, path, 1 << 20, &sql, &len, NULL), 0);
    fixture_tamper(dir, sql);
}

static int take_row(void *arg, const struct soar_row *row)
{
    snprintf(arg, 64, "%s %s %s %s", row->key, row->run, row->state, row->body);
    return 0;
}

static void test_version_1(void **state)
{
    char row[64] = "";
    struct soar_verdict verdict;
    struct soar_head known = {.seq = 6,
                              .hash = "99a48a4faa889b9405acb498b1bdbace504f256fc4cbcff51776cfdc4e237a73"};
    make_from(*state, "journal_v1.sql");
    struct soar_store *store = fixture_open(*state, NULL);
    assert_int_equal(journal_verify(store, &known, &verdict, NULL), 0);
    assert_int_equal(verdict.problem_count, 0);
    assert_int_equal(verdict.events, 6);
    assert_int_equal(verdict.alerts, 1);
    assert_int_equal(verdict.texts, 1);
    struct soar_query query = {.view = SOAR_VIEW_RUN};
    assert_int_equal(store->ops->rows(store, &query, take_row, row, NULL), 0);
    assert_string_equal(row, "R-1 R-1 completed {\"playbook\":\"isolate\"}");
    struct fixture_batch batch;
    fixture_batch(&batch, "-", 3);
    batch.event.at_ms = 1700000000013;
    assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_DONE);
    assert_int_equal(journal_verify(store, &known, &verdict, NULL), 0);
    assert_int_equal(verdict.problem_count, 0);
    store->ops->close(store);
}

static void test_a_newer_version_is_refused(void **state)
{
    struct soar_store *store = NULL;
    struct soar_err err = {0};
    char sql[64];
    make_from(*state, "journal_v1.sql");
    snprintf(sql, sizeof(sql), "PRAGMA user_version = %zu", journal_migration_count + 1);
    fixture_tamper(*state, sql);
    assert_int_equal(journal_open(*state, NULL, &store, &err), -1);
    assert_int_equal(err.class, SOAR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "start a newer one"));
    fixture_tamper(*state, "PRAGMA user_version = 1"); /* and it was left as it was */
    store = fixture_open(*state, NULL);
    assert_int_equal(fixture_count(store, "R-1"), 4);
    store->ops->close(store);
}

static void test_somebody_elses_database_is_refused(void **state)
{
    struct soar_store *store = NULL;
    struct soar_err err = {0};
    fixture_tamper(*state, "CREATE TABLE cats(name TEXT)");
    assert_int_equal(journal_open(*state, NULL, &store, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    fixture_tamper(*state, "INSERT INTO cats VALUES('Tom')");
}

static void test_what_is_no_database_is_refused(void **state)
{
    char path[4096];
    struct soar_store *store = NULL;
    struct soar_err err = {0};
    snprintf(path, sizeof(path), "%s/journal.db", (char *)*state);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    assert_int_equal(journal_open(*state, NULL, &store, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    int64_t found = -1;
    assert_int_equal(sql_number(db, sql, &found, NULL), 0);
    return found;
}

static void test_a_migration_is_whole_or_not_at_all(void **state)
{
    static const char *const good[] = {"CREATE TABLE a(x); INSERT INTO a VALUES(1);",
                                       "ALTER TABLE a ADD COLUMN y;"};
    static const char *const bad[] = {"no longer looked at", "nor this",
                                      "CREATE TABLE b(x); INSERT INTO nowhere VALUES(1);"};
    sqlite3 *db = NULL;
    struct soar_err err = {0};
    (void)state;
    assert_int_equal(sql_open(":memory:", NULL, 1, &db, NULL), 0);
    assert_int_equal(journal_schema_migrate(db, good, 1, NULL), 0);
    assert_int_equal(number(db, "PRAGMA user_version"), 1);
    assert_int_equal(number(db, "PRAGMA application_id"), JOURNAL_APPLICATION_ID);
    assert_int_equal(journal_schema_migrate(db, good, 2, NULL), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM a WHERE y IS NULL"), 1);
    assert_int_equal(journal_schema_migrate(db, bad, 3, &err), -1);
    assert_non_null(strstr(err.text, "migration 3"));
    assert_int_equal(number(db, "PRAGMA user_version"), 2);
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
    assert_int_equal(sqlite3_get_autocommit(db), 1);
    sqlite3_close(db);
}

static void test_a_chain_is_made_once(void **state)
{
    struct soar_head first;
    struct soar_head second;
    char other[4096];
    struct soar_store *store = fixture_open(*state, NULL);
    fixture_fill(store, "R-1", 1, 1);
    store->ops->head(store, &first, NULL);
    store->ops->close(store);
    snprintf(other, sizeof(other), "%s/other", (char *)*state);
    store = fixture_open(other, NULL);
    fixture_fill(store, "R-1", 1, 1);
    store->ops->head(store, &second, NULL);
    store->ops->close(store);
    assert_string_not_equal(first.hash,
                            second.hash); /* the same event in another journal is another record */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_version_1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_newer_version_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_somebody_elses_database_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_database_is_refused, setup, teardown),
        cmocka_unit_test(test_a_migration_is_whole_or_not_at_all),
        cmocka_unit_test_setup_teardown(test_a_chain_is_made_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
