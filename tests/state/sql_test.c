/* Which SQLite error may be tried again, which concerns one batch alone, and that everything else is final.
 * Method: the list below stands here once more, by name, against sql_class(); all other codes up to a bound
 * must be final. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>
#include "state/sql.h"

static void test_what_may_be_tried_again(void **state)
{
    (void)state;
    static const int again[] = {SQLITE_FULL,           SQLITE_BUSY,        SQLITE_BUSY_SNAPSHOT,
                                SQLITE_BUSY_RECOVERY,  SQLITE_LOCKED,      SQLITE_CANTOPEN,
                                SQLITE_CANTOPEN_ISDIR, SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE,
                                SQLITE_IOERR_SHMOPEN,  SQLITE_IOERR_SHMMAP};
    for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
        assert_int_equal(sql_class(again[i]), SOAR_TRANSIENT);
}

static void test_what_is_the_batch_alone(void **state)
{
    (void)state;
    assert_int_equal(sql_class(SQLITE_CONSTRAINT_UNIQUE), SOAR_INVALID);
    assert_int_equal(sql_class(SQLITE_CONSTRAINT_PRIMARYKEY), SOAR_INVALID);
    assert_int_equal(sql_class(SQLITE_CONSTRAINT_NOTNULL), SOAR_INVALID);
    assert_int_equal(sql_class(SQLITE_TOOBIG), SOAR_INVALID);
}

static bool has_another_class(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
        return true;
    default:
        return code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_SHMOPEN ||
               code == SQLITE_IOERR_SHMMAP;
    }
}

static void test_everything_else_is_final(void **state)
{
    (void)state;
    assert_int_equal(sql_class(SQLITE_IOERR), SOAR_PERMANENT);
    assert_int_equal(sql_class(SQLITE_IOERR_FSYNC), SOAR_PERMANENT);
    assert_int_equal(sql_class(SQLITE_IOERR_DIR_FSYNC), SOAR_PERMANENT);
    for (int code = 1; code < 0x10000; code++) {
        if (!has_another_class(code))
            assert_int_equal(sql_class(code), SOAR_PERMANENT);
    }
}

static void test_errors_name_what_failed(void **state)
{
    (void)state;
    sqlite3 *db = NULL;
    int64_t found = 0;
    struct soar_err err = {0};
    assert_int_equal(sql_open("/nowhere/at/all", NULL, 0, &db, &err), -1);
    assert_null(db);
    assert_int_equal(err.class, SOAR_TRANSIENT);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    assert_int_equal(sql_open(":memory:", NULL, 1, &db, &err), 0);
    assert_int_equal(sql_exec(db, "CREATE TABLE t(x UNIQUE); INSERT INTO t VALUES(1)", &err), 0);
    assert_int_equal(sql_exec(db, "INSERT INTO t VALUES(1)", &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_non_null(strstr(err.text, "t.x"));
    assert_int_equal(sql_number(db, "SELECT x FROM t WHERE x = 2", &found, &err), -1);
    assert_int_equal(err.class, SOAR_ABSENT);
    assert_int_equal(sqlite3_close(db), SQLITE_OK); /* no statement was left open */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_may_be_tried_again),
        cmocka_unit_test(test_what_is_the_batch_alone),
        cmocka_unit_test(test_everything_else_is_final),
        cmocka_unit_test(test_errors_name_what_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
