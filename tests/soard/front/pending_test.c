/* Property: an id finds its own connection once, and nobody afterwards; what is taken is counted until the
 * engine answers, also when the client has gone. Method: many at once, answered out of order, places used
 * again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "soard/front/pending.h"

enum { MANY = 1000 };

static char clients[MANY];

static struct conn *client(int n)
{
    return (struct conn *)(void *)&clients[n];
}

static void every_id_finds_its_own_once(void **state)
{
    (void)state;
    struct pending pending = {0};
    int64_t ids[MANY];
    struct conn *conn;
    for (int n = 0; n < MANY; n++)
        ids[n] = pending_add(&pending, client(n), (size_t)n, false);
    assert_int_equal(pending.documents.count, MANY);
    assert_int_equal(pending.documents.bytes, MANY * (MANY - 1) / 2);
    for (int n = MANY - 1; n >= 0; n -= 2) {
        assert_true(pending_take(&pending, ids[n], &conn));
        assert_ptr_equal(conn, client(n));
        assert_false(pending_take(&pending, ids[n], &conn));
    }
    for (int n = 1; n < MANY; n += 2) {
        int64_t again = pending_add(&pending, client(n), 1, false);
        assert_int_not_equal(again, ids[n]);
        assert_false(pending_take(&pending, ids[n], &conn));
        assert_true(pending_take(&pending, again, &conn));
    }
    for (int n = 0; n < MANY; n += 2)
        assert_true(pending_take(&pending, ids[n], &conn));
    assert_int_equal(pending.documents.count, 0);
    assert_int_equal(pending.documents.bytes, 0);
    pending_done(&pending);
}

static void who_has_gone_is_counted_but_not_found(void **state)
{
    (void)state;
    struct pending pending = {0};
    struct conn *conn = client(1);
    int64_t id = pending_add(&pending, client(0), 10, true);
    pending_forget(&pending, id);
    assert_int_equal(pending.api.count, 1);
    assert_int_equal(pending.documents.count, 0);
    assert_true(pending_take(&pending, id, &conn));
    assert_null(conn);
    assert_int_equal(pending.api.count, 0);
    assert_int_equal(pending.api.bytes, 0);
    pending_forget(&pending, id);
    pending_done(&pending);
}

static void ids_that_never_were_find_nobody(void **state)
{
    (void)state;
    struct pending pending = {0};
    struct conn *conn;
    assert_false(pending_take(&pending, 1, &conn));
    pending_add(&pending, client(0), 0, false);
    assert_false(pending_take(&pending, 0, &conn));
    assert_false(pending_take(&pending, -1, &conn));
    assert_false(pending_take(&pending, INT64_MIN, &conn));
    assert_false(pending_take(&pending, INT64_MAX, &conn));
    pending_done(&pending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_id_finds_its_own_once),
        cmocka_unit_test(who_has_gone_is_counted_but_not_found),
        cmocka_unit_test(ids_that_never_were_find_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
